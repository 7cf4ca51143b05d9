/* Addresses: their texts, and what is counted as one. */
#include "testing.h"

#include "muster/base/address.h"
#include "muster/base/mem.h"

static struct mu_address address(const char *text)
{
	struct mu_address result;

	if (!mu_address_parse(text, strlen(text), &result))
		fail_msg("%s is no address", text);
	return result;
}

static void test_texts(void **state)
{
	static const struct {
		const char *text, *back;
	} rows[] = {
		{ "127.0.0.1", "127.0.0.1" },
		{ "::1", "::1" },
		{ "2001:DB8::7", "2001:db8::7" },
		{ "::ffff:10.1.2.3", "10.1.2.3" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	};
	static const char *const wrong[] = { "",    "1.2.3",     "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ",
					     "::g", "localhost", "1.2.3.4/8", "[::1]" };
	struct mu_address ignored;

	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		struct mu_address one = address(rows[i].text);
		char back[MU_ADDRESS_TEXT];

		mu_address_text(&one, back, sizeof(back));
		assert_string_equal(back, rows[i].back);
	}
	for (size_t i = 0; i < MU_COUNT(wrong); i++)
		assert_false(mu_address_parse(wrong[i], strlen(wrong[i]), &ignored));
}

static void test_what_counts_as_one(void **state)
{
	static const struct {
		const char *address, *site;
	} rows[] = {
		{ "192.0.2.7", "192.0.2.7" },
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::" },
		{ "::1", "::" },
	};

	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		struct mu_address address;
		char text[64];

		assert_true(mu_address_parse(rows[i].address, strlen(rows[i].address), &address));
		address = mu_address_site(&address);
		mu_address_text(&address, text, sizeof(text));
		assert_string_equal(text, rows[i].site);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_what_counts_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
