/* The nodes that live and those that did. */
#include "beat.h"

#include "muster/base/hash.h"

#include <string.h>

struct peer {
	UT_hash_handle hh;
	char node[NODE_MAX + 1];
	bool lives;
	bool fenced;                   /* `gone` is given up for good: who still beats with it is told so */
	int64_t epoch;                 /* the one that lives */
	int64_t gone;                  /* the highest that doesn't; INT64_MIN: none */
	uint64_t servers;              /* which it says it reaches */
	uint64_t newest;               /* counter of the letter that said so */
	int silence[SERVERS_MAX];      /* in beats of ours */
	uint64_t counter[SERVERS_MAX]; /* of its last sign of life there, in the epoch that lives */
};

void beats_init(struct beats *beats, const char *node, int64_t epoch, size_t n_servers,
		const struct mu_bus_handler *handler, void *arg)
{
	*beats = (struct beats){ .epoch = epoch, .n_servers = n_servers, .handler = handler, .arg = arg };
	memcpy(beats->node, node, strnlen(node, NODE_MAX));
}

static void forget(struct beats *beats, struct peer *peer)
{
	HASH_DEL(beats->peers, peer);
	free(peer);
}

void beats_finish(struct beats *beats)
{
	struct peer *peer, *next;

	HASH_ITER (hh, beats->peers, peer, next)
		forget(beats, peer);
}

static struct peer *find(const struct beats *beats, const char *node)
{
	struct peer *peer;

	HASH_FIND_STR(beats->peers, node, peer);
	return peer;
}

static struct peer *find_or_add(struct beats *beats, const char *node)
{
	struct peer *peer = find(beats, node);

	if (peer)
		return peer;
	peer = calloc(1, sizeof(*peer));
	if (!peer)
		return NULL;
	memcpy(peer->node, node, strnlen(node, NODE_MAX));
	peer->gone = INT64_MIN;
	HASH_ADD_STR(beats->peers, node, peer);
	if (!peer->hh.tbl) {
		free(peer);
		return NULL;
	}
	beats->gone++;
	return peer;
}

/* ---- coming and going ---- */

static void come(struct beats *beats, struct peer *peer, int64_t epoch)
{
	if (!peer->lives) {
		beats->living++;
		beats->gone--;
	}
	peer->lives = true;
	peer->fenced = false;
	peer->epoch = epoch;
	peer->servers = UINT64_MAX;
	peer->newest = 0;
	for (size_t i = 0; i < SERVERS_MAX; i++) {
		peer->silence[i] = -BEATS_GRACE;
		peer->counter[i] = 0;
	}
	beats->handler->came(beats->arg, peer->node, epoch);
}

static void go(struct beats *beats, struct peer *peer)
{
	peer->lives = false;
	peer->gone = peer->epoch;
	beats->living--;
	beats->gone++;
}

static bool is_silent(const struct beats *beats, const struct peer *peer)
{
	for (size_t i = 0; i < beats->n_servers; i++) {
		if (beats->up >> i & 1 && peer->silence[i] < MU_BEATS_LOST)
			return false;
	}
	return beats->up != 0;
}

/* The oldest of those that are gone make room. */
static void prune(struct beats *beats)
{
	struct peer *peer = beats->peers, *next;

	for (; peer && beats->gone > GONE_MAX; peer = next) {
		next = peer->hh.next;
		if (!peer->lives) {
			forget(beats, peer);
			beats->gone--;
		}
	}
}

/* Our own beat came back: everybody has been silent for one more, until heard. */
static void count_silence(struct beats *beats, size_t server)
{
	for (struct peer *peer = beats->peers; peer; peer = peer->hh.next) {
		if (!peer->lives)
			continue;
		peer->silence[server]++;
		if (is_silent(beats, peer)) {
			go(beats, peer);
			beats->handler->went(beats->arg, peer->node, peer->gone);
		}
	}
	prune(beats);
}

static void be_given_up(struct beats *beats, enum mu_given_up why)
{
	if (beats->given_up && why <= beats->why)
		return;
	beats->given_up = true;
	beats->why = why;
	beats->handler->given_up(beats->arg, why);
}

/* ---- letters ---- */

/* One of our own name; only those of our own epoch are ours. */
static enum beat_duty heard_own(struct beats *beats, size_t server, const struct letter *letter)
{
	if (letter->epoch != beats->epoch)
		return BEAT_NOTHING;
	if (letter->counter <= beats->echoed[server])
		return BEAT_REFUSE;
	beats->echoed[server] = letter->counter;
	if (letter->kind == LETTER_BEAT)
		count_silence(beats, server);
	return BEAT_OWN;
}

