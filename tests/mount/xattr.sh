#!/bin/bash
# The extended attributes: which there are and what they say, for whom; what is answered for others; that copying tools live with them.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up

mesh=$T/mesh
mnt=$T/mnt
mesh_make "$mesh"
printf "%%PDF-1.4 a scan with ann@example.org\n" >"$mesh/domains/sales/data/orders/2025/scan.pdf"
contract=$mesh/domains/sales/products/orders/contracts/orders.odcs.yaml
printf 'slaProperties: [{property: freshness, value: 24, unit: h}]\n' >>"$contract"
mesh_mount "$mesh" "$mnt" || exit 1
orders=$mnt/sales/orders/data/orders/2025/orders.csv

value() { # USER NAME FILE
	as "$1" getfattr --absolute-names --only-values -n "user.meshfs.$2" "$3" 2>&1
}

names() { # USER FILE
	as "$1" getfattr --absolute-names "$2" | sed -n 's/^user.meshfs.//p' | xargs
}

all="classification contract decision domain freshness owner product version view"
check_eq "a stored file has them all, but for tags, of which its object has none" "$all" "$(names mfs_alice "$orders" | tr ' ' '\n' | sort | xargs)"
check_eq "domain" sales "$(value mfs_alice domain "$orders")"
check_eq "product" orders "$(value mfs_alice product "$orders")"
check_eq "version" 1.0.0 "$(value mfs_alice version "$orders")"
check_eq "owner" alice@example.org "$(value mfs_alice owner "$orders")"
check_eq "classification: the highest of the columns" confidential "$(value mfs_alice classification "$orders")"
check_eq "contract" "c-sales-orders 1.0.0" "$(value mfs_alice contract "$orders")"
check_eq "freshness" "24 h" "$(value mfs_alice freshness "$orders")"
check_eq "view: as it is" identity "$(value mfs_alice view "$orders")"
check_eq "decision" allow "$(value mfs_alice decision "$orders")"
check "view: what is masked" grep -q 'email.*hash' <<<"$(value mfs_bob view "$orders")"
check_eq "decision: a file of his own" "allow: a filtered view" "$(value mfs_bob decision "$orders")"
check "decision: one that cannot be made" grep -q '^deny: needs a filtered view' <<<"$(value mfs_bob decision "${orders%orders.csv}scan.pdf")"
check_eq "for a purpose it can" allow "$(value mfs_bob decision "$mnt/.purpose/billing/sales/orders/data/orders/2025/orders.csv")"
check "decision: no permit" grep -q '^deny: .*no permit' <<<"$(value mfs_carol decision "$orders")"
check_eq "decision of a document" allow "$(value mfs_carol decision "$mnt/sales/orders/metadata/README.md")"
check_eq "of one that is refused" deny "$(value mfs_carol decision "$mnt/sales/orders/policy/audit.jsonl")"
check_eq "of one that is everyone's own" allow "$(value mfs_carol decision "$mnt/sales/orders/policy/my-audit.jsonl")"
check_eq "of a directory" allow "$(value mfs_carol decision "$mnt/sales/orders/data")"
check_eq "tags" hidden "$(value mfs_alice tags "$mnt/sales/plan")"
check_eq "a domain has its own" "domain owner" "$(names mfs_bob "$mnt/sales" | tr ' ' '\n' | sort | xargs)"
check_eq "the root has none" "" "$(names mfs_bob "$mnt")"
check_eq "nor has .meshfs" "" "$(names mfs_bob "$mnt/.meshfs/status.json")"

# ---- explain ----

check_not "explain is not listed" grep -q explain <<<"$(names mfs_bob "$orders")"
check "but there" grep -q "mesh:mask-pii" <<<"$(value mfs_bob explain "$orders")"
check "with file and line" grep -q "base.policy.yaml:[0-9]" <<<"$(value mfs_bob explain "$orders")"

# ---- others, sizes, errors ----

