/* Invitations (A3): what may be asked for, whose rights count when, and what becomes of one. */
#include "world.h"

#include "muster/model/invite.h"
#include "muster/model/seat.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)

static const struct mu_perms *perms_of(struct world *world, const char *user)
{
	return user ? &mu_workspace_user(world->ws, user)->perms : NULL;
}

static struct mu_invite_data invitation(struct world *world, const char *id, const char *by,
					const char *roles)
{
	return (struct mu_invite_data){ .id = (char *)id,
					.email = mu_arena_printf(&world->arena, "%s@Acme.test", id),
					.roles = words(world, roles),
					.teams = words(world, "support"),
					.invited_by = (char *)by,
					.digest = (char *)"digest",
					.expires_at = world->now_ms + HOUR_MS };
}

static struct mu_invite *invite(struct world *world, const char *id, const char *by, const char *roles)
{
	const struct mu_invite_data data = invitation(world, id, by, roles);

	world_emit(world, &mu_invite_created, &data);
	return mu_workspace_invite(world->ws, id);
}

static enum mu_err open_at(struct world *world, const char *id, int64_t now_ms)
{
	struct mu_fault fault = { 0 };
	enum mu_err err = mu_rule_invite_open(world->ws, mu_workspace_invite(world->ws, id), now_ms, &fault);

	assert_int_equal(fault.err, err);
	if (err)
		assert_true(*fault.message);
	return err;
}

static enum mu_err is_open(struct world *world, const char *id)
{
	return open_at(world, id, world->now_ms);
}

static void assign(struct world *world, const char *user, const char *roles)
{
	const struct mu_role_assigned data = { .user = (char *)user, .roles = words(world, roles) };

	world_emit(world, &mu_role_assigned_type, &data);
}

static void invitations_are_checked_like_users(void **state)
{
	struct world *world = *state;
	static const struct {
		const char *granter, *email, *roles, *teams;
		enum mu_err err;
		const char *field;
	} rows[] = {
		{ "adm", "eve@acme.test", "agent", "", MU_OK, "" },
		{ NULL, "eve@acme.test", "admin", "support", MU_OK, "" },
		{ "adm", "eve@acme.test", "owner", "", MU_FORBIDDEN, "" },
		{ "sue", "eve@acme.test", "admin", "", MU_FORBIDDEN, "" },
		{ "adm", "eve@acme.test", "king", "", MU_INVALID_PARAMS, "roles.0" },
		{ "adm", "eve@acme.test", "", "", MU_INVALID_PARAMS, "roles" },
		{ "adm", "eve@acme.test", "agent", "nowhere", MU_INVALID_PARAMS, "teams.0" },
		{ "adm", "eve", "agent", "", MU_INVALID_PARAMS, "email" },
		{ "adm", "eve@acme.test\r\nBcc: x@y.test", "agent", "", MU_INVALID_PARAMS, "email" },
		{ "adm", "ANN@acme.test", "agent", "", MU_CONFLICT, "email" },
		{ "adm", "PAUL@acme.test", "agent", "", MU_CONFLICT, "email" }, /* is invited */
	};

	invite(world, "paul", "adm", "agent");
	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		struct mu_fault fault = { 0 };
		const struct mu_invite_data data = { .email = (char *)rows[i].email,
						     .roles = words(world, rows[i].roles),
						     .teams = words(world, rows[i].teams) };
		assert_int_equal(mu_rule_invite_create(world->ws, perms_of(world, rows[i].granter), &data,
						       world->now_ms, &fault),
				 rows[i].err);
		if (*rows[i].field)
			assert_string_equal(fault.fields[0].name, rows[i].field);
	}
}

static void who_ended_may_be_invited_anew(void **state)
{
	struct world *world = *state;
	struct mu_fault fault = { 0 };
	const struct mu_id_data id = { .id = (char *)"paul" };
	const struct mu_invite *paul = invite(world, "paul", "adm", "agent");
	const struct mu_invite_data data = { .email = (char *)"paul@acme.test",
					     .roles = words(world, "agent") };
	const struct mu_perms *adm = perms_of(world, "adm");

	assert_int_equal(mu_rule_invite_create(world->ws, adm, &data, paul->expires_at_ms - 1, &fault),
			 MU_CONFLICT);
	assert_int_equal(mu_rule_invite_create(world->ws, adm, &data, paul->expires_at_ms, NULL), MU_OK);
	world_emit(world, &mu_invite_revoked, &id);
	assert_int_equal(mu_rule_invite_create(world->ws, adm, &data, world->now_ms, NULL), MU_OK);
}

