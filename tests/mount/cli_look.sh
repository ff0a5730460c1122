#!/bin/bash
# ls, show, search and explain without a mount: by a repository and by a catalog, for several users.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
users_up || skip_all "the test users cannot be made"
unset MESHFS_MESH

cd "$T" || exit
mesh_make "$T/mesh"
check "apply" "$MESHFS" apply -q --catalog c.db --audit audit mesh
orders=sales/orders/data/orders/2025/orders.csv

m() { # COMMAND ARGUMENT...: on the catalog
	local command=$1
	shift
	"$MESHFS" "$command" --mesh "$T/c.db" "$@"
}
list() {
	m ls "$@" | xargs
}
run() { # ARGUMENT...: the exit status; output in $T/out and $T/err
	m "$@" >"$T/out" 2>"$T/err"
	echo $?
}

# ---- ls: what a user may discover, and nothing else ----

check_eq "domains" "logistics sales" "$(list)"
check_eq "products for one without rights" "old orders" "$(list sales --as mfs_carol)"
check_eq "for the hidden one's readers" "idea old orders plan" "$(list sales --as mfs_alice)"
check_eq "for a uid without a name" "old orders" "$(list sales --as uid:54321)"
check_eq "for the calling user" "old orders" "$(list sales)"
check_eq "by the repository" "old orders" "$("$MESHFS" ls --mesh mesh sales --as mfs_bob | xargs)"
check_eq "by the environment" "old orders" "$(MESHFS_MESH=mesh "$MESHFS" ls sales | xargs)"
check_eq "which --mesh outdoes" "old orders" "$(MESHFS_MESH=nowhere m ls sales | xargs)"
check_eq "slashes do not matter" "old orders" "$(list //sales//./)"
check_eq "a product" "data metadata policy" "$(list sales/orders)"
check_eq "its ports" "orders" "$(list sales/orders/data)"
check_eq "a port's objects" "orders" "$(list sales/orders/data/orders)"
check_eq "an object's columns" "id email amount" "$(list sales/orders/data/orders/orders)"
check_eq "a file's columns" "id email amount" "$(list $orders)"
check_eq "documents" "README.md code/build.sql contracts/orders.odcs.yaml index.html product.odps.yaml schema/orders.schema.json" \
	"$(list sales/orders/metadata)"
