#!/bin/sh
# Two hubs that are one: on one PostgreSQL, talking over one Redis, behind HAProxy, with the demo workspace. All of it
# is this script's own, in a temporary directory and on 127.0.0.1, and ends with it. A hub that ends is started again,
# as a service manager would.
#
#   cluster.sh PORT PORT_A PORT_B [option of muster serve…]    the port of HAProxy, and those of the hubs
set -eu
tools=$(dirname "$0")
muster=${PROGRAM:-build/release/muster}
again_s=5

front=$1 port_a=$2 port_b=$3
shift 3

die() {
	printf 'cluster: %s\n' "$*" >&2
	exit 1
}

end() {
	trap '' INT TERM
	# shellcheck disable=SC2086 # a list of words
	[ -z "$keepers" ] || kill $keepers
	for name in a b haproxy; do
		[ ! -f "$directory/$name.pid" ] || kill -9 "$(cat "$directory/$name.pid")" 2>/dev/null || true
	done
	for server in redis postgres; do
		[ ! -f "$directory/$server" ] || "$tools/$server.sh" stop "$directory/$server"
	done
	wait
	rm -rf "$directory"
}

# noted NAME COMMAND…: its process is known by NAME, and each line of it begins so. Ctrl+C is not meant for it.
noted() {
	name=$1
	shift
	# shellcheck disable=SC2016 # for the inner shell
	sh -c 'echo $$ >"$0" && exec setsid "$@"' "$directory/$name.pid" "$@" 2>&1 </dev/null |
		sed -u "s/^/$name  /w $directory/$name.log"
}

# hub NAME PORT [OPTION…]
hub() {
	hub=$1 port=$2
	shift 2
	while :; do
		noted "$hub" "$muster" serve --web web/dist --public-url "http://127.0.0.1:$front" "$@" --data "$directory/$hub" \
			--listen "127.0.0.1:$port" --store "$store" --bus "$bus" --cluster-key-file "$directory/cluster.key" \
			--node "$hub" --trusted-proxies 127.0.0.1
		touch "$directory/$hub.ended"
		printf 'Hub %s has ended; it is started again in %s s.\n' "$hub" $again_s
		sleep $again_s
	done
}

await_hub() {
	until grep -qs 'is ready on' "$directory/$1.log"; do
		[ ! -f "$directory/$1.ended" ] || die "hub $1 doesn't start"
		sleep 0.05
	done
}

directory=$(mktemp -d -t muster-cluster-XXXXXX)
keepers=
trap end EXIT
trap 'exit 0' INT TERM

"$tools/postgres.sh" start "$directory/postgres"
store="postgres://muster@/muster?host=$(cat "$directory/postgres")"
"$tools/redis.sh" start "$directory/redis"
bus=redis://127.0.0.1:$(cat "$directory/redis")
(umask 077 && head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$directory/cluster.key")
"$tools/demo.sh" make "$directory/a" "$store" >"$directory/demo.log" 2>&1 || die "$(cat "$directory/demo.log")"

# Who is killed is told of by `hub` itself.
hub a "$port_a" "$@" 2>/dev/null &
keepers=$!
hub b "$port_b" "$@" 2>/dev/null &
keepers="$keepers $!"
await_hub a
await_hub b
env MUSTER_BIND="127.0.0.1:$front" MUSTER_A="127.0.0.1:$port_a" MUSTER_B="127.0.0.1:$port_b" \
	haproxy -D -p "$directory/haproxy.pid" -f docker/haproxy.cfg >"$directory/haproxy.log" 2>&1 ||
	die "$(cat "$directory/haproxy.log")"

"$tools/demo.sh" show "$directory/a" "http://127.0.0.1:$front/" "$store"
cat <<END

HAProxy spreads connections over two hubs, which hold the same workspace. Each can be opened by itself, too:
    a  http://127.0.0.1:$port_a/
    b  http://127.0.0.1:$port_b/
Take something away and watch the boards:
    crash hub b, which is started again after $again_s s:      kill -9 \$(cat $directory/b.pid)
    stop it in good order, so that its clients move:    kill \$(cat $directory/b.pid)
    end Redis; \`again\` instead of kill brings it back:  $tools/redis.sh kill $directory/redis
    the same with PostgreSQL, where the log is:         $tools/postgres.sh kill $directory/postgres
Ctrl+C ends all of it and removes it.

END
wait
