#!/bin/bash
# Manifests that are too big, too deep, too clever or not text: each is refused with file and line, in bounded time and memory, whether it is
# validated or mounted, and the rest of the mesh is mounted all the same.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up

mesh=$T/mesh
mnt=$T/mnt
mkdir "$mnt" "$T/state"

limits() { # COMMAND...: with bounded time and memory (sanitizers reserve address space without end)
	case ${VARIANT:-plain} in
	plain*) (ulimit -v 1000000 && unlocked timeout 30 "$@") ;;
	*) unlocked timeout 90 "$@" ;;
	esac
}

# bad NAME FILE RULE: the mesh as it is now has an error of that rule in the file, says where, and the other domain lives.
bad() {
	local name=$1 file=$2 rule=$3 status
	limits "$MESHFS" validate "$mesh" >"$T/said" 2>&1
	status=$?
	[ $status -eq 1 ] && grep -aqE "$file(:[0-9]+:[0-9]+)?: error \[($rule)\]" "$T/said"
	verdict $? "$name: validate" "status $status; $file with $rule is due: $(head -c 1500 "$T/said")"
	rm -f "$T/state/"c.db*
	limits "$MESHFS" mount "$mesh" "$mnt" -o "allow_other,audit=$T/state/audit,catalog=$T/state/c.db" >"$T/said" 2>&1
	status=$?
	grep -aqE "$file(:[0-9]+:[0-9]+)?: error \[($rule)\]" "$T/said" && { [ $status -eq 1 ] || [ "$(ls "$mnt")" = sales ]; }
	verdict $? "$name: mount" "status $status; $file with $rule is due: $(ls "$mnt" | xargs) $(head -c 1500 "$T/said")"
	check "$name: what is said is text" not_binary
	[ $status -ne 0 ] || mesh_umount "$mnt"
	fresh
}

not_binary() {
	iconv -f UTF-8 -t UTF-8 "$T/said" >/dev/null && ! LC_ALL=C grep -q $'[\x01-\x08\x0b-\x1f\x7f]' "$T/said"
}

fresh() {
	rm -rf "$mesh"
	mesh_make "$mesh"
}

fresh
product=$mesh/domains/logistics/products/routes
odps=$product/routes.odps.yaml
odcs=$product/contracts/routes.odcs.yaml

{ cat "$odps"; echo "customProperties:"; seq -f '  - {property: p%.0f, value: "a long value to fill the file with"}' 80000; } >"$T/big"
cp "$T/big" "$odps"
check "the big one is big" test "$(stat -c %s "$odps")" -gt 4194304
bad "more than 4 MiB" routes.odps.yaml file-size

{
	echo 'a: &a [x, x, x, x, x, x, x, x, x, x]'
	prev=a
	for name in b c d e f g h i; do
		printf '%s: &%s [%s]\n' $name $name "$(printf "*$prev, %.0s" {1..9})*$prev"
		prev=$name
	done
	cat "$odps"
} >"$T/bomb"
cp "$T/bomb" "$odps"
bad "an alias bomb" routes.odps.yaml "yaml-.*"

{ cat "$odps"; printf 'customProperties: [{property: p, value: '; printf '[%.0s' {1..70}; printf ']%.0s' {1..70}; echo '}]'; } >"$T/deep"
cp "$T/deep" "$odps"
bad "more than 64 levels" routes.odps.yaml "yaml-.*"
{ cat "$odps"; printf 'customProperties: '; printf '[%.0s' {1..100000}; } >"$T/deep"
cp "$T/deep" "$odps"
bad "100,000 levels" routes.odps.yaml "yaml-.*"
{ cat "$odps"; printf '%s' 'a: {a: '; for _ in {1..2000}; do printf '{? '; done; } >"$T/deep"
cp "$T/deep" "$odps"
bad "keys within keys" routes.odps.yaml "yaml-.*"

