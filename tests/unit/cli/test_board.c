/* The board: a snapshot, the differences that follow it, and nothing in between. */
#include "testing.h"

#include "board.h"

#include "muster/base/clock.h"

#include <locale.h>

/* The source itself, so that its memory can run out. */
#include "failing_alloc.h"

#include "board.c"

#define PERSON(user, name, base)                                                                             \
	"{\"user\":\"" user "\",\"name\":\"" name "\",\"status\":\"" base "\",\"base\":\"" base "\"}"

static const char snapshot[] = "{\"version\":\"n:1\",\"users\":[" PERSON("u1", "Ada", "offline") "," PERSON(
	"u2", "Bob", "available") "]}";

static json_t *read_json(const char *text)
{
	json_t *json = NULL;

	assert_int_equal(mu_json_parse(text, strlen(text), 32, &json, NULL), MU_OK);
	return json;
}

static enum mu_err replace(struct board *board, const char *text)
{
	AUTO_JSON json_t *json = read_json(text);

	return board_replace(board, json);
}

static enum mu_err apply(struct board *board, const char *text)
{
	AUTO_JSON json_t *json = read_json(text);

	return board_apply(board, json);
}

/* The users in the order of the board: "u2 u1 ". */
static void assert_listed(const struct board *board, const char *filter, const char *users)
{
	const struct board_person **people;
	char text[256] = "";
	size_t n;

	assert_int_equal(board_list(board, filter, &people, &n), MU_OK);
	for (size_t i = 0; i < n; i++) {
		strcat(text, people[i]->user);
		strcat(text, " ");
	}
	free(people);
	assert_string_equal(text, users);
}

static void assert_counts(const struct board *board, size_t available, size_t away, size_t busy,
			  size_t offline)
{
	assert_int_equal(board->counts[MU_AVAILABLE], available);
	assert_int_equal(board->counts[MU_AWAY], away);
	assert_int_equal(board->counts[MU_BUSY], busy);
	assert_int_equal(board->counts[MU_OFFLINE], offline);
}

static void test_a_snapshot_replaces_everything(void **state)
{
	struct board board;

	board_init(&board);
	assert_int_equal(replace(&board, snapshot), MU_OK);
	assert_string_equal(board.version, "n:1");
	assert_counts(&board, 1, 0, 0, 1);
	assert_int_equal(replace(&board, "{\"version\":\"n:9\",\"users\":[" PERSON("u3", "Cat", "busy") "]}"),
			 MU_OK);
	assert_string_equal(board.version, "n:9");
	assert_counts(&board, 0, 0, 1, 0);
	assert_null(board_find(&board, "u1"));
	board_finish(&board);
}

static void test_a_record_is_read_whole(void **state)
{
	struct board board;
	const struct board_person *person;
	int64_t since_ms;

	board_init(&board);
	assert_true(mu_time_parse("2026-11-21T12:00:00.250Z", &since_ms));
	assert_int_equal(
		replace(&board,
			"{\"version\":\"1\",\"users\":[{\"user\":\"u1\",\"name\":\"Ada\",\"status\":"
			"\"lunch\",\"base\":\"away\","
			"\"since\":\"2026-11-21T12:00:00.250Z\",\"cause\":\"self\",\"note\":\"back at "
			"one\",\"until\":null,"
			"\"devices\":[{\"kind\":\"mobile\",\"state\":\"idle\"},{\"kind\":\"web\",\"state\":"
			"\"active\"},"
			"{\"kind\":\"web\",\"state\":\"active\"},{\"kind\":\"fridge\",\"state\":\"active\"}],"
			"\"load\":2,\"new\":{\"in\":\"a later version\"}}]}"),
		MU_OK);
	person = board_find(&board, "u1");
	assert_non_null(person);
	assert_string_equal(person->name, "Ada");
	assert_string_equal(person->status, "lunch");
	assert_int_equal(person->base, MU_AWAY);
	assert_int_equal(person->since_ms, since_ms);
	assert_string_equal(person->note, "back at one");
	assert_string_equal(person->devices, "web ×2, mobile (idle)");
	board_finish(&board);
}

static void test_a_person_without_a_name_goes_by_the_id(void **state)
{
	struct board board;

	board_init(&board);
	assert_int_equal(replace(&board, "{\"version\":\"1\",\"users\":[{\"user\":\"u1\",\"status\":\"busy\","
					 "\"base\":\"busy\"}]}"),
			 MU_OK);
	assert_string_equal(board_find(&board, "u1")->name, "u1");
	assert_string_equal(board_find(&board, "u1")->devices, "");
	assert_null(board_find(&board, "u1")->note);
	board_finish(&board);
}

