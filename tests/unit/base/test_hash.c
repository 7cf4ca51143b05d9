/* Keyed hashing, digests, random identifiers, and hash tables that run out of memory. */
#include "testing.h"

#include <stdbool.h>

static bool table_memory_is_out;

static void *table_malloc(size_t n)
{
	return table_memory_is_out ? NULL : malloc(n);
}

#define uthash_malloc(n) table_malloc(n)
#include "muster/base/hash.h"
#include "muster/base/mem.h"

struct entry {
	char name[24];
	int number;
	UT_hash_handle hh;
};

static int start(void **state)
{
	return mu_hash_start() == MU_OK ? 0 : -1;
}

static void starting_again_keeps_the_key(void **state)
{
	unsigned before = mu_hash_bytes("acme", 4);

	assert_int_equal(mu_hash_start(), MU_OK);
	assert_int_equal(mu_hash_bytes("acme", 4), before);
}

/* With a secret key the hashes of a process can't be foreseen; different keys of ours must still spread well.
 */
static void hashes_spread(void **state)
{
	enum { BUCKETS = 256, KEYS = 256 * 64 };
	int used[BUCKETS] = { 0 };

	for (int i = 0; i < KEYS; i++) {
		char text[16];
		int n = snprintf(text, sizeof(text), "u%d", i);

		used[mu_hash_bytes(text, (size_t)n) % BUCKETS]++;
	}
	/* 64 are expected in each; 8 standard deviations are 64. */
	for (int i = 0; i < BUCKETS; i++)
		assert_in_range(used[i], 1, 128);
}

static void table_free(struct entry **table, struct entry *entries)
{
	HASH_CLEAR(hh, *table);
	free(entries);
}

static void a_table_finds_what_was_added(void **state)
{
	enum { ENTRIES = 5000 };
	struct entry *entries = calloc(ENTRIES, sizeof(*entries));
	struct entry *table = NULL;
	struct entry *found;

	for (int i = 0; i < ENTRIES; i++) {
		snprintf(entries[i].name, sizeof(entries[i].name), "user-%d", i);
		entries[i].number = i;
		HASH_ADD_STR(table, name, &entries[i]);
		assert_non_null(entries[i].hh.tbl);
	}
	assert_int_equal(HASH_COUNT(table), ENTRIES);
	for (int i = 0; i < ENTRIES; i++) {
		HASH_FIND_STR(table, entries[i].name, found);
		assert_ptr_equal(found, &entries[i]);
	}
	HASH_FIND_STR(table, "user-5000", found);
	assert_null(found);
	table_free(&table, entries);
}

static void a_table_without_memory_reports_it(void **state)
{
	struct entry *entry = calloc(1, sizeof(*entry));
	struct entry *table = NULL;

	strcpy(entry->name, "ada");
	table_memory_is_out = true;
	HASH_ADD_STR(table, name, entry);
	table_memory_is_out = false;
	assert_null(entry->hh.tbl);
	assert_null(table);
	HASH_ADD_STR(table, name, entry);
	assert_non_null(entry->hh.tbl);
	table_free(&table, entry);
}

static void hex(const uint8_t digest[static MU_DIGEST_BYTES], char text[static 2 * MU_DIGEST_BYTES + 1])
{
	for (int i = 0; i < MU_DIGEST_BYTES; i++)
		sprintf(text + 2 * i, "%02x", digest[i]);
}

