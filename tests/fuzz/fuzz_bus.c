/* The bus behind its servers: signs of life, words and forgeries of two other nodes over two servers that
 * come and go. An input is steps of five bytes: what happens, on which server, who says it, of which epoch,
 * with which counter.
 *
 * A word is heard only from others, each at most once and none after a newer one of its node; a node is said
 * to be gone or to have left only after it came, and never lives twice. */
#include "fuzz.h"

#include "bus/inner.h"
#include "muster/base/log.h"

#include <string.h>

#define STEP 5
#define SERVERS 2
#define NODES 3 /* "a" is ourselves */
#define URL "redis://127.0.0.1:1,127.0.0.1:2"
#define TOPIC CHANNEL_PREFIX "acme"

static struct mu_bus *bus;
static struct mu_metrics metrics;
static uv_loop_t loop;

/* ---- servers ---- */

struct server {
	bool up;
	uint64_t questions;
};

static struct server servers[SERVERS];

struct server *server_create(uv_loop_t *at, const struct places *places, size_t i,
			     const struct server_handler *handler, void *arg)
{
	servers[i] = (struct server){ 0 };
	return &servers[i];
}

void server_destroy(struct server *server)
{
	bus_server_handler.freed(bus);
}

uint64_t server_listen(struct server *server, const char *channel)
{
	return server->up ? ++server->questions : 0;
}

void server_ignore(struct server *server, const char *channel)
{
}

enum mu_err server_say(struct server *server, const char *channel, const void *bytes, size_t n)
{
	return server->up ? MU_OK : MU_UNAVAILABLE;
}

void server_flush(struct server *server)
{
}

void server_reset(struct server *server, const char *why)
{
}

void server_proven(struct server *server)
{
}

/* ---- what is told ---- */

static struct {
	bool lives;
	int64_t epoch;
	bool heard;
	int64_t word_epoch;
	uint64_t counter; /* of the word heard last */
} nodes[NODES];
static bool reaches;

static size_t node_of(const char *name)
{
	HOLDS(strlen(name) == 1 && *name > 'a' && *name < 'a' + NODES);
	return (size_t)(*name - 'a');
}

static void on_heard(void *arg, const char *workspace, const char *node, const char *text, size_t bytes)
{
	const size_t i = node_of(node);
	int64_t epoch;
	uint64_t counter;

	HOLDS(!strcmp(workspace, "acme") && bytes == sizeof(epoch) + sizeof(counter) && !text[bytes]);
	memcpy(&epoch, text, sizeof(epoch));
	memcpy(&counter, text + sizeof(epoch), sizeof(counter));
	HOLDS(nodes[i].lives && nodes[i].epoch == epoch);
	HOLDS(!nodes[i].heard || epoch > nodes[i].word_epoch ||
	      (epoch == nodes[i].word_epoch && counter > nodes[i].counter));
	nodes[i].heard = true;
	nodes[i].word_epoch = epoch;
	nodes[i].counter = counter;
}

static void on_reach(void *arg, const char *workspace, bool now)
{
	HOLDS(!strcmp(workspace, "acme") && now != reaches);
	reaches = now;
}

static void on_came(void *arg, const char *node, int64_t epoch)
{
	const size_t i = node_of(node);

	HOLDS(!nodes[i].lives || epoch > nodes[i].epoch);
	nodes[i].lives = true;
	nodes[i].epoch = epoch;
}

static void on_gone(void *arg, const char *node, int64_t epoch)
{
	const size_t i = node_of(node);

	HOLDS(nodes[i].lives && nodes[i].epoch == epoch);
	nodes[i].lives = false;
}

static void on_given_up(void *arg, enum mu_given_up why)
{
}

static const struct mu_bus_handler handler = {
	.heard = on_heard,
	.reach = on_reach,
	.came = on_came,
	.went = on_gone,
	.left = on_gone,
	.given_up = on_given_up,
};

/* ---- steps ---- */

