/* An edge's life: its thread and loop, its clock and timers, and what it hands to the hub.
 *
 * A turn of the loop: the kernel's events and the hub's messages change connections and queue frames; then,
 * before the loop sleeps again, the turn is closed: requests go to the hub in one go, every connection that
 * has something to write is written once, dead ones are killed.
 *
 * Invariant: whatever happens in a turn is closed before the loop sleeps.
 * Thread: mu_edge_create and mu_edge_destroy one thread, mu_edge_post any, the rest the edge's own. */
#include "inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define HUB_QUEUE_MAX 200000 /* messages waiting for the hub before clients are told to come back later */

/* splitmix64 (Sebastiano Vigna, 2015, public domain algorithm): for spreading timers and naming requests. */
uint64_t edge_random(struct mu_edge *edge)
{
	uint64_t z = edge->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void edge_trace(struct mu_edge *edge, char trace[static MU_TRACE_TEXT])
{
	snprintf(trace, MU_TRACE_TEXT, "%016llx", (unsigned long long)edge_random(edge));
}

void edge_timer_set(struct mu_edge *edge, struct mu_timer *timer, int64_t due_ms)
{
	mu_timer_set(&edge->wheel, timer, due_ms);
}

void edge_up(struct mu_edge *edge, struct mu_up *up)
{
	up->msg.next = NULL;
	if (edge->up_last)
		edge->up_last->next = &up->msg;
	else
		edge->up_first = &up->msg;
	edge->up_last = &up->msg;
	edge->n_up++;
}

static void flush_up(struct mu_edge *edge)
{
	struct mu_queue *hub = edge->setup.hub;

	if (!edge->n_up && !edge->hub_full)
		return;
	mu_queue_push_all(hub, edge->up_first, edge->up_last, edge->n_up);
	edge->up_first = NULL;
	edge->up_last = NULL;
	edge->n_up = 0;
	edge->hub_full = mu_queue_length(hub) > HUB_QUEUE_MAX;
}

void edge_again(struct mu_edge *edge)
{
	uv_async_send(&edge->wake);
}

void edge_stop(struct mu_edge *edge)
{
	uv_stop(&edge->loop);
}

static void publish_counts(struct mu_edge *edge)
{
	if (!edge->frames && !edge->writes && !edge->unsent_bytes && !edge->casts)
		return;
	count(edge, MU_METRIC_FRAMES_TOTAL, edge->frames);
	count(edge, MU_METRIC_WRITES_TOTAL, edge->writes);
	count(edge, MU_METRIC_SENT_BYTES_TOTAL, edge->sent_bytes);
	count(edge, MU_METRIC_UNSENT_BYTES, edge->unsent_bytes);
	count(edge, MU_METRIC_CASTS_TOTAL, edge->casts);
	count(edge, MU_METRIC_CASTS_JOINED_TOTAL, edge->casts_joined);
	edge->frames = 0;
	edge->writes = 0;
	edge->sent_bytes = 0;
	edge->unsent_bytes = 0;
	edge->casts = 0;
	edge->casts_joined = 0;
}

static void on_timer(uv_timer_t *timer)
{
	struct mu_edge *edge = timer->data;

	edge->timer_due_ms = INT64_MAX;
	edge->now_ms = mu_clock_mono_ms(edge->setup.clock);
	mu_wheel_advance(&edge->wheel, edge->now_ms);
}

/* The one timer of the loop follows the wheel. */
static void arm_timer(struct mu_edge *edge)
{
	int64_t wait_ms = mu_wheel_next_ms(&edge->wheel, edge->now_ms);
	int64_t due_ms = wait_ms < 0 ? INT64_MAX : edge->now_ms + wait_ms;

	if (due_ms == edge->timer_due_ms)
		return;
	edge->timer_due_ms = due_ms;
	if (wait_ms < 0) {
		uv_timer_stop(&edge->timer);
		return;
	}
	/* The turn took time of its own since now_ms was read. */
	wait_ms = due_ms - mu_clock_mono_ms(edge->setup.clock);
	uv_update_time(&edge->loop);
	uv_timer_start(&edge->timer, on_timer, wait_ms > 0 ? (uint64_t)wait_ms : 0, 0);
}

static void on_turn_end(uv_prepare_t *prepare)
{
	struct mu_edge *edge = prepare->data;

	flush_up(edge);
	send_flush(edge);
	conn_reap(edge);
	flush_up(edge); /* the ends of those that were reaped */
	publish_counts(edge);
	arm_timer(edge);
	socket_wake_buffered(edge);
}

static void on_wake(uv_async_t *wake)
{
	struct mu_edge *edge = wake->data;

	edge->now_ms = mu_clock_mono_ms(edge->setup.clock);
	inbox_drain(edge);
}

static void wake_edge(void *arg)
{
	struct mu_edge *edge = arg;

	uv_async_send(&edge->wake);
}

static void *run(void *arg)
{
	struct mu_edge *edge = arg;
	char name[16];

	snprintf(name, sizeof(name), "edge %u", edge->setup.index);
	pthread_setname_np(pthread_self(), name);
	uv_run(&edge->loop, UV_RUN_DEFAULT);
	return NULL;
}

static struct mu_joined *joined_of(void *arg, uint32_t slot)
{
	return &conn_at(arg, slot)->joined;
}

static bool loop_create(struct mu_edge *edge)
{
	if (uv_loop_init(&edge->loop) != 0)
		return false;
	/* These can't fail on an initialised loop but for the async's pipe. */
	uv_prepare_init(&edge->loop, &edge->prepare);
	uv_timer_init(&edge->loop, &edge->timer);
	edge->prepare.data = edge;
	edge->timer.data = edge;
	edge->wake.data = edge;
	if (uv_async_init(&edge->loop, &edge->wake, on_wake) == 0)
		return uv_prepare_start(&edge->prepare, on_turn_end) == 0;
	uv_close((uv_handle_t *)&edge->prepare, NULL);
	uv_close((uv_handle_t *)&edge->timer, NULL);
	uv_run(&edge->loop, UV_RUN_DEFAULT);
	uv_loop_close(&edge->loop);
	return false;
}

static bool make_frames(struct mu_edge *edge)
{
	static const char heartbeat[] = "{\"jsonrpc\":\"2.0\",\"method\":\"ping\"}";

	edge->heartbeat = mu_ws_text(heartbeat, sizeof(heartbeat) - 1);
	edge->join.bytes = malloc(MU_WRITE_BYTES);
	edge->last_word = mu_up_create(MU_UP_CLOSED);
	edge->stop = mu_down_create(MU_DOWN_STOP);
	return edge->heartbeat && edge->join.bytes && edge->last_word && edge->stop;
}

static void drop_inbox(struct mu_edge *edge)
{
	struct mu_msg *msg = mu_queue_take(&edge->inbox), *next;

	for (; msg; msg = next) {
		next = msg->next;
		mu_down_destroy((struct mu_down *)(void *)msg);
	}
}

static void drop_up(struct mu_edge *edge)
{
	struct mu_msg *msg = edge->up_first, *next;

	for (; msg; msg = next) {
		next = msg->next;
		mu_up_destroy((struct mu_up *)(void *)msg);
	}
	edge->up_first = NULL;
	edge->up_last = NULL;
	edge->n_up = 0;
}

/* Close what the loop has, then let it run until all is closed. libwebsockets takes two calls: the first
 * starts closing, the second, once its handles are gone, frees. */
static void loop_finish(struct mu_edge *edge)
{
	listen_stop_all(edge);
	if (edge->context)
		lws_context_destroy(edge->context);
	uv_close((uv_handle_t *)&edge->prepare, NULL);
	uv_close((uv_handle_t *)&edge->timer, NULL);
	uv_close((uv_handle_t *)&edge->wake, NULL);
	uv_run(&edge->loop, UV_RUN_DEFAULT);
	if (edge->context)
		lws_context_destroy(edge->context);
	uv_run(&edge->loop, UV_RUN_DEFAULT);
	if (uv_loop_close(&edge->loop) != 0)
		mu_log(MU_LOG_ERROR, "edge", "loop not closed", MU_KI("edge", edge->setup.index));
}

static void edge_free(struct mu_edge *edge)
{
	drop_inbox(edge);
	drop_up(edge);
	mu_queue_finish(&edge->inbox);
	keys_free(edge);
	pending_table_free(edge);
	mu_topics_finish(&edge->topics);
	conn_all_free(edge);
	mu_frame_unref(edge->ping);
	mu_frame_unref(edge->heartbeat);
	mu_up_destroy(edge->last_word);
	mu_down_destroy(edge->stop);
	free(edge->join.bytes);
	free(edge->join.frames);
	free(edge);
}

enum mu_err mu_edge_create(const struct mu_edge_setup *setup, struct mu_edge **ret_edge)
{
	struct mu_edge *edge = calloc(1, sizeof(*edge));
	enum mu_err err = MU_NO_MEMORY;
	int fd = setup->listen_fd;

	if (!edge) {
		close(setup->listen_fd);
		return MU_NO_MEMORY;
	}
	edge->setup = *setup;
	listen_init(edge);
	edge->timer_due_ms = INT64_MAX;
	edge->now_ms = mu_clock_mono_ms(setup->clock);
	mu_wheel_init(&edge->wheel, edge->now_ms);
	mu_topics_init(&edge->topics, joined_of, edge);
	if (getrandom(&edge->random, sizeof(edge->random), 0) != sizeof(edge->random) || !loop_create(edge))
		goto fail_early;
	if (mu_queue_init(&edge->inbox, wake_edge, edge) != MU_OK || !make_frames(edge))
		goto fail;
	err = socket_context_create(edge);
	if (err != MU_OK)
		goto fail;
	fd = -1; /* the listener's from here on */
	err = listen_start(edge, setup->listen_fd);
	if (err != MU_OK)
		goto fail;
	err = MU_INTERNAL;
	if (pthread_create(&edge->thread, NULL, run, edge) != 0)
		goto fail;
	*ret_edge = edge;
	return MU_OK;
fail:
	if (fd >= 0)
		close(fd);
	loop_finish(edge);
	edge_free(edge);
	return err;
fail_early:
	close(fd);
	free(edge);
	return err;
}

static void say_goodbye(struct conn *conn, void *arg)
{
	(void)arg;
	conn_close(conn, MU_CLOSE_GOING_AWAY, -1);
}

void mu_edge_post(struct mu_edge *edge, struct mu_down *first, struct mu_down *last, size_t n)
{
	mu_queue_push_all(&edge->inbox, &first->msg, &last->msg, n);
}

void mu_edge_destroy(struct mu_edge *edge)
{
	if (!edge)
		return;
	mu_edge_post(edge, edge->stop, edge->stop, 1);
	edge->stop = NULL;
	pthread_join(edge->thread, NULL);
	/* The loop stands still; one write per session still tells it. The hub hears no more of us. */
	conn_for_each(edge, say_goodbye, NULL);
	send_flush(edge);
	loop_finish(edge);
	edge_free(edge);
}
