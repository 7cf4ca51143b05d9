/* What all edges of a process share: the counts behind the limits, the budgets of commands that come over
 * HTTP, the trusted proxies and the files of the console.
 * Invariant: a counter exists as long as somebody is counted under it; `held` of all counters of a kind adds
 * up to what was entered.
 * Thread: any; the counters and the files are behind one lock that is held for a few instructions, the rest
 * is read-only after create. */
#include "inner.h"

#include "muster/base/hash.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct counter {
	UT_hash_handle hh;
	int64_t held;
	char key[]; /* the kind as one character, then the caller's key */
};

/* What follows from a config. Edges may still look at an old one after a reload: all are kept until the end.
 */
struct settings {
	const struct mu_config *config;
	struct mu_networks trusted;
	struct settings *before;
};

struct mu_edge_shared {
	struct settings *_Atomic settings;
	atomic_int_fast64_t connections;
	pthread_mutex_t lock;
	struct counter *counters;
	struct mu_budgets *budgets;
	struct mu_files made;  /* documents that the program made */
	struct mu_files files; /* the files' frames are shared: who sends one holds a reference */
};

/* More people than these ask over HTTP within seconds only when they are many addresses of one attacker. */
#define BUDGETS_MAX 65536

static const struct {
	char mark;
	size_t maximum; /* offset of the option */
} kinds[] = {
	[LIMIT_ADDRESS] = { 'a', offsetof(struct mu_config, max_connections_per_address) },
	[LIMIT_USER] = { 'u', offsetof(struct mu_config, max_connections_per_user) },
	[LIMIT_WORKSPACE] = { 'w', offsetof(struct mu_config, max_connections_per_workspace) },
};

const struct mu_config *limits_config(struct mu_edge_shared *shared)
{
	return atomic_load_explicit(&shared->settings, memory_order_acquire)->config;
}

const struct mu_networks *limits_trusted(struct mu_edge_shared *shared)
{
	return &atomic_load_explicit(&shared->settings, memory_order_acquire)->trusted;
}

static int64_t maximum_of(struct mu_edge_shared *shared, enum limit limit)
{
	return *(const int64_t *)(const void *)((const char *)limits_config(shared) + kinds[limit].maximum);
}

/* What can't be read leaves the files that are there. */
static enum mu_err load_files(struct mu_edge_shared *shared, const char *web)
{
	struct mu_files files = { 0 }, before;
	struct mu_fault fault = { 0 };
	enum mu_err err = *web ? mu_files_load(web, &files, &fault) : MU_OK;

	if (err) {
		mu_log(MU_LOG_WARN, "edge", "web directory not readable",
		       MU_KS("why", mu_fault_text(&fault)));
		return err;
	}
	if (!files.n)
		mu_log(MU_LOG_INFO, "edge", "no console to serve", MU_KS("hint", "set web to its directory"));
	pthread_mutex_lock(&shared->lock);
	before = shared->files;
	shared->files = files;
	pthread_mutex_unlock(&shared->lock);
	mu_files_finish(&before);
	return MU_OK;
}

static enum mu_err use_settings(struct mu_edge_shared *shared, const struct mu_config *config,
				struct mu_fault *ret_fault)
{
	struct settings *settings = calloc(1, sizeof(*settings));
	enum mu_err err;

	if (!settings)
		return mu_fail(ret_fault, MU_NO_MEMORY, "Memory is out");
	settings->config = config;
	err = mu_networks_parse(config->trusted_proxies, &settings->trusted, ret_fault);
	if (err != MU_OK) {
		free(settings);
		return err;
	}
	settings->before = atomic_load(&shared->settings);
	atomic_store_explicit(&shared->settings, settings, memory_order_release);
	return MU_OK;
}

enum mu_err mu_edge_shared_reload(struct mu_edge_shared *shared, const struct mu_config *config,
				  struct mu_fault *ret_fault)
{
	enum mu_err err = use_settings(shared, config, ret_fault);

	if (!err)
		(void)load_files(shared, config->web);
	return err;
}

struct mu_edge_shared *mu_edge_shared_create(const struct mu_config *config)
{
	struct mu_edge_shared *shared = calloc(1, sizeof(*shared));
	struct mu_fault fault = { 0 };

