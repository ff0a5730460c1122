#!/bin/bash
# Views of Parquet and DuckDB tables, rendered through the whole pipeline, against what DuckDB's own SQL gives for them: the same rows in the
# same order, of tables of 1 to PARQUET_ROWS (200000) rows, as Parquet, CSV and JSON Lines. Then, where ARROW_TESTING names Apache Arrow's test
# files (Debian: apache-arrow-testing), that its corpus of damaged Parquet files costs nothing but an error each.
# timeout: 600
set -eu
SRC=${SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
BUILD=${BUILD:-$SRC/build/plain}
T=${T:-$(mktemp -d)}
. "$SRC/tests/lib/duckdb.sh"
need_duckdb

libs="sqlite3 yaml-0.1 jansson libcrypto zlib libzstd libpq"
# shellcheck disable=SC2046,SC2086 # lists of words
${CC:-gcc} -std=gnu17 -D_GNU_SOURCE -O2 -Wall -Wextra -I"$SRC" -o "$T/views" "$SRC/tests/conformance/parquet_views.c" \
	"$BUILD/libmeshfs.a" -Wl,--as-needed $(pkg-config --libs $libs) -lpthread -ldl -lm

failed=0
verdict() { # STATUS NAME WHY
	if [ "$1" -eq 0 ]; then
		echo "ok $2"
	else
		echo "not ok $2: $3"
		failed=1
	fi
}

# Every type that both sides write alike, and nulls in each column but the first.
make_table() { # ROWS
	cat <<-EOF
		select i as id, nullif('user' || (i * 7919 % 1000003) || '@example.org', 'user0@example.org') as email,
			case when i % 10 = 9 then null else (18 + i % 70)::tinyint end as age,
			case when i % 11 = 3 then null else date '2020-01-01' + (i % 2000)::integer end as day,
			case when i % 13 = 5 then null else (i * 37 % 100000 / 100)::decimal(12,2) end as amount,
			case when i % 17 = 1 then null else ['EU', 'US', 'APAC', 'LATAM', 'MEA', 'ü,"x"'][i % 6 + 1] end as region,
			case when i % 19 = 2 then null else timestamp '2020-01-01 00:00:00' + to_seconds(i * 61) end as seen,
			case when i % 23 = 7 then null else i / 8 end as ratio, i % 3 = 0 as flag,
			case when i % 29 = 4 then null else [i, i + 1] end as list
		from range($1) t(i)
	EOF
}

# HMAC-SHA-256 (RFC 2104) in DuckDB's SQL, with the key of parquet_views.c.
pad() { # OCTET
	python3 -c 'import sys
print(bytes(b ^ int(sys.argv[1], 16) for b in b"0123456789abcdef0123456789abcdef".ljust(64, b"\0")).hex())' "$1"
}
hmac="sha256(unhex('$(pad 5c)') || unhex(sha256(unhex('$(pad 36)') || encode(email))))"

numbers() { # SQL: the values of its only row
	zoo_sql "$1" | tr -cs '0-9-' ' '
}

# What each side has more often than the other, and how many rows there should be.
differ() { # SELECT SELECT
	numbers "select (select count(*) from (((from ($1)) except all (from ($2))) union all ((from ($2)) except all (from ($1))))),
		(select count(*) from ($1))"
}

# Text formats are compared as text: what DuckDB calls a value, and what the files do.
compare() { # SELECT FORMAT
	local text="cast(columns(*) as varchar)"
	case $2 in
	parquet) differ "$1" "select * from read_parquet('$T/out.parquet')" ;;
	csv)
		differ "select $text from (select * replace (replace(cast(seen as varchar), ' ', 'T') as seen,
			replace(cast(list as varchar), ', ', ',') as list, if(ratio = trunc(ratio), cast(cast(ratio as bigint) as varchar),
			cast(ratio as varchar)) as ratio) from ($1))" \
			"select * from read_csv('$T/out.csv', header = true, nullstr = '', all_varchar = true, allow_quoted_nulls = false)"
		;;
	jsonl)
		numbers "select n - (select count(*) from read_ndjson_objects('$T/out.jsonl') where json_valid(json)), n
			from (select count(*) as n from ($1))"
		;;
	esac
}

check_rendering() { # NAME SELECT FROM TO ARGUMENT...
	local name="$1, $3 to $4, $rows rows" select=$2 from=$3 to=$4 shown wrong want
	shift 4
	[ "$from" = parquet ] || set -- table=t "$@"
	rm -f "$T/out.$to"
	shown=$("$T/views" "$T/in.$from" "$T/out.$to" "$@" 2>&1) || {
		verdict 1 "$name" "$shown"
		return
	}
	read -r wrong want <<<"$(compare "$select" "$to")"
	[ "$wrong" = 0 ] && [ "$shown" = "$want" ]
	verdict $? "$name" "$wrong rows differ, $shown of $want are shown"
}

check_everywhere() {
	local from to name=$1 select=$2
	shift 2
	for from in parquet duckdb; do
		for to in parquet csv jsonl; do
			check_rendering "$name" "$select" $from $to "$@"
		done
	done
}

check_order() {
	local wrong
	wrong=$(numbers "select count(*) from (select id, lag(id) over (order by file_row_number) as before
		from read_parquet('$T/out.parquet', file_row_number = true)) where before >= id")
	[ "$((wrong))" = 0 ]
	verdict $? "order of rows, $rows rows" "$wrong rows are out of order"
}

set +e
for rows in 1 1000 "${PARQUET_ROWS:-200000}"; do
	rm -f "$T/in.parquet" "$T/in.duckdb"
	zoo_sql "copy ($(make_table "$rows")) to '$T/in.parquet' (format parquet)" >/dev/null
	zoo_sql "attach '$T/in.duckdb' as d; create table d.t as from '$T/in.parquet'" >/dev/null
	all="select * from '$T/in.parquet'"
	check_everywhere "every row" "$all"
	check_order
	check_rendering "a hash" "select * replace ($hmac as email) from '$T/in.parquet'" parquet parquet hash=email
	check_rendering "a text" "$all where region = 'ü,\"x\"'" parquet parquet 'is=region:ü,"x"'
	check_rendering "a number" "$all where age >= 60" parquet parquet atLeast=age:60
	check_rendering "a date" "$all where day >= date '2023-01-01'" duckdb parquet since=day:2023-01-01
	check_rendering "a time" "$all where seen >= timestamp '2020-01-02 12:00:00'" parquet parquet since=seen:2020-01-02T12:00:00Z
	check_everywhere "all at once" "select * exclude (flag) replace ($hmac as email, null::tinyint as age) from '$T/in.parquet'
		where region = 'EU' and id >= 30" hash=email null=age drop=flag is=region:EU atLeast=id:30
	check_order
done

if [ -d "${ARROW_TESTING:-}" ]; then
	count=0
	while IFS= read -r -d '' file; do
		cp "$file" "$T/damaged.parquet"
		timeout 60 "$T/views" "$T/damaged.parquet" "$T/out.csv" >"$T/said" 2>&1
		[ $? -le 1 ] || verdict 1 "damaged file" "$file: $(tail -1 "$T/said")"
		count=$((count + 1))
	done < <(find "$ARROW_TESTING" -path '*parquet*' -type f -size -2M -print0)
	verdict 0 "$count files of Apache Arrow's" ""
else
	echo "skip damaged files: ARROW_TESTING names no directory"
fi
exit $failed
