#!/bin/bash
# timeout: 150
# Three users read at once, by every way there is, views of CSV files and of a database while policies change all the time. Whatever the
# policies say at a moment, none of them lets bob or carol have a raw e-mail address or a row of the amount 1000 or more.
# shellcheck disable=SC2317 # functions that are called by name
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up || skip_all "the test users cannot be made"

mesh=$T/mesh
mnt=$T/mnt
store=$mesh/domains/sales/data
policy=$mesh/domains/sales/policies/access.policy.yaml
seconds=${PARALLEL_SECONDS:-20}

# Each row has two tokens: rawNNNN in what is masked or dropped, hidNNNN or seeNNNN in what is shown with the row or not at all.
rows() {
	awk 'BEGIN { for (i = 0; i < 4000; i++) { a = i * 37 % 2000
		printf "%d,raw%05d@x.example,%d,%s%05d\n", i, i, a, a >= 1000 ? "hid" : "see", i } }'
}

data() {
	mesh_contract sales invoices data/invoices.db <<-'EOT' | mesh_product sales invoices active ''
		      - {name: id, logicalType: integer, classification: internal}
		      - {name: email, logicalType: string, classification: confidential, tags: [pii]}
		      - {name: amount, logicalType: integer, classification: internal}
		      - {name: note, logicalType: string, classification: internal}
	EOT
	sed -i 's/^servers:.*/servers: [{server: prod, type: custom, environment: prod, format: sqlite, path: data\/invoices.db}]/' \
		"$mesh/domains/sales/products/invoices/contracts/invoices.odcs.yaml"
	sed -i 's/contractId: c-sales-invoices}/contractId: c-sales-invoices, customProperties: [{property: meshfsFormats, value: [csv, jsonl]}]}/' \
		"$mesh/domains/sales/products/invoices/invoices.odps.yaml"
	sed -i 's/{name: amount, logicalType: number,/{name: amount, logicalType: integer,/' \
		"$mesh/domains/sales/products/orders/contracts/orders.odcs.yaml"
	{ echo id,email,amount,note && rows; } >"$store/orders/2026/orders.csv"
	gzip -k "$store/orders/2026/orders.csv"
	sqlite3 "$store/invoices.db" "CREATE TABLE invoices (id INTEGER PRIMARY KEY, email TEXT, amount INTEGER, note TEXT)" \
		".mode csv" ".import $store/rows.csv invoices"
}

rules() {
	cat <<-'EOT'
		  - id: small-amounts-only
		    effect: restrict
		    principals: {any: true}
		    except: {groups: [mfs_analysts]}
		    actions: [read]
		    resources: {objects: [orders, invoices]}
		    rows: {row.amount: {lt: 1000}}
		  - id: addresses-masked
		    effect: restrict
		    principals: {any: true}
		    except: {groups: [mfs_analysts]}
		    actions: [read]
		    resources: {objects: [orders, invoices], columns: {names: [email]}}
		    mask: {fn: hash, length: 12}
		  - id: carol-no-addresses
		    effect: forbid
		    principals: {users: [mfs_carol]}
		    actions: [read]
		    resources: {columns: {names: [email]}}
	EOT
}

carol_reads() {
	cat <<-'EOT'
		  - id: carol-reads
		    effect: permit
		    principals: {users: [mfs_carol]}
		    actions: [read]
	EOT
}

# What is added to the rules that stay, in turns.
variant() { # N
	case $(($1 % 6)) in
	1) carol_reads ;;
	2) printf '  - {id: fewer, effect: restrict, principals: {any: true}, except: {groups: [mfs_analysts]}, actions: [read], rows: {row.amount: {lt: 300}}}\n' ;;
	3)
		carol_reads
		printf '  - {id: no-notes, effect: forbid, principals: {groups: [mfs_sales]}, except: {groups: [mfs_analysts]}, actions: [read], resources: {columns: {names: [note]}}}\n'
		;;
	4) printf '  - {id: no-bob, effect: forbid, principals: {users: [mfs_bob]}, actions: [read]}\n' ;;
	5)
		carol_reads
		printf '  - {id: watched, effect: restrict, principals: {any: true}, except: {groups: [mfs_analysts]}, actions: [read], recheck: true, limit: %d}\n' $((100 + $1))
		;;
	esac
}

change_policies() {
	local n=0 until=$((SECONDS + seconds))
	while [ $SECONDS -lt $until ]; do
		n=$((n + 1))
		{ cat "$T/policy" && variant $n; } >"$policy.new" && mv "$policy.new" "$policy"
		sleep 0.4
	done
	touch "$T/stop"
}