	if (!shared)
		return NULL;
	shared->budgets = mu_budgets_create(BUDGETS_MAX);
	if (!shared->budgets || pthread_mutex_init(&shared->lock, NULL) != 0) {
		mu_budgets_destroy(shared->budgets);
		free(shared);
		return NULL;
	}
	enum mu_err err = use_settings(shared, config, &fault);
	if (err)
		mu_log(MU_LOG_ERROR, "edge", "bad option", MU_KS("why", mu_fault_text(&fault)));
	else
		err = load_files(shared, config->web);
	if (err && err != MU_NOT_FOUND) {
		mu_edge_shared_destroy(shared);
		return NULL;
	}
	socket_library_setup();
	return shared;
}

static void drop_settings(struct settings *settings)
{
	for (struct settings *before; settings; settings = before) {
		before = settings->before;
		mu_networks_finish(&settings->trusted);
		free(settings);
	}
}

void mu_edge_shared_destroy(struct mu_edge_shared *shared)
{
	struct counter *counter, *next;

	if (!shared)
		return;
	HASH_ITER (hh, shared->counters, counter, next) {
		HASH_DEL(shared->counters, counter);
		free(counter);
	}
	drop_settings(atomic_load(&shared->settings));
	mu_budgets_destroy(shared->budgets);
	mu_files_finish(&shared->files);
	mu_files_finish(&shared->made);
	pthread_mutex_destroy(&shared->lock);
	free(shared);
}

bool limits_connect(struct mu_edge_shared *shared)
{
	if (atomic_fetch_add(&shared->connections, 1) < limits_config(shared)->max_connections)
		return true;
	atomic_fetch_sub(&shared->connections, 1);
	return false;
}

void limits_disconnect(struct mu_edge_shared *shared)
{
	atomic_fetch_sub(&shared->connections, 1);
}

static struct counter *find_or_add(struct mu_edge_shared *shared, const char *key, size_t n)
{
	struct counter *counter;

	HASH_FIND(hh, shared->counters, key, n, counter);
	if (counter)
		return counter;
	counter = calloc(1, sizeof(*counter) + n + 1);
	if (!counter)
		return NULL;
	memcpy(counter->key, key, n);
	HASH_ADD_KEYPTR(hh, shared->counters, counter->key, n, counter);
	if (counter->hh.tbl)
		return counter;
	free(counter);
	return NULL;
}

struct counter *limits_enter(struct mu_edge_shared *shared, enum limit limit, const char *key, bool *ret_over)
{
	int64_t maximum = maximum_of(shared, limit);
	char marked[2 * MU_ID_MAX + 4];
	struct counter *counter;
	int n = snprintf(marked, sizeof(marked), "%c%s", kinds[limit].mark, key);

	*ret_over = false;
	if (n < 0 || n >= (int)sizeof(marked))
		return NULL;
	pthread_mutex_lock(&shared->lock);
	counter = find_or_add(shared, marked, (size_t)n);
	if (counter)
		*ret_over = ++counter->held > maximum && maximum > 0;
	pthread_mutex_unlock(&shared->lock);
	return counter;
}

void limits_leave(struct mu_edge_shared *shared, struct counter *counter)
{
	if (!counter)
		return;
	pthread_mutex_lock(&shared->lock);
	if (--counter->held == 0) {
		HASH_DEL(shared->counters, counter);
		free(counter);
	}
	pthread_mutex_unlock(&shared->lock);
}

struct mu_budgets *limits_budgets(struct mu_edge_shared *shared)
{
	return shared->budgets;
}

const char *limits_key(const struct counter *counter)
{
	return counter ? counter->key + 1 : "";
}

enum mu_err mu_edge_shared_serve(struct mu_edge_shared *shared, const char *path, const char *text)
{
	return mu_files_add(&shared->made, path, text);
}

bool limits_file(struct mu_edge_shared *shared, const char *path, size_t n, bool navigates,
		 struct mu_file *ret_file)
{
	const struct mu_file *file;

	pthread_mutex_lock(&shared->lock);
	file = mu_files_find(&shared->made, path, n, false);
	if (!file)
		file = mu_files_find(&shared->files, path, n, navigates);
	if (file) {
		*ret_file = *file;
		ret_file->path = NULL;
		mu_frame_ref(ret_file->frame);
	}
	pthread_mutex_unlock(&shared->lock);
	return file != NULL;
}
