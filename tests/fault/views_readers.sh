#!/bin/bash
# timeout: 150
# Readers of a view that takes long to render: those who go away, those who stay, and those who want something else meanwhile.
# shellcheck disable=SC2317 # functions that are called by name
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up || skip_all "the test users cannot be made"

mesh=$T/mesh
mnt=$T/mnt
store=$mesh/domains/sales/data/orders/2026
slow=$mnt/sales/orders/data/orders/2026/slow.csv.gz
same=$mnt/.purpose/research/sales/orders/data/orders/2026/slow.csv.gz
routes=logistics/routes/data/routes/routes.csv
bob=(setpriv --reuid=mfs_bob "--regid=$(id -g mfs_bob)" --init-groups --inh-caps=-all -- env --default-signal=INT)

# Bob sees none of its rows, so that it is long in reading and short in writing. A gzip file may have many members (RFC 1952, 2.2).
make_slow() {
	local n
	cat >>"$mesh/domains/sales/policies/access.policy.yaml" <<-'EOT'
		  - id: small-amounts-only
		    effect: restrict
		    principals: {groups: [mfs_sales]}
		    except: {groups: [mfs_analysts]}
		    actions: [read]
		    resources: {objects: [orders]}
		    rows: {row.amount: {lt: 1000}}
	EOT
	sed -i 's/{name: amount, logicalType: number,/{name: amount, logicalType: integer,/' \
		"$mesh/domains/sales/products/orders/contracts/orders.odcs.yaml"
	echo id,email,amount | gzip >"$T/slow.csv.gz"
	awk 'BEGIN { for (i = 0; i < 200000; i++) printf "%d,token%06d@secret.example,%d\n", i, i, 1000 + i % 1000 }' |
		gzip -1 >"$T/member"
	for n in $(seq "${SLOW_MEMBERS:-80}"); do
		cat "$T/member"
	done >>"$T/slow.csv.gz"
	cp "$T/slow.csv.gz" "$store/slow.csv.gz"
}

number() { # PATH: of status.json
	jq "$1" "$mnt/.meshfs/status.json"
}

rendering() {
	[ "$(number '.renderings | length')" -gt 0 ]
}

not_rendering() {
	[ "$(number '.renderings | length')" -eq 0 ]
}

# With another time it is another version, which nobody has rendered.
begin() { # NAME
	touch "$store/slow.csv.gz"
	misses=$(number .cache.misses)
	"${bob[@]}" cat "$slow" >"$T/out" 2>"$T/err" &
	reader=$!
	check "$1: the first reader has it rendered" wait_for 20 rendering
}

gone() {
	! kill -0 "$1" 2>/dev/null || grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null
}

view_is_right() {
	[ "$(zcat "$1")" = id,email,amount ]
}

# One that cannot go before the kernel has its answer would stay until the rendering ends.
kill_the_first() { # SIGNAL
	begin "SIG$1 to the only reader"
	kill "-$1" "$reader"
	check "SIG$1: it ends" wait_for 3 gone "$reader"
	wait "$reader" 2>/dev/null
	check "SIG$1: so does the rendering" wait_for 3 not_rendering
	check_eq "SIG$1: which leaves nothing" "" "$(ls -A "$(mesh_state "$mnt")/cache/tmp")"
	check_eq "SIG$1: it read nothing" 0 "$(stat -c %s "$T/out")"
}

kill_the_first_of_two() {
	local other
	begin "of two readers"
	"${bob[@]}" cat "$same" >"$T/other" &
	other=$!
	sleep 0.3
	kill -KILL "$reader"
	check "the one who is killed ends" wait_for 3 gone "$reader"
	check "the other one waits on" kill -0 "$other"
	wait "$reader" 2>/dev/null
	wait "$other"
	check_eq "and gets the view" 0 $?
	check "as it is" view_is_right "$T/other"
}

kill_the_second_of_two() {
	local other
	begin "of two readers, again"
	"${bob[@]}" cat "$same" >"$T/other" &
	other=$!
	sleep 0.3
	kill -KILL "$other"
	check "the second ends when it is killed" wait_for 3 gone "$other"
	check "the rendering goes on" rendering
	wait "$other" 2>/dev/null
	wait "$reader"
	check_eq "the first gets the view" 0 $?
	check "as it is" view_is_right "$T/out"
	check_eq "rendered once" $((misses + 1)) "$(number .cache.misses)"
}

within() { # MILLISECONDS COMMAND...
	local limit=$1 begun=$EPOCHREALTIME took
	shift
	"$@" >"$T/within" || return
	took=$(((${EPOCHREALTIME/./} - ${begun/./}) / 1000))
	echo "it took $took ms"
	[ $took -le "$limit" ]
}

# More of them than there are workers for the domain.
crowd() {
	local n readers=() ok=0
	begin "a crowd"
	for n in $(seq 20); do
		"${bob[@]}" cat "$slow" >"$T/out.$n" 2>"$T/err.$n" &
		readers[n]=$!
	done
	sleep 0.5
	check "another domain is read meanwhile" within 1000 as mfs_bob cat "$mnt/$routes"
	check "by another user too" within 1000 as mfs_carol cat "$mnt/$routes"
	check "and listed" within 1000 as mfs_carol ls -l "$mnt/logistics/routes"
	check "so is what lies as it is in the same domain" within 1000 as mfs_alice cat "$mnt/sales/orders/data/orders/2025/orders.csv"
	check "the status is told" within 1000 cat "$mnt/.meshfs/status.json"
	kill -KILL "${readers[20]}"
	kill -INT "${readers[19]}"
	check "one who waits in the queue ends when he is killed" wait_for 3 gone "${readers[20]}"
	check "or interrupted" wait_for 3 gone "${readers[19]}"
	check "all this while it was rendered" rendering
	for n in $(seq 18); do
		wait "${readers[n]}" && cmp -s "$T/out.$n" "$T/out.1" && view_is_right "$T/out.$n" && ok=$((ok + 1))
	done
	check_eq "all others get the view" 18 $ok
	wait "$reader"
	check_eq "rendered once" $((misses + 1)) "$(number .cache.misses)"
}

mesh_make "$mesh"
make_slow
chmod -R a+rX "$mesh"
check "mounts" mesh_mount "$mesh" "$mnt"
kill_the_first KILL
kill_the_first INT
kill_the_second_of_two
kill_the_first_of_two
crowd
check "unmounts" mesh_umount "$mnt"
users_down
finish