static void test_a_difference_that_follows_is_applied(void **state)
{
	struct board board;

	board_init(&board);
	assert_int_equal(replace(&board, snapshot), MU_OK);
	assert_int_equal(
		apply(&board,
		      "{\"from\":\"n:1\",\"version\":\"n:2\",\"up\":[" PERSON("u1", "Ada", "away") "," PERSON(
			      "u3", "Cat", "busy") "],"
						   "\"down\":[\"u2\",\"nobody\"]}"),
		MU_OK);
	assert_string_equal(board.version, "n:2");
	assert_counts(&board, 0, 1, 1, 0);
	assert_null(board_find(&board, "u2"));
	assert_int_equal(apply(&board, "{\"from\":\"n:2\",\"version\":\"n:3\"}"), MU_OK);
	assert_string_equal(board.version, "n:3");
	board_finish(&board);
}

static const char *const strays[] = {
	"{\"from\":\"n:0\",\"version\":\"n:1\",\"up\":[],\"down\":[\"u1\"]}",
	"{\"from\":\"n:2\",\"version\":\"n:3\",\"up\":[],\"down\":[\"u1\"]}",
	"{\"from\":\"\",\"version\":\"n:1\",\"up\":[],\"down\":[]}",
	"{\"version\":\"n:2\",\"down\":[\"u1\"]}",
	"{\"from\":\"n:1\",\"down\":[\"u1\"]}",
	"{}",
};

static void test_a_difference_with_a_gap_before_it_changes_nothing(void **state)
{
	struct board board;

	board_init(&board);
	assert_int_equal(replace(&board, snapshot), MU_OK);
	for (size_t i = 0; i < sizeof(strays) / sizeof(*strays); i++) {
		assert_int_equal(apply(&board, strays[i]), MU_CONFLICT);
		assert_string_equal(board.version, "n:1");
		assert_counts(&board, 1, 0, 0, 1);
	}
	board_finish(&board);
}

static void test_without_a_snapshot_there_is_nothing_to_apply_to(void **state)
{
	struct board board;

	board_init(&board);
	assert_int_equal(apply(&board, "{\"from\":\"n:1\",\"version\":\"n:2\",\"up\":[" PERSON("u1", "Ada",
											       "away") "]}"),
			 MU_CONFLICT);
	assert_counts(&board, 0, 0, 0, 0);
	assert_listed(&board, "", "");
	board_finish(&board);
}

static const char *const bad_people[] = {
	"{\"name\":\"Ada\",\"status\":\"busy\",\"base\":\"busy\"}",
	"{\"user\":\"u1\",\"base\":\"busy\"}",
	"{\"user\":\"u1\",\"status\":\"busy\"}",
	"{\"user\":\"u1\",\"status\":\"busy\",\"base\":\"sleeping\"}",
	"{\"user\":7,\"status\":\"busy\",\"base\":\"busy\"}",
	"\"u1\"",
	"null",
};

/* A bad snapshot leaves what is known; a bad difference, which may be half applied, makes a snapshot due. */
static void test_what_is_no_presence_is_refused(void **state)
{
	struct board board;
	char text[512];

	board_init(&board);
	for (size_t i = 0; i < sizeof(bad_people) / sizeof(*bad_people); i++) {
		assert_int_equal(replace(&board, snapshot), MU_OK);
		snprintf(text, sizeof(text), "{\"version\":\"n:2\",\"users\":[%s,%s]}",
			 PERSON("u9", "Zoe", "busy"), bad_people[i]);
		assert_int_equal(replace(&board, text), MU_INVALID_PARAMS);
		assert_string_equal(board.version, "n:1");
		assert_counts(&board, 1, 0, 0, 1);
		snprintf(text, sizeof(text), "{\"from\":\"n:1\",\"version\":\"n:2\",\"up\":[%s]}",
			 bad_people[i]);
		assert_int_equal(apply(&board, text), MU_INVALID_PARAMS);
		assert_null(board.version);
		assert_int_equal(apply(&board, "{\"from\":\"n:2\",\"version\":\"n:3\"}"), MU_CONFLICT);
	}
	assert_int_equal(replace(&board, "{\"version\":\"n:2\"}"), MU_INVALID_PARAMS);
	assert_int_equal(replace(&board, "{\"users\":[]}"), MU_INVALID_PARAMS);
	assert_int_equal(board_replace(&board, NULL), MU_INVALID_PARAMS);
	board_finish(&board);
}

