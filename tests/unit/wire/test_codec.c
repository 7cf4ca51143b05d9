/* Records and JSON by their tables: every kind goes both ways, and every wrong value is refused under its
 * name with what would be right. */
#include "testing.h"

#include "team.h"

#include "muster/base/clock.h"
#include "muster/wire/rpc.h"

struct patch {
	uint64_t given;
	char *name;
	char *note;
	int64_t size;
	bool open;
	int64_t limit;
};

static const struct mu_field patch_fields[] = {
	MU_FIELD(struct patch, name, MU_STRING, 0),
	MU_FIELD(struct patch, note, MU_STRING, MU_NULLABLE),
	MU_FIELD(struct patch, size, MU_INT, MU_OMIT_ZERO),
	MU_FIELD(struct patch, open, MU_BOOL, MU_OMIT_ZERO),
	MU_FIELD(struct patch, limit, MU_INT, MU_NULLABLE, .min = 1, .max = -1),
};
static const struct mu_shape patch_shape =
	MU_SHAPE(struct patch, "PATCH", patch_fields, .tracks_given = true);

/* Read a text into a record; cmocka tells the line that called it. */
static enum mu_err read_text(const struct mu_shape *shape, const char *text, struct mu_arena *arena,
			     void *out, struct mu_fault *fault)
{
	AUTO_JSON json_t *json = NULL;

	if (mu_json_parse(text, strlen(text), 16, &json, NULL))
		fail_msg("this row is no JSON: %s", text);
	return mu_codec_read(shape, json, arena, out, fault);
}

/* What is read, and what is written of it afterwards (secrets included); NULL: the same text. */
static const struct {
	const char *in, *out;
} both_ways[] = {
	{ "{" NAMED ",\"note\":null,\"size\":0,\"until\":null,\"labels\":[],\"deputy\":null,\"members\":[]}",
	  NULL },
	{ "{" NAMED ",\"note\":\"n\",\"about\":\"a\\nb\\tc\",\"id\":\"t-1\",\"size\":-5,\"floor\":1,"
	  "\"any\":9223372036854775807,\"open\":true,\"until\":\"" TIME_TEXT "\",\"since\":\"" TIME_TEXT
	  "\",\"status\":\"busy\",\"labels\":[\"a\",\"\",\"c\"],\"tags\":[\"x\"],\"lead\":{\"id\":\"u1\","
	  "\"weight\":3},"
	  "\"deputy\":{\"id\":\"u2\"},\"members\":[{\"id\":\"u1\"},{\"id\":\"u2\",\"weight\":10}],"
	  "\"guests\":[{\"id\":\"g\"}],\"settings\":{\"a\":[1,2.5,null]},\"secret\":\"s\"}",
	  NULL },
	{ "{" NAMED "}",
	  "{" NAMED
	  ",\"note\":null,\"size\":0,\"until\":null,\"labels\":[],\"deputy\":null,\"members\":[]}" },
	{ "{" NAMED ",\"status\":\"available\",\"open\":false,\"any\":0,\"tags\":[],\"guests\":[]}",
	  "{" NAMED
	  ",\"note\":null,\"size\":0,\"until\":null,\"labels\":[],\"deputy\":null,\"members\":[]}" },
	{ "{" NAMED ",\"until\":\"2026-11-21T13:00:00.123+01:00\",\"settings\": { \"a\" : 1 }}",
	  "{" NAMED ",\"note\":null,\"size\":0,\"until\":\"" TIME_TEXT
	  "\",\"labels\":[],\"deputy\":null,\"members\":[],\"settings\":{\"a\":1}}" },
	{ "{" NAMED ",\"settings\":null}",
	  "{" NAMED ",\"note\":null,\"size\":0,\"until\":null,\"labels\":[],\"deputy\":null,\"members\":[],"
	  "\"settings\":null}" },
	{ "{" NAMED ",\"settings\":\"text\"}",
	  "{" NAMED ",\"note\":null,\"size\":0,\"until\":null,\"labels\":[],\"deputy\":null,\"members\":[],"
	  "\"settings\":\"text\"}" },
};

static void every_kind_goes_both_ways(void **state)
{
	for (size_t i = 0; i < MU_COUNT(both_ways); i++) {
		AUTO_ARENA struct mu_arena arena = { 0 };
		AUTO_BUF struct mu_buf out;
		struct mu_fault fault = { 0 };
		struct team team;

		mu_buf_init(&out);
		if (read_text(&team_shape, both_ways[i].in, &arena, &team, &fault))
			fail_msg("%s: %s %s", both_ways[i].in, fault.fields[0].name, fault.fields[0].reason);
		mu_codec_write(&team_shape, &team, MU_FORM_LOG, &out);
		assert_string_equal(mu_buf_text(&out), both_ways[i].out ? both_ways[i].out : both_ways[i].in);
	}
}

