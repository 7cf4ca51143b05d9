/* Reading /proc and the process clocks. */
#include "proc.h"
#include "util.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void walk_children(pid_t pid, const char *task, void (*visit)(void *ctx, pid_t pid), void *ctx)
{
	char path[64];
	int child;

	snprintf(path, sizeof(path), "/proc/%d/task/%.20s/children", (int)pid, task);
	FILE *file = fopen(path, "re");
	if (!file)
		return;
	while (fscanf(file, "%d", &child) == 1)
		lg_proc_walk(child, visit, ctx);
	fclose(file);
}

void lg_proc_walk(pid_t root, void (*visit)(void *ctx, pid_t pid), void *ctx)
{
	char path[64];
	struct dirent *entry;

	visit(ctx, root);
	snprintf(path, sizeof(path), "/proc/%d/task", (int)root);
	DIR *tasks = opendir(path);
	if (!tasks)
		lg_die("process %d is gone", (int)root);
	while ((entry = readdir(tasks)) != NULL) {
		if (entry->d_name[0] != '.')
			walk_children(root, entry->d_name, visit, ctx);
	}
	closedir(tasks);
}

static void add_cpu(void *ctx, pid_t pid)
{
	uint64_t *sum_ns = ctx;
	clockid_t clock;
	struct timespec used;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
		lg_die("no CPU clock of process %d", (int)pid);
	*sum_ns += (uint64_t)used.tv_sec * LG_SECOND_NS + (uint64_t)used.tv_nsec;
}

uint64_t lg_proc_cpu_ns(pid_t root)
{
	uint64_t sum_ns = 0;

	lg_proc_walk(root, add_cpu, &sum_ns);
	return sum_ns;
}

static void add_memory(void *ctx, pid_t pid)
{
	struct lg_proc_memory *sum = ctx;
	char path[64], line[256];
	unsigned long kib;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	FILE *file = fopen(path, "re");
	if (!file)
		lg_die("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Rss: %lu kB", &kib) == 1)
			sum->rss_bytes += (uint64_t)kib * 1024;
		else if (sscanf(line, "Pss: %lu kB", &kib) == 1)
			sum->pss_bytes += (uint64_t)kib * 1024;
	}
	fclose(file);
}

struct lg_proc_memory lg_proc_memory(pid_t root)
{
	struct lg_proc_memory sum = { 0 };

	lg_proc_walk(root, add_memory, &sum);
	return sum;
}

static void forget_peak(void *ctx, pid_t pid)
{
	char path[64];

	(void)ctx;
	snprintf(path, sizeof(path), "/proc/%d/clear_refs", (int)pid);
	FILE *file = fopen(path, "we");
	if (!file || fputs("5", file) < 0 || fclose(file) != 0)
		lg_die("%s: %s", path, strerror(errno));
}

void lg_proc_forget_peak(pid_t root)
{
	lg_proc_walk(root, forget_peak, NULL);
}

static void add_peak(void *ctx, pid_t pid)
{
	uint64_t *sum_bytes = ctx;
	char path[64], line[256];
	unsigned long kib;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "re");
	if (!file)
		lg_die("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "VmHWM: %lu kB", &kib) == 1)
			*sum_bytes += (uint64_t)kib * 1024;
	fclose(file);
}

uint64_t lg_proc_peak(pid_t root)
{
	uint64_t sum_bytes = 0;

	lg_proc_walk(root, add_peak, &sum_bytes);
	return sum_bytes;
}

struct lg_proc_core lg_proc_core(unsigned core)
{
	enum { FIELDS = 8 }; /* user nice system idle iowait irq softirq steal */
	struct lg_proc_core ticks = { 0 };
	unsigned number;
	unsigned long long field[FIELDS];
	char line[512];
	FILE *file = fopen("/proc/stat", "re");

	if (!file)
		lg_die("/proc/stat: %s", strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		int got = sscanf(line, "cpu%u %llu %llu %llu %llu %llu %llu %llu %llu", &number, &field[0],
				 &field[1], &field[2], &field[3], &field[4], &field[5], &field[6], &field[7]);

		if (got != FIELDS + 1 || number != core)
			continue;
		for (size_t i = 0; i < FIELDS; i++)
			ticks.total_ticks += field[i];
		ticks.busy_ticks = ticks.total_ticks - field[3] - field[4];
	}
	fclose(file);
	return ticks;
}