cat >"$T/errors.py" <<'END'
import ctypes, errno, os, sys

errno.errorcode[errno.EOPNOTSUPP] = "EOPNOTSUPP"
path, top = os.fsencode(sys.argv[1]), os.fsencode(sys.argv[2])
libc = ctypes.CDLL(None, use_errno=True)
failed = []

def get(path, name, size):
    buf = ctypes.create_string_buffer(max(size, 1))
    n = libc.getxattr(path, name, buf if size else None, size)
    return buf.raw[:n] if n >= 0 and size else n if n >= 0 else errno.errorcode[ctypes.get_errno()]

def names(path, size):
    buf = ctypes.create_string_buffer(max(size, 1))
    n = libc.listxattr(path, buf if size else None, size)
    return buf.raw[:n] if n >= 0 and size else n if n >= 0 else errno.errorcode[ctypes.get_errno()]

def want(what, want, got):
    if want != got:
        failed.append(f"{what}: {got}, not {want}")

want("the length", 5, get(path, b"user.meshfs.domain", 0))
want("a buffer that just fits", b"sales", get(path, b"user.meshfs.domain", 5))
want("a bigger one", b"sales", get(path, b"user.meshfs.domain", 65536))
want("one that is too small", "ERANGE", get(path, b"user.meshfs.domain", 4))
want("a small one for a long value", "ERANGE", get(path, b"user.meshfs.explain", 10))
length = names(path, 0)
want("the list's length", length, len(names(path, length)))
want("the list in a small buffer", "ERANGE", names(path, length - 1))
want("each ends with NUL", True, names(path, length).endswith(b"\0"))
want("no such name of ours", "ENODATA", get(path, b"user.meshfs.nothing", 100))
want("another user name", "ENODATA", get(path, b"user.other", 100))
want("a part of a name", "ENODATA", get(path, b"user.meshfs.", 100))
for name in b"security.selinux", b"security.capability", b"trusted.x", b"system.posix_acl_access", b"system.posix_acl_default":
    want(name.decode(), True, get(path, name, 100) in ("EOPNOTSUPP", "ENODATA"))
want("no space", "EOPNOTSUPP", get(path, b"nonsense.x", 100))
want("where there is none", "ENODATA", get(top, b"user.meshfs.domain", 100))
want("an empty list", 0, names(top, 0))
print(*failed, sep="\n")
sys.exit(bool(failed))
END
check "sizes and errors" as mfs_alice python3 "$T/errors.py" "$orders" "$mnt"
check_err "a hidden product's are hidden" "No such file" as mfs_bob getfattr -d "$mnt/sales/plan"
check "denied files have theirs" as mfs_carol getfattr -d "$orders"

# ---- tools ----

mkdir "$T/copies"
check "getfattr -dR on everything" getfattr -dR "$mnt/logistics"
check "getfattr -m - for every space" getfattr -d -m - "$mnt/logistics/routes/data/routes/routes.csv"
check "getfacl" getfacl -R "$mnt/logistics/routes/data"
check "cp -a" cp -a "$mnt/logistics/routes/data/routes" "$T/copies/a"
check "cp --preserve=all" cp -r --preserve=all "$mnt/logistics/routes/data/routes" "$T/copies/p"
check "rsync -aX" rsync -aX "$mnt/logistics/routes/data/routes/" "$T/copies/x/"
check "rsync -aXA" rsync -aXA "$mnt/logistics/routes/data/routes/" "$T/copies/xa/"
check "tar --xattrs" tar --xattrs -cf "$T/copies/t.tar" -C "$mnt/logistics/routes/data" routes
check "what cp took" diff -r "$mnt/logistics/routes/data/routes" "$T/copies/a"
check "what rsync took" diff -r "$mnt/logistics/routes/data/routes" "$T/copies/x"
check_not "a copy carries no long explanation" getfattr -n user.meshfs.explain "$T/copies/x/routes.csv"
check "umount" mesh_umount "$mnt"
finish
