/* P2, P5 and P9: the figures of sessions that come and stay. */
#include "mode.h"
#include "meter.h"
#include "report.h"
#include "util.h"

#include <signal.h>

/* Lazily loaded code, compiled scripts and first allocations shall not count as the cost of a session. */
static void warm_up(struct lg_pool *pool)
{
	if (pool->opt->warmup_sessions == 0)
		return;
	lg_pool_open(pool, 0, pool->opt->warmup_sessions);
	lg_pool_settle(pool, 0.5, 10.0);
	lg_pool_close(pool);
	lg_pool_run(pool, lg_now_ns() + LG_SECOND_NS);
}

static struct lg_proc_memory settled_memory(struct lg_pool *pool)
{
	pid_t server = (pid_t)pool->opt->server_pid;

	lg_pool_settle(pool, 1.5, 30.0);
	if (pool->opt->gc_signal) {
		kill(server, SIGUSR2);
		lg_pool_run(pool, lg_now_ns() + 2 * LG_SECOND_NS);
	}
	return lg_proc_memory(server);
}

void lg_mode_memory(struct lg_pool *pool)
{
	warm_up(pool);
	struct lg_proc_memory before = settled_memory(pool);
	const uint64_t slab_bytes = lg_kernel_slab_bytes();
	struct lg_meter meter = lg_meter_start(pool);
	lg_pool_open(pool, 0, pool->count);
	struct lg_proc_memory after = settled_memory(pool);
	struct lg_meter_result used = lg_meter_stop(&meter, pool);

	lg_report_count("sessions", pool->count);
	lg_report_count("rss_before_bytes", before.rss_bytes);
	lg_report_count("rss_after_bytes", after.rss_bytes);
	lg_report_count("pss_before_bytes", before.pss_bytes);
	lg_report_count("pss_after_bytes", after.pss_bytes);
	lg_report_number("slab_bytes", (double)lg_kernel_slab_bytes() - (double)slab_bytes);
	lg_report_number("snapshot_bytes", (double)pool->joined_bytes / (double)pool->count);
	lg_meter_report(&used);
	lg_report_number("rss_bytes_per_session",
			 ((double)after.rss_bytes - (double)before.rss_bytes) / (double)pool->count);
	lg_report_number("pss_bytes_per_session",
			 ((double)after.pss_bytes - (double)before.pss_bytes) / (double)pool->count);
}

void lg_mode_connect(struct lg_pool *pool)
{
	warm_up(pool);
	struct lg_meter meter = lg_meter_start(pool);
	uint64_t others = pool->other_frames;
	lg_pool_open(pool, 0, pool->count);
	struct lg_meter_result used = lg_meter_stop(&meter, pool);

	lg_report_count("sessions", pool->count);
	lg_report_count("concurrency", pool->opt->concurrency);
	lg_report_number("snapshot_bytes", (double)pool->joined_bytes / (double)pool->count);
	lg_report_count("other_frames", pool->other_frames - others);
	lg_meter_report(&used);
	lg_report_number("sessions_per_cpu_s", (double)pool->count / used.server_cpu_s);
	lg_report_number("sessions_per_s", (double)pool->count / used.wall_s);
}

void lg_mode_idle(struct lg_pool *pool)
{
	warm_up(pool);
	lg_pool_open(pool, 0, pool->count);
	lg_pool_settle(pool, 1.5, 30.0);
	uint64_t pings = pool->pings, others = pool->other_frames;
	struct lg_meter meter = lg_meter_start(pool);
	lg_pool_run(pool, lg_now_ns() + lg_seconds_ns(pool->opt->seconds));
	struct lg_meter_result used = lg_meter_stop(&meter, pool);

	lg_report_count("sessions", pool->count);
	lg_report_number("pings_per_session", (double)(pool->pings - pings) / (double)pool->count);
	lg_report_count("other_frames", pool->other_frames - others);
	lg_meter_report(&used);
	lg_report_number("server_cpu_percent", 100.0 * used.server_cpu_s / used.wall_s);
}