static void hear(const uint8_t *step, bool tamper)
{
	const size_t at = step[1] % SERVERS;
	AUTO_BUF struct mu_buf sealed = { 0 };
	int64_t epoch = step[3] % 4;
	uint64_t counter = step[4];
	char text[sizeof(epoch) + sizeof(counter)];
	struct letter letter = { .kind = (enum letter_kind)(step[0] % (LETTER_KINDS - 1) + 1),
				 .node = { (char)('a' + step[2] % NODES) },
				 .epoch = epoch,
				 .counter = counter,
				 .servers = step[2] >> 4,
				 .about = { .node = { (char)('a' + (step[2] >> 2) % NODES) },
					    .epoch = step[4] % 4 } };
	const char *topic = letter.kind == LETTER_WORD ? TOPIC : BEATS_TOPIC;

	memcpy(text, &epoch, sizeof(epoch));
	memcpy(text + sizeof(epoch), &counter, sizeof(counter));
	letter.text = text;
	letter.bytes = sizeof(text);
	HOLDS(letter_seal(bus->key, topic, &letter, &sealed) == MU_OK);
	if (tamper)
		sealed.data[step[4] % sealed.n] ^= (char)(1 << step[3] % 8);
	bus_server_handler.heard(bus, at, step[1] & 0x80 ? TOPIC : topic, sealed.data, sealed.n);
}

static void set_up(size_t at, bool up)
{
	if (servers[at].up == up)
		return;
	servers[at].up = up;
	if (up)
		bus_server_handler.ask(bus, at);
	if (up)
		bus_server_handler.up(bus, at);
	else
		bus_server_handler.down(bus, at);
}

static void take(const uint8_t *step)
{
	const size_t at = step[1] % SERVERS;

	switch (step[0] >> 5) {
	case 0:
		set_up(at, step[2] & 1);
		break;
	case 1:
		if (servers[at].up)
			bus_server_handler.listens(bus, at, TOPIC,
						   step[2] & 1 ? servers[at].questions : step[3]);
		break;
	case 2:
		hear(step, true);
		break;
	case 3:
		bus_server_handler.heard(bus, at, step[2] & 1 ? TOPIC : "elsewhere", (const char *)step,
					 STEP);
		break;
	case 4:
		mu_bus_give_up(bus, (const char[]){ (char)('b' + step[2] % 2), '\0' }, step[3] % 4);
		nodes[1 + step[2] % 2].lives =
			nodes[1 + step[2] % 2].lives && nodes[1 + step[2] % 2].epoch > step[3] % 4;
		break;
	default:
		hear(step, false);
		break;
	}
}

static void check(void)
{
	size_t living = 0;

	for (size_t i = 1; i < NODES; i++)
		living += nodes[i].lives;
	HOLDS(mu_bus_peers(bus) == living && mu_bus_rank(bus) == 0);
	HOLDS(mu_bus_reaches(bus, "acme") == reaches);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t key[MU_BUS_KEY_BYTES] = { 7 };
	static bool begun;
	const struct mu_bus_setup setup = { .loop = &loop,
					    .url = URL,
					    .key = key,
					    .node = "a",
					    .epoch = 1,
					    .metrics = &metrics,
					    .handler = &handler };
	struct mu_fault fault = { 0 };

	if (!begun) {
		HOLDS(mu_hash_start() == MU_OK);
		mu_log_setup(MU_LOG_ERROR, MU_LOG_TEXT);
		mu_metrics_init(&metrics);
		HOLDS(uv_loop_init(&loop) == 0);
		begun = true;
	}
	memset(nodes, 0, sizeof(nodes));
	reaches = false;
	HOLDS(mu_bus_create(&setup, &bus, &fault) == MU_OK && mu_bus_join(bus, "acme") == MU_OK);
	for (; size >= STEP; data += STEP, size -= STEP) {
		take(data);
		check();
	}
	reaches = false;
	mu_bus_destroy(bus, NULL, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	return 0;
}
