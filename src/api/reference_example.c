/* Examples: calls that follow each other in a workspace as `muster init` makes it, and what fits a schema.
 * Thread: any. */
#include "reference.h"

struct example {
	const char *command, *as, *params, *from;
};

/* A row is a line. */
/* clang-format off */
static const struct example examples[] = {
	{ "workspace.get", "platform", NULL, NULL },
	{ "workspace.update", "olga", "{\"idle_after_ms\":900000,\"statuses\":[{\"id\":\"lunch\",\"label\":\"Lunch\",\"base\":\"away\"}]}", NULL },
	{ "permission.list", "olga", NULL, NULL },
	{ "permission.register", "platform", "{\"key\":\"orders.read\",\"help\":\"See the orders of a customer\"}", NULL },
	{ "team.create", "olga", "{\"id\":\"support\",\"name\":\"Support\"}", NULL },
	{ "role.create", "olga", "{\"id\":\"trainee\",\"name\":\"Trainee\",\"permissions\":[\"presence.self\",\"presence.view:team\"]}", NULL },
	{ "role.get", "olga", "{\"role\":\"trainee\"}", NULL },
	{ "role.update", "olga", "{\"role\":\"trainee\",\"description\":\"Looks over somebody's shoulder\"}", NULL },
	{ "role.list", "olga", "{\"limit\":10}", NULL },
	{ "role.packs", "olga", NULL, NULL },
	{ "role.load_pack", "olga", "{\"pack\":\"toggles\"}", NULL },
	{ "user.create", "olga", "{\"id\":\"ann\",\"name\":\"Ann Agent\",\"email\":\"ann@acme.test\",\"password\":\"copper lantern 9317\",\"roles\":[\"agent\"],\"teams\":[\"support\"]}", NULL },
	{ "user.create", "platform", "{\"id\":\"ben\",\"name\":\"Ben\",\"email\":\"ben@acme.test\",\"roles\":[\"trainee\"]}", NULL },
	{ "auth.login", "nobody", "{\"workspace\":\"acme\",\"email\":\"ann@acme.test\",\"password\":\"copper lantern 9317\"}", NULL },
	{ "session.open", "ann", "{\"device\":{\"id\":\"d-7f3a\",\"kind\":\"web\",\"name\":\"Firefox on Linux\"},\"watch\":{\"presence\":\"all\"}}", NULL },
	{ "session.refresh", "ann", "{\"token\":\"eyJhbGciOiJIUzI1NiJ9.e30.c2ln\"}", "token=token:ann" },
	{ "session.activity", "ann", "{\"state\":\"active\"}", NULL },
	{ "session.list", "olga", "{\"user\":\"ann\"}", NULL },
	{ "presence.set", "ann", "{\"status\":\"lunch\",\"note\":\"Back at two\"}", NULL },
	{ "presence.force", "olga", "{\"user\":\"ann\",\"status\":\"available\",\"reason\":\"We need you\"}", NULL },
	{ "presence.get", "olga", NULL, NULL },
	{ "presence.history", "olga", "{\"user\":\"ann\",\"from\":\"2026-11-01T00:00:00.000Z\",\"to\":\"2026-12-01T00:00:00.000Z\",\"by\":\"day\"}", NULL },
	{ "dashboard.get", "olga", NULL, NULL },
	{ "presence.watch", "ann", "{\"scope\":{\"team\":\"support\"}}", NULL },
	{ "ticket.create", "ann", NULL, NULL },
	{ "user.get", "olga", "{\"user\":\"ann\"}", NULL },
	{ "user.list", "olga", "{\"limit\":2}", NULL },
	{ "user.update", "olga", "{\"user\":\"ann\",\"capacity\":7}", NULL },
	{ "capacity.set", "olga", "{\"user\":\"ann\",\"capacity\":6}", NULL },
	{ "role.assign", "olga", "{\"user\":\"ben\",\"roles\":[\"agent\"]}", NULL },
	{ "role.delete", "olga", "{\"role\":\"trainee\"}", NULL },
	{ "permission.remove", "platform", "{\"key\":\"orders.read\"}", NULL },
	{ "team.get", "ann", "{\"team\":\"support\"}", NULL },
	{ "team.list", "ann", "{\"limit\":10}", NULL },
	{ "team.add", "olga", "{\"team\":\"support\",\"user\":\"ben\"}", NULL },
	{ "team.update", "olga", "{\"team\":\"support\",\"name\":\"Customer support\",\"lead\":\"ann\"}", NULL },
	{ "team.remove", "olga", "{\"team\":\"support\",\"user\":\"ben\"}", NULL },
	{ "conversation.put", "platform", "{\"id\":\"c-4711\",\"team\":\"support\",\"channel\":\"email\",\"subject\":\"Where is my order?\",\"priority\":\"high\",\"labels\":[\"order\"]}", NULL },
	{ "conversation.put", "platform", "{\"id\":\"c-4712\",\"team\":\"support\"}", NULL },
	{ "conversation.get", "ann", "{\"id\":\"c-4711\"}", NULL },
	{ "queue.list", "ann", "{\"team\":\"support\",\"limit\":10}", NULL },
	{ "conversation.assign", "olga", "{\"id\":\"c-4711\",\"user\":\"ann\",\"if_version\":1}", NULL },
	{ "conversation.unassign", "olga", "{\"id\":\"c-4711\"}", NULL },
	{ "conversation.take", "ann", "{\"id\":\"c-4711\"}", NULL },
	{ "conversation.list", "ann", "{\"assignee\":\"me\",\"status\":\"open\",\"limit\":10}", NULL },
	{ "conversation.pend", "ann", "{\"id\":\"c-4711\"}", NULL },
	{ "conversation.snooze", "ann", "{\"id\":\"c-4711\",\"until\":\"2099-12-31T09:00:00.000Z\"}", NULL },
	{ "conversation.reopen", "ann", "{\"id\":\"c-4711\"}", NULL },
	{ "conversation.viewing", "ann", "{\"id\":\"c-4711\",\"on\":true}", NULL },
	{ "conversation.typing", "ann", "{\"id\":\"c-4711\",\"on\":true}", NULL },
	{ "conversation.resolve", "olga", "{\"id\":\"c-4711\"}", NULL },
	{ "conversation.take", "ann", "{\"id\":\"c-4712\"}", NULL },
	{ "conversation.release", "ann", "{\"id\":\"c-4712\"}", NULL },
	{ "team.create", "olga", "{\"id\":\"care\",\"name\":\"Care\",\"members\":[\"olga\"],\"strategy\":\"round_robin\",\"settings\":{\"offer_ms\":30000}}", NULL },
	{ "conversation.put", "platform", "{\"id\":\"c-4713\",\"team\":\"care\"}", NULL },
	{ "conversation.decline", "olga", "{\"id\":\"c-4713\"}", NULL },
	{ "conversation.put", "platform", "{\"id\":\"c-4714\",\"team\":\"care\"}", NULL },
	{ "conversation.accept", "olga", "{\"id\":\"c-4714\"}", NULL },
	{ "seats.get", "olga", NULL, NULL },
	{ "user.deactivate", "olga", "{\"user\":\"ben\"}", NULL },
	{ "user.reactivate", "olga", "{\"user\":\"ben\"}", NULL },
	{ "user.remove", "olga", "{\"user\":\"ben\"}", NULL },
	{ "user.remove_many", "olga", "{\"users\":[\"ben\",\"nobody\"]}", NULL },
	{ "directory.sync", "platform", "{\"users\":[{\"id\":\"gil\",\"name\":\"Gil\",\"email\":\"gil@acme.test\",\"roles\":[\"agent\"],\"teams\":[\"support\"]}],\"remove_missing\":false}", NULL },
	{ "invite.create", "olga", "{\"email\":\"cleo@acme.test\",\"name\":\"Cleo\",\"roles\":[\"agent\"],\"teams\":[\"support\"]}", NULL },
	{ "invite.list", "olga", "{\"limit\":10}", NULL },
	{ "invite.resend", "olga", "{\"id\":\"i-7k2m9q4x\"}", "id=invite.create:id" },
	{ "invite.show", "nobody", "{\"workspace\":\"acme\",\"token\":\"i-7k2m9q4x~c2VjcmV0\"}", "token=invite.resend:link" },
	{ "invite.accept", "nobody", "{\"workspace\":\"acme\",\"token\":\"i-7k2m9q4x~c2VjcmV0\",\"name\":\"Cleo\",\"password\":\"copper lantern 9317\"}", "token=invite.resend:link" },
	{ "invite.create", "olga", "{\"email\":\"dan@acme.test\",\"roles\":[\"agent\"]}", NULL },
	{ "invite.revoke", "olga", "{\"id\":\"i-7k2m9q4x\"}", "id=invite.create:id" },
	{ "key.create", "olga", "{\"alg\":\"api\",\"id\":\"crm\",\"scopes\":[\"users.view\",\"presence.view:all\"]}", NULL },
	{ "key.list", "olga", "{\"limit\":10}", NULL },
	{ "key.revoke", "olga", "{\"id\":\"crm\"}", NULL },
	{ "event.publish", "platform", "{\"type\":\"x.order_paid\",\"audience\":{\"teams\":[\"support\"]},\"data\":{\"order\":4711},\"durable\":true}", NULL },
	{ "security.get", "olga", NULL, NULL },
	{ "security.update", "olga", "{\"require_2fa\":false}", NULL },
	{ "totp.get", "ann", NULL, NULL },
	{ "totp.enroll", "ann", "{\"password\":\"copper lantern 9317\"}", NULL },
	{ "totp.confirm", "ann", "{\"code\":\"123456\"}", "code=code:totp.enroll" },
	{ "totp.recovery", "ann", "{\"code\":\"abcd-efgh-ijkl\"}", "code=totp.confirm:recovery_codes" },
	{ "totp.disable", "ann", "{\"code\":\"abcd-efgh-ijkl\"}", "code=totp.recovery:recovery_codes" },
	{ "totp.enroll", "ann", "{\"password\":\"copper lantern 9317\"}", NULL },
	{ "totp.confirm", "ann", "{\"code\":\"123456\"}", "code=code:totp.enroll" },
	{ "totp.reset", "olga", "{\"user\":\"ann\"}", NULL },
	{ "view_as.start", "olga", "{\"user\":\"ann\"}", NULL },
	{ "view_as.stop", "olga", NULL, NULL },
	{ "audit.list", "olga", "{\"user\":\"ann\",\"action\":\"presence.\",\"limit\":20}", NULL },
	{ "session.revoke", "olga", "{\"user\":\"ann\",\"session\":\"s-7k2m9q4x\"}", "session=session.open:session" },
	{ "session.revoke", "olga", "{\"user\":\"ann\"}", NULL },
	{ "auth.password", "ann", "{\"old\":\"copper lantern 9317\",\"new\":\"velvet harbour 2284\"}", NULL },
	{ "auth.logout", "ann", NULL, NULL },
	{ "session.open", "ann", NULL, NULL },
	{ "session.close", "ann", NULL, NULL },
	{ "team.delete", "olga", "{\"team\":\"support\",\"move_to\":\"care\"}", NULL },
	{ "owner.transfer", "olga", "{\"user\":\"ann\",\"confirm\":true}", NULL },
};
/* clang-format on */

