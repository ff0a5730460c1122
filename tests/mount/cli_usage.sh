#!/bin/bash
# What every command does alike: help, wrong usage, options, and output that cannot be written.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"

commands="mount umount status warm validate plan apply history rollback ls show search explain audit help version"
unset MESHFS_MESH NO_COLOR

# status COMMAND...: its exit status; what it says lies in $T/out and $T/err.
status() {
	"$@" >"$T/out" 2>"$T/err" </dev/null
	echo $?
}

# ---- help ----

check_eq "-h answers on standard output" 0 "$(status "$MESHFS" -h)"
check_eq "and nowhere else" "" "$(cat "$T/err")"
for name in $commands; do
	check "help lists $name" grep -q "^  $name " "$T/out"
done
check_eq "it lists nothing else" "$(echo "$commands" | wc -w)" "$(grep -c '^  [a-z]' "$T/out")"
for name in $commands; do
	check_eq "help $name" 0 "$(status "$MESHFS" help "$name")"
	check "help $name begins with the usage" sh -c "head -n 1 '$T/out' | grep -q '^usage: meshfs $name'"
	mv "$T/out" "$T/help"
	check_eq "$name -h says the same" "0 $(cat "$T/help")" "$(status "$MESHFS" "$name" -h) $(cat "$T/out")"
	check_eq "$name --help too" "0 $(cat "$T/help")" "$(status "$MESHFS" "$name" --help) $(cat "$T/out")"
	check "the manual has $name" grep -q -e "^\.B[IR]* \"\?$name\b" "$SRC/fs/meshfs.1"
	check "the completion has $name" grep -q "commands=.*\b$name\b" "$SRC/fs/completion.bash"
done

# ---- wrong usage: exit status 2, the reason and the usage on standard error, nothing on standard output ----

wrong() { # NAME TEXT COMMAND...
	local name=$1 text=$2
	shift 2
	check_eq "$name: exit status" 2 "$(status "$MESHFS" "$@")"
	check_eq "$name: no data" "" "$(cat "$T/out")"
	check "$name: the reason" grep -qF -e "$text" "$T/err"
}

wrong "no command" "usage: meshfs COMMAND"
wrong "an unknown command" "did you mean 'apply'" aply
wrong "one that is like none" "there is no command 'xyzzy'" xyzzy
wrong "an option in the place of a command" "there is no command '--mesh'" --mesh
wrong "help for what is not there" "there is no command 'nope'" help nope
for name in umount status validate plan apply history rollback ls show search explain audit help version; do
	wrong "$name: an unknown long option" "--no-such-option" "$name" --no-such-option
	wrong "$name: an unknown letter" "-Z" "$name" -Z
	wrong "$name: a value for a flag" "--quiet=1 takes no value" "$name" --quiet=1
	check "$name: the usage is shown" grep -q "^usage: meshfs $name" "$T/err"
done
wrong "an option without its value" "option --mesh needs a value" ls --mesh
wrong "a letter without its value" "option -n needs a value" search word -n
wrong "an unknown format" "text or json" ls --format xml
wrong "sarif is for validate" "text or json" ls --format sarif
wrong "and validate knows three" "sarif" validate --format xml .
for name in umount validate plan apply rollback search explain; do
	wrong "$name without its argument" "an argument is missing" "$name"
done
wrong "one argument too many" "'b' is one argument too many" ls a b
wrong "-- ends the options" "'-x' is one argument too many" ls -- a -x
wrong "audit without a verb" "tail, query or verify" audit
wrong "audit with another" "'nope' is none of tail, query and verify" audit nope
wrong "audit verify selects nothing" "--user" audit verify --user x
wrong "an epoch is a number" "not 'one'" rollback one
wrong "and no negative one" "there is no option -1" rollback -1
wrong "a time that is none" "--at" explain --at tomorrow x
wrong "a beginning that is none" "--since" audit query --since whenever
wrong "a number of lines that is none" "not 'many'" audit tail -n many

# ---- output that cannot be written: exit status 3 ----

