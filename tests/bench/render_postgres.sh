#!/bin/bash
# Renders a table of a PostgreSQL server as CSV, and has psql \copy it. Prints JSON: five trials in turn, the ratio of times (psql's over ours:
# more than 1 is faster), median and spread. Fails below the bar: 0.8 times as fast as psql, at most 32 MiB of memory. BENCH_PG_ROWS, BENCH_TRIALS.
set -eu
SRC=${SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
TOOLS=${TOOLS:-$SRC/build/plain/tests/bench}
T=$(mktemp -d "${TMPDIR:-/var/tmp}/meshfs-bench-XXXXXX")
chmod 755 "$T"
. "$SRC/tests/lib/postgres.sh"
trap 'pg_down; rm -rf "$T"' EXIT

if ! pg_bin >/dev/null; then
	echo "render_postgres: skipped, there is no PostgreSQL server" >&2
	exit 0
fi
pg_up
pg_sql <<SQL
CREATE TABLE orders AS SELECT i AS id, 'user' || i % 100003 || '@example.org' AS email, (18 + i % 80)::int AS age,
	date '2000-01-01' + (i % 9000)::int AS day, (i % 1000000 / 100.0)::numeric(12,2) AS amount, (i / 7.0)::float8 AS ratio,
	i % 3 = 0 AS paid, timestamptz '2026-01-01 00:00Z' + i * interval '1 second' AS at,
	CASE WHEN i % 5 > 0 THEN 'order, number ' || i END AS note
	FROM generate_series(1, ${BENCH_PG_ROWS:-1000000}::bigint) i;
VACUUM ANALYZE orders;
CHECKPOINT;
SQL

ours() {
	rm -f "$T/ours.csv"
	"$TOOLS/render_postgres" "$PG_SOCKET" "$PG_PORT" orders "$T/ours.csv"
}

theirs() {
	local start=$EPOCHREALTIME
	rm -f "$T/theirs.csv"
	pg_sql -c "\\copy (SELECT * FROM orders) TO '$T/theirs.csv' CSV HEADER"
	jq -n --arg from "$start" --arg to "$EPOCHREALTIME" --arg lines "$(wc -l <"$T/theirs.csv")" \
		'{sec: (($to | tonumber) - ($from | tonumber)), rows: (($lines | tonumber) - 1)}'
}

ours >/dev/null
theirs >/dev/null
for trial in $(seq "${BENCH_TRIALS:-5}"); do
	if [ $((trial % 2)) = 1 ]; then
		a=$(ours) b=$(theirs)
	else
		b=$(theirs) a=$(ours)
	fi
	printf '{"meshfs": %s, "psql": %s}\n' "$a" "$b"
done | jq -s '
	def median: sort | .[(length - 1) / 2 | floor];
	def spread: {median: median, least: min, most: max};
	{
		bench: "render_postgres", rows: .[0].meshfs.rows, trials: .,
		time_ratio: map(.psql.sec / .meshfs.sec) | spread,
		peak_mib: (map(.meshfs.peak_kib / 1024) | max)
	}
	| .same_rows = (.trials | all(.meshfs.rows == .psql.rows))
	| .pass = (.same_rows and .time_ratio.median >= 0.8 and .peak_mib <= 32)' >"$T/result"
cat "$T/result"
jq -e .pass "$T/result" >/dev/null