json_t *reference_examples(const char *command, const char *param, bool with)
{
	json_t *all = json_array();

	for (size_t i = 0; all && i < MU_COUNT(examples); i++) {
		const struct example *example = &examples[i];
		AUTO_JSON json_t *params = NULL;

		if (strcmp(example->command, command))
			continue;
		params = json_loads(example->params ? example->params : "{}", 0, NULL);
		if (!param || (json_object_get(params, param) != NULL) == with)
			json_array_append_new(all, json_pack("{s:i, s:s, s:s*, s:O}", "order", (int)i, "as",
							     example->as, "from", example->from, "params",
							     params));
	}
	return all;
}

/* ---- what fits a schema ---- */

/* Texts that read better than any. */
static const struct {
	const char *name, *text;
} texts[] = {
	{ "user", "ann" },
	{ "by", "olga" },
	{ "actor", "olga" },
	{ "name", "Ann Agent" },
	{ "email", "ann@acme.test" },
	{ "status", "away" },
	{ "workspace", "acme" },
	{ "cursor", "acme:0:41" },
	{ "version", "n1:18" },
	{ "from", "available" },
	{ "to", "away" },
	{ "type", "about:blank" },
	{ "key", "orders.read" },
	{ "action", "presence.away" },
	{ "permissions", "presence.self" },
	{ "roles", "agent" },
	{ "teams", "support" },
	{ "team", "support" },
	{ "members", "ann" },
	{ "next", "ben" },
	{ "zone", "Europe/Berlin" },
};

