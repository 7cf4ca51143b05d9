/* What the log is told of people whom it knows otherwise. */
#include "model/world.h"

#define commit_system_at fake_commit
#define pen_take fake_pen
#define dispatch_rests fake_rests
/* The file under test, alone. */
#include "presence_note.c"

static struct mu_presence_changed noted;
static unsigned n_notes;

void fake_commit(struct room *room, const struct mu_event_type *type, const void *data, const char *actor,
		 const char *origin)
{
	assert_ptr_equal(type, &mu_presence_changed_type);
	noted = *(const struct mu_presence_changed *)data;
	n_notes++;
}

bool fake_pen(struct room *room)
{
	return true;
}

bool fake_rests(const struct room *room)
{
	return false;
}

/* Another node noted Ann as away; here nobody ever saw her. */
static void who_was_never_here_is_gone_since_it_was_noticed(void **state)
{
	static const struct mu_presence_times times = { .linger_ms = 2000 };
	static const struct mu_chosen available = { .status = "available",
						    .base = MU_AVAILABLE,
						    .accepting = true };
	const struct mu_presence_changed away = { .user = (char *)"ann",
						  .from = (char *)"offline",
						  .to = (char *)"away",
						  .base = (char *)"away",
						  .since = NOW_MS };
	struct world *world = *state;
	struct member member = { 0 };
	struct mu_hub hub = { .now = { .mono_ms = 1000, .wall_ms = NOW_MS + 7000 } };
	struct room room = { .hub = &hub, .ws = world->ws, .state = ROOM_READY };

	world_emit(world, &mu_presence_changed_type, &away);
	room.presence = mu_presence_create(&times, hub.now);
	assert_int_equal(mu_presence_add(room.presence, "ann", &available, NOW_MS, hub.now, &member.person),
			 MU_OK);
	member.person->owner = &member;
	note_check(&room, member.person, true);
	notes_flush(&room);
	assert_int_equal(n_notes, 1);
	assert_string_equal(noted.to, "offline");
	assert_int_equal(noted.since, NOW_MS + 7000);
	hub_clean(&room);
	mu_presence_destroy(room.presence);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(who_was_never_here_is_gone_since_it_was_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
