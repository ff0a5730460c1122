#!/bin/bash
# The commands on paths inside a mount, for its operator and for ordinary users, who may not read the catalog.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up || skip_all "the test users cannot be made"
unset MESHFS_MESH

mesh=$T/mesh
m=$T/m
orders=sales/orders/data/orders/2025/orders.csv
scan=${orders%orders.csv}scan.pdf
mesh_make "$mesh"
printf "%%PDF-1.4 a scan with ann@example.org\n" >"$mesh/domains/sales/data/orders/2025/scan.pdf"
ln -s "$m" "$T/link"
check "mount" mesh_mount "$mesh" "$m"
cd "$T" || exit

user() { # USER COMMAND ARGUMENT...
	as "$1" "$MESHFS" "${@:2}"
}
code() { # COMMAND...: the exit status; output in $T/out and $T/err
	"$@" >"$T/out" 2>"$T/err"
	echo $?
}

# ---- explain: by the mount, to whoever asks ----

check_eq "explain: allowed" 0 "$(code user mfs_alice explain "$m/$orders")"
check "to this user" grep -q '^user: mfs_alice' out
check_eq "explain: refused" 1 "$(code user mfs_bob explain "$m/$scan")"
check "by which rule" grep -q 'mask-pii (policies/base.policy.yaml:[0-9]*)' out
check_eq "explain: for a purpose" 0 "$(code user mfs_bob explain "$m/.purpose/billing/$orders")"
check_eq "by a relative path" 1 "$(cd "$m/sales/orders" && code user mfs_bob explain data/../data/orders/2025/scan.pdf)"
check_eq "by a link to the mount" 1 "$(code user mfs_bob explain "$T/link/$scan")"
check_eq "by --mesh and a path in it" 1 "$(code user mfs_bob explain --mesh "$m" $scan)"
check_eq "what is hidden" "1 " "$(code user mfs_bob explain "$m/sales/plan") $(cat out)"
hidden=$(sed "s/plan/NAME/g" err)
check_eq "is as what is not there" "1 $hidden" "$(code user mfs_bob explain "$m/sales/none") $(sed "s/none/NAME/g" err)"
check_err "a domain, without the catalog" "name one" user mfs_bob explain "$m/sales"
check_err "--as, without the catalog" "whose catalog you may read" user mfs_bob explain --as mfs_alice "$m/$orders"
check_eq "the operator explains for others" 1 "$(code "$MESHFS" explain --as mfs_bob "$m/$scan")"
check_eq "and for their purposes" 0 "$(code "$MESHFS" explain --as mfs_bob --purpose billing "$m/$orders")"
check_eq "a domain" 0 "$(code "$MESHFS" explain "$m/sales")"
check_eq "explain agrees with open" "$(as mfs_bob cat "$m/$orders" >/dev/null 2>&1; echo $?)" "$(code user mfs_bob explain "$m/$orders")"

# ---- ls, show, search ----

