#!/bin/bash
# Storage that refuses the daemon's own credentials is the operator's problem: EIO for the user, the reason in the log. A user's own
# mount shows it, whose daemon has no rights beyond hers.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_user_fuse
users_up

home=$T/home
mkdir "$home"
mesh_make "$home/mesh"
routes=$home/mesh/domains/logistics/data/routes
mkdir "$routes/closed" "$routes/no-search"
echo inside >"$routes/closed/f.csv"
echo inside >"$routes/no-search/f.csv"
echo secret >"$routes/secret.csv"
chown -R mfs_alice: "$home"
chmod 000 "$routes/secret.csv" "$routes/closed"
chmod 444 "$routes/no-search"

mnt=$home/mnt
as mfs_alice mkdir "$mnt" "$home/state"
as mfs_alice env HOME="$home" "$MESHFS" mount -f "$home/mesh" "$mnt" -o "log=info,catalog=$home/state/c.db,audit=$home/state/audit" \
	2>"$T/log" &
check "mount" wait_for 30 as mfs_alice test -e "$mnt/.meshfs/status.json"
in=$mnt/logistics/routes/data/routes

check_err "a file that the daemon may not read" "Input/output error" as mfs_alice cat "$in/secret.csv"
check "its size is known all the same" as mfs_alice test -s "$in/secret.csv"
check_err "a directory that it may not list" "Input/output error" as mfs_alice ls "$in/closed"
check_err "nor look into" "Input/output error" as mfs_alice stat "$in/closed/f.csv"
check_eq "one that it may list only" f.csv "$(as mfs_alice ls -U "$in/no-search" 2>/dev/null)"
check_err "but not look into" "Input/output error" as mfs_alice cat "$in/no-search/f.csv"
check "what lies beside them is read" as mfs_alice cmp "$in/routes.csv" "$routes/routes.csv"
check "the log names the file" grep -q "secret.csv: Permission denied" "$T/log"
check "and the directory" grep -q "closed: Permission denied" "$T/log"
check "status.json counts it" as mfs_alice jq -e '.storage_errors >= 4' "$mnt/.meshfs/status.json"
chmod 644 "$routes/secret.csv"
check "read once it is allowed" as mfs_alice cmp "$in/secret.csv" "$routes/secret.csv"
pid=$(mesh_pid "$mnt")
check "umount" as mfs_alice fusermount3 -u "$mnt"
check "the daemon ends" wait_for 90 process_gone "$pid"
finish
