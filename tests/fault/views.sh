#!/bin/bash
# timeout: 150
# What can go wrong while a view is rendered, and with what is kept of it: a reader gets a whole view or an error, never a part.
# shellcheck disable=SC2317 # functions that are called by name
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up || skip_all "the test users cannot be made"

mesh=$T/mesh
mnt=$T/mnt
store=$mesh/domains/sales/data/orders
cache=$(mesh_state "$mnt")/cache
source=$store/2026/big.csv
big=$mnt/sales/orders/data/orders/2026/big.csv
small=$mnt/sales/orders/data/orders/2025/orders.csv
rows=800000

table() { # FIRST LAST
	awk -v from="$1" -v to="$2" 'BEGIN {
		print "id,email,amount"
		for (i = from; i <= to; i++) printf "%d,token%07d@secret.example.org,%d\n", i, i * 7919 % 10000000, 100 + i % 900
	}'
}

# ---- a fault in the middle of a rendering ----

# Stops the daemon when it has written the beginning of a view; fails where that was the end of it already.
freeze() {
	nice -n -15 python3 - "$cache/tmp" "$(mesh_pid "$mnt")" <<-'EOT'
		import os, signal, sys, time
		tmp, pid = sys.argv[1], int(sys.argv[2])
		end = time.monotonic() + 30
		while time.monotonic() < end:
		    for entry in os.scandir(tmp):
		        try:
		            if entry.stat().st_size >= 1 << 20:
		                os.kill(pid, signal.SIGSTOP)
		                if os.path.exists(entry.path):
		                    sys.exit(0)
		                os.kill(pid, signal.SIGCONT)
		                sys.exit("it was done already")
		        except FileNotFoundError:
		            pass
		sys.exit("nothing is rendered")
	EOT
}

# mid_render NAME COMMAND...: COMMAND while bob's first read renders; then $ended, $T/out and $T/err are his.
mid_render() {
	local name=$1 reader pid try
	shift
	for try in 1 2 3 4 5; do
		touch "$source"
		as mfs_bob cat "$big" >"$T/out" 2>"$T/err" &
		reader=$!
		freeze && break
		wait "$reader"
		try=late
	done
	check_not "$name: a rendering is under way" test "$try" = late
	before=$(ls "$cache/files")
	pid=$(mesh_pid "$mnt")
	"$@"
	kill -CONT "$pid"
	wait "$reader"
	ended=$?
}

nothing_half_made() {
	[ -z "$(ls -A "$cache/tmp")" ] && [ -z "$(find "$cache/files" -name '*[^0-9a-f.]*' -type f)" ]
}

has_no_raw_value() {
	! grep -q secret "$1"
}

whole_or_nothing() { # VIEW...: one of them and exit status 0, or nothing and an error
	local view
	if [ "$ended" -ne 0 ]; then
		[ ! -s "$T/out" ] && [ -s "$T/err" ]
		return
	fi
	for view in "$@"; do
		cmp -s "$T/out" "$view" && return
	done
	ls -l "$T/out" "$@"
	return 1
}

first_rows() {
	head -n 300001 "$1"
}

overwrite() {
	printf '999' | dd of="$source" bs=1 seek="$(($(stat -c %s "$source") - 4))" conv=notrunc status=none
}

replace() {
	table 1000000 1300000 >"$T/new" && mv "$T/new" "$source"
}

source_faults() {
	mid_render "a source that is deleted" rm "$source"
	check "it is read whole or not at all" whole_or_nothing "$T/whole"
	check_err "then it is not there" "No such file" as mfs_bob cat "$big"
	cp "$T/source" "$source"

	first_rows "$T/whole" >"$T/part"
	mid_render "a source that is truncated" truncate -s "$(first_rows "$source" | wc -c)" "$source"
	check "the view is of what it was cut to" whole_or_nothing "$T/part"
	check "or the next one is" as mfs_bob cmp "$T/part" "$big"
	cp "$T/source" "$source"

	mid_render "a source that is overwritten" overwrite
	sed '$s/,[0-9]*$/,999/' "$T/whole" >"$T/over"
	check "the view is of what it is now" whole_or_nothing "$T/over"
	check "so is the next" as mfs_bob cmp "$T/over" "$big"
	cp "$T/source" "$source"

	mid_render "a source that is replaced" replace
	as mfs_bob cat "$big" >"$T/replaced"
	check "the view is of the old or the new" whole_or_nothing "$T/whole" "$T/replaced"
	check_eq "the next is of the new" "1000000 300002" "$(sed -n '2s/,.*//p' "$T/replaced") $(wc -l <"$T/replaced")"
	check "masked" has_no_raw_value "$T/replaced"
	cp "$T/source" "$source"
	check "nothing is left half-made" nothing_half_made
}

kill_the_daemon() {
	kill -9 "$(mesh_pid "$mnt")"
}

daemon_dies() {
	mid_render "a daemon that is killed" kill_the_daemon
	check "its reader gets an error and nothing else" whole_or_nothing
	check_eq "it leaves a part" 1 "$(find "$cache/tmp" -type f | wc -l)"
	check "mounts again" mesh_mount "$mesh" "$mnt"
	check "the part is gone" nothing_half_made
	check_eq "and was not kept" "$before" "$(ls "$cache/files")"
	check "the view is whole" as mfs_bob cmp "$T/whole" "$big"
}

# ---- a cache that is damaged ----

