#!/bin/bash
# timeout: 240
# Both example meshes have no errors, mount, and every file of theirs can be read by those who may: what storage and repository hold, byte for
# byte, and with the size that stat(2) tells.
. "$SRC/tests/lib/mount.sh"
need_root
need_fuse

for tool in useradd groupadd; do
	command -v $tool >/dev/null || skip_all "needs $tool"
done
users_up

cat >"$T/read.py" <<'END'
import os, sys

mnt, read, denied, bad = sys.argv[1], 0, 0, []

def look(path):
    with open(path, "rb") as f:
        size, data = os.fstat(f.fileno()).st_size, f.read()
    if path.endswith("UNAVAILABLE.txt"):
        return
    if len(data) != size and "audit" not in path and "status.json" not in path:
        bad.append(f"{path}: {len(data)} bytes, stat says {size}")

for dir, _, files in os.walk(mnt, onerror=lambda e: bad.append(str(e))):
    for name in files:
        try:
            look(os.path.join(dir, name))
            read += 1
        except PermissionError:
            denied += 1
        except OSError as e:
            bad.append(str(e))
print(*bad[:10], sep="\n")
print(read, "read,", denied, "refused")
sys.exit(bool(bad) or read < 10)
END

stored() { # EXAMPLE MNT: compares each file that can be read with the one in the domain's data
	local file rel from count=0
	while read -r -d '' file; do
		rel=${file#"$2"/}
		case $rel in
		*/UNAVAILABLE.txt) continue ;;
		esac
		# domain/product/data/port/...: somewhere below domain/data there is that very file.
		from=$(find "$1/domains/${rel%%/*}" -path "*/data/*" -name "$(basename "$file")" -type f -exec cmp -s "$file" {} \; -print -quit)
		[ -n "$from" ] || { [ ! -r "$file" ] && continue; } || { echo "$rel is not what lies in storage" && return 1; }
		count=$((count + 1))
	done < <(find "$2" -path '*/*/data/*' -type f -print0)
	echo "$count files"
	[ $count -gt 0 ]
}

authored() { # EXAMPLE MNT
	local file domain name
	for file in "$1"/domains/*/products/*/*.odps.yaml; do
		domain=$(basename "$(dirname "$(dirname "$(dirname "$file")")")")
		name=$(basename "$file" .odps.yaml)
		[ -d "$2/$domain/$name" ] || continue
		cmp "$file" "$2/$domain/$name/metadata/product.odps.yaml" || return
	done
}

for example in smallest openmesh; do
	mesh=$SRC/examples/$example
	cp -r "$mesh" "$T/$example" && chmod -R a+rX "$T/$example"
	check "$example: validates" "$MESHFS" validate "$T/$example"
	check_eq "$example: without errors" 0 "$("$MESHFS" validate --format json "$T/$example" 2>/dev/null | jq '[.. | objects | select(.severity? == "error")] | length')"
	check "$example: mounts" mesh_mount "$T/$example" "$T/mnt"
	check "$example: status.json has no problems" jq -e '.problems.errors == 0' "$T/mnt/.meshfs/status.json"
	for user in root mfs_alice mfs_carol; do
		check "$example: $user reads what there is for him" as $user python3 "$T/read.py" "$T/mnt"
	done
	check "$example: data as it lies in storage" stored "$T/$example" "$T/mnt"
	check "$example: metadata as authored" authored "$T/$example" "$T/mnt"
	check "$example: umount" mesh_umount "$T/mnt"
done

# The big example's people and groups are played by the test's users: grace the steward by alice, ada the analyst by bob, linus by carol.
cast() {
	cp -r "$SRC/examples/openmesh" "$T/cast" && chmod -R a+rX "$T/cast" &&
		find "$T/cast" -name '*.yaml' -exec sed -i -e 's/\bmesh-\(analysts\|employees\)\b/mfs_sales/g' -e 's/\bmesh-[a-z-]*officers\b/mfs_analysts/g' \
			-e 's/\bmesh-medical-board\b/mfs_analysts/g' -e '/user/s/\bgrace\b/mfs_alice/' -e '/user/s/\bada\b/mfs_bob/' \
			-e '/user/s/\blinus\b/mfs_carol/' {} +
}
check "the cast" cast
check "it mounts" mesh_mount "$T/cast" "$T/mnt"
for user in mfs_alice mfs_bob mfs_carol; do
	check "$user reads what there is for her part" as $user python3 "$T/read.py" "$T/mnt"
	check "also for a purpose" as $user python3 "$T/read.py" "$T/mnt/.purpose/$(ls "$T/mnt/.purpose" | head -1)"
	as $user find "$T/mnt" "$T/mnt/.purpose/"* -path '*/data/*' -type f -readable -printf '%P\n' >>"$T/readable"
	as $user find "$T/mnt" -path '*/data/*' -type f -printf '%P\n' >>"$T/listed"
done
check "the parts read more than nobody's" test "$(sort -u "$T/readable" | wc -l)" -gt 20
check_eq "what none of them reads has columns that must be masked or rows that must be filtered" "" "$(
	sort -u "$T/listed" | grep -vxF -f "$T/readable" | while read -r file; do
		for user in mfs_alice mfs_bob mfs_carol; do
			as $user getfattr --only-values -n user.meshfs.decision "$T/mnt/$file" 2>/dev/null
		done | grep -q -e "filtered view" -e retired || echo "$file"
	done)"
check "umount" mesh_umount "$T/mnt"
finish