check_eq "ls" "logistics sales" "$(user mfs_bob ls "$m" | xargs)"
check_eq "ls shows what he may discover" "old orders" "$(user mfs_bob ls "$m/sales" | xargs)"
check_eq "and another what he may" "idea old orders plan" "$(user mfs_alice ls "$m/sales" | xargs)"
check_eq "the operator, by the catalog" "old orders" "$("$MESHFS" ls "$m/sales" | xargs)"
check_eq "the operator, for others" "idea old orders plan" "$("$MESHFS" ls --as mfs_alice "$m/sales" | xargs)"
check_eq "in the current directory" "old orders" "$(cd "$m/sales" && user mfs_bob ls | xargs)"
check_eq "the long form" "product orders - confidential -" "$(user mfs_bob ls -l "$m/sales" | awk 'NR == 3' | xargs)"
check "as JSON" sh -c "cd '$m' && setpriv --reuid=mfs_bob --regid=mfs_bob --clear-groups '$MESHFS' ls --format json | python3 -c '
import json, sys
v = json.load(sys.stdin)
assert [(e[\"kind\"], e[\"path\"]) for e in v] == [(\"domain\", \"logistics\"), (\"domain\", \"sales\")], v'"
check_err "a hidden product" "No such file" user mfs_bob ls "$m/sales/plan"
check_err "--as" "whose catalog you may read" user mfs_bob ls --as mfs_alice "$m"
check_eq "show a product" "# The orders of sales" "$(user mfs_bob show "$m/sales/orders" | head -n 1)"
check_eq "show below data/" "# The orders of sales" "$(user mfs_bob show "$m/$orders" | head -n 1)"
check "show a document" sh -c "'$MESHFS' show '$m/sales/orders/metadata/product.odps.yaml' | cmp - '$mesh/domains/sales/products/orders/orders.odps.yaml'"
check "show it without the catalog" sh -c "setpriv --reuid=mfs_bob --regid=mfs_bob --clear-groups '$MESHFS' show '$m/sales/orders/metadata/product.odps.yaml' | cmp - '$mesh/domains/sales/products/orders/orders.odps.yaml'"
check_err "show a hidden product" "No such file" user mfs_bob show "$m/sales/plan"
check_eq "search" "sales/orders" "$(user mfs_bob search --mesh "$m" email | xargs)"
check_eq "search in the current directory" "sales/orders" "$(cd "$m" && user mfs_bob search email | xargs)"
check_not "what is hidden is not found" user mfs_bob search --mesh "$m" planet plan
check_eq "but by its readers" "sales/plan" "$(user mfs_alice search --mesh "$m" plan | xargs)"
check_not "words are words" user mfs_bob search --mesh "$m" '../sales' 'x/y'
check_err "history, without the catalog" "may not read the catalog" user mfs_bob history "$m"
check_eq "history by the mount" "EPOCH 1" "$("$MESHFS" history "$m" | cut -d' ' -f1 | xargs)"

# ---- apply and rollback beside a running mount ----

sed -i 's/^name: .*/name: All routes/' "$mesh/domains/logistics/products/routes/routes.odps.yaml"
wait_for 5 sh -c "'$MESHFS' status '$m' | grep -q '^epoch: 2'"
check_eq "the mount took the change over" 2 "$("$MESHFS" history "$m" --format json | grep -c '"epoch"')"
check_eq "rollback" 0 "$(code "$MESHFS" rollback 1 "$m")"
check "leaves the record to the mount" grep -q 'records the epoch' err
check "the mount shows it" wait_for 5 sh -c "head -n 1 '$m/logistics/routes/metadata/README.md' | grep -q 'The routes'"
check_eq "the catalog's own record is the mount's" "apply rollback" \
	"$("$MESHFS" audit query "$m" | grep -o '"action":"\(apply\|rollback\)"' | cut -d'"' -f4 | sort -u | xargs)"

# ---- audit ----

as mfs_bob cat "$m/$scan" >/dev/null 2>&1
as mfs_alice cat "$m/$orders" >/dev/null
as mfs_bob cat "$m/.purpose/billing/$orders" >/dev/null
audit() { # VERB ARGUMENT...
	"$MESHFS" audit "$@" "$m"
}
check_eq "tail: JSON lines" "deny allow allow" "$(audit tail -n 3 | grep -o '"decision":"[a-z]*"' | cut -d'"' -f4 | xargs)"
check "each is JSON" sh -c "'$MESHFS' audit tail '$m' | python3 -c '
import json, sys
for line in sys.stdin:
    json.loads(line)'"
check_eq "ten are the rule" 10 "$(for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do as mfs_alice cat "$m/$orders" >/dev/null; done; audit tail | wc -l)"
check_eq "none" 0 "$(audit tail -n 0 | wc -l)"
check_eq "by user" "mfs_bob mfs_bob mfs_bob" "$(audit query --user mfs_bob --product sales/orders | grep '"action":"read"' | grep -o '"user":"[a-z_]*"' | cut -d'"' -f4 | xargs)"
check_eq "refused" "deny" "$(audit query --denied --user mfs_bob --product sales/orders | grep '"action":"read"' | grep -o '"decision":"[a-z]*"' | cut -d'"' -f4 | xargs)"
check_eq "of another product" "" "$(audit query --product logistics/routes --user mfs_bob)"
check "since an hour ago" test "$(audit query --since 1h | wc -l)" -gt 10
check_eq "the same in other words" "$(audit query --since 1h | wc -l)" "$(audit query --since '60m ago' | wc -l)"
check_eq "since tomorrow" 0 "$(audit query --since 2200-01-01 | wc -l)"
line=$(audit query --format text --denied --user mfs_bob --product sales/orders | grep ' read ' | head -n 1)
check "as text: time, user, decision, action, resource, reason" sh -c "printf '%s' \"\$1\" | grep -qE '^[0-9-]{10}T[0-9:]{8}Z mfs_bob +deny +read +$scan: .*mask-pii'" - "$line"
check "as text: the purpose" sh -c "'$MESHFS' audit query --format text --user mfs_bob '$m' | grep -q ' allow  *read  *$orders for billing'"
check_eq "by the repository: what the mount writes" "$(audit query | wc -l)" "$("$MESHFS" audit query --mesh "$mesh" | wc -l)"
check_eq "by the directory" "$(audit query | wc -l)" "$("$MESHFS" audit query --audit "$(mesh_state "$m")/audit" | wc -l)"
check_err "not for others" "my-audit.jsonl" user mfs_bob audit tail "$m"
check_err "where nothing was recorded" "nothing was recorded" "$MESHFS" audit tail --audit "$T/nowhere"

"$MESHFS" audit tail -f -n 0 --user mfs_carol "$m" >followed 2>&1 &
follower=$!
sleep 0.5
as mfs_carol cat "$m/$orders" >/dev/null 2>&1
check "tail -f shows what comes" wait_for 10 grep -q '"user":"mfs_carol".*"action":"read"' followed
kill "$follower"
wait "$follower" 2>/dev/null
check_eq "and nothing of others" 0 "$(grep -vc mfs_carol followed)"
"$MESHFS" audit tail -f -n 1 --format text "$m" 2>&1 | head -n 1 >first &
check "tail -f | head ends with the next record" sh -c "
	for i in 1 2 3 4 5 6 7 8 9 10; do
		sleep 0.3
		cat '$m/logistics/routes/data/routes/routes.csv' >/dev/null
	done
	! pgrep -f '^$MESHFS audit tail -f -n 1' >/dev/null"
wait
check_eq "with one line" 1 "$(wc -l <first)"

check "verify" sh -c "'$MESHFS' audit verify '$m' | grep -q '^the record is whole: [0-9]* records in 1 file$'"
check "verify as JSON" sh -c "'$MESHFS' audit verify --format json '$m' | python3 -c '
import json, sys
v = json.load(sys.stdin)
assert v[\"ok\"] is True and v[\"records\"] > 10 and v[\"files\"] == 1 and v[\"text\"] is None, v'"
cp -R "$(mesh_state "$m")/audit" broken
file=$(ls broken/audit-*.jsonl)
sed -i '5s/"user":"./"user":"X/' "$file"
check_eq "a changed record: exit status" 1 "$(code "$MESHFS" audit verify --audit broken)"
check "is named" grep -q "$(basename "$file"):5: seq 5: changed" out
check_eq "as JSON" 1 "$(code "$MESHFS" audit verify --format json --audit broken)"
check "too" python3 -c '
import json
v = json.load(open("out"))
assert v["ok"] is False and ":5: seq 5" in v["text"], v'

# ---- umount ----

check_err "not a mount point" "no mesh is mounted" "$MESHFS" umount "$T"
check_err "below one" "mounted at $m" "$MESHFS" umount "$m/sales"
check_err "nothing there" "no mesh is mounted" "$MESHFS" umount "$T/nowhere"
exec 7<"$m/.meshfs/README.md"
check_err "in use" "is in use" "$MESHFS" umount "$m"
check_err "by others" "another user mounted it" user mfs_bob umount "$m"
exec 7<&-
pid=$(mesh_pid "$m")
check "umount" "$MESHFS" umount "$m"
check_not "is a mount no more" mountpoint -q "$m"
check "the next mount finds everything closed" mesh_mount "$mesh" "$m"
check "the daemon has ended" wait_for 10 sh -c "! kill -0 '$pid' 2>/dev/null"
exec 7<"$m/.meshfs/README.md"
check "umount -l of one in use" "$MESHFS" umount -l "$m"
check_not "detaches it" mountpoint -q "$m"
exec 7<&-
check_err "once" "no mesh is mounted" "$MESHFS" umount "$m"
check "wait for its end" wait_for 10 sh -c "! flock -n -E 1 '$(mesh_state "$m")/audit/lock' false 2>/dev/null; flock -n '$(mesh_state "$m")/audit/lock' true"
check "mount again" mesh_mount "$mesh" "$m"
check "umount by a link" "$MESHFS" umount "$T/link"
check_not "too" mountpoint -q "$m"
finish
