#!/bin/bash
# The tree as users see it: what is where, with which mode, owner, time and number, and which of it for whom.
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
old="$mesh/domains/logistics/products/routes"
sed -e 's/^version: 1.0.0/version: 0.9.0/' -e 's/^status: .*/status: retired/' -e 's/^id: .*/id: id-logistics-routes-old/' \
	-e 's/username: .*@example.org/username: nobody.known@example.org/' "$old/routes.odps.yaml" >"$old/routes@0.9.0.odps.yaml"
touch -d "2021-03-04 05:06:07.123456789" "$data/routes.csv"
touch -d "1969-12-31 23:59:58.25 UTC" "$data/empty.csv"
mkdir "$data/.git" && touch "$data/.dotfile"
mesh_mount "$mesh" "$mnt" || exit 1
routes=$mnt/logistics/routes

names() { # DIR: what is listed
	(cd "$1" && ls -A | xargs)
}

attr() { # FORMAT FILE
	stat -c "$1" "$2"
}

ls_as() { # USER DIR
	as "$1" ls "$2" 2>&1 | xargs
}

# ---- the levels ----

check_eq "root" ".meshfs logistics sales" "$(names "$mnt")"
check_eq ".meshfs" "README.md search status.json whoami.yaml" "$(names "$mnt/.meshfs")"
check_eq "a domain" "routes routes@0.9.0 stream" "$(names "$mnt/logistics")"
for product in logistics/routes logistics/routes@0.9.0 logistics/stream sales/orders sales/old; do
	check_eq "$product has its three entries" "data metadata policy" "$(names "$mnt/$product")"
	check_eq "$product/policy" "audit.jsonl effective.yaml my-access.yaml my-audit.jsonl" "$(names "$mnt/$product/policy")"
done
check_eq "metadata/" "README.md contracts index.html product.odps.yaml schema" "$(names "$routes/metadata")"
check_eq "metadata/contracts" "routes.odcs.yaml" "$(names "$routes/metadata/contracts")"
check_eq "metadata/schema" "routes.schema.json" "$(names "$routes/metadata/schema")"
check_eq "metadata/code" "build.sql" "$(names "$mnt/sales/orders/metadata/code")"
check_eq "data/ has the ports" "routes" "$(names "$routes/data")"
check_eq "a port has the files as they lie" ".dotfile .git deep empty.csv inside.csv routes.csv" "$(names "$routes/data/routes")"
check_eq "a port that cannot be read" "UNAVAILABLE.txt" "$(names "$mnt/logistics/stream/data/stream")"
check "it says which types can be" grep -q "Server types that can be read" "$mnt/logistics/stream/data/stream/UNAVAILABLE.txt"
check "and which it is" grep -q "type kafka" "$mnt/logistics/stream/data/stream/UNAVAILABLE.txt"
for path in nothing logistics/nothing logistics/routes/nothing logistics/routes/data/nothing logistics/routes/metadata/nothing \
	logistics/routes/policy/nothing logistics/routes/data/routes/nothing logistics/routes@1.0.0 logistics/routes@2 .nothing \
	.meshfs/nothing .purpose/nothing logistics/routes/data/routes/routes.csv/x; do
	check_err "no $path" "$(case $path in */x) echo 'Not a directory' ;; *) echo 'No such file' ;; esac)" stat "$mnt/$path"
done

# ---- authored bytes ----

