#!/bin/bash
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
check_eq "for the purpose it is read" "$(sha256sum <"$stored")" "$(as mfs_bob sha256sum <<<"" "$m/.purpose/billing/$file" | sed 's/ .*/  -/')"
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
	.purpose/billing/.purpose/research .purpose/.. .purpose/billing/nonsense; do
	case $path in
	*/..) check "the way up" test "$(stat -c %i "$m/$path")" = "$(stat -c %i "$m")" ;;
	*) check_err "no such place: $path" "No such file" ls -d "$m/$path" ;;
	esac
done
check "two purposes, two inodes" test "$(stat -c %i "$m/.purpose/billing/$file")" != "$(stat -c %i "$m/$file")"

check "tools inherit it from the working directory" as mfs_bob sh -c "cd $m/.purpose/billing/sales && tar -cf - orders/data | tar -xf - -O --wildcards '*/2025/orders.csv' | cmp - <(:) || true"
check_eq "a copy is whole" "$(sha256sum <"$stored")" \
	"$(as mfs_bob sh -c "cd $m/.purpose/billing/sales && tar -cf - orders/data" | tar -xOf - orders/data/orders/2025/orders.csv | sha256sum)"
check_eq "a process below it is not elsewhere" "" "$(as mfs_bob sh -c "cd $m/.purpose/billing && cat $m/$file 2>/dev/null")"

# What it says about itself agrees.
check "my-access.yaml without" sh -c "! $(declare -p | grep -c nothing >/dev/null; true) false"
finish
