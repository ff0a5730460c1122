#!/bin/bash
# Storage that changes under its readers: files that vanish, shrink, grow and are replaced, directories that become links, a root that goes,
# becomes a link or gets something mounted on it. Readers get whole versions or errors, never bytes of two versions and never any from
# outside; the daemon lives.
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
mkdir "$T/outside"
echo outside-token-4711 | tee "$T/outside/f.csv" >"$T/outside/routes.csv"

cat >"$T/change.py" <<'END'
"""Changes files at random and reads them through the mount. Each version of a file is one letter, repeated."""
import errno, os, random, sys, threading, time

data, mount, seconds, mode = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4]
fine = {"ENOENT", "ESTALE", "EIO" if mode == "any" else "ENOENT"}
end = time.monotonic() + seconds
bad, seen, reads = [], set(), 0

def put(path, letter, size):
    with open(path, "wb") as f:
        f.write(letter * size)

def change(dice, name):
    path, letter, size = f"{data}/{name}", bytes([dice.randrange(97, 123)]), dice.choice([1, 4096, 70000, 1 << 20])
    what = dice.randrange(5 if mode == "any" else 2)
    if what == 0:
        new = f"{path}.{threading.get_ident()}"
        put(new, letter, size)
        os.rename(new, path)
    elif what == 1 and dice.random() < 0.3:
        os.unlink(path)
    elif what == 2:
        put(path, letter, size)
    elif what == 3:
        os.truncate(path, dice.randrange(size))
    elif what == 4:
        with open(path, "ab") as f:
            f.write(letter * 5000)

def changer(seed):
    dice = random.Random(seed)
    while time.monotonic() < end:
        try:
            change(dice, f"f{dice.randrange(4)}")
        except FileNotFoundError:
            pass

