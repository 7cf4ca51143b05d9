/* Random histories: a snapshot of any state gives that state again (I6), and what the headers promise of
 * every state holds. */
#include "world.h"

#include "muster/model/permission.h"

struct history {
	struct world *world;
	struct random random;
	unsigned made; /* people, teams, roles, keys: their ids count on */
};

static const char *pick_user(struct history *h)
{
	const struct mu_user *user = h->world->ws->users;

	for (uint64_t n = random_below(&h->random, HASH_COUNT(h->world->ws->users)); n; n--)
		user = user->hh.next;
	return user->id;
}

static const struct mu_team *pick_team(struct history *h)
{
	const struct mu_team *team = h->world->ws->teams;

	for (uint64_t n = team ? random_below(&h->random, HASH_COUNT(h->world->ws->teams)) : 0; n; n--)
		team = team->hh.next;
	return team;
}

static struct mu_strs pick_roles(struct history *h)
{
	struct mu_strs roles = { 0 };
	const struct mu_role *role = h->world->ws->roles;

	for (; role; role = role->hh.next)
		if (random_below(&h->random, 3) == 0)
			assert_int_equal(mu_strs_add(&h->world->arena, &roles, role->id), MU_OK);
	return roles;
}

/* A text, or none. */
static char *pick_text(struct history *h)
{
	return random_below(&h->random, 3)
		       ? mu_arena_printf(&h->world->arena, "text %" PRIu64, random_below(&h->random, 1000))
		       : NULL;
}

static char *fresh_id(struct history *h, const char *prefix)
{
	return mu_arena_printf(&h->world->arena, "%s%u", prefix, ++h->made);
}

static struct mu_schedule_spec *pick_schedule(struct history *h)
{
	struct mu_arena *arena = &h->world->arena;
	struct mu_schedule_spec *spec = mu_arena_alloc(arena, sizeof(*spec));
	struct mu_opening *open = mu_arena_alloc(arena, 3 * sizeof(*open));

	if (random_below(&h->random, 3) == 0)
		return NULL;
	spec->zone = (char *)"Europe/Berlin";
	spec->open = (struct mu_records){ .v = open, .n = random_below(&h->random, 3) };
	for (size_t i = 0; i < spec->open.n; i++)
		open[i] = (struct mu_opening){ .day = (int64_t)(1 + i),
					       .from = (char *)"09:00",
					       .to = (char *)"17:30" };
	if (random_below(&h->random, 2))
		assert_int_equal(mu_strs_add(arena, &spec->closed, "2026-12-25"), MU_OK);
	return spec;
}

static void add_user(struct history *h)
{
	char *id = fresh_id(h, "u");
	const struct mu_user_data data = { .given = UINT64_MAX,
					   .user = id,
					   .name = id,
					   .email = mu_arena_printf(&h->world->arena, "%s@Acme.Test", id),
					   .phone = pick_text(h),
					   .roles = pick_roles(h),
					   .capacity = (int64_t)random_below(&h->random, 9) };

	world_emit(h->world, &mu_user_created, &data);
}

static void change_user(struct history *h)
{
	const struct mu_user_data data = { .given = random_next(&h->random) &
						    (1 << MU_USER_PHONE | 1 << MU_USER_CAPACITY),
					   .user = (char *)pick_user(h),
					   .phone = pick_text(h),
					   .capacity = (int64_t)random_below(&h->random, 9) };

	world_emit(h->world, &mu_user_updated, &data);
}

static void set_password(struct history *h)
{
	const struct mu_password_set data = { .user = (char *)pick_user(h),
					      .hash = fresh_id(h, "hash"),
					      .sign_out = random_below(&h->random, 2) };

	world_emit(h->world, &mu_user_password_set, &data);
}

static void assign_roles(struct history *h)
{
	const struct mu_role_assigned data = { .user = (char *)pick_user(h), .roles = pick_roles(h) };

	world_emit(h->world, &mu_role_assigned_type, &data);
}

static void add_role(struct history *h)
{
	char *id = fresh_id(h, "role");
	const struct mu_role_data data = { .id = id,
					   .name = id,
					   .description = pick_text(h),
					   .permissions = words(h->world,
								"presence.self audit.view crm.deals:all") };

	world_emit(h->world, &mu_role_created, &data);
}

