/* The two connections of a server.
 * Invariant: links[LISTEN] and links[SPEAK] live and end together; a link whose redis is NULL has none.
 * Thread: the loop's. */
#include "server.h"

#include "muster/base/hash.h"
#include "muster/base/log.h"
#include "muster/base/mem.h"

#include <stdio.h>
#include <string.h>

/* Between attempts, doubled each time and cut by up to a half at random. */
#define RETRY_FIRST_MS 50
#define RETRY_MAX_MS 2000
/* What may wait to be sent: all sessions of a node are said at once to one that comes, and 25,000 of them
 * (default of max_connections) take 10 MB. */
#define WAITING_MAX_BYTES ((size_t)32 * 1024 * 1024)

enum { LISTEN, SPEAK, LINKS };

struct link {
	struct server *server;
	struct redis *redis;
	bool ready;
};

struct server {
	uv_loop_t *loop;
	const struct places *places;
	size_t at;
	const struct server_handler *handler;
	void *arg;
	struct link links[LINKS];
	uv_timer_t retry;
	unsigned holds; /* the timer and connections that aren't freed */
	unsigned failures;
	uint64_t asked, answered; /* questions to listen, of this connection */
	bool up;
	bool broken;   /* ran out of memory; the next flush resets it, for who asks expects no callbacks */
	char why[128]; /* the reason that was logged last */
};

static void release(struct server *server)
{
	const struct server_handler *handler = server->handler;
	void *arg = server->arg;

	if (--server->holds)
		return;
	free(server);
	handler->freed(arg);
}

static void on_freed(void *arg)
{
	struct link *link = arg;

	release(link->server);
}

static const char *name_of(const struct server *server)
{
	return server->places->v[server->at].name;
}

/* ---- coming up and going down ---- */

static void look_whether_up(struct server *server)
{
	if (server->up || !server->links[LISTEN].ready || !server->links[SPEAK].ready ||
	    server->answered < server->asked)
		return;
	server->up = true;
	server->why[0] = '\0';
	mu_log(MU_LOG_INFO, "bus", "connected", MU_KS("server", name_of(server)));
	server->handler->up(server->arg, server->at);
}

static void drop_links(struct server *server)
{
	for (int i = 0; i < LINKS; i++) {
		struct redis *redis = server->links[i].redis;

		server->links[i].redis = NULL;
		server->links[i].ready = false;
		redis_destroy(redis);
	}
	server->broken = false;
	server->asked = 0;
	server->answered = 0;
}

/* Once for each reason: a server that is away would fill the log. */
static void log_loss(struct server *server, const char *why)
{
	const bool known = strncmp(why, server->why, sizeof(server->why) - 1) == 0;

	mu_log(known ? MU_LOG_DEBUG : MU_LOG_WARN, "bus",
	       server->up ? "connection lost" : "cannot connect; it is tried again and again",
	       MU_KS("server", name_of(server)), MU_KS("why", why));
	snprintf(server->why, sizeof(server->why), "%s", why);
}

static void connect_links(struct server *server);

static void on_retry(uv_timer_t *timer)
{
	connect_links(timer->data);
}

/* So that nodes which lost a server at the same time don't come back at the same time. */
static uint64_t retry_ms(struct server *server)
{
	const unsigned doublings = server->failures < 6 ? server->failures : 6;
	const uint64_t longest = (uint64_t)RETRY_FIRST_MS << doublings;
	const uint64_t most = longest < RETRY_MAX_MS ? longest : RETRY_MAX_MS;
	const uint64_t now = uv_hrtime();

	return most - mu_hash_bytes(&now, sizeof(now)) % (most / 2 + 1);
}

void server_reset(struct server *server, const char *why)
{
	const bool was_up = server->up;

	log_loss(server, why);
	drop_links(server);
	server->up = false;
	uv_update_time(server->loop);
	uv_timer_start(&server->retry, on_retry, retry_ms(server), 0);
	server->failures++;
	if (was_up)
		server->handler->down(server->arg, server->at);
}

static void on_ended(void *arg, const char *why)
{
	struct link *link = arg;

	link->redis = NULL;
	server_reset(link->server, why);
}

