#!/bin/sh
# The demo workspace of `./dev run`.
#
#   demo.sh make DIRECTORY        make it, all at once or not at all, with one fresh password for everybody
#   demo.sh show DIRECTORY URL    say how to sign in
set -eu

# id | name
teams='support|Support
sales|Sales
billing|Billing'

# id | name | role | team
people='ada|Ada Brook|admin|
sam|Sam Okafor|supervisor|
ben|Ben Lindqvist|agent|support
cleo|Cleo Marchetti|agent|support
dara|Dara Quinn|agent|support
hugo|Hugo Baptiste|agent|support
ines|Inês Carvalho|agent|support
joon|Joon Park|agent|support
emil|Emil Novak|agent|sales
fay|Fay Tanaka|agent|sales
kofi|Kofi Mensah|agent|sales
lena|Lena Vogel|agent|sales
mira|Mira Haddad|agent|billing
noor|Noor Rahman|agent|billing
pavel|Pavel Dvořák|agent|billing'

statuses='[{"id":"lunch","label":"Lunch","base":"away","accepting":false},
	{"id":"training","label":"Training","base":"busy","accepting":false}]'

muster=build/release/muster

# tell WORD…: a muster command on the new directory with the password on its standard input.
tell() {
	group=$1
	verb=$2
	shift 2
	printf '%s' "$password" | $muster "$group" "$verb" --data "$new" --workspace demo "$@"
}

make_demo() {
	new=$1.new
	password=demo-$(od -An -N5 -tx1 /dev/urandom | tr -d ' \n')
	rm -rf "$new"
	printf '%s' "$password" | $muster init --data "$new" --workspace demo --name Demo \
		--owner-email olga@demo.test --owner-name 'Olga Reyes' --owner-password-stdin
	tell workspace set --statuses "$statuses"
	printf '%s\n' "$teams" | while IFS='|' read -r id name; do
		tell team add --id "$id" --name "$name"
	done
	printf '%s\n' "$people" | while IFS='|' read -r id name role team; do
		tell user add --id "$id" --name "$name" --email "$id@demo.test" --role "$role" ${team:+--team "$team"} --password-stdin
	done
	printf '%s\n' "$password" >"$new/demo-password"
	chmod 600 "$new/demo-password"
	mv "$new" "$1"
}

show_demo() {
	printf '\nOpen %s and sign in to the workspace "demo" with the password %s as\n' "$2" "$(cat "$1/demo-password")"
	printf '    %-16s  %s\n' olga@demo.test 'Olga Reyes, owner'
	printf '%s\n' "$people" | while IFS='|' read -r id name role team; do
		printf '    %-16s  %s\n' "$id@demo.test" "$name, $role${team:+ in $team}"
	done
	printf 'Two browsers side by side show it best: an agent in one, the supervisor in the other.\n'
	printf 'Ctrl+C stops the hub; the same command starts it again with the same people.\n\n'
}

case $1 in
make) make_demo "$2" ;;
show) show_demo "$2" "$3" ;;
esac