mesh=$SRC/examples/smallest
catalog=$T/catalog.db
check "a catalog to read from" "$MESHFS" apply --catalog "$catalog" --audit "$T/audit" "$mesh"
while read -r name arguments; do
	# shellcheck disable=SC2086
	"$MESHFS" $name $arguments >/dev/full 2>"$T/err"
	check_eq "$name on a full disk" "3 1" "$? $(grep -c 'writing the output: No space left on device' "$T/err")"
	# shellcheck disable=SC2086
	{ "$MESHFS" $name $arguments 2>"$T/err"; echo $? >"$T/status"; } | :
	check_eq "$name without a reader says nothing of it" 0 "$(grep -c 'writing the output' "$T/err")"
done <<EOF
help
version
validate --format json $mesh
plan --catalog $catalog $mesh
history --catalog $catalog
ls --mesh $catalog
show --mesh $catalog
search --mesh $catalog penguins
explain --mesh $catalog nature/penguins
audit tail --audit $T/audit
audit verify --audit $T/audit
EOF
mkfifo "$T/fifo"
: <"$T/fifo" &
exec 8>"$T/fifo"
wait $!
"$MESHFS" ls --mesh "$catalog" >&8 2>"$T/err"
check_eq "a reader that went away: exit status" "3 " "$? $(cat "$T/err")"
exec 8>&-
"$MESHFS" ls --mesh "$catalog" >&- 2>"$T/err"
check_eq "a closed output: exit status" 3 $?
check "no output is lost where it is long" sh -c "'$MESHFS' audit tail --audit '$T/audit' | grep -q '\"action\":\"apply\"'"

# ---- quiet, colours ----

check_eq "a note goes to standard error" "0 meshfs: 0 errors, 0 warnings in 5 files" "$(status "$MESHFS" validate "$mesh") $(cat "$T/err")"
check_eq "and is left out with -q" "0 " "$(status "$MESHFS" validate -q "$mesh") $(cat "$T/err")"
if command -v script >/dev/null; then
	plan="'$MESHFS' plan --catalog '$T/none.db' '$mesh'"
	coloured() {
		script -qec "$1" /dev/null </dev/null | grep -c $'\033\[32m'
	}
	check "colours on a terminal" test "$(TERM=xterm coloured "$plan")" -gt 0
	check_eq "none with NO_COLOR" 0 "$(TERM=xterm NO_COLOR=1 coloured "$plan")"
	check_eq "none on a dumb terminal" 0 "$(TERM=dumb coloured "$plan")"
else
	skip "colours" "no script(1)"
fi
check_eq "no colours elsewhere" 0 "$("$MESHFS" plan --catalog "$T/none.db" "$mesh" | grep -c $'\033')"

# ---- version ----

check "--version" sh -c "'$MESHFS' --version | grep -q '^meshfs [0-9]'"
check "version as JSON" sh -c "'$MESHFS' version --format json | python3 -c '
import json, sys
v = json.load(sys.stdin)
assert set(v) == {\"meshfs\", \"libfuse\", \"sqlite\", \"kernel\", \"passthrough\", \"io_uring\"}, v
assert all(v.values()), v'"

# ---- the completion ----

complete_words() { # WORD...: what the completion offers for the last
	bash -c '
		. "$SRC/fs/completion.bash"
		compopt() { :; }
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_meshfs
		printf "%s\n" "${COMPREPLY[@]}"' - "$@"
}
check_eq "completion of a command" "validate" "$(complete_words meshfs vali)"
check_eq "completion of an option's value" "json" "$(complete_words meshfs ls --format j)"
for name in umount status validate plan apply history rollback ls show search explain audit help version; do
	check_eq "completion of the options of $name" \
		"$("$MESHFS" help "$name" | grep -o -e '^ *\(-[a-z], \)\?--[a-z-]*' | grep -o -e '--[a-z-]*' | sort | xargs)" \
		"$(complete_words meshfs "$name" -- | sort | xargs)"
done
finish
