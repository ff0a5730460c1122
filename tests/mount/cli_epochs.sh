#!/bin/bash
# plan, apply, history and rollback on a catalog without a mount, and what they record.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
unset MESHFS_MESH

cd "$T" || exit
mesh_make "$T/mesh"
contract=mesh/domains/sales/products/orders/contracts/orders.odcs.yaml
routes=mesh/domains/logistics/products/routes/routes.odps.yaml

run() { # ARGUMENT...: the exit status; output in $T/out and $T/err
	"$MESHFS" "$@" >"$T/out" 2>"$T/err"
	echo $?
}
apply() {
	run apply --catalog c.db --audit audit "$@" mesh
}
json() { # EXPRESSION on v, the output
	check "$1" python3 -c "
import json
v = json.load(open('$T/out'))
assert $2, v"
}

# ---- plan leaves nothing behind ----

mkdir tmp
check_eq "a plan for a new catalog" 0 "$(TMPDIR=$T/tmp run plan --catalog c.db mesh)"
check "names what would come" grep -q '^+ product sales/orders$' out
check_eq "with the epoch it would make" "apply would make epoch 1: $(grep -c '^+' out) changes" "$(tail -n 1 out)"
check_eq "makes no catalog" "" "$(ls -d c.db* tmp/* 2>/dev/null)"
check_eq "as JSON" 0 "$(run plan --catalog c.db --format json mesh)"
json "with all of it" "v['epoch'] == 0 and v['changed'] and {'kind': '+', 'what': 'product', 'name': 'sales/orders'} in v['changes'] and v['kept'] == [] and v['errors'] == 0"

# ---- apply ----

check_eq "apply" 0 "$(apply)"
check "names what came" grep -q '^+ product sales/orders$' out
check "with the epoch" sh -c "tail -n 1 out | grep -q '^epoch 1: [0-9]* changes$'"
check_eq "again changes nothing" "0 epoch 1: nothing to change" "$(apply) $(cat out)"
check_eq "nor does a plan" "0 epoch 1: nothing to change" "$(run plan --catalog c.db mesh) $(cat out)"

sed -i 's/^name: .*/name: All routes/' "$routes"
check_eq "a plan of one change" "0 ~ product logistics/routes apply would make epoch 2: 1 change" "$(run plan --catalog c.db mesh) $(xargs <out)"
check_eq "it is not made" 1 "$("$MESHFS" history c.db --format json | grep -c '"epoch"')"
check_eq "until apply makes it" "0 ~ product logistics/routes epoch 2: 1 change" "$(apply) $(xargs <out)"

# ---- a broken domain stays as it was ----

cp "$contract" good.yaml
echo "nonsense: 1" >>"$contract"
sed -i 's/^name: .*/name: Routes/' "$routes"
check_eq "a broken domain: exit status" 1 "$(apply)"
check "its problem is named" grep -q "^$contract:[0-9]*:1: error \[" err
check_eq "the others are applied" "~ product logistics/routes = domain sales has errors and stays as it was epoch 3: 1 change" "$(xargs <out)"
check_eq "the product is there still" 0 "$(run show --mesh c.db sales/orders)"
check_eq "as JSON" 1 "$(apply --format json)"
json "with what was kept" "v['kept'] == ['sales'] and v['errors'] == 1 and not v['changed'] and v['epoch'] == 3"
check_eq "a plan says so too" 1 "$(run plan --catalog c.db mesh)"
check_eq "one good domain alone" "0 epoch 3: nothing to change" "$(apply --domain logistics) $(cat out)"
check_eq "the broken one alone" 1 "$(apply --domain sales)"
check_eq "an unknown domain" 1 "$(apply --domain nowhere)"
check "is named" grep -q nowhere err

cp mesh/mesh.yaml head.yaml
echo "nonsense: 1" >>mesh/mesh.yaml
check_eq "a broken head: exit status" "1 " "$(apply) $(cat out)"
check "nothing was applied, it says" grep -q 'nothing was applied' err
check "and where" grep -q '^mesh/mesh.yaml:[0-9]*:1: error' err
cp head.yaml mesh/mesh.yaml
cp good.yaml "$contract"