def read(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        size, parts = os.fstat(fd).st_size, []
        while part := os.read(fd, 65536):
            parts.append(part)
        data = b"".join(parts)
        if mode == "replace" and (len(set(data)) > 1 or len(data) != size):
            bad.append(f"{path}: {len(data)} of {size} bytes: {sorted(set(data))}")
        if b"outside" in data:
            bad.append("outside")
    finally:
        os.close(fd)

def reader(seed):
    global reads
    dice = random.Random(seed)
    while time.monotonic() < end:
        try:
            read(f"{mount}/f{dice.randrange(4)}")
            reads += 1
        except OSError as e:
            name = errno.errorcode[e.errno]
            seen.add(name)
            if name not in fine:
                bad.append(f"reading: {name}")
        try:
            os.listdir(mount)
        except OSError as e:
            bad.append(f"listing: {e}")

threads = [threading.Thread(target=changer, args=(i,)) for i in range(2)]
threads += [threading.Thread(target=reader, args=(i,)) for i in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(*bad[:10], sep="\n")
print(reads, "reads;", *sorted(seen))
sys.exit(bool(bad) or reads < 50)
END

cat >"$T/swap.py" <<'END'
"""Turns a directory into a link out and back while others read a file below it: they must never get the one outside."""
import os, sys, threading, time

data, mount, outside, seconds = *sys.argv[1:4], float(sys.argv[4])
end, leaks, reads = time.monotonic() + seconds, [], 0
os.mkdir(data + "/real")
with open(data + "/real/f.csv", "w") as f:
    f.write("inside\n")
os.symlink("real", data + "/swap")

def swap():
    while time.monotonic() < end:
        for target in outside, "real", os.path.relpath(outside, data):
            os.symlink(target, data + "/swap.new")
            os.rename(data + "/swap.new", data + "/swap")
            time.sleep(0.003 if target == "real" else 0)

def read():
    global reads
    while time.monotonic() < end:
        try:
            with open(mount + "/swap/f.csv") as f:
                text = f.read()
            reads += 1
            if text != "inside\n":
                leaks.append(text)
        except OSError:
            pass

threads = [threading.Thread(target=swap)] + [threading.Thread(target=read) for _ in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(reads, "reads", *leaks[:3])
sys.exit(bool(leaks) or reads == 0)
END

alive() {
	kill -0 "$pid" && jq -e .epoch "$mnt/.meshfs/status.json" && wait_for 3 cmp "$data/routes.csv" "$in/routes.csv"
}

changes() { # LABEL OPTIONS
	local name
	mesh_mount "$mesh" "$mnt" "$2" || exit 1
	pid=$(mesh_pid "$mnt")
	for name in 0 1 2 3; do
		printf a >"$data/f$name"
	done
	check "$1: replaced and removed while read" python3 "$T/change.py" "$data" "$in" 3 replace
	check "$1: written, cut and grown while read" python3 "$T/change.py" "$data" "$in" 3 any
	check "$1: a directory that becomes a link out and back" python3 "$T/swap.py" "$data" "$in" "$T/outside" 3
	rm -r "$data/real" "$data/swap"
	check "$1: the daemon lives" alive
	check "$1: umount" mesh_umount "$mnt"
}

replaced() {
	local inode
	exec 5<"$in/routes.csv"
	inode=$(stat -c %i "$in/routes.csv")
	printf 'new content, longer than before\n' >"$data/n" && mv "$data/n" "$data/routes.csv"
	check "replaced: the next open has the new content at once" cmp "$in/routes.csv" "$data/routes.csv"
	check "and another inode" test "$inode" != "$(stat -c %i "$in/routes.csv")"
	check_eq "and size" 32 "$(stat -c %s "$in/routes.csv")"
	check_eq "the old handle keeps the old bytes" "$(printf 'from,to\nBER,HAM')" "$(cat <&5)"
	check_eq "and size" 16 "$(stat -L -c %s /proc/self/fd/5)"
	check_eq "and inode" "$inode" "$(stat -L -c %i /proc/self/fd/5)"
	exec 5<&-
}

root() {
	mv "$data" "$data.away"
	check_err "the root is gone: nothing is there" "No such file" cat "$in/routes.csv"
	check_err "nor listed" "No such file" ls "$in"
	check "the rest of the product is" cat "$mnt/logistics/routes/metadata/README.md"
	ln -s "$T/outside" "$data"
	check_not "the root is a link out: nothing is read" cat "$in/routes.csv"
	check_not "nor listed" ls "$in"
	rm "$data" && ln -s routes.away "$data"
	check "the root is a link inside the domain's directory: it is followed" cmp "$data.away/routes.csv" "$in/routes.csv"
	rm "$data" && echo "one file" >"$data"
	check_not "the root is a file" cat "$in/routes.csv"
	check_eq "which alone is there then" "one file" "$(cat "$in/routes" 2>&1)"
	rm "$data" && mkfifo "$data"
	check_not "the root is a FIFO" timeout 20 ls "$in"
	rm "$data" && mv "$data.away" "$data"
	check "it comes back" cmp "$data/routes.csv" "$in/routes.csv"
}

mounted_on() {
	mount -t tmpfs none "$data" || return
	echo "on top" >"$data/routes.csv"
	check_eq "something is mounted on the storage: that is what it is now" "on top" "$(cat "$in/routes.csv")"
	check_eq "and is listed" routes.csv "$(ls "$in")"
	check "it can be unmounted: no descriptor stays" wait_for 5 umount "$data"
	check "the storage is back" cmp "$data/routes.csv" "$in/routes.csv"
	mkdir "$data/sub" && mount -t tmpfs none "$data/sub" && echo sub >"$data/sub/f.csv"
	check_eq "a mount within it is followed" sub "$(cat "$in/sub/f.csv")"
	check "and can be unmounted" wait_for 5 umount "$data/sub"
	rmdir "$data/sub"
}

# A mount point in the storage that it shows: a request must not wait for another one of the same mount.
within_itself() {
	mkdir "$data/self"
	mesh_mount "$mesh" "$data/self" || return
	check "mounted in its own storage: every walk ends" bash -c 'timeout 20 find "$1" >/dev/null 2>&1; [ $? -lt 124 ]' - "$data/self"
	check_err "it does not show itself" "Input/output error" timeout 20 ls "$data/self/logistics/routes/data/routes/self/"
	check "the rest is read" cmp "$data/routes.csv" "$data/self/logistics/routes/data/routes/routes.csv"
	check "umount" mesh_umount "$data/self"
	rmdir "$data/self"
	mv "$data" "$data.away" && mkdir "$data"
	mesh_mount "$mesh" "$data" || return
	check_not "mounted on its own storage" timeout 20 ls "$data/logistics/routes/data/routes"
	check "the rest is read" cat "$data/logistics/routes/metadata/README.md"
	check "umount" mesh_umount "$data"
	rmdir "$data" && mv "$data.away" "$data"
}

changes "passthrough" log=error
changes "cached" no_passthrough
mesh_mount "$mesh" "$mnt" || exit 1
pid=$(mesh_pid "$mnt")
replaced
root
mounted_on
check "the daemon lives" alive
check "umount" mesh_umount "$mnt"
within_itself
finish
