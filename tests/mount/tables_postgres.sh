#!/bin/bash
# timeout: 150
# Tables of a PostgreSQL server as files: each caller his own view, as the same SQL gives it, as of one moment.
# shellcheck disable=SC2317 # functions that are called by name
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
. "$SRC/tests/lib/postgres.sh"
need_root
need_fuse
need_postgres
users_up || skip_all "the test users cannot be made"
trap pg_down EXIT

mesh=$T/mesh
mnt=$T/mnt
port=$mnt/sales/ledger/data/ledger
contract=$mesh/domains/sales/products/ledger/contracts/ledger.odcs.yaml

ledger() { # PORT
	mesh_contract sales ledger x <<-EOT | mesh_product sales ledger active ''
		      - {name: id, logicalType: integer, classification: internal}
		      - {name: email, logicalType: string, classification: confidential, tags: [pii]}
		      - {name: amount, logicalType: integer, classification: internal}
		      - {name: paid, logicalType: date, classification: internal}
		      - {name: note, physicalName: remark, logicalType: string, classification: internal}
	EOT
	cat >"$T/server" <<-EOT
		servers:
		  - server: prod
		    type: postgres
		    environment: prod
		    host: 127.0.0.1
		    port: $1
		    database: mesh
		    schema: books
		    customProperties:
		      - {property: credentialRef, value: "file:$T/login"}
		      - {property: refreshInterval, value: PT1S}
	EOT
	sed -i -e "/^servers:/{r $T/server
		d}" "$contract"
	sed -i 's/contractId: c-sales-ledger}/contractId: c-sales-ledger, customProperties: [{property: meshfsFormats, value: [csv, tsv, jsonl]}]}/' \
		"$mesh/domains/sales/products/ledger/ledger.odps.yaml"
	sed -i "s|{path: domains/sales}|{path: domains/sales, storage: [\"postgres://127.0.0.1:$1/mesh\"]}|" "$mesh/mesh.yaml"
	cat >>"$mesh/domains/sales/policies/access.policy.yaml" <<-'EOT'
		  - id: small-amounts-only
		    effect: restrict
		    principals: {groups: [mfs_sales]}
		    except: {groups: [mfs_analysts]}
		    actions: [read]
		    resources: {objects: [ledger]}
		    rows: {row.amount: {lt: 500}}
		  - id: nothing-unclassified
		    effect: forbid
		    principals: {groups: [mfs_sales]}
		    except: {groups: [mfs_analysts]}
		    actions: [read]
		    resources: {objects: [ledger], columns: {classification: {atLeast: restricted}}}
	EOT
}

server() {
	pg_up || return
	pg_sql <<-'EOT'
		CREATE ROLE reader LOGIN PASSWORD 's3cret:word';
		CREATE DATABASE mesh;
		\c mesh
		CREATE SCHEMA books;
		CREATE TABLE books.ledger (id int PRIMARY KEY, email text, amount int, paid date, remark text, internal_note text);
		INSERT INTO books.ledger SELECT i, 'token' || i || '@secret.example', i % 1000, date '2026-01-01' + i,
			(ARRAY['plain', 'with, comma', 'with "quote"', E'two\nlines', '', NULL, 'üñí', E'\ttab', '\N', '\.'])[1 + i % 10], NULL
			FROM generate_series(1, 5000) i;
		UPDATE books.ledger SET amount = NULL WHERE id % 97 = 0;
		UPDATE books.ledger SET email = NULL WHERE id % 89 = 0;
		CREATE TABLE books.other (id int, email text);
		INSERT INTO books.other VALUES (1, 'other@secret.example');
		GRANT USAGE ON SCHEMA books TO reader;
		GRANT SELECT ON books.ledger TO reader;
	EOT
	(umask 077 && echo 'reader:s3cret:word' >"$T/login")
}

sql() {
	pg_sql -d mesh "$@"
}

# Rows as JSON: id, e-mail, amount, day, note; sorted. Empty text and NULL look alike in CSV.
rows_of() {
	python3 - "$1" <<-'EOT'
		import csv, json, sys
		path = sys.argv[1]
		names = ['id', 'email', 'amount', 'paid', 'note']
		with open(path, newline='') as f:
		    if path.endswith('.jsonl'):
		        rows = [json.loads(line) for line in f]
		    else:
		        rows = csv.DictReader(f, delimiter='\t' if path.endswith('.tsv') else ',')
		        rows = list(rows)
		rows = [[str(r[n]) if r[n] is not None else '' for n in names] for r in rows]
		for r in sorted(rows, key=lambda r: int(r[0])):
		    print(json.dumps(r))
	EOT
}

# The same by SQL: WHERE, and whether the e-mail is masked with the mount's key.
want() {
	sql -At -c "SELECT json_build_array(id::text, coalesce(email, ''), coalesce(amount::text, ''), paid::text, coalesce(remark, ''))
		FROM books.ledger WHERE $1 ORDER BY id" | python3 -c '
import hashlib, hmac, json, sys
key = open(sys.argv[1], "rb").read() if len(sys.argv) > 1 else None
for line in sys.stdin:
    row = json.loads(line)
    if key and row[1]:
        row[1] = hmac.new(key, row[1].encode(), hashlib.sha256).hexdigest()[:16]
    print(json.dumps(row))' "${@:2}"
}

reads() { # USER FILE COPY
	as "$1" cat "$port/$2" >"$T/$3" && [ "$(as "$1" stat -c %s "$port/$2")" -eq "$(stat -c %s "$T/$3")" ]
}

