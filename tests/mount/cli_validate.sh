#!/bin/bash
# meshfs validate: meshes, single files and the standard input; text, JSON and SARIF.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"

run() { # ARGUMENT...: the exit status; output in $T/out and $T/err
	"$MESHFS" validate "$@" >"$T/out" 2>"$T/err"
	echo $?
}

cd "$T" || exit
mesh_make "$T/mesh"
contract=domains/sales/products/orders/contracts/orders.odcs.yaml

check_eq "a good mesh" "0 " "$(run mesh) $(cat out)"
check "how many files were looked at" grep -q '^meshfs: 0 errors, 0 warnings in [1-9][0-9]* files$' err
check_eq "as JSON" "0 []" "$(run --format json mesh) $(cat out)"
check_eq "several at once" 0 "$(run mesh "$SRC/examples/smallest" "$SRC/examples/openmesh/mesh.yaml")"
check_eq "a good file" 0 "$(run "mesh/$contract")"
check_eq "the standard input" 0 "$(run - <"mesh/$contract")"
check_eq "a name that starts with a dash" 0 "$(cp "mesh/$contract" ./-file && run -- -file)"

# ---- problems ----

echo "nonsense: 1" >>"mesh/$contract"
echo "colour: red" >>mesh/domains/logistics/domain.yaml
lines=$(wc -l <"mesh/$contract")
where='^mesh/domains/[^:]*:[0-9]*:[0-9]*: error \[[a-z-]*\]: .'
check_eq "all problems of a mesh" "1 2 2" "$(run mesh) $(wc -l <out) $(grep -c "$where" out)"
check "with the line" grep -q "^mesh/$contract:$lines:1: error " out
check "and a summary" grep -q '^meshfs: 2 errors, 0 warnings in' err
check_eq "paths start where the user stands" 2 "$(cd mesh && run . >/dev/null; grep -c '^domains/' "$T/out")"
check_eq "a trailing slash changes nothing" 2 "$(run mesh/ >/dev/null; grep -c '^mesh/domains/' out)"
check_eq "one file by itself" "1 1" "$(run "mesh/$contract") $(grep -c "^mesh/$contract:$lines:1: error" out)"
check_eq "from the standard input it is -" "1 1" "$(run - <"mesh/$contract") $(grep -c "^-:$lines:1: error" out)"
check_eq "JSON" 1 "$(run --format json mesh)"
check "is an array of problems" python3 -c '
import json
problems = json.load(open("out"))
assert len(problems) == 2, problems
for p in problems:
    assert set(p) == {"file", "line", "column", "severity", "rule", "text", "domain"}, p
    assert p["file"].startswith("mesh/domains/") and p["line"] > 0 and p["column"] > 0
    assert p["severity"] == "error" and p["domain"] in ("sales", "logistics")'
check_eq "SARIF" 1 "$(run --format sarif mesh)"
check "is SARIF 2.1.0" python3 -c '
import json
log = json.load(open("out"))
assert log["version"] == "2.1.0"
assert len(log["runs"][0]["results"]) == 2'
check_eq "-q keeps the data" "1 2 " "$(run -q mesh) $(wc -l <out) $(cat err)"

# ---- bad input ----

bad() { # NAME TEXT ARGUMENT...: refused with a sentence, exit status 1
	local name=$1 text=$2
	shift 2
	check_eq "$name: exit status" 1 "$(run "$@")"
	check "$name: the reason" grep -qF -e "$text" out err
}
mkdir empty
bad "an empty directory" "mesh.yaml" empty
bad "what is not there" "nowhere: No such file or directory" nowhere
check_eq "the rest is checked all the same" "1 2" "$(run nowhere mesh) $(wc -l <out)"
: >empty.yaml
bad "an empty file" "error" empty.yaml
bad "an empty standard input" "error" - </dev/null
bad "a device" "/dev/null" /dev/null
head -c 20000 /dev/urandom >random.yaml
bad "random bytes" "error" random.yaml
bad "random bytes on standard input" "-:" - <random.yaml
head -c 12000000 /dev/zero | tr '\0' a >huge.yaml
bad "a huge file" "4 MiB" huge.yaml
bad "a huge standard input" "4 MiB" - <huge.yaml
printf 'kind: Mesh\033[31m\nkind: Mesh\n' >escape.yaml
bad "a file with escape sequences" "error" escape.yaml
check_eq "they do not reach the terminal" 0 "$(grep -c $'\033' out)"
check_eq "nothing of the standard input is left behind" "" "$(TMPDIR=$T/empty; export TMPDIR; run - <random.yaml >/dev/null; ls "$T/empty")"
check_eq "no place for it: exit status" 1 "$(TMPDIR=$T/nowhere; export TMPDIR; run - <random.yaml)"
finish
