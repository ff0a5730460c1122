#!/bin/bash
# mount(8) and a line of fstab bring the smallest example up and down, in a mount namespace of its own where
# /usr/sbin holds mount.meshfs as installed.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
need_root
need_fuse

if [ -z "${INSIDE:-}" ]; then
	INSIDE=yes exec unshare --mount --propagation private bash "$0"
fi
umount -l -a -t fuse.meshfs # copies of what other tests have mounted would outlive their umount

mkdir "$T/bin" "$T/over"
mount -t tmpfs none "$T/over" || skip_all "needs tmpfs"
mkdir "$T/over/upper" "$T/over/work"
helpers=$(readlink -f /sbin)
mount -t overlay -o "lowerdir=$helpers,upperdir=$T/over/upper,workdir=$T/over/work" none "$helpers" ||
	skip_all "needs overlayfs"
cp "$MESHFS" "$T/bin/meshfs"
sed "s|^bindir=.*|bindir=$T/bin|" "$SRC/mount-helper.sh" >"$helpers/mount.meshfs"
chmod 755 "$helpers/mount.meshfs"

mesh="$T/a mesh"
dir="$T/mount point"
cp -R "$SRC/examples/smallest" "$mesh"
mkdir "$dir" "$T/state"
options="allow_other,catalog=$T/state/c.db,audit=$T/state/audit,cache=$T/state/cache"
options="$options,_netdev,nofail,noauto,user,x-systemd.mount-timeout=30"
printf '%s %s meshfs %s 0 0\n' "${mesh// /\\040}" "${dir// /\\040}" "ro,$options" >"$T/fstab"

mounted() {
	findmnt -n -o FSTYPE --mountpoint "$dir"
}

check "mount --fake" mount -f -T "$T/fstab" "$dir"
check_eq "--fake mounts nothing" "" "$(mounted)"
check "mount by fstab" mount -T "$T/fstab" "$dir"
check_eq "it is there when mount returns" "fuse.meshfs" "$(mounted)"
check "it answers" test -e "$dir/.meshfs/status.json"
check_eq "read-only, nosuid, nodev" "nodev nosuid ro" \
	"$(findmnt -n -o OPTIONS --mountpoint "$dir" | tr , '\n' | grep -x -e ro -e nosuid -e nodev | sort | xargs)"
check_err "remount is refused clearly" "remount" mount -T "$T/fstab" -o remount,rw "$dir"
check_eq "it is still there" "fuse.meshfs" "$(mounted)"
pid=$(mesh_pid "$dir")
check "umount" umount "$dir"
check_eq "it is gone" "" "$(mounted)"
check "the daemon has ended" wait_for 90 process_gone "${pid:-none}"

check "mount -t meshfs" mount -t meshfs -o "$options" "$mesh" "$dir"
check_eq "is there as well" "fuse.meshfs" "$(mounted)"
check "umount again" umount "$dir"
check_not "no such mesh" mount -t meshfs -o "$options" "$T/nowhere" "$dir"
check_not "an unknown option" mount -t meshfs -o "$options,nonsense" "$mesh" "$dir"
check_eq "nothing is mounted after failures" "" "$(mounted)"
finish
