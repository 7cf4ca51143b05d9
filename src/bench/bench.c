/* A run for everybody: sessions come, messages are published on schedule, each arrival is timed.
 * Invariant: the schedule is fixed beforehand, so a slow hub doesn't slow the messages down.
 * Thread: the one that runs it. */
#include "muster/bench/bench.h"

#include "marker.h"
#include "meter.h"
#include "pool.h"
#include "samples.h"
#include "target.h"
#include "util.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BODY_MAX = 4096, GRACE_SECONDS = 10, AT_A_TIME = 64 };

struct run {
	struct lg_pool pool;
	uint32_t sent, total;
	uint64_t received;
	uint64_t *sent_ns;
	struct lg_samples opened, arrived;
};

static void on_joined(void *ctx, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	struct run *run = ctx;

	(void)frame;
	lg_samples_add(&run->opened, lg_now_ns() - conn->opened_ns);
}

static void on_marker(void *ctx, uint32_t number)
{
	struct run *run = ctx;

	if (number >= run->sent)
		return;
	run->received++;
	lg_samples_add(&run->arrived, run->pool.now_ns - run->sent_ns[number]);
}

static void on_text(void *ctx, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	struct run *run = ctx;

	if (!run->pool.target->is_event(frame) || !lg_marker_each(frame, on_marker, run))
		lg_target_other(&run->pool, conn, frame);
}

static void publish(struct run *run, uint32_t bytes)
{
	struct lg_pool *pool = &run->pool;
	char body[BODY_MAX];

	memset(body, 'x', sizeof(body));
	lg_marker_write(body, run->sent);
	body[LG_MARKER_LEN] = 'x';
	pool->target->emit(pool, &pool->publisher, body, bytes > LG_MARKER_LEN ? bytes : LG_MARKER_LEN);
	run->sent_ns[run->sent++] = lg_now_ns();
	lg_pool_flush(pool, &pool->publisher);
}

static void publish_all(struct run *run, const struct mu_bench_setup *setup)
{
	const uint64_t step_ns = LG_SECOND_NS / setup->rate;
	uint64_t due_ns = lg_now_ns();

	while (run->sent < run->total) {
		if (lg_now_ns() >= due_ns) {
			publish(run, setup->bytes);
			due_ns += step_ns;
		}
		lg_pool_poll(&run->pool, due_ns);
	}
	const uint64_t limit_ns = lg_now_ns() + GRACE_SECONDS * LG_SECOND_NS;
	while (run->received < (uint64_t)run->total * run->pool.count && lg_now_ns() < limit_ns)
		lg_pool_poll(&run->pool, limit_ns);
}

static struct addrinfo *look_up(const struct mu_bench_setup *setup)
{
	const struct addrinfo wanted = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	char port[8];

	snprintf(port, sizeof(port), "%u", setup->port);
	const int err = getaddrinfo(setup->host, port, &wanted, &found);
	if (err)
		lg_die("%s: %s", setup->host, gai_strerror(err));
	return found;
}

static void open_sessions(struct run *run, struct mu_bench_result *result)
{
	struct lg_pool *pool = &run->pool;
	struct lg_meter meter = lg_meter_start(pool);

	pool->ctx = run;
	pool->on_joined = on_joined;
	lg_pool_open(pool, 0, pool->count);
	const struct lg_meter_result used = lg_meter_stop(&meter, pool);
	lg_samples_sort(&run->opened);
	result->open_s = used.wall_s;
	result->open_p50_ms = lg_samples_percentile_ms(&run->opened, 0.50);
	result->open_p99_ms = lg_samples_percentile_ms(&run->opened, 0.99);
	result->open_cpu_share = used.own_cpu_s / used.wall_s;
}

static void time_messages(struct run *run, const struct mu_bench_setup *setup, struct mu_bench_result *result)
{
	struct lg_pool *pool = &run->pool;

	lg_pool_open_publisher(pool);
	pool->inspect = true;
	pool->on_text = on_text;
	struct lg_meter meter = lg_meter_start(pool);
	publish_all(run, setup);
	const struct lg_meter_result used = lg_meter_stop(&meter, pool);
	lg_samples_sort(&run->arrived);
	result->messages = run->total;
	result->expected = (uint64_t)run->total * pool->count;
	result->received = run->received;
	result->p50_ms = lg_samples_percentile_ms(&run->arrived, 0.50);
	result->p99_ms = lg_samples_percentile_ms(&run->arrived, 0.99);
	result->max_ms = lg_samples_percentile_ms(&run->arrived, 1.0);
	result->deliveries_per_s = (double)run->received / used.wall_s;
	result->cpu_share = used.own_cpu_s / used.wall_s;
}

void mu_bench_run(const struct mu_bench_setup *setup, struct mu_bench_result *ret_result)
{
	const struct lg_options plan = { .sessions = setup->sessions,
					 .port = setup->port,
					 .concurrency = AT_A_TIME,
					 .watch = "none",
					 .device_kind = "web",
					 .publisher_token = setup->publisher };
	struct run run = { .total = (uint32_t)(setup->seconds * setup->rate) };
	struct addrinfo *to = look_up(setup);
	char **tokens = lg_alloc(setup->sessions, sizeof(*tokens));

	for (uint32_t i = 0; i < setup->sessions; i++)
		tokens[i] = (char *)setup->token;
	if (run.total == 0)
		run.total = 1;
	if (run.total > LG_MARKER_MAX)
		lg_die("too many messages; a million is the most");
	lg_pool_init(&run.pool, &plan, &lg_target_muster);
	run.pool.tokens = tokens;
	run.pool.to = to;
	run.sent_ns = lg_alloc(run.total, sizeof(*run.sent_ns));
	lg_samples_init(&run.opened, setup->sessions);
	lg_samples_init(&run.arrived, (size_t)run.total * setup->sessions);
	*ret_result = (struct mu_bench_result){ 0 };
	open_sessions(&run, ret_result);
	time_messages(&run, setup, ret_result);
	lg_pool_finish(&run.pool);
	lg_samples_finish(&run.opened);
	lg_samples_finish(&run.arrived);
	free(run.sent_ns);
	free(tokens);
	freeaddrinfo(to);
}