static void on_ready(void *arg)
{
	struct link *link = arg;
	struct server *server = link->server;

	link->ready = true;
	if (link == &server->links[LISTEN])
		server->handler->ask(server->arg, server->at);
	look_whether_up(server);
}

/* ---- what comes ---- */

static void on_error(struct server *server, const struct redis_reply *reply)
{
	char why[256];

	snprintf(why, sizeof(why), "it refuses a command: %.200s", reply->part[0].text);
	server_reset(server, why);
}

static void heard_listening(void *arg, const struct redis_reply *reply)
{
	struct link *link = arg;
	struct server *server = link->server;

	if (reply->kind == REDIS_ERROR) {
		on_error(server, reply);
	} else if (reply->kind != REDIS_LIST || reply->n != 3) {
		return;
	} else if (strcmp(reply->part[0].text, "message") == 0) {
		server->handler->heard(server->arg, server->at, reply->part[1].text, reply->part[2].text,
				       reply->part[2].bytes);
	} else if (strcmp(reply->part[0].text, "subscribe") == 0) {
		server->answered++;
		server->handler->listens(server->arg, server->at, reply->part[1].text, server->answered);
		look_whether_up(server);
	}
}

static void heard_speaking(void *arg, const struct redis_reply *reply)
{
	struct link *link = arg;

	if (reply->kind == REDIS_ERROR)
		on_error(link->server, reply);
}

static const struct redis_handler link_handlers[LINKS] = {
	[LISTEN] = { on_ready, heard_listening, on_ended, on_freed },
	[SPEAK] = { on_ready, heard_speaking, on_ended, on_freed },
};

static void connect_links(struct server *server)
{
	for (int i = 0; i < LINKS; i++) {
		struct link *link = &server->links[i];

		link->redis = redis_create(server->loop, server->places, server->at, &link_handlers[i], link);
		if (!link->redis) {
			server_reset(server, "memory is out");
			return;
		}
		server->holds++;
	}
}

/* ---- what is asked of it ---- */

bool server_is_up(const struct server *server)
{
	return server->up;
}

uint64_t server_listen(struct server *server, const char *channel)
{
	const char *words[] = { "SUBSCRIBE", channel };
	struct link *link = &server->links[LISTEN];

	if (!link->ready)
		return 0;
	if (redis_command(link->redis, MU_COUNT(words), words, NULL)) {
		server->broken = true;
		return 0;
	}
	return ++server->asked;
}

void server_ignore(struct server *server, const char *channel)
{
	const char *words[] = { "UNSUBSCRIBE", channel };
	struct link *link = &server->links[LISTEN];

	if (link->ready && redis_command(link->redis, MU_COUNT(words), words, NULL))
		server->broken = true;
}

enum mu_err server_say(struct server *server, const char *channel, const void *bytes, size_t n)
{
	const char *words[] = { "PUBLISH", channel, bytes };
	const size_t lengths[] = { strlen(words[0]), strlen(channel), n };
	struct redis *redis = server->links[SPEAK].redis;

	if (!server->up || redis_waiting(redis) + n > WAITING_MAX_BYTES)
		return MU_UNAVAILABLE;
	return redis_command(redis, MU_COUNT(words), words, lengths);
}

void server_flush(struct server *server)
{
	if (server->broken)
		server_reset(server, "memory is out");
	for (int i = 0; i < LINKS; i++) {
		if (server->links[i].redis)
			redis_flush(server->links[i].redis);
	}
}

void server_proven(struct server *server)
{
	server->failures = 0;
}

struct server *server_create(uv_loop_t *loop, const struct places *places, size_t at,
			     const struct server_handler *handler, void *arg)
{
	struct server *server = calloc(1, sizeof(*server));

	if (!server)
		return NULL;
	*server = (struct server){
		.loop = loop, .places = places, .at = at, .handler = handler, .arg = arg, .holds = 1
	};
	for (int i = 0; i < LINKS; i++)
		server->links[i].server = server;
	uv_timer_init(loop, &server->retry);
	server->retry.data = server;
	uv_timer_start(&server->retry, on_retry, 0, 0);
	return server;
}

static void on_retry_closed(uv_handle_t *handle)
{
	release(handle->data);
}

void server_destroy(struct server *server)
{
	if (!server)
		return;
	drop_links(server);
	uv_close((uv_handle_t *)&server->retry, on_retry_closed);
}
