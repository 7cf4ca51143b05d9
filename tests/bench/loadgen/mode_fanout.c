/* P1. The publisher keeps opt->window events in flight; an event is over when every watcher has it.
 *
 * Deliveries are told by their exact length, so the receive path looks at nothing but frame headers. The
 * length is found first: one probe shows how much the server wraps around a body, and the body is then
 * sized so that the delivered payload is opt->payload_bytes on every kind of server. */
#include "mode.h"
#include "meter.h"
#include "report.h"
#include "target.h"
#include "util.h"

#include <string.h>

enum { RING = 4096, PROBE_BODY = 24, BODY_MAX = 2048, STALL_SECONDS = 20 };

struct fanout {
	struct lg_pool *pool;
	uint64_t expect_len;
	size_t body_len;
	char body[BODY_MAX];
	uint64_t published;
	uint64_t completed;
	uint64_t deliveries;
	uint32_t got[RING]; /* watchers that have event number (index modulo RING) */
};

static void on_probe(void *ctx, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	struct fanout *f = ctx;
	const struct lg_target *target = f->pool->target;

	if (conn->index != 0 || (target->is_event && !target->is_event(frame)))
		lg_target_other(f->pool, conn, frame);
	else if (frame->data && memmem(frame->data, frame->len, f->body, PROBE_BODY))
		f->expect_len = frame->len;
}

static void publish(struct fanout *f)
{
	f->pool->target->emit(f->pool, &f->pool->publisher, f->body, f->body_len);
}

static void find_length(struct fanout *f)
{
	struct lg_pool *pool = f->pool;
	uint32_t wanted = pool->opt->payload_bytes;
	uint64_t deadline = lg_now_ns() + STALL_SECONDS * LG_SECOND_NS;

	memset(f->body, 'x', sizeof(f->body));
	f->body_len = PROBE_BODY;
	pool->inspect = true;
	pool->on_text = on_probe;
	publish(f);
	lg_pool_flush(pool, &pool->publisher);
	while (f->expect_len == 0 && lg_now_ns() < deadline)
		lg_pool_poll(pool, deadline);
	if (f->expect_len == 0)
		lg_die("the probe was not delivered");
	uint64_t envelope = f->expect_len - PROBE_BODY;
	f->body_len = envelope < wanted ? (size_t)(wanted - envelope) : 1;
	if (f->body_len > BODY_MAX)
		lg_die("--payload-bytes is too large");
	if (f->body_len == PROBE_BODY)
		f->body_len++;
	f->expect_len = envelope + f->body_len;
}

static void on_delivery(void *ctx, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	struct fanout *f = ctx;

	if (frame->len != f->expect_len) {
		lg_target_other(f->pool, conn, frame);
		return;
	}
	uint32_t *got = &f->got[conn->deliveries++ % RING];
	f->deliveries++;
	if (++*got == f->pool->count) {
		*got = 0;
		f->completed++;
	}
}

static void fill_window(struct fanout *f)
{
	uint64_t before = f->published;

	while (f->published - f->completed < f->pool->opt->window) {
		publish(f);
		f->published++;
	}
	if (f->published != before)
		lg_pool_flush(f->pool, &f->pool->publisher);
}

static void poll_or_die(struct fanout *f)
{
	if (!lg_pool_poll(f->pool, lg_now_ns() + STALL_SECONDS * LG_SECOND_NS))
		lg_die("stalled: %lu events published, %lu complete", f->published, f->completed);
}

/* Publishes for `seconds`, then waits until everything has arrived: whole events only are measured. */
static void run_for(struct fanout *f, double seconds)
{
	uint64_t end = lg_now_ns() + lg_seconds_ns(seconds);

	while (lg_now_ns() < end) {
		fill_window(f);
		poll_or_die(f);
	}
	while (f->completed < f->published)
		poll_or_die(f);
}

static void report(const struct fanout *f, const struct lg_meter_result *used, uint64_t events,
		   uint64_t deliveries)
{
	lg_report_count("watchers", f->pool->count);
	lg_report_count("window", f->pool->opt->window);
	lg_report_count("payload_bytes", f->expect_len);
	lg_report_count("events", events);
	lg_report_count("deliveries", deliveries);
	lg_report_count("other_frames", f->pool->other_frames);
	lg_meter_report(used);
	lg_report_number("deliveries_per_cpu_s", (double)deliveries / used->server_cpu_s);
	lg_report_number("deliveries_per_s", (double)deliveries / used->wall_s);
	lg_report_number("receive_limit_per_s", (double)deliveries / used->own_cpu_s);
}

void lg_mode_fanout(struct lg_pool *pool)
{
	static struct fanout f;

	f.pool = pool;
	if (pool->opt->window > RING)
		lg_die("--window is %d at most", RING);
	lg_pool_open(pool, 0, pool->count);
	lg_pool_open_publisher(pool);
	lg_pool_settle(pool, 0.5, 15.0);
	pool->ctx = &f;
	find_length(&f);
	lg_pool_settle(pool, 0.3, 5.0);
	pool->inspect = false;
	pool->on_text = on_delivery;
	run_for(&f, pool->opt->warmup_seconds);

	uint64_t events = f.completed, deliveries = f.deliveries;
	struct lg_meter meter = lg_meter_start(pool);
	run_for(&f, pool->opt->seconds);
	struct lg_meter_result used = lg_meter_stop(&meter, pool);
	report(&f, &used, f.completed - events, f.deliveries - deliveries);
}
