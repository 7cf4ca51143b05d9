/* Which point fails. Ways are told apart by the addresses of their callers.
 * Invariant: no call in here allocates while a point is being decided.
 * Thread: any. */
#include "points.h"

#include <dirent.h>
#include <errno.h>
#include <execinfo.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <uv.h>

#define FRAMES 32
#define OWN_FRAMES 2 /* points_fail, and who calls it */
#define WAY_FRAMES 14
#define WAYS 65536
#define N_KINDS 3

static struct {
	bool all;
	atomic_uint kinds; /* 0: not armed */
	atomic_long passed;
	long n;
	atomic_bool fired;
	void (*on_fire)(void *arg);
	void *arg;
	const char *name; /* of the call that failed last, how, and its callers */
	unsigned way;
	void *frames[FRAMES];
	int n_frames;
	atomic_size_t failed[N_KINDS], n_ways;
	atomic_uint_fast64_t ways[WAYS]; /* open addressing; 0: free */
} points;

static _Thread_local bool spared;

static const struct {
	enum points_kind kind;
	const char *name;
} kinds[N_KINDS] = {
	{ POINTS_MEMORY, "allocations" },
	{ POINTS_IO, "calls of the system" },
	{ POINTS_SQLITE_MEMORY, "allocations of SQLite" },
};

/* ---- deciding ---- */

static uint64_t hash_way(void *const *frames, int n, unsigned way)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) + way;

	for (int i = OWN_FRAMES; i < n && i < OWN_FRAMES + WAY_FRAMES; i++)
		hash = (hash ^ (uint64_t)(uintptr_t)frames[i]) * UINT64_C(0x100000001b3);
	return hash ? hash : 1;
}

/* Whether nothing has failed this way before. From now on something has. */
static bool is_new(uint64_t hash)
{
	for (size_t i = 0; i < WAYS; i++) {
		atomic_uint_fast64_t *way = &points.ways[(hash + i) % WAYS];
		uint_fast64_t there = 0;
		if (atomic_compare_exchange_strong(way, &there, hash)) {
			atomic_fetch_add(&points.n_ways, 1);
			return true;
		}
		if (there == hash)
			return false;
	}
	return false;
}

/* The n-th, or the first that is new; 0: none of these, the first of which is the i-th. */
static unsigned choose(long i, unsigned n_ways, void *const *frames, int n_frames)
{
	if (points.n >= 0) {
		if (points.n < i || points.n >= i + n_ways)
			return 0;
		const unsigned way = (unsigned)(points.n - i) + 1;
		is_new(hash_way(frames, n_frames, way));
		return way;
	}
	for (unsigned way = 1; way <= n_ways && !atomic_load(&points.fired); way++)
		if (is_new(hash_way(frames, n_frames, way)))
			return way;
	return 0;
}

static void count(enum points_kind kind)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (kinds[i].kind == kind)
			atomic_fetch_add(&points.failed[i], 1);
}

unsigned points_fail(enum points_kind kind, const char *name, unsigned n_ways)
{
	void *frames[FRAMES];

	if (!(atomic_load(&points.kinds) & kind) || spared || atomic_load(&points.fired))
		return 0;
	spared = true;
	const long i = atomic_fetch_add(&points.passed, n_ways);
	const bool may = points.n < 0 || (points.n >= i && points.n < i + n_ways);
	const int n_frames = may ? backtrace(frames, FRAMES) : 0;
	const unsigned way = may ? choose(i, n_ways, frames, n_frames) : 0;
	if (way) {
		points.name = name;
		points.way = way;
		memcpy(points.frames, frames, sizeof(frames));
		points.n_frames = n_frames;
		count(kind);
		atomic_store(&points.fired, true);
		if (points.on_fire)
			points.on_fire(points.arg);
	}
	spared = false;
	return way;
}

void points_arm(unsigned armed, long n)
{
	points.n = n;
	atomic_store(&points.passed, 0);
	atomic_store(&points.fired, false);
	atomic_store(&points.kinds, n == POINTS_NONE ? 0 : armed);
}

bool points_all(void)
{
	return points.all;
}

long points_nth(long n)
{
	return points.all ? n : POINTS_NEW;
}

bool points_disarm(void)
{
	atomic_store(&points.kinds, 0);
	return points_fired();
}

bool points_fired(void)
{
	return atomic_load(&points.fired);
}

const char *points_call(void)
{
	return points.name;
}

void points_on_fire(void (*fired)(void *), void *arg)
{
	points.on_fire = fired;
	points.arg = arg;
}

bool points_spare(bool spare)
{
	const bool before = spared;

	spared = spare;
	return before;
}

/* ---- telling ---- */

