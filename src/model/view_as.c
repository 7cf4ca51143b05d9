/* Viewing as somebody else.
 * Thread: hub. */
#include "muster/model/view_as.h"
#include "concept.h"
#include "muster/model/second_factor.h"
#include "state.h"

const char *const mu_view_end_names[] = { "stopped",    "expired", "replaced", "signed_out",
					  "permission", "gone",    NULL };

static const struct mu_field started_fields[] = {
	MU_FIELD(struct mu_view_as_started, view, MU_ID, MU_REQUIRED, .help = "Names it until it ends"),
	MU_FIELD(struct mu_view_as_started, by, MU_ID, MU_REQUIRED, .help = "Who looks"),
	MU_FIELD(struct mu_view_as_started, user, MU_ID, MU_NULLABLE, .help = "As whom"),
	MU_FIELD(struct mu_view_as_started, role, MU_ID, MU_NULLABLE, .help = "Or as a holder of this role"),
	MU_FIELD(struct mu_view_as_started, expires_at, MU_TIME, 0, .help = "When it ends by itself"),
	MU_FIELD(struct mu_view_as_started, token, MU_STRING, MU_SECRET, .max = 64),
	MU_FIELD(struct mu_view_as_started, kid, MU_ID, MU_SECRET),
	MU_FIELD(struct mu_view_as_started, issued_at, MU_TIME, MU_SECRET),
	MU_FIELD(struct mu_view_as_started, by_password, MU_BOOL, MU_SECRET),
};
static const struct mu_shape started_shape =
	MU_SHAPE(struct mu_view_as_started, "VIEW_AS_STARTED", started_fields);

static const struct mu_field stopped_fields[] = {
	MU_FIELD(struct mu_view_as_stopped, view, MU_ID, MU_REQUIRED, .help = "Which one"),
	MU_FIELD(struct mu_view_as_stopped, by, MU_ID, MU_REQUIRED, .help = "Who looked"),
	MU_FIELD(struct mu_view_as_stopped, user, MU_ID, MU_NULLABLE, .help = "As whom"),
	MU_FIELD(struct mu_view_as_stopped, role, MU_ID, MU_NULLABLE, .help = "Or as a holder of this role"),
	MU_FIELD(struct mu_view_as_stopped, reason, MU_ENUM, MU_REQUIRED, .names = mu_view_end_names,
		 .help = "Why it ended"),
};
static const struct mu_shape stopped_shape =
	MU_SHAPE(struct mu_view_as_stopped, "VIEW_AS_STOPPED", stopped_fields);

/* ---- who is told ---- */

static enum mu_err tell_people(const char *by, const char *user, struct mu_arena *arena,
			       struct mu_strs *topics)
{
	enum mu_err err = mu_topic_add(arena, topics, "may/audit.view");

	if (!err)
		err = mu_topic_add(arena, topics, "user/%s", by);
	return err || !user ? err : mu_topic_add(arena, topics, "user/%s", user);
}

static enum mu_err tell_started(const struct mu_workspace *ws, const struct mu_event *event,
				struct mu_arena *arena, struct mu_strs *topics)
{
	const struct mu_view_as_started *data = event->data;

	return tell_people(data->by, data->user, arena, topics);
}

static enum mu_err tell_stopped(const struct mu_workspace *ws, const struct mu_event *event,
				struct mu_arena *arena, struct mu_strs *topics)
{
	const struct mu_view_as_stopped *data = event->data;

	return tell_people(data->by, data->user, arena, topics);
}

/* ---- applying ---- */

void state_viewing_free(struct mu_viewing *viewing)
{
	free(viewing->id);
	free(viewing->by);
	free(viewing->token);
	free(viewing->kid);
	free(viewing->user);
	free(viewing->role);
	free(viewing->person.name);
	mu_strs_clear(&viewing->person.roles);
	free(viewing);
}

