/* A hub for the edge's tests: one thread behind the same queues, with a few methods whose behaviour is easy
 * to see.
 *
 *   session.open {token}      opens a session as the token's subject, joined to topic 1 (everyone) and 2
 *                             (itself once more)
 *   echo {…}                  answers its parameters          GET, POST /v1/echo[/{name}]
 *   fail {}                   answers a conflict with a present state                POST /v1/fail
 *   hold {}                   is never answered               POST /v1/hold
 *   nap {}                    posts `asleep`, and nothing more is taken until `rise` is posted
 *   cast {n, bytes, class}    n frames of `bytes` bytes to topics 1 and 2, then its answer
 *   open.note                 PUBLIC, answers {}              POST /v1/note
 *   kick {code, retry_after_ms}  closes the caller
 *   leave {}                  leaves topics 1 and 2
 *   drain {spread_ms}         drains the edge
 *   whoami                    TOKEN; answers the identity     GET /v1/whoami
 *   operator.only             OPERATOR                        POST /v1/operator
 */
#ifndef FAKE_HUB_H
#define FAKE_HUB_H

#include "muster/edge/edge.h"
#include "muster/auth/token.h"
#include "muster/base/field.h"
#include "muster/base/hash.h"
#include "muster/base/mem.h"
#include "muster/wire/rpc.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef FAKE_BEGINS /* what its thread does first */
#define FAKE_BEGINS()
#endif
#define FAKE_WORKSPACE "acme"
#define FAKE_KID "k1"
#define FAKE_SECRET "0123456789abcdef0123456789abcdef"

struct fake_hub {
	pthread_t thread;
	struct mu_queue queue;
	sem_t wake;
	struct mu_edge *edge;
	struct mu_edge_shared *shared;
	struct mu_config config;
	struct mu_metrics metrics;
	struct mu_keyring *keyring;
	int port;
	bool stop;
	atomic_bool ready, mute; /* mute: keyrings that are asked for don't come */
	atomic_int requests, opened, closed, closed_clean, closed_code, keys_asked;
	struct mu_clock clock;
	atomic_int_fast64_t ahead_ms; /* by which the edge's clock is ahead: see fake_pass */
	sem_t closed_sem;             /* posted for each MU_UP_CLOSED */
	sem_t asleep, rise;
};

enum {
	FAKE_OPEN,
	FAKE_ECHO,
	FAKE_ECHO_POST,
	FAKE_ECHO_NAME,
	FAKE_FAIL,
	FAKE_HOLD,
	FAKE_NAP,
	FAKE_CAST,
	FAKE_NOTE,
	FAKE_KICK,
	FAKE_LEAVE,
	FAKE_DRAIN,
	FAKE_WHOAMI,
	FAKE_OPERATOR
};

static const struct mu_method fake_methods[] = {
	[FAKE_OPEN] = { "session.open", NULL, 1, MU_METHOD_TOKEN | MU_METHOD_OPENS | MU_METHOD_SESSION,
			NULL },
	[FAKE_ECHO] = { "echo", "GET /v1/echo", 1, 0, NULL },
	[FAKE_ECHO_POST] = { "echo.post", "POST /v1/echo", 1, 0, NULL },
	[FAKE_ECHO_NAME] = { "echo.name", "PUT /v1/echo/{name}", 1, 0, NULL },
	[FAKE_FAIL] = { "fail", "POST /v1/fail", 1, 0, NULL },
	[FAKE_HOLD] = { "hold", "POST /v1/hold", 1, 0, NULL },
	[FAKE_NAP] = { "nap", NULL, 1, MU_METHOD_SESSION, NULL },
	[FAKE_CAST] = { "cast", NULL, 1, MU_METHOD_SESSION, NULL },
	[FAKE_NOTE] = { "open.note", "POST /v1/note", 1, MU_METHOD_PUBLIC, NULL },
	[FAKE_KICK] = { "kick", NULL, 1, MU_METHOD_SESSION, NULL },
	[FAKE_LEAVE] = { "leave", NULL, 1, MU_METHOD_SESSION, NULL },
	[FAKE_DRAIN] = { "drain", NULL, 1, MU_METHOD_SESSION, NULL },
	[FAKE_WHOAMI] = { "whoami", "GET /v1/whoami", 1, MU_METHOD_TOKEN, NULL },
	[FAKE_OPERATOR] = { "operator.only", "POST /v1/operator", 1, MU_METHOD_OPERATOR, NULL },
};
static const struct mu_methods fake_table = { fake_methods, MU_COUNT(fake_methods) };

