#!/bin/bash
# timeout: 150
# Parquet files and tables of a DuckDB file: filtered and masked where libduckdb is; without it Parquet as it lies, and nothing else.
# shellcheck disable=SC2317 # functions that are called by name
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
. "$SRC/tests/lib/duckdb.sh"
need_root
need_fuse
need_duckdb
users_up || skip_all "the test users cannot be made"

mesh=$T/mesh
mnt=$T/mnt
store=$mesh/domains/sales/data
trips=$mnt/sales/trips/data/trips/trips.parquet
port=$mnt/sales/fleet/data/fleet

columns() {
	cat <<-'EOT'
		      - {name: id, logicalType: integer, classification: internal}
		      - {name: email, logicalType: string, classification: confidential, tags: [pii]}
		      - {name: amount, logicalType: integer, classification: internal}
		      - {name: day, logicalType: date, classification: internal}
		      - {name: price, logicalType: number, classification: internal}
		      - {name: note, logicalType: string, classification: internal}
	EOT
}

products() {
	columns >"$T/columns"
	mesh_contract sales trips data/trips <"$T/columns" | mesh_product sales trips active ''
	sed -i 's/format: csv/format: parquet/' "$mesh/domains/sales/products/trips/contracts/trips.odcs.yaml"
	mesh_contract sales fleet x <"$T/columns" | mesh_product sales fleet active ''
	sed -i 's|^servers:.*|servers: [{server: prod, type: duckdb, environment: prod, database: data/fleet.duckdb, schema: main}]|' \
		"$mesh/domains/sales/products/fleet/contracts/fleet.odcs.yaml"
	sed -i 's/contractId: c-sales-fleet}/contractId: c-sales-fleet, customProperties: [{property: meshfsFormats, value: [csv, jsonl, parquet]}]}/' \
		"$mesh/domains/sales/products/fleet/fleet.odps.yaml"
	cat >>"$mesh/domains/sales/policies/access.policy.yaml" <<-'EOT'
		  - id: small-amounts-only
		    effect: restrict
		    principals: {groups: [mfs_sales]}
		    except: {groups: [mfs_analysts]}
		    actions: [read]
		    resources: {objects: [trips, fleet]}
		    rows: {row.amount: {lt: 500}}
	EOT
}

rows="SELECT i::INTEGER AS id, CASE WHEN i % 89 > 0 THEN 'token' || i || '@secret.example' END AS email,
	CASE WHEN i % 97 > 0 THEN (i % 1000)::INTEGER END AS amount, DATE '2026-01-01' + (i % 400)::INTEGER AS day,
	(i / 8)::DECIMAL(12,3) AS price, ['plain', 'with, comma', 'with \"quote\"', 'two\nlines', '', NULL, 'üñí'][1 + i % 7] AS note
	FROM range(30000) r(i)"

# Through a file: DuckDB writes beside it what the mount must not see.
storage() {
	mkdir -p "$store/trips"
	zoo_sql "COPY ($rows) TO '$store/trips/trips.parquet' (FORMAT parquet, ROW_GROUP_SIZE 4000)" >/dev/null &&
		zoo_sql "ATTACH '$T/fleet.duckdb' AS f; CREATE TABLE f.fleet AS $rows; CREATE TABLE f.other AS SELECT 'other@secret.example' AS email;
			DETACH f; SELECT 1" >/dev/null && mv "$T/fleet.duckdb" "$store/fleet.duckdb"
}

# What bob must see, by DuckDB from what is stored, masked by another program with the mount's key: one row per line.
want() {
	zoo_sql "SELECT id::TEXT id, email, amount::TEXT amount, day::TEXT \"day\", price::DOUBLE price, note FROM '$store/trips/trips.parquet'
		WHERE amount < 500 ORDER BY id::INTEGER" | rows_of "$(mesh_state "$mnt")/keys/mesh"
}

rows_of() {
	python3 -c '
import hashlib, hmac, json, sys
key = open(sys.argv[1], "rb").read() if len(sys.argv) > 1 else None
for number, email, amount, day, price, note in json.load(sys.stdin):
    if key and email:
        email = hmac.new(key, email.encode(), hashlib.sha256).hexdigest()[:16]
    # An empty text and none are one in CSV.
    print(json.dumps([number, email or "", amount or "", day, float(price), note or ""]))' "$@"
}

got() { # READER, a table function of DuckDB
	zoo_sql "SELECT id::TEXT id, email, amount::TEXT amount, \"day\"::TEXT \"day\", price::DOUBLE price, note FROM $1 ORDER BY id::INTEGER" | rows_of
}

view_is() { # READER
	got "$1" >"$T/got" && cmp "$T/want" "$T/got" && [ "$(wc -l <"$T/got")" -gt 10000 ]
}

has_no_raw_value() {
	! grep -aq '@secret.example' "$1"
}

