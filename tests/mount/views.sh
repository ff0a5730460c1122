#!/bin/bash
# Filtered views of stored tables: three users, one path, three contents; against an independent program.
# timeout: 180
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up

mesh=$T/mesh
mnt=$T/mnt
data=$mesh/domains/sales/data/orders
mesh_make "$mesh"

# Who else may read what: bob (mfs_sales) his region's rows; a nasty table with quotes, newlines and empty fields.
cat >>"$mesh/domains/sales/policies/access.policy.yaml" <<'EOF'
  - id: small-amounts-only
    effect: restrict
    principals: {groups: [mfs_sales]}
    except: {groups: [mfs_analysts]}
    actions: [read]
    resources: {objects: [orders]}
    rows: {row.amount: {lt: 1000}}
EOF
sed -i 's/{name: amount, logicalType: number,/{name: amount, logicalType: integer,/' \
	"$mesh/domains/sales/products/orders/contracts/orders.odcs.yaml"
sed -i 's/actions: \[read\]$/&\n    resources: {columns: {classification: {atMost: confidential}}}/' \
	"$mesh/domains/logistics/policies/access.policy.yaml"
mkdir -p "$data/many"
python3 - "$data/many" <<'EOF'
import csv, gzip, random, subprocess, sys
random.seed(7)
folder = sys.argv[1]
texts = ['plain', 'with, comma', 'with "quote"', 'two\nlines', '', ' blanks ', 'üñí', "o'clock", ';', '\t']
rows = [[str(i), f'token{i:05d}@secret.example', str(random.randrange(0, 2000)) if i % 11 else '', random.choice(texts)]
        for i in range(3000)]
with open(folder + '/orders.csv', 'w', newline='') as f:
    w = csv.writer(f)
    w.writerow(['id', 'email', 'amount', 'note'])
    w.writerows(rows)
text = open(folder + '/orders.csv', newline='').read()
with gzip.open(folder + '/orders.csv.gz', 'wt', newline='') as f:
    f.write(text)
subprocess.run(['zstd', '-q', '-f', folder + '/orders.csv', '-o', folder + '/orders.csv.zst'], check=True)
import json
with open(folder + '/orders.jsonl', 'w') as f:
    for r in rows:
        f.write(json.dumps({'id': int(r[0]), 'email': r[1], 'amount': int(r[2]) if r[2] else None}) + '\n')
EOF

check "mounts" mesh_mount "$mesh" "$mnt"
many=$mnt/sales/orders/data/orders/many

# What bob must see, computed by another program with the key that the mount made.
oracle() {
	python3 - "$data/many/orders.csv" "$(mesh_state "$mnt")/keys/mesh" "$1" <<'EOF'
import csv, hmac, hashlib, io, sys
source, keyfile, got = sys.argv[1:]
key = open(keyfile, 'rb').read()
want = []
for r in csv.DictReader(open(source, newline='')):
    if r['amount'] == '' or int(r['amount']) >= 1000:
        continue
    want.append([r['id'], hmac.new(key, r['email'].encode(), hashlib.sha256).hexdigest()[:16], r['amount'], r['note']])
have = list(csv.reader(open(got, newline='')))
assert have[0] == ['id', 'email', 'amount', 'note'], have[0]
assert have[1:] == want, (len(have) - 1, len(want))
assert len(want) > 1000
EOF
}

as mfs_bob cat "$many/orders.csv" >"$T/bob.csv"
check "bob's view equals what an independent program computes" oracle "$T/bob.csv"
check_eq "its size is exact" "$(stat -c %s "$T/bob.csv")" "$(as mfs_bob stat -c %s "$many/orders.csv")"
check "alice reads the file as it lies" as mfs_alice cmp "$data/many/orders.csv" "$many/orders.csv"
check_err "carol reads nothing" "Permission denied" as mfs_carol cat "$many/orders.csv"
check_eq "and learns no size" 0 "$(as mfs_carol stat -c %s "$many/orders.csv")"
as mfs_bob sh -c "zcat '$many/orders.csv.gz'" >"$T/gz.csv"
check "the same compressed with gzip" cmp "$T/bob.csv" "$T/gz.csv"
as mfs_bob sh -c "zstd -dcq '$many/orders.csv.zst'" >"$T/zst.csv"
check "and with zstd" cmp "$T/bob.csv" "$T/zst.csv"
as mfs_bob cat "$many/orders.jsonl" >"$T/bob.jsonl"
check "JSON Lines hold the same rows" python3 - "$T/bob.csv" "$T/bob.jsonl" <<'EOF'
import csv, json, sys
a = [[r['id'], r['email'], r['amount']] for r in csv.DictReader(open(sys.argv[1], newline=''))]
b = [[str(r['id']), r['email'], str(r['amount'])] for r in map(json.loads, open(sys.argv[2]))]
assert a == b, (len(a), len(b))
EOF
check "my-access.yaml names the mask and the filter" \
	as mfs_bob sh -c "grep -q 'hash(length 16' '$mnt/sales/orders/policy/my-access.yaml' && grep -q 'row.amount lt 1000' '$mnt/sales/orders/policy/my-access.yaml'"
check "so does the attribute" bash -c "getfattr --only-values -n user.meshfs.view '$many/orders.csv' >/dev/null"
check "for his purpose the mask falls, the rows stay filtered" \
	as mfs_bob sh -c "grep -q 'token00003@secret' '$mnt/.purpose/billing/sales/orders/data/orders/many/orders.csv'"

