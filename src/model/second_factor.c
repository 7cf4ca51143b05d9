/* Second factors: enrolling, using and ending them, and the switch that asks everybody for one.
 * Thread: hub. */
#include "muster/model/second_factor.h"
#include "concept.h"
#include "state.h"

static const struct mu_field pending_fields[] = {
	MU_FIELD(struct mu_second_factor_pending, user, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_second_factor_pending, secret, MU_STRING, MU_SECRET, .max = 64),
};
static const struct mu_shape pending_shape =
	MU_SHAPE(struct mu_second_factor_pending, "SECOND_FACTOR_PENDING", pending_fields);

static const struct mu_field enrolled_fields[] = {
	MU_FIELD(struct mu_second_factor_enrolled, user, MU_ID, MU_REQUIRED, .help = "Whose"),
	MU_FIELD(struct mu_second_factor_enrolled, secret, MU_STRING, MU_SECRET, .max = 64),
	MU_FIELD(struct mu_second_factor_enrolled, step, MU_INT, MU_SECRET),
	MU_FIELD(struct mu_second_factor_enrolled, recovery, MU_STRINGS, MU_SECRET, .max = 32),
};
static const struct mu_shape enrolled_shape =
	MU_SHAPE(struct mu_second_factor_enrolled, "SECOND_FACTOR_ENROLLED", enrolled_fields);

static const struct mu_field used_fields[] = {
	MU_FIELD(struct mu_second_factor_used, user, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_second_factor_used, step, MU_INT, 0, .help = "Codes up to this step are void"),
};
static const struct mu_shape used_shape =
	MU_SHAPE(struct mu_second_factor_used, "SECOND_FACTOR_USED", used_fields);

static const struct mu_field recovery_used_fields[] = {
	MU_FIELD(struct mu_recovery_used, user, MU_ID, MU_REQUIRED, .help = "Whose"),
	MU_FIELD(struct mu_recovery_used, digest, MU_STRING, MU_SECRET, .max = 64),
	MU_FIELD(struct mu_recovery_used, left, MU_INT, 0, .help = "Codes that are left"),
};
static const struct mu_shape recovery_used_shape =
	MU_SHAPE(struct mu_recovery_used, "RECOVERY_USED", recovery_used_fields);

static const struct mu_field recovery_made_fields[] = {
	MU_FIELD(struct mu_recovery_made, user, MU_ID, MU_REQUIRED, .help = "Whose"),
	MU_FIELD(struct mu_recovery_made, recovery, MU_STRINGS, MU_SECRET, .max = 32),
};
static const struct mu_shape recovery_made_shape =
	MU_SHAPE(struct mu_recovery_made, "RECOVERY_MADE", recovery_made_fields);

static const struct mu_field ended_fields[] = {
	MU_FIELD(struct mu_second_factor_ended, user, MU_ID, MU_REQUIRED, .help = "Whose"),
};
static const struct mu_shape ended_shape =
	MU_SHAPE(struct mu_second_factor_ended, "SECOND_FACTOR_ENDED", ended_fields);

static const struct mu_field security_fields[] = {
	MU_FIELD(struct mu_security_data, require_2fa, MU_BOOL, 0,
		 .help = "Whether everybody who signs in with a password needs a second factor"),
};
static const struct mu_shape security_shape =
	MU_SHAPE(struct mu_security_data, "SECURITY", security_fields, .tracks_given = true);

/* ---- who is told ---- */

static enum mu_err tell_security(const struct mu_workspace *ws, const struct mu_event *event,
				 struct mu_arena *arena, struct mu_strs *topics)
{
	return mu_topic_add(arena, topics, "may/security.manage");
}

static enum mu_err tell_user_and_security(const struct mu_workspace *ws, const struct mu_event *event,
					  struct mu_arena *arena, struct mu_strs *topics)
{
	enum mu_err err = tell_user(ws, event, arena, topics);

	return err ? err : tell_security(ws, event, arena, topics);
}

/* ---- applying ---- */

void state_second_factor_clear(struct mu_second_factor *factor)
{
	free(factor->secret);
	free(factor->pending);
	mu_strs_clear(&factor->recovery);
	*factor = (struct mu_second_factor){ 0 };
}

static struct mu_second_factor *factor_of(const struct mu_workspace *ws, const struct mu_event *event)
{
	struct mu_user *user = mu_workspace_user(ws, mu_event_subject(event->type, event->data));

	return user ? &user->factor : NULL;
}

static enum mu_err apply_pending(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_second_factor_pending *data = event->data;
	struct mu_second_factor *factor = factor_of(ws, event);

	if (!factor)
		return MU_CONFLICT;
	factor->pending_at_ms = event->at_ms;
	return state_text(&factor->pending, data->secret);
}

static enum mu_err apply_enrolled(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_second_factor_enrolled *data = event->data;
	struct mu_second_factor *factor = factor_of(ws, event);

	if (!factor)
		return MU_CONFLICT;
	state_second_factor_clear(factor);
	factor->since_ms = event->at_ms;
	factor->last_step = data->step;
	enum mu_err err = state_text(&factor->secret, data->secret);
	return err ? err : state_strs(&factor->recovery, &data->recovery);
}

/* The one place where a step is used up. */
static enum mu_err apply_used(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_second_factor_used *data = event->data;
	struct mu_second_factor *factor = factor_of(ws, event);

	if (!factor || data->step <= factor->last_step)
		return MU_CONFLICT;
	factor->last_step = data->step;
	return MU_OK;
}

static enum mu_err apply_recovery_used(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_recovery_used *data = event->data;
	struct mu_second_factor *factor = factor_of(ws, event);

	if (!factor || !data->digest || !mu_strs_has(&factor->recovery, data->digest))
		return MU_CONFLICT;
	state_strs_remove(&factor->recovery, data->digest);
	return MU_OK;
}

