#!/bin/bash
# timeout: 120
# shellcheck disable=SC2317
# A running mount follows its mesh: what validates is live within a second, what does not leaves the last good state in force
# and says why. Names that the kernel knows go and come with their products.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up || skip_all "the test users cannot be made"

mesh=$T/mesh
m=$T/m
sales=$mesh/domains/sales
logistics=$mesh/domains/logistics
limit_ms=1500
case $VARIANT in asan* | tsan*) limit_ms=4500 ;; esac

now_ms() {
	echo $(($(date +%s%N) / 1000000))
}

# live NAME COMMAND...: one case: COMMAND comes true in time, from now on.
live() {
	local name=$1 start took
	shift
	start=$(now_ms)
	wait_for 10 "$@" >/dev/null 2>&1
	took=$(($(now_ms) - start))
	[ $took -le $limit_ms ]
	verdict $? "$name ($took ms)" "not within $limit_ms ms: $*"
}

# replace FILE: with standard input, at once.
replace() {
	cat >"$T/new" && mv "$T/new" "$1"
}

# edit SED-PROGRAM FILE
edit() {
	sed "$1" "$2" | replace "$2"
}

epoch() {
	sed -n 's/^  "epoch": \([0-9]*\),/\1/p' "$m/.meshfs/status.json"
}

epoch_is_past() {
	[ "$(epoch)" -gt "$1" ]
}

errors() {
	sed -n 's/.*"problems": {"errors": \([0-9]*\).*/\1/p' "$m/.meshfs/status.json"
}

errors_are() {
	[ "$(errors)" = "$1" ]
}

cannot() {
	! "$@"
}

gone() {
	! stat "$1" && ! ls -d "$1" && ! ls "$(dirname "$1")" | grep -qx "$(basename "$1")"
} 2>/dev/null

says() {
	grep -qF -e "$2" "$1"
}

# ---- an edit that validates ----

edits_that_validate() {
	local readme=$m/logistics/routes/metadata/README.md pid
	sh -c 'cd "$1" && read -r go && readlink /proc/$$/cwd' sh "$m/logistics/routes/data" <"$T/go" >"$T/cwd" 2>&1 &
	pid=$!
	exec 6>"$T/go"
	edit 's/^name: .*/name: Mesh with a reader inside/' "$mesh/mesh.yaml"
	live "a name of the mesh is live" says "$m/.meshfs/status.json" "Mesh with a reader inside"
	sleep 0.1
	echo >&6
	exec 6>&-
	wait $pid
	check_eq "a working directory stays one" "$m/logistics/routes/data" "$(cat "$T/cwd")"
	check "before" says "$readme" "What logistics knows of routes."
	edit 's/What logistics knows/All that logistics ever knew/' "$logistics/products/routes/routes.odps.yaml"
	live "a text is live" says "$readme" "All that logistics ever knew of routes."
	check_eq "its size is exact" "$(cat "$readme" | wc -c)" "$(stat -c %s "$readme")"
	check_eq "the authored bytes too" "$(sha256sum <"$logistics/products/routes/routes.odps.yaml")" \
		"$(sha256sum <"$m/logistics/routes/metadata/product.odps.yaml")"

	check "mfs_carol reads routes" as mfs_carol cat "$m/logistics/routes/data/routes/routes.csv"
	cat >"$mesh/policies/extra.policy.yaml" <<-EOT
		apiVersion: meshfs/v1
		kind: AccessPolicy
		id: extra
		scope: mesh
		version: 1.0.0
		status: active
		rules:
		  - {id: no-carol, effect: forbid, principals: {users: [mfs_carol]}, actions: [read], resources: {products: [routes]}}
	EOT
	live "a right that is taken" cannot as mfs_carol cat "$m/logistics/routes/data/routes/routes.csv"
	check "the others keep theirs" as mfs_bob cmp "$m/logistics/routes/data/routes/routes.csv" "$logistics/data/routes/routes.csv"
	check_eq "its size is not his" 0 "$(as mfs_carol stat -c %s "$m/logistics/routes/data/routes/routes.csv")"
	edit 's/\[read\]/[discover]/' "$mesh/policies/extra.policy.yaml"
	live "a name that is taken" cannot as mfs_carol stat "$m/logistics/routes"
	check "it is not listed either" cannot as mfs_carol sh -c "ls $m/logistics | grep -qx routes"
	rm "$mesh/policies/extra.policy.yaml"
	live "a right that is given back" as mfs_carol cmp "$m/logistics/routes/data/routes/routes.csv" "$logistics/data/routes/routes.csv"
}

