#!/bin/bash
# A mount begins and ends: what mount returns and says when all is well and when something is not, and that nothing is mounted then.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up

mesh=$T/mesh
mnt=$T/mnt
mesh_make "$mesh"
mkdir "$mnt" "$T/state"
options="allow_other,audit=$T/state/audit"

run() { # ARGUMENT...: meshfs mount; its status in $status, what it said in $T/said
	unlocked timeout 60 "$MESHFS" mount "$@" >"$T/said" 2>&1
	status=$?
}

nothing_mounted() {
	! grep -q "fuse.meshfs" <<<"$(findmnt -rn -o TARGET,FSTYPE | grep -F "$T")"
}

# refused NAME STATUS WORDS ARGUMENT...: exits with STATUS, says WORDS, mounts nothing.
refused() {
	local name=$1 want=$2 words=$3
	shift 3
	run "$@"
	[ "$status" -eq "$want" ] && grep -qF -e "$words" "$T/said" && nothing_mounted
	verdict $? "$name" "status $status, not $want; '$words' is due: $(head -c 2000 "$T/said")
$(findmnt -rn -t fuse.meshfs)"
}

# ---- well ----

run "$mesh" "$mnt" -o "$options,catalog=$T/state/c.db"
check_eq "mount returns 0" 0 "$status"
check "when it answers" test -s "$mnt/.meshfs/status.json"
check_eq "and says nothing" "" "$(cat "$T/said")"
pid=$(mesh_pid "$mnt")
check_eq "the daemon holds no directory" / "$(readlink "/proc/$pid/cwd")"
check_eq "and no terminal" "/dev/null /dev/null /dev/null" "$(readlink "/proc/$pid/fd/"{0,1,2} | xargs)"
check_eq "it is a session of its own" "$pid" "$(ps -o sid= -p "$pid" | tr -d ' ')"
check_eq "the mount's type and source" "fuse.meshfs $mesh" "$(findmnt -n -o FSTYPE,SOURCE --mountpoint "$mnt" | xargs)"
check_err "mounted already" "mounted at $mnt already" "$MESHFS" mount "$mesh" "$mnt" -o "$options,catalog=$T/state/c2.db"
run "$mesh" "$mnt" -o "$options,catalog=$T/state/c2.db"
check_eq "which is mount's 32" 32 "$status"
check "the first one goes on" cat "$mnt/.meshfs/whoami.yaml"

exec 5<"$mnt/.meshfs/README.md"
check_err "umount: in use" "in use" "$MESHFS" umount "$mnt"
check_eq "which is an answer of no" 1 "$("$MESHFS" umount "$mnt" 2>/dev/null; echo $?)"
check "umount -l" "$MESHFS" umount -l "$mnt"
check "what is open can be read to its end" test -n "$(cat <&5)"
exec 5<&-
check "then the daemon ends" wait_for 90 process_gone "$pid"
check_err "umount: nothing is mounted" "no mesh is mounted at" "$MESHFS" umount "$mnt"

for sig in TERM INT; do
	mesh_mount "$mesh" "$mnt" || exit 1
	pid=$(mesh_pid "$mnt")
	kill -$sig "$pid"
	check "SIG$sig: the daemon ends" wait_for 90 process_gone "$pid"
	check "and nothing is mounted" nothing_mounted
done

mesh_mount "$mesh" "$mnt" || exit 1
kill -9 "$(mesh_pid "$mnt")"
check_not "a dead mount" ls "$mnt/sales"
run "$mesh" "$mnt" -o "$options,catalog=$T/state/c.db"
check_eq "is cleaned up by the next one" 0 "$status"
check "which answers" cat "$mnt/.meshfs/whoami.yaml"
kill -9 "$(mesh_pid "$mnt")"
check "umount takes down a dead one" "$MESHFS" umount "$mnt"
check "really" nothing_mounted