static enum mu_err apply_recovery_made(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_recovery_made *data = event->data;
	struct mu_second_factor *factor = factor_of(ws, event);

	return factor ? state_strs(&factor->recovery, &data->recovery) : MU_CONFLICT;
}

static enum mu_err apply_ended(struct mu_workspace *ws, const struct mu_event *event)
{
	struct mu_second_factor *factor = factor_of(ws, event);

	if (!factor)
		return MU_CONFLICT;
	state_second_factor_clear(factor);
	return MU_OK;
}

static enum mu_err apply_security(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_security_data *data = event->data;

	if (mu_given(data->given, MU_SECURITY_REQUIRE_2FA))
		ws->require_2fa = data->require_2fa;
	return MU_OK;
}

/* ---- rules ---- */

bool mu_must_enroll(const struct mu_workspace *ws, const struct mu_user *user, bool by_password)
{
	return ws->require_2fa && by_password && !user->factor.secret;
}

enum mu_err mu_rule_second_factor_disable(const struct mu_workspace *ws, const struct mu_user *user,
					  struct mu_fault *ret_fault)
{
	if (!user->factor.secret)
		return mu_fail(ret_fault, MU_CONFLICT, "You have no second factor");
	if (ws->require_2fa)
		return mu_fail(
			ret_fault, MU_FORBIDDEN,
			"This workspace asks everybody for a second factor; enrol anew to change yours");
	return MU_OK;
}

enum mu_err mu_rule_second_factor_reset(const struct mu_perms *granter, const char *granter_user,
					const struct mu_user *user, struct mu_fault *ret_fault)
{
	if (granter_user && !strcmp(granter_user, user->id))
		return mu_fail(ret_fault, MU_FORBIDDEN,
			       "Your own second factor ends with a code: use totp.disable");
	if (granter && !mu_perms_include(granter, &user->perms))
		return mu_fail(ret_fault, MU_FORBIDDEN,
			       "This person may more than you do, so you can't reset their second factor");
	if (!user->factor.secret && !user->factor.pending)
		return mu_fail(ret_fault, MU_CONFLICT, "This person has no second factor");
	return MU_OK;
}

/* ---- the dump ---- */

enum mu_err dump_second_factor(const struct mu_user *user, dump_each *each, void *arg)
{
	const struct mu_second_factor *factor = &user->factor;
	const struct mu_second_factor_enrolled enrolled = { .user = user->id,
							    .secret = factor->secret,
							    .step = factor->last_step,
							    .recovery = factor->recovery };
	const struct mu_second_factor_pending pending = { .user = user->id, .secret = factor->pending };
	enum mu_err err = MU_OK;

	if (factor->secret)
		err = each(arg, &mu_second_factor_enrolled_type, &enrolled, factor->since_ms);
	if (!err && factor->pending)
		err = each(arg, &mu_second_factor_pending_type, &pending, factor->pending_at_ms);
	return err;
}

static const void *before_security(const struct mu_workspace *ws, const struct mu_event *event,
				   struct mu_arena *arena)
{
	const struct mu_security_data record = { .given = UINT64_MAX, .require_2fa = ws->require_2fa };

	return before_record(arena, &record);
}

enum mu_err dump_security(const struct mu_workspace *ws, dump_each *each, void *arg)
{
	const struct mu_security_data data = { .given = UINT64_MAX, .require_2fa = ws->require_2fa };

	return ws->require_2fa ? each(arg, &mu_security_updated, &data, ws->created_at_ms) : MU_OK;
}

EVENT(mu_second_factor_pending_type, "second_factor.pending", pending_shape, apply_pending, NULL,
      ABOUT(struct mu_second_factor_pending), .action = not_audited,
      .help = "A person was shown a secret for their app (log only)");
EVENT(mu_second_factor_enrolled_type, "second_factor.enrolled", enrolled_shape, apply_enrolled,
      tell_user_and_security, ABOUT(struct mu_second_factor_enrolled), .effects = MU_EFFECT_USER,
      .personal = true, .help = "A person has a second factor from now on");
EVENT(mu_second_factor_used_type, "second_factor.used", used_shape, apply_used, NULL,
      ABOUT(struct mu_second_factor_used), .action = not_audited, .help = "A code was used up (log only)");
EVENT(mu_recovery_used_type, "second_factor.recovery_used", recovery_used_shape, apply_recovery_used,
      tell_user_and_security, ABOUT(struct mu_recovery_used), .personal = true,
      .help = "A recovery code took the place of the second factor, and is used up");
EVENT(mu_recovery_made_type, "second_factor.recovery_made", recovery_made_shape, apply_recovery_made,
      tell_user_and_security, ABOUT(struct mu_recovery_made), .personal = true,
      .help = "A person has new recovery codes; the old ones are void");
EVENT(mu_second_factor_disabled, "second_factor.disabled", ended_shape, apply_ended, tell_user_and_security,
      ABOUT(struct mu_second_factor_ended), .effects = MU_EFFECT_USER, .personal = true,
      .help = "A person has given up their second factor");
EVENT(mu_second_factor_reset, "second_factor.reset", ended_shape, apply_ended, tell_user_and_security,
      ABOUT(struct mu_second_factor_ended), .effects = MU_EFFECT_USER, .personal = true,
      .help = "Somebody took a person's second factor away, so that they can enrol anew");
EVENT(mu_security_updated, "security.updated", security_shape, apply_security, tell_security, ABOUT_NOBODY,
      .before = before_security, .effects = MU_EFFECT_EVERYBODY,
      .help = "The workspace asks for other proofs than before");
