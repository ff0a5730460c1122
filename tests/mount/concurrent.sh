#!/bin/bash
# timeout: 90
# Eight readers at once, on the same and on different files, compare every byte with storage while others list; and a file
# that is replaced all the time is never a mix of two.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up || skip_all "the test users cannot be made"

mesh=$T/mesh
routes=$mesh/domains/logistics/data/routes
seconds=5

make_files() {
	local bytes
	for bytes in 1 4095 4096 4097 131072 131073 3000001; do
		head -c $bytes /dev/urandom >"$routes/size-$bytes.csv"
	done
	for n in $(seq 40); do
		echo "$n" >"$routes/deep/small-$n.csv"
	done
	head -c 300000 /dev/urandom >"$T/a"
	head -c 500001 /dev/urandom >"$T/b"
	cp "$T/a" "$routes/swapped.csv"
}

# pairs DIR: each file below the mount, and the one in storage.
pairs() {
	local file
	for file in "$routes"/size-*.csv "$routes/empty.csv" "$routes/deep/er/more.csv"; do
		printf '%s\n%s\n' "$1/logistics/routes/data/routes${file#"$routes"}" "$file"
	done
}

number() {
	sed -n "s/.* $1=\([0-9]*\).*/\1/p" "$2"
}

run() { # NAME OPTIONS
	local m=$T/$1 user list pids=""
	check "$1: mount" mesh_mount "$mesh" "$m" "$2"
	mapfile -t list < <(pairs "$m")
	for user in mfs_alice mfs_carol; do
		as $user "$TOOLS/concurrent_reader" $seconds 4 2 "$m/logistics" "${list[@]}" >"$T/said.$user" 2>&1 &
		pids="$pids $!"
	done
	# shellcheck disable=SC2086
	wait $pids
	for user in mfs_alice mfs_carol; do
		cat "$T/said.$user"
		check "$1: $user: every byte is right" grep -q ^DONE "$T/said.$user"
		check "$1: $user: enough was read" test "$(number reads "$T/said.$user")" -gt 100
		check "$1: $user: enough was listed" test "$(number lists "$T/said.$user")" -gt 0
	done
	"$TOOLS/concurrent_reader" swap 3 "$m/logistics/routes/data/routes/swapped.csv" "$routes/swapped.csv" "$T/a" "$T/b" \
		>"$T/said.swap" 2>&1
	cat "$T/said.swap"
	check "$1: a file that is replaced is one or the other" grep -q ^DONE "$T/said.swap"
	check "$1: and mostly it is read" test "$(number reads "$T/said.swap")" -gt "$(number stale "$T/said.swap")"
	check_eq "$1: no file is left open" 0 "$(sed -n 's/.*"open_files": \([0-9]*\),/\1/p' "$m/.meshfs/status.json")"
	check "$1: unmount" mesh_umount "$m"
}

mesh_make "$mesh"
make_files
chmod -R a+rX "$mesh"
run passthrough ""
run cached no_passthrough
run single no_passthrough,max_threads=1
finish
