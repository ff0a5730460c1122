#!/bin/bash
# What may not be read, is not there or is not what it should be answers with its errno, and the reason stands where it is promised:
# in my-access.yaml, in what explain says, in the audit and in the log.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up

mesh=$T/mesh
mnt=$T/mnt
log=$T/log
mesh_make "$mesh"
printf "%%PDF-1.4 a scan with ann@example.org\n" >"$mesh/domains/sales/data/orders/2025/scan.pdf"

# A port whose files are verified by a list of checksums.
mesh_contract logistics summed data/summed <<-END | mesh_product logistics summed active ''
	      - {name: a, logicalType: string, classification: public}
END
sed -i 's/format: csv}]/format: csv, customProperties: [{property: sha256sums, value: SHA256SUMS}]}]/' \
	"$mesh/domains/logistics/products/summed/contracts/summed.odcs.yaml"
summed=$mesh/domains/logistics/data/summed
mkdir -p "$summed/sub"
for name in good wrong unlisted sub/good; do
	echo "a of $name" >"$summed/$name.csv"
done
(cd "$summed" && sha256sum good.csv wrong.csv sub/good.csv >SHA256SUMS)
echo "b of wrong" >"$summed/wrong.csv"

routes=$mesh/domains/logistics/data/routes
big() { # BYTE FILE: 4 MiB of it, in place
	head -c 4194304 /dev/zero | tr '\0' "$1" | dd of="$2" conv=notrunc status=none
}
mkdir "$mnt" "$T/state"
unlocked "$MESHFS" mount -f "$mesh" "$mnt" -o \
	"allow_other,no_passthrough,log=info,catalog=$T/state/c.db,audit=$T/state/audit" 2>"$log" &
check "a mount in the foreground" wait_for 30 test -e "$mnt/.meshfs/status.json"

logged() { # WORD...: one line of the log has them all
	local word lines
	lines=$(cat "$log")
	for word; do
		lines=$(printf '%s\n' "$lines" | grep -F -e "$word")
	done
	[ -n "$lines" ]
}

errno_of() { # COMMAND...: the name of the errno that open or read failed with
	"$@" 2>&1 >/dev/null | sed -n 's/.*: //p'
}

# ---- may not discover, may not read ----

orders=$mnt/sales/orders/data/orders/2025/orders.csv
check_eq "may not discover it" "No such file or directory" "$(errno_of as mfs_bob cat "$mnt/sales/plan/data/plan/plan.txt")"
check_eq "does not exist: says the same" "No such file or directory" "$(errno_of as mfs_bob cat "$mnt/sales/none/data/plan/plan.txt")"
check_eq "may see it, may not read it" "Permission denied" "$(errno_of as mfs_carol cat "$orders")"
check "the reason in my-access.yaml" as mfs_carol grep -q "no permit for read on sales/orders" "$mnt/sales/orders/policy/my-access.yaml"
check "in the log" logged mfs_carol "may not read sales/orders/data/orders/2025/orders.csv" "no permit for read"
check "in the audit" as mfs_alice grep -q '"user":"mfs_carol".*"decision":"deny".*"errno":13.*"reason":"[^"]*no permit' \
	"$mnt/sales/orders/policy/audit.jsonl"
check_eq "explain says deny" 1 "$(as mfs_carol "$MESHFS" explain "$orders" >"$T/said" 2>&1; echo $?)"
check "and why" grep -q "no permit for read" "$T/said"
scan=$mnt/sales/orders/data/orders/2025/scan.pdf
check_eq "the view cannot be produced" "Permission denied" "$(errno_of as mfs_bob cat "$scan")"
check "who needs none reads it" as mfs_alice cat "$scan"
check "in the log" logged mfs_bob "needs a filtered view" "mesh:mask-pii" "base.policy.yaml:"
check "in the audit" as mfs_bob grep -q '"errno":13.*needs a filtered view' "$mnt/sales/orders/policy/my-audit.jsonl"
check "and in what explain says" bash -c '! "$@" >"$T/said" 2>&1; grep -q "filtered view" "$T/said"' - \
	setpriv --reuid=mfs_bob --regid="$(id -g mfs_bob)" --init-groups "$MESHFS" explain "$scan"
check_eq "a listing may be refused too" "Permission denied" "$(errno_of as mfs_bob cat "$mnt/sales/orders/policy/audit.jsonl")"

# ---- what storage answers ----