check_eq "documents in a folder" "orders.odcs.yaml" "$(list sales/orders/metadata/contracts)"
check_eq "documents of policy" "audit.jsonl effective.yaml my-access.yaml my-audit.jsonl" "$(list sales/orders/policy)"
check_eq "the long form" "product orders active confidential The orders of sales" "$(m ls -l sales --as mfs_bob | awk 'NR == 3' | xargs)"
check_eq "has heads" "KIND NAME STATUS/TYPE CLASSIFICATION TITLE" "$(m ls -l sales | head -n 1 | xargs)"
check_eq "a column's type and classification" "column email string confidential -" "$(m ls -l sales/orders/data/orders/orders | awk 'NR == 3' | xargs)"
check "as JSON" sh -c "'$MESHFS' ls --mesh c.db --format json sales --as mfs_bob | python3 -c '
import json, sys
v = json.load(sys.stdin)
assert [e[\"name\"] for e in v] == [\"old\", \"orders\"], v
assert v[1] == {\"kind\": \"product\", \"name\": \"orders\", \"status\": \"active\", \"type\": None, \"classification\": \"confidential\",
    \"title\": \"The orders of sales\", \"path\": \"sales/orders\"}, v'"
check_eq "nothing there as JSON" "[]" "$(m ls --format json logistics/stream/data/stream/nothing 2>/dev/null || echo '[]')"

absent="there is no such thing in the mesh, or you may not know of it"
same() { # NAME COMMAND PATH...: what is hidden and what is not there answer alike
	local hidden nothing
	hidden=$(m "$2" "$3" --as mfs_bob 2>&1 | sed "s|$3|PATH|g")
	nothing=$(m "$2" "$4" --as mfs_bob 2>&1 | sed "s|$4|PATH|g")
	check_eq "$1" "$nothing" "$hidden"
	check_err "$1: says so" "$absent" m "$2" "$3" --as mfs_bob
}
for command in ls show explain; do
	same "$command: a hidden product" $command sales/plan sales/none
	same "$command: a draft" $command sales/idea sales/none
	same "$command: below a hidden product" $command sales/plan/data/plan/plan.txt sales/none/data/plan/plan.txt
	same "$command: a hidden product's documents" $command sales/plan/metadata/README.md sales/none/metadata/README.md
done
for path in nowhere sales/orders/nothing sales/orders/data/nothing sales/orders/metadata/nothing "sales/or ders" sales/orders@9; do
	check_err "not there: $path" "$path" m ls "$path"
done
check_err "a way out" "has no '..'" m ls ../c.db
check_err "a hidden way out" "has no '..'" m ls sales/../../x
check_err "a document is no folder" "metadata/README.md" m ls sales/orders/metadata/README.md
check_err "an unknown user" "no user mfs_nobody_here" m ls --as mfs_nobody_here
check_err "no mesh" "No such file" "$MESHFS" ls --mesh nowhere
check_err "a mesh that is none" "is not a catalog" "$MESHFS" ls --mesh mesh/mesh.yaml
check_err "a path of the system" "is in no mount" "$MESHFS" ls /usr

# ---- show ----

check_eq "show the mesh" "mesh: testmesh" "$(m show | head -n 1)"
check_eq "a domain" "domain: sales" "$(m show sales | head -n 1)"
check_eq "a product: its README" "# The orders of sales" "$(m show sales/orders | head -n 1)"
check_eq "a product as JSON" "orders mfs" "$(m show sales/orders --format json | python3 -c '
import json, sys
v = json.load(sys.stdin)
assert v["status"] == "active" and v["ports"][0]["port"] == "orders" and v["ports"][0]["server"] == "local", v
print(v["product"], "mfs")')"
check "a port with objects and columns" sh -c "'$MESHFS' show --mesh c.db sales/orders/data/orders | grep -q '      - name: email'"
check "as JSON" sh -c "'$MESHFS' show --mesh c.db --format json sales/orders/data/orders | python3 -c '
import json, sys
v = json.load(sys.stdin)
assert [c[\"name\"] for c in v[\"objects\"][0][\"columns\"]] == [\"id\", \"email\", \"amount\"], v
assert v[\"objects\"][0][\"columns\"][1][\"tags\"] == [\"pii\"], v'"
check_eq "an object" "object: orders" "$(m show sales/orders/data/orders/orders | head -n 1)"
check "authored bytes are as authored" sh -c "'$MESHFS' show --mesh c.db sales/orders/metadata/contracts/orders.odcs.yaml | cmp - mesh/domains/sales/products/orders/contracts/orders.odcs.yaml"
check "code" sh -c "'$MESHFS' show --mesh c.db sales/orders/metadata/code/build.sql | grep -q 'from source'"
check "one's own access" sh -c "'$MESHFS' show --mesh c.db --as mfs_bob sales/orders/policy/my-access.yaml | grep -q 'user: mfs_bob'"
check_err "what may not be read" "you may see it and not read" m show sales/orders/policy/audit.jsonl --as mfs_bob
check_err "a folder" "is a folder" m show sales/orders/metadata

# ---- search ----

check_eq "search" "logistics/routes" "$(m search routes | cut -d' ' -f1)"
check_eq "a column" "sales/orders" "$(m search email | cut -d' ' -f1)"
check_eq "several words" "sales/orders" "$(m search orders amount | cut -d' ' -f1)"
check_eq "what is hidden is not found" "1 " "$(run search planet plan --as mfs_bob) $(cat out)"
check_eq "but by its readers" "sales/plan" "$(m search plan --as mfs_alice | cut -d' ' -f1)"
check_eq "nothing: exit status" "1 " "$(run search xyzzy) $(cat out)"
check_eq "nothing as JSON" "1 []" "$(run search --format json xyzzy) $(cat out)"
check "as JSON" sh -c "'$MESHFS' search --mesh c.db --format json routes | python3 -c '
import json, sys
v = json.load(sys.stdin)
assert v[0][\"path\"] == \"logistics/routes\" and v[0][\"score\"] > 0, v'"
check_eq "at most so many" 1 "$(m search -n 1 the | wc -l)"
for words in '"' 'zzz OR' '*' '(' 'NEAR(' '-- zzz' 'a/b' "it's" $'line\nbreak' ''; do
	check_eq "words are words: $(printf '%q' "$words")" 1 "$(run search -- "$words")"
done

# ---- explain ----

explain() { # PATH ARGUMENT...: exit status and decision
	run explain "$@"
	sed -n 's/^decision: //p' "$T/out"
}
check_eq "allowed" "0 allow" "$(explain $orders --as mfs_alice | xargs)"
check "with the rule's file and line" grep -q 'domain:sales:sales-reads (domains/sales/policies/access.policy.yaml:8)' out
check_eq "masked, so filtered" "0 allow" "$(explain $orders --as mfs_bob | xargs)"
check "by which rule" grep -q '^served: .*filtered: email masked by mesh:mask-pii (policies/base.policy.yaml:[0-9]*)' out
check_eq "what cannot be filtered is refused" "1 deny" "$(explain sales/orders/data/orders/2025/orders.pdf --as mfs_bob | xargs)"
check "with the reason" grep -q '^reason: .*needs a filtered view, which cannot be produced: ' out
check_eq "not permitted" "1 deny" "$(explain $orders --as mfs_carol | xargs)"
check_eq "for a purpose" "0 allow" "$(explain $orders --as mfs_bob --purpose billing | xargs)"
check "it is named" grep -q '^purpose: billing' out
check_eq "in the path" "0 allow" "$(explain .purpose/billing/$orders --as mfs_bob | xargs)"
check_eq "for another" "0 allow" "$(explain $orders --as mfs_bob --purpose research | xargs)"
check "it is filtered" grep -q '^served: .*filtered: ' out
check_err "for none of the mesh's" "it has: billing, research" m explain $orders --purpose leisure
check_eq "a retired product" "1 deny" "$(explain sales/old/data/old/plan.txt --as mfs_bob | xargs)"
check_eq "metadata" "0 allow" "$(explain sales/orders/metadata/README.md --as mfs_carol | xargs)"
check "is another action" grep -q '^action: readMetadata' out
check_eq "the record" "1 deny" "$(explain sales/orders/policy/audit.jsonl --as mfs_bob | xargs)"
check_eq "an object by its name" "0 allow" "$(explain sales/orders/data/orders/orders --as mfs_bob | xargs)"
check_eq "a product" "0 allow" "$(explain sales/orders | xargs)"
check_eq "a domain that is there for its products" 0 "$(run explain sales --as mfs_bob)"
check_eq "a file that is not there: by the contract" "0 allow" "$(explain sales/orders/data/orders/2099.csv --as mfs_alice | xargs)"
check "says so" grep -q 'cannot be looked at' err
check_err "the mesh as such" "name one" m explain ''
printf 'id,email,amount,salary\n1,a,2,3\n' >mesh/domains/sales/data/orders/2025/extra.csv
check_eq "a column beyond the contract counts" 0 "$(sed -i 's/actions: \[read\]$/&\n    resources: {columns: {classification: {atMost: confidential}}}/' \
	mesh/domains/sales/policies/access.policy.yaml && "$MESHFS" explain --mesh mesh --as mfs_alice sales/orders/data/orders/2025/extra.csv >out 2>err; echo $?)"
check "and is left out" grep -q '^served: .*filtered: salary left out' out
check_eq "without it" 0 "$("$MESHFS" explain --mesh mesh --as mfs_alice $orders >out 2>err; echo $?)"

# A rule of the clock: sealed from 2030 on.
cat >>mesh/domains/sales/policies/access.policy.yaml <<-EOF
	  - id: closed-from-2030
	    effect: forbid
	    principals: {any: true}
	    actions: [read]
	    when: {now: {ge: 2030-01-01T00:00:00Z}}
EOF
check_eq "at a time before" 0 "$("$MESHFS" explain --mesh mesh --as mfs_alice --at 2029-12-31T23:59:59Z $orders >out 2>err; echo $?)"
check_eq "at a time after" 1 "$("$MESHFS" explain --mesh mesh --as mfs_alice --at 2030-01-01 $orders >out 2>err; echo $?)"
check "by that rule" grep -q closed-from-2030 out

# ---- looking changes nothing ----

mkdir tmp
check_eq "a look at a repository leaves nothing behind" "0 " "$(TMPDIR=$T/tmp "$MESHFS" ls --mesh mesh >out; echo $?) $(ls tmp)"
echo "nonsense: 1" >>mesh/domains/sales/domain.yaml
check_eq "nor does a broken one" "0 logistics" "$(TMPDIR=$T/tmp "$MESHFS" ls --mesh mesh 2>err >out; echo $?) $(xargs <out)$(ls tmp)"
check "which is noted" grep -q 'mesh has 1 error,.*meshfs validate mesh' err
check "-v shows what it is" sh -c "'$MESHFS' ls -v --mesh mesh 2>&1 >/dev/null | grep -q '^mesh/domains/sales/domain.yaml:[0-9]*:1: error'"
echo "nonsense: 1" >>mesh/mesh.yaml
check_eq "a broken head: exit status" "1 " "$(TMPDIR=$T/tmp "$MESHFS" ls --mesh mesh 2>err >out; echo $?) $(cat out; ls tmp)"
check "and its problem" grep -q '^mesh/mesh.yaml:[0-9]*:1: error' err
check_eq "nothing was recorded by looking" 1 "$("$MESHFS" audit query --audit audit | wc -l)"
finish