static void a_record_holds_what_was_read(void **state)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct team team;
	const struct member *members;

	assert_int_equal(read_text(&team_shape, both_ways[1].in, &arena, &team, NULL), MU_OK);
	assert_string_equal(team.name, "Sales");
	assert_string_equal(team.about, "a\nb\tc");
	assert_int_equal(team.size, -5);
	assert_int_equal(team.any, INT64_MAX);
	assert_true(team.open);
	assert_int_equal(team.until, TIME_MS);
	assert_int_equal(team.status, 2);
	assert_int_equal(team.labels.n, 3);
	assert_string_equal(team.labels.v[1], "");
	assert_string_equal(team.lead->id, "u1");
	assert_int_equal(team.lead->weight, 3);
	members = team.members.v;
	assert_int_equal(team.members.n, 2);
	assert_string_equal(members[1].id, "u2");
	assert_int_equal(members[1].weight, 10);
	assert_string_equal(team.settings, "{\"a\":[1,2.5,null]}");
}

#define A100                                                                                                 \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aa"

static const struct {
	const char *text, *field, *reason;
} wrong[] = {
	{ "{}", "name", "is needed" },
	{ "{\"name\":null}", "name", "is needed" },
	{ "{\"name\":5}", "name", "must be a text" },
	{ "{\"name\":[\"Sales\"]}", "name", "must be a text" },
	{ "{\"name\":\"S\"}", "name", "must be at least 2 characters" },
	{ "{\"name\":\"\xc3\xa9\"}", "name", "must be at least 2 characters" },
	{ "{\"name\":\"Sales and more\"}", "name", "must be at most 10 characters" },
	{ "{\"name\":\"a\\u0001b\"}", "name", "must not hold control characters" },
	{ "{\"name\":\"a\\nb\"}", "name", "must not hold control characters" },
	{ "{\"name\":\"a\\tb\"}", "name", "must not hold control characters" },
	{ "{\"name\":\"a\\u007fb\"}", "name", "must not hold control characters" },
	{ "{\"name\":\"a\\u0085b\"}", "name", "must not hold control characters" },
	{ "{" NAMED ",\"about\":\"a\\rb\"}", "about", "must not hold control characters" },
	{ "{" NAMED ",\"about\":null}", "about", "must be a text" },
	{ "{" NAMED ",\"note\":\"" A100 A100 A100 "\"}", "note", "must be at most 256 characters" },
	{ "{" NAMED ",\"id\":\"a b\"}", "id",
	  "must be an id: 1 to 64 of A-Z a-z 0-9 . _ - (not first: . -)" },
	{ "{" NAMED ",\"id\":\"\"}", "id", "must be an id: 1 to 64 of A-Z a-z 0-9 . _ - (not first: . -)" },
	{ "{" NAMED ",\"id\":1}", "id", "must be an id: 1 to 64 of A-Z a-z 0-9 . _ - (not first: . -)" },
	{ "{" NAMED ",\"size\":6}", "size", "must be a whole number from -5 to 5" },
	{ "{" NAMED ",\"size\":-6}", "size", "must be a whole number from -5 to 5" },
	{ "{" NAMED ",\"size\":1.0}", "size", "must be a whole number" },
	{ "{" NAMED ",\"size\":\"1\"}", "size", "must be a whole number" },
	{ "{" NAMED ",\"size\":true}", "size", "must be a whole number" },
	{ "{" NAMED ",\"size\":null}", "size", "must be a whole number" },
	{ "{" NAMED ",\"floor\":0}", "floor", "must be at least 1" },
	{ "{" NAMED ",\"open\":1}", "open", "must be true or false" },
	{ "{" NAMED ",\"open\":\"true\"}", "open", "must be true or false" },
	{ "{" NAMED ",\"until\":\"tomorrow\"}", "until", "must be a time such as 2026-11-21T12:00:00Z" },
	{ "{" NAMED ",\"until\":1795262400}", "until", "must be a time such as 2026-11-21T12:00:00Z" },
	{ "{" NAMED ",\"until\":\"1970-01-01T00:00:00Z\"}", "until",
	  "must be a time such as 2026-11-21T12:00:00Z" },
	{ "{" NAMED ",\"since\":null}", "since", "must be a time such as 2026-11-21T12:00:00Z" },
	{ "{" NAMED ",\"status\":\"Busy\"}", "status", "must be one of available, away, busy, offline" },
	{ "{" NAMED ",\"status\":\"\"}", "status", "must be one of available, away, busy, offline" },
	{ "{" NAMED ",\"status\":2}", "status", "must be one of available, away, busy, offline" },
	{ "{" NAMED ",\"labels\":\"a\"}", "labels", "must be a list of texts" },
	{ "{" NAMED ",\"labels\":null}", "labels", "must be a list of texts" },
	{ "{" NAMED ",\"labels\":{}}", "labels", "must be a list of texts" },
	{ "{" NAMED ",\"labels\":[\"a\",\"b\",\"c\",\"d\"]}", "labels", "must have at most 3 items" },
	{ "{" NAMED ",\"labels\":[\"a\",1]}", "labels.1", "must be a text" },
	{ "{" NAMED ",\"labels\":[null]}", "labels.0", "must be a text" },
	{ "{" NAMED ",\"labels\":[\"a\\nb\"]}", "labels.0", "must not hold control characters" },
	{ "{" NAMED ",\"labels\":[\"" A100 A100 A100 "\"]}", "labels.0", "must be at most 256 characters" },
	{ "{" NAMED ",\"lead\":\"u1\"}", "lead", "must be an object" },
	{ "{" NAMED ",\"lead\":null}", "lead", "must be an object" },
	{ "{" NAMED ",\"lead\":{}}", "lead.id", "is needed" },
	{ "{" NAMED ",\"lead\":{\"id\":\"u1\",\"weight\":11}}", "lead.weight",
	  "must be a whole number from 0 to 10" },
	{ "{" NAMED ",\"lead\":{\"id\":\"u1\",\"wieght\":1}}", "lead.wieght", "is not a known parameter" },
	{ "{" NAMED ",\"members\":{}}", "members", "must be a list of objects" },
	{ "{" NAMED ",\"members\":[{\"id\":\"u1\"},\"u2\"]}", "members.1", "must be an object" },
	{ "{" NAMED ",\"members\":[{\"id\":\"u1\"},{\"id\":\"\"}]}", "members.1.id",
	  "must be an id: 1 to 64 of A-Z a-z 0-9 . _ - (not first: . -)" },
	{ "{" NAMED ",\"members\":[{\"id\":\"a\"},{\"id\":\"b\"},{\"id\":\"c\"},{\"id\":\"d\"}]}", "members",
	  "must have at most 3 items" },
	{ "{" NAMED ",\"settings\":[1,2,3,4,5,6,7,8,9,10]}", "settings", "must be at most 20 bytes as JSON" },
	{ "{" NAMED ",\"nmae\":\"x\"}", "nmae", "is not a known parameter" },
	{ "{" NAMED ",\"\":\"x\"}", "", "is not a known parameter" },
};

