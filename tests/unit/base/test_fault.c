/* Faults carry what a person needs, in fixed space, and always as valid UTF-8. */
#include "testing.h"

#include "muster/base/fault.h"

static void a_fault_has_its_error_and_sentence(void **state)
{
	struct mu_fault fault = { 0 };

	assert_int_equal(mu_fail(&fault, MU_NOT_FOUND, "There is no user %s", "u7"), MU_NOT_FOUND);
	assert_int_equal(fault.err, MU_NOT_FOUND);
	assert_string_equal(mu_fault_text(&fault), "There is no user u7");
	assert_int_equal(fault.retry_after_ms, 0);
}

static void nobody_needs_to_want_the_fault(void **state)
{
	assert_int_equal(mu_fail(NULL, MU_GONE, "x"), MU_GONE);
	assert_int_equal(mu_fail_field(NULL, "a", "x"), MU_INVALID_PARAMS);
	assert_int_equal(mu_fail_later(NULL, MU_UNAVAILABLE, 5, "x"), MU_UNAVAILABLE);
}

static void an_empty_sentence_shows_the_default(void **state)
{
	struct mu_fault fault = { .err = MU_FORBIDDEN };

	assert_string_equal(mu_fault_text(&fault), "You may not do this");
	mu_fail_later(&fault, MU_UNAVAILABLE, 5, "Later");
	assert_int_equal(mu_fail(&fault, MU_FORBIDDEN, NULL), MU_FORBIDDEN);
	assert_string_equal(mu_fault_text(&fault), "You may not do this");
	assert_int_equal(fault.retry_after_ms, 0);
}

static void fields_are_noted_in_order(void **state)
{
	struct mu_fault fault = { 0 };

	assert_int_equal(mu_fail_field(&fault, "email", "is taken by %s", "u1"), MU_INVALID_PARAMS);
	mu_fail_field(&fault, "name", "is missing");
	assert_int_equal(fault.err, MU_INVALID_PARAMS);
	assert_int_equal(fault.n_fields, 2);
	assert_string_equal(fault.fields[0].name, "email");
	assert_string_equal(fault.fields[0].reason, "is taken by u1");
	assert_string_equal(fault.fields[1].name, "name");
	assert_string_equal(mu_fault_text(&fault), "Some parameters are not valid");
}

static void a_later_sentence_keeps_the_fields(void **state)
{
	struct mu_fault fault = { 0 };

	mu_fail_field(&fault, "email", "is taken");
	mu_fail(&fault, MU_CONFLICT, "Somebody was first");
	assert_int_equal(fault.n_fields, 1);
	assert_int_equal(fault.err, MU_CONFLICT);
	assert_string_equal(mu_fault_text(&fault), "Somebody was first");
}

static void fields_beyond_the_last_are_dropped(void **state)
{
	struct mu_fault fault = { 0 };

	for (int i = 0; i < MU_FAULT_FIELDS + 3; i++)
		assert_int_equal(mu_fail_field(&fault, "f", "reason %d", i), MU_INVALID_PARAMS);
	assert_int_equal(fault.n_fields, MU_FAULT_FIELDS);
	assert_string_equal(fault.fields[MU_FAULT_FIELDS - 1].reason, "reason 7");
}

static void advice_belongs_to_its_error(void **state)
{
	struct mu_fault fault = { 0 };

	assert_int_equal(mu_fail_later(&fault, MU_RATE_LIMITED, 1500, "Slow down, 100 % used"),
			 MU_RATE_LIMITED);
	assert_int_equal(fault.retry_after_ms, 1500);
	assert_string_equal(mu_fault_text(&fault), "Slow down, 100 % used");
	mu_fail(&fault, MU_FORBIDDEN, "No");
	assert_int_equal(fault.retry_after_ms, 0);
}

static void a_sentence_may_quote_the_one_before(void **state)
{
	struct mu_fault fault = { 0 };

	mu_fail(&fault, MU_INTERNAL, "inner");
	mu_fail(&fault, MU_INTERNAL, "outer: %s", fault.message);
	assert_string_equal(fault.message, "outer: inner");
}

/* Whether `text` is `character` over and over, none of them cut, and fills its room up to a last character.
 */
static void assert_whole_characters(const char *text, const char *character, size_t offset, size_t room)
{
	size_t width = strlen(character);
	size_t n = strlen(text);

	assert_true(n < room && n + width >= room);
	assert_int_equal((n - offset) % width, 0);
	for (size_t i = offset; i < n; i += width)
		assert_memory_equal(text + i, character, width);
}

static void long_texts_end_on_a_whole_character(void **state)
{
	static const char *const characters[] = { "x", "é", "€", "𝄞" };

	for (size_t c = 0; c < 4; c++) {
		for (size_t offset = 0; offset < 4; offset++) {
			struct mu_fault fault = { 0 };
			char text[1024];
			size_t n = offset;

			memset(text, '-', offset);
			while (n + 5 < sizeof(text))
				n += (size_t)sprintf(text + n, "%s", characters[c]);
			mu_fail(&fault, MU_INTERNAL, "%s", text);
			assert_whole_characters(fault.message, characters[c], offset, sizeof(fault.message));
			mu_fail_field(&fault, text, "%s", text);
			assert_whole_characters(fault.fields[0].name, characters[c], offset,
						sizeof(fault.fields[0].name));
			assert_whole_characters(fault.fields[0].reason, characters[c], offset,
						sizeof(fault.fields[0].reason));
		}
	}
}

static void texts_that_just_fit_stay_whole(void **state)
{
	struct mu_fault fault = { 0 };
	char text[sizeof(fault.message)];

	memset(text, 'a', sizeof(text));
	strcpy(text + sizeof(text) - 4, "€"); /* its third byte is the last that fits before the NUL */
	mu_fail(&fault, MU_INTERNAL, "%s", text);
	assert_string_equal(fault.message, text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fault_has_its_error_and_sentence),
		cmocka_unit_test(nobody_needs_to_want_the_fault),
		cmocka_unit_test(an_empty_sentence_shows_the_default),
		cmocka_unit_test(fields_are_noted_in_order),
		cmocka_unit_test(a_later_sentence_keeps_the_fields),
		cmocka_unit_test(fields_beyond_the_last_are_dropped),
		cmocka_unit_test(advice_belongs_to_its_error),
		cmocka_unit_test(a_sentence_may_quote_the_one_before),
		cmocka_unit_test(long_texts_end_on_a_whole_character),
		cmocka_unit_test(texts_that_just_fit_stay_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
