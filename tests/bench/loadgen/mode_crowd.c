/* P7. As many people as sessions, all watching; within opt->seconds each of them changes status once, evenly
 * spread. What a server sends for it grows with the square of their number, in bytes at least; the question
 * is in how many frames, and what CPU time.
 *
 * What the bytes themselves cost is measured afterwards by messages to the same watchers that differ in
 * nothing but their length. */
#include "mode.h"
#include "marker.h"
#include "meter.h"
#include "report.h"
#include "target.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>

enum {
	BODY_MAX = 4096,
	GRACE_SECONDS = 60,
	SHORT_BODY = 100,
	LONG_BODY = 3100,
	MESSAGES = 200, /* of each length */
};

struct crowd {
	struct lg_pool *pool;
	uint32_t first; /* number of the first change that counts */
	uint8_t *seen;  /* one bit per change and watcher */
	uint64_t received, frames, bytes;
};

struct arrival {
	struct crowd *crowd;
	uint32_t watcher;
};

static void on_marker(void *ctx, uint32_t number)
{
	const struct arrival *arrival = ctx;
	struct crowd *c = arrival->crowd;
	const size_t bit = (size_t)(number - c->first) * c->pool->count + arrival->watcher;

	if (number < c->first || number - c->first >= c->pool->count || c->seen[bit / 8] & 1U << bit % 8)
		return;
	c->seen[bit / 8] |= (uint8_t)(1U << bit % 8);
	c->received++;
}

static void on_text(void *ctx, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	struct crowd *c = ctx;
	struct arrival arrival = { c, conn->index };
	const struct lg_target *target = c->pool->target;

	if ((target->is_event && !target->is_event(frame)) || !lg_marker_each(frame, on_marker, &arrival)) {
		lg_target_other(c->pool, conn, frame);
		return;
	}
	c->frames += !frame->continued;
	c->bytes += frame->len;
}

static void send_change(struct crowd *c, uint32_t number)
{
	struct lg_pool *pool = c->pool;
	const struct lg_target *target = pool->target;
	struct lg_conn *conn = target->http_publisher ? &pool->publisher : &pool->conns[number % pool->count];
	char body[BODY_MAX];

	memset(body, 'x', sizeof(body));
	lg_marker_write(body, number);
	if (target->toggle) {
		target->toggle(pool, conn, number, body);
	} else {
		body[LG_MARKER_LEN] = 'x';
		target->emit(pool, conn, body, pool->opt->payload_bytes - target->envelope_bytes);
	}
	lg_pool_flush(pool, conn);
}

/* One change of each, over so many seconds. */
static void send_round(struct crowd *c, uint32_t first, double seconds)
{
	const uint64_t start_ns = lg_now_ns(), step_ns = lg_seconds_ns(seconds) / c->pool->count;

	for (uint32_t i = 0; i < c->pool->count; i++) {
		const uint64_t due_ns = start_ns + i * step_ns;

		while (lg_now_ns() < due_ns)
			lg_pool_poll(c->pool, due_ns);
		send_change(c, first + i);
	}
}

static void wait_for_all(struct crowd *c)
{
	const uint64_t limit_ns = lg_now_ns() + GRACE_SECONDS * LG_SECOND_NS;
	const uint64_t wanted = (uint64_t)c->pool->count * c->pool->count;

	while (c->received < wanted && lg_now_ns() < limit_ns)
		lg_pool_poll(c->pool, limit_ns);
}

/* ---- the cost of bytes ---- */

static void on_message(void *ctx, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	struct crowd *c = ctx;

	if (frame->len < SHORT_BODY)
		lg_target_other(c->pool, conn, frame);
	else
		c->frames++;
}

/* Server CPU seconds for sending a text of `body_len` to all, MESSAGES times, one at a time. */
static double cost_of(struct crowd *c, size_t body_len)
{
	struct lg_pool *pool = c->pool;
	char body[LONG_BODY];
	struct lg_meter meter;

	memset(body, 'x', sizeof(body));
	c->frames = 0;
	meter = lg_meter_start(pool);
	for (uint64_t i = 1; i <= MESSAGES; i++) {
		const uint64_t limit_ns = lg_now_ns() + GRACE_SECONDS * LG_SECOND_NS;

		pool->target->emit(pool, &pool->publisher, body, body_len);
		lg_pool_flush(pool, &pool->publisher);
		while (c->frames < i * pool->count && lg_now_ns() < limit_ns)
			lg_pool_poll(pool, limit_ns);
	}
	return lg_meter_stop(&meter, pool).server_cpu_s;
}

static double seconds_per_byte(struct crowd *c)
{
	const double bytes = (double)(LONG_BODY - SHORT_BODY) * MESSAGES * c->pool->count;

	c->pool->on_text = on_message;
	c->pool->inspect = false;
	const double less = cost_of(c, SHORT_BODY), more = cost_of(c, LONG_BODY);
	return more > less ? (more - less) / bytes : 0.0;
}

/* ---- the run ---- */

static void report(const struct crowd *c, const struct lg_meter_result *used, double per_byte)
{
	const double n = (double)c->pool->count, copies = (double)c->bytes * per_byte;

	lg_report_count("people", c->pool->count);
	lg_report_count("expected", (uint64_t)c->pool->count * c->pool->count);
	lg_report_count("received", c->received);
	lg_report_number("frames_per_watcher", (double)c->frames / n);
	lg_report_number("bytes_per_watcher", (double)c->bytes / n);
	lg_report_number("megabytes", (double)c->bytes / 1e6);
	lg_meter_report(used);
	lg_report_number("server_cpu_share", used->server_cpu_s / used->wall_s);
	lg_report_number("ns_per_byte", 1e9 * per_byte);
	lg_report_number("cpu_without_bytes_s",
			 used->server_cpu_s > copies ? used->server_cpu_s - copies : 0.0);
}

void lg_mode_crowd(struct lg_pool *pool)
{
	const struct lg_options *opt = pool->opt;
	struct crowd c = { .pool = pool, .first = 2 * pool->count };

	if (opt->users != opt->sessions || opt->payload_bytes > BODY_MAX ||
	    3 * (uint64_t)pool->count > LG_MARKER_MAX)
		lg_die("as many people as sessions are needed");
	c.seen = lg_alloc(((size_t)pool->count * pool->count + 7) / 8, 1);
	lg_pool_open(pool, 0, pool->count);
	lg_pool_open_publisher(pool);
	lg_pool_settle(pool, 1.0, 30.0);
	pool->inspect = true;
	pool->ctx = &c;
	pool->on_text = on_text;
	if (pool->target->toggle)
		send_round(&c, pool->count, opt->seconds); /* out of the way of what will be measured */
	lg_pool_settle(pool, 1.0, 30.0);
	c.frames = c.bytes = 0;

	struct lg_meter meter = lg_meter_start(pool);
	send_round(&c, c.first, opt->seconds);
	wait_for_all(&c);
	const struct lg_meter_result used = lg_meter_stop(&meter, pool);
	struct crowd done = c;
	report(&done, &used, seconds_per_byte(&c));
	free(c.seen);
}
