#!/bin/bash
# Renders a CSV file of 0.5 GB and 10 million rows with one hash mask and one row filter, and has DuckDB do the same COPY with one
# thread (sha256 in place of HMAC-SHA-256, every column as text). Prints JSON: five trials in turn, ratios of time and of CPU time
# (DuckDB's over ours: more than 1 is faster), medians and spread. Fails below the bar: as fast as DuckDB, at most 32 MiB of memory.
# BENCH_ROWS, BENCH_TRIALS, LIBDUCKDB (the library; else it comes from its registry, see tests/lib/zoo.sh).
set -eu
SRC=${SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
TOOLS=${TOOLS:-$SRC/build/plain/tests/bench}
T=$(mktemp -d "${TMPDIR:-/var/tmp}/meshfs-bench-XXXXXX")
trap 'rm -rf "$T"' EXIT
. "$SRC/tests/lib/zoo.sh"

if [ -z "${LIBDUCKDB:-}" ]; then
	zoo_duckdb || { echo "render: skipped, DuckDB cannot be had" >&2; exit 0; }
	LIBDUCKDB=$(find "$duckdb/node_modules" -name libduckdb.so | head -n 1)
fi

"$TOOLS/render" table "${BENCH_ROWS:-10000000}" >"$T/in.csv"
bytes=$(stat -c %s "$T/in.csv")

run() {
	rm -f "$T/out.csv"
	sync -f "$T"
	"$TOOLS/render" "$@" "$T/in.csv" "$T/out.csv"
}

for trial in $(seq "${BENCH_TRIALS:-5}"); do
	if [ $((trial % 2)) = 1 ]; then
		ours=$(run meshfs) theirs=$(run duckdb "$LIBDUCKDB")
	else
		theirs=$(run duckdb "$LIBDUCKDB") ours=$(run meshfs)
	fi
	printf '{"meshfs": %s, "duckdb": %s}\n' "$ours" "$theirs"
done | jq -s --argjson bytes "$bytes" '
	def median: sort | .[(length - 1) / 2 | floor];
	def spread: {median: median, least: min, most: max};
	{
		bench: "render", bytes: $bytes, rows_shown: .[0].meshfs.rows, trials: .,
		time_ratio: map(.duckdb.sec / .meshfs.sec) | spread,
		cpu_ratio: map(.duckdb.cpu_sec / .meshfs.cpu_sec) | spread,
		mib_per_sec: map($bytes / 1048576 / .meshfs.sec) | spread,
		peak_mib: (map(.meshfs.peak_kib / 1024) | max)
	}
	| .same_rows = (.trials | all(.meshfs.rows == .duckdb.rows))
	| .pass = (.same_rows and .time_ratio.median >= 1 and .peak_mib <= 32)' >"$T/result"
cat "$T/result"
jq -e .pass "$T/result" >/dev/null
