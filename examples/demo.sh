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

# Prints the last command's output, indented, at most $1 lines of 118 characters, and counts what it should not be.
report() {
	sed "s|$mnt|/mnt/mesh|g; s|$tmp/||g" "$tmp/out" | cut -c1-118 | head -n "$1" | sed 's/^/   /'
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

# explain USER PATH [OPTION...]: why, by the program itself; it answers 1 for a denial.
explain() {
	user=$1 path=$2
	shift 2
	printf '$ meshfs explain %s --as %s%s\n' "$path" "$user" "${1:+ $*}"
	"$MESHFS" explain "$mnt/$path" --as "$user" "$@" >"$tmp/out" 2>&1 || :
	report 7 "" ""
}

# tool COMMAND ARGUMENT...: the program itself, as root.
tool() {
	shown="$*"
	printf '$ meshfs %s\n' "$shown" | sed "s|$mnt|/mnt/mesh|g; s|$tmp/||g"
	got=allowed
	"$MESHFS" "$@" >"$tmp/out" 2>&1 || got=refused
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
as linus 'ls'
as linus 'ls wildlife/birdstrikes wildlife/birdstrikes/data/strikes'

heading "Everybody sees the same tree, less what is not for him"
as linus 'ls traffic people'
note "ada's team has a draft; grace is on a team whose product nobody else learns of:"
as ada 'ls traffic'
as grace 'ls people'
refused ada 'ls people/medical-fitness'

heading "Public and internal data read like any files, with any tool"
as linus 'head -n 2 wildlife/birdstrikes/data/strikes/year=2001/strikes.csv'
as linus 'head -n 2 people/staff-directory/data/headcount/headcount.csv'
as linus 'head -c 8 wildlife/hazard-report/data/yearly/2001.pdf'
as linus 'head -c 15 airfields/register/data/database/register.sqlite | tr -d "\000"'
refused linus 'cat environment/climate-normals/data/normals/normals.csv'

heading "A purpose opens what is closed; it is part of the path"
refused ada 'head -n 2 wildlife/strike-costs/data/costs/strike_costs.csv'
explain ada wildlife/strike-costs/data/costs/strike_costs.csv
as ada 'head -n 2 .purpose/insurance-claims/wildlife/strike-costs/data/costs/strike_costs.csv'
refused ada 'head -n 2 .purpose/publication/wildlife/strike-costs/data/costs/strike_costs.csv'

heading "Masks and row filters: a file that would show too much stays closed"
refused linus 'head -n 2 wildlife/strike-costs/data/costs/strike_costs.csv'
explain linus wildlife/strike-costs/data/costs/strike_costs.csv
refused ada 'head -n 2 people/staff-directory/data/directory/directory.csv'
as ada 'grep -n -m 5 -e mask -e hash -e dropped people/staff-directory/policy/my-access.yaml'
as grace 'head -n 2 people/staff-directory/data/directory/directory.csv'

heading "Everything says what it is"
as linus 'head -n 4 wildlife/birdstrikes/metadata/product.odps.yaml'
if command -v getfattr >/dev/null; then
	as linus 'getfattr -d wildlife/birdstrikes/data/strikes/year=2001/strikes.csv 2>/dev/null'
fi

heading "An edited manifest is in force a second later"
as linus 'head -c 8 wildlife/hazard-report/data/yearly/2002.pdf'
echo "# sed -i 's/^status: active/status: retired/' .../hazard-report.odps.yaml"
sed -i 's/^status: active/status: retired/' \
	"$tmp/mesh/domains/wildlife/products/hazard-report/hazard-report.odps.yaml"
sleep 2
refused linus 'head -c 8 wildlife/hazard-report/data/yearly/2002.pdf'

heading "Each open was recorded before it was answered"
tool audit tail --mesh "$mnt"
tool audit verify --mesh "$mnt"

heading "Unmounted, and nothing left behind"
tool umount "$mnt"
if mountpoint -q "$mnt"; then
	echo "   ** unexpected: still mounted"
	failed=1
fi
exit "$failed"