/* A node has given up another, perhaps us. What it says of others is for the store to confirm. */
static enum beat_duty heard_notice(struct beats *beats, const struct letter *letter)
{
	if (strcmp(letter->about.node, beats->node) == 0 && letter->about.epoch >= beats->epoch)
		be_given_up(beats, MU_GIVEN_UP_TOLD);
	return BEAT_NOTHING;
}

static enum beat_duty heard_sign(struct beats *beats, struct peer *peer, size_t server,
				 const struct letter *letter)
{
	if (letter->counter <= peer->counter[server])
		return BEAT_REFUSE;
	peer->counter[server] = letter->counter;
	peer->silence[server] = 0;
	if (letter->counter > peer->newest) {
		peer->newest = letter->counter;
		peer->servers = letter->servers;
	}
	if (letter->kind == LETTER_BYE) {
		go(beats, peer);
		beats->handler->left(beats->arg, peer->node, letter->epoch);
	}
	return letter->kind == LETTER_HELLO ? BEAT_ANSWER : BEAT_NOTHING;
}

bool beats_is_own(struct beats *beats, const struct letter *letter)
{
	if (strcmp(letter->node, beats->node) != 0)
		return false;
	if (letter->epoch > beats->epoch)
		be_given_up(beats, MU_GIVEN_UP_NAMESAKE);
	return true;
}

enum beat_duty beats_heard(struct beats *beats, size_t server, const struct letter *letter)
{
	struct peer *peer;

	if (beats_is_own(beats, letter))
		return heard_own(beats, server, letter);
	if (letter->kind == LETTER_NOTICE)
		return heard_notice(beats, letter);
	if (!beats_admit(beats, letter)) {
		peer = find(beats, letter->node);
		return peer && peer->fenced && letter->epoch <= peer->gone ? BEAT_TELL : BEAT_NOTHING;
	}
	peer = find(beats, letter->node);
	return peer ? heard_sign(beats, peer, server, letter) : BEAT_NOTHING;
}

bool beats_admit(struct beats *beats, const struct letter *letter)
{
	struct peer *peer = find_or_add(beats, letter->node);

	if (!peer || letter->epoch <= peer->gone || (peer->lives && letter->epoch < peer->epoch))
		return false;
	if (!peer->lives || letter->epoch > peer->epoch) {
		if (letter->kind == LETTER_BYE && !peer->lives)
			return false;
		come(beats, peer, letter->epoch);
	}
	return true;
}

/* ---- what the caller knows ---- */

void beats_up(struct beats *beats, size_t server)
{
	beats->up |= UINT64_C(1) << server;
	for (struct peer *peer = beats->peers; peer; peer = peer->hh.next)
		peer->silence[server] = -BEATS_GRACE;
}

void beats_down(struct beats *beats, size_t server)
{
	beats->up &= ~(UINT64_C(1) << server);
}

bool beats_awake(struct beats *beats, int64_t now_ms)
{
	const bool slept = beats->awake_ms && now_ms - beats->awake_ms >= MU_BUS_LEASE_MS;

	beats->awake_ms = now_ms;
	if (!slept || !beats->living)
		return false;
	be_given_up(beats, MU_GIVEN_UP_SLEPT);
	return true;
}

void beats_give_up(struct beats *beats, const char *node, int64_t epoch)
{
	struct peer *peer = find_or_add(beats, node);

	if (!peer)
		return;
	if (peer->lives && peer->epoch <= epoch)
		go(beats, peer);
	if (epoch >= peer->gone) {
		peer->gone = epoch;
		peer->fenced = true;
	}
}

void beats_renew(struct beats *beats, int64_t epoch)
{
	beats->epoch = epoch;
	beats->given_up = false;
}

size_t beats_rank(const struct beats *beats)
{
	size_t rank = 0;

	for (const struct peer *peer = beats->peers; peer; peer = peer->hh.next)
		rank += peer->lives && strcmp(peer->node, beats->node) < 0;
	return rank;
}

uint64_t beats_common(const struct beats *beats)
{
	uint64_t common = UINT64_MAX;

	for (const struct peer *peer = beats->peers; peer; peer = peer->hh.next) {
		if (peer->lives)
			common &= peer->servers;
	}
	return common;
}
