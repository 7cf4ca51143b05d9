/* Arenas and string sets, with memory that runs out. */
#include "testing.h"

#include "failing_alloc.h"
#include "mem.c"

static void an_untouched_arena_owns_nothing(void **state)
{
	AUTO_ARENA struct mu_arena arena;

	mu_arena_init(&arena);
	assert_null(arena.blocks);
	assert_int_equal(arena.total_bytes, 0);
}

struct piece {
	unsigned char *bytes;
	size_t n;
	unsigned char fill;
};

/* Pieces of all sizes are aligned, zeroed, and none touches another. */
static void pieces_do_not_overlap(void **state)
{
	enum { PIECES = 2000 };
	struct random random = random_start();
	AUTO_ARENA struct mu_arena arena = { 0 };
	AUTO_FREE struct piece *pieces = calloc(PIECES, sizeof(*pieces));

	for (int i = 0; i < PIECES; i++) {
		struct piece *piece = &pieces[i];

		piece->n = random_below(&random, random_below(&random, 20) ? 200 : 20000);
		piece->fill = (unsigned char)random_next(&random);
		piece->bytes = mu_arena_alloc(&arena, piece->n);
		CHECK_RANDOM(&random, piece->bytes && (uintptr_t)piece->bytes % _Alignof(max_align_t) == 0);
		for (size_t b = 0; b < piece->n; b++)
			CHECK_RANDOM(&random, piece->bytes[b] == 0);
		memset(piece->bytes, piece->fill, piece->n);
	}
	for (int i = 0; i < PIECES; i++) {
		for (size_t b = 0; b < pieces[i].n; b++)
			CHECK_RANDOM(&random, pieces[i].bytes[b] == pieces[i].fill);
	}
}

static void a_big_piece_does_not_waste_the_open_block(void **state)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	char *before = mu_arena_alloc(&arena, 16);
	char *big = mu_arena_alloc(&arena, 1 << 20);
	char *after = mu_arena_alloc(&arena, 16);

	assert_non_null(big);
	assert_ptr_equal(after, before + 16);
}

static void a_big_piece_may_come_first(void **state)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	char *big = mu_arena_alloc(&arena, 100000);
	char *small = mu_arena_alloc(&arena, 1);

	assert_non_null(small);
	memset(big, 1, 100000);
	assert_int_equal(*small, 0);
}

static void an_arena_is_usable_after_finish(void **state)
{
	struct mu_arena arena = { 0 };

	assert_non_null(mu_arena_alloc(&arena, 10));
	mu_arena_finish(&arena);
	assert_int_equal(arena.total_bytes, 0);
	assert_string_equal(mu_arena_strdup(&arena, "again"), "again");
	mu_arena_finish(&arena);
	mu_arena_finish(&arena);
}

static void impossible_sizes_are_refused(void **state)
{
	AUTO_ARENA struct mu_arena arena = { 0 };

	assert_null(mu_arena_alloc(&arena, SIZE_MAX));
	assert_null(mu_arena_alloc(&arena, SIZE_MAX - 20));
	assert_null(mu_arena_strndup(&arena, "x", SIZE_MAX));
	assert_non_null(mu_arena_alloc(&arena, 0));
}

static void texts_are_copied(void **state)
{
	AUTO_ARENA struct mu_arena arena = { 0 };

	assert_null(mu_arena_strdup(&arena, NULL));
	assert_string_equal(mu_arena_strdup(&arena, ""), "");
	assert_string_equal(mu_arena_strndup(&arena, "presence", 4), "pres");
	assert_string_equal(mu_arena_strndup(&arena, NULL, 0), "");
	assert_string_equal(mu_arena_printf(&arena, "w/%s/user/%d", "acme", 7), "w/acme/user/7");
	assert_int_equal(strlen(mu_arena_printf(&arena, "%5000d", 1)), 5000);
}

static void an_arena_without_memory_says_so_and_lives(void **state)
{
	AUTO_ARENA struct mu_arena arena = { 0 };

	failing_after(0);
	assert_null(mu_arena_alloc(&arena, 1));
	assert_null(mu_arena_alloc(&arena, 5000));
	assert_null(mu_arena_strdup(&arena, "x"));
	assert_null(mu_arena_printf(&arena, "%d", 1));
	failing_never();
	assert_string_equal(mu_arena_strdup(&arena, "x"), "x");
	failing_after(0);
	assert_null(mu_arena_alloc(&arena, 5000));
	assert_string_equal(mu_arena_strdup(&arena, "from the open block"), "from the open block");
	failing_never();
}

static void a_set_keeps_its_order(void **state)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_strs set = { 0 };
	struct mu_strs copy = { 0 };

	assert_false(mu_strs_has(&set, "a"));
	assert_int_equal(mu_strs_copy(&arena, &set, &copy), MU_OK);
	assert_int_equal(copy.n, 0);
	assert_int_equal(mu_strs_add(&arena, &set, "b"), MU_OK);
	assert_int_equal(mu_strs_add(&arena, &set, "a"), MU_OK);
	assert_int_equal(mu_strs_copy(&arena, &set, &copy), MU_OK);
	assert_int_equal(copy.n, 2);
	assert_string_equal(copy.v[0], "b");
	assert_string_equal(copy.v[1], "a");
	assert_ptr_not_equal(copy.v[0], set.v[0]);
	assert_true(mu_strs_has(&copy, "a"));
	assert_false(mu_strs_has(&copy, "c"));
}

