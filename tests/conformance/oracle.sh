#!/bin/bash
# Each view equals what independent SQL gives, on tables from 1 to 1,000,000 rows; and the clients that analysts use read it.
# timeout: 400
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
cat >>"$d/policies/access.policy.yaml" <<'EOF'
  - id: some-rows
    effect: restrict
    principals: {groups: [mfs_sales]}
    except: {groups: [mfs_analysts]}
    actions: [read]
    resources: {objects: [orders, ledger]}
    rows: {all: [{row.amount: {ge: 100}}, {row.amount: {lt: 700}}]}
EOF
sed -i 's/{name: amount, logicalType: number,/{name: amount, logicalType: integer,/' \
	"$d/products/orders/contracts/orders.odcs.yaml"
mesh_contract sales ledger data/ledger.db <<-EOF | mesh_product sales ledger active ''
	      - {name: id, logicalType: integer, classification: internal}
	      - {name: email, logicalType: string, classification: confidential, tags: [pii]}
	      - {name: amount, logicalType: integer, classification: internal}
EOF
sed -i 's/^servers:.*/servers: [{server: prod, type: custom, environment: prod, format: sqlite, path: data\/ledger.db}]/' \
	"$d/products/ledger/contracts/ledger.odcs.yaml"
sizes="1 2 999 100000 1000000"
for n in $sizes; do
	mkdir -p "$d/data/orders/n$n"
	awk -v n="$n" 'BEGIN {
		print "id,email,amount"
		for (i = 1; i <= n; i++) {
			a = (i * 7919) % 1000
			printf "%d,user%d@secret.example,%s\n", i, i, i % 13 ? a : ""
		}
	}' >"$d/data/orders/n$n/orders.csv"
done
sqlite3 "$d/data/ledger.db" <<EOF
CREATE TABLE ledger (id INTEGER PRIMARY KEY, email TEXT, amount INTEGER);
.mode csv
.import --skip 1 $d/data/orders/n1000000/orders.csv ledger
UPDATE ledger SET amount = NULL WHERE amount = '';
EOF
check "mounts" mesh_mount "$mesh" "$mnt"

# The rows by SQL, without the masked column; the mask by another program.
by_sql() {
	sqlite3 :memory: <<-EOF
		CREATE TABLE t (id INTEGER, email TEXT, amount INTEGER);
		.mode csv
		.import --skip 1 $1 t
		SELECT id, amount FROM t WHERE typeof(amount) = 'integer' AND amount >= 100 AND amount < 700 ORDER BY id;
	EOF
}
for n in $sizes; do
	file=sales/orders/data/orders/n$n/orders.csv
	as mfs_bob cat "$mnt/$file" >"$T/view.csv"
	check_eq "$n rows: the size" "$(stat -c %s "$T/view.csv")" "$(as mfs_bob stat -c %s "$mnt/$file")"
	by_sql "$d/data/orders/n$n/orders.csv" | tr -d '\r' | md5sum >"$T/want"
	tail -n +2 "$T/view.csv" | cut -d, -f1,3 | md5sum >"$T/have"
	check "$n rows: the rows are those of the SQL" cmp "$T/want" "$T/have"
	check "$n rows: the mask is HMAC-SHA-256" python3 - "$T/view.csv" "$(mesh_state "$mnt")/keys/mesh" <<'EOF'
import csv, hashlib, hmac, os, sys
key = open(sys.argv[2], 'rb').read() if os.path.exists(sys.argv[2]) else b''
for r in csv.DictReader(open(sys.argv[1], newline='')):
    want = hmac.new(key, b'user%s@secret.example' % r['id'].encode(), hashlib.sha256).hexdigest()[:16]
    assert r['email'] == want, r
EOF
done
as mfs_bob cat "$mnt/sales/ledger/data/ledger/ledger.csv" | tail -n +2 | cut -d, -f1,3 | md5sum >"$T/have"
check "a SQLite table of a million rows: the same rows" cmp "$T/want" "$T/have"

# Clients: each counts the rows and sums the amounts of the same view.
view=$mnt/sales/orders/data/orders/n100000/orders.csv
want=$(by_sql "$d/data/orders/n100000/orders.csv" | tr -d '\r' | awk -F, '{ n++; s += $2 } END { print n, s }')
check_eq "sqlite3 reads it" "$want" "$(as mfs_bob sqlite3 -separator ' ' :memory: \
	".import --csv $view t" 'SELECT count(*), sum(amount) FROM t')"
if /usr/bin/python3 -c 'import pandas' 2>/dev/null; then
	check_eq "pandas reads it" "$want" "$(as mfs_bob /usr/bin/python3 -c \
		"import pandas; t = pandas.read_csv('$view'); print(len(t), t.amount.sum())")"
else
	skip "pandas" "not installed"
fi
if command -v Rscript >/dev/null; then
	check_eq "R reads it" "$want" "$(as mfs_bob Rscript -e "t <- read.csv('$view'); cat(nrow(t), sum(t\$amount))")"
else
	skip "R" "Rscript is not installed"
fi
check "unmounts" mesh_umount "$mnt"
users_down
finish