"$MESHFS" mount -f "$mesh" "$mnt" -o "$options,catalog=$T/state/c.db" 2>"$T/said" &
pid=$!
check "-f: it answers" wait_for 30 test -s "$mnt/.meshfs/status.json"
check "it is still the process that was started" test "$(mesh_pid "$mnt")" = "$pid"
kill -TERM $pid
wait $pid
check_eq "and ends with 0" 0 $?
check "nothing is mounted" nothing_mounted

odd="$T/a mesh, with \\commas"
cp -r "$mesh" "$odd"
mkdir "$T/a mount, point"
(cd "$T" && run "./a mesh, with \\commas" "a mount, point" -o "$options,catalog=$T/state/odd.db"; exit $status)
check_eq "blanks, commas, backslashes and relative paths" 0 $?
check "are understood" test -s "$T/a mount, point/.meshfs/status.json"
check_eq "and shown" "$odd" "$(jq -r .mesh_path "$T/a mount, point/.meshfs/status.json")"
check "umount" umount "$T/a mount, point"

check "a catalog by itself" mesh_mount "$T/state/c.db" "$mnt"
check "shows the same" cmp "$mesh/domains/logistics/data/routes/routes.csv" "$mnt/logistics/routes/data/routes/routes.csv"
check "umount" mesh_umount "$mnt"
ln -s mnt "$T/link"
check "a link to the mount point" "$MESHFS" mount "$mesh" "$T/link" -o "$options,catalog=$T/state/c.db"
check "is followed" test -s "$mnt/.meshfs/status.json"
check "umount by the link" "$MESHFS" umount "$T/link"
check "nothing is mounted" wait_for 10 nothing_mounted

# ---- the mount point ----

touch "$T/file"
refused "the mount point is a file" 1 "$T/file is not a directory" "$mesh" "$T/file" -o "$options"
refused "it is missing" 1 "$T/none" "$mesh" "$T/none" -o "$options"
refused "it is missing: as mount(8) would say" 1 "No such file" "$mesh" "$T/none" -o "$options"

# ---- the mesh ----

mkdir "$T/empty" "$T/half"
echo "kind: Nonsense" >"$T/half/other.yaml"
refused "an empty directory" 1 "mesh.yaml" "$T/empty" "$mnt" -o "$options,catalog=$T/state/e.db"
refused "no mesh.yaml" 1 "mesh.yaml" "$T/half" "$mnt" -o "$options,catalog=$T/state/e.db"
refused "no such mesh" 1 "$T/nowhere" "$T/nowhere" "$mnt" -o "$options"
refused "a file that is no catalog" 1 "$T/file" "$T/file" "$mnt" -o "$options"
echo "This is no database, but long enough to be taken for one: $(seq 2000)" >"$T/text"
refused "a text" 1 "$T/text" "$T/text" "$mnt" -o "$options"
refused "a text as the catalog of a mesh" 1 "$T/text" "$mesh" "$mnt" -o "$options,catalog=$T/text"
head -c 20000 "$T/state/c.db" >"$T/cut.db"
refused "a catalog that was cut" 1 "$T/cut.db" "$T/cut.db" "$mnt" -o "$options"
cp "$T/state/c.db" "$T/torn.db"
sqlite3 "$T/torn.db" "pragma wal_checkpoint(truncate)" >/dev/null
size=$(stat -c %s "$T/torn.db")
for at in $(seq 8192 4096 "$size"); do
	printf 'torn' | dd of="$T/torn.db" bs=1 seek="$at" conv=notrunc status=none
done
refused "one that is torn in the middle" 1 "$T/torn.db" "$T/torn.db" "$mnt" -o "$options"
cp "$T/state/c.db" "$T/newer.db"
sqlite3 "$T/newer.db" "pragma user_version = 9999" >/dev/null
refused "a catalog from a newer version" 1 "newer" "$T/newer.db" "$mnt" -o "$options"
refused "the same for a mesh" 1 "newer" "$mesh" "$mnt" -o "$options,catalog=$T/newer.db"
sqlite3 "$T/foreign.db" "create table t (x); pragma user_version = 1"
refused "another program's database" 1 "$T/foreign.db" "$T/foreign.db" "$mnt" -o "$options"
: >"$T/none.db"
refused "an empty file" 1 "$T/none.db" "$T/none.db" "$mnt" -o "$options"