static void test_the_order_is_status_then_name(void **state)
{
	struct board board;

	board_init(&board);
	assert_int_equal(
		replace(&board,
			"{\"version\":\"1\",\"users\":[" PERSON("o", "Ada", "offline") "," PERSON("b", "Ada", "busy") "," PERSON(
				"w", "Ada",
				"away") "," PERSON("a3", "dora",
						   "available") "," PERSON("a2", "Cleo",
									   "available") "," PERSON("a1",
												   "Ada",
												   "availabl"
												   "e") "," PERSON("a0",
														   "Ada",
														   "available") "]}"),
		MU_OK);
	assert_listed(&board, "", "a0 a1 a2 a3 w b o ");
	board_finish(&board);
}

static void test_a_filter_finds_parts_of_names_and_ids(void **state)
{
	struct board board;

	board_init(&board);
	assert_int_equal(
		replace(&board, "{\"version\":\"1\",\"users\":[" PERSON("u1", "Åsa Öst", "busy") "," PERSON(
					"u2", "Bob", "busy") "," PERSON("bo-3", "Cat", "busy") "]}"),
		MU_OK);
	assert_listed(&board, "", "u2 bo-3 u1 ");
	assert_listed(&board, "BO", "u2 bo-3 ");
	assert_listed(&board, "öST", "u1 ");
	assert_listed(&board, "sa ö", "u1 ");
	assert_listed(&board, "u1", "u1 ");
	assert_listed(&board, "zz", "");
	assert_listed(&board, "bobu", ""); /* name and id are two things */
	board_finish(&board);
}

/* Every allocation fails once: the error is told, nothing is lost or leaked, and the next try succeeds. */
static void test_memory_may_run_out_anywhere(void **state)
{
	AUTO_JSON json_t *first = read_json(snapshot);
	AUTO_JSON json_t *diff = read_json("{\"from\":\"n:1\",\"version\":\"n:2\",\"up\":[" PERSON(
		"u3", "Cat", "busy") "],\"down\":[\"u1\"]}");
	enum mu_err err = MU_NO_MEMORY;
	struct board board;
	long n;

	board_init(&board);
	for (n = 0; err == MU_NO_MEMORY; n++) {
		failing_after(n);
		err = board_replace(&board, first);
		failing_never();
		assert_true(err == MU_OK ? board.people != NULL : board.version == NULL);
	}
	assert_int_equal(err, MU_OK);
	assert_true(n > 10);
	for (n = 0, err = MU_NO_MEMORY; err == MU_NO_MEMORY; n++) {
		assert_int_equal(board_replace(&board, first), MU_OK);
		failing_after(n);
		err = board_apply(&board, diff);
		failing_never();
		assert_true(err == MU_OK || board.version == NULL);
	}
	assert_int_equal(err, MU_OK);
	assert_string_equal(board.version, "n:2");
	board_finish(&board);
}

static void test_a_list_may_run_out_of_memory(void **state)
{
	const struct board_person **people = NULL;
	struct board board;
	size_t n;

	board_init(&board);
	assert_int_equal(replace(&board, snapshot), MU_OK);
	for (long allocations = 0; allocations < 2; allocations++) {
		failing_after(allocations);
		assert_int_equal(board_list(&board, "a", &people, &n), MU_NO_MEMORY);
		failing_never();
		assert_null(people);
	}
	board_finish(&board);
}

static int start(void **state)
{
	mu_json_start();
	return mu_hash_start() != MU_OK || !setlocale(LC_CTYPE, "C.UTF-8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_snapshot_replaces_everything),
		cmocka_unit_test(test_a_record_is_read_whole),
		cmocka_unit_test(test_a_person_without_a_name_goes_by_the_id),
		cmocka_unit_test(test_a_difference_that_follows_is_applied),
		cmocka_unit_test(test_a_difference_with_a_gap_before_it_changes_nothing),
		cmocka_unit_test(test_without_a_snapshot_there_is_nothing_to_apply_to),
		cmocka_unit_test(test_what_is_no_presence_is_refused),
		cmocka_unit_test(test_the_order_is_status_then_name),
		cmocka_unit_test(test_a_filter_finds_parts_of_names_and_ids),
		cmocka_unit_test(test_memory_may_run_out_anywhere),
		cmocka_unit_test(test_a_list_may_run_out_of_memory),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