/* In programs with sanitizers only: they know names of static functions too. */
extern void __sanitizer_symbolize_pc(void *pc, const char *format, char *text, size_t bytes)
	__attribute__((weak));

void points_show(void)
{
	char text[512];

	fprintf(stderr, "%s failed (way %u), called from\n", points.name, points.way);
	if (!__sanitizer_symbolize_pc) {
		backtrace_symbols_fd(points.frames, points.n_frames, 2);
		return;
	}
	for (int i = OWN_FRAMES; i < points.n_frames; i++) {
		__sanitizer_symbolize_pc((char *)points.frames[i] - 1, "%f %s:%l", text, sizeof(text));
		fprintf(stderr, "  %s\n", text);
	}
}

size_t points_failed(void)
{
	size_t n = 0;

	for (size_t i = 0; i < N_KINDS; i++)
		n += atomic_load(&points.failed[i]);
	return n;
}

bool points_scene(const char *name, size_t before)
{
	const size_t n = points_failed() - before;

	printf("  %-76.76s %6zu points\n", name, n);
	return n || !points.all;
}

int points_result(int failed, unsigned wanted)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		const size_t n = atomic_load(&points.failed[i]);
		if (wanted & kinds[i].kind)
			printf("%zu %s failed\n", n, kinds[i].name);
		if ((wanted & kinds[i].kind) && !n && !failed)
			failed = 1;
	}
	printf("reached in %zu ways\n", atomic_load(&points.n_ways));
	return failed;
}

size_t points_open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* ---- Muster's own memory: the linker sends its calls here ---- */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t alignment, size_t n);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t n);
int __real_vasprintf(char **ret_text, const char *format, va_list args);

void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t alignment, size_t n);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t n);
int __wrap_vasprintf(char **ret_text, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
int __wrap_asprintf(char **ret_text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool fails(const char *name)
{
	return points_fail(POINTS_MEMORY, name, 1);
}

void *__wrap_malloc(size_t n)
{
	return fails("malloc") ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails("calloc") ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return fails("realloc") ? NULL : __real_realloc(p, n);
}

void *__wrap_aligned_alloc(size_t alignment, size_t n)
{
	return fails("aligned_alloc") ? NULL : __real_aligned_alloc(alignment, n);
}

char *__wrap_strdup(const char *text)
{
	return fails("strdup") ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t n)
{
	return fails("strndup") ? NULL : __real_strndup(text, n);
}

int __wrap_vasprintf(char **ret_text, const char *format, va_list args)
{
	return fails("vasprintf") ? -1 : __real_vasprintf(ret_text, format, args);
}

int __wrap_asprintf(char **ret_text, const char *format, ...)
{
	va_list args;

	if (fails("asprintf"))
		return -1;
	va_start(args, format);
	int n = __real_vasprintf(ret_text, format, args);
	va_end(args);
	return n;
}

/* ---- that of libraries; jansson allocates through Muster, see wire/json.c ---- */

static void *uv_memory(size_t n)
{
	return fails("libuv's malloc") ? NULL : __real_malloc(n);
}

static void *uv_zeroes(size_t n, size_t size)
{
	return fails("libuv's calloc") ? NULL : __real_calloc(n, size);
}

static sqlite3_mem_methods sqlite_memory;

static void *sqlite_malloc(int n)
{
	return points_fail(POINTS_SQLITE_MEMORY, "SQLite's malloc", 1) ? NULL : sqlite_memory.xMalloc(n);
}

static void *sqlite_realloc(void *p, int n)
{
	return points_fail(POINTS_SQLITE_MEMORY, "SQLite's realloc", 1) ? NULL : sqlite_memory.xRealloc(p, n);
}

static void *sqlite_mmap(void *p, size_t n, int protection, int flags, int fd, off_t at)
{
	if (!points_fail(POINTS_IO, "SQLite's mmap", 1))
		return mmap(p, n, protection, flags, fd, at);
	errno = ENOMEM;
	return MAP_FAILED;
}

void points_start(void)
{
	const char *how = getenv("MU_FAULTS");
	sqlite3_mem_methods failing;

	points.all = how && !strcmp(how, "all");
	spared = true;
	backtrace(points.frames, FRAMES);                                 /* its first call allocates */
	uv_replace_allocator(uv_memory, __real_realloc, uv_zeroes, free); /* it aborts when realloc fails */
	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_memory);
	failing = sqlite_memory;
	failing.xMalloc = sqlite_malloc;
	failing.xRealloc = sqlite_realloc;
	sqlite3_config(SQLITE_CONFIG_MALLOC, &failing);

	sqlite3_vfs *files = sqlite3_vfs_find(NULL);
	files->xSetSystemCall(files, "mmap", (sqlite3_syscall_ptr)sqlite_mmap);
}