for pair in "logistics/routes routes" "logistics/stream stream" "sales/orders orders" "sales/old old"; do
	read -r product name <<<"$pair"
	from=$mesh/domains/${product%/*}/products/$name
	check "$product: ODPS as authored" cmp "$from/$name.odps.yaml" "$mnt/$product/metadata/product.odps.yaml"
	check "$product: ODCS as authored" cmp "$from/contracts/$name.odcs.yaml" "$mnt/$product/metadata/contracts/$name.odcs.yaml"
done
check "an older version: its own ODPS" cmp "$old/routes@0.9.0.odps.yaml" "$mnt/logistics/routes@0.9.0/metadata/product.odps.yaml"
check "code as authored" cmp "$mesh/domains/sales/products/orders/code/build.sql" "$mnt/sales/orders/metadata/code/build.sql"
check "the schema is JSON" jq -e '.properties.from' "$routes/metadata/schema/routes.schema.json"
check "status.json is JSON" jq -e '.epoch == 1' "$mnt/.meshfs/status.json"

# ---- modes, links, numbers, times, owners ----

check_eq "every directory is 0555" "" "$(find "$mnt" -type d ! -perm 0555)"
check_eq "every file is 0444" "" "$(find "$mnt" -type f ! -perm 0444)"
check_eq "nothing else is there" "" "$(find "$mnt" ! -type f ! -type d)"
check_eq "files have one link" "" "$(find "$mnt" -type f ! -links 1)"
check "find goes everywhere though it counts links" test -n "$(find "$mnt" -name more.csv)"

numbers() {
	find "$mnt" -printf '%i %p\n' | sort
}
numbers >"$T/numbers"
check_eq "inode numbers are unique" "" "$(cut -d' ' -f1 "$T/numbers" | uniq -d)"
check_eq "none is 0 or all ones" "" "$(grep -E '^(0|18446744073709551615) ' "$T/numbers")"
sleep 1.1
check_eq "they are stable" "$(grep -v -e audit -e status.json "$T/numbers")" "$(numbers | grep -v -e audit -e status.json)"
check_eq "a stored file's number does not depend on who asks" "$(attr %i "$routes/data/routes/routes.csv")" \
	"$(as mfs_carol stat -c %i "$routes/data/routes/routes.csv")"
check_eq "one name, one number: with a purpose the paths are others" 2 \
	"$(stat -c %i "$routes/data/routes/routes.csv" "$mnt/.purpose/billing/logistics/routes/data/routes/routes.csv" | sort -u | wc -l)"

check_eq "mtime is the storage's" "$(attr %y "$data/routes.csv")" "$(attr %y "$routes/data/routes/routes.csv")"
check_eq "also before 1970" "$(attr %.9Y "$data/empty.csv")" "$(attr %.9Y "$routes/data/routes/empty.csv")"
check_eq "of directories too" "$(attr %y "$data/deep")" "$(attr %y "$routes/data/routes/deep")"
check_eq "of a link's target" "$(attr %y "$data/deep/er/more.csv")" "$(attr %y "$routes/data/routes/inside.csv")"
epoch=$(date -u -d "$(jq -r .epoch_time "$mnt/.meshfs/status.json")" +%s)
check_eq "mtime of rendered files is the epoch's" "$epoch" "$(attr %Y "$routes/policy/effective.yaml")"
check_eq "and of rendered metadata" "$epoch" "$(attr %Y "$routes/metadata/README.md")"
check_eq "stored files: size" 16 "$(attr %s "$routes/data/routes/routes.csv")"

check_eq "the owner is the team's" mfs_alice "$(attr %U "$routes/data/routes/routes.csv")"
check_eq "with his group" mfs_alice "$(attr %G "$routes/metadata/README.md")"
check_eq "the domain's" mfs_alice "$(attr %U "$mnt/logistics")"
check_eq "of an owner who is no OS user, the mounting user" root "$(attr %U "$mnt/logistics/routes@0.9.0/metadata")"
check_eq "of the mesh, the mounting user" root "$(attr %U "$mnt")"

check "df" df "$mnt"
check_eq "statfs: type, name length" "fuseblk 255" "$(stat -f -c '%T %l' "$mnt")"
check_eq "statfs: nothing is free" "0 0" "$(stat -f -c '%f %a' "$mnt")"

# ---- purposes and versions ----

check_eq ".purpose is not listed" "" "$(names "$mnt" | tr ' ' '\n' | grep purpose)"
check_eq "it is there" "billing research" "$(names "$mnt/.purpose")"
check_eq "the mesh below it" "logistics sales" "$(names "$mnt/.purpose/billing")"
check_not "no .meshfs below it" test -e "$mnt/.purpose/billing/.meshfs"
check_not "no .purpose below it" test -e "$mnt/.purpose/billing/.purpose"
check "data below it" cmp "$data/routes.csv" "$mnt/.purpose/research/logistics/routes/data/routes/routes.csv"
check_err "an older version can be retired alone" "Permission denied" cat "$mnt/logistics/routes@0.9.0/data/routes/routes.csv"

# ---- who sees what ----

check_eq "alice sees the hidden, the draft and the retired product" "idea old orders plan" "$(ls_as mfs_alice "$mnt/sales")"
check_eq "bob neither hidden nor draft" "old orders" "$(ls_as mfs_bob "$mnt/sales")"
check_eq "carol neither" "old orders" "$(ls_as mfs_carol "$mnt/sales")"
for who in mfs_bob mfs_carol; do
	for product in plan idea; do
		check_err "$who: $product is not there by name" "No such file" as $who stat "$mnt/sales/$product"
		check_err "$who: nor below it" "No such file" as $who cat "$mnt/sales/$product/data/$product/plan.txt"
		check_err "$who: nor for a purpose" "No such file" as $who ls "$mnt/.purpose/billing/sales/$product"
	done
done
check "alice reads the hidden one" as mfs_alice grep -q planet-token "$mnt/sales/plan/data/plan/plan.txt"
check_err "retired: nobody reads" "Permission denied" as mfs_alice cat "$mnt/sales/old/data/old/plan.txt"
check "retired: metadata can be read" as mfs_carol cat "$mnt/sales/old/metadata/README.md"
check_err "audit.jsonl needs its right" "Permission denied" as mfs_bob cat "$mnt/sales/orders/policy/audit.jsonl"
check "my-audit.jsonl does not" as mfs_bob cat "$mnt/sales/orders/policy/my-audit.jsonl"
check_eq "whoami.yaml is one's own" "user: mfs_bob" "$(as mfs_bob grep ^user "$mnt/.meshfs/whoami.yaml")"
check_eq "and the other's his" "user: mfs_carol" "$(as mfs_carol grep ^user "$mnt/.meshfs/whoami.yaml")"

# ---- search ----

check_eq "search finds products" "logistics:routes logistics:routes@0.9.0" "$(ls_as mfs_bob "$mnt/.meshfs/search/routes")"
check "its links resolve" test "$mnt/.meshfs/search/routes/logistics:routes" -ef "$routes"
check "and lead on" cmp "$data/routes.csv" "$mnt/.meshfs/search/routes/logistics:routes/data/routes/routes.csv"
check_eq "their target" "../../../logistics/routes" "$(readlink "$mnt/.meshfs/search/routes/logistics:routes")"
check_eq "and size" 25 "$(attr %s "$mnt/.meshfs/search/routes/logistics:routes")"
check_eq "hidden products are found by those who see them" "sales:plan" "$(ls_as mfs_alice "$mnt/.meshfs/search/plan")"
check_eq "and by nobody else" "" "$(ls_as mfs_bob "$mnt/.meshfs/search/plan")"
check_err "not by name either" "No such file" as mfs_bob readlink -v "$mnt/.meshfs/search/plan/sales:plan"
check_eq "words that are found nowhere" "" "$(ls_as mfs_bob "$mnt/.meshfs/search/zzz \"x* AND (")"
check_eq "search itself lists nothing" "" "$(names "$mnt/.meshfs/search")"

check "umount" mesh_umount "$mnt"
finish