/* Somebody made up who holds the role; their permissions are filled in whenever they are asked for. */
static enum mu_err make_person(const struct mu_workspace *ws, struct mu_viewing *viewing)
{
	const struct mu_role *role = mu_workspace_role(ws, viewing->role);
	struct mu_user *person = &viewing->person;

	person->id = viewing->id;
	person->active = true;
	person->created_at_ms = viewing->started_at_ms;
	enum mu_err err = state_text(&person->name, role ? role->name : viewing->role);
	return err ? err : state_strs_add(&person->roles, viewing->role);
}

static enum mu_err viewing_fill(const struct mu_workspace *ws, struct mu_viewing *viewing,
				const struct mu_view_as_started *data)
{
	enum mu_err err = state_text(&viewing->id, data->view);

	viewing->expires_at_ms = data->expires_at;
	viewing->issued_at_ms = data->issued_at;
	viewing->by_password = data->by_password;
	if (!err)
		err = state_text(&viewing->by, data->by);
	if (!err)
		err = state_text(&viewing->token, data->token);
	if (!err)
		err = state_text(&viewing->kid, data->kid);
	if (!err)
		err = state_text(&viewing->user, data->user);
	if (!err)
		err = state_text(&viewing->role, data->role);
	return err || !data->role ? err : make_person(ws, viewing);
}

static enum mu_err apply_started(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_view_as_started *data = event->data;
	bool added = false;

	if (mu_workspace_viewing(ws, data->view) || !data->user == !data->role)
		return MU_CONFLICT;
	struct mu_viewing *viewing = calloc(1, sizeof(*viewing));
	if (!viewing)
		return MU_NO_MEMORY;
	viewing->started_at_ms = event->at_ms;
	enum mu_err err = viewing_fill(ws, viewing, data);
	if (!err)
		ADD_STR(ws->viewings, viewing, id);
	if (added)
		return MU_OK;
	state_viewing_free(viewing);
	return err ? err : MU_NO_MEMORY;
}

static enum mu_err apply_stopped(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_view_as_stopped *data = event->data;
	struct mu_viewing *viewing = mu_workspace_viewing(ws, data->view);

	if (!viewing)
		return MU_CONFLICT;
	HASH_DEL(ws->viewings, viewing);
	state_viewing_free(viewing);
	return MU_OK;
}

/* ---- rules ---- */

enum mu_err mu_rule_view_as(const struct mu_workspace *ws, const struct mu_user *viewer, const char *user_id,
			    const char *role_id, struct mu_fault *ret_fault)
{
	const struct mu_user *user = mu_workspace_user(ws, user_id);
	const struct mu_role *role = mu_workspace_role(ws, role_id);

	if (!user_id == !role_id)
		return mu_fail_field(ret_fault, "user", "give either a user or a role");
	if (user_id && (!user || !user->active))
		return mu_fail(ret_fault, MU_NOT_FOUND, "There is no user %s", user_id);
	if (role_id && !role)
		return mu_fail(ret_fault, MU_NOT_FOUND, "There is no role %s", role_id);
	if (user == viewer)
		return mu_fail(ret_fault, MU_FORBIDDEN, "That is you: you see it as yourself already");
	if ((user && ws->owner && !strcmp(user->id, ws->owner)) || (role && !strcmp(role->id, "owner")))
		return mu_fail(ret_fault, MU_FORBIDDEN, "Nobody views as the owner");
	if (!mu_perms_include(&viewer->perms, user ? &user->perms : &role->perms))
		return mu_fail(ret_fault, MU_FORBIDDEN,
			       "They may more than you do, so you can't view as they do");
	return MU_OK;
}

const struct mu_user *mu_viewing_person(const struct mu_workspace *ws, struct mu_viewing *viewing)
{
	const struct mu_role *role = mu_workspace_role(ws, viewing->role);
	const struct mu_user *user = mu_workspace_user(ws, viewing->user);

	if (viewing->user)
		return user && user->active ? user : NULL;
	if (!role)
		return NULL;
	viewing->person.perms = role->perms; /* the role may have been edited meanwhile */
	return &viewing->person;
}