# ---- history and rollback ----

check_eq "history" 0 "$(run history c.db)"
check_eq "newest first" "EPOCH 3 2 1" "$(cut -d' ' -f1 out | xargs)"
check_eq "by --mesh" 0 "$(run history --mesh c.db)"
check_eq "by --catalog" 0 "$(run history --catalog c.db mesh)"
check_eq "by the environment" 0 "$(MESHFS_MESH=c.db run history)"
check_eq "as JSON" 0 "$(run history c.db --format json)"
json "with all of it" "[e['epoch'] for e in v] == [3, 2, 1] and all(e['what'] == 'apply' and e['who'] and e['time'].endswith('Z') and e['summary'] for e in v)"

check_eq "rollback" "0 ~ product logistics/routes epoch 4: 1 change" "$(run rollback --audit audit 2 c.db) $(xargs <out)"
check "it is in force" sh -c "'$MESHFS' show --mesh c.db logistics/routes | grep -q '^# All routes'"
check_eq "it is history" '4 rollback to 2' "$("$MESHFS" history c.db | awk 'NR == 2 { print $1, $4, $5, $6 }')"
check_eq "to what is in force" "0 epoch 4: nothing to change" "$(run rollback --audit audit 4 c.db) $(cat out)"
check_eq "of a repository's catalog" 0 "$(run rollback --audit audit --catalog c.db --format json 3 mesh)"
json "as JSON" "v['epoch'] == 5 and v['changed']"
check "that the manifests are another matter is said" grep -q 'the manifests in' err
check_eq "to an epoch that never was" 1 "$(run rollback --audit audit 77 c.db)"
check "is named" grep -q 77 err

# ---- the record ----

check_eq "each epoch is recorded, once" "1 2 3 4 5" "$("$MESHFS" audit query --audit audit | grep -o '"epoch":[0-9]*' | cut -d: -f2 | xargs)"
check_eq "with what it was" "apply apply apply rollback rollback" "$("$MESHFS" audit query --audit audit | grep -o '"action":"[a-z]*"' | cut -d'"' -f4 | xargs)"
check "the chain holds" "$MESHFS" audit verify --audit audit
(
	exec 9>>audit/lock
	flock -x 9
	sed -i 's/^name: .*/name: Routes once more/' "$routes"
	apply >status
)
check_eq "while a mount holds the record" "0 epoch 6: 1 change" "$(cat status) $(tail -n 1 out)"
check "it is left to the mount" grep -q 'records the epoch' err
check_eq "and not written" 5 "$("$MESHFS" audit query --audit audit | wc -l)"
sed -i 's/^name: .*/name: Routes again/' "$routes"
check_eq "a record that cannot be written: exit status" 3 "$(run apply --catalog c.db --audit c.db/audit mesh)"
check "says that the change is in force" grep -q 'in force but not recorded' err

# ---- bad input ----

bad() { # NAME TEXT ARGUMENT...
	local name=$1 text=$2
	shift 2
	check_eq "$name: exit status" 1 "$(run "$@")"
	check "$name: the reason" grep -qF -e "$text" err
	check_eq "$name: no data" "" "$(cat out)"
}
mkdir -p empty
head -c 20000 /dev/urandom >random.db
bad "apply: an empty directory" "mesh.yaml" apply --catalog new.db empty
check_eq "makes no catalog" "" "$(ls new.db* 2>/dev/null)"
bad "apply: a catalog" "is not a directory" apply c.db
bad "apply: nothing there" "nowhere: No such file" apply --catalog new.db nowhere
bad "plan: nothing there" "nowhere: No such file" plan --catalog new.db nowhere
bad "apply: into what is no catalog" "is not a catalog" apply --catalog random.db mesh
bad "plan: against what is no catalog" "is not a catalog" plan --catalog random.db mesh
bad "history: no catalog" "is not a catalog" history random.db
bad "history: nothing there" "no catalog" history --catalog new.db mesh
check_eq "makes none" "" "$(ls new.db* 2>/dev/null)"
bad "rollback: nothing there" "No such file" rollback 1 nowhere
finish
