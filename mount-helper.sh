#!/bin/sh
# mount.meshfs: what mount(8) calls for "mount -t meshfs MESH DIR" and for a line of type meshfs in
# /etc/fstab. Installed as /sbin/mount.meshfs.
#
#	mount.meshfs MESH DIR [-fnrsv] [-t TYPE] [-o OPTIONS]
#
# Protocol: mount(8), "EXTERNAL HELPERS". mount(8) hands on more options than a file system should see (user,
# _netdev, nofail, ...); the generic ones end here, the rest is meshfs's. PATH may be minimal and an
# argument may hold blanks; options are split at commas only. Exit status as for mount(8): 0 mounted,
# 1 wrong usage, 2 the system failed, 32 the mount failed. "meshfs mount" returns when the mount answers.
set -uf

bindir=/usr/local/bin
PATH=$bindir:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
export PATH

die() {
	status=$1
	shift
	printf 'mount.meshfs: %s\n' "$*" >&2
	exit "$status"
}

usage() {
	[ $# -eq 0 ] || printf 'mount.meshfs: %s\n' "$*" >&2
	echo "usage: mount.meshfs MESH DIR [-fnrsv] [-t TYPE] [-o OPTIONS]" >&2
	exit 1
}

# Is $1 a generic option, which says nothing to meshfs? The mount is read-only, nosuid and nodev whatever is
# asked, and its files cannot be executed, so that these and their opposites need no passing on.
generic() {
	case $1 in
	'' | defaults | ro | rw) ;;
	auto | noauto | user | nouser | users | nousers | owner | noowner | group | nogroup) ;;
	_netdev | nofail | comment=* | x-* | X-* | uhelper=* | helper=*) ;;
	suid | nosuid | dev | nodev | exec | noexec) ;;
	atime | noatime | diratime | nodiratime | relatime | norelatime | strictatime | nostrictatime) ;;
	lazytime | nolazytime | sync | async | dirsync | silent | loud | iversion | noiversion | mand | nomand) ;;
	*) return 1 ;;
	esac
}

# Is $1 an option of meshfs? Asked only under -s, which tolerates those that are not.
known() {
	case $1 in
	allow_other | audit=* | cache=* | cache_size=* | catalog=* | debug | foreground | log=* | max_threads=* | no_passthrough) ;;
	*) return 1 ;;
	esac
}

# Reads the arguments into source, dir, given, fake, sloppy and verbose. Letters may be joined ("-fv") and may
# stand before or after the two operands.
parse() {
	source='' dir='' given='' fake='' sloppy='' verbose=''
	operands=0 only_operands=''
	while [ $# -gt 0 ]; do
		case $only_operands$1 in
		--)
			only_operands=yes
			;;
		-o | -t | -N)
			[ $# -ge 2 ] || usage "option $1 needs an argument"
			[ "$1" != -N ] || die 1 "no other mount namespace can be named (-N): run mount in it, with nsenter(1)"
			[ "$1" != -o ] || given=${given:+$given,}$2
			shift
			;;
		-o*)
			given=${given:+$given,}${1#-o}
			;;
		-t*) ;;
		-?*)
			flags "${1#-}"
			;;
		*)
			operands=$((operands + 1))
			case $operands in
			1) source=$1 ;;
			2) dir=$1 ;;
			*) usage "'$1' is one argument too many" ;;
			esac
			;;
		esac
		shift
	done
	[ "$operands" -eq 2 ] || usage "a mesh and a directory are needed"
}

flags() {
	rest=$1
	while [ -n "$rest" ]; do
		case $rest in
		f*) fake=yes ;;
		s*) sloppy=yes ;;
		v*) verbose=yes ;;
		n* | r*) ;;
		*) usage "unknown option -$rest" ;;
		esac
		rest=${rest#?}
	done
}

# Leaves in options those of the given ones that are for meshfs.
choose() {
	options=''
	IFS=,
	# shellcheck disable=SC2086 # split at commas; set -f keeps patterns as they are
	set -- $given
	unset IFS
	for option; do
		if [ "$option" = remount ]; then
			die 32 "$dir cannot be remounted: unmount it, then mount it with the new options"
		elif generic "$option"; then
			:
		elif [ -n "$sloppy" ] && ! known "$option"; then
			[ -z "$verbose" ] || echo "mount.meshfs: option '$option' is unknown and left out"
		else
			options=${options:+$options,}$option
		fi
	done
}

parse "$@"
choose
set -- meshfs mount
[ -z "$options" ] || set -- "$@" -o "$options"
set -- "$@" -- "$source" "$dir"

[ -z "$verbose" ] || echo "mount.meshfs: $*"
[ -z "$fake" ] || exit 0
command -v meshfs >/dev/null || die 2 "the program meshfs is not in $PATH"
"$@"
status=$?
case $status in
0 | 1 | 2 | 4 | 8 | 16 | 32 | 64) exit "$status" ;;
*) die 32 "meshfs ended with status $status" ;;
esac