/* Whether who looks still may; a person may have got more rights since, or lost some. */
static bool still_may(const struct mu_workspace *ws, const struct mu_viewing *viewing,
		      const struct mu_user *viewer)
{
	struct mu_fault fault = { 0 };

	return mu_perms_has(&viewer->perms, MU_PERM_IMPERSONATE) &&
	       !mu_must_enroll(ws, viewer, viewing->by_password) &&
	       !mu_rule_view_as(ws, viewer, viewing->user, viewing->role, &fault);
}

bool mu_viewing_over(const struct mu_workspace *ws, struct mu_viewing *viewing, int64_t now_ms,
		     enum mu_view_end *ret_reason)
{
	const struct mu_user *viewer = mu_workspace_user(ws, viewing->by);

	if (now_ms >= viewing->expires_at_ms)
		*ret_reason = MU_VIEW_EXPIRED;
	else if (!viewer || !mu_user_token_valid(ws, viewer, viewing->token, viewing->issued_at_ms) ||
		 (viewing->kid && !mu_workspace_key(ws, viewing->kid)))
		*ret_reason = MU_VIEW_SIGNED_OUT;
	else if (!mu_viewing_person(ws, viewing))
		*ret_reason = MU_VIEW_GONE;
	else if (!still_may(ws, viewing, viewer))
		*ret_reason = MU_VIEW_PERMISSION;
	else
		return false;
	return true;
}

struct mu_view_as_stopped mu_viewing_stopped(const struct mu_viewing *viewing, enum mu_view_end reason)
{
	return (struct mu_view_as_stopped){ .view = viewing->id,
					    .by = viewing->by,
					    .user = viewing->user,
					    .role = viewing->role,
					    .reason = (int)reason };
}

enum mu_err mu_viewing_topics(const struct mu_workspace *ws, struct mu_viewing *viewing,
			      struct mu_arena *arena, struct mu_strs *ret_topics)
{
	const struct mu_user *person = mu_viewing_person(ws, viewing);
	struct mu_strs all = { 0 }, topics = { 0 };
	enum mu_err err = person ? mu_user_topics(ws, person, arena, &all) : MU_NOT_FOUND;

	for (size_t i = 0; !err && i < all.n; i++) {
		if (!strncmp(all.v[i], "user/", 5))
			err = mu_topic_add(arena, &topics, "as/%s", person->id);
		else if (viewing->user || strncmp(all.v[i], "own/", 4))
			err = mu_strs_add(arena, &topics, all.v[i]);
	}
	if (!err)
		*ret_topics = topics;
	return err;
}

/* ---- the dump ---- */

enum mu_err dump_viewing(const struct mu_viewing *viewing, dump_each *each, void *arg)
{
	const struct mu_view_as_started data = { .view = viewing->id,
						 .by = viewing->by,
						 .user = viewing->user,
						 .role = viewing->role,
						 .expires_at = viewing->expires_at_ms,
						 .token = viewing->token,
						 .kid = viewing->kid,
						 .issued_at = viewing->issued_at_ms,
						 .by_password = viewing->by_password };

	return each(arg, &mu_view_as_started_type, &data, viewing->started_at_ms);
}

EVENT(mu_view_as_started_type, "view_as.started", started_shape, apply_started, tell_started,
      ABOUT(struct mu_view_as_started), .effects = MU_EFFECT_VIEWING, .personal = true,
      .help = "Somebody sees the workspace as another person or role does");
EVENT(mu_view_as_stopped_type, "view_as.stopped", stopped_shape, apply_stopped, tell_stopped,
      ABOUT(struct mu_view_as_stopped), .effects = MU_EFFECT_VIEWING, .personal = true,
      .help = "Somebody no longer sees the workspace as another person or role does");