parquet() {
	check "alice reads the file as it lies" as mfs_alice cmp "$store/trips/trips.parquet" "$trips"
	as mfs_bob cat "$trips" >"$T/bob.parquet"
	want >"$T/want"
	check "bob's file is Parquet: his rows, masked" view_is "'$T/bob.parquet'"
	check_eq "its size is exact" "$(stat -c %s "$T/bob.parquet")" "$(as mfs_bob stat -c %s "$trips")"
	check "it holds no raw value, not in its statistics either" has_no_raw_value "$T/bob.parquet"
	check_eq "nor a row that is filtered" 0 \
		"$(zoo_sql "SELECT count(*) n FROM '$T/bob.parquet' WHERE amount >= 500 OR amount IS NULL" | jq '.[0][0] | tonumber')"
	check_eq "nor its limits" '"499"' "$(zoo_sql "SELECT max(stats_max_value::INTEGER)::TEXT m FROM parquet_metadata('$T/bob.parquet')
		WHERE path_in_schema = 'amount'" | jq '.[0][0]')"
	check_eq "columns keep their types" "$(zoo_sql "DESCRIBE SELECT day, price, note FROM '$store/trips/trips.parquet'")" \
		"$(zoo_sql "DESCRIBE SELECT day, price, note FROM '$T/bob.parquet'")"
	check_err "carol reads nothing" "Permission denied" as mfs_carol cat "$trips"
}

duckdb_tables() {
	check_eq "each format is a file" "fleet.csv fleet.jsonl fleet.parquet" "$(as mfs_alice ls "$port" | paste -sd ' ')"
	for format in csv jsonl parquet; do
		as mfs_bob cat "$port/fleet.$format" >"$T/fleet.$format"
		check "$format holds no raw value" has_no_raw_value "$T/fleet.$format"
	done
	check "CSV: his rows, masked" view_is "read_csv('$T/fleet.csv', header = true, all_varchar = true)"
	check "JSON Lines: his rows, masked" view_is "read_json('$T/fleet.jsonl')"
	check "Parquet: his rows, masked" view_is "'$T/fleet.parquet'"
	as mfs_alice cat "$port/fleet.parquet" >"$T/alice.parquet"
	check_eq "alice has all" '"30000"' "$(zoo_sql "SELECT count(email)::TEXT n FROM (SELECT coalesce(email, '') email FROM '$T/alice.parquet')" | jq '.[0][0]')"
	check_err "carol reads nothing" "Permission denied" as mfs_carol cat "$port/fleet.csv"
	check_not "a table that no contract names is not there" as mfs_alice cat "$port/other.csv"
	as mfs_bob sh -c "find '$mnt/sales' -type f -exec cat {} + 2>/dev/null; find '$mnt/sales' -exec getfattr -d --absolute-names {} + 2>/dev/null" >"$T/all"
	check "nothing else tells bob more" has_no_raw_value "$T/all"
}

changes() {
	zoo_sql "COPY (SELECT * FROM ($rows) WHERE id < 10) TO '$T/new.parquet' (FORMAT parquet)" >/dev/null
	mv "$T/new.parquet" "$store/trips/trips.parquet"
	as mfs_bob cat "$trips" >"$T/changed.parquet"
	check_eq "a changed file is another view" '"9"' "$(zoo_sql "SELECT count(*)::TEXT n FROM '$T/changed.parquet'" | jq '.[0][0]')"
	head -c 200 "$store/fleet.duckdb" >"$store/trips/trips.parquet"
	check_err "what is no Parquet is an error" "Input/output error" as mfs_bob cat "$trips"
	check "not for who gets it as it lies" as mfs_alice cmp "$store/trips/trips.parquet" "$trips"
	zoo_sql "COPY ($rows) TO '$store/trips/trips.parquet' (FORMAT parquet)" >/dev/null
}

without_library() {
	export MESHFS_LIBDUCKDB=$T/no/libduckdb.so
	check "mounts without libduckdb" mesh_mount "$mesh" "$mnt"
	check "alice reads Parquet as it lies" as mfs_alice cmp "$store/trips/trips.parquet" "$trips"
	check_err "bob, whose view has to be made, reads nothing" "Permission denied" as mfs_bob cat "$trips"
	check "the status says so" jq -e '.libduckdb.available == false and (.libduckdb.why | contains("libduckdb"))' "$mnt/.meshfs/status.json"
	check "the audit names the reason" grep -rq "libduckdb" "$(mesh_state "$mnt")/audit"
	check_not "a DuckDB table is read by nobody" as mfs_alice cat "$port/fleet.csv"
	check "the rest is there" as mfs_bob cat "$mnt/sales/orders/data/orders/2025/orders.csv"
	check "unmounts" mesh_umount "$mnt"
}

mesh_make "$mesh"
products
storage || { echo "not ok DuckDB makes the files"; exit 1; }
chmod -R a+rX "$mesh"
check "validates" "$MESHFS" validate "$mesh"
check "mounts" mesh_mount "$mesh" "$mnt"
parquet
duckdb_tables
changes
check "unmounts" mesh_umount "$mnt"
without_library
users_down
finish