rm -f "$routes/gone.csv"
check_eq "storage says not found" "No such file or directory" "$(errno_of cat "$mnt/logistics/routes/data/routes/gone.csv")"
check_eq "a directory opened for reading" "Is a directory" "$(errno_of cat "$mnt/logistics/routes/data/routes/deep")"
check_eq "a file taken for a directory" "Not a directory" "$(errno_of cat "$mnt/logistics/routes/data/routes/routes.csv/x")"
check_eq "a name that is too long" "File name too long" "$(errno_of cat "$mnt/logistics/$(printf 'x%.0s' {1..256})")"

# ---- another version under an open handle ----

cat >"$T/stale.py" <<'END'
import errno, os, subprocess, sys

mounted, change = sys.argv[1:]
fd = os.open(mounted, os.O_RDONLY)
first = os.pread(fd, 4096, 0)
subprocess.run(["bash", "-c", change], check=True)
seen, errors = set(first), set()
for at in range(0, 4 << 20, 65536):
    try:
        seen |= set(os.pread(fd, 65536, at))
    except OSError as e:
        errors.add(errno.errorcode[e.errno])
print("".join(map(chr, sorted(seen))), *sorted(errors))
END
stale() { # FILE COMMAND: what a reader sees who opened the file before the command
	python3 "$T/stale.py" "$mnt/logistics/routes/data/routes/$1" "$2"
}
again() { # FILE: what one sees who opens it afterwards
	tr -s a-z <"$mnt/logistics/routes/data/routes/$1"
}
export -f big
export routes
for name in b c d e f; do
	big a "$routes/$name.bin"
done
check_eq "written in place: ESTALE, never a mix" "a ESTALE" "$(stale b.bin 'big b "$routes/b.bin"')"
check_eq "opened again: the new bytes" b "$(again b.bin)"
check_eq "written in place, later: the same" "a ESTALE" "$(stale c.bin 'big b "$routes/c.bin"; sleep 1.2')"
check_eq "cut short: ESTALE, not an early end" "a ESTALE" "$(stale d.bin 'truncate -s 1M "$routes/d.bin"; sleep 1.2')"
check_eq "opened again: the new size" 1048576 "$(wc -c <"$mnt/logistics/routes/data/routes/d.bin")"
check_eq "replaced: the old bytes stay" a "$(stale e.bin 'big b "$routes/n" && mv "$routes/n" "$routes/e.bin"; sleep 1.2')"
check_eq "opened again: the new bytes" b "$(again e.bin)"
check_eq "removed: the old bytes stay" a "$(stale f.bin 'rm "$routes/f.bin"; sleep 1.2')"
check_eq "opened again: gone" "No such file or directory" "$(errno_of cat "$mnt/logistics/routes/data/routes/f.bin")"

# ---- checksums ----

in=$mnt/logistics/summed/data/summed
check "a file that matches its checksum" cmp "$in/good.csv" "$summed/good.csv"
check "one in a directory" cmp "$in/sub/good.csv" "$summed/sub/good.csv"
check "the list itself" cmp "$in/SHA256SUMS" "$summed/SHA256SUMS"
check_eq "one that does not" "Input/output error" "$(errno_of cat "$in/wrong.csv")"
want=$(sed -n 's/  wrong.csv//p' "$summed/SHA256SUMS")
got=$(sha256sum <"$summed/wrong.csv" | cut -d' ' -f1)
check "it is logged with both sums" logged "wrong.csv" "$want" "$got"
check_eq "one that is not listed" "Input/output error" "$(errno_of cat "$in/unlisted.csv")"
check "that is logged" logged "unlisted.csv" "SHA256SUMS"
echo "c of good" >"$summed/good.csv"
check_eq "one that changed after it was verified" "Input/output error" "$(errno_of cat "$in/good.csv")"
(cd "$summed" && sha256sum good.csv >SHA256SUMS)
check "and was listed anew" cmp "$in/good.csv" "$summed/good.csv"
rm "$summed/SHA256SUMS" && mkfifo "$summed/SHA256SUMS"
check_eq "no list to be read: nothing is" "Input/output error" "$(errno_of timeout 20 cat "$in/good.csv")"
rm "$summed/SHA256SUMS"
check_eq "no list at all: nothing either" "Input/output error" "$(errno_of cat "$in/good.csv")"
ln -s /dev/zero "$summed/SHA256SUMS"
check_eq "a list outside: nothing either" "Input/output error" "$(errno_of timeout 20 cat "$in/good.csv")"

check "status.json counts what was refused" jq -e '.denials >= 3' "$mnt/.meshfs/status.json"
check "and what failed" jq -e '.storage_errors >= 4' "$mnt/.meshfs/status.json"
pid=$(mesh_pid "$mnt")
check "SIGTERM unmounts" kill "$pid"
check "cleanly" wait_for 90 process_gone "$pid"
check_eq "nothing is left" "" "$(findmnt -n --mountpoint "$mnt")"
finish