damage() { # FUNCTION: to every file that is kept, while nothing is mounted
	local file
	check "$1: unmounts" mesh_umount "$mnt"
	for file in "$cache"/files/*; do
		"$1" "$file"
	done
	check "$1: mounts again" mesh_mount "$mesh" "$mnt"
	check "$1: it is not served" as mfs_bob cmp "$T/small" "$small"
	check "$1: nor is the other" as mfs_bob cmp "$T/whole" "$big"
}

flip() { printf X | dd of="$1" bs=1 seek=20 conv=notrunc status=none; }
cut() { truncate -s -1 "$1"; }
stretch() { printf '9,9,9\n' >>"$1"; }
empty() { : >"$1"; }
link() { cp "$1" "$T/linked" && ln -sf "$T/linked" "$1"; }
swap() { cp "$T/source" "$1"; }

cache_faults() {
	local what
	for what in flip cut stretch empty link swap; do
		damage $what
	done
	check "damage is counted" jq -e '.cache.corrupt > 0' "$mnt/.meshfs/status.json"
	for what in "$cache"/files/*; do
		truncate -s 100 "$what"
	done
	check "cut while it is mounted: it is not served" as mfs_bob cmp "$T/small" "$small"
	rm "$cache"/files/*
	check "removed while it is mounted: it is made again" as mfs_bob cmp "$T/small" "$small"
}

# ---- no room ----

full_cache() {
	local tiny=$T/tiny
	mkdir "$tiny" && mount -t tmpfs -o size=8m,mode=700 tmpfs "$tiny" || return
	check "mounts with a cache of 8 MiB" mesh_mount "$mesh" "$mnt" "cache=$tiny"
	check "what fits is read" as mfs_bob cmp "$T/small" "$small"
	check_err "what does not is an error" "Input/output error" as mfs_bob cat "$big"
	check_eq "that leaves nothing" "" "$(find "$tiny/tmp" "$tiny/files" -type f -size +100k)"
	check "what fits is read still" as mfs_bob cmp "$T/small" "$small"
	check "the file as it lies needs no cache" as mfs_alice cmp "$T/source" "$big"
	mount -o remount,size=200m "$tiny"
	check "with more room it is read" as mfs_bob cmp "$T/whole" "$big"
	check "unmounts" mesh_umount "$mnt"
	umount "$tiny"
	check "mounts with a bound of 1 MB" mesh_mount "$mesh" "$mnt" "cache=$tiny,cache_size=1M"
	check "what fits is read" as mfs_bob cmp "$T/small" "$small"
	check_err "what is larger is an error" "Input/output error" as mfs_bob cat "$big"
	check_eq "that throws out nothing" 0 "$(jq .cache.evictions "$mnt/.meshfs/status.json")"
	check "unmounts" mesh_umount "$mnt"
}

# ---- a database that somebody else has ----

database() {
	mesh_dir=$mesh
	mesh_contract sales invoices data/invoices.db <<-EOT | mesh_product sales invoices active ''
		      - {name: id, logicalType: integer, classification: internal}
		      - {name: email, logicalType: string, classification: confidential, tags: [pii]}
	EOT
	sed -i 's/^servers:.*/servers: [{server: prod, type: custom, environment: prod, format: sqlite, path: data\/invoices.db}]/' \
		"$mesh/domains/sales/products/invoices/contracts/invoices.odcs.yaml"
	sqlite3 "$mesh/domains/sales/data/invoices.db" "CREATE TABLE invoices (id INTEGER PRIMARY KEY, email TEXT);
		INSERT INTO invoices VALUES (1, 'token1@secret.example'), (2, 'token2@secret.example')" >/dev/null
}

# Holds the database until $T/release is there.
hold_database() {
	python3 - "$mesh/domains/sales/data/invoices.db" "$T/held" "$T/release" <<-'EOT'
		import os, sqlite3, sys, time
		db = sqlite3.connect(sys.argv[1], isolation_level=None)
		db.execute("BEGIN EXCLUSIVE")
		db.execute("INSERT INTO invoices VALUES (3, 'token3@secret.example')")
		open(sys.argv[2], "w").close()
		end = time.monotonic() + 60
		while not os.path.exists(sys.argv[3]) and time.monotonic() < end:
		    time.sleep(0.05)
		db.execute("COMMIT")
	EOT
}

locked_database() {
	local invoices=$mnt/sales/invoices/data/invoices/invoices.csv holder began
	hold_database &
	holder=$!
	wait_for 10 test -e "$T/held"
	began=$SECONDS
	as mfs_bob cat "$invoices" >"$T/out" 2>"$T/err"
	ended=$?
	check "a locked database is an error, not a part" whole_or_nothing
	check "in a while" test $((SECONDS - began)) -le 20
	check "and holds up nothing else" as mfs_bob cmp "$T/small" "$small"
	touch "$T/release"
	wait $holder
	check_eq "it is read when it is free" 4 "$(as mfs_bob cat "$invoices" | wc -l)"
}

mesh_make "$mesh"
chmod -R a+rX "$mesh"
database
table 1 $rows >"$source"
cp "$source" "$T/source"
check "mounts" mesh_mount "$mesh" "$mnt"
as mfs_bob cat "$small" >"$T/small"
as mfs_bob cat "$big" >"$T/whole"
check_eq "a view has all its rows" $((rows + 1)) "$(wc -l <"$T/whole")"
check "masked" has_no_raw_value "$T/whole"
source_faults
daemon_dies
cache_faults
locked_database
check "unmounts" mesh_umount "$mnt"
full_cache
users_down
finish
