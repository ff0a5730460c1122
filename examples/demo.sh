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

tmp='' mnt='' users='' groups='' members='' server='' failed=0

# shellcheck disable=SC2317 # the traps call it
cleanup() {
	trap '' HUP INT TERM
	cd /
	if [ -n "$mnt" ] && mountpoint -q "$mnt"; then
		"$MESHFS" umount "$mnt" || umount -l "$mnt" || :
	fi
	[ -z "$server" ] || sh "$here/private-postgres.sh" stop "$server"
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

unexpected() {
	echo "   ** unexpected: $*"
	failed=1
}

# Prints what the last command said, at most 8 lines. It should have been $1, was $2, and should say $3.
report() {
	expand "$tmp/said" | sed "s|$mnt|/mnt/mesh|g" >"$tmp/out"
	cut -c 1-110 "$tmp/out" | sed -e '/^$/d' -e 's/^/   /' | head -n 8
	[ "$1" = "$2" ] || unexpected "this should have been $1"
	[ -z "$3" ] || grep -qE -e "$3" "$tmp/out" || unexpected "this should have said $3"
}

# enter DIR: where in the mount the next commands run.
enter() {
	place=$1
	printf '$ cd /mnt/mesh%s\n' "${place:+/$place}"
}

# as USER COMMAND [PATTERN]: expects success, and output that matches the pattern. refused USER COMMAND: expects a refusal.
attempt() {
	printf '%s$ %s\n' "$2" "$3"
	got=allowed
	runuser -u "$2" -- sh -c "cd '$mnt/$place' && $3" >"$tmp/said" 2>&1 || got=refused
	report "$1" "$got" "${4:-}"
}

as() {
	attempt allowed "$@"
}

refused() {
	attempt refused "$1" "$2" 'Permission denied|No such file'
}

# explain USER FILE: why not, by the program itself, which answers 1 for a denial.
explain() {
	printf '# meshfs explain %s --as %s\n' "$2" "$1"
	got=refused
	"$MESHFS" explain "$mnt/$place/$2" --as "$1" >"$tmp/all" 2>&1 && got=allowed
	sed -n -e 's/^reason: "*\(denied: read on [^:]*: \)*\([^;]*\).*/\2/p' "$tmp/all" | fold -s -w 110 >"$tmp/said"
	report refused "$got" .
}

# tool COMMAND ARGUMENT...: the program itself, as root.
tool() {
	printf '# meshfs %s\n' "$*" | sed "s|$mnt|/mnt/mesh|g"
	got=allowed
	"$MESHFS" "$@" >"$tmp/said" 2>&1 || got=refused
	report allowed "$got" ''
}

# exact USER FILE: the size that ls shows is what a reader gets.
exact() {
	# shellcheck disable=SC2016 # the user's shell expands it
	runuser -u "$1" -- sh -c 'test "$(stat -c %s "$1")" = "$(wc -c <"$1")"' sh "$mnt/$place/$2" ||
		unexpected "the size of $2 is not exact for $1"
}

# ---- the stage ----

tmp=$(mktemp -d)
chmod 711 "$tmp"
mkdir -m 700 "$tmp/mesh" "$tmp/audit" "$tmp/cache"
mkdir -m 755 "$tmp/mnt"
cp -R "$here/openmesh/." "$tmp/mesh"

need_user linus mesh-employees
need_user ada mesh-employees mesh-analysts
need_user grace mesh-employees

# The roster's database: a server of the demonstration's own, where one can be started. Its port replaces the usual one.
roster_up() {
	server=$tmp/postgres
	password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	if ! port=$(sh "$here/private-postgres.sh" start "$server"); then
		server=''
		return
	fi
	(
		export PGHOST="$server" PGPORT="$port" PGUSER=postgres
		createdb -E UTF8 -T template0 meridian
		cd "$tmp/mesh/domains/people/data/staff-directory"
		psql -Xq -d meridian -v password="$password" -f ../../products/duty-roster/code/duty-roster.sql
	)
	sed -i "s/5432/$port/" "$tmp/mesh/mesh.yaml" \
		"$tmp/mesh/domains/people/products/duty-roster/contracts/duty-roster.odcs.yaml"
	export MERIDIAN_ROSTER="roster_reader:$password"
}
roster_up

heading "A directory of manifests becomes a file system"
note "grace is a data steward; ada an analyst; linus the regional officer of Portland, Oregon. All are employees."
echo "# meshfs mount examples/openmesh /mnt/mesh -o allow_other"
mnt=$tmp/mnt
"$MESHFS" mount "$tmp/mesh" "$mnt" \
	-o "allow_other,catalog=$tmp/catalog.db,audit=$tmp/audit,cache=$tmp/cache"
enter ''
as linus 'ls -C' '^airfields +environment +people +traffic +wildlife$'
as linus 'ls -C wildlife/birdstrikes wildlife/birdstrikes/data/strikes' year=2001

heading "One path, three users, three contents"
note "grace gets what is stored; ada pseudonyms and no dates of birth; linus the same, of his airport alone."
enter people/staff-directory/data/directory
as grace 'ls -l directory.csv; head -n 2 directory.csv' '^M0001,Yara Ito,yara.ito@.*,1995-12-27$'
as ada 'ls -l directory.csv; head -n 2 directory.csv' '^M0001,[0-9a-f]{16},[0-9a-f]{16},Data office,ATL,2014-06-22$'
as linus 'ls -l directory.csv; head -n 2 directory.csv' '^M0006,[0-9a-f]{16},[0-9a-f]{16},.*,PDX,2012-02-26$'
for user in grace ada linus; do
	exact $user directory.csv
done

heading "Rows by state: linus has his own, grace none, and ada all of them, but for a purpose"
costs=wildlife/strike-costs/data/costs
rows='sed 1d strike_costs.csv | cut -d, -f3 | sort | uniq -c | sort -rn | head -n 3'
enter $costs
as linus "$rows" '^ *15 Oregon$'
refused grace 'cat strike_costs.csv'
refused ada 'cat strike_costs.csv'
explain ada strike_costs.csv
exact linus strike_costs.csv
note "A purpose is part of the path: tools and scripts inherit it, and the record shows it."
enter .purpose/insurance-claims/$costs
as ada "$rows" '^ *18 California$'
exact ada strike_costs.csv

heading "Tables of a database are files too: SQLite"
enter airfields/register/data
as linus 'ls -C database tables' 'connections.jsonl'
as linus 'head -n 2 tables/airports.csv' '^ABE,Lehigh Valley International,'
as linus 'head -n 1 tables/states.jsonl' '"capital": *"Montgomery"'
exact linus tables/connections.csv

heading "And PostgreSQL"
if [ -n "$server" ]; then
	note "With the pseudonyms of the directory, so that joins work on masked data:"
	enter people/duty-roster/data/roster
	as grace 'ls -l duty_roster.csv; grep -m 1 M0006 duty_roster.csv' ',mara.jansen@meridian.example$'
	as linus 'ls -l duty_roster.csv; grep -m 1 M0006 duty_roster.csv' ',PDX,early,M0006,[0-9a-f]{16}$'
	exact linus duty_roster.csv
else
	note "Left out: no PostgreSQL server is installed, which people/duty-roster needs."
fi

heading "Parquet is masked and filtered where libduckdb is installed, and refused elsewhere"
enter people/staff-directory/data/directory-parquet
as grace 'ls -l directory.parquet' ' directory'
if "$MESHFS" explain "$mnt/$place/directory.parquet" --as ada 2>&1 | grep -q 'cannot be produced'; then
	refused ada 'cat directory.parquet'
	explain ada directory.parquet
else
	as ada 'ls -l directory.parquet; head -c 4 directory.parquet' PAR1
	exact ada directory.parquet
fi

heading "What is not for you is not there"
enter ''
as grace 'ls -Cd people/*' medical-fitness
as linus 'ls -Cd people/*'
refused linus 'ls people/medical-fitness'

heading "An edit is in force a second later: linus moves to California"
echo "# sed -i 's/state: Oregon/state: California/' principals.yaml; sleep 2"
sed -i 's/state: Oregon/state: California/' "$tmp/mesh/principals.yaml"
sleep 2
enter $costs
as linus "$rows" '^ *18 California$'

heading "Each open was recorded before it was answered"
tool audit tail -n 6 --format text "$mnt"
tool audit verify "$mnt"

heading "Unmounted, and nothing left behind"
tool umount "$mnt"
if mountpoint -q "$mnt"; then
	unexpected "still mounted"
fi
exit "$failed"