static void each_wrong_value_is_named_with_what_is_right(void **state)
{
	for (size_t i = 0; i < MU_COUNT(wrong); i++) {
		AUTO_ARENA struct mu_arena arena = { 0 };
		struct mu_fault fault = { 0 };
		struct team team;

		if (read_text(&team_shape, wrong[i].text, &arena, &team, &fault) != MU_INVALID_PARAMS)
			fail_msg("%s should be refused", wrong[i].text);
		assert_int_equal(fault.err, MU_INVALID_PARAMS);
		if (fault.n_fields != 1 || strcmp(fault.fields[0].name, wrong[i].field) != 0 ||
		    strcmp(fault.fields[0].reason, wrong[i].reason) != 0)
			fail_msg("%s: %zu, %s %s", wrong[i].text, fault.n_fields, fault.fields[0].name,
				 fault.fields[0].reason);
		assert_int_equal(read_text(&team_shape, wrong[i].text, &arena, &team, NULL),
				 MU_INVALID_PARAMS);
	}
}

static void all_wrong_fields_are_listed_at_once(void **state)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_fault fault = { 0 };
	struct team team;

	assert_int_equal(read_text(&team_shape,
				   "{\"size\":9,\"labels\":[1,\"a\",2],\"members\":[{\"id\":\"u1\"},{}],"
				   "\"x\":1,\"y\":2}",
				   &arena, &team, &fault),
			 MU_INVALID_PARAMS);
	assert_int_equal(fault.n_fields, 7);
	assert_string_equal(fault.fields[0].name, "name");
	assert_string_equal(fault.fields[1].name, "size");
	assert_string_equal(fault.fields[2].name, "labels.0");
	assert_string_equal(fault.fields[3].name, "labels.2");
	assert_string_equal(fault.fields[4].name, "members.1.id");
	assert_string_equal(fault.fields[5].name, "x");
	assert_string_equal(fault.fields[6].name, "y");
}

