/* Sessions that several nodes mirror, one thing at a time. */
#include "share_scene.h"

static void a_session_is_there_on_every_node(void **state)
{
	join(0, 0, "ann", MU_DEVICE_WEB);
	settle();
	assert_shown("ann", "available");
	for (size_t i = 0; i < NODES; i++) {
		assert_int_equal(person_at(i, "ann")->since_wall_ms, START_MS);
		assert_true(mu_presence_attended(person_at(i, "ann")));
	}
	say(0, 0, MU_IDLE);
	settle();
	pass(times.idle_after_ms);
	assert_shown("ann", "away");
	part(0, 0, MU_LEAVE_NOW);
	settle();
	assert_shown("ann", "offline");
}

static void what_is_known_of_a_session_is_what_its_node_knows(void **state)
{
	struct session *session = join(0, 0, "ann", MU_DEVICE_DESKTOP);

	settle();
	const struct remote *remote = share_first(person_at(1, "ann"));
	assert_non_null(remote);
	assert_null(share_next(remote));
	assert_string_equal(share_info(remote)->session, session->id);
	assert_string_equal(share_info(remote)->address, "10.0.0.1");
	assert_int_equal(share_info(remote)->kind, MU_DEVICE_DESKTOP);
	session->token_id = (char *)"another-token";
	share_renew(session);
	settle();
	assert_string_equal(share_info(remote)->token, "another-token");
	assert_int_equal(sessions_of(person_at(1, "ann")), 1);
	session->token_id = (char *)"t";
}

static void who_comes_back_on_another_node_was_never_gone(void **state)
{
	join(0, 0, "ann", MU_DEVICE_WEB);
	settle();
	part(0, 0, MU_LEAVE_LOST);
	settle();
	pass(times.linger_ms - 1);
	assert_shown("ann", "available");
	join(1, 0, "ann", MU_DEVICE_WEB);
	settle();
	pass(2);
	assert_shown("ann", "available");
	for (size_t i = 0; i < NODES; i++)
		assert_int_equal(person_at(i, "ann")->since_wall_ms, START_MS);
	part(1, 0, MU_LEAVE_CLEAN);
	settle();
	pass(times.reload_grace_ms);
	assert_shown("ann", "offline");
}

static void a_node_that_comes_later_shows_people_as_the_others_do(void **state)
{
	join(0, 0, "ann", MU_DEVICE_WEB);
	join(0, 1, "bob", MU_DEVICE_MOBILE);
	say(0, 0, MU_IDLE);
	say(0, 1, MU_BACKGROUND);
	settle();
	pass(times.background_ms - 1000);
	stop_node(&scene->nodes[2]);
	struct mu_now now = scene->nodes[0].hub.now;
	start_node(2);
	scene->nodes[2].hub.now.wall_ms = now.wall_ms;
	settle();
	assert_true(person_at(2, "bob")->shown.reachable_mobile);
	pass(1000);
	assert_shown("bob", "offline");
	assert_shown("ann", "available");
	pass(times.idle_after_ms - times.background_ms);
	assert_shown("ann", "away");
}

static void a_node_that_is_gone_takes_its_people_along(void **state)
{
	join(0, 0, "ann", MU_DEVICE_WEB);
	join(0, 1, "bob", MU_DEVICE_WEB);
	join(1, 0, "bob", MU_DEVICE_MOBILE);
	join(0, 2, "cat", MU_DEVICE_MOBILE);
	say(0, 2, MU_BACKGROUND);
	settle();
	for (size_t i = 1; i < NODES; i++) {
		share_drop_node(&scene->nodes[i].hub, "a", MU_LEAVE_NODE);
		assert_string_equal(person_at(i, "ann")->shown.status, "offline");
		assert_string_equal(person_at(i, "bob")->shown.status, "available");
		assert_true(person_at(i, "cat")->shown.reachable_mobile);
		assert_null(share_first(person_at(i, "ann")));
	}
	pass(times.background_ms);
	assert_string_equal(person_at(1, "cat")->shown.status, "offline");
}

static void the_people_of_a_node_that_says_goodbye_get_time(void **state)
{
	join(0, 0, "ann", MU_DEVICE_WEB);
	settle();
	share_drop_node(&scene->nodes[1].hub, "a", MU_LEAVE_LOST);
	assert_string_equal(person_at(1, "ann")->shown.status, "available");
	pass(times.linger_ms);
	assert_string_equal(person_at(1, "ann")->shown.status, "offline");
}

/* A room that is read anew may learn of a person after their session. */
static void a_session_waits_for_its_person(void **state)
{
	remove_person(&scene->nodes[1], "ann");
	join(0, 0, "ann", MU_DEVICE_WEB);
	settle();
	add_person(&scene->nodes[1], "ann");
	share_people(&scene->nodes[1].room);
	assert_shown("ann", "available");
	remove_person(&scene->nodes[1], "ann");
	part(0, 0, MU_LEAVE_NOW);
	settle();
	add_person(&scene->nodes[1], "ann");
	share_people(&scene->nodes[1].room);
	assert_shown("ann", "offline");
}

