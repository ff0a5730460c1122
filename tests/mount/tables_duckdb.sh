#!/bin/bash
# A Parquet file and a DuckDB file as files: each caller his own view, under the stored file's own name; and what happens where libduckdb is
# not there.
# timeout: 180
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
. "$SRC/tests/lib/duckdb.sh"
need_root
need_fuse
need_duckdb
users_up

mesh=$T/mesh
mnt=$T/mnt
mesh_make "$mesh"
d=$mesh/domains/sales
add_product() { # NAME SERVER-KEYS PORT-KEYS; the columns are the same
	mesh_contract sales "$1" "data/$1" <<-EOF | mesh_product sales "$1" active ''
		      - {name: id, logicalType: integer, classification: internal}
		      - {name: email, logicalType: string, classification: confidential, tags: [pii]}
		      - {name: amount, logicalType: number, classification: internal}
		      - {name: paid, logicalType: date, classification: internal}
		      - name: address
		        logicalType: object
		        properties:
		          - {name: street, logicalType: string, classification: confidential, tags: [pii]}
		          - {name: city, logicalType: string, classification: internal}
	EOF
	sed -i "s/^servers:.*/servers: [{server: prod, environment: prod, $2}]/" "$d/products/$1/contracts/$1.odcs.yaml"
	sed -i "s/contractId: c-sales-$1}/contractId: c-sales-$1, customProperties: [{property: meshfsFormats, value: [$3]}]}/" \
		"$d/products/$1/$1.odps.yaml"
}
add_product bills 'type: local, path: data\/bills, format: parquet' parquet
add_product ledger 'type: duckdb, database: data\/ledger.duckdb, schema: main' 'csv, parquet'
cat >>"$d/policies/access.policy.yaml" <<'EOF'
  - id: early-only
    effect: restrict
    principals: {groups: [mfs_sales]}
    except: {groups: [mfs_analysts]}
    actions: [read]
    resources: {objects: [bills, ledger]}
    rows: {row.id: {lt: 3000}}
EOF
mkdir -p "$d/data/bills/2026"
table="select i as id, 'token' || i || '@secret.example' as email, (i * 37 % 100000 / 100)::decimal(12,2) as amount,
	case when i % 9 = 0 then null else date '2026-01-01' + (i % 365)::integer end as paid,
	{'street': 'Token Road ' || i, 'city': ['Bonn', 'Rome'][i % 2 + 1]} as address from range(5000) t(i)"
zoo_sql "copy ($table) to '$d/data/bills/2026/bills.parquet' (format parquet)" >/dev/null
zoo_sql "attach '$d/data/ledger.duckdb' as d; create table d.ledger as $table" >/dev/null
check "validates" "$MESHFS" validate "$mesh"
check "mounts" mesh_mount "$mesh" "$mnt"
bills=$mnt/sales/bills/data/bills/2026/bills.parquet
ledger=$mnt/sales/ledger/data/ledger

as mfs_alice cat "$bills" >"$T/alice.parquet"
check "the identity is the stored file" cmp "$d/data/bills/2026/bills.parquet" "$T/alice.parquet"
as mfs_bob cat "$bills" >"$T/bob.parquet"
check_eq "sizes are exact" "$(stat -c %s "$T/bob.parquet")" "$(as mfs_bob stat -c %s "$bills")"
as mfs_bob cat "$ledger/ledger.parquet" >"$T/ledger.parquet"
as mfs_bob cat "$ledger/ledger.csv" >"$T/ledger.csv"
key=$(od -An -v -tx1 "$(mesh_state "$mnt")/keys/mesh" | tr -d ' \n')
# HMAC-SHA-256 (RFC 2104) of a key of up to 64 bytes, in DuckDB's SQL.
pad() {
	python3 -c 'import sys; print(bytes(b ^ int(sys.argv[2], 16) for b in bytes.fromhex(sys.argv[1]).ljust(64, b"\0")).hex())' "$key" "$1"
}
mask() {
	echo "left(sha256(unhex('$(pad 5c)') || unhex(sha256(unhex('$(pad 36)') || encode($1)))), 16)"
}
want="select id, $(mask email) as email, amount, paid, $(mask "address.street") as \"address.street\", address.city as \"address.city\"
	from ($table) where id < 3000"
same() { # FILE
	local got="from read_parquet('$1')"
	[ "$(zoo_sql "select count(*) from ((($want) except all ($got)) union all (($got) except all ($want)))")" = '[["0"]]' ] &&
		[ "$(zoo_sql "select count(*) from ($got)")" = '[["3000"]]' ]
}
check "bob's Parquet is what the same SQL gives, masked" same "$T/bob.parquet"
check "so is that of the DuckDB file" same "$T/ledger.parquet"
check_eq "types are the stored ones" '[["BIGINT"],["VARCHAR"],["DECIMAL(12,2)"],["DATE"],["VARCHAR"],["VARCHAR"]]' \
	"$(zoo_sql "select column_type from (describe from read_parquet('$T/bob.parquet'))")"
check_eq "the CSV has the same rows" 3001 "$(wc -l <"$T/ledger.csv")"
check_err "carol reads nothing" "Permission denied" as mfs_carol cat "$bills"
check_err "carol reads no DuckDB table" "Permission denied" as mfs_carol cat "$ledger/ledger.csv"
as mfs_bob sh -c "find '$mnt/sales/bills' '$mnt/sales/ledger' -type f -exec cat {} + 2>/dev/null" >"$T/all"
check "something was read" test -s "$T/all"
check "no raw value in anything bob can read" bash -c "! grep -aqi -e '@secret.example' -e 'token road' '$T/all'"

# Replaced by something that is no Parquet file, and by another table.
cp "$d/data/bills/2026/bills.parquet" "$T/good.parquet"
echo "no table" >"$d/data/bills/2026/bills.parquet"
check_not "a damaged file is refused" as mfs_bob cat "$bills"
zoo_sql "copy (select * from '$T/good.parquet' where id < 10) to '$T/small.parquet' (format parquet)" >/dev/null
mv "$T/small.parquet" "$d/data/bills/2026/bills.parquet"
small() {
	as mfs_bob cat "$bills" >"$T/small.got" && [ "$(zoo_sql "select count(*) from read_parquet('$T/small.got')")" = '[["10"]]' ]
}
check "a replaced file is another view" wait_for 5 small
check "unmounts" mesh_umount "$mnt"

# Without the library the identity still reads, and the rest says why.
mv "$T/good.parquet" "$d/data/bills/2026/bills.parquet"
export MESHFS_LIBDUCKDB=/nonexistent/libduckdb.so
mnt=$T/without
check "mounts without libduckdb" mesh_mount "$mesh" "$mnt"
bills=$mnt/sales/bills/data/bills/2026/bills.parquet
check "the identity needs no library" as mfs_alice cmp "$bills" "$d/data/bills/2026/bills.parquet"
check_err "a view that needs it is refused" "Permission denied" as mfs_bob cat "$bills"
check "and says what is missing" bash -c "'$MESHFS' explain '$bills' --as mfs_bob | grep -q libduckdb"
check "unmounts again" mesh_umount "$mnt"
users_down
finish
