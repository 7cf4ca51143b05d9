/* Letters written, sealed and read again. */
#include "testing.h"

#include "letter.h"

#include "muster/base/hash.h"
#include "muster/base/mem.h"

static const uint8_t key[MU_SEAL_KEY_BYTES] = "a key that only tests know.....";

static const struct letter letters[] = {
	{ .kind = LETTER_WORD, .node = "a", .epoch = 1, .counter = 1, .text = "hello", .bytes = 5 },
	{ .kind = LETTER_WORD,
	  .node = "a",
	  .epoch = INT64_MAX,
	  .counter = UINT64_MAX,
	  .text = "",
	  .bytes = 0 },
	{ .kind = LETTER_BEAT, .node = "node-1.example", .epoch = -1, .counter = 258, .servers = 5 },
	{ .kind = LETTER_HELLO, .node = "b", .epoch = 1, .counter = 3, .servers = UINT64_MAX },
	{ .kind = LETTER_SIGN, .node = "b", .epoch = 1, .counter = 4 },
	{ .kind = LETTER_BYE, .node = "b", .epoch = 1, .counter = 5 },
	{ .kind = LETTER_NOTICE, .node = "b", .epoch = 1, .counter = 6, .about = { "c", 77 } },
};

static void check_same(const struct letter *a, const struct letter *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_string_equal(a->node, b->node);
	assert_true(a->epoch == b->epoch && a->counter == b->counter && a->servers == b->servers);
	assert_int_equal(a->bytes, b->bytes);
	if (a->bytes)
		assert_memory_equal(a->text, b->text, b->bytes);
	assert_string_equal(a->about.node, b->about.node);
	assert_true(a->about.epoch == b->about.epoch);
}

static void what_was_sealed_is_read(void **state)
{
	for (size_t i = 0; i < MU_COUNT(letters); i++) {
		AUTO_BUF struct mu_buf sealed = { 0 }, opened = { 0 };
		struct letter letter;

		assert_int_equal(letter_seal(key, "x", &letters[i], &sealed), MU_OK);
		assert_int_equal(letter_open(key, "x", sealed.data, sealed.n, &opened, &letter), MU_OK);
		check_same(&letter, &letters[i]);
		if (letter.kind == LETTER_WORD)
			assert_int_equal(letter.text[letter.bytes], '\0');
		assert_int_equal(letter_open(key, "y", sealed.data, sealed.n, &opened, &letter),
				 MU_FORBIDDEN);
		assert_int_equal(letter_open(key, "x", sealed.data, sealed.n - 1, &opened, &letter),
				 MU_FORBIDDEN);
	}
}

static void what_is_cut_off_is_no_letter(void **state)
{
	for (size_t i = 0; i < MU_COUNT(letters); i++) {
		AUTO_BUF struct mu_buf whole = { 0 };
		struct letter letter;

		letter_write(&letters[i], &whole);
		assert_int_equal(mu_buf_error(&whole), MU_OK);
		assert_true(letter_read(mu_buf_text(&whole), whole.n, &letter));
		for (size_t n = 0; n + letters[i].bytes < whole.n; n++)
			assert_false(letter_read(mu_buf_text(&whole), n, &letter));
	}
}

static void what_another_version_may_write_is_refused(void **state)
{
	static const struct letter strange[] = {
		{ .kind = 0, .node = "a" },
		{ .kind = LETTER_KINDS, .node = "a" },
		{ .kind = LETTER_BEAT, .node = "" },
		{ .kind = LETTER_BEAT, .node = "a b" },
		{ .kind = LETTER_NOTICE, .node = "a", .about = { "../c", 1 } },
	};
	char text[200] = { LETTER_WORD, NODE_MAX + 1 };
	struct letter letter;

	for (size_t i = 0; i < MU_COUNT(strange); i++) {
		AUTO_BUF struct mu_buf whole = { 0 };

		letter_write(&strange[i], &whole);
		assert_false(letter_read(mu_buf_text(&whole), whole.n, &letter));
	}
	memset(text + 2, 'a', NODE_MAX + 1);
	assert_false(letter_read(text, sizeof(text), &letter)); /* too long a name */
	text[1] = NODE_MAX;
	assert_true(letter_read(text, sizeof(text), &letter));
	text[5] = '\0';
	assert_false(letter_read(text, sizeof(text), &letter));
}

static int start(void **state)
{
	return mu_hash_start() ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_sealed_is_read),
		cmocka_unit_test(what_is_cut_off_is_no_letter),
		cmocka_unit_test(what_another_version_may_write_is_refused),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
