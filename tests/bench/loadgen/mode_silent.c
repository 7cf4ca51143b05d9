/* R4. A client whose network is gone says nothing more, not even goodbye: here it stops reading, so that no
 * ping is answered, and its kernel still takes what comes. What is measured is how long after that the server
 * ends the connection. */
#include "mode.h"
#include "meter.h"
#include "report.h"
#include "samples.h"
#include "util.h"

enum { LIMIT_SECONDS = 150 };

struct silent {
	struct lg_pool *pool;
	uint64_t from_ns;
	uint32_t ended;
	struct lg_samples samples;
};

static void on_lost(void *ctx, struct lg_conn *conn)
{
	struct silent *s = ctx;

	(void)conn;
	s->ended++;
	lg_samples_add(&s->samples, lg_now_ns() - s->from_ns);
}

void lg_mode_silent(struct lg_pool *pool)
{
	struct silent s = { .pool = pool };

	lg_samples_init(&s.samples, pool->count);
	lg_pool_open(pool, 0, pool->count);
	lg_pool_run(pool, lg_now_ns() + lg_seconds_ns(pool->opt->seconds));
	pool->ctx = &s;
	pool->on_lost = on_lost;
	s.from_ns = lg_now_ns();
	for (uint32_t i = 0; i < pool->count; i++)
		lg_pool_neglect(pool, &pool->conns[i]);
	const uint64_t limit_ns = s.from_ns + LIMIT_SECONDS * LG_SECOND_NS;
	struct lg_meter meter = lg_meter_start(pool);
	while (s.ended < pool->count && lg_now_ns() < limit_ns)
		lg_pool_poll(pool, limit_ns);
	struct lg_meter_result used = lg_meter_stop(&meter, pool);
	lg_samples_sort(&s.samples);
	lg_report_count("sessions", pool->count);
	lg_report_count("noticed", s.ended);
	lg_meter_report(&used);
	lg_report_number("noticed_p50_s", lg_samples_percentile_ms(&s.samples, 0.50) / 1e3);
	lg_report_number("noticed_last_s", s.ended < pool->count
						   ? LIMIT_SECONDS
						   : lg_samples_percentile_ms(&s.samples, 1.0) / 1e3);
	lg_samples_finish(&s.samples);
}
