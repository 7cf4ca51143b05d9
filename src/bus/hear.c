/* What servers tell: that they are there, what others said, and so whom this node reaches.
 * Thread: the loop's. */
#include "inner.h"

#include "muster/base/log.h"

#include <string.h>

#define REFUSED_LOG_MS 60000

/* ---- reach ---- */

static void settle_channel(struct mu_bus *bus, struct channel *channel)
{
	const bool reaches = channel_should_reach(channel, bus->proven);

	if (reaches == channel->reaches)
		return;
	channel->reaches = reaches;
	bus->handler->reach(bus->arg, channel->workspace, reaches);
}

/* Any channel may be joined or left by the handler meanwhile; see mu_bus_leave. */
static void settle(struct mu_bus *bus)
{
	struct channel *channel = bus->channels;

	for (; channel; channel = bus->next) {
		bus->next = channel->hh.next;
		settle_channel(bus, channel);
	}
}

void bus_awake(struct mu_bus *bus)
{
	if (!beats_awake(&bus->beats, bus_now_ms()))
		return;
	bus->woke = bus->counter;
	bus->proven = 0;
	bus_sign(bus, LETTER_SIGN, bus->up);
	settle(bus);
}

static struct channel *find_topic(const struct mu_bus *bus, const char *topic)
{
	const size_t prefix = strlen(CHANNEL_PREFIX);

	return strncmp(topic, CHANNEL_PREFIX, prefix) == 0 ? bus_find_channel(bus, topic + prefix) : NULL;
}

void bus_ask(struct mu_bus *bus, struct channel *channel, size_t at)
{
	for (size_t i = 0; i < channel->n; i++) {
		if (channel->at[i] == at)
			channel->question[i] = server_listen(bus->servers[at], channel->topic);
	}
	bus_flush_soon(bus);
}

/* ---- servers ---- */

static void on_ask(void *arg, size_t at)
{
	struct mu_bus *bus = arg;

	(void)server_listen(bus->servers[at], BEATS_TOPIC);
	bus_flush_soon(bus);
	for (struct channel *channel = bus->channels; channel; channel = channel->hh.next)
		bus_ask(bus, channel, at);
}

static void on_listens(void *arg, size_t at, const char *topic, uint64_t question)
{
	struct mu_bus *bus = arg;
	struct channel *channel = find_topic(bus, topic);

	for (size_t i = 0; channel && i < channel->n; i++) {
		if (channel->at[i] == at && channel->question[i] == question)
			channel->listens[i] = true;
	}
	if (channel)
		settle_channel(bus, channel);
}

static void note_servers(struct mu_bus *bus)
{
	mu_metrics_set(bus->metrics, MU_METRIC_BUS_CONNECTED, __builtin_popcountll(bus->up));
}

static void on_up(void *arg, size_t at)
{
	struct mu_bus *bus = arg;
	const uint64_t before = bus->up;

	bus->up |= UINT64_C(1) << at;
	bus->unanswered[at] = 0;
	beats_up(&bus->beats, at);
	note_servers(bus);
	bus_sign(bus, LETTER_HELLO, UINT64_C(1) << at);
	bus_sign(bus, LETTER_SIGN, before);
}

static void on_down(void *arg, size_t at)
{
	struct mu_bus *bus = arg;

	bus->up &= ~(UINT64_C(1) << at);
	bus->proven = 0;
	beats_down(&bus->beats, at);
	note_servers(bus);
	for (struct channel *channel = bus->channels; channel; channel = channel->hh.next) {
		for (size_t i = 0; i < channel->n; i++)
			channel->listens[i] = channel->listens[i] && channel->at[i] != at;
	}
	bus_sign(bus, LETTER_SIGN, bus->up);
	settle(bus);
}

/* ---- hearing ---- */

static void refuse(struct mu_bus *bus)
{
	mu_metrics_add(bus->metrics, MU_METRIC_BUS_REFUSED_TOTAL, 1);
}

/* Somebody else uses the server, or a node has another key: the operator should know, but not each time. */
static void refuse_foreign(struct mu_bus *bus, size_t at, const char *topic)
{
	const int64_t now = bus_now_ms();

	refuse(bus);
	if (bus->refused_logged_ms && now - bus->refused_logged_ms < REFUSED_LOG_MS)
		return;
	bus->refused_logged_ms = now;
	mu_log(MU_LOG_WARN, "bus",
	       "refused a message that isn't sealed with our key; is it the same on all nodes?",
	       MU_KS("server", bus->places.v[at].name), MU_KS("channel", topic));
}

static void heard_own(struct mu_bus *bus, size_t at, const struct letter *letter)
{
	bus->unanswered[at] = 0;
	if (letter->kind == LETTER_NOTICE || letter->counter <= bus->woke || letter->servers != bus->up ||
	    bus_in_set(bus->proven, at))
		return;
	bus->proven |= UINT64_C(1) << at;
	server_proven(bus->servers[at]);
	settle(bus);
}

/* Once for all who ask in this turn. */
static void answer_soon(struct mu_bus *bus, size_t at)
{
	bus->answer |= UINT64_C(1) << at;
	bus_flush_soon(bus);
}

static void heard_life(struct mu_bus *bus, size_t at, const struct letter *letter)
{
	const enum beat_duty duty = beats_heard(&bus->beats, at, letter);

	if (duty == BEAT_REFUSE)
		refuse(bus);
	else if (duty == BEAT_ANSWER)
		answer_soon(bus, at);
	else if (duty == BEAT_TELL)
		bus_give_notice(bus, at, letter);
	else if (duty == BEAT_OWN)
		heard_own(bus, at, letter);
}

static void heard_word(struct mu_bus *bus, const char *topic, const struct letter *letter)
{
	struct channel *channel;
	enum mu_err err;

	if (beats_is_own(&bus->beats, letter))
		return;
	if (!beats_admit(&bus->beats, letter)) {
		refuse(bus);
		return;
	}
	channel = find_topic(bus, topic); /* whom a new node made the handler leave isn't there any more */
	err = channel ? channel_note(channel, letter) : MU_CONFLICT;
	if (err == MU_GONE)
		refuse(bus);
	else if (err == MU_NO_MEMORY)
		mu_metrics_add(bus->metrics, MU_METRIC_BUS_DROPPED_TOTAL, 1);
	if (err)
		return;
	mu_metrics_add(bus->metrics, MU_METRIC_BUS_RECEIVED_TOTAL, 1);
	bus->handler->heard(bus->arg, channel->workspace, letter->node, letter->text, letter->bytes);
}

static void on_heard(void *arg, size_t at, const char *topic, const char *bytes, size_t n)
{
	struct mu_bus *bus = arg;
	const bool life = strcmp(topic, BEATS_TOPIC) == 0;
	struct letter letter;
	enum mu_err err;

	bus_awake(bus);
	if (!life && !find_topic(bus, topic))
		return; /* left a moment ago */
	err = letter_open(bus->key, topic, bytes, n, &bus->opened, &letter);
	if (err == MU_NO_MEMORY)
		mu_metrics_add(bus->metrics, MU_METRIC_BUS_DROPPED_TOTAL, 1);
	else if (err || life != (letter.kind != LETTER_WORD))
		refuse_foreign(bus, at, topic);
	else if (life)
		heard_life(bus, at, &letter);
	else
		heard_word(bus, topic, &letter);
}

/* ---- the end ---- */

static void on_freed(void *arg)
{
	bus_release(arg);
}

const struct server_handler bus_server_handler = {
	.ask = on_ask,
	.listens = on_listens,
	.heard = on_heard,
	.up = on_up,
	.down = on_down,
	.freed = on_freed,
};