static json_t *sample_text(const json_t *schema, const char *name)
{
	const char *format = mu_json_text(schema, "format");

	if (format)
		return json_string(strcmp(format, "date") ? "2026-11-21T12:00:00.000Z" : "2026-11-21");
	if (json_integer_value(json_object_get(schema, "minLength")) == 5) /* a time of day */
		return json_string("09:00");
	for (size_t i = 0; name && i < MU_COUNT(texts); i++)
		if (!strcmp(texts[i].name, name))
			return json_string(texts[i].text);
	return json_string("support");
}

static json_t *sample_object(const json_t *schema, const json_t *schemas)
{
	json_t *sample = json_object(), *member, *all = json_object_get(schema, "properties");
	const char *name;

	json_object_foreach(all, name, member)
		json_object_set_new(sample, name, reference_sample(member, name, schemas));
	return sample;
}

json_t *reference_sample(const json_t *schema, const char *name, const json_t *schemas)
{
	const char *ref = mu_json_text(schema, "$ref"), *type = mu_json_text(schema, "type");
	json_t *first;

	if (ref) {
		const char *record = strrchr(ref, '/') + 1;
		return reference_sample(json_object_get(schemas, record),
					!strcmp(record, "ID") || !name ? name : record, schemas);
	}
	if ((first = json_object_get(schema, "const")))
		return json_incref(first);
	if ((first = json_array_get(json_object_get(schema, "enum"), 0)))
		return json_incref(first);
	if ((first = json_array_get(json_object_get(schema, "anyOf"), 0)))
		return reference_sample(first, name, schemas);
	if (!type)
		return json_object();
	if (!strcmp(type, "object"))
		return sample_object(schema, schemas);
	if (!strcmp(type, "array"))
		return json_pack("[o]", reference_sample(json_object_get(schema, "items"), name, schemas));
	if (!strcmp(type, "integer"))
		return (first = json_object_get(schema, "minimum")) ? json_incref(first) : json_integer(1);
	if (!strcmp(type, "boolean"))
		return json_true();
	return strcmp(type, "null") ? sample_text(schema, name) : json_null();
}
