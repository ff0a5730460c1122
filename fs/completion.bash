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
		"allow_other catalog= cache= cache_size= audit= timeout= io_uring foreground log=" -- "${1##*,}")
}

_meshfs_mount_points() {
	local IFS=$'\n'
	mapfile -t COMPREPLY < <(compgen -W "$(awk '$3 == "fuse.meshfs" { print $2 }' /proc/self/mounts)" -- "$1")
}

_meshfs_options() {
	local common="--help --quiet --verbose"
	case $1 in
	mount) echo "-f -o $common" ;;
	validate | plan | history | status | search | ls | show) echo "--format --mesh $common" ;;
	apply) echo "--catalog --domain --format $common" ;;
	rollback) echo "--mesh $common" ;;
	explain) echo "--as --purpose --at --format --mesh $common" ;;
	audit) echo "-f --user --product --since --denied --format --mesh $common" ;;
	*) echo "$common" ;;
	esac
}

# The word after an option that takes one. Returns 1 where the word before is no such option.
_meshfs_value() {
	case $1 in
	-o) _meshfs_mount_options "$2" ;;
	--format) _meshfs_words "$2" "text json sarif" ;;
	--as | --user) mapfile -t COMPREPLY < <(compgen -u -- "$2") ;;
	--mesh | --catalog) _meshfs_files "$2" ;;
	--domain | --purpose | --product | --at | --since) COMPREPLY=() ;;
	*) return 1 ;;
	esac
}

_meshfs() {
	local commands="mount umount validate plan apply history rollback ls show search explain audit status help version"
	local current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]:-}
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		_meshfs_words "$current" "$commands --help"
	elif _meshfs_value "${COMP_WORDS[COMP_CWORD - 1]}" "$current"; then
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
