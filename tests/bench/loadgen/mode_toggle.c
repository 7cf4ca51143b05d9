/* P3 and P4. opt->rate changes a second, each by another of opt->users people; the latency runs from the
 * moment before the change is sent to the moment its bytes are received, for every change at every watcher.
 *
 * A change is found in whatever frame it arrives in by its marker, so several may share a frame. The schedule
 * is fixed beforehand: a slow server does not slow the changes down.
 *
 * With two nodes, all changes are made at the first; the watchers there and those at the second are timed
 * apart. */
#include "mode.h"
#include "marker.h"
#include "meter.h"
#include "report.h"
#include "samples.h"
#include "target.h"
#include "util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_MAX = 2048, GRACE_SECONDS = 10 };

struct toggle {
	struct lg_pool *pool;
	uint32_t total;
	uint32_t warmup;
	uint32_t sent;
	uint64_t received;
	uint64_t repeated;
	uint64_t event_frames;
	uint64_t event_bytes;
	uint64_t *sent_ns;
	uint8_t *seen; /* one bit per change and watcher */
	struct lg_samples samples;
	struct lg_samples samples_a; /* with two nodes: of the first, and `samples` of the second */
};

static struct lg_samples *samples_of(struct toggle *t, const struct lg_conn *conn)
{
	return t->pool->opt->port_b && !lg_pool_at_b(t->pool, conn) ? &t->samples_a : &t->samples;
}

struct arrival {
	struct toggle *toggle;
	const struct lg_conn *conn;
};

static void on_marker(void *ctx, uint32_t id)
{
	const struct arrival *arrival = ctx;
	struct toggle *t = arrival->toggle;
	size_t bit = (size_t)id * t->pool->count + arrival->conn->index;

	if (id >= t->sent)
		return;
	if (t->seen[bit / 8] & (1u << bit % 8)) {
		t->repeated++;
		return;
	}
	t->seen[bit / 8] |= (uint8_t)(1u << bit % 8);
	t->received++;
	if (id >= t->warmup)
		lg_samples_add(samples_of(t, arrival->conn), t->pool->now_ns - t->sent_ns[id]);
}

static void on_text(void *ctx, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	struct toggle *t = ctx;
	struct arrival arrival = { t, conn };
	const struct lg_target *target = t->pool->target;

	if ((target->is_event && !target->is_event(frame)) || !lg_marker_each(frame, on_marker, &arrival)) {
		lg_target_other(t->pool, conn, frame);
		return;
	}
	t->event_frames++;
	t->event_bytes += frame->len;
}

static void send_change(struct toggle *t)
{
	struct lg_pool *pool = t->pool;
	const struct lg_target *target = pool->target;
	struct lg_conn *conn =
		target->http_publisher ? &pool->publisher : &pool->conns[t->sent % pool->opt->users];
	char body[BODY_MAX];
	size_t len = pool->opt->payload_bytes - target->envelope_bytes;

	lg_marker_write(body, t->sent);
	if (target->toggle) {
		target->toggle(pool, conn, t->sent, body);
	} else {
		memset(body + LG_MARKER_LEN, 'x', sizeof(body) - LG_MARKER_LEN);
		target->emit(pool, conn, body, len);
	}
	t->sent_ns[t->sent++] = lg_now_ns();
	lg_pool_flush(pool, conn);
}

/* Sends changes up to number `last` on schedule; the first of them now. */
static void send_until(struct toggle *t, uint32_t last)
{
	uint64_t step = LG_SECOND_NS / t->pool->opt->rate, due = lg_now_ns();

	while (t->sent < last) {
		if (lg_now_ns() >= due) {
			send_change(t);
			due += step;
		}
		lg_pool_poll(t->pool, due);
	}
}

static void wait_for_all(struct toggle *t)
{
	uint64_t limit = lg_now_ns() + GRACE_SECONDS * LG_SECOND_NS;

	while (t->received < (uint64_t)t->sent * t->pool->count && lg_now_ns() < limit)
		lg_pool_poll(t->pool, limit);
}

static void report(const struct toggle *t, const struct lg_meter_result *used)
{
	lg_report_count("watchers", t->pool->count);
	lg_report_count("rate", t->pool->opt->rate);
	lg_report_count("changes", t->total - t->warmup);
	lg_report_count("expected", (uint64_t)t->total * t->pool->count);
	lg_report_count("received", t->received);
	lg_report_count("repeated", t->repeated);
	lg_report_number("payload_bytes",
			 (double)t->event_bytes / (double)(t->event_frames ? t->event_frames : 1));
	lg_report_count("event_frames", t->event_frames);
	lg_report_count("other_frames", t->pool->other_frames);
	lg_meter_report(used);
	lg_report_number("p50_ms", lg_samples_percentile_ms(&t->samples, 0.50));
	lg_report_number("p90_ms", lg_samples_percentile_ms(&t->samples, 0.90));
	lg_report_number("p99_ms", lg_samples_percentile_ms(&t->samples, 0.99));
	lg_report_number("max_ms", lg_samples_percentile_ms(&t->samples, 1.0));
	lg_report_number("server_cpu_share", used->server_cpu_s / used->wall_s);
	if (!t->pool->opt->port_b)
		return;
	lg_report_number("node_a_p50_ms", lg_samples_percentile_ms(&t->samples_a, 0.50));
	lg_report_number("node_a_p99_ms", lg_samples_percentile_ms(&t->samples_a, 0.99));
	lg_report_number("redis_cpu_share", used->redis_cpu_s / used->wall_s);
	lg_report_number("postgres_cpu_share", used->postgres_cpu_s / used->wall_s);
}

static void prepare(struct toggle *t, struct lg_pool *pool)
{
	const struct lg_options *opt = pool->opt;

	t->pool = pool;
	t->warmup = (uint32_t)(opt->warmup_seconds * opt->rate);
	t->total = t->warmup + (uint32_t)(opt->seconds * opt->rate);
	if (t->total > LG_MARKER_MAX || opt->users > (opt->port_b ? pool->count / 2 : pool->count))
		lg_die("too many changes, or more users than sessions at the node of the changes");
	if (opt->payload_bytes > BODY_MAX ||
	    opt->payload_bytes < pool->target->envelope_bytes + LG_MARKER_LEN)
		lg_die("--payload-bytes does not fit");
	t->sent_ns = lg_alloc(t->total, sizeof(uint64_t));
	t->seen = lg_alloc(((size_t)t->total * pool->count + 7) / 8, 1);
	lg_samples_init(&t->samples, (size_t)(t->total - t->warmup) * pool->count);
	lg_samples_init(&t->samples_a, (size_t)(t->total - t->warmup) * pool->count);
}

void lg_mode_toggle(struct lg_pool *pool)
{
	struct toggle t = { 0 };

	prepare(&t, pool);
	lg_pool_open(pool, 0, pool->count);
	if (pool->target->http_publisher)
		lg_pool_open_publisher(pool);
	lg_pool_settle(pool, 1.0, 20.0);
	pool->inspect = true;
	pool->ctx = &t;
	pool->on_text = on_text;
	send_until(&t, t.warmup);
	wait_for_all(&t);

	struct lg_meter meter = lg_meter_start(pool);
	send_until(&t, t.total);
	wait_for_all(&t);
	struct lg_meter_result used = lg_meter_stop(&meter, pool);
	lg_samples_sort(&t.samples);
	lg_samples_sort(&t.samples_a);
	report(&t, &used);
	free(t.sent_ns);
	free(t.seen);
	lg_samples_finish(&t.samples);
	lg_samples_finish(&t.samples_a);
}
