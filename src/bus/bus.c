/* The bus: servers, beats and channels put together.
 *
 * Every sign of life says which servers its sender reaches. One speaks on the first of a workspace's two
 * servers that all who live reach, or on both if there is none such. A server is proven when a sign of ours
 * that names just the servers we reach now came back through it: then the others have it too and know where
 * to speak, so that we hear them.
 *
 * Thread: the loop's. */
#include "muster/bus/bus.h"

#include "beat.h"
#include "channel.h"
#include "server.h"

#include "muster/base/log.h"

#include <string.h>
#include <time.h>

#define BEATS_TOPIC "muster:beats"
/* So many beats of ours without one that comes back, and the server is dead. */
#define UNANSWERED_MAX (3000 / MU_BEAT_MS)
#define REFUSED_LOG_MS 60000

struct mu_bus {
	uv_loop_t *loop;
	uv_timer_t tick;
	uv_prepare_t flush;
	unsigned holds; /* those two and the servers that aren't freed */
	void (*done)(void *arg);
	void *done_arg;

	struct places places;
	struct server *servers[SERVERS_MAX];
	uint64_t up, proven, answer; /* servers, a bit each; `answer`: a sign of life is due */
	unsigned unanswered[SERVERS_MAX];
	struct beats beats;
	struct channel *channels;
	struct channel *next; /* of a walk through the channels under way */

	uint8_t key[MU_SEAL_KEY_BYTES];
	uint64_t counter;
	struct mu_buf sealed, opened;
	int64_t refused_logged_ms;
	bool leaving; /* said goodbye */
	struct mu_metrics *metrics;
	const struct mu_bus_handler *handler;
	void *arg;
};

static bool in_set(uint64_t set, size_t i)
{
	return set >> i & 1;
}

static struct channel *find_channel(const struct mu_bus *bus, const char *workspace)
{
	struct channel *channel;

	HASH_FIND_STR(bus->channels, workspace, channel);
	return channel;
}

/* Time goes on while the machine sleeps: others don't wait for it. */
static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- speaking ---- */

/* Seal a letter and say it on all servers of a set; to count as said it needs one. */
static enum mu_err post(struct mu_bus *bus, const char *topic, struct letter *letter, uint64_t set)
{
	enum mu_err said = MU_UNAVAILABLE, err;

	memcpy(letter->node, bus->beats.node, sizeof(letter->node));
	letter->epoch = bus->beats.epoch;
	letter->counter = ++bus->counter;
	err = set ? letter_seal(bus->key, topic, letter, &bus->sealed) : MU_UNAVAILABLE;
	for (size_t i = 0; !err && i < bus->places.n; i++) {
		if (in_set(set, i) && !server_say(bus->servers[i], topic, bus->sealed.data, bus->sealed.n))
			said = MU_OK;
	}
	err = err ? err : said;
	mu_metrics_add(bus->metrics, err ? MU_METRIC_BUS_DROPPED_TOTAL : MU_METRIC_BUS_PUBLISHED_TOTAL, 1);
	return err;
}

/* Show on some servers that we live. One that gets lost is made up for by the next. */
static void sign(struct mu_bus *bus, enum letter_kind kind, uint64_t set)
{
	struct letter letter = { .kind = kind, .servers = bus->up };

	if (set && !bus->leaving)
		(void)!post(bus, BEATS_TOPIC, &letter, set);
}

static void give_notice(struct mu_bus *bus, size_t at, const struct letter *to)
{
	struct letter letter = { .kind = LETTER_NOTICE, .about.epoch = to->epoch };

	memcpy(letter.about.node, to->node, sizeof(letter.about.node));
	(void)!post(bus, BEATS_TOPIC, &letter, UINT64_C(1) << at);
}

enum mu_err mu_bus_say(struct mu_bus *bus, const char *workspace, const char *text, size_t bytes)
{
	struct letter letter = { .kind = LETTER_WORD, .text = text, .bytes = bytes };
	const uint64_t common = bus->up & beats_common(&bus->beats);
	const struct channel *channel = find_channel(bus, workspace);
	struct channel visited;

	if (bytes > MU_BUS_TEXT_MAX)
		return MU_TOO_LARGE;
	if (!channel) {
		if (!channel_init(&visited, &bus->places, workspace))
			return MU_UNAVAILABLE;
		channel = &visited;
	}
	for (size_t i = 0; i < channel->n; i++) {
		if (in_set(common, channel->at[i]))
			return post(bus, channel->topic, &letter, UINT64_C(1) << channel->at[i]);
	}
	return post(bus, channel->topic, &letter, bus->up & channel->servers);
}

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

