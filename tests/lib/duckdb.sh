# shellcheck shell=bash
# libduckdb for tests:  . "$SRC/tests/lib/duckdb.sh"
#
#	need_duckdb     sets and exports MESHFS_LIBDUCKDB; exit 77 where there is no library and none can be got
#
# It is the one that zoo.sh keeps below build/cache, where the unit tests look too. As a program it gets the library and prints where
# it lies:  bash tests/lib/duckdb.sh

: "${SRC:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
. "$SRC/tests/lib/zoo.sh"

need_duckdb() {
	if ! zoo_duckdb; then
		echo "needs libduckdb, which its registry did not deliver, or node"
		exit 77
	fi
	MESHFS_LIBDUCKDB=$(find "$duckdb/node_modules" -name libduckdb.so | head -n 1)
	export MESHFS_LIBDUCKDB
	[ -n "$MESHFS_LIBDUCKDB" ] || {
		echo "needs libduckdb for this processor"
		exit 77
	}
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	: "${T:=${TMPDIR:-/tmp}}"
	need_duckdb
	echo "$MESHFS_LIBDUCKDB"
fi
