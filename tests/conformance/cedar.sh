#!/bin/bash
# The policy engine against Cedar itself: random cells, decided by both. CEDAR_CELLS and CEDAR_SEED look further.
# timeout: 300
set -eu
SRC=${SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
BUILD=${BUILD:-$SRC/build/plain}
T=${T:-$(mktemp -d)}
package=@cedar-policy/cedar-wasm
version=4.13.0
cache=$SRC/build/cedar-$version

skip() {
	echo "$1"
	exit 77
}

for program in node npm; do
	command -v $program >/dev/null || skip "no $program: Debian packages nodejs and npm"
done
if ! test -e "$cache/node_modules/$package/package.json"; then
	mkdir -p "$cache"
	npm install --prefix "$cache" --fetch-retries=1 --fetch-timeout=30000 --no-save --no-audit --no-fund --ignore-scripts "$package@$version" >"$T/npm.log" 2>&1 ||
		skip "npm cannot get $package@$version: $(grep -m1 -i err "$T/npm.log" || echo "no reason given")"
fi

${CC:-gcc} -std=gnu17 -D_GNU_SOURCE -O2 -Wall -Wextra -I"$SRC" -o "$T/cedar_cells" \
	"$SRC/tests/conformance/cedar_cells.c" "$BUILD/libmeshfs.a" -ljansson -lcrypto -lpthread
"$T/cedar_cells" "${CEDAR_CELLS:-2000}" "${CEDAR_SEED:-1}" >"$T/cells"
node "$SRC/tests/conformance/cedar.js" "$cache" <"$T/cells"
