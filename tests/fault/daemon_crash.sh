#!/bin/bash
# shellcheck disable=SC2012,SC2317
# timeout: 120
# How a mount ends: by kill -9, by SIGTERM while it is in use, by umount; and what a second daemon is told.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up || skip_all "the test users cannot be made"

mesh=$T/mesh
m=$T/m
file=$m/logistics/routes/data/routes/routes.csv
stored=$mesh/domains/logistics/data/routes/routes.csv

# A leader that is a zombie with threads left has not ended.
ended() {
	! kill -0 "$1" 2>/dev/null ||
		{ grep -q '^State:.*Z' "/proc/$1/status" && [ "$(ls "/proc/$1/task" | wc -l)" = 1 ]; } 2>/dev/null
}

is_mounted() {
	grep -q " $1 .* - fuse.meshfs " /proc/self/mountinfo
}

is_not_mounted() {
	! is_mounted "$1"
}

is_dead() {
	ls "$m" 2>&1 | grep -q "Transport endpoint is not connected"
}

# end NAME SIGNAL: and the daemon is gone soon.
end() {
	local pid
	pid=$(mesh_pid "$m")
	kill "-$2" "$pid"
	check "$1" wait_for 20 ended "$pid"
}

kill_and_clean() {
	local options=$1
	check "mount" mesh_mount "$mesh" "$m" "$options"
	check "it reads" cmp "$file" "$stored"
	stat "$m" >/dev/null
	end "kill -9" KILL
	check "the mount is dead" wait_for 5 is_dead
	check "and still there" is_mounted "$m"
	check "the next mount cleans it away" mesh_mount "$mesh" "$m" "$options"
	check "it reads again" cmp "$file" "$stored"
	check_eq "there is one" 1 "$(grep -c " $m " /proc/self/mountinfo)"
	end "kill -9 again" KILL
	check "meshfs umount takes a dead one down" "$MESHFS" umount "$m"
	check "it is gone" is_not_mounted "$m"
	check_eq "the directory is empty" "" "$(ls -A "$m")"
}

many_products() {
	local n
	mesh_dir=$mesh
	for n in $(seq 60); do
		mesh_contract logistics "route$n" data/routes <<-EOT | mesh_product logistics "route$n" active ''
			      - {name: from, logicalType: string, classification: public}
		EOT
	done
}

# A name that is not there is asked for each time, which keeps the directory locked in the kernel until the answer.
ask_always() {
	python3 - "$m/logistics" "$T/asking" <<-'EOT'
		import os, sys
		while os.path.exists(sys.argv[2]):
		    os.path.exists(sys.argv[1] + "/nothing")
	EOT
}

# The daemon may be telling the kernel about names at the moment of its death: the kernel must let go of it all the same.
kill_during_reload() {
	local n stuck=0 pid askers=""
	many_products
	touch "$T/asking"
	for n in 1 2 3 4; do
		ask_always &
		askers="$askers $!"
	done
	for n in $(seq 12); do
		mesh_mount "$mesh" "$m" && pid=$(mesh_pid "$m") && find "$m/" >/dev/null || {
			stuck=$n
			break
		}
		sed "s/^name: .*/name: Mesh $n/" "$mesh/mesh.yaml" >"$T/new" && mv "$T/new" "$mesh/mesh.yaml"
		# At once: what the kernel is told takes some milliseconds.
		timeout 5 sh -c 'until grep -q "Mesh $1" "$2/.meshfs/status.json"; do :; done' sh "$n" "$m"
		sleep 0.00$((n % 4 * 2))
		kill -9 "$pid"
		wait_for 10 ended "$pid" || {
			stuck=$n
			break
		}
	done
	rm "$T/asking"
	check_eq "a daemon that dies during a reload is gone" 0 $stuck
	# shellcheck disable=SC2086
	[ $stuck != 0 ] || wait $askers
	check "umount" "$MESHFS" umount "$m"
}

