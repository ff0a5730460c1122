#!/bin/bash
# shellcheck disable=SC2012,SC2317
# .purpose/<purpose>/: the same mesh opened for a purpose; the path alone declares it, and the record keeps it.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up || skip_all "the test users cannot be made"

mesh=$T/mesh
m=$T/m
stored=$mesh/domains/sales/data/orders/2025/orders.csv
file=sales/orders/data/orders/2025/orders.csv
mesh_make "$mesh"
check "mount" mesh_mount "$mesh" "$m"

# Without the purpose mfs_bob gets his masked view: a file of its own, with hashes for the addresses.
is_masked() {
	local got
	got=$(as mfs_bob cat "$1") && [ -n "$got" ] && ! grep -q example.org <<<"$got" &&
		[ "$(as mfs_bob stat -c %s "$1")" = $((${#got} + 1)) ]
}
check "without a purpose the view is masked" is_masked "$m/$file"
check_eq "for the purpose it is raw" "$(cat "$stored")" "$(as mfs_bob cat "$m/.purpose/billing/$file")"
check_eq "with its size" "$(stat -c %s "$stored")" "$(as mfs_bob stat -c %s "$m/.purpose/billing/$file")"
check "another purpose does not do" is_masked "$m/.purpose/research/$file"
check_err "a purpose gives no right by itself" "Permission denied" as mfs_carol cat "$m/.purpose/billing/$file"
check_eq "nor a size" 0 "$(as mfs_carol stat -c %s "$m/.purpose/billing/$file")"
check "who needs none may declare one" as mfs_alice cmp "$m/.purpose/research/$file" "$m/.purpose/billing/$file"
check_not "what is hidden stays so" as mfs_bob stat "$m/.purpose/billing/sales/plan"

check_eq "the root does not list it" ".meshfs logistics sales" "$(ls -A "$m" | xargs)"
check_eq "the purposes" "billing research" "$(ls -A "$m/.purpose" | xargs)"
check_eq "the mesh below one" "logistics sales" "$(ls -A "$m/.purpose/billing" | xargs)"
for path in .purpose/leisure .purpose/Billing .purpose/billing/.meshfs .purpose/billing/.purpose \
	.purpose/billing/.purpose/research .purpose/billing/nonsense; do
	check_err "no such place: $path" "No such file" ls -d "$m/$path"
done
check "two purposes, two inodes" test "$(stat -c %i "$m/.purpose/billing/$file")" != "$(stat -c %i "$m/$file")"

check_eq "tools inherit it from the working directory" "$(sha256sum <"$stored")" "$(as mfs_bob sh -c "
	cd $m/.purpose/billing/sales && tar -cf - orders/data | tar -xOf - orders/data/orders/2025/orders.csv | sha256sum")"
check_not "a full path leads out of it again" as mfs_bob sh -c "cd $m/.purpose/billing && grep -q example.org $m/$file"

# What the mount says of itself agrees with what it does.
my_access() {
	as mfs_bob grep "$1" "$2" | xargs
}
check_eq "my-access.yaml: which purpose" "purpose: billing" "$(my_access '^purpose:' "$m/.purpose/billing/sales/orders/policy/my-access.yaml")"
check_eq "my-access.yaml: the view" "view: identity" "$(my_access '^ *view:' "$m/.purpose/billing/sales/orders/policy/my-access.yaml")"
check_eq "my-access.yaml: no purpose" "purpose: null" "$(my_access '^purpose:' "$m/sales/orders/policy/my-access.yaml")"
check_eq "my-access.yaml: the masked view" "view: email: hash(length 16, key mesh)" "$(my_access '^ *view:' "$m/sales/orders/policy/my-access.yaml")"
view() {
	as mfs_bob getfattr --only-values --absolute-names -n user.meshfs.view "$1"
}
check_eq "the attribute: raw" identity "$(view "$m/.purpose/billing/$file")"
check_eq "the attribute: masked" "email: hash(length 16, key mesh)" "$(view "$m/$file")"
check_eq "explain: raw" "view: identity" "$(as mfs_bob "$MESHFS" explain "$m/.purpose/billing/$file" | grep '^view:')"
check_not "explain: masked" as mfs_bob sh -c "$MESHFS explain $m/$file | grep -q '^view: identity'"

records() {
	grep -h '"user":"mfs_bob"' "$(mesh_state "$m")"/audit/audit-*.jsonl | grep "\"resource\":\"$file\"" | grep -c "$1"
}
check "the record has the purpose of a raw open" test "$(records '"purpose":"billing".*"masks":\[\]')" -ge 2
check "of another purpose, with the masks" test "$(records '"purpose":"research".*"masks":\["email: hash')" -ge 1
check "and without any" test "$(records '"purpose":null.*"masks":\["email: hash')" -ge 1
check_eq "nobody got it raw without" 0 "$(records '"purpose":null.*"decision":"allow".*"masks":\[\]')"

sed -i 's/^purposes:.*/purposes: [research]/' "$mesh/mesh.yaml"
sed -i '/unless: {purpose/d' "$mesh/policies/base.policy.yaml"
gone() {
	! stat "$m/.purpose/billing" 2>/dev/null
}
check "a purpose that is removed is gone" wait_for 3 gone
check_err "and what lay below it" "No such file" as mfs_bob cat "$m/.purpose/billing/$file"
check_eq "the other stays" research "$(ls -A "$m/.purpose" | xargs)"
check "unmount" mesh_umount "$m"
finish
