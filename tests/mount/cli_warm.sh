#!/bin/bash
# timeout: 240
# meshfs warm: files are rendered ahead, for whom it is said, with a word about each; and what status says of it.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up || skip_all "the test users cannot be made"
unset MESHFS_MESH
cd "$T" || exit

mesh=$T/mesh
m=$T/m
mesh_make "$mesh"
check "mount" mesh_mount "$mesh" "$m"

warm() { # ARGUMENT...: the exit status; what it said in $T/said
	"$MESHFS" warm "$@" >"$T/out" 2>"$T/said"
	echo $?
}
cache() { # FIELD
	"$MESHFS" status "$m" | sed -n "s/^cache_$1: //p"
}
says() { # TEXT
	grep -qF -e "$1" said
}

# ---- rendering ----

orders=sales/orders/data/orders
check_eq "nothing is rendered before" 0 "$(cache files)"
check_eq "for a user" 0 "$(warm --as mfs_bob "$m/sales/orders")"
check "a line for each file" says "meshfs: 2/2 $orders/202"
check "and the sum" says "meshfs: 2 files are ready"
check_eq "no data" 0 "$(stat -c %s out)"
check_eq "both are there" 2 "$(cache files)"
check_eq "so nobody waits" "$(cache misses)" "$(as mfs_bob cat "$m/$orders/2025/orders.csv" >/dev/null && cache misses)"
check_eq "the view is his" 0 "$(as mfs_bob cat "$m/$orders/2025/orders.csv" | grep -c example.org)"
check_eq "again" 0 "$(warm --as mfs_bob "$m/sales/orders")"
check_eq "makes nothing new" 2 "$(cache files)"
check_eq "for oneself, by a relative path" 0 "$(cd "$m/sales" && as mfs_bob "$MESHFS" warm -q orders/data/orders/2025 2>&1 | wc -c)"
check_eq "the whole mesh" 0 "$(warm --as mfs_carol "$m")"
check "goes through data/ alone" sh -c "! grep -qE 'metadata|policy|[.]meshfs|[.]purpose' said"
check "through all of it" says "logistics/routes/data/routes/deep/er/more.csv"
check "hidden products stay so" sh -c "! grep -q sales/plan said"
check_eq "a purpose" 0 "$(warm --as mfs_bob "$m/.purpose/billing/sales/orders/data")"
check "is part of the path" says ".purpose/billing/$orders/2026/orders.csv"
check_eq "several paths, one of them a file" 0 "$(warm -j 4 "$m/logistics" "$m/$orders/2025/orders.csv")"
check_eq "by the name of the mesh" 0 "$(warm --mesh "$m" sales/orders)"
check_eq "quiet" "0 0" "$(warm -q "$m") $(stat -c %s said)"
check_eq "a user without a name" 0 "$(warm --as uid:54321 "$m/sales/orders")"

# ---- a terminal ----

cat >terminal.py <<'EOF'
import os, pty, sys
said = bytearray()
def read(fd):
    data = os.read(fd, 4096)
    said.extend(data)
    return data
status = pty.spawn(sys.argv[1:], read, lambda fd: b"")
open("said", "wb").write(said)
sys.exit(os.waitstatus_to_exitcode(status))
EOF
bar() { # ARGUMENT...
	TERM=xterm python3 terminal.py "$MESHFS" warm "$@" >/dev/null 2>&1 </dev/null
}
check "with a bar" bar "$m"
check "that shows how far it is" grep -qF "[####################]" said
check "in one line" sh -c "test \$(wc -l <said) -eq 1"
check "or none" bar -q "$m"
check_eq "when quiet" 0 "$(stat -c %s said)"

# ---- what goes wrong ----

check_err "no mount" "is in no mount" "$MESHFS" warm "$mesh"
check_err "what is no data" "only what is below data/" "$MESHFS" warm "$m/sales/orders/metadata"
check_err "the mount's own" "only what is below data/" "$MESHFS" warm "$m/.meshfs"
check_err "what is not there" "No such file" "$MESHFS" warm "$m/sales/nothing"
check_eq "is a failure" 1 "$(warm "$m/sales/orders" "$m/sales/nothing")"
check "of one path alone" says "$orders/2025/orders.csv"
check_err "nobody" "no user nosuchuser" "$MESHFS" warm --as nosuchuser "$m"
check_err "as another" "needs root" as mfs_bob "$MESHFS" warm --as mfs_alice "$m"
check_eq "no path" 2 "$(warm)"
check_eq "no number" 2 "$(warm -j 0 "$m")"
check_eq "too great a number" 2 "$(warm -j 65 "$m")"
echo "no gzip" >"$mesh/domains/sales/data/orders/2026/broken.csv.gz"
check_eq "a file that cannot be rendered" 1 "$(warm --as mfs_bob "$m/sales/orders")"
check "is named" says "meshfs warm: $m/$orders/2026/broken.csv.gz: Input/output error"
check "the others are ready" says "2 of 3 files are ready, 1 failed"
rm "$mesh/domains/sales/data/orders/2026/broken.csv.gz"

# ---- an interruption ----

seq 1 4000000 | sed 's/.*/&,user&@example.org,10/' >"$mesh/domains/sales/data/orders/2026/big.csv"
sed -i '1i id,email,amount' "$mesh/domains/sales/data/orders/2026/big.csv"
renderings() {
	python3 -c "
import json
print(len(json.load(open('$m/.meshfs/status.json'))['renderings']))"
}
is_rendering() {
	[ "$(renderings)" -ge 1 ]
}
is_idle() {
	[ "$(renderings)" -eq 0 ]
}
"$MESHFS" warm --as mfs_bob "$m/sales/orders" 2>said &
pid=$!
check "status tells what is rendered" wait_for 20 is_rendering
check "with its path" sh -c "'$MESHFS' status '$m' | grep -q 'path: $orders/2026/big.csv'"
check_eq "but not to others" 0 "$(as mfs_carol cat "$m/.meshfs/status.json" | grep -c big.csv)"
kill -INT "$pid"
wait "$pid"
check_eq "interrupted" 130 $?
check "it is given up" wait_for 20 is_idle
check_eq "and nothing half-made is there" 0 "$(find "$(mesh_state "$m")/cache" -size +50M | wc -l)"
check_eq "later it is rendered all the same" 0 "$(warm --as mfs_bob "$m/sales/orders")"
check_eq "in full" 4000001 "$(as mfs_bob cat "$m/$orders/2026/big.csv" | wc -l)"

# ---- status ----

check "the cache in the table" sh -c "'$MESHFS' status | grep -qE '^MOUNTPOINT .* CACHE  *ERRORS\$'"
check "in full" sh -c "'$MESHFS' status '$m' | grep -q '^cache_size: .* of '"
check "libduckdb" sh -c "'$MESHFS' status '$m' | grep -q '^libduckdb: '"
check "umount" mesh_umount "$m"
finish
