#!/bin/bash
# shellcheck disable=SC2012,SC2317
# .purpose/<purpose>/: the same mesh opened for a purpose; the path alone declares it, and the record keeps it.
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

check_err "without a purpose the masked view is refused" "Permission denied" as mfs_bob cat "$m/$file"
check_eq "its size is not shown" 0 "$(as mfs_bob stat -c %s "$m/$file")"
check_eq "for the purpose it is read" "$(cat "$stored")" "$(as mfs_bob cat "$m/.purpose/billing/$file")"
check_eq "with its size" "$(stat -c %s "$stored")" "$(as mfs_bob stat -c %s "$m/.purpose/billing/$file")"
check_err "another purpose does not do" "Permission denied" as mfs_bob cat "$m/.purpose/research/$file"
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
check_err "a full path leads out of it again" "Permission denied" as mfs_bob sh -c "cd $m/.purpose/billing && cat $m/$file"

# What the mount says of itself agrees with what it does.
my_access() {
	as mfs_bob grep "$1" "$2" | xargs
}
check_eq "my-access.yaml: which purpose" "purpose: billing" "$(my_access '^purpose:' "$m/.purpose/billing/sales/orders/policy/my-access.yaml")"
check_eq "my-access.yaml: allowed" "read: allow" "$(my_access '^ *read:' "$m/.purpose/billing/sales/orders/policy/my-access.yaml")"
check_eq "my-access.yaml: no purpose" "purpose: null" "$(my_access '^purpose:' "$m/sales/orders/policy/my-access.yaml")"
check_eq "my-access.yaml: denied" "read: deny" "$(my_access '^ *read:' "$m/sales/orders/policy/my-access.yaml")"
decision() {
	as mfs_bob getfattr --only-values --absolute-names -n user.meshfs.decision "$1"
}
check_eq "the attribute: allowed" allow "$(decision "$m/.purpose/billing/$file")"
check "the attribute: denied" test "$(decision "$m/$file" | cut -c1-4)" = deny
check "explain: allowed" as mfs_bob "$MESHFS" explain "$m/.purpose/billing/$file"
check_not "explain: denied" as mfs_bob "$MESHFS" explain "$m/$file"

records() {
	grep -h '"user":"mfs_bob"' "$(mesh_state "$m")"/audit/audit-*.jsonl | grep "\"resource\":\"$file\"" | grep -c "$1"
}
check "the record has the purpose of an open" test "$(records '"purpose":"billing".*"decision":"allow"')" -ge 2
check "and of a refusal" test "$(records '"purpose":"research".*"decision":"deny"')" -ge 1
check_eq "nobody was allowed without" 0 "$(records '"purpose":null.*"decision":"allow"')"

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