# Every byte of names, attributes, links and files, at once and in pieces; says how much it read, and which forbidden words it found.
reader() { # USER FORBIDDEN
	as "$1" python3 - "$mnt" "$T/stop" "$2" "$(mesh_state "$mnt")" <<-'EOT'
		import gzip, os, re, stat, sys
		root, stop, forbidden, state = sys.argv[1:]
		forbidden = re.compile(forbidden.encode())
		seen = {"bytes": 0, "files": 0, "refused": 0}
		found = set()

		def look(data, where):
		    seen["bytes"] += len(data)
		    for data in (data, gzip.decompress(data)) if where.endswith(".gz") and len(data) > 18 else (data,):
		        if hit := forbidden.search(data):
		            found.add((where, hit[0].decode()))

		def read(path, way):
		    with open(path, "rb", buffering=0) as f:
		        data = b"".join(iter(lambda: f.read(4093 if way else 1 << 20), b""))
		        end = os.fstat(f.fileno()).st_size
		    # What was read from one handle is one whole view.
		    if end and len(data) != end and not path.endswith((".json", ".jsonl")):
		        found.add((path, f"{len(data)} of {end} bytes"))
		    return data

		def visit(path, way):
		    for name in sorted(os.listdir(path)):
		        here = os.path.join(path, name)
		        look(os.fsencode(name), here)
		        try:
		            for attribute in os.listxattr(here, follow_symlinks=False):
		                look(os.getxattr(here, attribute, follow_symlinks=False), here + " " + attribute)
		        except OSError:
		            seen["refused"] += 1
		        try:
		            mode = os.lstat(here).st_mode
		            if stat.S_ISDIR(mode):
		                visit(here, way)
		            elif stat.S_ISLNK(mode):
		                look(os.fsencode(os.readlink(here)), here)
		            else:
		                data = read(here, way if ".meshfs" not in here else 0)
		                seen["files"] += 1
		                look(data, here)
		        except OSError:
		            seen["refused"] += 1

		way = 0
		while not os.path.exists(stop):
		    visit(root + "/sales", way % 2)
		    visit(root + "/.purpose/research/sales", way % 2)
		    way += 1
		try:
		    os.listdir(state + "/cache")
		    found.add((state, "the cache is open"))
		except PermissionError:
		    pass
		print(seen, "rounds", way)
		for item in sorted(found):
		    print("found", *item)
		sys.exit(bool(found) or seen["bytes"] < 100000 or way < 2)
	EOT
}

mesh_make "$mesh"
rows >"$store/rows.csv"
data
rules >>"$policy"
cp "$policy" "$T/policy"
chmod -R a+rX "$mesh"
chmod 700 "$T/state" 2>/dev/null
check "validates" "$MESHFS" validate "$mesh"
for n in 1 2 3 4 5; do
	{ cat "$T/policy" && variant $n; } >"$policy"
	check "validates with variant $n" "$MESHFS" validate "$mesh"
done
cp "$T/policy" "$policy"
check "mounts" mesh_mount "$mesh" "$mnt"
before=$(jq .epoch "$mnt/.meshfs/status.json")
change_policies &
changes=$!
reader mfs_alice 'raw[0-9]{5}|hid[0-9]{5}' >"$T/alice" 2>&1 &
alice=$!
reader mfs_carol 'raw[0-9]{5}|hid[0-9]{5}' >"$T/carol" 2>&1 &
carol=$!
reader mfs_bob 'raw[0-9]{5}|hid[0-9]{5}' >"$T/bob" 2>&1 &
bob=$!
reader mfs_bob 'raw[0-9]{5}|hid[0-9]{5}' >"$T/bob2" 2>&1
check_eq "bob finds nothing that he must not, in any byte" "0 " "$? $(grep found "$T/bob2")"
wait $bob
check_eq "nor does he by a second process" "0 " "$? $(grep found "$T/bob")"
wait $carol
check_eq "nor carol" "0 " "$? $(grep found "$T/carol")"
wait $alice
check "the same search finds what alice may read" grep -q 'found .*orders.csv raw' "$T/alice"
check_eq "who gets whole files too" "" "$(grep ' bytes$' "$T/alice")"
wait $changes
grep -h rounds "$T"/{alice,bob,bob2,carol}
check "policies changed meanwhile" test "$(jq .epoch "$mnt/.meshfs/status.json")" -gt $((before + 10))
as mfs_alice cat "$mnt/sales/orders/data/orders/2026/orders.csv" >"$T/all"
check "alice may read what the others may not" cmp "$T/all" "$store/orders/2026/orders.csv"
check "unmounts" mesh_umount "$mnt"
users_down
finish