printf 'name: a\0b\n' >>"$odps"
bad "a NUL" routes.odps.yaml "yaml-.*"
printf '# \033[31m\n' >>"$odps"
bad "a control character" routes.odps.yaml "yaml-.*"
printf 'x: "\\0"\n' >>"$odps"
bad "a NUL by its escape" routes.odps.yaml "yaml-.*"
printf 'tags: ["\xff\xfe"]\n' >>"$odps"
bad "not UTF-8" routes.odps.yaml "yaml-.*"
printf 'tags: ["\xed\xa0\x80"]\n' >>"$odps"
bad "a surrogate" routes.odps.yaml "yaml-.*"
iconv -f UTF-8 -t UTF-16 "$odps" >"$T/utf16" && sed -i 's/version: 1/version: 1/' "$T/utf16"
head -c 65536 /dev/urandom >"$odps"
bad "no text at all" routes.odps.yaml "yaml-.*"
: >"$odps"
bad "nothing at all" routes.odps.yaml ".*"
printf '%s\n' '---' '--- ' >>"$odps"
bad "two documents" routes.odps.yaml "yaml-.*"
echo "status: draft" >>"$odps"
bad "a key twice" routes.odps.yaml "yaml-.*|duplicate.*"
printf '  - {name: from, logicalType: string}\n' | sed 's/^/    /' >>"$odcs"
bad "a column twice" routes.odcs.yaml ".*"
printf '!!python/object:os.system {x: 1}\n' >"$odps"
bad "a tag of another language" routes.odps.yaml ".*"
printf '<<: *x\n' >>"$odps"
bad "an alias to nothing" routes.odps.yaml "yaml-.*"

sed -i 's/^id: .*/id: id-logistics-stream/' "$odps"
bad "an id twice" "(routes|stream).odps.yaml" ".*id.*|.*twice.*|duplicate.*"
sed -i 's/^name: .*/name: ".."/' "$odps"
bad "a product with a name that leads up" routes.odps.yaml ".*name.*"
mkdir "$mesh/domains/logistics/products/bad name"
cp "$odps" "$mesh/domains/logistics/products/bad name/bad name.odps.yaml"
bad "a directory with a name that no product may have" "bad name.*" ".*"
sed -i 's/^outputPorts:.*/outputPorts:\n  - {name: "..", version: 1.0.0, contractId: c-logistics-routes}/' "$odps"
bad "a port named .." routes.odps.yaml ".*name.*"
sed -i 's/name: routes, version: 1.0.0, contractId/name: "a\/b", version: 1.0.0, contractId/' "$odps"
bad "a port named a/b" routes.odps.yaml ".*name.*"

# What the domains themselves are called is the mesh's affair: none of it is mounted.
mesh_bad() { # NAME RULE
	limits "$MESHFS" validate "$mesh" >"$T/said" 2>&1
	check_eq "$1: validate" 1 $?
	check "$1: named with file and line" grep -qE "\.yaml:[0-9]+:[0-9]+: error \[($2)\]" "$T/said"
	fresh
}
cp -r "$mesh/domains/sales" "$mesh/domains/twin"
sed -i 's|{path: domains/sales}|{path: domains/sales}, {path: domains/twin}|' "$mesh/mesh.yaml"
mesh_bad "two domains of one name" ".*domain.*|.*twice.*"
sed -i 's|path: domains/sales|path: ../outside|' "$mesh/mesh.yaml"
mesh_bad "a domain outside the mesh" ".*"
sed -i 's/^id: logistics/id: ".."/' "$mesh/domains/logistics/domain.yaml"
mesh_bad "a domain named .." ".*"
sed -i 's/^id: logistics/id: .meshfs/' "$mesh/domains/logistics/domain.yaml"
mesh_bad "a domain named .meshfs" ".*"

# Names that are words of the location's own language.
sed -i -e 's|path: data/routes,|path: "data/{model}/*.csv",|' -e 's/- name: routes/- name: "{model}"/' "$odcs"
limits "$MESHFS" mount "$mesh" "$mnt" -o "allow_other,audit=$T/state/audit,catalog=$T/state/m.db" >"$T/said" 2>&1
status=$?
if [ $status -eq 0 ]; then
	check_not "an object named {model}" timeout 20 cat "$mnt/logistics/routes/data/routes/routes.csv"
	check "the daemon lives" cat "$mnt/.meshfs/status.json"
	check "and the rest of the mesh" cat "$mnt/sales/orders/metadata/README.md"
	check "umount" mesh_umount "$mnt"
else
	check "an object named {model} is refused" grep -q "error \[" "$T/said"
fi
finish
