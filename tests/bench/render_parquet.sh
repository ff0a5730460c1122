#!/bin/bash
# Renders a Parquet file of 10 million rows to Parquet with one hash mask, and has DuckDB do the same COPY with the settings that meshfs gives it
# (one thread; zstd of level 1; sha256 in place of HMAC-SHA-256). Prints JSON: five trials in turn, ratios of time and of CPU time (DuckDB's over ours: more
# than 1 is faster), medians and spread, and how much memory each took beyond the loaded library. Fails below the bar: within 1.1 times
# DuckDB's time. BENCH_ROWS, BENCH_TRIALS, MESHFS_LIBDUCKDB (else see tests/lib/duckdb.sh).
set -eu
SRC=${SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
TOOLS=${TOOLS:-$SRC/build/plain/tests/bench}
T=$(mktemp -d "${TMPDIR:-/var/tmp}/meshfs-bench-XXXXXX")
trap 'rm -rf "$T"' EXIT
. "$SRC/tests/lib/duckdb.sh"

if [ -z "${MESHFS_LIBDUCKDB:-}" ]; then
	(need_duckdb) >/dev/null || { echo "render_parquet: skipped, DuckDB cannot be had" >&2; exit 0; }
	need_duckdb
fi

"$TOOLS/render_parquet" table "${BENCH_ROWS:-10000000}" "$T/in.parquet"
bytes=$(stat -c %s "$T/in.parquet")

run() {
	rm -f "$T/out.parquet"
	sync -f "$T"
	"$TOOLS/render_parquet" "$1" "$T/in.parquet" "$T/out.parquet"
}

for trial in $(seq "${BENCH_TRIALS:-5}"); do
	if [ $((trial % 2)) = 1 ]; then
		ours=$(run meshfs) theirs=$(run duckdb)
	else
		theirs=$(run duckdb) ours=$(run meshfs)
	fi
	printf '{"meshfs": %s, "duckdb": %s}\n' "$ours" "$theirs"
done | jq -s --argjson bytes "$bytes" '
	def median: sort | .[(length - 1) / 2 | floor];
	def spread: {median: median, least: min, most: max};
	{
		bench: "render_parquet", bytes: $bytes, trials: .,
		time_ratio: map(.duckdb.sec / .meshfs.sec) | spread,
		cpu_ratio: map(.duckdb.cpu_sec / .meshfs.cpu_sec) | spread,
		peak_mib: (map(.meshfs.peak_kib / 1024) | max),
		duckdb_peak_mib: (map(.duckdb.peak_kib / 1024) | max)
	}
	| .pass = (.time_ratio.median >= 1 / 1.1)' >"$T/result"
cat "$T/result"
jq -e .pass "$T/result" >/dev/null