static struct mu_role *pick_role(struct history *h)
{
	struct mu_role *role = h->world->ws->roles;

	for (uint64_t n = random_below(&h->random, HASH_COUNT(h->world->ws->roles)); n; n--)
		role = role->hh.next;
	return role;
}

static void change_role(struct history *h)
{
	const struct mu_role *role = pick_role(h);
	const struct mu_role_data data = { .id = role->id,
					   .name = role->name,
					   .description = pick_text(h),
					   .permissions = words(h->world, random_below(&h->random, 2)
										  ? "roles.manage shop.read"
										  : "shop.write") };

	world_emit(h->world, &mu_role_updated, &data);
}

static void delete_role(struct history *h)
{
	const struct mu_role *role = pick_role(h);
	const struct mu_id_data data = { .id = role->id };

	for (const struct mu_user *user = h->world->ws->users; user; user = user->hh.next)
		if (mu_strs_has(&user->roles, role->id))
			return;
	for (const struct mu_invite *invite = h->world->ws->invites; invite; invite = invite->hh.next)
		if (mu_invite_gives(invite, role->id))
			return;
	if (strcmp(role->id, MU_ROLE_OWNER) != 0)
		world_emit(h->world, &mu_role_deleted, &data);
}

static void toggle_permission(struct history *h)
{
	static const char *const keys[] = { "shop.write", "shop.read", "deals.read", "deals.delete" };
	const char *key = keys[random_below(&h->random, MU_COUNT(keys))];
	const struct mu_permission_data data = { .key = (char *)key,
						 .help = pick_text(h),
						 .api_key =
							 h->world->ws->keys ? h->world->ws->keys->id : NULL };
	const bool there = mu_permission_find(h->world->ws, key) != MU_PERM_NONE;

	world_emit(h->world, there ? &mu_permission_removed : &mu_permission_registered, &data);
}

static void add_team(struct history *h)
{
	char *id = fresh_id(h, "team");
	const struct mu_team_data data = { .given = UINT64_MAX,
					   .id = id,
					   .name = id,
					   .lead = random_below(&h->random, 2) ? (char *)pick_user(h) : NULL,
					   .schedule = pick_schedule(h) };

	world_emit(h->world, &mu_team_created, &data);
}

static void change_team(struct history *h)
{
	const struct mu_team *team = pick_team(h);
	const struct mu_team_data data = { .given = random_next(&h->random) &
						    (1 << MU_TEAM_LEAD | 1 << MU_TEAM_SCHEDULE),
					   .id = team ? team->id : NULL,
					   .lead = random_below(&h->random, 2) ? (char *)pick_user(h) : NULL,
					   .schedule = pick_schedule(h) };

	if (team)
		world_emit(h->world, &mu_team_updated, &data);
}

static void delete_team(struct history *h)
{
	const struct mu_team *team = pick_team(h);
	const struct mu_id_data data = { .id = team ? mu_arena_strdup(&h->world->arena, team->id) : NULL };

	if (team && random_below(&h->random, 3) == 0)
		world_emit(h->world, &mu_team_deleted, &data);
}

static void move_member(struct history *h)
{
	const struct mu_team *team = pick_team(h);
	const struct mu_team_member data = { .user = (char *)pick_user(h), .team = team ? team->id : NULL };

	if (team)
		world_emit(h->world,
			   random_below(&h->random, 3) ? &mu_team_member_added : &mu_team_member_removed,
			   &data);
}

static void add_key(struct history *h)
{
	const struct mu_key_data data = { .id = fresh_id(h, "key"),
					  .alg = (int)random_below(&h->random, 3),
					  .secret = pick_text(h),
					  .public_key = pick_text(h),
					  .scopes = words(h->world, "users.view events.publish") };

	world_emit(h->world, &mu_key_created, &data);
}

static void revoke_key(struct history *h)
{
	const struct mu_key *key = h->world->ws->keys;
	const struct mu_id_data data = { .id = key ? mu_arena_strdup(&h->world->arena, key->id) : NULL };

	if (key)
		world_emit(h->world, &mu_key_revoked, &data);
}