static void fake_post(struct fake_hub *hub, struct mu_down *down)
{
	mu_edge_post(hub->edge, down, down, 1);
}

static struct mu_down *fake_answer_to(const struct mu_up *up, enum mu_err err, char *body)
{
	struct mu_down *down = mu_down_create(MU_DOWN_ANSWER);

	down->conn = up->conn;
	down->answer.tag = up->request.tag;
	if (err) {
		down->answer.fault = calloc(1, sizeof(*down->answer.fault));
		down->answer.fault->err = err;
	}
	down->answer.body = body;
	return down;
}

static void fake_answer(struct fake_hub *hub, const struct mu_up *up, enum mu_err err, char *body)
{
	fake_post(hub, fake_answer_to(up, err, body));
}

static long long fake_number(const struct mu_up *up, const char *name, long long otherwise)
{
	const json_t *value = json_object_get(up->request.params, name);

	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

static void fake_open(struct fake_hub *hub, const struct mu_up *up)
{
	const char *const texts[] = { up->request.identity.workspace, up->request.identity.subject };
	struct mu_down *down = mu_down_create(MU_DOWN_OPENED);
	char *copies[MU_COUNT(texts)];

	if (!down || mu_texts_copy(texts, MU_COUNT(texts), copies))
		abort();
	down->conn = up->conn;
	down->opened.workspace = copies[0];
	down->opened.user = copies[1];
	fake_post(hub, down);
	down = mu_down_create(MU_DOWN_TOPICS);
	down->conn = up->conn;
	down->topics.join = 1;
	fake_post(hub, down);
	down = mu_down_create(MU_DOWN_TOPICS);
	down->conn = up->conn;
	down->topics.join = 2;
	fake_post(hub, down);
	fake_answer(hub, up, MU_OK, strdup("{\"session\":\"s-1\"}"));
}

static struct mu_frame *fake_event(long long seq, size_t bytes)
{
	char *pad = malloc(bytes + 1), *text = NULL;
	struct mu_frame *frame;

	memset(pad, 'x', bytes);
	pad[bytes] = '\0';
	if (asprintf(&text,
		     "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"seq\":%lld,\"pad\":\"%s\"}}",
		     seq, pad) < 0)
		abort();
	frame = mu_ws_text(text, strlen(text));
	free(text);
	free(pad);
	return frame;
}

/* All in one go, as the hub does at the end of its turn. */
static void fake_cast(struct fake_hub *hub, const struct mu_up *up)
{
	const size_t n = (size_t)fake_number(up, "n", 1);
	struct mu_down *first = NULL, *last = NULL;

	for (size_t i = 0; i < n; i++) {
		struct mu_down *down = mu_down_create(MU_DOWN_CAST);

		down->cast.frame = fake_event((long long)i, (size_t)fake_number(up, "bytes", 100));
		down->cast.class = (enum mu_class)fake_number(up, "class", MU_CLASS_DURABLE);
		down->cast.topics = malloc(2 * sizeof(uint32_t));
		down->cast.topics[0] = 1;
		down->cast.topics[1] = 2;
		down->cast.n_topics = 2;
		if (fake_number(up, "split", 0)) { /* topic 1 hears it in full, topic 2 an empty one */
			down->cast.brief = fake_event((long long)i, 0);
			down->cast.n_topics = down->cast.n_brief = 1;
		}
		if (last)
			last->msg.next = &down->msg;
		else
			first = down;
		last = down;
	}
	struct mu_down *answer = fake_answer_to(up, MU_OK, strdup("{\"done\":true}"));
	if (last)
		last->msg.next = &answer->msg;
	mu_edge_post(hub->edge, first ? first : answer, answer, n + 1);
}

static void fake_kick(struct fake_hub *hub, const struct mu_up *up)
{
	struct mu_down *down = mu_down_create(MU_DOWN_CLOSE);

	down->conn = up->conn;
	down->close.code = (int)fake_number(up, "code", 4003);
	down->close.retry_after_ms = fake_number(up, "retry_after_ms", -1);
	fake_post(hub, down);
}

static void fake_leave(struct fake_hub *hub, const struct mu_up *up)
{
	const long long only = fake_number(up, "topic", 0);

	for (uint32_t topic = 1; topic <= 2; topic++) {
		struct mu_down *down = mu_down_create(MU_DOWN_TOPICS);

		down->conn = up->conn;
		down->topics.leave = !only || only == topic ? topic : 0;
		fake_post(hub, down);
	}
	fake_answer(hub, up, MU_OK, NULL);
}

static void fake_drain(struct fake_hub *hub, const struct mu_up *up)
{
	struct mu_down *down = mu_down_create(MU_DOWN_DRAIN);

	down->drain.spread_ms = fake_number(up, "spread_ms", 1000);
	fake_post(hub, down);
}

static void fake_request(struct fake_hub *hub, const struct mu_up *up)
{
	char *text = NULL;

	atomic_fetch_add(&hub->requests, 1);
	switch (up->request.method) {
	case FAKE_OPEN:
		atomic_fetch_add(&hub->opened, 1);
		fake_open(hub, up);
		break;
	case FAKE_CAST:
		fake_cast(hub, up);
		break;
	case FAKE_KICK:
		fake_kick(hub, up);
		break;
	case FAKE_LEAVE:
		fake_leave(hub, up);
		break;
	case FAKE_DRAIN:
		fake_drain(hub, up);
		break;
	case FAKE_NAP:
		sem_post(&hub->asleep);
		sem_wait(&hub->rise);
		break;
	case FAKE_HOLD:
		break;
	case FAKE_FAIL:
		fake_answer(hub, up, MU_CONFLICT, strdup("{\"assignee\":\"u7\"}"));
		break;
	case FAKE_WHOAMI:
		if (asprintf(&text,
			     "{\"kind\":%d,\"workspace\":\"%s\",\"subject\":\"%s\",\"address\":\"%s\","
			     "\"trace\":\"%s\",\"key\":\"%s\"}",
			     (int)up->request.identity.kind, up->request.identity.workspace,
			     up->request.identity.subject, up->request.address, up->request.trace,
			     up->request.idempotency_key ? up->request.idempotency_key : "") < 0)
			abort();
		fake_answer(hub, up, MU_OK, text);
		break;
	default:
		fake_answer(hub, up, MU_OK,
			    up->request.params ? json_dumps(up->request.params, JSON_COMPACT) : NULL);
		break;
	}
}

static void fake_keys(struct fake_hub *hub, const struct mu_up *up)
{
	struct mu_down *down;

	atomic_fetch_add(&hub->keys_asked, 1);
	if (atomic_load(&hub->mute))
		return;
	down = mu_down_create(MU_DOWN_KEYS);
	down->keys.workspace = strdup(up->keys.workspace);
	if (strcmp(up->keys.workspace, FAKE_WORKSPACE) == 0)
		down->keys.keyring = mu_keyring_ref(hub->keyring);
	else
		down->keys.why = MU_NOT_FOUND;
	fake_post(hub, down);
}

static void fake_take(struct fake_hub *hub, const struct mu_up *up)
{
	switch (up->kind) {
	case MU_UP_REQUEST:
		fake_request(hub, up);
		break;
	case MU_UP_KEYS:
		fake_keys(hub, up);
		break;
	case MU_UP_CLOSED:
		atomic_store(&hub->closed_clean, up->closed.clean);
		atomic_store(&hub->closed_code, up->closed.code);
		atomic_fetch_add(&hub->closed, 1);
		sem_post(&hub->closed_sem);
		break;
	}
}

static void *fake_run(void *arg)
{
	struct fake_hub *hub = arg;
	struct mu_msg *msg, *next;

	FAKE_BEGINS();
	while (!atomic_load_explicit((atomic_bool *)(void *)&hub->stop, memory_order_acquire)) {
		sem_wait(&hub->wake);
		for (msg = mu_queue_take(&hub->queue); msg; msg = next) {
			next = msg->next;
			fake_take(hub, (struct mu_up *)(void *)msg);
			mu_up_destroy((struct mu_up *)(void *)msg);
		}
	}
	return NULL;
}

static void fake_wake(void *arg)
{
	sem_post(&((struct fake_hub *)arg)->wake);
}

static bool fake_is_ready(void *arg)
{
	return atomic_load(&((struct fake_hub *)arg)->ready);
}

static int64_t fake_mono_ms(void *arg)
{
	return mu_clock_mono_ms(&mu_clock_system) + atomic_load(&((struct fake_hub *)arg)->ahead_ms);
}

/* Let time pass for the edge. It notices with the next thing that happens to it. */
static inline void fake_pass(struct fake_hub *hub, int64_t ms)
{
	atomic_fetch_add(&hub->ahead_ms, ms);
}

/* hub->config must be made (mu_config_init) and adjusted before. */
static bool fake_start(struct fake_hub *hub, const char *listen)
{
	struct mu_fault fault = { 0 };
	int fd;

	mu_metrics_init(&hub->metrics);
	hub->clock = (struct mu_clock){ fake_mono_ms, mu_clock_system.wall_ms, hub };
	sem_init(&hub->wake, 0, 0);
	sem_init(&hub->closed_sem, 0, 0);
	sem_init(&hub->asleep, 0, 0);
	sem_init(&hub->rise, 0, 0);
	atomic_store(&hub->ready, true);
	hub->keyring = mu_keyring_create(FAKE_WORKSPACE);
	if (mu_queue_init(&hub->queue, fake_wake, hub) != MU_OK ||
	    mu_keyring_add(hub->keyring, FAKE_KID, MU_ALG_HS256, FAKE_SECRET, strlen(FAKE_SECRET)) != MU_OK ||
	    mu_edge_listen(listen, true, &fd, &hub->port, &fault) != MU_OK) {
		fprintf(stderr, "%s\n", mu_fault_text(&fault));
		return false;
	}
	hub->shared = mu_edge_shared_create(&hub->config);
	struct mu_edge_setup setup = { .listen_fd = fd,
				       .metrics = &hub->metrics,
				       .methods = &fake_table,
				       .hub = &hub->queue,
				       .ready = fake_is_ready,
				       .ready_arg = hub,
				       .shared = hub->shared,
				       .clock = &hub->clock };

	return hub->shared && mu_edge_create(&setup, &hub->edge) == MU_OK &&
	       pthread_create(&hub->thread, NULL, fake_run, hub) == 0;
}

static void fake_stop(struct fake_hub *hub)
{
	struct mu_msg *msg, *next;

	atomic_store_explicit((atomic_bool *)(void *)&hub->stop, true, memory_order_release);
	sem_post(&hub->wake);
	sem_post(&hub->rise);
	pthread_join(hub->thread, NULL);
	mu_edge_destroy(hub->edge);
	mu_edge_shared_destroy(hub->shared);
	for (msg = mu_queue_take(&hub->queue); msg; msg = next) {
		next = msg->next;
		mu_up_destroy((struct mu_up *)(void *)msg);
	}
	mu_queue_finish(&hub->queue);
	mu_keyring_unref(hub->keyring);
	mu_config_finish(&hub->config);
	sem_destroy(&hub->wake);
	sem_destroy(&hub->closed_sem);
	sem_destroy(&hub->asleep);
	sem_destroy(&hub->rise);
}

/* A token for a user of the fake workspace; the caller frees it. */
static inline char *fake_token(const char *workspace, const char *user)
{
	struct mu_identity identity = { .kind = MU_IDENTITY_USER };
	int64_t now_ms = mu_clock_wall_ms(&mu_clock_system);
	char *token = NULL;

	strcpy(identity.workspace, workspace);
	strcpy(identity.subject, user);
	identity.issued_at_ms = now_ms;
	identity.expires_at_ms = now_ms + 3600 * 1000;
	if (mu_token_sign(&identity, FAKE_KID, MU_ALG_HS256, FAKE_SECRET, strlen(FAKE_SECRET), &token) !=
	    MU_OK)
		abort();
	return token;
}

#endif
