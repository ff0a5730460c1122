#!/bin/bash
# A SQLite database as files: each caller his own view, from a live database, in the formats that the port offers.
# timeout: 180
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up

mesh=$T/mesh
mnt=$T/mnt
mesh_make "$mesh"
d=$mesh/domains/sales
mesh_contract sales invoices data/invoices.db <<-EOF | mesh_product sales invoices active ''
	      - {name: id, logicalType: integer, classification: internal}
	      - {name: email, logicalType: string, classification: confidential, tags: [pii]}
	      - {name: amount, logicalType: integer, classification: internal}
	      - {name: paid, logicalType: date, classification: internal}
EOF
c=$d/products/invoices/contracts/invoices.odcs.yaml
sed -i 's/^servers:.*/servers: [{server: prod, type: custom, environment: prod, format: sqlite, path: data\/invoices.db}]/' "$c"
sed -i 's/contractId: c-sales-invoices}/contractId: c-sales-invoices, customProperties: [{property: meshfsFormats, value: [csv, jsonl]}]}/' \
	"$d/products/invoices/invoices.odps.yaml"
cat >>"$d/policies/access.policy.yaml" <<'EOF'
  - id: small-invoices-only
    effect: restrict
    principals: {groups: [mfs_sales]}
    except: {groups: [mfs_analysts]}
    actions: [read]
    resources: {objects: [invoices]}
    rows: {row.amount: {lt: 500}}
EOF
mkdir -p "$d/data"
db=$d/data/invoices.db
sqlite3 "$db" <<'EOF'
PRAGMA journal_mode=WAL;
CREATE TABLE invoices (id INTEGER PRIMARY KEY, email TEXT, amount INTEGER, paid TEXT, internal_note TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
INSERT INTO invoices SELECT i, 'token' || i || '@secret.example', i % 1000, date('2026-01-01', i || ' days'), NULL FROM n;
UPDATE invoices SET amount = NULL WHERE id % 97 = 0;
UPDATE invoices SET email = '' WHERE id % 89 = 0;
EOF
check "validates" "$MESHFS" validate "$mesh"
check "mounts" mesh_mount "$mesh" "$mnt"
port=$mnt/sales/invoices/data/invoices
check_eq "each format is a file" "invoices.csv
invoices.jsonl" "$(as mfs_alice ls "$port")"
as mfs_alice cat "$port/invoices.csv" >"$T/alice.csv"
sqlite3 -csv -header "$db" 'SELECT * FROM invoices ORDER BY id' | tr -d '\r' >"$T/want.csv"
same_rows() {
	python3 - "$1" "$2" <<'EOF'
import csv, sys
a, b = (list(csv.reader(open(p, newline=''))) for p in sys.argv[1:])
assert a == b, (len(a), len(b), [x for x in zip(a, b) if x[0] != x[1]][:3])
assert len(a) > 1
EOF
}
check "alice has all that sqlite3 has" same_rows "$T/alice.csv" "$T/want.csv"
as mfs_bob cat "$port/invoices.csv" >"$T/bob.csv"
check "bob has what the same SQL gives, masked" python3 - "$T/bob.csv" "$db" "$(mesh_state "$mnt")/keys/mesh" <<'EOF'
import csv, hashlib, hmac, sqlite3, sys
key = open(sys.argv[3], 'rb').read()
mask = lambda s: None if s is None else hmac.new(key, s.encode(), hashlib.sha256).hexdigest()[:16]
want = [[str(i), mask(e) or '', str(a), p, n or ''] for i, e, a, p, n in
        sqlite3.connect(sys.argv[2]).execute('SELECT * FROM invoices WHERE amount < 500 ORDER BY id')]
have = list(csv.reader(open(sys.argv[1], newline='')))[1:]
assert have == want, (len(have), len(want), [x for x in zip(have, want) if x[0] != x[1]][:2])
EOF
check_eq "sizes are exact" "$(stat -c %s "$T/bob.csv")" "$(as mfs_bob stat -c %s "$port/invoices.csv")"
check "JSON Lines hold the same" python3 - <(as mfs_bob cat "$port/invoices.jsonl") "$T/bob.csv" <<'EOF'
import csv, json, sys
a = [json.loads(l) for l in open(sys.argv[1])]
b = list(csv.DictReader(open(sys.argv[2], newline='')))
assert [str(r['id']) for r in a] == [r['id'] for r in b] and a[0]['internal_note'] is None
EOF
check_err "carol reads nothing" "Permission denied" as mfs_carol cat "$port/invoices.csv"
as mfs_bob sh -c "find '$mnt' -type f -exec cat {} + 2>/dev/null" >"$T/all"
check "no raw value in anything bob can read" bash -c "! grep -aq '@secret.example' '$T/all'"

# A live writer in WAL mode: each open has one consistent state.
python3 - "$db" "$T/stop" <<'EOF' &
import os, sqlite3, sys, time
c = sqlite3.connect(sys.argv[1], isolation_level=None)
end = time.time() + 20
i = 100000
while time.time() < end and not os.path.exists(sys.argv[2]):
    i += 2
    c.execute('BEGIN')
    c.execute("INSERT INTO invoices VALUES (?, 'a@secret.example', 1, '2026-01-01', NULL)", (i,))
    c.execute("INSERT INTO invoices VALUES (?, 'b@secret.example', 1, '2026-01-01', NULL)", (i + 1,))
    c.execute('COMMIT')
    time.sleep(0.01)
EOF
writer=$!
live() {
	for _ in 1 2 3 4 5 6 7 8; do
		n=$(as mfs_bob cat "$port/invoices.csv" | tail -n +2 | awk -F, '$1 > 100000' | wc -l)
		[ $((n % 2)) -eq 0 ] || return 1
	done
	[ "$n" -gt 0 ]
}
check "a table that is written meanwhile is read as of one moment" live
touch "$T/stop"
wait "$writer"
check "unmounts" mesh_umount "$mnt"
users_down
finish
