# shellcheck shell=bash
# Functions for tests that mount. A script says:  . "$SRC/tests/lib/mount.sh"
#
#	need_root, need_fuse     exit 77 where the machine cannot run the test
#	need_user_fuse           the same for mounts by ordinary users; call it first: it may start the script again
#	users_up, users_down     mfs_alice (also in mfs_sales, mfs_analysts), mfs_bob (mfs_sales), mfs_carol
#	as USER COMMAND...       runs COMMAND as that user, with his groups and without capabilities
#	mesh_mount MESH DIR [OPTIONS]   mounts, for all users; makes DIR; state lies in $T/state/NAME-OF-DIR
#	mesh_umount DIR          unmounts and waits until the daemon has ended
#	mesh_pid DIR             the daemon's process id
#	mesh_state DIR           the folder of its catalog, cache and audit
#	check NAME COMMAND...    one case: passes if COMMAND succeeds
#	check_not NAME COMMAND...    passes if COMMAND fails with a status from 1 to 125
#	check_eq NAME WANT GOT   passes if both are the same text
#	check_err NAME TEXT COMMAND...   passes if COMMAND fails and says TEXT on standard error
#	wait_for SECONDS COMMAND...      tries COMMAND until it succeeds; for what the mount does by itself
#	skip NAME REASON, skip_all REASON, finish

set -u
: "${SRC:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
: "${MESHFS:=$SRC/build/plain/meshfs}"
if [ -z "${T:-}" ]; then
	T=$(mktemp -d)
	chmod 755 "$T"
	export T
fi

users_lock=/run/lock/meshfs-tests-users
test_users="mfs_alice mfs_bob mfs_carol"
test_groups="mfs_sales mfs_analysts"
users_fd=
failures=0

need_root() {
	[ "$(id -u)" -eq 0 ] || skip_all "needs root"
}

need_fuse() {
	[ -w /dev/fuse ] || skip_all "needs /dev/fuse"
}

# /dev/fuse is for everyone where udev runs. Elsewhere such a node is put over it, in a mount namespace of the script's own.
# What other tests have mounted was copied into it and would outlive their umount.
need_user_fuse() {
	local node=$T/dev-fuse
	need_root
	need_fuse
	[ -u "$(command -v fusermount3)" ] || skip_all "needs fusermount3, set-user-id root"
	[ "$(stat -L -c %a /dev/fuse)" != 666 ] || return 0
	[ -z "${OWN_DEV_FUSE:-}" ] || skip_all "needs /dev/fuse for everyone"
	OWN_DEV_FUSE=yes NODE=$node exec unshare --mount --propagation private bash -c '
		umount -l -a -t fuse.meshfs
		mknod -m 666 "$NODE" c 10 229 && mount --bind "$NODE" /dev/fuse
		exec bash "$0"' "$0"
}

users_exist() {
	local name
	for name in $test_users; do
		getent passwd "$name" >/dev/null || return 1
	done
	for name in $test_groups; do
		getent group "$name" >/dev/null || return 1
	done
}

users_make() {
	local name
	for name in $test_groups; do
		getent group "$name" >/dev/null || groupadd "$name" || return 1
	done
	for name in $test_users; do
		getent passwd "$name" >/dev/null ||
			useradd --no-create-home --user-group --shell /bin/sh "$name" 2>/dev/null || return 1
	done
	usermod -G mfs_sales,mfs_analysts mfs_alice && usermod -G mfs_sales mfs_bob
}

# Who needs the users holds a shared lock, from here to users_down or the end of the script; users_down removes
# them only when nobody else holds it. Making and removing exclude each other by a second lock.
users_up() {
	local making status
	[ -z "$users_fd" ] || return 0
	exec {making}>>"$users_lock.making" && exec {users_fd}>>"$users_lock" || return 1
	flock -x "$making"
	flock -s "$users_fd"
	users_exist || users_make
	status=$?
	exec {making}>&-
	return $status
}

