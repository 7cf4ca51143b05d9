/* Who views a conversation and who types in it: who is told, when, and when it ends. */
#include "heard.h"

/* Sue and Adm see all conversations; Ann and Bob those of their own, and those that are nobody's. */
static int set_up(void **state)
{
	static const char *const options[][2] = { { "typing_ms", "5s" },
						  { "viewing_max", "2" },
						  { NULL, NULL } };
	struct rig *rig = rig_create(options);

	rig_call(rig, 0, "conversation.put", "{\"id\":\"c1\",\"team\":\"support\"}");
	rig_call(rig, 0, "conversation.put", "{\"id\":\"c2\",\"team\":\"support\"}");
	rig_call(rig, 0, "conversation.put", "{\"id\":\"c3\",\"team\":\"support\"}");
	rig_quiet(rig);
	*state = rig;
	return 0;
}

static int tear_down(void **state)
{
	rig_destroy(*state);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static const char *say(struct rig *rig, unsigned slot, const char *method, const char *conversation, bool on)
{
	char params[64];

	snprintf(params, sizeof(params), "{\"id\":\"%s\",\"on\":%s}", conversation, on ? "true" : "false");
	return rig_call(rig, slot, method, params);
}

#define VIEWING(slot, conversation, on) say(rig, slot, "conversation.viewing", conversation, on)
#define TYPING(slot, conversation, on) say(rig, slot, "conversation.typing", conversation, on)

#define ANN(typing) "{\"user\":\"ann\",\"name\":\"ann\",\"typing\":" #typing "}"
#define BOB(typing) "{\"user\":\"bob\",\"name\":\"bob\",\"typing\":" #typing "}"
#define VIEWERS "\"type\":\"conversation.viewers\""
#define TYPES "\"type\":\"conversation.typing\""

/* The last frame of a type that a slot heard, after all of this tick is told; "" if there was none. */
static const char *last(struct rig *rig, unsigned slot, const char *type)
{
	const char *text = "";

	rig_quiet(rig);
	pthread_mutex_lock(&rig->lock);
	for (const struct heard *heard = rig->slots[slot].first; heard; heard = heard->next)
		if (heard->kind == HEARD_FRAME && strstr(heard->text, type))
			text = heard->text;
	pthread_mutex_unlock(&rig->lock);
	return text;
}

static void who_comes_is_told_of_who_is_there(void **state)
{
	struct rig *rig = *state;

	rig_sign_in(rig, 1, "ann");
	rig_sign_in(rig, 2, "bob");
	assert_string_equal(VIEWING(1, "c1", true), "{\"viewers\":[" ANN(false) "]}");
	assert_string_equal(TYPING(2, "c1", true), "{\"viewers\":[" ANN(false) "," BOB(true) "]}");
	assert_string_equal(VIEWING(1, "c1", true), "{\"viewers\":[" ANN(false) "," BOB(true) "]}");
	assert_string_equal(VIEWING(2, "c2", true), "{\"viewers\":[" BOB(false) "]}");
	assert_string_equal(TYPING(2, "c1", false), "{\"viewers\":[" ANN(false) "," BOB(false) "]}");
	assert_string_equal(VIEWING(1, "c1", false), "{\"viewers\":[" BOB(false) "]}");
	assert_string_equal(VIEWING(1, "c1", false), "{\"viewers\":[" BOB(false) "]}");
}

static void those_who_see_it_are_told_of_who_comes_and_goes(void **state)
{
	struct rig *rig = *state;

	rig_call(rig, 0, "conversation.assign", "{\"id\":\"c1\",\"user\":\"ann\"}");
	rig_sign_in(rig, 1, "ann");
	rig_sign_in(rig, 2, "bob");
	rig_sign_in(rig, 3, "sue");
	VIEWING(3, "c1", true);
	VIEWING(1, "c1", true);
	assert_contains(last(rig, 1, VIEWERS),
			"\"data\":{\"conversation\":\"c1\",\"viewers\":[{\"user\":\"sue\"");
	assert_contains(last(rig, 3, VIEWERS), ANN(false) "]}}");
	VIEWING(3, "c1", false);
	assert_contains(last(rig, 1, VIEWERS), "\"viewers\":[" ANN(false) "]}}");
	assert_contains(last(rig, 3, VIEWERS), "\"viewers\":[" ANN(false) "]}}");
	VIEWING(1, "c1", false);
	assert_contains(last(rig, 3, VIEWERS), "\"viewers\":[]}}");
	assert_int_equal(rig_count(rig, 2, "\"conversation\":\"c1\""),
			 0); /* it is Ann's, and not Bob's to see */
}

static void what_happens_in_a_tick_is_told_at_once(void **state)
{
	struct rig *rig = *state;

	rig_sign_in(rig, 1, "ann");
	rig_sign_in(rig, 2, "bob");
	VIEWING(1, "c1", true); /* goes out, and then there is quiet for a tick */
	VIEWING(2, "c1", true);
	VIEWING(2, "c1", false);
	TYPING(2, "c1", true);
	TYPING(1, "c1", true);
	assert_contains(last(rig, 1, VIEWERS), "\"viewers\":[" ANN(true) "," BOB(true) "]}}");
	assert_int_equal(rig_count(rig, 1, VIEWERS), 2);
	assert_int_equal(rig_count(rig, 1, TYPES), 0); /* the list says it */
	TYPING(1, "c1", false);                        /* goes out */
	VIEWING(2, "c1", false);
	VIEWING(2, "c1", true);
	assert_contains(last(rig, 1, TYPES), "{\"conversation\":\"c1\",\"user\":\"bob\",\"on\":false}");
	assert_int_equal(rig_count(rig, 1, VIEWERS), 2); /* who went and came back never went */
}

static void typing_ends_unless_it_is_said_again(void **state)
{
	struct rig *rig = *state;

	rig_sign_in(rig, 1, "ann");
	rig_sign_in(rig, 2, "bob");
	VIEWING(2, "c1", true);
	TYPING(1, "c1", true);
	last(rig, 2, VIEWERS);
	rig_pass(rig, 4000);
	TYPING(1, "c1", true);
	rig_pass(rig, 4000);
	assert_string_equal(last(rig, 2, TYPES), "");
	rig_pass(rig, 1000);
	assert_contains(last(rig, 2, TYPES), "{\"conversation\":\"c1\",\"user\":\"ann\",\"on\":false}");
	assert_int_equal(rig_count(rig, 2, TYPES), 1);
	assert_string_equal(VIEWING(2, "c1", true), "{\"viewers\":[" BOB(false) "," ANN(false) "]}");
}

static void two_tabs_are_one_person(void **state)
{
	struct rig *rig = *state;

	rig_sign_in(rig, 1, "ann");
	rig_sign_in(rig, 2, "ann");
	rig_sign_in(rig, 3, "bob");
	VIEWING(1, "c1", true);
	last(rig, 3, VIEWERS);
	assert_string_equal(TYPING(2, "c1", true), "{\"viewers\":[" ANN(true) "]}");
	assert_contains(last(rig, 3, TYPES), "\"on\":true");
	assert_int_equal(rig_count(rig, 3, VIEWERS), 1);
	VIEWING(2, "c1", false);
	assert_contains(last(rig, 3, TYPES), "\"on\":false");
	assert_int_equal(rig_count(rig, 3, VIEWERS), 1);
	VIEWING(1, "c1", false);
	assert_contains(last(rig, 3, VIEWERS), "\"viewers\":[]");
}

/* Though its person shows as present for a while. */
static void a_tab_that_dies_views_no_more(void **state)
{
	struct rig *rig = *state;

	rig_sign_in(rig, 1, "ann");
	rig_sign_in(rig, 2, "bob");
	TYPING(1, "c1", true);
	VIEWING(2, "c1", true);
	last(rig, 2, VIEWERS);
	rig_disconnect(rig, 1, 0);
	assert_contains(last(rig, 2, VIEWERS), "\"viewers\":[" BOB(false) "]");
}

static void who_loses_sight_views_no_more(void **state)
{
	struct rig *rig = *state;

	rig_sign_in(rig, 1, "ann");
	rig_sign_in(rig, 2, "bob");
	rig_sign_in(rig, 3, "sue");
	TYPING(1, "c1", true);
	VIEWING(2, "c1", true);
	VIEWING(3, "c1", true);
	last(rig, 3, VIEWERS);
	rig_call(rig, 0, "conversation.assign", "{\"id\":\"c1\",\"user\":\"bob\"}");
	const char *told = last(rig, 3, VIEWERS);
	assert_null(strstr(told, "ann"));
	assert_contains(told, BOB(false));
	const size_t heard = rig_count(rig, 1, VIEWERS);
	VIEWING(2, "c1", false);
	last(rig, 3, VIEWERS);
	assert_int_equal(rig_count(rig, 1, VIEWERS), heard);
	assert_int_equal(
		rig_refused(rig, 1, rig_ask(rig, 1, "conversation.typing", "{\"id\":\"c1\",\"on\":true}")),
		MU_NOT_FOUND);
}

/* An agent may see it now that it is nobody's, and sees at once that somebody is at it. */
static void who_gains_sight_is_told_of_who_is_there(void **state)
{
	struct rig *rig = *state;

	rig_call(rig, 0, "conversation.assign", "{\"id\":\"c1\",\"user\":\"ann\"}");
	rig_sign_in(rig, 1, "ann");
	rig_sign_in(rig, 2, "bob");
	VIEWING(1, "c1", true);
	assert_string_equal(last(rig, 2, VIEWERS), "");
	rig_call(rig, 0, "conversation.unassign", "{\"id\":\"c1\"}");
	assert_contains(last(rig, 2, VIEWERS), "\"viewers\":[" ANN(false) "]");
	const size_t heard = rig_count(rig, 2, VIEWERS);
	rig_call(rig, 0, "conversation.put", "{\"id\":\"c1\",\"priority\":\"high\"}");
	last(rig, 2, VIEWERS);
	assert_int_equal(rig_count(rig, 2, VIEWERS), heard); /* nobody is new to it */
}

static void who_loses_the_right_views_no_more(void **state)
{
	struct rig *rig = *state;

	rig_call(rig, 0, "role.create",
		 "{\"id\":\"plain\",\"name\":\"Plain\",\"permissions\":[\"presence.self\"]}");
	rig_sign_in(rig, 1, "ann");
	rig_sign_in(rig, 2, "bob");
	VIEWING(1, "c1", true);
	VIEWING(2, "c1", true);
	last(rig, 2, VIEWERS);
	rig_call(rig, 0, "role.assign", "{\"user\":\"ann\",\"roles\":[\"plain\"]}");
	assert_contains(last(rig, 2, VIEWERS), "\"viewers\":[" BOB(false) "]");
}

static void one_session_views_only_so_many(void **state)
{
	struct rig *rig = *state;

	rig_sign_in(rig, 1, "ann");
	VIEWING(1, "c1", true);
	TYPING(1, "c2", true);
	VIEWING(1, "c2", true);
	assert_int_equal(
		rig_refused(rig, 1, rig_ask(rig, 1, "conversation.viewing", "{\"id\":\"c3\",\"on\":true}")),
		MU_TOO_LARGE);
	assert_int_equal(
		rig_refused(rig, 1, rig_ask(rig, 1, "conversation.typing", "{\"id\":\"c3\",\"on\":true}")),
		MU_TOO_LARGE);
	VIEWING(1, "c3", false);
	VIEWING(1, "c1", false);
	assert_string_equal(VIEWING(1, "c3", true), "{\"viewers\":[" ANN(false) "]}");
}

static void only_people_view(void **state)
{
	struct rig *rig = *state;

	rig_call(rig, 0, "session.open", NULL);
	assert_int_equal(
		rig_refused(rig, 0, rig_ask(rig, 0, "conversation.viewing", "{\"id\":\"c1\",\"on\":true}")),
		MU_FORBIDDEN);
	rig_sign_in(rig, 1, "ann");
	assert_int_equal(
		rig_refused(rig, 1, rig_ask(rig, 1, "conversation.viewing", "{\"id\":\"c9\",\"on\":true}")),
		MU_NOT_FOUND);
	rig_connect(rig, 2, "bob"); /* without a session */
	assert_int_equal(
		rig_refused(rig, 2, rig_ask(rig, 2, "conversation.viewing", "{\"id\":\"c1\",\"on\":true}")),
		MU_UNAUTHENTICATED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(who_comes_is_told_of_who_is_there),
		CASE(those_who_see_it_are_told_of_who_comes_and_goes),
		CASE(what_happens_in_a_tick_is_told_at_once),
		CASE(typing_ends_unless_it_is_said_again),
		CASE(two_tabs_are_one_person),
		CASE(a_tab_that_dies_views_no_more),
		CASE(who_loses_sight_views_no_more),
		CASE(who_gains_sight_is_told_of_who_is_there),
		CASE(who_loses_the_right_views_no_more),
		CASE(one_session_views_only_so_many),
		CASE(only_people_view),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