# ---- an edit that does not ----

edits_that_do_not() {
	local before root carol
	before=$(epoch)
	edit 's/^kind: Mesh/kind: Mess/' "$mesh/mesh.yaml"
	live "errors show" cannot errors_are 0
	check_eq "the last good epoch stays" "$before" "$(epoch)"
	check "and is served" cmp "$m/logistics/routes/data/routes/routes.csv" "$logistics/data/routes/routes.csv"
	root=$(cat "$m/.meshfs/status.json")
	carol=$(as mfs_carol cat "$m/.meshfs/status.json")
	check "root is told the place" grep -q 'mesh\.yaml' <<<"$root"
	check_eq "others get the number" "$(sed -n 's/.*"problems": {"errors": \([0-9]*\).*/\1/p' <<<"$root")" \
		"$(sed -n 's/.*"problems": {"errors": \([0-9]*\)}.*/\1/p' <<<"$carol")"
	check_not "and nothing else" grep -qE 'details|mesh\.yaml:|Mess' <<<"$carol"
	edit 's/^kind: Mess/kind: Mesh/' "$mesh/mesh.yaml"
	live "mended" errors_are 0
}

broken_domain() {
	cp "$sales/products/orders/orders.odps.yaml" "$T/orders.odps.yaml"
	edit 's/^status:.*/status: [broken/; s/What sales knows/What nobody knows/' "$sales/products/orders/orders.odps.yaml"
	edit 's/All that logistics ever knew/What logistics knows again/' "$logistics/products/routes/routes.odps.yaml"
	live "the sound domain is applied" says "$m/logistics/routes/metadata/README.md" "What logistics knows again"
	check "the broken one is as it was" says "$m/sales/orders/metadata/README.md" "What sales knows of orders."
	check "its data too" as mfs_alice cat "$m/sales/orders/data/orders/2025/orders.csv"
	check_not "its errors are counted" errors_are 0
	replace "$sales/products/orders/orders.odps.yaml" <"$T/orders.odps.yaml"
	live "mended again" errors_are 0
}

# ---- products and ports come and go ----

new_product() {
	local at=$m/logistics/fleet path
	check_not "not there yet" stat "$at"
	mesh_dir=$T/aside
	mesh_contract logistics fleet data/routes <<-EOT | mesh_product logistics fleet active ''
		      - {name: from, logicalType: string, classification: public}
	EOT
	mesh_dir=$mesh
	mv "$T/aside/domains/logistics/products/fleet" "$logistics/products/fleet"
	live "a new product" cmp "$at/data/fleet/deep/er/more.csv" "$logistics/data/routes/deep/er/more.csv"
	check "it is listed" sh -c "ls $m/logistics | grep -qx fleet"
	check "it is found" test -L "$m/.meshfs/search/fleet/logistics:fleet"
	# The kernel knows all of its names now.
	find "$at" -exec stat {} + >/dev/null
	exec 7<"$at/data/fleet/routes.csv"
	mv "$logistics/products/fleet" "$T/aside/fleet"
	live "a product that is removed" gone "$at"
	for path in data data/fleet data/fleet/routes.csv metadata metadata/README.md metadata/contracts policy \
		policy/my-access.yaml; do
		check_err "gone: $path" "No such file" stat "$at/$path"
	done
	check_eq "an open file is read to its end" "$(cat "$logistics/data/routes/routes.csv")" "$(cat <&7)"
	exec 7<&-
	mv "$T/aside/fleet" "$logistics/products/fleet"
	live "it comes back" cmp "$at/metadata/product.odps.yaml" "$logistics/products/fleet/fleet.odps.yaml"
}

ports() {
	local file=$logistics/products/routes/routes.odps.yaml at=$m/logistics/routes/data/second
	check_not "no such port yet" stat "$at"
	edit 's/^outputPorts:/&\n  - {name: second, version: 1.0.0, contractId: c-logistics-routes}/' "$file"
	live "a new port" cmp "$at/routes.csv" "$logistics/data/routes/routes.csv"
	find "$at" -exec stat {} + >/dev/null
	edit '/name: second/d' "$file"
	live "a port that is removed" gone "$at"
	check_err "its files are gone" "No such file" stat "$at/routes.csv"
	check "the other port stays" cmp "$m/logistics/routes/data/routes/routes.csv" "$logistics/data/routes/routes.csv"
}

