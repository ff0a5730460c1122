#!/bin/bash
# timeout: 240
# An ordinary user mounts a mesh of her own through fusermount3: every tool reads it, nobody else gets in.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
. "$SRC/tests/lib/zoo.sh"
need_user_fuse
users_up

# The tree may lie where she cannot go.
mkdir -p "$T/src/tests/lib" "$T/home"
cp "$SRC/tests/lib/"*.sh "$T/src/tests/lib/"
cp "$0" "$T/src/tests/"
mkdir "$T/cache"
zoo_duckdb && cp -r "$duckdb" "$T/cache/"
chmod -R a+rX "$T/cache"
chown mfs_alice: "$T/home"

cat >"$T/inside.sh" <<'END'
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
. "$SRC/tests/lib/zoo.sh"
cd "$T"
mesh_make "$T/mesh"
zoo_product "$T/mesh"
zoo_extras
check "mount" mesh_mount "$T/mesh" "$T/mnt"
check "status.json says why passthrough is not used" grep -q '"used": false, "why": "cached reads: .*root' "$T/mnt/.meshfs/status.json"
check_eq "the mount's user" "mfs_alice $(id -u) $(id -g)" "$(stat -c '%U %u %g' "$T/mnt")"
check_eq "it is hers alone" "" "$(findmnt -n -o OPTIONS --mountpoint "$T/mnt" | tr , '\n' | grep allow_other)"
touch "$T/mounted"
zoo_read "fusermount3:" "$T/mnt/logistics/zoo/data/zoo" "$zoo"
check "what she may read by policy" cmp "$T/mesh/domains/sales/data/orders/2025/orders.csv" \
	"$T/mnt/sales/orders/data/orders/2025/orders.csv"
check "nobody else got in meanwhile" wait_for 60 test -e "$T/looked"
check "umount" "$MESHFS" umount "$T/mnt"
check "it is gone" wait_for 10 test ! -e "$T/mnt/.meshfs"
daemon_gone() { ! mesh_pid "$T/mnt" >/dev/null; }
check "and the daemon with it" wait_for 90 daemon_gone
finish
END

home=$T/home
as mfs_alice env T="$home" HOME="$home" TMPDIR="$home" SRC="$T/src" ZOO_CACHE="$T/cache" bash "$T/inside.sh" &
inside=$!
if wait_for 60 test -e "$home/mounted" -o ! -d "/proc/$inside"; then
	check_err "root is not let in" "Permission denied" ls "$home/mnt"
	check_err "nor is another user" "Permission denied" as mfs_bob cat "$home/mnt/.meshfs/whoami.yaml"
	touch "$home/looked"
fi
wait $inside
[ $? -eq 0 ] && finish
exit 1