static void revoke_sessions(struct history *h)
{
	const bool all = random_below(&h->random, 2);
	const struct mu_session_revoked data = {
		.user = (char *)pick_user(h),
		.token = all ? NULL : fresh_id(h, "token"),
		.expires_at = h->world->now_ms + (int64_t)random_below(&h->random, 200) - 100 -
			      (random_below(&h->random, 2) ? MU_TOKEN_LEEWAY_MS : 0),
		.before = all ? h->world->now_ms : 0
	};

	world_emit(h->world, &mu_session_revoked_type, &data);
}

static const struct mu_invite *pick_invite(struct history *h)
{
	const struct mu_invite *invite = h->world->ws->invites;

	for (uint64_t n = invite ? random_below(&h->random, HASH_COUNT(h->world->ws->invites)) : 0; n; n--)
		invite = invite->hh.next;
	return invite;
}

static void invite_somebody(struct history *h)
{
	char *id = fresh_id(h, "i");
	const struct mu_invite_data data = { .id = id,
					     .email = mu_arena_printf(&h->world->arena, "%s@Acme.Test", id),
					     .name = pick_text(h),
					     .roles = pick_roles(h),
					     .teams = words(h->world, "sales support"),
					     .invited_by = (char *)pick_user(h),
					     .digest = fresh_id(h, "digest"),
					     .expires_at = h->world->now_ms + 1000 };

	/* Now and then a month passes, and what has ended is forgotten. */
	if (random_below(&h->random, 20) == 0)
		h->world->now_ms += INT64_C(31) * 86400000;
	world_emit(h->world, &mu_invite_created, &data);
}

static void change_invite(struct history *h)
{
	static const struct mu_event_type *const ends[] = { &mu_invite_revoked, &mu_invite_expired };
	const struct mu_invite *invite = pick_invite(h);
	char *id = invite ? mu_arena_strdup(&h->world->arena, invite->id) : NULL;
	const struct mu_id_data ended = { .id = id };
	const struct mu_invite_accepted accepted = { .id = id, .user = (char *)pick_user(h) };
	const struct mu_invite_updated updated = { .id = id, .roles = pick_roles(h) };
	const struct mu_invite_resent resent = { .id = id,
						 .invited_by_key = fresh_id(h, "key"),
						 .digest = fresh_id(h, "digest"),
						 .expires_at = h->world->now_ms + 2000 };

	if (!invite || invite->state == MU_INVITE_ACCEPTED)
		return;
	if (random_below(&h->random, 2))
		world_emit(h->world, ends[random_below(&h->random, 2)], &ended);
	else if (random_below(&h->random, 2))
		world_emit(h->world, &mu_invite_resent_type, &resent);
	else if (random_below(&h->random, 2))
		world_emit(h->world, &mu_invite_updated_type, &updated);
	else
		world_emit(h->world, &mu_invite_accepted_type, &accepted);
}

static void choose(struct history *h)
{
	const struct mu_presence_chosen data = {
		.user = (char *)pick_user(h),
		.status = (char *)mu_base_status_names[random_below(&h->random, 4)],
		.note = pick_text(h),
		.until = random_below(&h->random, 2) ? h->world->now_ms + 1000 : 0,
		.cause = (int)random_below(&h->random, 7)
	};

	world_emit(h->world, &mu_presence_chosen_type, &data);
}

static void be_shown(struct history *h)
{
	const struct mu_presence_changed data = {
		.user = (char *)pick_user(h),
		.from = (char *)"offline",
		.to = (char *)mu_base_status_names[random_below(&h->random, 4)],
		.since = h->world->now_ms
	};

	world_emit(h->world, &mu_presence_changed_type, &data);
}

static void change_settings(struct history *h)
{
	struct mu_status_record custom[2] = { { (char *)"lunch", (char *)"Lunch", MU_AWAY, false },
					      { (char *)"focus", (char *)"Focus", MU_BUSY, true } };
	const struct mu_workspace_data data = { .given = random_next(&h->random) &
							 (1 << MU_WS_IDLE | 1 << MU_WS_STATUSES |
							  1 << MU_WS_SCHEDULE),
						.idle_after_ms = (int64_t)random_below(&h->random, 3) * 60000,
						.statuses = { custom, random_below(&h->random, 3) },
						.schedule = pick_schedule(h) };

	world_emit(h->world, &mu_workspace_updated, &data);
}