# Written by way of a second name elsewhere, a change of a file is no event in the directory that is watched.
sighup() {
	local file=$logistics/products/routes/routes.odps.yaml
	ln "$file" "$T/second-name"
	sed 's/What logistics knows again/What a signal tells/' "$file" >"$T/new"
	cat "$T/new" >"$T/second-name"
	sleep 1
	check_not "nobody noticed" says "$m/logistics/routes/metadata/README.md" "What a signal tells"
	kill -HUP "$(mesh_pid "$m")"
	live "SIGHUP reloads" says "$m/logistics/routes/metadata/README.md" "What a signal tells"
}

# ---- a mounted catalog ----

catalog_mount() {
	local db=$T/mesh.db other=$T/other first readme
	readme=$other/logistics/routes/metadata/README.md
	check "apply" "$MESHFS" apply --catalog "$db" --audit "$T/audit.db" "$mesh"
	check "a catalog is mounted" mesh_mount "$db" "$other"
	first=$(sed -n 's/^  "epoch": \([0-9]*\),/\1/p' "$other/.meshfs/status.json")
	check "its data" cmp "$other/logistics/routes/data/routes/routes.csv" "$logistics/data/routes/routes.csv"
	edit 's/What a signal tells/What the catalog tells/' "$logistics/products/routes/routes.odps.yaml"
	sleep 0.5
	check_not "the repository is not watched" says "$readme" "What the catalog tells"
	check "apply again" "$MESHFS" apply --catalog "$db" --audit "$T/audit.db" "$mesh"
	live "apply is live" says "$readme" "What the catalog tells"
	check "rollback" "$MESHFS" rollback --catalog "$db" --audit "$T/audit.db" "$first"
	live "rollback is live" says "$readme" "What a signal tells"
	check "both are recorded" sh -c "grep -h '\"action\":\"apply\"' $(mesh_state "$other")/audit/*.jsonl | grep -q . &&
		grep -hq '\"action\":\"rollback\"' $(mesh_state "$other")/audit/*.jsonl"
	check "unmount the catalog" mesh_umount "$other"
	edit 's/What the catalog tells/What a signal tells/' "$logistics/products/routes/routes.odps.yaml"
}

# ---- readers during reloads ----

read_always() { # USER COUNT-FILE
	as "$1" bash -c '
		n=0
		while [ ! -e "$1" ]; do
			cmp "$2/logistics/routes/data/routes/routes.csv" "$3/routes.csv" &&
				cmp "$2/.purpose/billing/logistics/routes/data/routes/deep/er/more.csv" "$3/deep/er/more.csv" &&
				ls "$2/sales" "$2/logistics/routes/data/routes" >/dev/null &&
				cat "$2/sales/orders/metadata/product.odps.yaml" >/dev/null || exit
			n=$((n + 1))
		done
		echo $n' bash "$T/stop" "$m" "$T/copy" >"$2" 2>&1
}

hundred_reloads() {
	local user n before jobs="" after
	cp -r "$logistics/data/routes" "$T/copy"
	for user in mfs_alice mfs_bob mfs_carol; do
		read_always $user "$T/reads.$user" &
		jobs="$jobs $!"
	done
	before=$(epoch)
	for n in $(seq 100); do
		after=$(epoch)
		edit "s/^name: .*/name: Mesh number $n/" "$mesh/mesh.yaml"
		wait_for 5 epoch_is_past "$after" || break
	done
	touch "$T/stop"
	# shellcheck disable=SC2086
	wait $jobs
	check "a hundred epochs" test "$(epoch)" -ge $((before + 100))
	for user in mfs_alice mfs_bob mfs_carol; do
		check "$user read all the time ($(tail -n1 "$T/reads.$user"))" test "$(tail -n1 "$T/reads.$user")" -gt 30
	done
	check_eq "the last name is shown" 1 "$(grep -c "Mesh number 100" "$m/.meshfs/status.json")"
}

mesh_make "$mesh"
mkfifo "$T/go"
chmod -R a+rX "$mesh"
check "mount" mesh_mount "$mesh" "$m"
edits_that_validate
edits_that_do_not
broken_domain
new_product
ports
sighup
catalog_mount
live "settled" errors_are 0
hundred_reloads
check "unmount" mesh_umount "$m"
check "the record is whole" "$MESHFS" audit verify --audit "$(mesh_state "$m")/audit"
finish