static void time_runs_out_by_itself(void **state)
{
	struct world *world = *state;
	const struct mu_invite *paul = invite(world, "paul", "adm", "agent");
	const struct mu_id_data id = { .id = (char *)"paul" };

	assert_int_equal(open_at(world, "paul", paul->expires_at_ms - 1), MU_OK);
	assert_int_equal(open_at(world, "paul", paul->expires_at_ms), MU_GONE);
	assert_int_equal(mu_invite_state(paul, paul->expires_at_ms), MU_INVITE_EXPIRED);
	assert_int_equal(paul->state, MU_INVITE_PENDING);
	world_emit(world, &mu_invite_expired, &id);
	assert_int_equal(paul->state, MU_INVITE_EXPIRED);
	assert_int_equal(open_at(world, "paul", NOW_MS),
			 MU_GONE); /* a clock that was set back opens nothing */
}

static void one_that_ended_stays_ended(void **state)
{
	struct world *world = *state;
	const struct mu_invite_accepted accepted = { .id = (char *)"paul", .user = (char *)"u-9" };
	const struct mu_id_data mary = { .id = (char *)"mary" };
	const struct mu_invite *paul = invite(world, "paul", "adm", "agent");
	const struct mu_perms *adm = perms_of(world, "adm");

	invite(world, "mary", "adm", "agent");
	world_emit(world, &mu_invite_accepted_type, &accepted);
	world_emit(world, &mu_invite_revoked, &mary);
	assert_string_equal(paul->user, "u-9");
	assert_int_equal(is_open(world, "paul"), MU_GONE);
	assert_int_equal(is_open(world, "mary"), MU_GONE);
	for (const struct mu_invite *each = world->ws->invites; each; each = each->hh.next)
		assert_int_equal(mu_rule_invite_resend(world->ws, adm, each, world->now_ms, NULL),
				 MU_CONFLICT);
}

static void sending_again_makes_a_new_link(void **state)
{
	struct world *world = *state;
	const struct mu_id_data id = { .id = (char *)"paul" };
	const struct mu_invite *paul = invite(world, "paul", "adm", "agent");
	const struct mu_invite_resent again = { .id = (char *)"paul",
						.invited_by = (char *)"olga",
						.digest = (char *)"another",
						.expires_at = world->now_ms + DAY_MS };

	world_emit(world, &mu_invite_expired, &id);
	assert_int_equal(mu_rule_invite_resend(world->ws, perms_of(world, "olga"), paul, world->now_ms, NULL),
			 MU_OK);
	world_emit(world, &mu_invite_resent_type, &again);
	assert_int_equal(paul->state, MU_INVITE_PENDING);
	assert_string_equal(paul->digest, "another");
	assert_string_equal(paul->invited_by, "olga");
	assert_int_equal(paul->expires_at_ms, again.expires_at);
	assert_int_equal(is_open(world, "paul"), MU_OK);
}

static void sending_again_asks_who_does(void **state)
{
	struct world *world = *state;
	const struct mu_invite *paul = invite(world, "paul", "olga", "admin");
	struct mu_fault fault = { 0 };

	assert_int_equal(
		mu_rule_invite_resend(world->ws, perms_of(world, "sue"), paul, world->now_ms, &fault),
		MU_FORBIDDEN);
	invite(world, "other", "olga", "agent");
	world_user(world, "other", "agent");
	assert_int_equal(mu_rule_invite_resend(world->ws, perms_of(world, "olga"),
					       mu_workspace_invite(world->ws, "other"), world->now_ms,
					       &fault),
			 MU_CONFLICT);
}

static void the_inviters_rights_are_those_at_acceptance(void **state)
{
	struct world *world = *state;

	world_user(world, "ben", "admin");
	invite(world, "paul", "ben", "admin");
	invite(world, "mary", "ben", "agent");
	assert_int_equal(is_open(world, "paul"), MU_OK);
	assign(world, "ben", "agent");
	assert_int_equal(is_open(world, "paul"), MU_FORBIDDEN);
	assert_int_equal(is_open(world, "mary"), MU_FORBIDDEN); /* an agent invites nobody */
	assign(world, "ben", "admin");
	assert_int_equal(is_open(world, "paul"), MU_OK);
	mu_workspace_user(world->ws, "ben")->active = false;
	assert_int_equal(is_open(world, "paul"), MU_FORBIDDEN);
	invite(world, "kate", "nobody", "agent"); /* somebody who was removed */
	assert_int_equal(is_open(world, "kate"), MU_FORBIDDEN);
	invite(world, "rob", NULL, "admin"); /* by the operator */
	assert_int_equal(is_open(world, "rob"), MU_OK);
}

