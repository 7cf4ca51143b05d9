/* R6. A message a moment to everybody, first while all read, then while the last opt->staying sessions don't:
 * what that does to the others and to the server's memory.
 *
 * The connections have segments as those from far away do, and kernel buffers that don't grow, so that what
 * isn't read stays in the server sooner than in the kernel, which takes megabytes over loopback. */
#include "mode.h"
#include "marker.h"
#include "meter.h"
#include "report.h"
#include "samples.h"
#include "scrape.h"
#include "target.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>

enum { SEGMENT_BYTES = 1400, RECEIVE_BYTES = 65536, BODY_MAX = 4096, GRACE_SECONDS = 10 };

struct slow {
	struct lg_pool *pool;
	uint32_t readers; /* the first ones */
	uint32_t sent, total;
	uint64_t received;
	uint64_t *sent_ns;
	uint32_t ended; /* of those who don't read, by the server */
	struct lg_samples *samples;
};

struct arrival {
	struct slow *slow;
	const struct lg_conn *conn;
};

static void on_marker(void *ctx, uint32_t number)
{
	const struct arrival *arrival = ctx;
	struct slow *s = arrival->slow;

	if (number >= s->sent || arrival->conn->index >= s->readers)
		return;
	s->received++;
	lg_samples_add(s->samples, s->pool->now_ns - s->sent_ns[number]);
}

static void on_text(void *ctx, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	struct slow *s = ctx;
	struct arrival arrival = { s, conn };

	if (!lg_marker_each(frame, on_marker, &arrival))
		lg_target_other(s->pool, conn, frame);
}

static void on_lost(void *ctx, struct lg_conn *conn)
{
	struct slow *s = ctx;

	if (conn->index < s->readers)
		lg_die("connection %u reads and was ended", conn->index);
	s->ended++;
}

static void send_message(struct slow *s)
{
	struct lg_pool *pool = s->pool;
	char body[BODY_MAX];

	memset(body, 'x', sizeof(body));
	lg_marker_write(body, s->sent);
	body[LG_MARKER_LEN] = 'x';
	pool->target->emit(pool, &pool->publisher, body, pool->opt->payload_bytes);
	s->sent_ns[s->sent++] = lg_now_ns();
	lg_pool_flush(pool, &pool->publisher);
}

/* Messages on schedule for opt->seconds, and until all who read have them. */
static void send_some(struct slow *s, struct lg_samples *samples)
{
	struct lg_pool *pool = s->pool;
	const uint32_t last = s->sent + s->total / 2;
	const uint64_t step_ns = LG_SECOND_NS / pool->opt->rate;
	uint64_t due_ns = lg_now_ns();

	s->samples = samples;
	while (s->sent < last) {
		if (lg_now_ns() >= due_ns) {
			send_message(s);
			due_ns += step_ns;
		}
		lg_pool_poll(pool, due_ns);
	}
	const uint64_t limit_ns = lg_now_ns() + GRACE_SECONDS * LG_SECOND_NS;
	while (s->received < (uint64_t)s->sent * s->readers && lg_now_ns() < limit_ns)
		lg_pool_poll(pool, limit_ns);
}

static void report(const struct slow *s, struct lg_samples *all_read, struct lg_samples *some_dont)
{
	const struct lg_options *opt = s->pool->opt;
	double before, with;

	lg_samples_sort(all_read);
	lg_samples_sort(some_dont);
	before = lg_samples_percentile_ms(all_read, 0.99);
	with = lg_samples_percentile_ms(some_dont, 0.99);
	lg_report_count("readers", s->readers);
	lg_report_count("slow", opt->staying);
	lg_report_count("expected", (uint64_t)s->sent * s->readers);
	lg_report_count("received", s->received);
	lg_report_count("slow_ended", s->ended);
	lg_report_number("p50_before_ms", lg_samples_percentile_ms(all_read, 0.50));
	lg_report_number("p50_ms", lg_samples_percentile_ms(some_dont, 0.50));
	lg_report_number("p99_before_ms", before);
	lg_report_number("p99_ms", with);
	lg_report_number("p99_ratio", before > 0.0 ? with / before : 0.0);
	lg_report_count("bytes_sent_to_each", (uint64_t)(s->total / 2) * opt->payload_bytes);
}

/* What the server says it has left out for them; a server that leaves nothing out says nothing of it. */
static double left_out(const struct lg_pool *pool)
{
	return pool->target == &lg_target_muster ? lg_scrape(pool->opt->port).left_out : 0.0;
}

static void measure(struct slow *s)
{
	struct lg_pool *pool = s->pool;
	const pid_t server = (pid_t)pool->opt->server_pid;
	struct lg_samples all_read, some_dont;

	lg_samples_init(&all_read, (size_t)s->total * s->readers);
	lg_samples_init(&some_dont, (size_t)s->total * s->readers);
	send_some(s, &all_read);
	const uint64_t before = lg_proc_memory(server).rss_bytes;
	lg_proc_forget_peak(server);
	pool->on_lost = on_lost;
	for (uint32_t i = s->readers; i < pool->count; i++)
		lg_pool_neglect(pool, &pool->conns[i]);
	const double left_out_before = left_out(pool);
	struct lg_meter meter = lg_meter_start(pool);
	send_some(s, &some_dont);
	struct lg_meter_result used = lg_meter_stop(&meter, pool);
	const uint64_t peak = lg_proc_peak(server);
	report(s, &all_read, &some_dont);
	lg_report_number("left_out_per_slow",
			 (left_out(pool) - left_out_before) / (double)pool->opt->staying);
	lg_meter_report(&used);
	lg_report_number("server_cpu_share", used.server_cpu_s / used.wall_s);
	lg_report_count("rss_before_bytes", before);
	lg_report_number("kb_kept_per_slow",
			 peak > before ? (double)(peak - before) / 1e3 / (double)pool->opt->staying : 0.0);
	lg_samples_finish(&all_read);
	lg_samples_finish(&some_dont);
}

void lg_mode_slow(struct lg_pool *pool)
{
	const struct lg_options *opt = pool->opt;
	struct slow s = { .pool = pool, .readers = opt->sessions - opt->staying };

	s.total = 2 * (uint32_t)(opt->seconds * opt->rate);
	if (opt->staying == 0 || opt->staying >= opt->sessions || opt->payload_bytes > BODY_MAX ||
	    s.total > LG_MARKER_MAX)
		lg_die("some must read and some must not, and a message has %d bytes at most", BODY_MAX);
	s.sent_ns = lg_alloc(s.total, sizeof(*s.sent_ns));
	pool->segment_bytes = SEGMENT_BYTES;
	pool->receive_bytes = RECEIVE_BYTES;
	lg_pool_open(pool, 0, pool->count);
	lg_pool_open_publisher(pool);
	lg_pool_settle(pool, 1.0, 20.0);
	pool->inspect = true;
	pool->ctx = &s;
	pool->on_text = on_text;
	measure(&s);
	free(s.sent_ns);
}
