#!/bin/sh
# A PostgreSQL server for as long as the demonstration lasts.
#
#	private-postgres.sh start DIR    makes a cluster in DIR and starts it; prints the port, on 127.0.0.1
#	private-postgres.sh stop DIR     stops it and removes it
#
# Status 3: the server's programs are not installed. Its superuser is postgres, who gets in through the socket in DIR, where only root
# and the server's user reach it; over TCP the server asks for a password.
set -eu

if [ $# -ne 2 ]; then
	echo "usage: $0 start|stop DIR" >&2
	exit 2
fi
dir=$2

bin=
for at in /usr/lib/postgresql/*/bin /usr/local/pgsql/bin /usr/pgsql-*/bin; do
	[ ! -x "$at/initdb" ] || bin=$at
done
if [ -z "$bin" ] || ! command -v psql >/dev/null; then
	exit 3
fi

owner=postgres
getent passwd $owner >/dev/null || owner=nobody

# The server refuses to run as root.
server() {
	(cd "$dir" && setpriv --reuid=$owner --regid="$(id -g $owner)" --clear-groups -- env HOME="$dir" "$@")
}

start() {
	mkdir -m 700 "$dir"
	chown $owner "$dir"
	server "$bin/initdb" -D "$dir/data" -U postgres -E UTF8 --locale=C.UTF-8 --no-sync \
		--auth-local=trust --auth-host=scram-sha-256 >"$dir.log" 2>&1
	port=$((20000 + $$ % 10000))
	for _ in 1 2 3 4 5; do
		port=$((port + 1))
		server "$bin/pg_ctl" start -s -w -D "$dir/data" -l "$dir/log" \
			-o "-p $port -c fsync=off -c listen_addresses=127.0.0.1 -c unix_socket_directories='$dir'" \
			</dev/null >>"$dir.log" 2>&1 && echo $port && return
	done
	cat "$dir.log" "$dir/log" >&2
	return 1
}

case $1 in
start)
	start
	;;
stop)
	server "$bin/pg_ctl" stop -s -m immediate -D "$dir/data" || :
	rm -rf "$dir" "$dir.log"
	;;
esac
