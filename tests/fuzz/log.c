/* The program's log, as fuzz targets have it: it says nothing, and an error in it is a finding, unless the
 * target made the store fail or took the hub's seat away. Thread: the fuzzer's. */
#include "fuzz.h"

#include "muster/base/log.h"
#include "muster/base/mem.h"

#include <string.h>

static const char *const expected[] = { "the store is unavailable", "the seat of this node was taken away",
					"this node can't hear the others" };

static const char *const of_forgery[] = { "a snapshot isn't made", "a workspace can't be read" };

bool fuzz_rows_forged;

void __wrap_mu_log_write(enum mu_log_level level, const char *room, const char *what,
			 const struct mu_kv *keys);

void __wrap_mu_log_write(enum mu_log_level level, const char *room, const char *what,
			 const struct mu_kv *keys)
{
	bool is_expected = level != MU_LOG_ERROR;

	for (size_t i = 0; i < MU_COUNT(expected); i++)
		is_expected = is_expected || !strncmp(what, expected[i], strlen(expected[i]));
	for (size_t i = 0; fuzz_rows_forged && i < MU_COUNT(of_forgery); i++)
		is_expected = is_expected || !strcmp(what, of_forgery[i]);
	HOLDS(is_expected);
}
