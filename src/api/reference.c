/* The documents by their names, and what both say of a command.
 * Thread: any. */
#include "muster/api/reference.h"

#include "reference.h"

static const struct {
	const char *name;
	json_t *(*make)(void);
} documents[] = {
	{ "openapi", reference_openapi },
	{ "asyncapi", reference_asyncapi },
};

const char *mu_reference_name(unsigned i)
{
	return i < MU_COUNT(documents) ? documents[i].name : NULL;
}

char *mu_reference(const char *name)
{
	AUTO_JSON json_t *document = NULL;

	for (size_t i = 0; i < MU_COUNT(documents); i++)
		if (!strcmp(documents[i].name, name))
			document = documents[i].make();
	return document ? json_dumps(document, JSON_INDENT(1)) : NULL;
}

static const char *who_may(const struct mu_command *command)
{
	if (command->flags & MU_METHOD_PUBLIC)
		return "Anybody may.";
	if (command->flags & MU_METHOD_OPERATOR)
		return "Only the operator may, on the machine itself.";
	return command->need == MU_PERM_NONE ? "Whoever is signed in may." : NULL;
}

enum mu_err reference_rights(const struct mu_command *command, json_t *operation)
{
	const char *who = who_may(command), *key = who ? NULL : mu_perm_info((int)command->need)->key;
	json_t *text =
		key ? json_sprintf("%s Needs the permission %s. Costs %u of the rate limit.", command->help,
				   key, command->cost)
		    : json_sprintf("%s %s Costs %u of the rate limit.", command->help, who, command->cost);
	int bad = json_object_set_new(operation, "description", text);

	bad |= json_object_set_new(operation, "x-cost", json_integer(command->cost));
	if (key)
		bad |= json_object_set_new(operation, "x-permission", json_string(key));
	if (command->flags & MU_METHOD_PUBLIC)
		bad |= json_object_set_new(operation, "security", json_array());
	return bad ? MU_NO_MEMORY : MU_OK;
}
