#!/bin/sh
# A PostgreSQL server of one's own, for tests: on a unix socket only, with everything in a temporary directory
# whose name is kept in FILE. Its URL is postgres://muster@/muster?host=DIRECTORY.
#
#   postgres.sh start FILE    make a new one, instead of one that an earlier run may have left behind
#   postgres.sh kill FILE     end all of its processes at once, as a crash would
#   postgres.sh again FILE    start it again after that
#   postgres.sh stop FILE     end it and remove its directory
#
# The server refuses to run as root, so root runs it as the user whom Debian's package makes for it.
set -eu

programs=$(find /usr/lib/postgresql -maxdepth 2 -name bin | sort -V | tail -n 1)

as_postgres() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=postgres --regid=postgres --init-groups env -i PATH="$PATH" LC_ALL=C "$@"
	else
		env -i PATH="$PATH" LC_ALL=C "$@"
	fi
}

# It lives on when what started it ends, so it must not hold its files open.
launch() {
	as_postgres "$programs/pg_ctl" start -w -t 60 -s -D "$1/data" -l "$1/log" >/dev/null 2>&1 </dev/null || {
		cat "$1/log" >&2
		exit 1
	}
}

start() {
	[ ! -f "$1" ] || stop "$1"
	directory=$(mktemp -d -t muster-postgres-XXXXXX)
	[ "$(id -u)" -ne 0 ] || chown postgres "$directory"
	echo "$directory" >"$1"
	as_postgres "$programs/initdb" -D "$directory/data" -U muster -A trust -E UTF8 --locale=C --no-sync >/dev/null
	as_postgres tee -a "$directory/data/postgresql.conf" >/dev/null <<-END
		listen_addresses = ''
		unix_socket_directories = '$directory'
		max_connections = 20
		shared_buffers = 16MB
	END
	launch "$directory"
	as_postgres "$programs/createdb" -h "$directory" -U muster muster
}

kill_all() {
	postmaster=$(head -n 1 "$1/data/postmaster.pid")
	others=$(cat "/proc/$postmaster/task/$postmaster/children")
	# shellcheck disable=SC2086 # a list of words
	kill -9 "$postmaster" $others 2>/dev/null || true
	# What has ended may be listed until somebody asks for it; the server's own notes would say that it runs.
	for process in $postmaster $others; do
		while grep -q '^State:.[^ZX]' "/proc/$process/status" 2>/dev/null; do sleep 0.01; done
	done
	rm -f "$1/data/postmaster.pid" "$1"/.s.PGSQL.*.lock
}

stop() {
	directory=$(cat "$1")
	as_postgres "$programs/pg_ctl" stop -w -s -m immediate -D "$directory/data" >/dev/null 2>&1 || true
	rm -rf "$directory" "$1"
}

case $1 in
start) start "$2" ;;
kill) kill_all "$(cat "$2")" ;;
again) launch "$(cat "$2")" ;;
stop) stop "$2" ;;
esac
