/* The table itself, and what every command goes through before it runs.
 * Thread: hub. */
#include "commands.h"

static const struct mu_command *const table[] = {
#define ROW(name) &cmd_##name,
	COMMANDS(ROW)
#undef ROW
};

const struct mu_command *mu_command(unsigned i)
{
	return i < MU_COUNT(table) ? table[i] : NULL;
}

int mu_command_find(const char *name)
{
	for (size_t i = 0; i < MU_COUNT(table); i++)
		if (!strcmp(table[i]->name, name))
			return (int)i;
	return -1;
}

enum mu_err mu_command_methods(struct mu_methods *ret_methods)
{
	struct mu_method *methods = calloc(MU_COUNT(table), sizeof(*methods));

	if (!methods)
		return MU_NO_MEMORY;
	for (size_t i = 0; i < MU_COUNT(table); i++)
		methods[i] = (struct mu_method){ .name = table[i]->name,
						 .route = table[i]->route,
						 .cost = table[i]->cost,
						 .flags = table[i]->flags & 0xff,
						 .params = table[i]->params };
	*ret_methods = (struct mu_methods){ .v = methods, .n = MU_COUNT(table) };
	return MU_OK;
}

bool mu_call_may(const struct mu_call *call, enum mu_perm perm)
{
	return call->actor.kind == MU_IDENTITY_OPERATOR ||
	       (call->actor.perms && mu_perms_has(call->actor.perms, perm));
}

const char *mu_call_user(const struct mu_call *call)
{
	return call->actor.user ? call->actor.user->id : NULL;
}

static enum mu_err check_permission(struct mu_call *call)
{
	const struct mu_command *command = call->command;

	if (call->actor.kind == MU_IDENTITY_OPERATOR)
		return MU_OK;
	if (command->flags & MU_METHOD_OPERATOR)
		return mu_fail(call->fault, MU_FORBIDDEN,
			       "Only the operator may do this: use the muster program on the server");
	if (command->flags & MU_METHOD_PUBLIC)
		return MU_OK;
	if (call->actor.kind == MU_IDENTITY_NONE)
		return mu_fail(call->fault, MU_UNAUTHENTICATED, NULL);
	if (command->need != MU_PERM_NONE && !mu_call_may(call, command->need))
		return mu_fail(call->fault, MU_FORBIDDEN, "You need the permission %s for this",
			       mu_perm_info(command->need)->key);
	return MU_OK;
}

static bool only_reads(const struct mu_command *command)
{
	if (command->flags & MU_COMMAND_PERSONAL)
		return false;
	return command->flags & MU_COMMAND_READS || (command->route && !strncmp(command->route, "GET ", 4));
}

/* What is shut to a caller whatever their permissions. */
static enum mu_err check_state(struct mu_call *call)
{
	const struct mu_command *command = call->command;

	if (call->actor.must_enroll && !(command->flags & MU_COMMAND_ENROLS))
		return mu_fail(call->fault, MU_FORBIDDEN,
			       "This workspace asks for a second factor: enrol with totp.enroll first");
	if (call->actor.viewing && !only_reads(command) && !(command->flags & MU_COMMAND_ENDS_VIEW))
		return mu_fail(
			call->fault, MU_FORBIDDEN,
			"You view as somebody else: you can look, but not do this. End it with view_as.stop");
	return MU_OK;
}

static enum mu_err check_params(struct mu_call *call)
{
	const struct mu_shape *shape = call->command->params;
	enum mu_err err;

	if (!shape) {
		if (call->raw && (!json_is_object(call->raw) || json_object_size(call->raw)))
			return mu_fail(call->fault, MU_INVALID_PARAMS, "%s takes no parameters",
				       call->command->name);
		return MU_OK;
	}
	call->params = mu_arena_alloc(call->arena, shape->size);
	if (!call->params)
		return MU_NO_MEMORY;
	err = mu_codec_read(shape, call->raw, call->arena, call->params, call->fault);
	if (err == MU_INVALID_PARAMS && call->command->collect && json_is_object(call->raw) &&
	    call->command->collect(call) == MU_NO_MEMORY)
		return MU_NO_MEMORY;
	return err;
}

enum mu_err mu_command_check(struct mu_call *call)
{
	enum mu_err err = check_state(call);

	if (!err)
		err = check_permission(call);
	return err ? err : check_params(call);
}

enum mu_err mu_call_emit_record(struct mu_call *call, const struct mu_event_type *type, const void *record)
{
	struct mu_event *event = mu_arena_alloc(call->arena, sizeof(*event));
	void *copy = mu_arena_alloc(call->arena, type->shape->size);
	/* Who views as another is still who does it. */
	const char *who = call->actor.viewing ? call->actor.viewing->by : mu_call_user(call);
	const char *by = mu_arena_strdup(call->arena, who);

	if (!event || !copy || (who && !by) || mu_record_copy(type->shape, call->arena, record, copy))
		return MU_NO_MEMORY;
	*event = (struct mu_event){ .type = type,
				    .name = type->name,
				    .at_ms = call->now_ms,
				    .actor = call->actor.json,
				    .by = by,
				    .data = copy };
	if (call->events_last)
		call->events_last->next = event;
	else
		call->events = event;
	call->events_last = event;
	return MU_OK;
}
