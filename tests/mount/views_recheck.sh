#!/bin/bash
# timeout: 120
# Rules with recheck: each read of an open file is decided again; rules with limit: so many rows and no more.
# shellcheck disable=SC2317 # functions that are called by name
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up || skip_all "the test users cannot be made"

mesh=$T/mesh
mnt=$T/mnt
policy=$mesh/domains/sales/policies/access.policy.yaml
file=$mnt/sales/orders/data/orders/2026/many.csv
plain=$mnt/logistics/routes/data/routes/routes.csv

# A reader who reads when he is told: one line in, one line out: "N bytes" or the name of the error.
open_file() { # USER FILE
	local answer=
	coproc READER { as "$1" python3 -u -c '
import errno, os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
print("open")
for line in sys.stdin:
    try:
        print(len(os.pread(fd, 100, int(line))), "bytes")
    except OSError as e:
        print(errno.errorcode[e.errno])' "$2"; }
	read -r -t 10 answer <&"${READER[0]}"
	check_eq "$1 opens" open "$answer"
}

next_read() { # OFFSET
	local answer
	echo "$1" >&"${READER[1]}" && read -r -t 10 answer <&"${READER[0]}" && echo "$answer"
}

closed() {
	local pid=$READER_PID fd=${READER[1]}
	exec {fd}>&-
	wait "$pid"
}

# apply_policy NAME FILE: and the mount has taken it over.
apply_policy() {
	local before
	cmp -s "$2" "$policy" && return
	before=$(jq .epoch "$mnt/.meshfs/status.json")
	cp "$2" "$policy.new" && mv "$policy.new" "$policy"
	check "$1 takes effect" wait_for 10 later_epoch "$before"
}

later_epoch() {
	[ "$(jq .epoch "$mnt/.meshfs/status.json")" != "$1" ]
}

recheck_rule() {
	cat <<-'EOT'
		  - id: watched
		    effect: restrict
		    principals: {any: true}
		    actions: [read]
		    resources: {objects: [orders]}
		    recheck: true
	EOT
}

limit_rule() { # N
	cat <<-EOT
		  - id: so-many
		    effect: restrict
		    principals: {groups: [mfs_sales]}
		    except: {groups: [mfs_analysts]}
		    actions: [read]
		    resources: {objects: [orders]}
		    limit: $1
	EOT
}

forbid_rule() { # USER
	cat <<-EOT
		  - id: no-more
		    effect: forbid
		    principals: {users: [$1]}
		    actions: [read]
		    resources: {objects: [orders]}
	EOT
}

policies() {
	cp "$policy" "$T/none"
	cat "$T/none" <(recheck_rule) >"$T/recheck"
	cat "$T/recheck" <(forbid_rule mfs_alice) >"$T/no_alice"
	cat "$T/recheck" <(forbid_rule mfs_bob) >"$T/no_bob"
	cat "$T/recheck" <(limit_rule 3) >"$T/recheck_limit"
	cat "$T/none" <(limit_rule 3) >"$T/limit3"
	cat "$T/limit3" <(limit_rule 2 | sed 's/so-many/fewer/') >"$T/limit2"
	cat "$T/none" <(forbid_rule mfs_bob) >"$T/plain_no_bob"
}

lost_right() { # USER POLICY
	apply_policy "recheck" "$T/recheck"
	open_file "$1" "$file"
	check_eq "$1 reads" "100 bytes" "$(next_read 0)"
	check_eq "$1 reads on" "100 bytes" "$(next_read 20000)"
	apply_policy "the loss of $1's right" "$T/$2"
	check_eq "the next read is refused" EACCES "$(next_read 0)"
	check_eq "wherever it is" EACCES "$(next_read 40000)"
	check_err "so is an open" "Permission denied" as "$1" cat "$file"
	apply_policy "its return" "$T/recheck"
	check_eq "the handle reads again" "100 bytes" "$(next_read 0)"
	closed
}

changed_view() {
	apply_policy "recheck" "$T/recheck"
	open_file mfs_bob "$file"
	check_eq "he reads" "100 bytes" "$(next_read 0)"
	apply_policy "another view" "$T/recheck_limit"
	check_eq "the next read is of a view that is no more" ESTALE "$(next_read 0)"
	check_eq "the next open is of the new one" 4 "$(as mfs_bob cat "$file" | wc -l)"
	closed
	apply_policy "recheck" "$T/recheck"
	open_file mfs_bob "$file"
	echo '9001,late@secret.example,1' >>"$mesh/domains/sales/data/orders/2026/many.csv"
	check_eq "a changed source is not: a handle keeps its rows" "100 bytes" "$(next_read 0)"
	check "the next open has the new ones" as mfs_bob grep -q '^9001,' "$file"
	check_eq "which the handle does not mind" "100 bytes" "$(next_read 20000)"
	closed
	open_file mfs_alice "$file"
	check_eq "she reads" "100 bytes" "$(next_read 0)"
	echo '9002,late@secret.example,1' >>"$mesh/domains/sales/data/orders/2026/many.csv"
	check_eq "of a stored file nobody kept the old ones" ESTALE "$(next_read 0)"
	closed
}

# mmap and splice read through the same door.
other_ways() {
	apply_policy "recheck" "$T/recheck"
	as mfs_bob cat "$file" >"$T/view"
	check "a whole copy is as ever" as mfs_bob cmp "$T/view" "$file"
	check "cp too" as mfs_bob sh -c "cp '$file' /dev/null"
	check "and dd in small pieces" as mfs_bob sh -c "dd if='$file' bs=777 status=none | cmp - '$T/view'"
	check_eq "its size is exact" "$(stat -c %s "$T/view")" "$(as mfs_bob stat -c %s "$file")"
}

without_recheck() {
	apply_policy "no recheck" "$T/none"
	open_file mfs_bob "$file"
	check_eq "he reads" "100 bytes" "$(next_read 0)"
	apply_policy "the loss of his right" "$T/plain_no_bob"
	check_eq "an open handle keeps what it was granted" "100 bytes" "$(next_read 20000)"
	check_err "an open does not" "Permission denied" as mfs_bob cat "$file"
	closed
}

limits() {
	apply_policy "a limit of 3" "$T/limit3"
	check_eq "three rows and the head" 4 "$(as mfs_bob cat "$file" | wc -l)"
	check_eq "the first ones" "0 1 2" "$(as mfs_bob cat "$file" | sed -n 's/,.*//; 2,$p' | paste -sd ' ')"
	check "masked" as mfs_bob sh -c "! grep -q secret '$file'"
	check_eq "of each file" 3 "$(as mfs_bob cat "$mnt/sales/orders/data/orders/2025/orders.csv" | wc -l)"
	check "none for who is excepted" as mfs_alice cmp "$mesh/domains/sales/data/orders/2026/many.csv" "$file"
	apply_policy "a second limit of 2" "$T/limit2"
	check_eq "the smallest counts" 3 "$(as mfs_bob cat "$file" | wc -l)"
}

mesh_make "$mesh"
awk 'BEGIN { print "id,email,amount"; for (i = 0; i < 3000; i++) printf "%d,token%05d@secret.example,%d\n", i, i, i }' \
	>"$mesh/domains/sales/data/orders/2026/many.csv"
policies
chmod -R a+rX "$mesh"
check "mounts" mesh_mount "$mesh" "$mnt"
lost_right mfs_bob no_bob
lost_right mfs_alice no_alice
changed_view
other_ways
without_recheck
limits
check "what no rule names is as ever" as mfs_carol cmp "$plain" "$mesh/domains/logistics/data/routes/routes.csv"
check "unmounts" mesh_umount "$mnt"
users_down
finish
