/* Sessions of which nodes tell each other through the log while the bus is away. */
#include "share_scene.h"

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
