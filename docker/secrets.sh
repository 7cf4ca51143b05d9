#!/bin/sh
# Make what compose.yaml keeps secret, in docker/secrets: fresh passwords, and the key that the nodes share. The directory
# is closed to others; the files are not, as each container reads them by a user number of its own.
set -eu
umask 022
cd -- "$(dirname -- "$0")"
if [ -d secrets ]; then
	echo 'docker/secrets is there already, and stays as it is.'
	exit
fi

fresh() {
	head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'
}

rm -rf secrets.new
mkdir -m 700 secrets.new
fresh >secrets.new/cluster-key
fresh >secrets.new/postgres-password
redis=$(fresh)
printf 'requirepass %s\n' "$redis" >secrets.new/redis.conf
printf 'bus = redis://:%s@redis\n' "$redis" >secrets.new/muster.conf
printf '[muster]\npassword=%s\n' "$(cat secrets.new/postgres-password)" >secrets.new/pg_service.conf
mv secrets.new secrets
