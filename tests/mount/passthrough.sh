#!/bin/bash
# Where a mount by root has kernel passthrough, an open file is read without the daemon; where it cannot be had, for the mount or for one
# file, reads go through the daemon and are just as right. Opens of both kinds, in any order, never disturb one another.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up

mesh=$T/mesh
mnt=$T/mnt
mesh_make "$mesh"
data=$mesh/domains/logistics/data/routes
in=$mnt/logistics/routes/data/routes

big() { # LETTER FILE
	head -c 3000000 /dev/zero | tr '\0' "$1" >"$2"
}
big a "$data/big.bin"

used() {
	jq -e .passthrough.used "$mnt/.meshfs/status.json"
}

cat >"$T/frozen.py" <<'END'
"""Reads an open file while the daemon is stopped: by read and by mmap."""
import mmap, os, signal, sys

path, pid = sys.argv[1], int(sys.argv[2])
fd = os.open(path, os.O_RDONLY)
size = os.fstat(fd).st_size
os.kill(pid, signal.SIGSTOP)
child = os.fork()
if child == 0:
    data = os.pread(fd, size, 0)
    with mmap.mmap(fd, size, prot=mmap.PROT_READ, flags=mmap.MAP_PRIVATE) as m:
        os._exit(not (len(data) == size and m[:] == data))
try:
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.alarm(int(sys.argv[3]))
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
finally:
    os.kill(pid, signal.SIGCONT)
sys.exit(0 if status == 0 else 1)
END

frozen() { # FILE [SECONDS [MOUNT]]
	python3 "$T/frozen.py" "$1" "$(mesh_pid "${3:-$mnt}")" "${2:-20}"
}

parallel() {
	# shellcheck disable=SC2016
	seq 400 | xargs -P 16 -I{} sh -c 'cmp -s "$1" "$2" || echo differs' - "$in/big.bin" "$data/big.bin"
}