static void a_set_grows_at_constant_cost(void **state)
{
	enum { STRINGS = 10000 };
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_strs set = { 0 };

	for (int i = 0; i < STRINGS; i++)
		assert_int_equal(mu_strs_add(&arena, &set, mu_arena_printf(&arena, "u%d", i)), MU_OK);
	assert_int_equal(set.n, STRINGS);
	assert_string_equal(set.v[0], "u0");
	assert_string_equal(set.v[STRINGS - 1], "u9999");
	/* Two texts of 16 bytes each, and arrays that double. */
	assert_true(arena.total_bytes < STRINGS * (2 * 16 + 4 * sizeof(char *)));
}

/* Structs are copied by value: what is added to one copy must not show up in another. */
static void copies_of_a_set_grow_apart(void **state)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_strs set = { 0 };
	struct mu_strs other;

	assert_int_equal(mu_strs_add(&arena, &set, "a"), MU_OK);
	other = set;
	assert_int_equal(mu_strs_add(&arena, &set, "b"), MU_OK);
	assert_int_equal(mu_strs_add(&arena, &other, "c"), MU_OK);
	assert_int_equal(mu_strs_add(&arena, &other, "d"), MU_OK);
	assert_int_equal(set.n, 2);
	assert_string_equal(set.v[1], "b");
	assert_int_equal(other.n, 3);
	assert_string_equal(other.v[1], "c");
	assert_string_equal(other.v[2], "d");
}

static void a_clone_is_its_own(void **state)
{
	char text[] = "agent";
	char *v[] = { text };
	struct mu_strs set = { .v = v, .n = 1 };
	struct mu_strs clone;

	assert_int_equal(mu_strs_clone(&set, &clone), MU_OK);
	text[0] = 'X';
	assert_string_equal(clone.v[0], "agent");
	mu_strs_clear(&clone);
	assert_int_equal(clone.n, 0);
	assert_null(clone.v);
	mu_strs_clear(&clone);
}

/* Whatever allocation fails, the target stays as it was and nothing leaks. */
static void sets_without_memory_stay_unchanged(void **state)
{
	char *v[] = { "one", "two", "three" };
	const struct mu_strs from = { .v = v, .n = 3 };

	for (long passes = 0; passes < 4; passes++) {
		struct mu_strs to = { .v = NULL, .n = 42 };

		failing_after(passes);
		assert_int_equal(mu_strs_clone(&from, &to), MU_NO_MEMORY);
		failing_never();
		assert_int_equal(to.n, 42);
	}

	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_strs to = { .v = NULL, .n = 42 };
	struct mu_strs set = { 0 };

	failing_after(0);
	assert_int_equal(mu_strs_copy(&arena, &from, &to), MU_NO_MEMORY);
	assert_int_equal(mu_strs_add(&arena, &set, "x"), MU_NO_MEMORY);
	failing_never();
	assert_int_equal(to.n, 42);
	assert_int_equal(set.n, 0);
}

static void containers_are_found_from_members(void **state)
{
	struct box {
		int a;
		struct mu_strs set;
	} box = { .a = 5 };
	struct mu_strs *member = &box.set;

	assert_int_equal(MU_CONTAINER_OF(member, struct box, set)->a, 5);
}

static void texts_share_one_piece_of_memory(void **state)
{
	const char *const texts[] = { "first", NULL, "", "last" };
	char *copies[MU_COUNT(texts)];

	assert_int_equal(mu_texts_copy(texts, MU_COUNT(texts), copies), MU_OK);
	assert_string_equal(copies[0], "first");
	assert_null(copies[1]);
	assert_string_equal(copies[2], "");
	assert_string_equal(copies[3], "last");
	assert_ptr_equal(copies[2], copies[0] + 6);
	assert_ptr_equal(copies[3], copies[2] + 1);
	free(copies[0]);
	failing_after(0);
	assert_int_equal(mu_texts_copy(texts, MU_COUNT(texts), copies), MU_NO_MEMORY);
	failing_never();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_untouched_arena_owns_nothing),
		cmocka_unit_test(pieces_do_not_overlap),
		cmocka_unit_test(a_big_piece_does_not_waste_the_open_block),
		cmocka_unit_test(a_big_piece_may_come_first),
		cmocka_unit_test(an_arena_is_usable_after_finish),
		cmocka_unit_test(impossible_sizes_are_refused),
		cmocka_unit_test(texts_are_copied),
		cmocka_unit_test(an_arena_without_memory_says_so_and_lives),
		cmocka_unit_test(texts_share_one_piece_of_memory),
		cmocka_unit_test(a_set_keeps_its_order),
		cmocka_unit_test(a_set_grows_at_constant_cost),
		cmocka_unit_test(copies_of_a_set_grow_apart),
		cmocka_unit_test(a_clone_is_its_own),
		cmocka_unit_test(sets_without_memory_stay_unchanged),
		cmocka_unit_test(containers_are_found_from_members),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