users_down() {
	local making name
	exec {making}>>"$users_lock.making" || return 1
	flock -x "$making"
	[ -n "$users_fd" ] || exec {users_fd}>>"$users_lock" || return 1
	if flock -xn "$users_fd"; then
		for name in $test_users; do
			getent passwd "$name" >/dev/null && userdel "$name"
		done
		for name in $test_groups; do
			getent group "$name" >/dev/null && groupdel "$name"
		done
	fi
	exec {users_fd}>&- {making}>&-
	users_fd=
}

# Runs a command without the lock's descriptor, which a daemon would keep.
unlocked() {
	if [ -n "$users_fd" ]; then
		"$@" {users_fd}>&-
	else
		"$@"
	fi
}

as() {
	local user=$1
	shift
	unlocked setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups \
		--inh-caps=-all --ambient-caps=-all -- "$@"
}

mesh_state() {
	echo "$T/state/$(basename "$1")"
}

# An option that OPTIONS gives wins over the one that is set here.
mesh_mount() {
	local mesh=$1 dir=$2 options=${3:-} state defaults
	state=$(mesh_state "$dir")
	mkdir -p "$dir" "$state"
	defaults="audit=$state/audit,cache=$state/cache"
	[ "$(id -u)" -ne 0 ] || defaults="allow_other,$defaults"
	[ -d "$mesh" ] && defaults="$defaults,catalog=$state/catalog.db"
	unlocked "$MESHFS" mount "$mesh" "$dir" -o "$defaults${options:+,$options}"
}

mesh_pid() {
	local dir entry
	dir=$(readlink -m "$1")
	for entry in /proc/[0-9]*; do
		case $(readlink "$entry/exe" 2>/dev/null) in
		*/meshfs | */meshfs\ \(deleted\)) ;;
		*) continue ;;
		esac
		[ "$(cat "$entry/comm" 2>/dev/null)" != meshfs-pin ] || continue
		if tr '\0' '\n' <"$entry/cmdline" 2>/dev/null | grep -qxF -e "$dir" -e "$1"; then
			echo "${entry#/proc/}"
			return 0
		fi
	done
	return 1
}

# A build with sanitizers looks for leaks while it ends, and a busy disk takes its time to sync the record.
mesh_umount() {
	local pid
	pid=$(mesh_pid "$1")
	if [ "$(id -u)" -eq 0 ]; then
		umount "$1" || return
	else
		fusermount3 -u "$1" || return
	fi
	[ -z "$pid" ] || wait_for 90 process_gone "$pid"
}

process_gone() {
	! kill -0 "$1" 2>/dev/null
}

wait_for() {
	local tries=$(($1 * 20))
	shift
	until "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.05
	done
}

# The verdict of one case; the text after the name shows only when it failed.
verdict() {
	if [ "$1" -eq 0 ]; then
		echo "ok $2"
	else
		echo "not ok $2"
		[ -z "${3:-}" ] || printf '%s\n' "$3" | sed 's/^/    /'
		failures=$((failures + 1))
	fi
}

check() {
	local name=$1 said status
	shift
	said=$("$@" 2>&1)
	status=$?
	verdict $status "$name" "status $status: $*
$said"
}

check_not() {
	local name=$1 said status
	shift
	said=$("$@" 2>&1)
	status=$?
	[ $status -ge 1 ] && [ $status -le 125 ]
	verdict $? "$name" "status $status, a failure was due: $*
$said"
}

check_eq() {
	[ "$2" = "$3" ]
	verdict $? "$1" "want: $2
got:  $3"
}

check_err() {
	local name=$1 text=$2 said status
	shift 2
	said=$("$@" 2>&1 >/dev/null)
	status=$?
	[ $status -ge 1 ] && [ $status -le 125 ] && printf '%s\n' "$said" | grep -qF -e "$text"
	verdict $? "$name" "status $status, '$text' was due: $*
$said"
}

skip() {
	echo "skip $1: $2"
}

skip_all() {
	echo "$1"
	exit 77
}

finish() {
	exit $((failures > 0))
}