static void end_user(struct history *h)
{
	const struct mu_user_ref data = { .user = mu_arena_strdup(&h->world->arena, pick_user(h)) };
	const bool active = mu_workspace_user(h->world->ws, data.user)->active;

	if (!strcmp(data.user, h->world->ws->owner))
		return;
	world_emit(h->world,
		   random_below(&h->random, 2) == 0 ? &mu_user_removed
		   : active                         ? &mu_user_deactivated
						    : &mu_user_reactivated,
		   &data);
}

static void hand_over(struct history *h)
{
	const struct mu_owner_transferred data = { .from = h->world->ws->owner, .to = (char *)pick_user(h) };

	if (strcmp(data.from, data.to) != 0 && mu_workspace_user(h->world->ws, data.to)->active &&
	    mu_workspace_role(h->world->ws, "admin"))
		world_emit(h->world, &mu_owner_transferred_type, &data);
}

static void set_seats(struct history *h)
{
	const struct mu_seats_changed data = { .used = h->world->ws->n_active,
					       .limit = (int64_t)random_below(&h->random, 3) * 1000,
					       .plan = pick_text(h) };

	world_emit(h->world, &mu_seats_changed_type, &data);
}

static void offer_second_factor(struct history *h)
{
	const struct mu_second_factor_pending data = { .user = (char *)pick_user(h),
						       .secret = fresh_id(h, "S") };

	world_emit(h->world, &mu_second_factor_pending_type, &data);
}

static void enroll_second_factor(struct history *h)
{
	const struct mu_second_factor_enrolled data = { .user = (char *)pick_user(h),
							.secret = fresh_id(h, "S"),
							.step = (int64_t)random_below(&h->random, 9),
							.recovery = words(h->world, "c1 c2 c3") };

	world_emit(h->world, &mu_second_factor_enrolled_type, &data);
}

static void use_second_factor(struct history *h)
{
	const struct mu_user *user = mu_workspace_user(h->world->ws, pick_user(h));
	const struct mu_strs *codes = &user->factor.recovery;
	const struct mu_second_factor_used used = { .user = user->id, .step = user->factor.last_step + 1 };
	const struct mu_recovery_used recovery = {
		.user = user->id, .digest = codes->n ? mu_arena_strdup(&h->world->arena, codes->v[0]) : NULL
	};

	if (user->factor.secret)
		world_emit(h->world, &mu_second_factor_used_type, &used);
	if (recovery.digest && random_below(&h->random, 2))
		world_emit(h->world, &mu_recovery_used_type, &recovery);
}

static void end_second_factor(struct history *h)
{
	const struct mu_second_factor_ended data = { .user = (char *)pick_user(h) };

	world_emit(h->world,
		   random_below(&h->random, 2) ? &mu_second_factor_disabled : &mu_second_factor_reset, &data);
}

static void change_security(struct history *h)
{
	const struct mu_security_data data = { .given = random_next(&h->random),
					       .require_2fa = random_below(&h->random, 2) };

	world_emit(h->world, &mu_security_updated, &data);
}

static void start_view(struct history *h)
{
	const struct mu_role *role = random_below(&h->random, 2) ? h->world->ws->roles : NULL;
	const struct mu_view_as_started data = { .view = fresh_id(h, "view"),
						 .by = (char *)pick_user(h),
						 .user = role ? NULL : (char *)pick_user(h),
						 .role = role ? role->id : NULL,
						 .expires_at = h->world->now_ms + 1000,
						 .token = pick_text(h),
						 .kid = fresh_id(h, "key"),
						 .issued_at = h->world->now_ms,
						 .by_password = random_below(&h->random, 2) };

	world_emit(h->world, &mu_view_as_started_type, &data);
}

static void stop_view(struct history *h)
{
	const struct mu_viewing *viewing = h->world->ws->viewings;
	const struct mu_view_as_stopped data = {
		.view = viewing ? mu_arena_strdup(&h->world->arena, viewing->id) : NULL
	};

	if (viewing)
		world_emit(h->world, &mu_view_as_stopped_type, &data);
}

