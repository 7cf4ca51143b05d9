/* The lock of the data directory: only who holds it keeps others out. */
#include "testing.h"

#include "cli.h"

#include <errno.h>
#include <sys/file.h>
#include <unistd.h>

static int flock_error; /* 0: the system's own flock */

static int test_flock(int fd, int operation)
{
	if (!flock_error)
		return flock(fd, operation);
	errno = flock_error;
	return -1;
}

#define flock(fd, operation) test_flock(fd, operation)
#include "../../../src/cli/options.c"

static char data[256];

static void test_two_hubs(void **state)
{
	struct mu_fault fault = { 0 };
	int first = -1, second = -1;

	assert_int_equal(cli_lock(data, &first, &fault), MU_OK);
	assert_int_equal(cli_lock(data, &second, &fault), MU_CONFLICT);
	assert_contains(fault.message, "another hub is running");
	assert_int_equal(second, -1);
	close(first);
	assert_int_equal(cli_lock(data, &second, &fault), MU_OK);
	close(second);
}

static void test_a_lock_that_cannot_be_had(void **state)
{
	struct mu_fault fault = { 0 };
	int fd = -1;

	flock_error = ENOLCK; /* as on a network file system without locks */
	assert_int_equal(cli_lock(data, &fd, &fault), MU_UNAVAILABLE);
	flock_error = 0;
	assert_contains(fault.message, strerror(ENOLCK));
	assert_null(strstr(fault.message, "another hub"));
	assert_int_equal(fd, -1);
}

static int make_directory(void **state)
{
	snprintf(data, sizeof(data), "%s/muster-lock-XXXXXX", P_tmpdir);
	return !mkdtemp(data);
}

static int remove_directory(void **state)
{
	AUTO_FREE char *path = cli_path(data, "lock");

	return unlink(path) || rmdir(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_hubs),
		cmocka_unit_test(test_a_lock_that_cannot_be_had),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
