#!/bin/sh
# A Redis server of one's own, for tests: on a free port of 127.0.0.1 that FILE holds, keeping nothing, with
# everything in the directory FILE.d. Its URL is redis://127.0.0.1:PORT.
#
#   redis.sh start FILE [LINE…]    make a new one, instead of one that an earlier run may have left behind, with
#                                  these lines of configuration, such as 'requirepass secret'
#   redis.sh kill FILE             end it at once, as a crash would
#   redis.sh again FILE            start it again after that, on the same port
#   redis.sh stop FILE             end it and remove its directory
set -eu

# Says whether it runs. Asked through its socket: something else may answer on the port.
runs() {
	(cd "$1" && redis-cli -s socket ping 2>/dev/null) | grep -q 'PONG\|NOAUTH'
}

# has_ended PROCESS: also if it is only listed until somebody asks for it.
has_ended() {
	! grep -q '^State:.[^ZX]' "/proc/$1/status" 2>/dev/null
}

# launch DIRECTORY PORT: fails if the port is taken. It lives on when what started it ends, so it must not hold its files open.
launch() {
	rm -f "$1/socket"
	(cd "$1" && exec setsid redis-server lines --bind 127.0.0.1 --port "$2" --unixsocket socket --save '' --appendonly no) \
		>>"$1/log" 2>&1 </dev/null &
	echo $! >"$1/pid"
	until runs "$1"; do
		! has_ended $! || return 1
		sleep 0.01
	done
}

# Below the ports that connections are given by the system, one of which could take it while the server is away.
start() {
	file=$1
	shift
	[ ! -f "$file" ] || stop "$file"
	mkdir -p "$file.d"
	printf '%s\n' "$@" >"$file.d/lines"
	for port in $(shuf -i 20000-32000 -n 20); do
		if launch "$file.d" "$port"; then
			echo "$port" >"$file"
			return
		fi
	done
	cat "$file.d/log" >&2
	exit 1
}

kill_all() {
	process=$(cat "$1.d/pid")
	kill -9 "$process" 2>/dev/null || true
	until has_ended "$process"; do sleep 0.01; done
}

again() {
	launch "$1.d" "$(cat "$1")" || {
		cat "$1.d/log" >&2
		exit 1
	}
}

stop() {
	kill_all "$1"
	rm -rf "$1.d" "$1"
}

case $1 in
start)
	shift
	start "$@"
	;;
kill) kill_all "$2" ;;
again) again "$2" ;;
stop) stop "$2" ;;
esac