static struct channel *find_topic(const struct mu_bus *bus, const char *topic)
{
	const size_t prefix = strlen(CHANNEL_PREFIX);

	return strncmp(topic, CHANNEL_PREFIX, prefix) == 0 ? find_channel(bus, topic + prefix) : NULL;
}

static void ask_channel(struct mu_bus *bus, struct channel *channel, size_t at)
{
	for (size_t i = 0; i < channel->n; i++) {
		if (channel->at[i] == at)
			channel->question[i] = server_listen(bus->servers[at], channel->topic);
	}
}

/* ---- servers ---- */

static void on_ask(void *arg, size_t at)
{
	struct mu_bus *bus = arg;

	(void)server_listen(bus->servers[at], BEATS_TOPIC);
	for (struct channel *channel = bus->channels; channel; channel = channel->hh.next)
		ask_channel(bus, channel, at);
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
	sign(bus, LETTER_HELLO, UINT64_C(1) << at);
	sign(bus, LETTER_SIGN, before);
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
	sign(bus, LETTER_SIGN, bus->up);
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
	const int64_t now = now_ms();

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
	if (letter->kind == LETTER_NOTICE || letter->servers != bus->up || in_set(bus->proven, at))
		return;
	bus->proven |= UINT64_C(1) << at;
	server_proven(bus->servers[at]);
	settle(bus);
}

