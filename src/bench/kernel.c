/* Reading /proc: a thread's name is in comm, its time on a core in schedstat. */
#include "kernel.h"
#include "report.h"
#include "util.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLAB "Slab:"

/* What the names of Muster's threads begin with. */
static const char *const names[LG_THREAD_COUNT] = { "hub", "edge", "store", "" };
static const char *const keys[LG_THREAD_COUNT] = { "hub", "edge", "store", "other" };

/* False: there is no such file any more. */
static bool read_line(pid_t pid, const char *task, const char *file, char line[static 128])
{
	char path[96];

	snprintf(path, sizeof(path), "/proc/%d/task/%.20s/%s", (int)pid, task, file);
	FILE *opened = fopen(path, "re");
	if (!opened)
		return false;
	const bool read = fgets(line, 128, opened) != NULL;
	fclose(opened);
	return read;
}

static void add_thread(struct lg_threads *threads, pid_t pid, const char *task)
{
	char name[128], used[128];
	int which = 0;

	if (!read_line(pid, task, "comm", name) || !read_line(pid, task, "schedstat", used))
		return;
	while (strncmp(name, names[which], strlen(names[which])) != 0)
		which++;
	threads->ns[which] += strtoull(used, NULL, 10);
}

struct lg_threads lg_threads(pid_t pid)
{
	struct lg_threads threads = { 0 };
	struct dirent *entry;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	DIR *tasks = pid ? opendir(path) : NULL;
	if (!tasks)
		return threads;
	while ((entry = readdir(tasks)) != NULL) {
		if (entry->d_name[0] != '.')
			add_thread(&threads, pid, entry->d_name);
	}
	closedir(tasks);
	return threads;
}

void lg_threads_report(const char *prefix, const struct lg_threads *from, const struct lg_threads *to)
{
	char key[32];

	for (int i = 0; i < LG_THREAD_COUNT; i++) {
		snprintf(key, sizeof(key), "%s%s_cpu_s", prefix, keys[i]);
		const uint64_t ns = to->ns[i] > from->ns[i] ? to->ns[i] - from->ns[i] : 0;

		lg_report_number(key, (double)ns / (double)LG_SECOND_NS);
	}
}

static uint64_t read_slab_kib(FILE *meminfo)
{
	char line[256];
	uint64_t kib = 0;

	while (kib == 0 && fgets(line, sizeof(line), meminfo)) {
		if (strncmp(line, SLAB, strlen(SLAB)) == 0)
			kib = strtoull(line + strlen(SLAB), NULL, 10);
	}
	fclose(meminfo);
	return kib;
}

uint64_t lg_kernel_slab_bytes(void)
{
	FILE *meminfo = fopen("/proc/meminfo", "re");

	if (meminfo)
		return read_slab_kib(meminfo) * 1024;
	lg_die("/proc/meminfo: %s", strerror(errno));
}
