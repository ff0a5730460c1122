#!/bin/bash
# timeout: 120
# Sample values in a contract are shown to whoever reads the column as it is, on every path to the bytes.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up || skip_all "the test users cannot be made"

mesh=$T/mesh
m=$T/m
mesh_make "$mesh"
product=$mesh/domains/sales/products/orders
sed -i "s/{name: email, .*/{name: email, logicalType: string, classification: confidential, examples: [sample-token-31@example.org], tags: [pii]}/
	s/{name: amount, .*/{name: amount, logicalType: number, classification: internal, examples: [4711]}/" \
	"$product/contracts/orders.odcs.yaml"
cp "$product/contracts/orders.odcs.yaml" "$T/authored"
sed 's/, examples: \[sample-token-31@example.org\]//' "$T/authored" >"$T/masked"
sed 's/, examples: \[[^]]*\]//' "$T/authored" >"$T/denied"
check "mount" mesh_mount "$mesh" "$m"
contract=sales/orders/metadata/contracts/orders.odcs.yaml

same() { # USER PATH FILE: the user gets the file's bytes, and its size before
	local size
	size=$(as "$1" stat -c %s "$2") && [ "$size" = "$(stat -c %s "$3")" ] && as "$1" cat "$2" | cmp - "$3"
}

check "who reads all gets the authored bytes" same mfs_alice "$m/$contract" "$T/authored"
check "without the samples of a masked column" same mfs_bob "$m/$contract" "$T/masked"
check "without any where nothing is read" same mfs_carol "$m/$contract" "$T/denied"
check "as they are for a purpose that lifts the mask" same mfs_bob "$m/.purpose/billing/$contract" "$T/authored"
check "and not for another" same mfs_bob "$m/.purpose/research/$contract" "$T/masked"
check "one after the other" same mfs_alice "$m/$contract" "$T/authored"
check_eq "in no other document" "" "$(as mfs_bob grep -rl -e sample-token-31 -e 4711 "$m/sales/orders/metadata/README.md" \
	"$m/sales/orders/metadata/index.html" "$m/sales/orders/metadata/schema" "$m/sales/orders/metadata/product.odps.yaml" \
	"$m/sales/orders/policy" "$m/.meshfs" 2>/dev/null)"
check_eq "nor without a mount" 0 "$("$MESHFS" show --mesh "$mesh" --as mfs_bob "$contract" | grep -c sample-token)"
check_eq "but for whom it is" 1 "$("$MESHFS" show --mesh "$mesh" --as mfs_alice "$contract" | grep -c sample-token)"

# ---- a right that is lost ----

epoch() {
	python3 -c "import json; print(json.load(open('$m/.meshfs/status.json'))['epoch'])"
}
newer() {
	[ "$(epoch)" -gt "$before" ]
}

cat >"$T/keep.py" <<'EOF'
# Opens the path, waits for a line, then reads what a new open of the same file gives.
import os, sys
fd = os.open(sys.argv[1], os.O_PATH)
print("open", flush=True)
sys.stdin.readline()
try:
    print(open(f"/proc/self/fd/{fd}").read().count("sample-token"))
except OSError as e:
    print(os.strerror(e.errno))
EOF
chmod 644 "$T/keep.py"
mkfifo "$T/go"
as mfs_alice python3 "$T/keep.py" "$m/$contract" <"$T/go" >"$T/kept" &
keeper=$!
exec 8>"$T/go"
check "a file is held" wait_for 5 grep -q open "$T/kept"
before=$(epoch)
sed -i '/^    except: {roles: \[analyst\]}/d' "$mesh/policies/base.policy.yaml"
check "the mask comes for all" wait_for 10 newer
check "at a new look-up" same mfs_alice "$m/$contract" "$T/masked"
echo >&8
exec 8>&-
wait $keeper
check "and of what was held" sh -c "tail -n 1 '$T/kept' | grep -qE '^(0|Stale file handle)$'"

# ---- what cannot be taken out ----

before=$(epoch)
sed -i 's/examples: \[sample/examples: \&s [sample/; s/examples: \[4711\]/examples: *s/' "$product/contracts/orders.odcs.yaml"
check "an anchor that a visible column needs" wait_for 10 newer
check_err "is refused" "Permission denied" as mfs_bob cat "$m/$contract"
check_eq "has no size" 0 "$(as mfs_bob stat -c %s "$m/$contract")"
check_eq "is recorded" 1 "$(grep '"user":"mfs_bob"' "$(mesh_state "$m")"/audit/*.jsonl | grep -c 'cannot be taken out')"
check "who sees nothing of it gets the rest" sh -c "! grep -q sample-token '$m/$contract'"
check "umount" mesh_umount "$m"
finish
