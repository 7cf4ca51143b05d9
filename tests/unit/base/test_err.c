/* The rows of errors and close codes that clients rely on. */
#include "testing.h"

#include "muster/base/err.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The published contract, written down a second time: a change of it must be on purpose. */
static const struct {
	enum mu_err err;
	int code;
	const char *kind;
	int http;
} published[] = {
	{ MU_PARSE_ERROR, -32700, "parse_error", 400 },
	{ MU_INVALID_REQUEST, -32600, "invalid_request", 400 },
	{ MU_METHOD_NOT_FOUND, -32601, "method_not_found", 404 },
	{ MU_INVALID_PARAMS, -32602, "invalid_params", 422 },
	{ MU_INTERNAL, -32603, "internal", 500 },
	{ MU_UNAUTHENTICATED, 1001, "unauthenticated", 401 },
	{ MU_FORBIDDEN, 1003, "forbidden", 403 },
	{ MU_NOT_FOUND, 1004, "not_found", 404 },
	{ MU_CONFLICT, 1009, "conflict", 409 },
	{ MU_GONE, 1010, "gone", 410 },
	{ MU_TOO_LARGE, 1013, "too_large", 413 },
	{ MU_SEAT_LIMIT, 1020, "seat_limit", 409 },
	{ MU_RATE_LIMITED, 1029, "rate_limited", 429 },
	{ MU_SECOND_FACTOR, 1031, "second_factor_required", 401 },
	{ MU_UNAVAILABLE, 1053, "unavailable", 503 },
};

static void errors_are_as_published(void **state)
{
	assert_int_equal(COUNT(published), MU_ERR_COUNT - 1);
	for (size_t i = 0; i < COUNT(published); i++) {
		const struct mu_err_info *info = mu_err_info(published[i].err);

		assert_int_equal(info->code, published[i].code);
		assert_string_equal(info->kind, published[i].kind);
		assert_int_equal(info->http, published[i].http);
	}
}

static void only_load_is_temporary(void **state)
{
	for (int err = MU_OK + 1; err < MU_ERR_COUNT; err++) {
		bool load = err == MU_RATE_LIMITED || err == MU_UNAVAILABLE;

		assert_int_equal(mu_err_info((enum mu_err)err)->temporary, load);
	}
}

static void values_outside_the_table_have_a_row(void **state)
{
	assert_string_equal(mu_err_info(MU_OK)->kind, "ok");
	assert_int_equal(mu_err_info(MU_OK)->http, 200);
	assert_int_equal(mu_err_info(MU_OK)->code, 0);
	assert_ptr_equal(mu_err_info(MU_NO_MEMORY), mu_err_info(MU_UNAVAILABLE));
	assert_int_equal(mu_err_info(MU_FENCED)->code, mu_err_info(MU_UNAVAILABLE)->code);
	assert_string_equal(mu_err_info(MU_FENCED)->kind, "unavailable");
	assert_true(mu_err_info(MU_FENCED)->temporary);
	assert_ptr_equal(mu_err_info((enum mu_err)(MU_ERR_COUNT + 7)), mu_err_info(MU_INTERNAL));
	assert_ptr_equal(mu_err_info((enum mu_err) - 1), mu_err_info(MU_INTERNAL));
}

static void close_codes_are_found(void **state)
{
	assert_string_equal(mu_close_info(4001)->kind, "auth_timeout");
	assert_string_equal(mu_close_info(MU_CLOSE_DRAINING)->kind, "draining");
	assert_int_equal(mu_close_info(MU_CLOSE_SLOW_READER)->code, 4201);
	assert_null(mu_close_info(0));
	assert_null(mu_close_info(1005));
	assert_null(mu_close_info(4999));
}

/* Below 4100 a client stays away by itself, from there on it comes back. */
static void the_range_tells_whether_to_come_back(void **state)
{
	unsigned n = 0;

	for (; mu_close_row(n); n++) {
		const struct mu_close_info *row = mu_close_row(n);

		assert_int_equal(row->retry, row->code >= 4100);
		assert_ptr_equal(mu_close_info((int)row->code), row);
	}
	assert_int_equal(n, 19);
	assert_null(mu_close_row(n + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_are_as_published),
		cmocka_unit_test(only_load_is_temporary),
		cmocka_unit_test(values_outside_the_table_have_a_row),
		cmocka_unit_test(close_codes_are_found),
		cmocka_unit_test(the_range_tells_whether_to_come_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