/* Names come from outside: they may be long and cut, but what is told stays valid UTF-8. */
static void an_unknown_name_may_be_of_any_length(void **state)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_fault fault = { 0 };
	struct patch patch;
	char text[1200] = "{\"a";
	size_t n = strlen(text);

	for (int i = 0; i < 500; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "\xc3\xa9");
	snprintf(text + n, sizeof(text) - n, "\":1}");
	assert_int_equal(read_text(&patch_shape, text, &arena, &patch, &fault), MU_INVALID_PARAMS);
	assert_int_equal(fault.n_fields, 1);
	assert_true(strlen(fault.fields[0].name) > 40);
	assert_true(mu_utf8_valid(fault.fields[0].name, strlen(fault.fields[0].name)));
}

static void lengths_are_counted_in_characters(void **state)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct team team;

	assert_int_equal(
		read_text(&team_shape,
			  "{\"name\":\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
			  "\xf0\x9f\x98\x80\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\"}",
			  &arena, &team, NULL),
		MU_OK);
	assert_int_equal(strlen(team.name), 30);
}

static void missing_parameters_count_as_an_empty_object(void **state)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_fault fault = { 0 };
	struct patch patch = { .given = 7, .size = 9 };
	struct team team;
	AUTO_JSON json_t *array = json_array();

	assert_int_equal(mu_codec_read(&patch_shape, NULL, &arena, &patch, &fault), MU_OK);
	assert_int_equal(patch.given, 0);
	assert_int_equal(patch.size, 0);
	assert_int_equal(mu_codec_read(&team_shape, NULL, &arena, &team, &fault), MU_INVALID_PARAMS);
	assert_string_equal(fault.fields[0].reason, "is needed");
	assert_int_equal(mu_codec_read(&patch_shape, array, &arena, &patch, &fault), MU_INVALID_PARAMS);
}

/* What was given, how its bits are, and what is written again: exactly that. */
static const struct {
	const char *text;
	uint64_t given;
} patches[] = {
	{ "{}", 0 },
	{ "{\"name\":\"x\"}", 1 },
	{ "{\"note\":null}", 2 },
	{ "{\"note\":\"n\"}", 2 },
	{ "{\"size\":0}", 4 },
	{ "{\"open\":false}", 8 },
	{ "{\"limit\":null}", 16 },
	{ "{\"limit\":7}", 16 },
	{ "{\"name\":\"x\",\"note\":null,\"size\":0,\"open\":false}", 15 },
};

static void given_and_absent_are_told_apart(void **state)
{
	for (size_t i = 0; i < MU_COUNT(patches); i++) {
		AUTO_ARENA struct mu_arena arena = { 0 };
		AUTO_BUF struct mu_buf out;
		struct patch patch;

		mu_buf_init(&out);
		assert_int_equal(read_text(&patch_shape, patches[i].text, &arena, &patch, NULL), MU_OK);
		assert_int_equal(patch.given, patches[i].given);
		mu_codec_write(&patch_shape, &patch, MU_FORM_LOG, &out);
		assert_string_equal(mu_buf_text(&out), patches[i].text);
	}
}

struct note {
	char *id, *text, *hash;
	struct note *about;
	struct mu_records others;
};

static const struct mu_shape note_shape;
static const struct mu_field note_fields[] = {
	MU_FIELD(struct note, id, MU_ID, MU_REQUIRED),
	MU_FIELD(struct note, text, MU_STRING, MU_SIGHT | MU_NULLABLE),
	MU_FIELD(struct note, hash, MU_STRING, MU_SECRET),
	MU_FIELD(struct note, about, MU_RECORD, 0, .shape = &note_shape),
	MU_FIELD(struct note, others, MU_RECORDS, MU_OMIT_ZERO, .shape = &note_shape),
};
static const struct mu_shape note_shape = MU_SHAPE(struct note, "NOTE", note_fields);

