/* See tame.h: the hub itself, its edge, its turns and its world.
 * Thread: the fuzzer's. */
#include "tame_inner.h"

#include "hub/turn.h"
#include "muster/hub/hub.h"

#include <string.h>

#define HUBS_MOST 2
/* However much follows from one thing, it comes to an end. */
#define TURNS_MOST 10000

static struct tame *tames[HUBS_MOST];
static struct mu_store *memory;

struct mu_store *tame_memory(void)
{
	return memory;
}

int64_t tame_now_ms(void)
{
	return mu_clock_wall_ms(&still_clock);
}

/* ---- the edge ---- */

static void take_answer(struct tame *tame, const struct mu_down *down)
{
	const uint32_t tag = down->answer.tag;
	const char *body = down->answer.body;

	HOLDS(tag < tame->n_asked && tame->waits[tag]);
	tame->waits[tag] = false;
	HOLDS(!down->answer.fault || down->answer.fault->err);
	if (body && !down->answer.media)
		ask_told_json(body, strlen(body));
	if (down->answer.next)
		ask_told(down->answer.next, strlen(down->answer.next));
}

static void take_frame(const struct mu_frame *frame)
{
	if (frame)
		ask_told_json(frame->data + frame->payload, frame->n - frame->payload);
}

static struct slot *slot_of(struct tame *tame, const struct mu_conn *conn)
{
	struct slot *slot = &tame->slots[conn->slot];

	HOLDS(conn->slot < PEOPLE);
	return slot->generation == conn->generation ? slot : NULL;
}

static void take_keys(struct tame *tame, const struct mu_down *down)
{
	if (strcmp(down->keys.workspace, "acme") != 0)
		return;
	mu_keyring_unref(tame->keyring);
	tame->keyring = down->keys.keyring ? mu_keyring_ref(down->keys.keyring) : NULL;
}

static void take_down(struct tame *tame, const struct mu_down *down)
{
	struct slot *slot;

	switch (down->kind) {
	case MU_DOWN_ANSWER:
		take_answer(tame, down);
		break;
	case MU_DOWN_SEND:
		take_frame(down->send.frame);
		break;
	case MU_DOWN_CAST:
		take_frame(down->cast.frame);
		take_frame(down->cast.brief);
		break;
	case MU_DOWN_OPENED:
		slot = slot_of(tame, &down->conn);
		if (slot)
			slot->open = true;
		break;
	case MU_DOWN_CLOSE:
		if (slot_of(tame, &down->conn))
			ask_say_closed(tame, down->conn.slot, false);
		break;
	case MU_DOWN_KEYS:
		take_keys(tame, down);
		break;
	case MU_DOWN_TOPICS:
	case MU_DOWN_DRAIN:
	case MU_DOWN_STOP:
		break;
	}
}

static void post(void *edge, struct mu_down *first, struct mu_down *last, size_t n)
{
	while (n--) {
		struct mu_msg *next = first->msg.next;

		take_down(edge, first);
		mu_down_destroy(first);
		first = next ? MU_CONTAINER_OF(next, struct mu_down, msg) : NULL;
	}
}

static enum mu_err take_mail(void *arg, const char *to, const char *subject, const char *text)
{
	HOLDS(*to && *subject && *text);
	return MU_OK;
}

/* ---- turns ---- */

static bool is_busy(struct tame *tame)
{
	struct mu_hub *hub = tame->hub;

	return mu_queue_length(&hub->inbox) || mu_queue_length(&hub->jobs);
}

/* Whether anything was done. */
static bool turn(void)
{
	bool any = still_work();

	for (size_t i = 0; i < HUBS_MOST; i++) {
		if (!tames[i])
			continue;
		any = is_busy(tames[i]) || any;
		uv_run(&tames[i]->hub->loop, UV_RUN_NOWAIT);
	}
	return any;
}

void tame_settle(void)
{
	size_t turns = 0;

	/* Once more than is needed: the last turn may have been begun by a word of another hub. */
	for (int idle = 0; idle < 2; idle++) {
		while (turn()) {
			HOLDS(turns++ < TURNS_MOST);
			idle = 0;
		}
	}
}

void tame_pass(int64_t ms)
{
	still_pass(ms);
	for (size_t i = 0; i < HUBS_MOST; i++)
		if (tames[i])
			uv_async_send(&tames[i]->hub->wake);
	tame_settle();
}

/* ---- life ---- */

static struct mu_config configs[HUBS_MOST];
static struct mu_metrics metrics;
static struct rows world; /* the world's log */
static char *tokens[128]; /* by who */

struct mu_hub *tame_hub(struct tame *tame)
{
	return tame->hub;
}

struct mu_queue *tame_queue(struct tame *tame)
{
	return mu_hub_queue(tame->hub);
}

void tame_attach(struct tame *tame, void (*post_to)(void *, struct mu_down *, struct mu_down *, size_t),
		 void *edge)
{
	HOLDS(mu_hub_attach(tame->hub, post_to, edge) == MU_OK);
}

static struct mu_store *open_store(void)
{
	struct mu_fault fault = { 0 };

	HOLDS(mu_store_open("memory:", &memory, &fault) == MU_OK);
	return memory;
}

