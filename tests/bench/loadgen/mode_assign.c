/* P8. Users 0 to opt->teams - 1 each dispatch in a team of their own: they hold its conversations,
 * opt->window of them, and move each back and forth between the team's agents. So every command is one event,
 * which that dispatcher alone hears.
 *
 * And the same by the hub: the dispatchers put new conversations, the other users are agents with room for
 * all of them, and a conversation counts when its agent hears of it. */
#include "mode.h"
#include "paced.h"
#include "report.h"
#include "target.h"
#include "util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	HEAD = 96, /* where in a message the method and the id stand */
	TEXT_MAX = 512,
	COMMANDS_MAX = 4000000,
	SETUP_SECONDS = 30,
	AT_A_TIME = 64, /* commands of the setup */
};

static bool head_holds(const struct lg_ws_frame *frame, const char *what)
{
	const size_t len = frame->len < HEAD ? (size_t)frame->len : HEAD;

	return frame->data && memmem(frame->data, len, what, strlen(what)) != NULL;
}

/* The number behind `mark`. */
static bool read_number(const struct lg_ws_frame *frame, const char *mark, size_t within,
			uint32_t *ret_number)
{
	const size_t len = frame->len < within ? (size_t)frame->len : within;
	const char *found = frame->data ? memmem(frame->data, len, mark, strlen(mark)) : NULL;

	if (!found)
		return false;
	*ret_number = (uint32_t)strtoul(found + strlen(mark), NULL, 10);
	return true;
}

static void setup(struct lg_pool *pool, const char *text)
{
	lg_pool_send(pool, &pool->publisher, text, strlen(text));
}

static void wait_for_answers(struct lg_pool *pool, uint64_t n)
{
	const uint64_t limit = lg_now_ns() + SETUP_SECONDS * LG_SECOND_NS;

	while (pool->answers < n) {
		if (lg_now_ns() > limit)
			lg_die("the setup is not answered");
		lg_pool_poll(pool, limit);
	}
}

static void complain_of(const struct lg_ws_frame *frame)
{
	if (head_holds(frame, "\"error\":{"))
		lg_die("a command failed: %.*s", frame->len < 300 ? (int)frame->len : 300, frame->data);
}

/* ---- by command ---- */

static void put_conversations(struct lg_pool *pool)
{
	const uint32_t n = pool->opt->teams * pool->opt->window;
	char text[TEXT_MAX];

	for (uint32_t i = 0; i < n; i++) {
		snprintf(
			text, sizeof(text),
			"{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"conversation.put\",\"params\":{\"id\":"
			"\"c%u\","
			"\"team\":\"t%u\",\"channel\":\"chat\",\"subject\":\"A question about an invoice\"}}",
			i, i, i % pool->opt->teams);
		setup(pool, text);
		if (i >= AT_A_TIME)
			wait_for_answers(pool, i - AT_A_TIME);
	}
	wait_for_answers(pool, n);
}

/* Command number i of a dispatcher is about conversation i modulo their own, and every round of them names
 * the next of the team's agents. What is in flight of a dispatcher is thus never about the same conversation
 * twice. */
static void send_assign(struct lg_paced *paced, struct lg_conn *conn, uint32_t id)
{
	const struct lg_options *opt = paced->pool->opt;
	uint32_t *counts = paced->ctx;
	const uint32_t i = counts[conn->index]++;
	const uint32_t agents = opt->users / opt->teams - 1;
	char text[TEXT_MAX];
	const int len =
		snprintf(text, sizeof(text),
			 "{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"conversation.assign\",\"params\":{"
			 "\"id\":\"c%u\",\"user\":\"%s%u\"}}",
			 id, i % opt->window * opt->teams + conn->index, opt->user_prefix,
			 (1 + (i / opt->window) % agents) * opt->teams + conn->index);

	lg_pool_put(paced->pool, LG_WS_TEXT, text, (size_t)len);
}

static void on_answer(void *ctx, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	struct lg_paced *paced = ctx;
	uint32_t id;

	(void)conn;
	complain_of(frame);
	if (head_holds(frame, "\"result\":") && read_number(frame, "\"id\":", HEAD, &id))
		lg_paced_done(paced, id);
}

static void listen_to(struct lg_pool *pool, struct lg_paced *paced, lg_on_text *on_text)
{
	pool->inspect = true;
	pool->ctx = paced;
	pool->on_text = on_text;
}

static void assign(struct lg_pool *pool, void (*run)(struct lg_paced *paced))
{
	uint32_t *counts = lg_alloc(pool->opt->teams, sizeof(*counts));
	struct lg_paced paced = { .pool = pool,
				  .senders = pool->opt->teams,
				  .send = send_assign,
				  .ctx = counts,
				  .cap = COMMANDS_MAX };

	if (pool->opt->users / pool->opt->teams < 3)
		lg_die("each team needs a dispatcher and two agents");
	lg_pool_open_publisher(pool);
	put_conversations(pool);
	lg_pool_close_publisher(pool);
	lg_pool_open(pool, 0, pool->opt->teams);
	lg_pool_settle(pool, 0.5, 10.0);
	listen_to(pool, &paced, on_answer);
	run(&paced);
	free(counts);
}

void lg_mode_assign(struct lg_pool *pool)
{
	assign(pool, lg_paced_run);
}

void lg_mode_assign_at_rate(struct lg_pool *pool)
{
	assign(pool, lg_paced_run_at_rate);
}

/* ---- by the hub ---- */

static void give_strategies(struct lg_pool *pool)
{
	char text[TEXT_MAX];

	for (uint32_t i = 0; i < pool->opt->teams; i++) {
		snprintf(text, sizeof(text),
			 "{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"team.update\",\"params\":{\"team\":\"t%"
			 "u\","
			 "\"strategy\":\"round_robin\"}}",
			 i, i);
		setup(pool, text);
	}
	wait_for_answers(pool, pool->opt->teams);
}

static void send_put(struct lg_paced *paced, struct lg_conn *conn, uint32_t id)
{
	char text[TEXT_MAX];
	const int len = snprintf(
		text, sizeof(text),
		"{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"conversation.put\",\"params\":{\"id\":"
		"\"c%u\",\"team\":\"t%u\",\"channel\":\"chat\",\"subject\":\"A question about an invoice\"}}",
		id, id, conn->index);

	lg_pool_put(paced->pool, LG_WS_TEXT, text, (size_t)len);
}

/* The agent's copy counts: whoever put it hears of it as well. */
static void on_assigned(void *ctx, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	struct lg_paced *paced = ctx;
	uint32_t id;

	complain_of(frame);
	if (conn->index >= paced->senders && head_holds(frame, "\"conversation.assig") &&
	    read_number(frame, "\"conversation\":\"c", TEXT_MAX, &id))
		lg_paced_done(paced, id);
}

void lg_mode_route(struct lg_pool *pool)
{
	struct lg_paced paced = {
		.pool = pool, .senders = pool->opt->teams, .send = send_put, .cap = COMMANDS_MAX
	};

	if (pool->count <= pool->opt->teams)
		lg_die("agents are needed: more sessions than teams");
	lg_pool_open_publisher(pool);
	give_strategies(pool);
	lg_pool_close_publisher(pool);
	lg_pool_open(pool, 0, pool->count);
	lg_pool_settle(pool, 0.5, 10.0);
	listen_to(pool, &paced, on_assigned);
	lg_paced_run(&paced);
}