/* In the record and in all that it holds. */
static void each_form_has_its_fields(void **state)
{
	static const struct {
		enum mu_form form;
		const char *text;
	} rows[] = {
		{ MU_FORM_LOG,
		  "{\"id\":\"a\",\"text\":\"x\",\"hash\":\"h\",\"about\":{\"id\":\"b\",\"text\":\"y\","
		  "\"hash\":\"i\"},\"others\":[{\"id\":\"c\",\"text\":null,\"hash\":\"j\"}]}" },
		{ MU_FORM_FULL, "{\"id\":\"a\",\"text\":\"x\",\"about\":{\"id\":\"b\",\"text\":\"y\"},"
				"\"others\":[{\"id\":\"c\",\"text\":null}]}" },
		{ MU_FORM_BRIEF, "{\"id\":\"a\",\"about\":{\"id\":\"b\"},\"others\":[{\"id\":\"c\"}]}" },
	};
	struct note about = { .id = (char[]){ "b" }, .text = (char[]){ "y" }, .hash = (char[]){ "i" } };
	struct note other = { .id = (char[]){ "c" }, .hash = (char[]){ "j" } };
	struct note note = { .id = (char[]){ "a" },
			     .text = (char[]){ "x" },
			     .hash = (char[]){ "h" },
			     .about = &about,
			     .others = { &other, 1 } };

	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		AUTO_BUF struct mu_buf out = { 0 };

		mu_codec_write(&note_shape, &note, rows[i].form, &out);
		assert_string_equal(mu_buf_text(&out), rows[i].text);
	}
}

static void fields_can_be_written_into_a_larger_object(void **state)
{
	struct member member = { .id = (char[]){ "u1" }, .weight = 2 };
	AUTO_BUF struct mu_buf out;

	mu_buf_init(&out);
	mu_codec_write_fields(&member_shape, &member, MU_FORM_FULL, &out);
	assert_string_equal(mu_buf_text(&out), "\"id\":\"u1\",\"weight\":2");
	mu_buf_reset(&out);
	mu_buf_str(&out, "{\"type\":\"x\"");
	mu_codec_write_fields(&member_shape, &member, MU_FORM_FULL, &out);
	mu_json_name(&out, "more");
	mu_buf_str(&out, "{}}");
	assert_string_equal(mu_buf_text(&out), "{\"type\":\"x\",\"id\":\"u1\",\"weight\":2,\"more\":{}}");
}

/* The log may have been written by a newer program. */
static void the_log_is_read_past_unknown_names(void **state)
{
	static const char *const texts[] = {
		"{\"id\":\"u1\",\"weight\":2,\"newer\":{\"x\":[]}}",
		"{\"newer\":null,\"id\":\"u1\",\"weight\":2}",
	};
	static const char *const broken[] = { "", "{\"id\":\"u1\"", "[]", "{\"id\":1}", "{\"weight\":2}" };
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct member member;

	for (size_t i = 0; i < MU_COUNT(texts); i++) {
		assert_int_equal(
			mu_codec_read_text(&member_shape, texts[i], strlen(texts[i]), &arena, &member),
			MU_OK);
		assert_string_equal(member.id, "u1");
		assert_int_equal(member.weight, 2);
	}
	for (size_t i = 0; i < MU_COUNT(broken); i++)
		assert_int_equal(
			mu_codec_read_text(&member_shape, broken[i], strlen(broken[i]), &arena, &member),
			MU_INVALID_PARAMS);
}

static void whatever_is_written_reads_back_the_same(void **state)
{
	struct random random = random_start();

	for (int round = 0; round < 1000; round++) {
		AUTO_ARENA struct mu_arena arena = { 0 };
		AUTO_BUF struct mu_buf first;
		AUTO_BUF struct mu_buf second;
		struct team team = random_team(&random, &arena), again;

		mu_buf_init(&first);
		mu_buf_init(&second);
		mu_codec_write(&team_shape, &team, MU_FORM_LOG, &first);
		CHECK_RANDOM(&random,
			     read_text(&team_shape, mu_buf_text(&first), &arena, &again, NULL) == MU_OK);
		mu_codec_write(&team_shape, &again, MU_FORM_LOG, &second);
		CHECK_RANDOM(&random, strcmp(mu_buf_text(&first), mu_buf_text(&second)) == 0);
		CHECK_RANDOM(&random, strcmp(team.name, again.name) == 0 && team.any == again.any);
	}
}

static int start(void **state)
{
	mu_json_start();
	return mu_hash_start() ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_goes_both_ways),
		cmocka_unit_test(a_record_holds_what_was_read),
		cmocka_unit_test(each_wrong_value_is_named_with_what_is_right),
		cmocka_unit_test(all_wrong_fields_are_listed_at_once),
		cmocka_unit_test(an_unknown_name_may_be_of_any_length),
		cmocka_unit_test(lengths_are_counted_in_characters),
		cmocka_unit_test(missing_parameters_count_as_an_empty_object),
		cmocka_unit_test(given_and_absent_are_told_apart),
		cmocka_unit_test(each_form_has_its_fields),
		cmocka_unit_test(fields_can_be_written_into_a_larger_object),
		cmocka_unit_test(the_log_is_read_past_unknown_names),
		cmocka_unit_test(whatever_is_written_reads_back_the_same),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
