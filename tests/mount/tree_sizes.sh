#!/bin/bash
# The size that stat(2) tells is the number of bytes that a read to the end returns: of every regular file below the whole mount, for
# each of three users, with and without a purpose.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
. "$SRC/tests/lib/zoo.sh"
need_root
need_fuse
users_up

mesh_make "$T/mesh"
zoo_product "$T/mesh"

cat >"$T/sizes.py" <<'EOF2'
import os, sys

read = denied = 0
bad = []

def look(path):
    """The sizes before, in and after the open, and the bytes; None where the file may not be read."""
    before = os.lstat(path).st_size
    try:
        fd = os.open(path, os.O_RDONLY)
    except PermissionError:
        return None
    try:
        opened = os.fstat(fd).st_size
        data = b""
        while chunk := os.read(fd, 1 << 20):
            data += chunk
        return before, opened, os.fstat(fd).st_size, len(data), os.pread(fd, 100, len(data)) == b""
    finally:
        os.close(fd)

def right(sizes):
    return len(set(sizes[:4])) == 1 and sizes[4]

def check(path):
    global read, denied
    for _ in range(20):  # what is recorded meanwhile makes some documents longer
        sizes = look(path)
        if sizes is None or right(sizes):
            break
    if sizes is None:
        denied += 1
    elif right(sizes):
        read += 1
    else:
        bad.append((path, sizes))

def walk(top):
    for dir, _, files in os.walk(top, onerror=lambda e: bad.append((e.filename, e))):
        for name in files:
            check(os.path.join(dir, name))

for top in sys.argv[1:]:
    walk(top)
for b in bad[:10]:
    print("bad:", *b)
print("read", read, "denied", denied)
sys.exit(bool(bad))
EOF2

run() { # LABEL OPTIONS
	local user said
	mesh_mount "$T/mesh" "$T/mnt" "$2" || exit 1
	for user in mfs_alice mfs_bob mfs_carol; do
		said=$(as $user python3 "$T/sizes.py" "$T/mnt" "$T/mnt/.purpose" 2>&1)
		verdict $? "$1: sizes for $user" "$said"
		set -- "$1" "$2" "$(echo "$said" | sed -n 's/^read \([0-9]*\) denied.*/\1/p')" "$(echo "$said" | sed -n 's/.*denied //p')"
		check "$1: $user read much ($3) and was refused some ($4)" test "${3:-0}" -gt 1000 -a "${4:-0}" -gt 0
	done
	check "$1: umount" mesh_umount "$T/mnt"
}

run "passthrough" log=error
run "cached" no_passthrough
finish
