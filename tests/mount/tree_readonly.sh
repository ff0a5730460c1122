#!/bin/bash
# Nothing can be written: each call that would change something fails with EROFS, for root and for the owner, on the read-only
# mount and after somebody has remounted it for writing. access(2) says so beforehand.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up

mesh_make "$T/mesh"
mesh_mount "$T/mesh" "$T/mnt" || exit 1
mnt=$T/mnt

cat >"$T/write.py" <<'EOF2'
import ctypes, errno, os, sys

libc = ctypes.CDLL(None, use_errno=True)
mnt, product = sys.argv[1], sys.argv[1] + "/logistics/routes"
file, dir, doc = product + "/data/routes/routes.csv", product + "/data/routes", product + "/metadata/README.md"
failed = []

def fallocate(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        if libc.fallocate(fd, 0, 0, 100) < 0:
            raise OSError(ctypes.get_errno(), "fallocate")
    finally:
        os.close(fd)

calls = {}
for name, path in ("file", file), ("document", doc):
    calls |= {
        f"open {name} O_WRONLY": lambda path=path: os.open(path, os.O_WRONLY),
        f"open {name} O_RDWR": lambda path=path: os.open(path, os.O_RDWR),
        f"open {name} O_WRONLY|O_TRUNC": lambda path=path: os.open(path, os.O_WRONLY | os.O_TRUNC),
        f"open {name} O_RDONLY|O_TRUNC": lambda path=path: os.open(path, os.O_RDONLY | os.O_TRUNC),
        f"open {name} O_WRONLY|O_APPEND": lambda path=path: os.open(path, os.O_WRONLY | os.O_APPEND),
        f"truncate {name}": lambda path=path: os.truncate(path, 0),
        f"unlink {name}": lambda path=path: os.unlink(path),
        f"chmod {name}": lambda path=path: os.chmod(path, 0o666),
        f"chown {name}": lambda path=path: os.chown(path, os.getuid(), os.getgid()),
        f"utimes {name}": lambda path=path: os.utime(path, (1, 1)),
        f"utimes {name} now": lambda path=path: os.utime(path),
        f"setxattr {name}": lambda path=path: os.setxattr(path, "user.x", b"1"),
        f"removexattr {name}": lambda path=path: os.removexattr(path, "user.meshfs.domain"),
        f"link {name}": lambda path=path: os.link(path, path + ".link"),
        f"rename {name}": lambda path=path: os.rename(path, path + ".new"),
    }
for name, path in ("the root", mnt), ("a domain", mnt + "/logistics"), ("a product", product), ("data/", product + "/data"), \
        ("a port", dir), ("metadata/", product + "/metadata"), ("policy/", product + "/policy"), (".meshfs", mnt + "/.meshfs"), \
        (".purpose", mnt + "/.purpose"):
    calls |= {
        f"create in {name}": lambda path=path: os.open(path + "/new", os.O_CREAT | os.O_WRONLY | os.O_EXCL),
        f"mkdir in {name}": lambda path=path: os.mkdir(path + "/new"),
        f"symlink in {name}": lambda path=path: os.symlink("x", path + "/new"),
        f"mkfifo in {name}": lambda path=path: os.mkfifo(path + "/new"),
        f"rename within {name}": lambda path=path: os.rename(file, path + "/new"),
        f"chmod {name}": lambda path=path: os.chmod(path, 0o777),
        f"utimes {name}": lambda path=path: os.utime(path, (1, 1)),
    }
calls |= {
    "rmdir": lambda: os.rmdir(dir + "/deep"),
    "rename a directory": lambda: os.rename(dir, product + "/data/new"),
    "rename over": lambda: os.rename(file, dir + "/empty.csv"),
}
if os.getuid() == 0:
    calls["mknod"] = lambda: os.mknod(dir + "/new", 0o020666, os.makedev(1, 3))

for name, call in calls.items():
    try:
        got = call()
        failed.append(f"{name}: succeeded with {got}")
    except OSError as e:
        if e.errno != errno.EROFS:
            failed.append(f"{name}: {errno.errorcode[e.errno]}")
try:
    fallocate(file)
    failed.append("fallocate: succeeded")
except OSError as e:
    if e.errno not in (errno.EROFS, errno.EBADF):
        failed.append(f"fallocate: {errno.errorcode[e.errno]}")
print(*failed, sep="\n")
print(len(calls) + 1, "calls")
sys.exit(bool(failed))
EOF2

cat >"$T/access.py" <<'EOF2'
import ctypes, errno, os, sys

libc = ctypes.CDLL(None, use_errno=True)
failed = []

def access(path, mask):
    return 0 if libc.access(os.fsencode(path), mask) == 0 else ctypes.get_errno()

def can_open(path):
    try:
        os.close(os.open(path, os.O_RDONLY))
        return 0
    except OSError as e:
        return e.errno

def want(what, want, got):
    if want != got:
        failed.append(f"{what}: {errno.errorcode.get(got, got)}, not {errno.errorcode.get(want, want)}")

def look(path, is_dir):
    want(f"F_OK {path}", 0, access(path, os.F_OK))
    want(f"R_OK {path}", can_open(path), access(path, os.R_OK))
    want(f"W_OK {path}", errno.EROFS, access(path, os.W_OK))
    want(f"X_OK {path}", 0 if is_dir else errno.EACCES, access(path, os.X_OK))

count = refused = 0
for dir, dirs, files in os.walk(sys.argv[1]):
    look(dir, True)
    for name in files:
        look(os.path.join(dir, name), False)
        count += 1
        refused += access(os.path.join(dir, name), os.R_OK) == errno.EACCES
print(*failed[:20], sep="\n")
print(count, "files,", refused, "refused")
sys.exit(bool(failed) or count < 40 or refused < 1)
EOF2

for user in root mfs_alice mfs_bob mfs_carol; do
	check "access(2) tells $user the truth" as $user python3 "$T/access.py" "$mnt"
done
for user in root mfs_alice; do
	check "$user: EROFS on the read-only mount" as $user python3 "$T/write.py" "$mnt"
done
check "mount options" findmnt -O ro,nosuid,nodev --mountpoint "$mnt"
check "remount for writing" mount -i -o remount,rw "$mnt"
if findmnt -O rw --mountpoint "$mnt" >/dev/null; then
	for user in root mfs_alice; do
		check "$user: EROFS after the remount" as $user python3 "$T/write.py" "$mnt"
	done
	for user in root mfs_alice mfs_bob mfs_carol; do
		check "access(2) still tells $user the truth" as $user python3 "$T/access.py" "$mnt"
	done
else
	skip "EROFS after the remount" "the kernel keeps the mount read-only"
fi
check "the storage is as it was" diff -r "$T/mesh/domains/logistics/data/routes" "$mnt/logistics/routes/data/routes"
check "umount" mesh_umount "$mnt"
finish
