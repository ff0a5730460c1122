#!/bin/bash
# make check: every kind of test, on every kind of build. One failed step does not stop the next; the last
# line sums up all of them, and the exit status is 1 if anything failed.
set -u
cd "$(dirname "$0")/../.." || exit
MAKE=${MAKE:-make}
jobs=$(nproc)
TALLY=$PWD/build/tally.$$
export TALLY
: >"$TALLY"
trap 'rm -f "$TALLY"' EXIT

# step NAME COMMAND...: a step that counts as one test.
step() {
	local name=$1
	shift
	echo "== $name"
	if "$@"; then
		echo "1 0 0" >>"$TALLY"
	else
		echo "  FAIL  $name"
		echo "0 1 0" >>"$TALLY"
		return 1
	fi
}

# suite FOLDER GROUP...: the tests of these groups, on that build.
suite() {
	local build=$1
	shift
	echo "== tests: $* (${build#build/})"
	BUILD=$build tests/run "$@"
}

step "includes" "$MAKE" layers
step "build: plain" "$MAKE" -j"$jobs" tests && plain=$("$MAKE" -s folder) &&
	suite "$plain" unit mount conformance fault
step "build: the system's libfuse" "$MAKE" -j"$jobs" LIBFUSE=system all
step "build: fuzz targets, clang" "$MAKE" -j"$jobs" SAN=fuzz fuzzers &&
	suite "$("$MAKE" -s SAN=fuzz folder)" fuzz
for sanitizer in asan tsan; do
	step "build: $sanitizer" "$MAKE" -j"$jobs" SAN=$sanitizer tests &&
		suite "$("$MAKE" -s SAN=$sanitizer folder)" unit mount
done

awk '{ p += $1; f += $2; s += $3 }
	END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 || p == 0 }' "$TALLY"
