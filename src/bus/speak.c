/* Saying something: sealed, numbered, and on the servers where all hear it.
 * Thread: the loop's. */
#include "inner.h"

#include <string.h>

/* Seal a letter and say it on all servers of a set; to count as said it needs one. */
static enum mu_err post(struct mu_bus *bus, const char *topic, struct letter *letter, uint64_t set)
{
	enum mu_err said = MU_UNAVAILABLE, err;

	memcpy(letter->node, bus->beats.node, sizeof(letter->node));
	letter->epoch = bus->beats.epoch;
	letter->counter = ++bus->counter;
	err = set ? letter_seal(bus->key, topic, letter, &bus->sealed) : MU_UNAVAILABLE;
	for (size_t i = 0; !err && i < bus->places.n; i++) {
		if (bus_in_set(set, i) &&
		    !server_say(bus->servers[i], topic, bus->sealed.data, bus->sealed.n))
			said = MU_OK;
	}
	err = err ? err : said;
	bus_flush_soon(bus);
	mu_metrics_add(bus->metrics, err ? MU_METRIC_BUS_DROPPED_TOTAL : MU_METRIC_BUS_PUBLISHED_TOTAL, 1);
	return err;
}

/* Show on some servers that we live. One that gets lost is made up for by the next. */
void bus_sign(struct mu_bus *bus, enum letter_kind kind, uint64_t set)
{
	struct letter letter = { .kind = kind, .servers = bus->up };

	if (set && !bus->leaving)
		(void)!post(bus, BEATS_TOPIC, &letter, set);
}

void bus_give_notice(struct mu_bus *bus, size_t at, const struct letter *to)
{
	struct letter letter = { .kind = LETTER_NOTICE, .about.epoch = to->epoch };

	memcpy(letter.about.node, to->node, sizeof(letter.about.node));
	(void)!post(bus, BEATS_TOPIC, &letter, UINT64_C(1) << at);
}

enum mu_err mu_bus_say(struct mu_bus *bus, const char *workspace, const char *text, size_t bytes)
{
	struct letter letter = { .kind = LETTER_WORD, .text = text, .bytes = bytes };
	const uint64_t common = bus->up & beats_common(&bus->beats);
	const struct channel *channel = bus_find_channel(bus, workspace);
	struct channel visited;

	if (bytes > MU_BUS_TEXT_MAX)
		return MU_TOO_LARGE;
	if (!channel) {
		if (!channel_init(&visited, &bus->places, workspace))
			return MU_UNAVAILABLE;
		channel = &visited;
	}
	for (size_t i = 0; i < channel->n; i++) {
		if (bus_in_set(common, channel->at[i]))
			return post(bus, channel->topic, &letter, UINT64_C(1) << channel->at[i]);
	}
	return post(bus, channel->topic, &letter, bus->up & channel->servers);
}
