#!/bin/bash
# timeout: 150
# A PostgreSQL server that dies, stops or ends a session while a view of its table is rendered.
# shellcheck disable=SC2317 # functions that are called by name
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
. "$SRC/tests/lib/postgres.sh"
need_root
need_fuse
need_postgres
users_up || skip_all "the test users cannot be made"
trap pg_down EXIT

mesh=$T/mesh
mnt=$T/mnt
cache=$(mesh_state "$mnt")/cache
slow=$mnt/sales/ledger/data/ledger/ledger.csv
small=$mnt/sales/orders/data/orders/2025/orders.csv
bob=(setpriv --reuid=mfs_bob "--regid=$(id -g mfs_bob)" --init-groups --inh-caps=-all --)

# Each row of the view takes a while, once `pace` says so.
server() {
	pg_up || return
	pg_sql <<-'EOT'
		CREATE ROLE reader LOGIN PASSWORD 'word';
		CREATE TABLE pace (seconds float8);
		INSERT INTO pace VALUES (0);
		CREATE FUNCTION paced(n int) RETURNS int LANGUAGE plpgsql AS $$
		BEGIN PERFORM pg_sleep(seconds) FROM pace WHERE seconds > 0; RETURN n; END $$;
		CREATE VIEW ledger AS SELECT paced(i) AS id, 'token' || i || '@secret.example' || repeat(' ', 500) AS email, i % 1000 AS amount
			FROM generate_series(1, 2000) i;
		GRANT SELECT ON ledger, pace TO reader;
	EOT
	(umask 077 && echo reader:word >"$T/login")
}

ledger() {
	mesh_contract sales ledger x <<-EOT | mesh_product sales ledger active ''
		      - {name: id, logicalType: integer, classification: internal}
		      - {name: email, logicalType: string, classification: confidential, tags: [pii]}
		      - {name: amount, logicalType: integer, classification: internal}
	EOT
	sed -i "s|^servers:.*|servers: [{server: prod, type: postgres, environment: prod, host: 127.0.0.1, port: $PG_PORT, database: postgres, schema: public, customProperties: [{property: credentialRef, value: 'file:$T/login'}, {property: refreshInterval, value: PT1S}]}]|" \
		"$mesh/domains/sales/products/ledger/contracts/ledger.odcs.yaml"
	sed -i "s|{path: domains/sales}|{path: domains/sales, storage: [\"postgres://127.0.0.1:$PG_PORT/postgres\"]}|" "$mesh/mesh.yaml"
}

set_pace() {
	pg_sql -c "UPDATE pace SET seconds = $1"
}

rendering() {
	jq -e '.renderings | length > 0' "$mnt/.meshfs/status.json"
}

not_rendering() {
	! rendering
}

begin() { # NAME
	set_pace 0.02
	sleep 1.2
	"${bob[@]}" cat "$slow" >"$T/out" 2>"$T/err" &
	reader=$!
	check "$1: a rendering is under way" wait_for 20 rendering
	sleep 1
}

gone() {
	! kill -0 "$1" 2>/dev/null || grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null
}

reader_fails() { # NAME TEXT
	local status
	check "$1: its reader ends" wait_for 20 gone "$reader"
	wait "$reader" 2>/dev/null
	status=$?
	check_not "$1: with an error" test $status -eq 0
	check "$1: which it says" grep -q "$2" "$T/err"
	check_eq "$1: and not a byte" 0 "$(stat -c %s "$T/out")"
	check_eq "$1: nothing is left half-made" "" "$(ls -A "$cache/tmp")"
	check_eq "$1: nor kept" "$kept" "$(ls "$cache/files")"
	check "$1: other ports are read" as mfs_bob cat "$small"
}

reads_again() {
	set_pace 0
	check "$1: later it is read again" wait_for 20 as mfs_bob cmp "$T/whole" "$slow"
	kept=$(ls "$cache/files")
}

sessions() {
	pg_sql -At -c "SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader' AND state = 'active'"
}

no_session() {
	[ "$(sessions)" -eq 0 ]
}

server_dies() {
	begin "a server that is killed"
	pg_crash
	reader_fails "a server that is killed" "Input/output error"
	check_err "while it is away it is an error" "Input/output error" as mfs_bob cat "$slow"
	pg_start
	reads_again "a server that is killed"
}

# The kernel asks for a name once more when the answer about one that it knew is an error (fuse_dentry_revalidate).
end_sessions() {
	gone "$reader" && return
	pg_sql -At -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'" >/dev/null
	return 1
}

session_ends() {
	begin "a session that is ended"
	wait_for 20 end_sessions
	reader_fails "a session that is ended" "Input/output error"
	reads_again "a session that is ended"
}

reader_goes() {
	begin "a reader that is killed"
	check_eq "the server works for him" 1 "$(sessions)"
	kill -KILL "$reader"
	check "he ends" wait_for 3 gone "$reader"
	wait "$reader" 2>/dev/null
	check "so does the server's work" wait_for 5 no_session
	check "and the rendering" wait_for 3 not_rendering
	reads_again "a reader that is killed"
}

mount_goes() {
	begin "a mount that is taken down"
	kill -TERM "$(mesh_pid "$mnt")"
	check "a mount that is taken down: its reader ends" wait_for 10 gone "$reader"
	wait "$reader" 2>/dev/null
	check "so does the server's work for it" wait_for 5 no_session
	check_eq "and not a byte was read" 0 "$(stat -c %s "$T/out")"
	check "mounts again" mesh_mount "$mesh" "$mnt"
	reads_again "a mount that is taken down"
}

mesh_make "$mesh"
server || { echo "not ok a server starts"; exit 1; }
ledger
chmod -R a+rX "$mesh"
check "mounts" mesh_mount "$mesh" "$mnt"
as mfs_bob cat "$small" >/dev/null
as mfs_bob cat "$slow" >"$T/whole"
check_eq "a view has all its rows" 2001 "$(wc -l <"$T/whole")"
kept=$(ls "$cache/files")
server_dies
session_ends
reader_goes
mount_goes
check "unmounts" mesh_umount "$mnt"
users_down
finish
