#!/bin/sh
# Walks through examples/openmesh as three users, shows what each sees and is refused, and leaves nothing behind.
# Run as root, by `make demo` or with MESHFS=/path/to/meshfs. Exits 1 where anything was not as it should be.
set -eu

MESHFS=${MESHFS:-meshfs}
here=$(cd "$(dirname "$0")" && pwd)
case $MESHFS in
*/*) MESHFS=$(cd "$(dirname "$MESHFS")" && pwd)/${MESHFS##*/} ;;
esac

if [ "$(id -u)" -ne 0 ]; then
	echo "demo: run as root: it creates three users and mounts for all of them" >&2
	exit 3
fi
if ! command -v "$MESHFS" >/dev/null; then
	echo "demo: no program $MESHFS: build it, or name it in MESHFS" >&2
	exit 3
fi

# ---- what is set up is remembered, and taken down in cleanup whatever happens ----

tmp='' mnt='' users='' groups='' members='' failed=0

# shellcheck disable=SC2317 # the traps call it
cleanup() {
	trap '' HUP INT TERM
	cd /
	if [ -n "$mnt" ] && mountpoint -q "$mnt"; then
		"$MESHFS" umount "$mnt" || umount -l "$mnt" || :
	fi
	for pair in $members; do
		gpasswd -d "${pair%:*}" "${pair#*:}" >/dev/null 2>&1 || :
	done
	for name in $users; do
		userdel "$name" >/dev/null 2>&1 || :
	done
	for name in $groups; do
		groupdel "$name" >/dev/null 2>&1 || :
	done
	[ -z "$tmp" ] || rm -rf --one-file-system "$tmp"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

need_group() {
	getent group "$1" >/dev/null && return
	groupadd "$1"
	groups="$groups $1"
}

# need_user NAME GROUP...
need_user() {
	name=$1
	shift
	if ! getent passwd "$name" >/dev/null; then
		useradd -M -d /nonexistent -s /bin/sh "$name"
		users="$users $name"
	fi
	for group in "$@"; do
		need_group "$group"
		id -nG "$name" | tr ' ' '\n' | grep -qx "$group" && continue
		gpasswd -a "$name" "$group" >/dev/null
		members="$members $name:$group"
	done
}

# ---- how it is shown ----

heading() {
	printf '\n== %s\n' "$*"
}

note() {
	printf '   %s\n' "$*"
}

# Prints the last command's output, indented, at most $1 lines, and remembers an outcome $3 that is not the $2 expected.
report() {
	sed "s|$mnt|/mnt/mesh|g" "$tmp/out" | expand | fold -s -w 112 | awk -v max="$1" 'NR <= max { print "   " $0 }'
	[ "$2" = "$3" ] && return
	echo "   ** unexpected: this should have been $2"
	failed=1
}

# as USER COMMAND: runs it in the mount and expects success. refused USER COMMAND: expects a refusal.
attempt() {
	printf '%s$ %s\n' "$2" "$3"
	got=allowed
	runuser -u "$2" -- sh -c "cd '$mnt' && $3" >"$tmp/out" 2>&1 || got=refused
	report 8 "$1" "$got"
}

as() {
	attempt allowed "$@"
}

refused() {
	attempt refused "$@"
}

# explain USER PATH: why not, by the program itself, which answers 1 for a denial.
explain() {
	printf '# meshfs explain %s --as %s\n' "$2" "$1"
	got=refused
	"$MESHFS" explain "$mnt/$2" --as "$1" >"$tmp/all" 2>&1 && got=allowed
	grep -E '^(view|reason):' "$tmp/all" >"$tmp/out" || cp "$tmp/all" "$tmp/out"
	report 8 refused "$got"
}

# tool COMMAND ARGUMENT...: the program itself, as root.
tool() {
	printf '# meshfs %s\n' "$*" | sed "s|$mnt|/mnt/mesh|g"
	got=allowed
	"$MESHFS" "$@" >"$tmp/all" 2>&1 || got=refused
	cut -c 1-112 "$tmp/all" >"$tmp/out"
	report 8 allowed "$got"
}

# ---- the stage ----

tmp=$(mktemp -d)
chmod 711 "$tmp"
mkdir -m 700 "$tmp/mesh" "$tmp/audit"
mkdir -m 755 "$tmp/mnt"
cp -R "$here/openmesh/." "$tmp/mesh"

need_user linus mesh-employees
need_user ada mesh-employees mesh-analysts
need_user grace mesh-employees

heading "A directory of manifests becomes a file system"
note "linus is an employee and a regional officer, ada an analyst, grace a data steward."
echo "# meshfs mount examples/openmesh /mnt/mesh -o allow_other"
mnt=$tmp/mnt
"$MESHFS" mount "$tmp/mesh" "$mnt" \
	-o "allow_other,catalog=$tmp/catalog.db,audit=$tmp/audit"
as linus 'ls -C'
as linus 'ls -C wildlife'
as linus 'ls -C wildlife/birdstrikes wildlife/birdstrikes/data/strikes'

heading "Everybody sees the same tree, less what is not for him"
as linus 'ls -Cd traffic/* people/*'
note "The draft of ada's team is hers to see; grace is on a team whose product nobody else learns of:"
as ada 'ls -Cd traffic/* people/*'
as grace 'ls -Cd traffic/* people/*'
refused ada 'ls people/medical-fitness'

heading "What may be read reads like any file, with any tool"
as linus 'head -n 2 wildlife/birdstrikes/data/strikes/year=2001/strikes.csv | cut -d, -f 1-6'
as linus 'head -c 8 wildlife/hazard-report/data/yearly/2001.pdf'
as linus 'head -c 15 airfields/register/data/database/register.sqlite'
note "A retired product is listed, and closed:"
refused linus 'cat environment/climate-normals/data/normals/normals.csv'

heading "A purpose opens what is closed; it is part of the path"
refused ada 'cat wildlife/strike-costs/data/costs/strike_costs.csv'
explain ada wildlife/strike-costs/data/costs/strike_costs.csv
as ada 'head -n 2 .purpose/insurance-claims/wildlife/strike-costs/data/costs/strike_costs.csv'
refused ada 'cat .purpose/publication/wildlife/strike-costs/data/costs/strike_costs.csv'

heading "Row filters and masks: a file that would show too much stays closed"
refused linus 'cat wildlife/strike-costs/data/costs/strike_costs.csv'
explain linus wildlife/strike-costs/data/costs/strike_costs.csv
refused ada 'cat people/staff-directory/data/directory/directory.csv'
as ada 'grep -m 1 view: people/staff-directory/policy/my-access.yaml'
as grace 'head -n 2 people/staff-directory/data/directory/directory.csv'

heading "Everything says what it is"
as linus 'head -n 3 airfields/airports@1.0.0/metadata/product.odps.yaml'
if command -v getfattr >/dev/null; then
	as linus 'getfattr -d airfields/airports@1.0.0/data/airports/airports.csv | grep -E "owner|classif|tags|decision"'
fi

heading "An edited manifest is in force a second later"
as linus 'head -c 8 wildlife/hazard-report/data/yearly/2002.pdf'
echo "# sed -i 's/^status: active/status: retired/' hazard-report.odps.yaml; sleep 2"
sed -i 's/^status: active/status: retired/' \
	"$tmp/mesh/domains/wildlife/products/hazard-report/hazard-report.odps.yaml"
sleep 2
refused linus 'head -c 8 wildlife/hazard-report/data/yearly/2002.pdf'

heading "Each open was recorded before it was answered"
tool audit tail -n 5 --format text "$mnt"
tool audit verify "$mnt"

heading "Unmounted, and nothing left behind"
tool umount "$mnt"
if mountpoint -q "$mnt"; then
	echo "   ** unexpected: still mounted"
	failed=1
fi
exit "$failed"