/* Published values of unkeyed BLAKE2b-256. */
static void digests_are_blake2b(void **state)
{
	uint8_t digest[MU_DIGEST_BYTES];
	char text[2 * MU_DIGEST_BYTES + 1];

	mu_digest("abc", 3, digest);
	hex(digest, text);
	assert_string_equal(text, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
	mu_digest(NULL, 0, digest);
	hex(digest, text);
	assert_string_equal(text, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
}

static void parts_are_told_apart(void **state)
{
	const struct mu_part one[] = { { "ab", 2 }, { "c", 1 } };
	const struct mu_part other[] = { { "a", 1 }, { "bc", 2 } };
	const struct mu_part with_empty[] = { { "ab", 2 }, { "c", 1 }, { NULL, 0 } };
	uint8_t a[MU_DIGEST_BYTES], b[MU_DIGEST_BYTES];

	mu_digest_parts(one, 2, a);
	mu_digest_parts(other, 2, b);
	assert_memory_not_equal(a, b, MU_DIGEST_BYTES);
	mu_digest_parts(with_empty, 3, b);
	assert_memory_not_equal(a, b, MU_DIGEST_BYTES);
}

static void parts_are_preceded_by_their_length(void **state)
{
	char bytes[8 + 258 + 8 + 1] = { 0 };
	char long_part[258];
	const struct mu_part parts[] = { { long_part, sizeof(long_part) }, { "x", 1 } };
	uint8_t a[MU_DIGEST_BYTES], b[MU_DIGEST_BYTES];

	memset(long_part, 'y', sizeof(long_part));
	bytes[0] = 2; /* 258 = 0x102, little endian */
	bytes[1] = 1;
	memset(bytes + 8, 'y', sizeof(long_part));
	bytes[8 + 258] = 1;
	bytes[8 + 258 + 8] = 'x';
	mu_digest_parts(parts, 2, a);
	mu_digest(bytes, sizeof(bytes), b);
	assert_memory_equal(a, b, MU_DIGEST_BYTES);
}

static void random_ids_are_valid_and_differ(void **state)
{
	enum { IDS = 2000 };
	struct entry *entries = calloc(IDS, sizeof(*entries));
	struct entry *table = NULL;

	for (int i = 0; i < IDS; i++) {
		char id[MU_ID_TEXT];
		struct entry *found;

		mu_id_random("s-", id);
		assert_int_equal(strlen(id), 22);
		assert_memory_equal(id, "s-", 2);
		assert_int_equal(strspn(id + 2, "abcdefghijklmnopqrstuvwxyz234567"), 20);
		assert_true(mu_id_valid(id));
		strcpy(entries[i].name, id + 10);
		HASH_FIND_STR(table, entries[i].name, found);
		assert_null(found);
		HASH_ADD_STR(table, name, &entries[i]);
	}
	table_free(&table, entries);
}

static void long_prefixes_are_cut(void **state)
{
	char id[MU_ID_TEXT];

	mu_id_random("much-too-long-a-prefix", id);
	assert_int_equal(strlen(id), 28);
	assert_memory_equal(id, "much-too", 8);
	mu_id_random("", id);
	assert_int_equal(strlen(id), 20);
}

static void secrets_fill_their_text_exactly(void **state)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	for (size_t n = 0; n < 200; n++) {
		AUTO_FREE char *text = malloc(MU_SECRET_TEXT(n));
		AUTO_FREE char *other = malloc(MU_SECRET_TEXT(n));

		mu_secret_random(n, text);
		mu_secret_random(n, other);
		assert_int_equal(strlen(text), MU_SECRET_TEXT(n) - 1);
		assert_int_equal(strspn(text, alphabet), strlen(text));
		if (n >= 8)
			assert_string_not_equal(text, other);
	}
}

static void ids_from_outside_are_checked(void **state)
{
	static const char *const good[] = { "a", "u1", "Ada.Lovelace", "_x", "d-7f3a", "9", "a-", "a." };
	static const char *const bad[] = { "",    ".a",    "-a",   "a b", "a/b",  "a:b", "é",
					   "a\n", "a\x7f", "../x", "a,b", "a\"b", "a%b", "@" };
	char text[66];

	for (size_t i = 0; i < MU_COUNT(good); i++)
		assert_true(mu_id_valid(good[i]));
	for (size_t i = 0; i < MU_COUNT(bad); i++)
		assert_false(mu_id_valid(bad[i]));
	assert_false(mu_id_valid(NULL));
	memset(text, 'a', sizeof(text));
	text[64] = '\0';
	assert_true(mu_id_valid(text));
	text[64] = 'a';
	text[65] = '\0';
	assert_false(mu_id_valid(text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starting_again_keeps_the_key),
		cmocka_unit_test(hashes_spread),
		cmocka_unit_test(a_table_finds_what_was_added),
		cmocka_unit_test(a_table_without_memory_reports_it),
		cmocka_unit_test(digests_are_blake2b),
		cmocka_unit_test(parts_are_told_apart),
		cmocka_unit_test(parts_are_preceded_by_their_length),
		cmocka_unit_test(random_ids_are_valid_and_differ),
		cmocka_unit_test(long_prefixes_are_cut),
		cmocka_unit_test(secrets_fill_their_text_exactly),
		cmocka_unit_test(ids_from_outside_are_checked),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
