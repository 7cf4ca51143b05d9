/* What this program wrote is read the quick way, and as the general way reads it. */
#include "testing.h"

#include "codec_quick.h"
#include "team.h"

/* What is written is read the quick way, if nothing in it had to be escaped. */
static const struct {
	const char *text;
	bool quick;
} ways[] = {
	{ "{" NAMED "}", true },
	{ "{" NAMED ",\"note\":null,\"about\":\"\",\"id\":\"t-1\",\"size\":-5,\"any\":0,\"open\":false,"
	  "\"until\":\"" TIME_TEXT
	  "\",\"status\":\"busy\",\"labels\":[],\"tags\":[\"x\",\"\",\"gr\xc3\xbcn\"],"
	  "\"lead\":{\"id\":\"u1\"},\"deputy\":null,\"members\":[{\"id\":\"a\"},{\"id\":\"b\",\"weight\":1},"
	  "{\"id\":\"c\"}],\"guests\":[],\"secret\":\"s\"}",
	  true },
	{ "{" NAMED ",\"any\":999999999999999999}", true },
	{ "{" NAMED ",\"any\":1000000000000000000}", false },
	{ "{" NAMED ",\"note\":\"a\\nb\"}", false },
	{ "{" NAMED ",\"settings\":1}", false },
	{ "{" NAMED ",\"size\":1,\"note\":null}", false },
	{ "{" NAMED ",\"newer\":1}", false },
	{ "{" NAMED ", \"size\":1}", false },
	{ "{" NAMED ",\"labels\":[,\"a\"]}", false },
	{ " {" NAMED "}", false },
	{ "{" NAMED "}\n", false },
};

static void what_was_written_is_read_the_quick_way(void **state)
{
	for (size_t i = 0; i < MU_COUNT(ways); i++) {
		AUTO_ARENA struct mu_arena arena = { 0 };
		struct team team;

		if (codec_read_quick(&team_shape, ways[i].text, strlen(ways[i].text), &arena, &team) !=
		    ways[i].quick)
			fail_msg("%s is read the other way", ways[i].text);
	}
}

static void mutate(struct random *random, struct mu_buf *text)
{
	static const char some[] = "{}[]\",:\\ntrue0123456789-+.eZu \x7f\xc3\xa9\xff\n";
	const size_t at = random_below(random, text->n), rest = text->n - at;
	char *place = text->data + at;

	switch (random_below(random, 3)) {
	case 0:
		*place = some[random_below(random, sizeof(some))];
		break;
	case 1:
		memmove(place, place + 1, rest);
		text->n--;
		break;
	default: /* twice */
		mu_buf_char(text, ' ');
		place = text->data + at;
		memmove(place + 1, place, rest);
	}
}

/* How a text is read: the outcome, and the record as it is written again. */
static enum mu_err outcome_of(const struct mu_shape *shape, const char *text, size_t bytes,
			      struct mu_buf *ret_again)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	char record[sizeof(struct team)] = "";
	enum mu_err err = mu_codec_read_text(shape, text, bytes, &arena, record);

	if (!err)
		mu_codec_write(shape, record, MU_FORM_LOG, ret_again);
	return err;
}

/* Of texts that need no escaping. */
static struct team plain_team(struct random *random, struct mu_arena *arena)
{
	struct team team = random_team(random, arena);

	team.name = "Gr\xc3\xbcn";
	team.note = random_below(random, 2) ? "n" : NULL;
	team.about = NULL;
	team.labels.n = 0;
	return team;
}

/* A space in front makes it the general way. */
static void both_ways_read_the_same(void **state)
{
	struct random random = random_start();

	for (int round = 0; round < 10000; round++) {
		AUTO_ARENA struct mu_arena arena = { 0 };
		AUTO_BUF struct mu_buf text = { 0 }, spaced = { 0 }, quick = { 0 }, general = { 0 };
		const bool is_team = random_below(&random, 2);
		const struct mu_shape *shape = is_team ? &team_shape : &member_shape;
		struct team team =
			random_below(&random, 4) ? plain_team(&random, &arena) : random_team(&random, &arena);
		struct member member = random_member(&random, &arena);

		mu_codec_write(shape, is_team ? (void *)&team : (void *)&member, MU_FORM_LOG, &text);
		for (uint64_t n = random_below(&random, 3); n > 0; n--)
			mutate(&random, &text);
		mu_buf_char(&spaced, ' ');
		mu_buf_add(&spaced, text.data, text.n);
		CHECK_RANDOM(&random, outcome_of(shape, text.data, text.n, &quick) ==
					      outcome_of(shape, spaced.data, spaced.n, &general));
		CHECK_RANDOM(&random, strcmp(mu_buf_text(&quick), mu_buf_text(&general)) == 0);
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
		cmocka_unit_test(what_was_written_is_read_the_quick_way),
		cmocka_unit_test(both_ways_read_the_same),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