static void (*const steps[])(struct history *) = {
	add_user,
	add_user,
	change_user,
	set_password,
	assign_roles,
	add_role,
	change_role,
	delete_role,
	toggle_permission,
	add_team,
	change_team,
	delete_team,
	move_member,
	move_member,
	add_key,
	revoke_key,
	revoke_sessions,
	choose,
	be_shown,
	change_settings,
	set_seats,
	end_user,
	hand_over,
	offer_second_factor,
	enroll_second_factor,
	use_second_factor,
	end_second_factor,
	change_security,
	start_view,
	stop_view,
	invite_somebody,
	change_invite,
};

/* What the headers promise of every state. */
static void check_invariants(struct history *h)
{
	const struct mu_workspace *ws = h->world->ws;
	int64_t n_active = 0;

	for (const struct mu_team *team = ws->teams; team; team = team->hh.next)
		for (size_t i = 0; i < team->members.n; i++) {
			const struct mu_user *user = mu_workspace_user(ws, team->members.v[i]);
			CHECK_RANDOM(&h->random, user && mu_strs_has(&user->teams, team->id));
			CHECK_RANDOM(&h->random,
				     !i || strcmp(team->members.v[i - 1], team->members.v[i]) < 0);
		}
	for (const struct mu_user *user = ws->users; user; user = user->hh.next) {
		struct mu_perms perms = { 0 };
		n_active += user->active;
		for (size_t i = 0; i < user->teams.n; i++) {
			const struct mu_team *team = mu_workspace_team(ws, user->teams.v[i]);
			CHECK_RANDOM(&h->random, team && mu_strs_has(&team->members, user->id));
			CHECK_RANDOM(&h->random, !i || strcmp(user->teams.v[i - 1], user->teams.v[i]) < 0);
		}
		for (size_t i = 0; i < user->roles.n; i++)
			mu_perms_union(&perms, &mu_workspace_role(ws, user->roles.v[i])->perms);
		CHECK_RANDOM(&h->random, mu_perms_equal(&perms, &user->perms));
		CHECK_RANDOM(&h->random, mu_workspace_user_by_email(ws, user->email) == user);
	}
	CHECK_RANDOM(&h->random, ws->n_active == n_active);
}

/* What no event of a dump says, because it follows from the others. */
static void check_same_people(struct history *h, const struct mu_workspace *copy)
{
	for (const struct mu_user *user = h->world->ws->users; user; user = user->hh.next) {
		const struct mu_user *other = mu_workspace_user(copy, user->id);
		CHECK_RANDOM(&h->random,
			     !strcmp(spell(h->world, &user->teams), spell(h->world, &other->teams)));
		CHECK_RANDOM(&h->random, mu_perms_equal(&user->perms, &other->perms));
		CHECK_RANDOM(&h->random, user->created_at_ms == other->created_at_ms);
		CHECK_RANDOM(&h->random, user->choice.at_ms == other->choice.at_ms);
		CHECK_RANDOM(&h->random, user->shown_since_ms == other->shown_since_ms);
		CHECK_RANDOM(&h->random, user->active == other->active);
	}
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static void a_snapshot_of_any_state_gives_that_state(void **state)
{
	struct history h = { .world = *state, .random = random_start() };
	size_t people = 0, revocations = 0, gone = 0; /* at most: a history without them would show little */

	for (int round = 0; round < 60; round++) {
		for (int i = 0; i < 10; i++)
			steps[random_below(&h.random, MU_COUNT(steps))](&h);
		check_invariants(&h);
		struct mu_workspace *copy = world_copy(h.world->ws);
		AUTO_FREE char *text = world_text(h.world->ws), *again = world_text(copy);
		CHECK_RANDOM(&h.random, !strcmp(text, again));
		check_same_people(&h, copy);
		mu_workspace_destroy(copy);
		people = larger(people, HASH_COUNT(h.world->ws->users));
		revocations = larger(revocations, HASH_COUNT(h.world->ws->revocations));
		gone = larger(gone, HASH_COUNT(h.world->ws->tombstones));
	}
	CHECK_RANDOM(&h.random, people > 8);
	CHECK_RANDOM(&h.random, revocations > 0);
	CHECK_RANDOM(&h.random, gone > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_snapshot_of_any_state_gives_that_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
