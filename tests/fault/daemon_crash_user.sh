#!/bin/bash
# timeout: 60
# shellcheck disable=SC2012,SC2317
# An ordinary user's daemon dies or is told to end; her next mount, through fusermount3, cleans up.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_user_fuse
users_up || skip_all "the test users cannot be made"

mesh=$T/mesh
own=$T/own
m=$own/m
file=$m/logistics/routes/data/routes/routes.csv
stored=$mesh/domains/logistics/data/routes/routes.csv

# A leader that is a zombie with threads left has not ended.
ended() {
	! kill -0 "$1" 2>/dev/null ||
		{ grep -q '^State:.*Z' "/proc/$1/status" && [ "$(ls "/proc/$1/task" | wc -l)" = 1 ]; } 2>/dev/null
}

is_not_mounted() {
	! grep -q " $m .* - fuse.meshfs " /proc/self/mountinfo
}

# end NAME SIGNAL: and the daemon is gone soon.
end() {
	local pid
	pid=$(mesh_pid "$m")
	kill "-$2" "$pid"
	check "$1" wait_for 20 ended "$pid"
}

mount_it() {
	as mfs_alice "$MESHFS" mount -o "audit=$own/audit,catalog=$own/catalog.db" "$mesh" "$m"
}

no_daemon() {
	! mesh_pid "$m" >/dev/null
}

mesh_make "$mesh"
chmod -R a+rX "$mesh"
install -d -o mfs_alice "$own" "$m"
check "mount" mount_it
check "it reads" as mfs_alice cmp "$file" "$stored"
check_err "a second mount there is refused" "is mounted at $m already" mount_it
as mfs_alice stat "$m" >/dev/null
end "kill -9" KILL
check "the next mount cleans it away" mount_it
check "it reads again" as mfs_alice cmp "$file" "$stored"
check_eq "there is one" 1 "$(grep -c " $m " /proc/self/mountinfo)"
end "SIGTERM" TERM
check "nothing is mounted" is_not_mounted
check "mount once more" mount_it
end "kill -9 again" KILL
check "meshfs umount takes a dead one down" as mfs_alice "$MESHFS" umount "$m"
check "nothing is mounted again" is_not_mounted
check "mount for the last time" mount_it
check "meshfs umount" as mfs_alice "$MESHFS" umount "$m"
check "the daemon ends" wait_for 20 no_daemon
check "the record is whole" as mfs_alice "$MESHFS" audit verify --audit "$own/audit"
finish
