/* One measured stretch of time: what the server and the generator used between start and stop.
 *
 * The two are pinned on different cores; `foreign_share` is what all others but the databases behind the
 * server took of those cores, so that a disturbed run can be told from a quiet one. */
#ifndef MUSTER_BENCH_METER_H
#define MUSTER_BENCH_METER_H

#include "kernel.h"
#include "pool.h"
#include "proc.h"

struct lg_meter {
	uint64_t start_ns;
	uint64_t server_ns;
	uint64_t redis_ns;
	uint64_t postgres_ns;
	uint64_t own_ns;
	uint64_t recv_bytes;
	uint64_t recv_calls;
	struct lg_proc_core server_core;
	struct lg_proc_core own_core;
	struct lg_threads threads;   /* of the server, */
	struct lg_threads threads_b; /* and of the second node */
};

struct lg_meter_result {
	double wall_s;
	double server_cpu_s; /* of all nodes */
	double redis_cpu_s;
	double postgres_cpu_s;
	double own_cpu_s;
	double own_core_busy;    /* 0 to 1 */
	double server_core_busy; /* 0 to 1 */
	double foreign_share;    /* 0 to 1, of both cores */
	uint64_t recv_bytes;
	uint64_t recv_calls;
	struct lg_threads threads[2][2]; /* of each node, before and after */
};

struct lg_meter lg_meter_start(const struct lg_pool *pool);
struct lg_meter_result lg_meter_stop(const struct lg_meter *meter, const struct lg_pool *pool);

/* The same when a new server has taken the place of the one that was there at the start: what that one used
 * isn't known any more. */
struct lg_meter_result lg_meter_stop_of(const struct lg_meter *meter, const struct lg_pool *pool,
					pid_t server);

/* Writes all of `result` into the report. */
void lg_meter_report(const struct lg_meter_result *result);

#endif