struct mu_store *tame_store(void)
{
	struct mu_store *store = open_store();
	struct mu_append append = { .workspace = "acme", .rows = world.v, .n = world.n };

	HOLDS(mu_store_create(store, "acme", STILL_START_MS) == MU_OK);
	HOLDS(mu_store_append(store, &append, 1) == MU_OK && append.err == MU_OK);
	return store;
}

void tame_world(void (*each)(void *arg, char *line), void *arg)
{
	for (size_t i = 0; i < world.n; i++) {
		const struct mu_row *row = &world.v[i];
		AUTO_BUF struct mu_buf line = { 0 };
		AUTO_FREE char *text = NULL;

		mu_buf_printf(&line, "%s %lld %s", row->type, (long long)row->at_ms, row->payload);
		text = mu_buf_take(&line);
		HOLDS(text);
		each(arg, text);
	}
}

struct tame *tame_create(struct mu_store *store, const char *node)
{
	struct tame *tame = calloc(1, sizeof(*tame));
	const struct mu_hub_setup setup = { .config = &configs[*node == 'b'],
					    .metrics = &metrics,
					    .clock = &still_clock,
					    .store = store,
					    .mail = take_mail };
	size_t i = 0;

	HOLDS(tame);
	tame->store = store;
	HOLDS(mu_hub_create(&setup, &tame->hub) == MU_OK);
	HOLDS(mu_hub_attach(tame->hub, post, tame) == MU_OK);
	while (tames[i])
		i++;
	tames[i] = tame;
	return tame;
}

void tame_destroy(struct tame *tame)
{
	for (size_t i = 0; i < HUBS_MOST; i++)
		if (tames[i] == tame)
			tames[i] = NULL;
	mu_hub_destroy(tame->hub);
	mu_keyring_unref(tame->keyring);
	free(tame);
	ask_forget();
}

const char *tame_token(char who)
{
	return who > 0 ? tokens[(size_t)who] : NULL;
}

static void keep_token(char who)
{
	HOLDS(ask_told_last());
	tokens[(size_t)who] = strdup(ask_told_last());
}

/* Each line, and whose token the answer tells. */
static void make_world(void)
{
	static const struct {
		const char *line;
		char who;
	} lines[] = {
		{ "9 workspace.create {\"id\":\"acme\",\"name\":\"Acme\",\"owner_email\":\"o@acme.test\","
		  "\"owner_name\":\"O\"}",
		  'k' },
		{ "0 user.create {\"id\":\"adm\",\"name\":\"Adm\",\"email\":\"adm@acme.test\",\"roles\":"
		  "[\"admin\"]}",
		  0 },
		{ "0 user.create {\"id\":\"sue\",\"name\":\"Sue\",\"email\":\"sue@acme.test\",\"roles\":"
		  "[\"supervisor\"]}",
		  0 },
		{ "0 user.create {\"id\":\"ann\",\"name\":\"Ann\",\"email\":\"ann@acme.test\",\"roles\":"
		  "[\"agent\"],\"password\":\"correct horse battery\"}",
		  0 },
		{ "0 user.create {\"id\":\"bob\",\"name\":\"Bob\",\"email\":\"bob@acme.test\",\"roles\":"
		  "[\"agent\"]}",
		  0 },
		{ "0 user.create {\"id\":\"cat\",\"name\":\"Cat\",\"email\":\"cat@acme.test\",\"roles\":"
		  "[\"agent\"]}",
		  0 },
		{ "0 team.create {\"id\":\"support\",\"name\":\"Support\",\"members\":[\"ann\",\"bob\"]}",
		  0 },
		{ "0 team.create {\"id\":\"sales\",\"name\":\"Sales\",\"members\":[\"cat\"]}", 0 },
		{ "0 conversation.put {\"id\":\"c1\",\"team\":\"support\"}", 0 },
		{ "0 conversation.put {\"id\":\"c2\",\"team\":\"sales\"}", 0 },
		{ "0 token.create {\"user\":\"ann\"}", 'n' },
		{ "0 token.create {\"user\":\"owner\"}", 'o' },
	};
	struct tame *tame = tame_create(open_store(), "a");

	for (size_t i = 0; i < MU_COUNT(lines); i++) {
		AUTO_FREE char *line = strdup(lines[i].line);

		HOLDS(line && tame_line(tame, line));
		if (lines[i].who)
			keep_token(lines[i].who);
	}
	tame_check(tame, true);
	rows_read(tame->store, &world);
	tame_destroy(tame);
}

/* Snapshots come often, so that most states go through one. */
static void set_up_config(struct mu_config *config, const char *node)
{
	struct mu_fault fault = { 0 };

	HOLDS(mu_config_init(config) == MU_OK);
	HOLDS(mu_config_set(config, "snapshot_every", "10", &fault) == MU_OK);
	HOLDS(mu_config_set(config, "node", node, &fault) == MU_OK);
}

void tame_begin(void)
{
	static bool begun;

	if (!begun) {
		begun = true;
		still_start();
		mu_metrics_init(&metrics);
		set_up_config(&configs[0], "a");
		set_up_config(&configs[1], "b");
		make_world();
	}
	still_again();
}
