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

static void kill_node(size_t i)
{
	for (size_t n = 0; n < SESSIONS; n++) {
		struct session *session = &scene->nodes[i].sessions[n];
		struct member *member = scene->nodes[i].open[n] ? session->person->owner : NULL;
		if (member)
			DL_DELETE(member->sessions, session);
	}
	stop_node(&scene->nodes[i]);
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

/* ---- while the bus is away ---- */

static size_t rows_of(const char *word)
{
	size_t n = 0;

	for (size_t i = 0; i < scene->n_log; i++)
		n += !strcmp(scene->log[i].word, word);
	return n;
}

static void who_comes_and_goes_is_seen_through_the_log(void **state)
{
	join(0, 0, "ann", MU_DEVICE_WEB);
	settle();
	reach(false);
	join(0, 1, "bob", MU_DEVICE_WEB);
	join(1, 0, "cat", MU_DEVICE_WEB);
	pass_and_settle(1000);
	assert_shown("bob", "available");
	assert_shown("cat", "available");
	part(0, 0, MU_LEAVE_NOW);
	pass_and_settle(500);
	assert_shown("ann", "offline");
	say(0, 1, MU_IDLE);
	pass_and_settle(500 + times.idle_after_ms);
	assert_shown("bob", "away");
	assert_int_equal(rows_of("here.ask"), 0);
	assert_int_equal(rows_of("here.all"), 1); /* when the bus went */
	assert_int_equal(rows_of("here"), 4);
}

/* However much happens, and however many others there are. */
static void a_node_writes_a_row_now_and_then(void **state)
{
	reach(false);
	for (int i = 0; i < 100; i++) {
		join(0, 0, "ann", MU_DEVICE_WEB);
		pass(50);
		settle();
		part(0, 0, MU_LEAVE_NOW);
		pass(50);
		settle();
	}
	assert_in_range(scene->n_log, 15, 20);
}

static void who_has_nobody_and_said_so_long_ago_writes_nothing(void **state)
{
	join(0, 0, "ann", MU_DEVICE_WEB);
	settle();
	part(0, 0, MU_LEAVE_NOW);
	settle();
	pass(HEARD_MS + 1);
	reach(false);
	pass_and_settle(2000);
	assert_int_equal(scene->n_log, 0);
	reach(true);
	settle();
	reach(false); /* what was said last may be lost */
	pass_and_settle(2000);
	assert_int_equal(rows_of("here.all"), 1);
}

static void not_all_write_at_the_same_moment(void **state)
{
	join(0, 0, "ann", MU_DEVICE_WEB);
	settle();
	scene->chance = SPREAD_MS - 1;
	reach(false);
	pass(AWAY_MS);
	end_turns();
	assert_int_equal(scene->nodes[0].n_batch, 0);
	pass(SPREAD_MS);
	end_turns();
	assert_int_equal(scene->nodes[0].n_batch, 1);
}

static void lose_ann(void)
{
	scene->nodes[1].full = true;
	join(1, 0, "ann", MU_DEVICE_WEB);
	settle();
	scene->nodes[1].full = false;
	reach(false);
}

static void what_was_lost_with_the_bus_is_said_again(void **state)
{
	lose_ann();
	pass_and_settle(500);
	assert_shown("ann", "available");
	assert_int_equal(rows_of("here.ask"), 0);
}

/* All nodes notice at once, and one of them is first. */
static void who_comes_too_late_says_all_the_same(void **state)
{
	join(0, 0, "bob", MU_DEVICE_WEB);
	lose_ann();
	pass(500);
	end_turns();
	commit(0);
	commit(1);
	assert_int_equal(rows_of("here.all"), 1);
	pass_and_settle(500);
	assert_int_equal(rows_of("here.all"), 2);
	assert_shown("ann", "available");
	assert_shown("bob", "available");
}

/* It knows nobody, so nobody is behind. */
static void a_question_that_was_lost_is_asked_again(void **state)
{
	join(0, 0, "ann", MU_DEVICE_WEB);
	settle();
	reach(false);
	pass_and_settle(1000);
	kill_node(2);
	start_node(2);
	pass(500);
	join(0, 1, "bob", MU_DEVICE_WEB);
	end_turns();
	commit(0);
	scene->nodes[2].read = 0; /* as if it hadn't */
	commit(2);
	assert_int_equal(rows_of("here.ask"), 0);
	pass_and_settle(1500);
	assert_shown("ann", "available");
}

static void what_was_lost_of_much_is_asked_for(void **state)
{
	scene->nodes[1].room.n_sessions = 1000;
	lose_ann();
	pass_and_settle(500);
	assert_int_equal(rows_of("here.all"), 0);
	pass_and_settle(1500);
	assert_shown("ann", "available");
}

static void what_another_was_faster_than_is_written_again(void **state)
{
	join(1, 0, "bob", MU_DEVICE_WEB);
	settle();
	reach(false);
	pass_and_settle(2000);
	const size_t wholes = rows_of("here.all");
	join(0, 0, "ann", MU_DEVICE_WEB);
	part(1, 0, MU_LEAVE_NOW);
	end_turns();
	commit(0);
	commit(1);
	assert_int_equal(scene->nodes[1].n_batch, 0);
	pass_and_settle(500);
	assert_shown("ann", "available");
	assert_shown("bob", "offline");
	assert_int_equal(rows_of("here.all"), wholes);
}

static void more_than_a_row_holds_is_asked_for(void **state)
{
	struct session *session = join(0, 0, "ann", MU_DEVICE_WEB);

	settle();
	reach(false);
	pass_and_settle(1000);
	const size_t wholes = rows_of("here.all");
	for (int i = 0; i < 2000; i++)
		share_renew(session);
	join(0, 1, "bob", MU_DEVICE_WEB);
	pass_and_settle(2000);
	assert_shown("bob", "available");
	assert_int_equal(rows_of("here.all"), wholes + 1);
}

static void view_many(struct session *session, int64_t n)
{
	struct mu_fault fault = { 0 };
	char id[MU_ID_MAX + 1];

	for (int64_t i = 0; i < n; i++) {
		snprintf(id, sizeof(id), "%0*lld", MU_ID_MAX, (long long)i);
		assert_int_equal(viewers_view(session, id, true, &fault), MU_OK);
		assert_int_equal(viewers_type(session, id, true, &fault), MU_OK);
	}
}

/* What others couldn't read of a row they would never learn: here one more session goes into a part that is
 * nearly full. */
static void all_that_a_session_may_view_fits_into_a_row(void **state)
{
	const int64_t most = mu_config_find("viewing_max")->max;
	struct node *node = &scene->nodes[0];
	AUTO_ARENA struct mu_arena arena = { 0 };
	AUTO_BUF struct mu_buf row = { 0 };
	struct mu_said said;

	node->config.viewing_max = most;
	for (size_t n = 0; n < 4; n++)
		view_many(join(0, n, "ann", MU_DEVICE_WEB), most - 20);
	view_many(join(0, 4, "ann", MU_DEVICE_WEB), most);
	settle();
	reach(false);
	pass(AWAY_MS);
	share_flush(&node->room);
	assert_int_equal(node->n_batch, 2);
	assert_true(strlen(node->batch[0].text) > SAY_BYTES + 32768);
	mu_codec_write(mu_said_type.shape, &node->batch[0], MU_FORM_LOG, &row);
	assert_int_equal(mu_codec_read_text(mu_said_type.shape, mu_buf_text(&row), row.n, &arena, &said),
			 MU_OK);
}

static void a_node_that_starts_while_the_bus_is_away_is_one_of_them(void **state)
{
	join(0, 0, "ann", MU_DEVICE_WEB);
	join(2, 0, "bob", MU_DEVICE_WEB);
	settle();
	reach(false);
	kill_node(2);
	start_node(2);
	join(2, 0, "cat", MU_DEVICE_WEB);
	pass_and_settle(2000);
	assert_shown("ann", "available");
	assert_shown("cat", "available");
	pass_and_settle(times.linger_ms);
	assert_shown("bob", "offline");
	reach(true);
	settle();
	assert_shown("ann", "available");
	assert_shown("cat", "available");
	assert_int_equal(sessions_of(person_at(0, "cat")), 1);
}

/* The bus never knew it, so nobody will say that it is gone. */
static void who_is_known_by_the_log_alone_isnt_shown_for_ever(void **state)
{
	share_drop_node(&scene->nodes[0].hub, "c", MU_LEAVE_NOW);
	share_drop_node(&scene->nodes[1].hub, "c", MU_LEAVE_NOW);
	reach(false);
	kill_node(2);
	start_node(2);
	join(2, 0, "ann", MU_DEVICE_WEB);
	pass_and_settle(2000);
	assert_shown("ann", "available");
	kill_node(2);
	start_node(2); /* for the scene: the others don't hear it */
	for (size_t i = 0; i < 2; i++) {
		scene->nodes[i].reaches = true;
		share_reach(&scene->nodes[i].room, true);
	}
	assert_string_equal(person_at(0, "ann")->shown.status, "available");
	pass(times.linger_ms);
	assert_shown("ann", "offline");
}

/* Its last words are read when the bus has said already that it is gone. */
static void what_is_read_late_brings_nobody_back(void **state)
{
	reach(false);
	pass_and_settle(1000);
	join(2, 0, "ann", MU_DEVICE_WEB);
	scene->nodes[2].room.share->asked = true;
	end_turns();
	commit(2);
	assert_int_equal(rows_of("here.all"), 1);
	reach(true);
	for (size_t i = 0; i < 2; i++) {
		share_drop_node(&scene->nodes[i].hub, "c", MU_LEAVE_NOW);
		while (scene->wires[i].n)
			free(take(&scene->wires[i]).json);
		follow(i);
		assert_string_equal(person_at(i, "ann")->shown.status, "offline");
		assert_int_equal(HASH_COUNT(scene->nodes[i].room.share->mirrors), 1);
	}
}

static void who_has_nobody_to_tell_writes_nothing(void **state)
{
	scene->alone = true;
	share_drop_node(&scene->nodes[0].hub, "b", MU_LEAVE_NOW);
	share_drop_node(&scene->nodes[0].hub, "c", MU_LEAVE_NOW);
	scene->nodes[0].reaches = false;
	share_reach(&scene->nodes[0].room, false);
	join(0, 0, "ann", MU_DEVICE_WEB);
	pass_and_settle(2000);
	assert_int_equal(scene->n_log, 0);
	kill_node(1); /* and is there again, which the bus can't say */
	scene->away = true;
	start_node(1);
	pass_and_settle(2000);
	assert_string_equal(person_at(1, "ann")->shown.status, "available");
}

/* What the store refuses makes the workspace be read anew, and would be tried again after that. */
static void who_is_shut_out_of_the_log_writes_nothing_until_it_has_a_seat(void **state)
{
	struct mu_hub *hub = &scene->nodes[0].hub;

	join(0, 0, "ann", MU_DEVICE_WEB);
	settle();
	reach(false);
	pass_and_settle(1000);
	const size_t written = scene->n_log;
	hub->cluster = NULL; /* the scene's has no seat to lose */
	cluster_given_up(hub);
	hub->cluster = (struct cluster *)&scene->nodes[0];
	part(0, 0, MU_LEAVE_NOW);
	pass_and_settle(2000);
	assert_int_equal(scene->n_log, written);
	hub->fenced = false;
	share_reach(&scene->nodes[0].room, false);
	pass_and_settle(1000);
	assert_shown("ann", "offline");
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
		CASE(who_comes_and_goes_is_seen_through_the_log),
		CASE(a_node_writes_a_row_now_and_then),
		CASE(who_has_nobody_and_said_so_long_ago_writes_nothing),
		CASE(not_all_write_at_the_same_moment),
		CASE(what_was_lost_with_the_bus_is_said_again),
		CASE(who_comes_too_late_says_all_the_same),
		CASE(a_question_that_was_lost_is_asked_again),
		CASE(what_was_lost_of_much_is_asked_for),
		CASE(what_another_was_faster_than_is_written_again),
		CASE(more_than_a_row_holds_is_asked_for),
		CASE(all_that_a_session_may_view_fits_into_a_row),
		CASE(a_node_that_starts_while_the_bus_is_away_is_one_of_them),
		CASE(who_is_known_by_the_log_alone_isnt_shown_for_ever),
		CASE(what_is_read_late_brings_nobody_back),
		CASE(who_has_nobody_to_tell_writes_nothing),
		CASE(who_is_shut_out_of_the_log_writes_nothing_until_it_has_a_seat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
