/* A hub that can't be made leaves nothing behind. */
#include "testing.h"

#include "muster/base/hash.h"
#include "muster/hub/hub.h"
#include "muster/store/worker.h"

#include <dirent.h>

static enum mu_err no_worker(struct mu_store *store, struct mu_metrics *metrics, size_t max_batch_events,
			     void (*done)(void *arg, struct mu_job *job), void *arg,
			     struct mu_worker **ret_worker)
{
	return MU_INTERNAL; /* as when the system has no thread to give */
}

#define mu_worker_create no_worker
#include "../../../src/hub/hub.c"

/* Files that this process has open, and what it takes to look. */
static int count_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void fail_to_create(void)
{
	struct mu_config config;
	struct mu_metrics metrics;
	struct mu_fault fault = { 0 };
	struct mu_hub *hub = NULL;
	struct mu_hub_setup setup = { .config = &config, .metrics = &metrics, .clock = &mu_clock_system };

	mu_metrics_init(&metrics);
	assert_int_equal(mu_config_init(&config), MU_OK);
	assert_int_equal(mu_store_open("memory:", &setup.store, &fault), MU_OK);
	assert_int_equal(mu_hub_create(&setup, &hub), MU_INTERNAL);
	assert_null(hub);
	mu_config_finish(&config);
}

static void without_a_worker_there_is_no_hub(void **state)
{
	int before;

	assert_int_equal(mu_hash_start(), MU_OK);
	fail_to_create(); /* what libuv opens once for the process stays */
	before = count_files();
	fail_to_create();
	assert_int_equal(count_files(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(without_a_worker_there_is_no_hub) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
