/* The event table, and what the concepts share: who is told, applying, rebuilding.
 * Thread: hub. */
#include "concept.h"
#include "muster/model/capacity.h"
#include "muster/model/choice.h"
#include "muster/model/conversation.h"
#include "muster/model/invite.h"
#include "muster/model/key.h"
#include "muster/model/login.h"
#include "muster/model/owner.h"
#include "muster/model/permission.h"
#include "muster/model/revocation.h"
#include "muster/model/role.h"
#include "muster/model/said.h"
#include "muster/model/seat.h"
#include "muster/model/second_factor.h"
#include "muster/model/settings.h"
#include "muster/model/team.h"
#include "muster/model/user.h"
#include "muster/model/view_as.h"

#include <string.h>

static const struct mu_field id_fields[] = { MU_FIELD(struct mu_id_data, id, MU_ID, MU_REQUIRED) };
const struct mu_shape id_shape = MU_SHAPE(struct mu_id_data, "ID", id_fields);

/* The platform's own events are any JSON object; the shape only says so. */
static const struct mu_field custom_fields[] = { MU_FIELD(struct mu_custom_data, json, MU_JSON, MU_REQUIRED,
							  .max = 65536) };
static const struct mu_shape custom_shape = MU_SHAPE(struct mu_custom_data, "CUSTOM", custom_fields);

/* ---- who is told ---- */

static const char *subject(const struct mu_event *event)
{
	return mu_event_subject(event->type, event->data);
}

enum mu_err tell_everyone(const struct mu_workspace *ws, const struct mu_event *event, struct mu_arena *arena,
			  struct mu_strs *topics)
{
	return mu_topic_add(arena, topics, "everyone");
}

enum mu_err tell_user(const struct mu_workspace *ws, const struct mu_event *event, struct mu_arena *arena,
		      struct mu_strs *topics)
{
	return mu_topic_add(arena, topics, "user/%s", subject(event));
}

enum mu_err tell_user_and_viewers(const struct mu_workspace *ws, const struct mu_event *event,
				  struct mu_arena *arena, struct mu_strs *topics)
{
	enum mu_err err = tell_user(ws, event, arena, topics);

	return err ? err : mu_topic_add(arena, topics, "may/users.view");
}

/* ---- what the audit log shows ---- */

const char *not_audited(const struct mu_workspace *ws, const struct mu_event *event)
{
	return NULL;
}

const void *before_copy(struct mu_arena *arena, const void *record, size_t bytes)
{
	void *copy = mu_arena_alloc(arena, bytes);

	return copy ? memcpy(copy, record, bytes) : NULL;
}

/* ---- the table ---- */

EVENT(mu_custom_event, "x.*", custom_shape, NULL, NULL, ABOUT_NOBODY, .action = not_audited,
      .help = "The platform's own event");

/* clang-format off */
static const struct mu_event_type *const table[] = {
	&mu_workspace_created,     &mu_workspace_updated,
	&mu_permission_registered, &mu_permission_removed,
	&mu_role_created,          &mu_role_updated,
	&mu_role_deleted,          &mu_user_created,
	&mu_user_updated,          &mu_user_password_set,
	&mu_role_assigned_type,    &mu_permissions_changed_type,
	&mu_team_created,          &mu_team_updated,
	&mu_team_deleted,          &mu_team_member_added,
	&mu_team_member_removed,   &mu_key_created,
	&mu_key_revoked,           &mu_session_revoked_type,
	&mu_presence_chosen_type,  &mu_presence_forced_type,
	&mu_presence_changed_type, &mu_seats_changed_type,
	&mu_user_deactivated,      &mu_user_reactivated,
	&mu_user_removed,          &mu_owner_transferred_type,
	&mu_custom_event,
	&mu_second_factor_pending_type,
	&mu_second_factor_enrolled_type,
	&mu_second_factor_used_type,
	&mu_second_factor_disabled,
	&mu_second_factor_reset,
	&mu_recovery_used_type,
	&mu_recovery_made_type,
	&mu_security_updated,
	&mu_view_as_started_type,
	&mu_view_as_stopped_type,
	&mu_invite_created, &mu_invite_updated_type,        &mu_invite_resent_type,
	&mu_invite_accepted_type,  &mu_invite_revoked,
	&mu_invite_expired,
	&mu_login_type,
	&mu_login_failed_type,
	&mu_conversation_created,    &mu_conversation_updated,
	&mu_conversation_assigned,   &mu_conversation_reassigned,
	&mu_conversation_unassigned, &mu_conversation_offered,
	&mu_conversation_accepted,   &mu_conversation_declined,
	&mu_conversation_expired,    &mu_conversation_resolved,
	&mu_conversation_reopened,   &mu_conversation_snoozed,
	&mu_conversation_escalated,  &mu_conversation_removed,
	&mu_capacity_changed,        &mu_capacity_reached,
	&mu_capacity_freed,          &mu_load_changed,
	&mu_said_type,
};
/* clang-format on */

const struct mu_event_type *mu_event_type(unsigned i)
{
	return i < MU_COUNT(table) ? table[i] : NULL;
}

const struct mu_event_type *mu_event_type_find(const char *name)
{
	if (!strncmp(name, "x.", 2))
		return &mu_custom_event;
	for (size_t i = 0; i < MU_COUNT(table); i++)
		if (!strcmp(table[i]->name, name))
			return table[i];
	return NULL;
}

const char *mu_event_action(const struct mu_workspace *ws, const struct mu_event *event)
{
	return event->type->action ? event->type->action(ws, event) : event->type->name;
}

const char *mu_event_subject(const struct mu_event_type *type, const void *data)
{
	return type->subject == MU_NO_SUBJECT ? NULL : *(char *const *)((const char *)data + type->subject);
}

enum mu_err mu_event_apply(struct mu_workspace *ws, const struct mu_event *event)
{
	enum mu_err err = MU_OK;

	if (event->seq != ws->seq + 1)
		return MU_CONFLICT;
	if (event->type->apply)
		err = event->type->apply(ws, event);
	if (!err)
		ws->seq = event->seq;
	return err;
}