/* What it said before is void, and nobody waits for what it forgot. */
static void a_node_that_starts_anew_is_another_one(void **state)
{
	join(0, 0, "ann", MU_DEVICE_WEB);
	join(0, 1, "bob", MU_DEVICE_WEB);
	settle();
	kill_node(0);
	start_node(0);
	join(0, 0, "bob", MU_DEVICE_WEB);
	settle();
	assert_int_equal(sessions_of(person_at(1, "ann")), 0);
	assert_int_equal(sessions_of(person_at(1, "bob")), 1);
	pass(times.linger_ms);
	assert_shown("ann", "offline");
	assert_shown("bob", "available");
}

static void what_nobody_could_hear_is_asked_for(void **state)
{
	scene->nodes[0].reaches = false;
	join(0, 0, "ann", MU_DEVICE_WEB);
	settle();
	assert_string_equal(person_at(1, "ann")->shown.status, "offline");
	scene->nodes[0].reaches = true;
	share_reach(&scene->nodes[0].room, true);
	settle();
	assert_shown("ann", "available");
}

/* The bus takes no more for a moment, and goes on without a word. */
static void what_didnt_go_out_is_made_up_for(void **state)
{
	scene->nodes[0].full = true;
	join(0, 0, "ann", MU_DEVICE_WEB);
	settle();
	pass(5000);
	settle();
	assert_string_equal(person_at(1, "ann")->shown.status, "offline");
	scene->nodes[0].full = false;
	pass(1000);
	settle();
	assert_shown("ann", "available");
	assert_false(mu_timer_armed(&scene->nodes[0].room.share->timer));
}

static void who_knows_all_isnt_told_again(void **state)
{
	join(0, 0, "ann", MU_DEVICE_WEB);
	settle();
	const unsigned said = scene->said[WORD_HERE_ALL];
	share_reach(&scene->nodes[1].room, true);
	share_reach(&scene->nodes[0].room, true);
	settle();
	assert_int_equal(scene->said[WORD_HERE_ALL], said);
}

/* More than one message holds. */
static void many_sessions_come_in_parts(void **state)
{
	static struct session many[3000];
	static char ids[3000][16];
	struct room *room = &scene->nodes[0].room;
	struct mu_person *ann = person_at(0, "ann");
	struct member *member = ann->owner;

	scene->nodes[0].reaches = false;
	for (size_t i = 0; i < MU_COUNT(many); i++) {
		snprintf(ids[i], sizeof(ids[i]), "device-%zu", i);
		many[i] = (struct session){ .room = room,
					    .person = ann,
					    .subject = (char *)"ann",
					    .token_id = (char *)"t",
					    .address = (char *)"10.0.0.1",
					    .device_id = ids[i] };
		snprintf(many[i].id, sizeof(many[i].id), "s-%zu", i);
		DL_APPEND(member->sessions, &many[i]);
		assert_int_equal(share_enter(&many[i]), MU_OK);
	}
	scene->nodes[0].reaches = true;
	share_reach(room, true);
	settle();
	assert_true(scene->said[WORD_HERE_ALL] > NODES + 1);
	for (size_t i = 1; i < NODES; i++)
		assert_int_equal(sessions_of(person_at(i, "ann")), MU_COUNT(many));
	for (size_t i = 0; i < MU_COUNT(many); i++) {
		share_exit(&many[i], MU_LEAVE_NOW);
		DL_DELETE(member->sessions, &many[i]);
	}
	settle();
	assert_shown("ann", "offline");
}

static void what_isnt_understood_changes_nothing(void **state)
{
	static const char *const texts[] = { "", "{}", "[]", "{\"run\":\"r\",\"v\":1}", "{\"run\":" };

	for (size_t i = 0; i < MU_COUNT(texts); i++) {
		share_hear_here(&scene->nodes[0].room, "x", texts[i], strlen(texts[i]));
		share_hear_all(&scene->nodes[0].room, "x", texts[i], strlen(texts[i]));
		share_hear_ask(&scene->nodes[0].room, "x", texts[i], strlen(texts[i]));
	}
	assert_int_equal(HASH_COUNT(scene->nodes[0].room.share->mirrors), NODES - 1);
}

static void what_there_was_no_memory_for_is_asked_for(void **state)
{
	for (int known = 0; known < 2; known++) {
		if (!known)
			share_drop_node(&scene->nodes[1].hub, "a", MU_LEAVE_NOW);
		scene->nodes[1].short_of_memory = true;
		join(0, (size_t)known, names[known], MU_DEVICE_WEB);
		settle();
		pass(AGAIN_MS); /* it is still out */
		settle();
		assert_string_equal(person_at(1, names[known])->shown.status, "offline");
		scene->nodes[1].short_of_memory = false;
		pass(AGAIN_MS);
		settle();
		assert_shown(names[known], "available");
		assert_false(mu_timer_armed(&scene->nodes[1].room.share->timer));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_session_is_there_on_every_node),
		CASE(what_is_known_of_a_session_is_what_its_node_knows),
		CASE(who_comes_back_on_another_node_was_never_gone),
		CASE(a_node_that_comes_later_shows_people_as_the_others_do),
		CASE(a_node_that_is_gone_takes_its_people_along),
		CASE(the_people_of_a_node_that_says_goodbye_get_time),
		CASE(a_session_waits_for_its_person),
		CASE(a_node_that_starts_anew_is_another_one),
		CASE(what_nobody_could_hear_is_asked_for),
		CASE(what_didnt_go_out_is_made_up_for),
		CASE(who_knows_all_isnt_told_again),
		CASE(many_sessions_come_in_parts),
		CASE(what_isnt_understood_changes_nothing),
		CASE(what_there_was_no_memory_for_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
