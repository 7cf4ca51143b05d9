/* Joined workspaces.
 * Invariant: a mark only grows, epoch before counter; so nothing is heard twice or out of order. */
#include "channel.h"

#include "muster/base/mem.h"

#include <stdio.h>
#include <string.h>

struct mark {
	UT_hash_handle hh;
	int64_t epoch;
	uint64_t counter;
	char node[NODE_MAX + 1];
};

bool channel_init(struct channel *channel, const struct places *places, const char *workspace)
{
	*channel = (struct channel){ 0 };
	if (strlen(workspace) > CHANNEL_WORKSPACE_MAX)
		return false;
	snprintf(channel->topic, sizeof(channel->topic), "%s%s", CHANNEL_PREFIX, workspace);
	channel->workspace = channel->topic + strlen(CHANNEL_PREFIX);
	channel->n = places_rank(places, workspace, channel->at);
	channel->servers = UINT64_C(1) << channel->at[0] | UINT64_C(1) << channel->at[1];
	return true;
}

struct channel *channel_create(const struct places *places, const char *workspace)
{
	struct channel *channel = malloc(sizeof(*channel));

	if (channel && !channel_init(channel, places, workspace)) {
		free(channel);
		return NULL;
	}
	return channel;
}

void channel_destroy(struct channel *channel)
{
	struct mark *mark, *next;

	if (!channel)
		return;
	mark = channel->marks;
	HASH_CLEAR(hh, channel->marks);
	for (; mark; mark = next) {
		next = mark->hh.next;
		free(mark);
	}
	free(channel);
}

static struct mark *find_or_add(struct channel *channel, const char *node)
{
	struct mark *mark;

	HASH_FIND_STR(channel->marks, node, mark);
	if (mark)
		return mark;
	mark = calloc(1, sizeof(*mark));
	if (!mark)
		return NULL;
	memcpy(mark->node, node, strnlen(node, NODE_MAX));
	mark->epoch = INT64_MIN;
	HASH_ADD_STR(channel->marks, node, mark);
	if (!mark->hh.tbl) {
		free(mark);
		return NULL;
	}
	return mark;
}

enum mu_err channel_note(struct channel *channel, const struct letter *letter)
{
	struct mark *mark = find_or_add(channel, letter->node);

	if (!mark)
		return MU_NO_MEMORY;
	if (letter->epoch == mark->epoch && letter->counter == mark->counter)
		return MU_CONFLICT;
	if (letter->epoch < mark->epoch || (letter->epoch == mark->epoch && letter->counter < mark->counter))
		return MU_GONE;
	mark->epoch = letter->epoch;
	mark->counter = letter->counter;
	return MU_OK;
}

bool channel_should_reach(const struct channel *channel, uint64_t proven)
{
	bool some = false;

	for (size_t i = 0; i < channel->n; i++) {
		if (!(proven >> channel->at[i] & 1))
			continue;
		if (!channel->listens[i])
			return false;
		some = true;
	}
	return some;
}