static void heard_life(struct mu_bus *bus, size_t at, const struct letter *letter)
{
	const enum beat_duty duty = beats_heard(&bus->beats, at, letter);

	if (duty == BEAT_REFUSE)
		refuse(bus);
	else if (duty == BEAT_ANSWER)
		bus->answer |= UINT64_C(1) << at;
	else if (duty == BEAT_TELL)
		give_notice(bus, at, letter);
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

	beats_awake(&bus->beats, now_ms());
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

/* ---- time ---- */

static void on_tick(uv_timer_t *timer)
{
	struct mu_bus *bus = timer->data;

	beats_awake(&bus->beats, now_ms());
	for (size_t i = 0; i < bus->places.n && !bus->leaving; i++) {
		if (in_set(bus->up, i) && bus->unanswered[i]++ >= UNANSWERED_MAX)
			server_reset(bus->servers[i], "nothing comes back through it");
	}
	sign(bus, LETTER_BEAT, bus->up);
}

static void on_flush(uv_prepare_t *prepare)
{
	struct mu_bus *bus = prepare->data;

	sign(bus, LETTER_SIGN, bus->answer & bus->up);
	bus->answer = 0;
	for (size_t i = 0; i < bus->places.n; i++)
		server_flush(bus->servers[i]);
}

/* ---- what the owner asks ---- */

enum mu_err mu_bus_join(struct mu_bus *bus, const char *workspace)
{
	struct channel *channel = find_channel(bus, workspace);

	if (channel)
		return MU_OK;
	channel = channel_create(&bus->places, workspace);
	if (!channel)
		return MU_NO_MEMORY;
	HASH_ADD_KEYPTR(hh, bus->channels, channel->workspace, strlen(workspace), channel);
	if (!channel->hh.tbl) {
		channel_destroy(channel);
		return MU_NO_MEMORY;
	}
	for (size_t i = 0; i < channel->n; i++)
		ask_channel(bus, channel, channel->at[i]);
	return MU_OK;
}

static void drop_channel(struct mu_bus *bus, struct channel *channel)
{
	if (bus->next == channel)
		bus->next = channel->hh.next;
	HASH_DEL(bus->channels, channel);
	channel_destroy(channel);
}

static void drop_channels(struct mu_bus *bus)
{
	while (bus->channels)
		drop_channel(bus, bus->channels);
}

void mu_bus_leave(struct mu_bus *bus, const char *workspace)
{
	struct channel *channel = find_channel(bus, workspace);

	if (!channel)
		return;
	for (size_t i = 0; i < channel->n; i++)
		server_ignore(bus->servers[channel->at[i]], channel->topic);
	drop_channel(bus, channel);
}

bool mu_bus_reaches(const struct mu_bus *bus, const char *workspace)
{
	const struct channel *channel = find_channel(bus, workspace);

	return channel && channel->reaches;
}

size_t mu_bus_peers(const struct mu_bus *bus)
{
	return bus->beats.living;
}

size_t mu_bus_rank(const struct mu_bus *bus)
{
	return beats_rank(&bus->beats);
}

bool mu_bus_up(const struct mu_bus *bus)
{
	return bus->up != 0;
}

void mu_bus_give_up(struct mu_bus *bus, const char *node, int64_t epoch)
{
	beats_give_up(&bus->beats, node, epoch);
}

void mu_bus_renew(struct mu_bus *bus, int64_t epoch)
{
	beats_renew(&bus->beats, epoch);
	sign(bus, LETTER_HELLO, bus->up);
}

void mu_bus_goodbye(struct mu_bus *bus)
{
	sign(bus, LETTER_BYE, bus->up);
	bus->leaving = true;
}

/* ---- beginning and end ---- */

static void release(struct mu_bus *bus)
{
	void (*done)(void *) = bus->done;
	void *arg = bus->done_arg;

	if (--bus->holds)
		return;
	beats_finish(&bus->beats);
	mu_buf_finish(&bus->sealed);
	mu_buf_finish(&bus->opened);
	mu_seal_wipe(bus, sizeof(*bus));
	free(bus);
	if (done)
		done(arg);
}

static void on_freed(void *arg)
{
	release(arg);
}

static void on_closed(uv_handle_t *handle)
{
	release(handle->data);
}

static const struct server_handler server_handler = {
	.ask = on_ask,
	.listens = on_listens,
	.heard = on_heard,
	.up = on_up,
	.down = on_down,
	.freed = on_freed,
};

static void start_timers(struct mu_bus *bus)
{
	uv_update_time(bus->loop);
	uv_timer_init(bus->loop, &bus->tick);
	uv_prepare_init(bus->loop, &bus->flush);
	bus->tick.data = bus;
	bus->flush.data = bus;
	bus->holds = 2;
	uv_timer_start(&bus->tick, on_tick, MU_BEAT_MS, MU_BEAT_MS);
	uv_prepare_start(&bus->flush, on_flush);
}

static enum mu_err start_servers(struct mu_bus *bus)
{
	for (size_t i = 0; i < bus->places.n; i++) {
		bus->servers[i] = server_create(bus->loop, &bus->places, i, &server_handler, bus);
		if (!bus->servers[i])
			return MU_NO_MEMORY;
		bus->holds++;
	}
	return MU_OK;
}

enum mu_err mu_bus_create(const struct mu_bus_setup *setup, struct mu_bus **ret_bus,
			  struct mu_fault *ret_fault)
{
	struct mu_bus *bus;
	enum mu_err err;

	if (!mu_id_valid(setup->node))
		return mu_fail(ret_fault, MU_INVALID_PARAMS,
			       "a node's name is 1 to 64 of A-Z a-z 0-9 . _ - and begins with none of . -");
	bus = calloc(1, sizeof(*bus));
	if (!bus)
		return MU_NO_MEMORY;
	err = places_parse(setup->url, &bus->places, ret_fault);
	if (err) {
		free(bus);
		return err;
	}
	bus->loop = setup->loop;
	bus->metrics = setup->metrics;
	bus->handler = setup->handler;
	bus->arg = setup->arg;
	mu_seal_derive(setup->key, "bus", bus->key);
	beats_init(&bus->beats, setup->node, setup->epoch, bus->places.n, setup->handler, setup->arg);
	start_timers(bus);
	err = start_servers(bus);
	if (err) {
		mu_bus_destroy(bus, NULL, NULL);
		return err;
	}
	*ret_bus = bus;
	return MU_OK;
}

void mu_bus_destroy(struct mu_bus *bus, void (*done)(void *arg), void *arg)
{
	if (!bus) {
		if (done)
			done(arg);
		return;
	}
	bus->done = done;
	bus->done_arg = arg;
	drop_channels(bus); /* none of them is told of the end */
	for (size_t i = 0; i < bus->places.n; i++) {
		if (bus->servers[i])
			server_flush(bus->servers[i]); /* a goodbye, perhaps */
		server_destroy(bus->servers[i]);
	}
	uv_close((uv_handle_t *)&bus->tick, on_closed);
	uv_close((uv_handle_t *)&bus->flush, on_closed);
}
