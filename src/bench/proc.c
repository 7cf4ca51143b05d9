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
	char path[64], line[4096];

	snprintf(path, sizeof(path), "/proc/%d/task/%.20s/children", (int)pid, task);
	FILE *file = fopen(path, "re");
	if (!file)
		return;
	const char *text = fgets(line, sizeof(line), file);
	fclose(file);
	while (text && *text) {
		char *end;
		const long child = strtol(text, &end, 10);

		if (end == text)
			return;
		lg_proc_walk((pid_t)child, visit, ctx);
		text = end;
	}
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

/* Never NULL. */
static FILE *open_file(const char *path)
{
	FILE *file = fopen(path, "re");

	if (!file)
		lg_die("%s: %s", path, strerror(errno));
	return file;
}

/* Adds what a line "NAME: 123 kB" says, if it is of that name. */
static void add_kib(const char *line, const char *name, uint64_t *sum_bytes)
{
	const size_t n = strlen(name);

	if (strncmp(line, name, n) == 0)
		*sum_bytes += strtoull(line + n, NULL, 10) * 1024;
}

static void add_memory(void *ctx, pid_t pid)
{
	struct lg_proc_memory *sum = ctx;
	char path[64], line[256];

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	FILE *file = open_file(path);
	while (fgets(line, sizeof(line), file)) {
		add_kib(line, "Rss:", &sum->rss_bytes);
		add_kib(line, "Pss:", &sum->pss_bytes);
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

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *file = open_file(path);
	while (fgets(line, sizeof(line), file))
		add_kib(line, "VmHWM:", sum_bytes);
	fclose(file);
}

uint64_t lg_proc_peak(pid_t root)
{
	uint64_t sum_bytes = 0;

	lg_proc_walk(root, add_peak, &sum_bytes);
	return sum_bytes;
}

/* The ticks behind "cpuN": user, nice, system, idle, iowait, irq, softirq, steal. */
static struct lg_proc_core read_ticks(const char *text)
{
	enum { IDLE = 3, IOWAIT = 4, FIELDS = 8 };
	struct lg_proc_core ticks = { 0 };

	for (int i = 0; i < FIELDS; i++) {
		char *end;
		const uint64_t field = strtoull(text, &end, 10);

		ticks.total_ticks += field;
		ticks.busy_ticks += i == IDLE || i == IOWAIT ? 0 : field;
		text = end;
	}
	return ticks;
}

struct lg_proc_core lg_proc_core(unsigned core)
{
	struct lg_proc_core ticks = { 0 };
	char line[512], name[16];
	FILE *file = open_file("/proc/stat");

	const int n = snprintf(name, sizeof(name), "cpu%u ", core);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, name, (size_t)n) == 0)
			ticks = read_ticks(line + n);
	fclose(file);
	return ticks;
}
