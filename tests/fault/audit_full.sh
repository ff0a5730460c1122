#!/bin/bash
# timeout: 60
# The disk under the audit is full: what is confidential cannot be opened, all else can; once there is room again everything
# goes on, and the record is whole.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up || skip_all "the test users cannot be made"

mesh=$T/mesh
m=$T/m
disk=$T/disk
orders=$m/sales/orders/data/orders/2025/orders.csv
routes=$m/logistics/routes/data/routes/routes.csv

verify() {
	"$MESHFS" audit verify --audit "$disk/audit"
}

fill() {
	dd if=/dev/zero of="$disk/filler" bs=4096 status=none 2>/dev/null
	[ "$(df --output=avail "$disk" | tail -n1)" -eq 0 ]
}

# The last page of the log still takes some records.
refused_in_the_end() {
	local n said
	for n in $(seq 100); do
		said=$(as mfs_alice cat "$orders" 2>&1 >/dev/null) || break
	done
	echo "after $n opens: $said"
	[ "$n" -lt 100 ] && grep -q 'Input/output error' <<<"$said"
}

records() {
	cat "$disk"/audit/audit-*.jsonl | wc -l
}

mesh_make "$mesh"
mkdir "$disk"
mount -t tmpfs -o size=256k meshfs-test "$disk" || skip_all "no tmpfs can be mounted"
mount_options=audit=$disk/audit
check "mount" mesh_mount "$mesh" "$m" "$mount_options"
check "mfs_alice reads what is confidential" as mfs_alice cat "$orders"
check "fill the disk" fill
check "what is confidential cannot be opened any more" refused_in_the_end
before=$(records)
check_err "nor another such file" "Input/output error" as mfs_alice cat "$m/sales/plan/data/plan/plan.txt"
check_err "for no purpose" "Input/output error" as mfs_bob cat "$m/.purpose/billing/sales/orders/data/orders/2026/orders.csv"
check_err "who may not read is told so" "Permission denied" as mfs_carol cat "$orders"
for n in 1 2 3; do
	check "what is public opens ($n)" as mfs_carol cmp "$routes" "$mesh/domains/logistics/data/routes/routes.csv"
done
check "metadata opens" as mfs_carol cat "$m/sales/orders/metadata/product.odps.yaml"
check "listings work" as mfs_carol ls -lR "$m/logistics"
check_eq "no record came" "$before" "$(records)"
check "what is there is whole" verify

rm "$disk/filler"
check "with room again it opens" as mfs_alice cmp "$orders" "$mesh/domains/sales/data/orders/2025/orders.csv"
check_eq "and is recorded" $((before + 1)) "$(records)"
check_err "a refusal is recorded too" "Permission denied" as mfs_carol cat "$orders"
check_eq "as one record" $((before + 2)) "$(records)"
check "the record is whole" verify
check "unmount" mesh_umount "$m"
check "after the end too" verify

check "fill it once more" fill
check_not "a new log cannot be begun on it" mesh_mount "$mesh" "$m" "audit=$disk/other"
check_err "the message names the place" "$disk/other" mesh_mount "$mesh" "$m" "audit=$disk/other"
check_not "nothing is mounted" mountpoint -q "$m"
rm -f "$disk/filler"
check "mount again" mesh_mount "$mesh" "$m" "$mount_options"
check "it reads" as mfs_alice cat "$orders"
check "unmount again" mesh_umount "$m"
check "the chain goes on" verify
umount "$disk"
finish
