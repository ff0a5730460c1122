#!/bin/bash
# timeout: 240
# Both example meshes have no errors, mount, and every file of theirs can be read by those who may, with the size that stat(2) tells: what
# storage and repository hold, byte for byte, or where policy masks and filters what it leaves of that.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/postgres.sh"
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

# The big example's people and groups are played by the test's users: grace the steward by alice, ada the analyst by bob, linus the regional
# officer by carol. The roster's server is not there at first: nothing listens at port 65535.
cast() {
	cp -r "$SRC/examples/openmesh" "$T/cast" && chmod -R a+rX "$T/cast" &&
		find "$T/cast" -name '*.yaml' -exec sed -i -e 's/principals: {groups: \[mesh-employees\]/&, users: [linus]/' \
			-e 's/\bmesh-\(analysts\|employees\)\b/mfs_sales/g' -e 's/\bmesh-[a-z-]*officers\b/mfs_analysts/g' \
			-e 's/\bmesh-medical-board\b/mfs_analysts/g' -e '/user/s/\bgrace\b/mfs_alice/' -e '/user/s/\bada\b/mfs_bob/' \
			-e '/user/s/\blinus\b/mfs_carol/' {} + && roster_port 5432 65535
}

roster_port() {
	sed -i "s/$1/$2/" "$T/cast/mesh.yaml" "$T/cast/domains/people/products/duty-roster/contracts/duty-roster.odcs.yaml"
}

export MERIDIAN_ROSTER=roster_reader:only-for-this-test
check "the cast" cast
check "it mounts without the roster's server" mesh_mount "$T/cast" "$T/mnt"
roster=people/duty-roster/data/roster
directory=people/staff-directory/data/directory/directory.csv
parquet=people/staff-directory/data/directory-parquet/directory.parquet
costs=wildlife/strike-costs/data/costs/strike_costs.csv
check_eq "the roster is listed" "duty_roster.csv
duty_roster.jsonl" "$(as mfs_bob ls "$T/mnt/$roster")"
check_err "but an error to open" "Input/output error" as mfs_bob cat "$T/mnt/$roster/duty_roster.csv"
check_err "and to stat" "Input/output error" as mfs_bob stat "$T/mnt/$roster/duty_roster.csv"
check "find goes through" as mfs_bob find "$T/mnt/people" -type f -name '*.csv'
check "the directory beside it is read" as mfs_bob grep -q '^M0120,' "$T/mnt/$directory"
check "umount" mesh_umount "$T/mnt"

roster_up() {
	pg_up && roster_port 65535 "$PG_PORT" && pg_sql -c 'CREATE DATABASE meridian' &&
		(cd "$T/cast/domains/people/data/staff-directory" &&
			pg_sql -d meridian -v password="${MERIDIAN_ROSTER#*:}" -f ../../products/duty-roster/code/duty-roster.sql)
}

server=
if pg_bin >/dev/null && command -v psql >/dev/null; then
	server=yes
	trap pg_down EXIT
	check "a server with the roster" roster_up
fi
check "it mounts" mesh_mount "$T/cast" "$T/mnt"
for user in mfs_alice mfs_bob mfs_carol; do
	if [ -n "$server" ]; then
		check "$user reads what there is for her part, with exact sizes" as $user python3 "$T/read.py" "$T/mnt"
		check "also for a purpose" as $user python3 "$T/read.py" "$T/mnt/.purpose/insurance-claims"
	fi
	as $user find "$T/mnt" "$T/mnt/.purpose/"* -path '*/data/*' -type f -readable -printf '%P\n' >>"$T/readable"
	as $user find "$T/mnt" -path '*/data/*' -type f -printf '%P\n' >>"$T/listed"
done
[ -n "$server" ] || skip "every file read" "no PostgreSQL server"
check "the parts read more than nobody's" test "$(sort -u "$T/readable" | wc -l)" -gt 20
check_eq "what none of them reads is retired, or closed out of hours" "" "$(
	sort -u "$T/listed" | grep -vxF -f "$T/readable" | while read -r file; do
		for user in mfs_alice mfs_bob mfs_carol; do
			as $user getfattr --only-values -n user.meshfs.decision "$T/mnt/$file" 2>/dev/null
		done | grep -q -e retired -e no-restricted-out-of-hours || { [ -z "$server" ] && [ "${file%/*}" = $roster ]; } || echo "$file"
	done)"

