#!/bin/bash
# timeout: 180
# A database that is locked, shortened, spoiled, removed and replaced: who reads its table gets an error that says so or all of one state, other
# ports go on, and nothing is left beside it.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up || skip_all "the test users cannot be made"

mesh=$T/mesh
m=$T/m
mesh_make "$mesh"
d=$mesh/domains/sales
mesh_contract sales invoices data/db/invoices.db <<-EOF | mesh_product sales invoices active ''
	      - {name: id, logicalType: integer, classification: internal}
	      - {name: note, logicalType: string, classification: internal}
EOF
sed -i 's/^servers:.*/servers: [{server: prod, type: custom, environment: prod, format: sqlite, path: data\/db\/invoices.db}]/' \
	"$d/products/invoices/contracts/invoices.odcs.yaml"
db=$d/data/db/invoices.db
table=$m/sales/invoices/data/invoices/invoices.csv
mkdir -p "$d/data/db"

make_db() { # FILE, NOTE, ROWS
	sqlite3 "$1" "CREATE TABLE invoices (id INTEGER PRIMARY KEY, note TEXT);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $3)
		INSERT INTO invoices SELECT i, '$2' FROM n"
}

rows() { # NOTE ROWS
	as mfs_alice cat "$table" >"$T/out" && [ "$(head -n 1 "$T/out")" = id,note ] &&
		[ "$(grep -c ",$1$" "$T/out")" = "$2" ] && [ "$(wc -l <"$T/out")" = $(($2 + 1)) ]
}

make_db "$db" one 1000
cp "$db" "$T/whole.db"
check "mounts" mesh_mount "$mesh" "$m"

exec {hold}> >(exec sqlite3 "$db" >"$T/held")
echo "BEGIN EXCLUSIVE; SELECT 'held';" >&"$hold"
wait_for 10 grep -q held "$T/held"
check_err "a locked database is an input/output error" "Input/output error" as mfs_alice cat "$table"
check "its directory can be listed all the same" as mfs_alice ls "$(dirname "$table")"
check "another port of the domain is read meanwhile" as mfs_alice cat "$m/sales/orders/data/orders/2025/orders.csv"
echo "INSERT INTO invoices VALUES (1001, 'one'); COMMIT;" >&"$hold"
exec {hold}>&-
check "it is read once it is unlocked" wait_for 10 rows one 1001

truncate -s 8192 "$db"
check_err "a shortened database is an input/output error" "Input/output error" as mfs_alice cat "$table"
head -c 100000 /dev/urandom >"$db"
check_err "what is no database is an input/output error" "Input/output error" as mfs_alice cat "$table"
rm "$db"
check_err "a removed database is not there" "No such file" as mfs_alice cat "$table"
cp "$T/whole.db" "$db"
check "a restored one is read again" wait_for 10 rows one 1000
sqlite3 "$db" 'ALTER TABLE invoices RENAME TO other'
check_err "a removed table is not there" "No such file" as mfs_alice cat "$table"

# Replaced again and again while it is read: all rows of one of the two, or an error.
make_db "$T/one.db" one 20000
make_db "$T/two.db" two 30000
cp "$T/one.db" "$db"
(
	while [ ! -e "$T/stop" ]; do
		for n in two one; do
			cp "$T/$n.db" "$db.new" && mv "$db.new" "$db"
			sleep 0.05
		done
	done
) &
replacer=$!
one_state() {
	local i good=0
	for i in $(seq 40); do
		if as mfs_alice cat "$table" >"$T/out" 2>"$T/err"; then
			case $(tail -n +2 "$T/out" | cut -d, -f2 | sort | uniq -c | tr -s ' ' | xargs) in
			"20000 one" | "30000 two") good=$((good + 1)) ;;
			*) return 1 ;;
			esac
		else
			grep -q -e 'Stale file handle' -e 'No such file' "$T/err" || { cat "$T/err"; return 1; }
		fi
	done
	echo "$good of 40 reads were whole"
	[ "$good" -gt 0 ]
}
check "a database that is replaced all the time is read whole or not at all" one_state
touch "$T/stop"
wait "$replacer"
check_eq "nothing is left beside it" invoices.db "$(ls "$d/data/db")"
check "unmounts" mesh_umount "$m"
users_down
finish
