/* What the kernel says about the server and about the two cores.
 *
 * CPU time is user plus system time of every thread, living or gone, of every process of the tree: the
 * kernel's process clock, which is the sum that /proc/PID/stat shows as utime and stime, in nanoseconds
 * instead of ticks. Memory comes from /proc/PID/smaps_rollup. */
#ifndef MUSTER_BENCH_PROC_H
#define MUSTER_BENCH_PROC_H

#include <stdint.h>
#include <sys/types.h>

struct lg_proc_memory {
	uint64_t rss_bytes;
	uint64_t pss_bytes;
};

struct lg_proc_core {
	uint64_t busy_ticks;
	uint64_t total_ticks;
};

/* CPU nanoseconds that the process tree under `root` has used so far. */
uint64_t lg_proc_cpu_ns(pid_t root);

/* Memory of the process tree under `root` now. */
struct lg_proc_memory lg_proc_memory(pid_t root);

/* The most memory that the process tree under `root` has had since lg_proc_forget_peak, in bytes. */
void lg_proc_forget_peak(pid_t root);
uint64_t lg_proc_peak(pid_t root);

/* Ticks of one core since boot; stolen time counts as busy. */
struct lg_proc_core lg_proc_core(unsigned core);

/* Calls `visit` for `root` and each process below it. */
void lg_proc_walk(pid_t root, void (*visit)(void *ctx, pid_t pid), void *ctx);

#endif