# Names that keep a view's pages are looked up by the daemon's own child: it may be waiting for an answer at that moment, and
# a crash is not to wait for it either (SIGQUIT ends with a core, as a crash does).
kill_while_pinning() {
	local n stuck=0 pid listers="" signal
	for n in $(seq 200); do
		cp "$stored" "$mesh/domains/logistics/data/routes/more-$n.csv"
	done
	chmod -R a+rX "$mesh"
	touch "$T/listing"
	for n in 1 2 3 4; do
		while [ -e "$T/listing" ]; do ls -l "$m/logistics/routes/data/routes" >/dev/null 2>&1; done &
		listers="$listers $!"
	done
	for n in $(seq 16); do
		signal=$([ $((n % 2)) = 0 ] && echo KILL || echo QUIT)
		mesh_mount "$mesh" "$m" no_passthrough 2>"$T/mounted" && pid=$(mesh_pid "$m") || {
			cat "$T/mounted"
			stuck=$n
			break
		}
		sleep 0.$((RANDOM % 150 + 150))
		kill -$signal "$pid"
		wait_for 10 ended "$pid" || {
			stuck=$n
			break
		}
	done
	rm "$T/listing"
	check_eq "a daemon that dies while its child asks it is gone" 0 $stuck
	# shellcheck disable=SC2086
	[ $stuck != 0 ] || wait $listers
	check "umount" "$MESHFS" umount "$m"
}

terminate_in_use() {
	local sleeper
	check "mount ($1)" mesh_mount "$mesh" "$m" "$1"
	exec 5<"$file"
	(cd "$m/logistics/routes" && exec sleep 60) &
	sleeper=$!
	wait_for 5 sh -c "readlink /proc/$sleeper/cwd | grep -q routes"
	check_err "umount of what is in use says so" "in use" "$MESHFS" umount "$m"
	check_not "umount(8) too" umount "$m"
	check "it is still mounted" cmp "$file" "$stored"
	end "SIGTERM ends it, though a file is open and a process is in it" TERM
	check "nothing is mounted" is_not_mounted "$m"
	check_eq "the directory is empty" "" "$(ls -A "$m")"
	exec 5<&-
	kill $sleeper
	wait $sleeper 2>/dev/null
	check "it can be mounted again" mesh_mount "$mesh" "$m" "$1"
	exec 5<"$file"
	check "umount -l takes it down in use" "$MESHFS" umount -l "$m"
	check "it is not mounted" is_not_mounted "$m"
	check_eq "the open file is read to its end" "$(cat "$stored")" "$(cat <&5)"
	exec 5<&-
	check "the daemon ends with its last file" wait_for 20 no_daemon
}

no_daemon() {
	! mesh_pid "$m" >/dev/null
}

interrupt() {
	check "mount, then SIGINT" mesh_mount "$mesh" "$m"
	end "SIGINT ends it" INT
	check "nothing is mounted" is_not_mounted "$m"
}

second_daemon() {
	local status
	check "mount" mesh_mount "$mesh" "$m"
	check_err "a second mount there is refused" "is mounted at $m already" mesh_mount "$mesh" "$m" "audit=$T/audit.2"
	mesh_mount "$mesh" "$m" "audit=$T/audit.2" 2>/dev/null
	status=$?
	check_eq "with mount(8)'s exit status" 32 $status
	check_err "a second daemon with the same audit is refused" "another process writes the audit log in $(mesh_state "$m")/audit" \
		mesh_mount "$mesh" "$T/second" "audit=$(mesh_state "$m")/audit"
	check "nothing is mounted by it" is_not_mounted "$T/second"
	check "the first goes on" cmp "$file" "$stored"
	check "one with its own is not" mesh_mount "$mesh" "$T/second"
	check "both read" cmp "$file" "$T/second/logistics/routes/data/routes/routes.csv"
	check "unmount the second" mesh_umount "$T/second"
	check "unmount" mesh_umount "$m"
	check_err "umount of what is not mounted" "no mesh is mounted at $m" "$MESHFS" umount "$m"
}

bad_mount_points() {
	: >"$T/plain-file"
	check_err "a mount point that is a file" "is not a directory" "$MESHFS" mount -o "audit=$T/a,catalog=$T/c.db" "$mesh" "$T/plain-file"
	check_err "a mount point that is missing" "$T/missing" "$MESHFS" mount -o "audit=$T/a,catalog=$T/c.db" "$mesh" "$T/missing"
}

mesh_make "$mesh"
chmod -R a+rX "$mesh"
kill_and_clean ""
kill_and_clean no_passthrough
kill_during_reload
kill_while_pinning
terminate_in_use ""
terminate_in_use no_passthrough
interrupt
second_daemon
bad_mount_points
finish
