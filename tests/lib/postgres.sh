# shellcheck shell=bash
# A PostgreSQL server of a test's own:  . "$SRC/tests/lib/postgres.sh"
#
#	need_postgres            exit 77 where the server's programs are not installed
#	pg_up [DIR]              makes a cluster in DIR ($T/pg) and starts it; sets PG_DIR, PG_SOCKET (a directory) and PG_PORT
#	pg_sql [PSQL-OPTIONS]    psql as its superuser, who is called postgres
#	pg_crash                 stops it as kill -9 would, data and all
#	pg_start, pg_stop        of a cluster that is there
#	pg_down                  stops it and removes everything
#
# It listens on 127.0.0.1, where it asks for a password (scram-sha-256), and on the socket, where it trusts. As a program
# it does pg_up and pg_down:  bash tests/lib/postgres.sh up|down DIR. "up" prints the port; 77: see need_postgres.

: "${PG_DIR:=${T:-/nonexistent}/pg}"
PG_SOCKET=$PG_DIR

pg_bin() {
	local dir newest=
	for dir in /usr/lib/postgresql/*/bin /usr/local/pgsql/bin /usr/pgsql-*/bin; do
		[ ! -x "$dir/initdb" ] || newest=$(printf '%s\n' "$newest" "$dir" | sort -V | tail -n 1)
	done
	[ -n "$newest" ] && echo "$newest"
}

need_postgres() {
	if ! pg_bin >/dev/null || ! command -v psql >/dev/null; then
		echo "needs the programs of a PostgreSQL server"
		exit 77
	fi
}

# The server refuses to run as root.
pg_as_owner() {
	local owner=postgres
	if [ "$(id -u)" -ne 0 ]; then
		"$@"
		return
	fi
	getent passwd "$owner" >/dev/null || owner=nobody
	setpriv --reuid="$owner" --regid="$(id -g "$owner")" --clear-groups --inh-caps=-all -- \
		env --chdir="$PG_DIR" HOME="$PG_DIR" "$@"
}

# A port that nobody has now may be taken before the server asks for it: then another one is tried.
pg_free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

pg_start() {
	local bin tries
	bin=$(pg_bin) || return
	for tries in 1 2 3 4 5; do
		if [ "$tries" -gt 1 ] || [ ! -s "$PG_DIR/port" ]; then
			pg_free_port >"$PG_DIR/port"
		fi
		PG_PORT=$(cat "$PG_DIR/port")
		pg_as_owner "$bin/pg_ctl" start -s -w -t 60 -D "$PG_DIR/data" -l "$PG_DIR/log" \
			-o "-p $PG_PORT -c listen_addresses=127.0.0.1 -c unix_socket_directories='$PG_SOCKET'" \
			</dev/null >/dev/null 2>&1 && return
	done
	cat "$PG_DIR/log" >&2
	return 1
}

pg_stop() {
	pg_as_owner "$(pg_bin)/pg_ctl" stop -s -m "${1:-fast}" -t 60 -D "$PG_DIR/data"
}

pg_crash() {
	pg_stop immediate
}

pg_up() {
	local bin
	bin=$(pg_bin) || return
	PG_DIR=${1:-$PG_DIR}
	PG_SOCKET=$PG_DIR
	mkdir -p "$PG_DIR" && chmod 755 "$PG_DIR" || return
	if [ "$(id -u)" -eq 0 ]; then
		chown "$(getent passwd postgres >/dev/null && echo postgres || echo nobody)" "$PG_DIR" || return
	fi
	pg_as_owner "$bin/initdb" -D "$PG_DIR/data" -U postgres -E UTF8 --locale=C.UTF-8 --no-sync \
		--auth-local=trust --auth-host=scram-sha-256 >"$PG_DIR/initdb.log" 2>&1 || {
		cat "$PG_DIR/initdb.log" >&2
		return 1
	}
	printf '%s\n' 'fsync = off' 'autovacuum = off' 'max_connections = 40' 'shared_buffers = 64MB' |
		pg_as_owner tee -a "$PG_DIR/data/postgresql.conf" >/dev/null
	pg_start
}

pg_down() {
	[ ! -d "$PG_DIR/data" ] || pg_stop immediate 2>/dev/null
	rm -rf "$PG_DIR"
}

pg_sql() {
	psql -X -q -v ON_ERROR_STOP=1 -h "$PG_SOCKET" -p "$PG_PORT" -U postgres "$@"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	need_postgres
	case ${1:-} in
	up)
		pg_up "$2" && echo "$PG_PORT"
		;;
	down)
		PG_DIR=$2 pg_down
		;;
	*)
		echo "usage: $0 up|down DIR" >&2
		exit 2
		;;
	esac
fi
