/* More of what the kernel says: which of the server's threads worked, and what connections take outside of
 * it. */
#ifndef MUSTER_BENCH_KERNEL_H
#define MUSTER_BENCH_KERNEL_H

#include <stdint.h>
#include <sys/types.h>

/* CPU nanoseconds of a Muster's threads by what they do; all threads that go by other names are together. */
enum lg_thread { LG_THREAD_HUB, LG_THREAD_EDGE, LG_THREAD_STORE, LG_THREAD_OTHER, LG_THREAD_COUNT };

struct lg_threads {
	uint64_t ns[LG_THREAD_COUNT];
};

/* Those of process `pid` now; all zero for 0, and for one that is gone. */
struct lg_threads lg_threads(pid_t pid);

/* Writes what they used in between into the report, as PREFIXhub_cpu_s and so on. */
void lg_threads_report(const char *prefix, const struct lg_threads *from, const struct lg_threads *to);

/* Bytes of the whole machine in the kernel's slabs now: sockets, files, what polls them. */
uint64_t lg_kernel_slab_bytes(void);

#endif
