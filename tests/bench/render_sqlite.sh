#!/bin/bash
# Renders a table of a SQLite database as CSV, and has sqlite3 -csv write it. Prints JSON: five trials in turn, ratios of time and of CPU time
# (sqlite3's over ours: more than 1 is faster), medians and spread. Fails below the bar: as fast as sqlite3, at most 32 MiB of memory.
# BENCH_SQLITE_ROWS, BENCH_TRIALS.
set -eu
SRC=${SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
TOOLS=${TOOLS:-$SRC/build/plain/tests/bench}
T=$(mktemp -d "${TMPDIR:-/var/tmp}/meshfs-bench-XXXXXX")
trap 'rm -rf "$T"' EXIT

sqlite3 "$T/orders.db" <<SQL
CREATE TABLE orders (id INTEGER PRIMARY KEY, email TEXT, age INTEGER, day TEXT, amount REAL, region TEXT, note TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${BENCH_SQLITE_ROWS:-2000000})
INSERT INTO orders SELECT i, 'user' || i % 100003 || '@example.org', 18 + i % 80, date('2000-01-01', i % 9000 || ' days'),
	i % 1000000 / 100.0, CASE i % 3 WHEN 0 THEN 'EU' WHEN 1 THEN 'US' ELSE 'APAC' END,
	CASE WHEN i % 5 > 0 THEN 'order, number ' || i END FROM n;
SQL

ours() {
	rm -f "$T/ours.csv"
	"$TOOLS/render_sqlite" "$T" orders.db orders "$T/ours.csv"
}

theirs() {
	local TIMEFORMAT='%R %U %S' sec user system
	rm -f "$T/theirs.csv"
	read -r sec user system < <({ time sqlite3 -readonly -csv -header "$T/orders.db" 'SELECT * FROM orders' >"$T/theirs.csv"; } 2>&1)
	jq -n --arg sec "$sec" --arg user "$user" --arg system "$system" --arg lines "$(wc -l <"$T/theirs.csv")" \
		'{sec: ($sec | tonumber), cpu_sec: (($user | tonumber) + ($system | tonumber)), rows: (($lines | tonumber) - 1)}'
}

ours >/dev/null
theirs >/dev/null
for trial in $(seq "${BENCH_TRIALS:-5}"); do
	if [ $((trial % 2)) = 1 ]; then
		a=$(ours) b=$(theirs)
	else
		b=$(theirs) a=$(ours)
	fi
	printf '{"meshfs": %s, "sqlite3": %s}\n' "$a" "$b"
done | jq -s '
	def median: sort | .[(length - 1) / 2 | floor];
	def spread: {median: median, least: min, most: max};
	{
		bench: "render_sqlite", rows: .[0].meshfs.rows, trials: .,
		time_ratio: map(.sqlite3.sec / .meshfs.sec) | spread,
		cpu_ratio: map(.sqlite3.cpu_sec / .meshfs.cpu_sec) | spread,
		peak_mib: (map(.meshfs.peak_kib / 1024) | max)
	}
	| .same_rows = (.trials | all(.meshfs.rows == .sqlite3.rows))
	| .pass = (.same_rows and .time_ratio.median >= 1 and .peak_mib <= 32)' >"$T/result"
cat "$T/result"
jq -e .pass "$T/result" >/dev/null