no_descriptors() { # of the storage
	[ -z "$(find "/proc/$(mesh_pid "$mnt")/fd" -lname "$data/*")" ]
}

replaced() { # while it is open; what was opened before stays, what is opened now is the new one, and both can be read
	exec 5<"$in/big.bin" 6<"$in/big.bin"
	big b "$data/n" && mv "$data/n" "$data/big.bin"
	exec 7<"$in/big.bin" 8<"$in/big.bin"
	big c "$data/n" && mv "$data/n" "$data/big.bin"
	exec 9<"$in/big.bin"
	check_eq "$1: replaced while open: five handles, three versions" "a a b b c" \
		"$(for fd in 5 6 7 8 9; do tr -s abc <&$fd; echo; done | xargs)"
	exec 5<&- 6<&- 7<&- 8<&- 9<&-
}

common() { # LABEL
	check "$1: read" cmp "$in/big.bin" "$data/big.bin"
	check_eq "$1: 400 opens by 16 at a time" "" "$(parallel)"
	check "$1: no descriptor stays open" wait_for 5 no_descriptors
	check "$1: direct reads" cmp <(dd if="$in/big.bin" iflag=direct bs=64k status=none) "$data/big.bin"
	exec 5<"$in/big.bin"
	check "$1: opened for direct reads while open" cmp <(dd if="$in/big.bin" iflag=direct bs=64k status=none) "$data/big.bin"
	check "$1: mapped while open" "$TOOLS/tools_mmap" "$in/big.bin"
	check "$1: the first handle still reads" cmp - "$data/big.bin" <&5
	exec 5<&-
	replaced "$1"
	check "$1: small files" cmp "$in/routes.csv" "$data/routes.csv"
	check "$1: empty files" cmp "$in/empty.csv" "$data/empty.csv"
	check "$1: documents" cmp "$mnt/logistics/routes/metadata/product.odps.yaml" \
		"$mesh/domains/logistics/products/routes/routes.odps.yaml"
}

# ---- with ----

mesh_mount "$mesh" "$mnt" || exit 1
if used >/dev/null; then
	check "status.json says so" jq -e '.passthrough.why | test("^kernel passthrough")' "$mnt/.meshfs/status.json"
	check "a read after the open does not reach the daemon" frozen "$in/big.bin"
	exec 5<"$in/big.bin"
	check "nor where another handle is open" frozen "$in/big.bin"
	exec 5<&-
	common "passthrough"
	exec 5<"$in/big.bin"
	big z "$data/big.bin"
	check "written in place: an open handle reads what is there" grep -q z <&5
	exec 5<&-
	check "by users as by root" as mfs_carol cmp "$in/big.bin" "$data/big.bin"

	# An overlay and a mesh as storage are stacked: their files have none. tmpfs is not.
	mkdir "$T/lower1" "$T/lower2"
	big o "$T/lower1/over.bin"
	big u "$T/lower1/unread.bin"
	if mkdir "$data/over" && mount -t overlay -o "lowerdir=$T/lower1:$T/lower2" none "$data/over"; then
		check "an overlay is read" cmp "$in/over/over.bin" "$T/lower1/over.bin"
		check_not "through the daemon" frozen "$in/over/unread.bin" 2
		check "which lives" cmp "$in/over/over.bin" "$T/lower1/over.bin"
		exec 5<"$in/over/over.bin"
		check "beside an open handle" cmp "$in/over/over.bin" "$T/lower1/over.bin"
		exec 5<&-
		check "files beside it have passthrough all the same" frozen "$in/big.bin"
		check "and is free afterwards" wait_for 5 umount "$data/over"
		mkdir "$T/work" "$T/upper-dir" "$T/merged"
		check "an overlay over the mount" mount -t overlay \
			-o "lowerdir=$in,upperdir=$T/upper-dir,workdir=$T/work" none "$T/merged"
		check "is read" cmp "$T/merged/big.bin" "$data/big.bin"
		check "and written" bash -c 'echo mine >"$1/big.bin" && rm "$1/routes.csv"' - "$T/merged"
		check "which changes nothing below" cmp "$in/big.bin" "$data/big.bin"
		check "umount the overlay" umount "$T/merged"
	else
		skip "an overlay is read" "needs overlayfs"
	fi
	mkdir "$data/tmp" && mount -t tmpfs none "$data/tmp" && big t "$data/tmp/t.bin"
	check "tmpfs is read" cmp "$in/tmp/t.bin" "$data/tmp/t.bin"
	check "without the daemon" frozen "$in/tmp/t.bin"
	check "and is free afterwards" wait_for 5 umount "$data/tmp"

	exec 5<"$in/big.bin"
	kill -9 "$(mesh_pid "$mnt")"
	check "a granted handle outlives the daemon" cmp - "$data/big.bin" <&5
	exec 5<&-
	check "the next mount cleans the dead one up" mesh_mount "$mesh" "$mnt"
else
	skip "passthrough" "$(jq -r .passthrough.why "$mnt/.meshfs/status.json")"
fi

# ---- a mesh whose storage is a mesh ----

mesh_make "$T/upper"
sed -i "s|{path: domains/logistics}|{path: domains/logistics, storage: [\"$mnt\"]}|" "$T/upper/mesh.yaml"
sed -i "s|path: data/routes|path: $in|" "$T/upper/domains/logistics/products/routes/contracts/routes.odcs.yaml"
big u "$data/unread.bin"
mesh_mount "$T/upper" "$T/mnt2" || exit 1
check_not "a mesh as storage is read through the daemon" frozen "$T/mnt2/logistics/routes/data/routes/unread.bin" 2 "$T/mnt2"
check "which lives" cmp "$T/mnt2/logistics/routes/data/routes/big.bin" "$data/big.bin"
check_eq "with its names" "$(ls "$in")" "$(ls "$T/mnt2/logistics/routes/data/routes")"
check "umount the upper one" mesh_umount "$T/mnt2"
check "and the lower" mesh_umount "$mnt"

# ---- without ----

big a "$data/big.bin"
mesh_mount "$mesh" "$mnt" no_passthrough || exit 1
check_not "turned off: status.json says so" used
check "and why" jq -e '.passthrough.why | test("no_passthrough")' "$mnt/.meshfs/status.json"
big a "$data/unread.bin"
check_not "reads need the daemon" frozen "$in/unread.bin" 2
common "cached"
check "umount" mesh_umount "$mnt"
finish
