#!/bin/bash
# Two users in turns on one path keep their pages: without passthrough the daemon is asked for each view's bytes once.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up
command -v strace >/dev/null || skip_all "needs strace"
mesh=$T/mesh
mnt=$T/mnt
mesh_make "$mesh"
check "mounts" mesh_mount "$mesh" "$mnt" no_passthrough
file=$mnt/sales/orders/data/orders/2025/orders.csv
as mfs_alice cat "$file" >"$T/alice"
as mfs_bob cat "$file" >"$T/bob"
check_not "they get different files" cmp -s "$T/alice" "$T/bob"
sleep 0.3
# Reads that reach the daemon are its preads of these files.
strace -f -q -e trace=pread64 -o "$T/trace" -p "$(mesh_pid "$mnt")" &
tracer=$!
sleep 1
turns() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		as mfs_alice cmp "$T/alice" "$file" && as mfs_bob cmp "$T/bob" "$file" || return 1
	done
}
check "each sees his own in every turn" turns
kill -INT $tracer
wait $tracer 2>/dev/null
reads=$(grep -c 'pread64.*example.org\|pread64.*"id,email' "$T/trace")
check "and hardly any read came to the daemon ($reads)" test "$reads" -le 6
check_err ".pin is nobody's" "No such file" ls "$mnt/.pin"
check "unmounts" mesh_umount "$mnt"
users_down
finish
