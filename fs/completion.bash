# shellcheck shell=bash
# Completion of meshfs(1) for bash.

_meshfs_files() {
	local IFS=$'\n'
	compopt -o filenames
	mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

_meshfs_words() {
	mapfile -t COMPREPLY < <(compgen -W "$2" -- "$1")
}

# The last of a comma-separated list of mount options; what comes before it stays.
_meshfs_mount_options() {
	local head=
	[[ $1 != *,* ]] || head=${1%,*},
	compopt -o nospace
	mapfile -t COMPREPLY < <(compgen -P "$head" -W \
		"allow_other audit= catalog= debug foreground log= max_threads= no_passthrough" -- "${1##*,}")
}

_meshfs_mount_points() {
	local IFS=$'\n'
	mapfile -t COMPREPLY < <(compgen -W "$(awk '$3 == "fuse.meshfs" { print $2 }' /proc/self/mounts)" -- "$1")
}

_meshfs_options() {
	local common="--help --quiet --verbose"
	case $1 in
	mount) echo "--foreground -o --help" ;;
	umount) echo "--lazy $common" ;;
	warm) echo "--as --jobs --mesh $common" ;;
	validate | status | version) echo "--format $common" ;;
	plan) echo "--catalog --domain --format $common" ;;
	apply) echo "--audit --catalog --domain --format $common" ;;
	history) echo "--catalog --format --mesh $common" ;;
	rollback) echo "--audit --catalog --format --mesh $common" ;;
	ls) echo "--as --format --long --mesh $common" ;;
	show) echo "--as --format --mesh $common" ;;
	search) echo "--as --format --lines --mesh $common" ;;
	explain) echo "--as --at --mesh --purpose $common" ;;
	audit) echo "--audit --denied --follow --format --lines --mesh --product --since --user $common" ;;
	*) echo "$common" ;;
	esac
}

# The word after an option that takes one. Returns 1 where the word before is no such option.
_meshfs_value() {
	case $1 in
	-o) _meshfs_mount_options "$2" ;;
	--format) _meshfs_words "$2" "text json$([ "$3" != validate ] || echo " sarif")" ;;
	--as | --user) mapfile -t COMPREPLY < <(compgen -u -- "$2") ;;
	--mesh | --catalog | --audit) _meshfs_files "$2" ;;
	--domain | --purpose | --product | --at | --since | --lines | -n | --jobs | -j) COMPREPLY=() ;;
	*) return 1 ;;
	esac
}

_meshfs() {
	local commands="mount umount warm validate plan apply history rollback ls show search explain audit status help version"
	local current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]:-}
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		_meshfs_words "$current" "$commands --help"
	elif _meshfs_value "${COMP_WORDS[COMP_CWORD - 1]}" "$current" "$command"; then
		:
	elif [[ $current == -* ]]; then
		_meshfs_words "$current" "$(_meshfs_options "$command")"
	elif [ "$command" = help ]; then
		_meshfs_words "$current" "$commands"
	elif [ "$command" = audit ] && [ "$COMP_CWORD" -eq 2 ]; then
		_meshfs_words "$current" "tail query verify"
	elif [ "$command" = umount ] || [ "$command" = status ]; then
		_meshfs_mount_points "$current"
	elif [ "$command" != rollback ] && [ "$command" != version ]; then
		_meshfs_files "$current"
	fi
}

complete -F _meshfs meshfs