# Nobody finds a raw value anywhere.
everything() {
	as "$1" sh -c "find '$mnt' -type f -exec cat {} + 2>/dev/null; find '$mnt' -exec getfattr -d --absolute-names {} + 2>/dev/null"
}
for user in mfs_bob mfs_carol; do
	everything $user >"$T/all.$user"
	check "no raw value in anything $user can read" bash -c "! grep -aq '@secret.example' '$T/all.$user'"
done
check "while bob could read much" test "$(stat -c %s "$T/all.mfs_bob")" -gt 50000

# Two users in turns, and with mmap.
for i in 1 2 3 4 5 6; do
	as mfs_bob cmp "$T/bob.csv" "$many/orders.csv" && as mfs_alice cmp "$data/many/orders.csv" "$many/orders.csv" || echo differs
done >"$T/turns" 2>&1
check "users in turns get their own each time" test ! -s "$T/turns"
check "mmap shows the view" as mfs_bob python3 -c "
import mmap, sys
f = open('$many/orders.csv', 'rb'); m = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
assert m[:] == open('$T/bob.csv', 'rb').read()"

# A changed source gives the next open a new view; an open handle keeps its own.
exec 7< <(as mfs_bob sh -c "exec 3<'$many/orders.csv'; echo ready; read x < '$T/go'; cat <&3")
mkfifo "$T/go" 2>/dev/null
read -r _ <&7
echo '9001,last@secret.example,7,x' >>"$data/many/orders.csv"
check "a changed source shows at once" wait_for 3 as mfs_bob grep -q '^9001,[0-9a-f]\{16\},7,x$' "$many/orders.csv"
echo go >"$T/go"
cat <&7 >"$T/held.csv"
exec 7<&-
check "a handle in use keeps its view" cmp "$T/bob.csv" "$T/held.csv"

# The cache: bounded, private, survives, heals.
cache=$(mesh_state "$mnt")/cache
check_eq "the cache is private" "700" "$(stat -c %a "$cache")"
check_eq "so are its files" "600" "$(find "$cache/files" -type f -printf '%m\n' | sort -u)"
as mfs_bob cat "$many/orders.csv" >"$T/before.csv"
check "unmounts" mesh_umount "$mnt"
for f in "$cache"/files/*; do printf X | dd of="$f" bs=1 seek=20 conv=notrunc status=none; done
check "mounts again over a damaged cache" mesh_mount "$mesh" "$mnt"
check "which is never served" as mfs_bob cmp "$T/before.csv" "$many/orders.csv"
check "unmounts" mesh_umount "$mnt"
check "mounts again" mesh_mount "$mesh" "$mnt"
touch "$T/mark"
check "the view is served from the kept file" as mfs_bob cmp "$T/before.csv" "$many/orders.csv"
check_eq "and nothing was rendered anew" "" "$(find "$cache/files" -type f -newer "$T/mark" ! -newermt "@$(stat -c %Y "$T/mark")")"

# A view looks like the file it is of: its delimiter stays, and capitals in its ending change nothing.
printf 'id;email;amount\n1;a@secret.example;2\n' >"$data/many/semicolons.csv"
printf 'id,email,amount\n1,a@secret.example,2\n' >"$data/many/CAPITALS.CSV"
cp "$data/many/CAPITALS.CSV" "$data/many/nameless"
check "a delimiter is kept" as mfs_bob grep -qx '1;[0-9a-f]\{16\};2' "$many/semicolons.csv"
check "capitals are the same ending" as mfs_bob grep -qx '1,[0-9a-f]\{16\},2' "$many/CAPITALS.CSV"
check_err "a file without an ending is no table" "Permission denied" as mfs_bob cat "$many/nameless"

# The contract names the columns: what a file told under one counts for nothing under the next.
contract=$mesh/domains/logistics/products/routes/contracts/routes.odcs.yaml
routes=$mnt/logistics/routes/data/routes/routes.csv
epoch() { jq .epoch "$mnt/.meshfs/status.json"; }
later_epoch() { [ "$(epoch)" != "$1" ]; }
remark_is() { # LINE: takes effect.
	local before
	before=$(epoch)
	sed "/name: remark/d" "$contract" >"$T/contract" && echo "      - $1" >>"$T/contract" && cp "$T/contract" "$contract"
	wait_for 10 later_epoch "$before"
}
printf 'from,to,note\nBER,HAM,unnamed\n' >"$mesh/domains/logistics/data/routes/routes.csv"
check "a contract that names all columns" remark_is '{name: remark, physicalName: note, logicalType: string, classification: public}'
check_eq "gives the file as it lies" from,to,note "$(as mfs_bob head -n 1 "$routes")"
check "another, that names a column which the file has not" remark_is '{name: remark, logicalType: string, classification: public}'
check_eq "leaves out what no contract names" from,to "$(as mfs_bob head -n 1 "$routes")"

# A table that is none, for who gets it filtered.
printf 'id,email,amount\n1,"unclosed,2\n' >"$data/many/broken.csv"
printf 'id,email,amount\n1,a@secret.example,2,surplus\n' >"$data/many/surplus.csv"
check_not "a malformed table is an error" as mfs_bob cat "$many/surplus.csv"
check "not for who gets it as it lies" as mfs_alice cmp "$data/many/surplus.csv" "$many/surplus.csv"
check "and the mount lives on" as mfs_bob cmp "$T/before.csv" "$many/orders.csv"
check "unmounts" mesh_umount "$mnt"
users_down
finish
