/* The bus as its owner sees it: joining and leaving, time, beginning and end.
 * Thread: the loop's. */
#include "inner.h"

#include <string.h>
#include <time.h>

/* So many beats of ours without one that comes back, and the server is dead. */
#define UNANSWERED_MAX (3000 / MU_BEAT_MS)

struct channel *bus_find_channel(const struct mu_bus *bus, const char *workspace)
{
	struct channel *channel;

	HASH_FIND_STR(bus->channels, workspace, channel);
	return channel;
}

int64_t bus_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- time ---- */

static void on_tick(uv_timer_t *timer)
{
	struct mu_bus *bus = timer->data;

	bus_awake(bus);
	for (size_t i = 0; i < bus->places.n && !bus->leaving; i++) {
		if (bus_in_set(bus->up, i) && bus->unanswered[i]++ >= UNANSWERED_MAX)
			server_reset(bus->servers[i], "nothing comes back through it");
	}
	bus_sign(bus, LETTER_BEAT, bus->up);
}

/* Before the loop waits: what was said in one turn goes in one piece. */
static void on_flush(uv_idle_t *flush)
{
	struct mu_bus *bus = flush->data;

	uv_idle_stop(flush);
	bus_sign(bus, LETTER_SIGN, bus->answer & bus->up);
	bus->answer = 0;
	for (size_t i = 0; i < bus->places.n; i++)
		server_flush(bus->servers[i]);
}

void bus_flush_soon(struct mu_bus *bus)
{
	uv_idle_start(&bus->flush, on_flush);
}

/* ---- what the owner asks ---- */

enum mu_err mu_bus_join(struct mu_bus *bus, const char *workspace)
{
	struct channel *channel = bus_find_channel(bus, workspace);

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
		bus_ask(bus, channel, channel->at[i]);
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
	struct channel *channel = bus_find_channel(bus, workspace);

	if (!channel)
		return;
	for (size_t i = 0; i < channel->n; i++)
		server_ignore(bus->servers[channel->at[i]], channel->topic);
	bus_flush_soon(bus);
	drop_channel(bus, channel);
}

bool mu_bus_reaches(const struct mu_bus *bus, const char *workspace)
{
	const struct channel *channel = bus_find_channel(bus, workspace);

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
	return bus->proven != 0;
}

void mu_bus_awake(struct mu_bus *bus)
{
	bus_awake(bus);
}

void mu_bus_give_up(struct mu_bus *bus, const char *node, int64_t epoch)
{
	beats_give_up(&bus->beats, node, epoch);
}

void mu_bus_renew(struct mu_bus *bus, int64_t epoch)
{
	beats_renew(&bus->beats, epoch);
	bus_sign(bus, LETTER_HELLO, bus->up);
}

void mu_bus_goodbye(struct mu_bus *bus)
{
	bus_sign(bus, LETTER_BYE, bus->up);
	bus->leaving = true;
}

/* ---- beginning and end ---- */

void bus_release(struct mu_bus *bus)
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

static void on_closed(uv_handle_t *handle)
{
	bus_release(handle->data);
}

static void start_timers(struct mu_bus *bus)
{
	uv_update_time(bus->loop);
	uv_timer_init(bus->loop, &bus->tick);
	uv_idle_init(bus->loop, &bus->flush);
	bus->tick.data = bus;
	bus->flush.data = bus;
	bus->holds = 2;
	uv_timer_start(&bus->tick, on_tick, MU_BEAT_MS, MU_BEAT_MS);
}

static enum mu_err start_servers(struct mu_bus *bus)
{
	for (size_t i = 0; i < bus->places.n; i++) {
		bus->servers[i] = server_create(bus->loop, &bus->places, i, &bus_server_handler, bus);
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