static void a_key_vouches_while_it_is_there(void **state)
{
	struct world *world = *state;
	struct mu_invite_data data = invitation(world, "paul", NULL, "agent");
	const struct mu_id_data key = { .id = (char *)"k" };
	const struct mu_role_data role = { .id = (char *)"reader",
					   .name = (char *)"Reader",
					   .permissions = words(world, "users.view") };

	world_emit(world, &mu_role_created, &role);
	world_key(world, "k", "users.view users.manage");
	data.invited_by_key = (char *)"k";
	data.roles = words(world, "reader");
	world_emit(world, &mu_invite_created, &data);
	assert_int_equal(is_open(world, "paul"), MU_OK);
	world_emit(world, &mu_key_revoked, &key);
	assert_int_equal(is_open(world, "paul"), MU_FORBIDDEN);
}

static void somebody_may_have_come_another_way(void **state)
{
	struct world *world = *state;

	invite(world, "paul", "adm", "agent");
	world_user(world, "paul", "agent");
	assert_int_equal(is_open(world, "paul"), MU_CONFLICT);
}

static void teams_may_be_gone_by_then(void **state)
{
	struct world *world = *state;
	const struct mu_id_data team = { .id = (char *)"support" };

	invite(world, "paul", "adm", "agent");
	world_emit(world, &mu_team_deleted, &team);
	assert_int_equal(is_open(world, "paul"), MU_OK);
}

static void a_full_plan_takes_nobody(void **state)
{
	struct world *world = *state;
	struct mu_fault fault = { 0 };
	const struct mu_invite *paul = invite(world, "paul", "adm", "agent");
	const struct mu_seats_changed full = { .limit = world->ws->n_active };
	const struct mu_invite_data data = { .email = (char *)"eve@acme.test",
					     .roles = words(world, "agent") };

	world_emit(world, &mu_seats_changed_type, &full);
	assert_int_equal(is_open(world, "paul"), MU_SEAT_LIMIT);
	assert_int_equal(mu_rule_invite_create(world->ws, NULL, &data, world->now_ms, &fault), MU_SEAT_LIMIT);
	assert_int_equal(mu_rule_invite_resend(world->ws, NULL, paul, world->now_ms, &fault), MU_SEAT_LIMIT);
}

static void what_ended_long_ago_is_forgotten(void **state)
{
	struct world *world = *state;
	const struct mu_id_data paul = { .id = (char *)"paul" };

	invite(world, "paul", "adm", "agent");
	invite(world, "mary", "adm", "agent");
	world_emit(world, &mu_invite_revoked, &paul);
	world->now_ms += 30 * DAY_MS - 10;
	invite(world, "kate", "adm", "agent");
	assert_non_null(mu_workspace_invite(world->ws, "paul"));
	world->now_ms += 10;
	invite(world, "rob", "adm", "agent");
	assert_null(mu_workspace_invite(world->ws, "paul"));
	assert_non_null(mu_workspace_invite(world->ws, "mary")); /* pending, whatever its age */
}

static void one_that_is_not_there_does_not_change(void **state)
{
	struct world *world = *state;
	const struct mu_invite_data twice = invitation(world, "paul", "adm", "agent");
	const struct mu_invite_resent resent = { .id = (char *)"nobody", .digest = (char *)"d" };
	const struct mu_invite_accepted accepted = { .id = (char *)"nobody", .user = (char *)"u" };
	const struct mu_id_data id = { .id = (char *)"nobody" };

	world_emit(world, &mu_invite_created, &twice);
	assert_int_equal(world_try(world, &mu_invite_created, &twice), MU_CONFLICT);
	assert_int_equal(world_try(world, &mu_invite_resent_type, &resent), MU_CONFLICT);
	assert_int_equal(world_try(world, &mu_invite_accepted_type, &accepted), MU_CONFLICT);
	assert_int_equal(world_try(world, &mu_invite_revoked, &id), MU_CONFLICT);
	assert_int_equal(world_try(world, &mu_invite_expired, &id), MU_CONFLICT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(invitations_are_checked_like_users),
		CASE(who_ended_may_be_invited_anew),
		CASE(time_runs_out_by_itself),
		CASE(one_that_ended_stays_ended),
		CASE(sending_again_makes_a_new_link),
		CASE(sending_again_asks_who_does),
		CASE(the_inviters_rights_are_those_at_acceptance),
		CASE(a_key_vouches_while_it_is_there),
		CASE(somebody_may_have_come_another_way),
		CASE(teams_may_be_gone_by_then),
		CASE(a_full_plan_takes_nobody),
		CASE(what_ended_long_ago_is_forgotten),
		CASE(one_that_is_not_there_does_not_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
