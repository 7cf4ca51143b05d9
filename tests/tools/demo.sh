#!/bin/sh
# The demo workspace of `./dev run`.
#
#   demo.sh make DIRECTORY [STORE]    make it, all at once or not at all, with one fresh password for everybody;
#                                     its log is in STORE, or in the directory
#   demo.sh show DIRECTORY URL [STORE]
#                                     say how to sign in
set -eu

# id | name | how its conversations are given out | with which settings
teams='support|Support|round_robin|{"offer_ms":45000}
sales|Sales|load_balanced|{}
billing|Billing|manual|{}'

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

# id | team | channel | priority | subject | who has it already
conversations='c-101|support|email|high|Refund for order 4711 is late|ben
c-102|support|chat|normal|The app asks for my password every time|ben
c-103|support|chat|normal|Where is my parcel?|cleo
c-104|support|phone|normal|My headset crackles|dara
c-105|support|email|low|Change of address|ines
c-106|support|chat|urgent|The payment page stays blank|
c-107|support|chat|normal|Can two people share one account?|
c-108|support|email|normal|Parcel arrived without a manual|
c-109|support|email|low|A thank-you note|
c-110|sales|email|normal|Renewal for Northwind|kofi
c-111|sales|chat|normal|Trial ends on Friday|fay
c-112|sales|email|high|Quote for 40 seats|
c-113|sales|chat|normal|Is there a discount for schools?|
c-114|billing|email|normal|Invoice 2026-118 names the wrong company|mira
c-115|billing|email|high|Charged twice in October|
c-116|billing|email|normal|Please send a receipt|
c-117||chat|normal|Who is the right person to ask?|'

statuses='[{"id":"lunch","label":"Lunch","base":"away","accepting":false},
	{"id":"training","label":"Training","base":"busy","accepting":false}]'

muster=${PROGRAM:-build/release/muster}

# tell WORD…: a muster command on the new directory with the password on its standard input.
tell() {
	group=$1
	verb=$2
	shift 2
	printf '%s' "$password" | $muster "$group" "$verb" --data "$new" ${store:+--store "$store"} --workspace demo "$@"
}

make_demo() {
	new=$1.new
	store=$2
	password=demo-$(od -An -N5 -tx1 /dev/urandom | tr -d ' \n')
	rm -rf "$new"
	printf '%s' "$password" | $muster init --data "$new" ${store:+--store "$store"} --workspace demo --name Demo \
		--owner-email olga@demo.test --owner-name 'Olga Reyes' --owner-password-stdin
	tell workspace set --statuses "$statuses"
	printf '%s\n' "$teams" | while IFS='|' read -r id name strategy settings; do
		tell team add --id "$id" --name "$name" --strategy "$strategy" --settings "$settings"
	done
	printf '%s\n' "$people" | while IFS='|' read -r id name role team; do
		tell user add --id "$id" --name "$name" --email "$id@demo.test" --role "$role" ${team:+--team "$team"} --password-stdin
	done
	printf '%s\n' "$conversations" | while IFS='|' read -r id team channel priority subject user; do
		tell conversation put --id "$id" ${team:+--team "$team"} --channel "$channel" --priority "$priority" --subject "$subject"
		[ -z "$user" ] || tell conversation assign --id "$id" --user "$user"
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
	printf 'What waits is offered in Support, given at once in Sales, and taken by hand in Billing. One more, as a platform tells of it:\n'
	printf '    %s conversation put --data %s --workspace demo --id c-201 --team support --subject "Hello"\n' \
		"$muster" "$1${3:+ --store \"$3\"}"
}

case $1 in
make) make_demo "$2" "${3-}" ;;
show) show_demo "$2" "$3" "${4-}" ;;
esac
