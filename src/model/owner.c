/* Who owns the workspace.
 * Thread: hub. */
#include "concept.h"
#include "muster/model/owner.h"
#include "state.h"

#define ROLE_OWNER "owner"
#define ROLE_AFTER "admin" /* of who was the owner */

static const struct mu_field transferred_fields[] = {
	MU_FIELD(struct mu_owner_transferred, from, MU_ID, MU_REQUIRED, .help = "Who was the owner"),
	MU_FIELD(struct mu_owner_transferred, to, MU_ID, MU_REQUIRED, .help = "Who is the owner now"),
};
static const struct mu_shape transferred_shape =
	MU_SHAPE(struct mu_owner_transferred, "OWNER_TRANSFERRED", transferred_fields);

enum mu_err mu_owner_roles(const struct mu_user *user, bool becomes_owner, struct mu_arena *arena,
			   struct mu_strs *ret_roles)
{
	const char *gained = becomes_owner ? ROLE_OWNER : ROLE_AFTER;
	struct mu_strs roles = { 0 };
	enum mu_err err = mu_strs_add(arena, &roles, gained);

	for (size_t i = 0; !err && i < user->roles.n; i++)
		if (strcmp(user->roles.v[i], gained) != 0 && strcmp(user->roles.v[i], ROLE_OWNER) != 0)
			err = mu_strs_add(arena, &roles, user->roles.v[i]);
	if (!err)
		*ret_roles = roles;
	return err;
}

static enum mu_err change_roles(const struct mu_workspace *ws, struct mu_user *user, bool becomes_owner)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_strs roles = { 0 };
	enum mu_err err = mu_owner_roles(user, becomes_owner, &arena, &roles);

	if (!err)
		err = state_strs(&user->roles, &roles);
	state_user_perms(ws, user);
	return err;
}

static enum mu_err apply_owner_transferred(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_owner_transferred *data = event->data;
	struct mu_user *from = mu_workspace_user(ws, data->from), *to = mu_workspace_user(ws, data->to);

	if (!from || !to || from == to || !to->active || !ws->owner || strcmp(ws->owner, from->id) != 0 ||
	    !mu_workspace_role(ws, ROLE_AFTER))
		return MU_CONFLICT;
	enum mu_err err = change_roles(ws, from, false);
	if (!err)
		err = change_roles(ws, to, true);
	return err ? err : state_text(&ws->owner, to->id);
}

enum mu_err mu_rule_owner_transfer(const struct mu_workspace *ws, const char *asker, const struct mu_user *to,
				   struct mu_fault *ret_fault)
{
	if (asker && strcmp(asker, ws->owner) != 0)
		return mu_fail(ret_fault, MU_FORBIDDEN, "Only the owner hands the workspace over");
	if (!strcmp(to->id, ws->owner))
		return mu_fail(ret_fault, MU_CONFLICT, "%s is the owner already", to->id);
	if (!to->active)
		return mu_fail(ret_fault, MU_CONFLICT, "%s is deactivated: reactivate them first", to->id);
	if (!mu_workspace_role(ws, ROLE_AFTER))
		return mu_fail(ret_fault, MU_CONFLICT,
			       "There is no role " ROLE_AFTER
			       ", which you would hold afterwards: make it first");
	return MU_OK;
}

EVENT(mu_owner_transferred_type, "owner.transferred", transferred_shape, apply_owner_transferred,
      tell_everyone, ABOUT_IN(struct mu_owner_transferred, to), .effects = MU_EFFECT_EVERYBODY,
      .help = "The workspace has another owner");
