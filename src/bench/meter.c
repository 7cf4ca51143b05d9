/* Samples at both ends of a measured stretch, and their differences. */
#include "meter.h"
#include "report.h"
#include "util.h"

#include <sched.h>
#include <time.h>
#include <unistd.h>

static uint64_t own_cpu_ns(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * LG_SECOND_NS + (uint64_t)used.tv_nsec;
}

static unsigned own_core(void)
{
	int core = sched_getcpu();

	return core < 0 ? 0 : (unsigned)core;
}

/* 0 for a process that this run has none of. */
static uint64_t cpu_ns(uint32_t pid)
{
	return pid ? lg_proc_cpu_ns((pid_t)pid) : 0;
}

/* Workers of PostgreSQL come and go: what they used goes with them. */
static double used_s(uint64_t from_ns, uint64_t to_ns)
{
	return to_ns > from_ns ? (double)(to_ns - from_ns) / (double)LG_SECOND_NS : 0.0;
}

struct lg_meter lg_meter_start(const struct lg_pool *pool)
{
	return (struct lg_meter){
		.recv_bytes = pool->recv_bytes,
		.recv_calls = pool->recv_calls,
		.server_core = lg_proc_core(pool->opt->server_core),
		.own_core = lg_proc_core(own_core()),
		.server_ns = cpu_ns(pool->opt->server_pid) + cpu_ns(pool->opt->server_pid_b),
		.redis_ns = cpu_ns(pool->opt->redis_pid),
		.postgres_ns = cpu_ns(pool->opt->postgres_pid),
		.threads = lg_threads((pid_t)pool->opt->server_pid),
		.threads_b = lg_threads((pid_t)pool->opt->server_pid_b),
		.own_ns = own_cpu_ns(),
		.start_ns = lg_now_ns(),
	};
}

static double busy_share(const struct lg_proc_core *from, const struct lg_proc_core *to)
{
	uint64_t total = to->total_ticks - from->total_ticks;

	return total ? (double)(to->busy_ticks - from->busy_ticks) / (double)total : 0.0;
}

static struct lg_meter_result stop(const struct lg_meter *meter, const struct lg_pool *pool, double server_s)
{
	uint64_t end_ns = lg_now_ns();
	uint64_t own_ns = own_cpu_ns() - meter->own_ns;
	const struct lg_options *opt = pool->opt;
	struct lg_proc_core server_core = lg_proc_core(pool->opt->server_core),
			    core = lg_proc_core(own_core());
	struct lg_meter_result result = {
		.wall_s = (double)(end_ns - meter->start_ns) / (double)LG_SECOND_NS,
		.server_cpu_s = server_s,
		.redis_cpu_s = used_s(meter->redis_ns, cpu_ns(opt->redis_pid)),
		.postgres_cpu_s = used_s(meter->postgres_ns, cpu_ns(opt->postgres_pid)),
		.own_cpu_s = (double)own_ns / (double)LG_SECOND_NS,
		.own_core_busy = busy_share(&meter->own_core, &core),
		.server_core_busy = busy_share(&meter->server_core, &server_core),
		.recv_bytes = pool->recv_bytes - meter->recv_bytes,
		.recv_calls = pool->recv_calls - meter->recv_calls,
		.threads = { { meter->threads, lg_threads((pid_t)opt->server_pid) },
			     { meter->threads_b, lg_threads((pid_t)opt->server_pid_b) } },
	};
	double known = (result.server_cpu_s + result.redis_cpu_s + result.postgres_cpu_s + result.own_cpu_s) /
		       result.wall_s;
	double foreign = (result.own_core_busy + result.server_core_busy - known) / 2.0;

	result.foreign_share = foreign > 0.0 ? foreign : 0.0;
	return result;
}

struct lg_meter_result lg_meter_stop(const struct lg_meter *meter, const struct lg_pool *pool)
{
	const struct lg_options *opt = pool->opt;

	return stop(meter, pool,
		    used_s(meter->server_ns, cpu_ns(opt->server_pid) + cpu_ns(opt->server_pid_b)));
}

struct lg_meter_result lg_meter_stop_of(const struct lg_meter *meter, const struct lg_pool *pool,
					pid_t server)
{
	return stop(meter, pool, used_s(0, lg_proc_cpu_ns(server)));
}

void lg_meter_report(const struct lg_meter_result *result)
{
	lg_report_number("wall_s", result->wall_s);
	lg_report_number("server_cpu_s", result->server_cpu_s);
	lg_report_number("redis_cpu_s", result->redis_cpu_s);
	lg_report_number("postgres_cpu_s", result->postgres_cpu_s);
	lg_report_number("loadgen_cpu_s", result->own_cpu_s);
	lg_report_number("loadgen_core_busy", result->own_core_busy);
	lg_report_number("server_core_busy", result->server_core_busy);
	lg_report_number("foreign_share", result->foreign_share);
	lg_threads_report("", &result->threads[0][0], &result->threads[0][1]);
	lg_threads_report("b_", &result->threads[1][0], &result->threads[1][1]);
	lg_report_count("recv_bytes", result->recv_bytes);
	lg_report_count("recv_calls", result->recv_calls);
}