cp -r "$mesh" "$T/broken"
sed -i 's/^kind: Mesh/kind: Mash/' "$T/broken/mesh.yaml"
refused "a broken mesh.yaml: file and line" 1 "mesh.yaml:2:" "$T/broken" "$mnt" -o "$options,catalog=$T/state/b.db"
cp "$mesh/mesh.yaml" "$T/broken/"
for domain in sales logistics; do
	sed -i 's/^name:.*/name: [/' "$T/broken/domains/$domain/domain.yaml"
done
refused "every domain broken: file and line" 1 "domains/sales/domain.yaml:" "$T/broken" "$mnt" -o "$options,catalog=$T/state/b.db"
check "of both" grep -q "domains/logistics/domain.yaml:[0-9]*:[0-9]*: error" "$T/said"
check "with what to mend" grep -q "error \[" "$T/said"
cp "$mesh/domains/sales/domain.yaml" "$T/broken/domains/sales/"
run "$T/broken" "$mnt" -o "$options,catalog=$T/state/b.db"
check_eq "one domain broken: the mount is there" 0 "$status"
check "it was said" grep -q "domains/logistics/domain.yaml:[0-9]*:[0-9]*: error" "$T/said"
check_eq "the other domain is shown" sales "$(ls "$mnt")"
check "and status.json counts the errors" jq -e '.problems.errors > 0' "$mnt/.meshfs/status.json"
check "umount" mesh_umount "$mnt"

# ---- options and places ----

refused "an unknown option" 1 "nonsense" "$mesh" "$mnt" -o "$options,nonsense"
refused "an unknown option with a value" 1 "nonsense" "$mesh" "$mnt" -o "$options,nonsense=1"
refused "rw" 1 "read-only" "$mesh" "$mnt" -o "$options,rw"
refused "no number" 1 "max_threads" "$mesh" "$mnt" -o "$options,max_threads=many"
refused "no level" 1 "log=" "$mesh" "$mnt" -o "$options,log=loud"
refused "no value" 1 "catalog" "$mesh" "$mnt" -o "$options,catalog="
refused "a catalog below a file" 1 "$T/file" "$mesh" "$mnt" -o "$options,catalog=$T/file/c.db"
refused "a catalog in a directory that is not there" 1 "$T/none" "$mesh" "$mnt" -o "$options,catalog=$T/none/deep/c.db"
refused "a catalog where nothing can be written" 1 "/proc/c.db" "$mesh" "$mnt" -o "$options,catalog=/proc/c.db"
refused "a directory as catalog" 1 "$T/empty" "$mesh" "$mnt" -o "$options,catalog=$T/empty"
refused "an audit below a file" 1 "$T/file" "$mesh" "$mnt" -o "allow_other,catalog=$T/state/c.db,audit=$T/file/audit"
refused "an audit that is a file" 1 "$T/file" "$mesh" "$mnt" -o "allow_other,catalog=$T/state/c.db,audit=$T/file"
refused "no mount point named" 1 "a mesh and a mount point are needed" "$mesh"
refused "three operands" 1 "a mesh and a mount point are needed" "$mesh" "$mnt" "$mnt"
refused "an unknown letter" 1 "usage" -x "$mesh" "$mnt"
for word in ro nosuid nodev noatime; do
	all="${all:-$options,catalog=$T/state/c.db},$word"
done
check "options that say what is so anyway" "$MESHFS" mount "$mesh" "$mnt" -o "$all"
check "umount" mesh_umount "$mnt"
finish
