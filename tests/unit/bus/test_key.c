/* Reading the cluster's key. */
#include "testing.h"

#include "muster/base/hash.h"
#include "muster/base/mem.h"
#include "muster/bus/bus.h"

#include <unistd.h>

static char path[64];

static enum mu_err read_text(const char *text, uint8_t key[static MU_BUS_KEY_BYTES], struct mu_fault *fault)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	return mu_bus_read_key(path, key, fault);
}

static void a_key_is_made_of_what_is_in_the_file(void **state)
{
	uint8_t key[MU_BUS_KEY_BYTES], same[MU_BUS_KEY_BYTES], other[MU_BUS_KEY_BYTES];

	assert_int_equal(read_text("0123456789abcdef0123456789abcdef", key, NULL), MU_OK);
	assert_int_equal(read_text("0123456789abcdef0123456789abcdef \r\n\n", same, NULL), MU_OK);
	assert_int_equal(read_text("0123456789abcdef0123456789abcdeg", other, NULL), MU_OK);
	assert_memory_equal(key, same, sizeof(key));
	assert_memory_not_equal(key, other, sizeof(key));
}

static void a_bad_file_says_what_to_do(void **state)
{
	uint8_t key[MU_BUS_KEY_BYTES] = { 1 };
	struct mu_fault fault = { 0 };
	char text[5000];

	assert_int_equal(read_text("0123456789abcdef0123456789abcde\n", key, &fault), MU_INVALID_PARAMS);
	assert_contains(mu_fault_text(&fault), path);
	assert_contains(mu_fault_text(&fault), "less than 32 bytes; make one with");
	assert_int_equal(read_text("", key, &fault), MU_INVALID_PARAMS);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(read_text(text, key, &fault), MU_INVALID_PARAMS);
	assert_contains(mu_fault_text(&fault), "longer than 4096 bytes");
	assert_int_equal(mu_bus_read_key("/nowhere/at/all", key, &fault), MU_UNAVAILABLE);
	assert_contains(mu_fault_text(&fault), "/nowhere/at/all can't be read: No such file");
	assert_int_equal(mu_bus_read_key("/", key, &fault), MU_UNAVAILABLE);
	assert_contains(mu_fault_text(&fault), "/ can't be read: Is a directory");
	assert_int_equal(key[0], 1);
}

static int setup(void **state)
{
	int fd;

	snprintf(path, sizeof(path), "%s/muster-key-XXXXXX", P_tmpdir);
	fd = mkstemp(path);
	return mu_hash_start() || fd < 0 || close(fd) ? -1 : 0;
}

static int teardown(void **state)
{
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_made_of_what_is_in_the_file),
		cmocka_unit_test(a_bad_file_says_what_to_do),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