# What each of the three gets, against what an independent program makes of the stored files.
cat >"$T/parts.py" <<'END'
import csv, hashlib, hmac, json, sqlite3, sys

data, out, keyfile = sys.argv[1:4]
key = open(keyfile, "rb").read()

def mask(s):
    return hmac.new(key, s.encode(), hashlib.sha256).hexdigest()[:16]

def table(path):
    return list(csv.DictReader(open(path, newline="")))

def same(name, want, have):
    assert have == want and have, (name, len(have), len(want), have[:1], want[:1])

def masked(rows, airport=None):
    return [{k: mask(v) if k in ("full_name", "work_email") else v for k, v in r.items() if k != "birth_date"}
            for r in rows if airport in (None, r["base_airport"])]

staff = table(f"{data}/people/data/staff-directory/directory.csv")
same("alice", staff, table(f"{out}/mfs_alice/directory.csv"))
same("bob", masked(staff), table(f"{out}/mfs_bob/directory.csv"))
same("carol", masked(staff, "PDX"), table(f"{out}/mfs_carol/directory.csv"))
costs = table(f"{data}/wildlife/data/strike-costs/strike_costs.csv")
same("claims", costs, table(f"{out}/mfs_bob/claims.csv"))
same("Oregon", [r for r in costs if r["origin_state"] == "Oregon"], table(f"{out}/mfs_carol/strike_costs.csv"))
db = sqlite3.connect(f"file:{data}/airfields/data/register/register.sqlite?mode=ro", uri=True)
for name in "airports", "connections", "states":
    rows = sorted(tuple("" if v is None else str(v) for v in r) for r in db.execute(f"SELECT * FROM {name}"))
    same(name, rows, sorted(tuple(r.values()) for r in table(f"{out}/mfs_carol/{name}.csv")))
    lines = [json.loads(line) for line in open(f"{out}/mfs_carol/{name}.jsonl")]
    same(name, rows, sorted(tuple("" if v is None else str(v) for v in r.values()) for r in lines))
if sys.argv[4]:
    roster = table(f"{out}/mfs_alice/duty_roster.csv")
    assert len(roster) > 700 and {r["work_email"] for r in roster} < {r["work_email"] for r in staff}
    same("roster", masked(roster), table(f"{out}/mfs_bob/duty_roster.csv"))
    same("PDX", masked(roster, "PDX"), table(f"{out}/mfs_carol/duty_roster.csv"))
END
for user in mfs_alice mfs_bob mfs_carol; do
	mkdir "$T/$user"
	for file in $directory $costs $roster/duty_roster.csv airfields/register/data/tables/{airports,connections,states}.{csv,jsonl}; do
		as $user cat "$T/mnt/$file" >"$T/$user/${file##*/}" 2>/dev/null
	done
done
as mfs_bob cat "$T/mnt/.purpose/insurance-claims/$costs" >"$T/mfs_bob/claims.csv"
check "each gets what the policy says" python3 "$T/parts.py" "$T/cast/domains" "$T" "$(mesh_state "$T/mnt")/keys/mesh" "$server"
check_err "bob reads no costs without a purpose" "Permission denied" as mfs_bob cat "$T/mnt/$costs"
check_err "nor for another one" "Permission denied" as mfs_bob cat "$T/mnt/.purpose/publication/$costs"
check_err "alice reads none, though her team keeps them" "Permission denied" as mfs_alice cat "$T/mnt/.purpose/workforce-planning/$costs"
check "the steward reads the Parquet file as it lies" as mfs_alice cmp "$T/cast/domains/people/data/staff-directory/directory.parquet" "$T/mnt/$parquet"
if "$MESHFS" explain "$T/mnt/$parquet" --as mfs_bob >"$T/why"; then
	check_eq "who gets it masked has a file of its kind" PAR1 "$(as mfs_bob head -c 4 "$T/mnt/$parquet")"
else
	check_err "without libduckdb nobody gets it masked" "Permission denied" as mfs_bob cat "$T/mnt/$parquet"
	check "and the reason says so" grep -q '^reason:.*libduckdb' "$T/why"
fi
check "umount" mesh_umount "$T/mnt"
finish
