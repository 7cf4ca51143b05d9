/* muster-store-rate: how fast the store alone appends events, so many in each durable commit. Prints one JSON
 * object.
 *
 *     muster-store-rate DIRECTORY EVENTS_PER_COMMIT PAYLOAD_BYTES SECONDS
 *
 * What P8 is compared with: the same rows, the same file, the same settings, and nothing around it. One
 * thread, pinned by whoever starts it. */
#include "proc.h"
#include "report.h"
#include "samples.h"
#include "util.h"

#include "muster/store/store.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH_MAX = 100000, SAMPLES_MAX = 2000000, PATH_BYTES = 4096 };

static const char workspace[] = "bench";

struct run {
	struct mu_store *store;
	struct mu_row *rows;
	size_t n;
	int64_t seq;
	struct lg_samples samples;
};

static uint32_t number(const char *text, uint32_t max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (end == text || *end || value == 0 || value > max)
		lg_die("not a number from 1 to %u: %s", max, text);
	return (uint32_t)value;
}

static void open_store(struct run *run, const char *directory)
{
	char url[PATH_BYTES];
	struct mu_fault fault = { 0 };

	if (snprintf(url, sizeof(url), "sqlite:%s/muster.db", directory) >= (int)sizeof(url))
		lg_die("the path is too long");
	if (mu_store_open(url, &run->store, &fault) || mu_store_create(run->store, workspace, 0))
		lg_die("the store can't be made in %s: %s", directory, mu_fault_text(&fault));
}

/* An event as conversation.reassigned is: heard by a team, two people and an old assignee, and in the audit
 * log. */
static void make_rows(struct run *run, size_t payload_bytes)
{
	char *payload = lg_alloc(payload_bytes + 1, 1);

	memset(payload, 'x', payload_bytes);
	run->rows = lg_alloc(run->n, sizeof(*run->rows));
	for (size_t i = 0; i < run->n; i++)
		run->rows[i] = (struct mu_row){
			.type = "conversation.reassigned",
			.actor = "{\"user\":\"u1\"}",
			.audience = "may/conversations.view:all\nteam/t1/may/conversations.view:team\nown/"
				    "u9\n~user/u17",
			.payload = payload,
			.action = "conversation.reassigned",
			.who = "u1",
			.about = "u9",
			.origin = "{\"address\":\"127.0.0.1\"}",
		};
}

static void commit(struct run *run)
{
	const int64_t at_ms = (int64_t)(lg_now_ns() / 1000000);
	struct mu_append append = { workspace, run->seq, run->rows, run->n, MU_OK };

	for (size_t i = 0; i < run->n; i++) {
		run->rows[i].seq = ++run->seq;
		run->rows[i].at_ms = at_ms;
	}
	if (mu_store_append(run->store, &append, 1) || append.err)
		lg_die("an append failed: %s", mu_fault_text(mu_store_fault(run->store)));
}

static void report(struct run *run, double wall_s, double cpu_s, double core_busy)
{
	const double events = (double)run->samples.count * (double)run->n;

	lg_samples_sort(&run->samples);
	lg_report_open();
	lg_report_number("wall_s", wall_s);
	lg_report_number("server_cpu_s", cpu_s);
	lg_report_number("loadgen_cpu_s", 0.0);
	lg_report_number("loadgen_core_busy", 0.0);
	lg_report_number("server_core_busy", core_busy);
	lg_report_number("foreign_share", core_busy > cpu_s / wall_s ? core_busy - cpu_s / wall_s : 0.0);
	lg_report_number("commands_per_s", events / wall_s);
	lg_report_number("commits_per_s", (double)run->samples.count / wall_s);
	lg_report_number("events_per_commit", (double)run->n);
	lg_report_number("p50_ms", lg_samples_percentile_ms(&run->samples, 0.50));
	lg_report_number("p99_ms", lg_samples_percentile_ms(&run->samples, 0.99));
	lg_report_close();
}

static void measure(struct run *run, double seconds)
{
	const unsigned core = (unsigned)sched_getcpu();
	const struct lg_proc_core from = lg_proc_core(core);
	const uint64_t cpu_ns = lg_proc_cpu_ns(getpid());
	const uint64_t start_ns = lg_now_ns();
	uint64_t now_ns = start_ns;

	while (now_ns - start_ns < lg_seconds_ns(seconds) && run->samples.count < SAMPLES_MAX) {
		const uint64_t began_ns = now_ns;

		commit(run);
		now_ns = lg_now_ns();
		lg_samples_add(&run->samples, now_ns - began_ns);
	}
	const struct lg_proc_core to = lg_proc_core(core);
	const double ticks = (double)(to.total_ticks - from.total_ticks);

	report(run, (double)(now_ns - start_ns) / (double)LG_SECOND_NS,
	       (double)(lg_proc_cpu_ns(getpid()) - cpu_ns) / (double)LG_SECOND_NS,
	       ticks > 0 ? (double)(to.busy_ticks - from.busy_ticks) / ticks : 0.0);
}

int main(int argc, char **argv)
{
	struct run run = { 0 };

	if (argc != 5)
		lg_die("usage: muster-store-rate DIRECTORY EVENTS_PER_COMMIT PAYLOAD_BYTES SECONDS");
	run.n = number(argv[2], BATCH_MAX);
	open_store(&run, argv[1]);
	make_rows(&run, number(argv[3], MU_PAYLOAD_MAX));
	lg_samples_init(&run.samples, SAMPLES_MAX);
	measure(&run, strtod(argv[4], NULL));
	lg_samples_finish(&run.samples);
	mu_store_close(run.store);
	free((char *)run.rows[0].payload);
	free(run.rows);
	return 0;
}