views() {
	local format
	check_eq "each format is a file" "ledger.csv ledger.jsonl ledger.tsv" "$(as mfs_alice ls "$port" | paste -sd ' ')"
	want true >"$T/want.alice"
	for format in csv tsv jsonl; do
		check "alice reads $format, its size is exact" reads mfs_alice "ledger.$format" "alice.$format"
		rows_of "$T/alice.$format" >"$T/alice.rows"
		check "it is what the server has" cmp "$T/want.alice" "$T/alice.rows"
		check "bob reads $format" reads mfs_bob "ledger.$format" "bob.$format"
		rows_of "$T/bob.$format" >"$T/bob.rows"
		want 'amount < 500' "$(mesh_state "$mnt")/keys/mesh" >"$T/want.bob"
		check "it is what the same SQL gives, masked" cmp "$T/want.bob" "$T/bob.rows"
	done
	check_err "carol reads nothing" "Permission denied" as mfs_carol cat "$port/ledger.csv"
	check_eq "and learns no size" 0 "$(as mfs_carol stat -c %s "$port/ledger.csv")"
	check "for his purpose the mask falls, the rows stay filtered" \
		as mfs_bob sh -c "grep -q 'token1@secret' '$mnt/.purpose/billing/sales/ledger/data/ledger/ledger.csv' && ! grep -q 'token600@' '$mnt/.purpose/billing/sales/ledger/data/ledger/ledger.csv'"
	as mfs_bob sh -c "find '$mnt/sales' -type f -exec cat {} + 2>/dev/null; find '$mnt/sales' -exec getfattr -d --absolute-names {} + 2>/dev/null" >"$T/all"
	check "nothing else tells bob more" bash -c "! grep -aq -e '@secret.example' -e 's3cret' '$T/all'"
	check_not "a table that no contract names is not there" as mfs_alice cat "$port/other.csv"
}

changes() {
	sql -c "INSERT INTO books.ledger VALUES (9001, 'last@secret.example', 7, '2026-01-01', 'x', NULL)"
	check "a change shows after the refresh interval" wait_for 10 as mfs_bob grep -q '^9001,[0-9a-f]\{16\},7,2026-01-01,x' "$port/ledger.csv"
	sql -c "ALTER TABLE books.ledger ADD COLUMN surprise text DEFAULT 'unforeseen@secret.example'"
	sleep 1.2
	as mfs_bob cat "$port/ledger.csv" >"$T/surprise"
	check_eq "a column that the contract does not know is restricted" "id,email,amount,paid,note" "$(head -n 1 "$T/surprise")"
	check_eq "with all its values" 0 "$(grep -c unforeseen "$T/surprise")"
	check "who may read all gets it" as mfs_alice grep -q 'unforeseen@' "$port/ledger.csv"
	sql -c "ALTER TABLE books.ledger DROP COLUMN surprise"
}

# Pairs are inserted together: an odd number of them is a view of two moments.
one_moment() {
	local writer n=0 odd=0
	while [ ! -e "$T/stop" ]; do
		echo "BEGIN; INSERT INTO books.ledger SELECT 10000 + 2 * nextval('books.pairs') + i, NULL, 1, '2026-01-01', 'pair', NULL
			FROM generate_series(0, 1) i; COMMIT;"
		sleep 0.02
	done | sql -c 'CREATE SEQUENCE books.pairs' -f - >/dev/null &
	writer=$!
	for _ in 1 2 3 4 5; do
		sleep 1.1
		n=$(as mfs_bob cat "$port/ledger.csv" | grep -c ',pair')
		odd=$((odd + n % 2))
	done
	touch "$T/stop"
	wait $writer
	check "a table that is written meanwhile shows what was written" test "$n" -gt 10
	# A value of the sequence is taken for each row.
	check_eq "as of one moment" 0 $odd
}

no_login() {
	echo 'reader:wrong' >"$T/login"
	sql -c "UPDATE books.ledger SET amount = 3 WHERE id = 1"
	sleep 1.2
	check_err "with another password nothing is read" "Input/output error" as mfs_bob cat "$port/ledger.csv"
	(umask 077 && echo 'reader:s3cret:word' >"$T/login")
	check "with the right one it is again" wait_for 10 as mfs_bob grep -q '^1,[0-9a-f]*,3,' "$port/ledger.csv"
	chmod 644 "$T/login"
	sql -c "UPDATE books.ledger SET amount = 4 WHERE id = 1"
	sleep 1.2
	check_err "nor with one that others can read" "Input/output error" as mfs_bob cat "$port/ledger.csv"
	chmod 600 "$T/login"
	sql -c "REVOKE SELECT ON books.ledger FROM reader"
	sleep 1.2
	check_err "nor when the server refuses" "Input/output error" as mfs_bob cat "$port/ledger.csv"
	sql -c "GRANT SELECT ON books.ledger TO reader"
	check "the rest is there all the time" as mfs_bob cat "$mnt/sales/orders/data/orders/2025/orders.csv"
}

not_allowed() {
	sed -i 's|storage: \["postgres://127.0.0.1:[0-9]*/mesh"\]|storage: ["postgres://127.0.0.1:1/mesh"]|' "$mesh/mesh.yaml"
	check_not "a server that the operator does not list does not validate" "$MESHFS" validate "$mesh"
}

mesh_make "$mesh"
server || { echo "not ok a server starts"; exit 1; }
ledger "$PG_PORT"
chmod -R a+rX "$mesh"
check "validates" "$MESHFS" validate "$mesh"
check "mounts" mesh_mount "$mesh" "$mnt"
views
changes
one_moment
no_login
check "unmounts" mesh_umount "$mnt"
not_allowed
users_down
finish
