/* The WebSocket as an AsyncAPI document: requests with their answers, events, close codes.
 * Source: AsyncAPI 3.0.0.
 * Thread: any. */
#include "reference.h"

#include <stdio.h>

/* What is told but not kept, and so has no row in the table of events. */
static const struct {
	const char *name, *type, *help;
} ephemeral[] = {
	{ "presence.diff", "{version,from:text|null,up?:[PRESENCE],down?:[id],counts?:<int>}",
	  "What changed in the presence that this session watches, since the version `from`" },
	{ "queue.changed",
	  "{team:id|null,waiting:int,oldest:time|null,passed:int,items:[{conversation:id,position:int,"
	  "priority:=low|=normal|=high|=urgent,channel:id|null,queued_at:time,passed_at:time|null}]}",
	  "What waits in a queue now: how many, since when the oldest, how many of them everybody at work "
	  "has let pass, and the first hundred" },
	{ "audit.appended", "{items:[AUDIT],more?:bool}",
	  "What was added to the audit log; with `more` too much to be told, so that audit.list is to be "
	  "asked" },
	{ "dashboard.delta", "{version,from:text,all?:TILE,no_team?:TILE,teams:[TILE],gone:[id]}",
	  "What changed on the dashboard since the version `from`: tiles as they are now, teams that are "
	  "gone" },
	{ "session.skipped", "{}",
	  "This session was slow to read, and events that the log doesn't keep were left out: what they tell "
	  "of "
	  "is to be asked for anew (queue.list, dashboard.get, conversation.viewing)" },
	{ "conversation.viewers", "{conversation:id,viewers:[VIEWER]}",
	  "Who views a conversation now: somebody began or ceased to" },
	{ "conversation.typing", "{conversation:id,user:id,on:bool}",
	  "Somebody who views a conversation began or ceased to type" },
};

/* Who receives events, by how their names begin: the first row that fits. */
static const struct {
	const char *prefix, *who;
} receivers[] = {
	{ "presence.diff", "whoever watches these people and may see them: oneself, presence.view" },
	{ "presence.", "the person" },
	{ "user.deactivated", "users.view" },
	{ "user.removed",
	  "users.view, teams.manage, and members of the teams that the person belonged to or led" },
	{ "user.", "the person and users.view" },
	{ "role.assigned", "the person and users.view" },
	{ "role.", "who holds the role, and roles.manage" },
	{ "permissions.", "the person" },
	{ "permission.", "everybody" },
	{ "team.", "members of the team, also who joins or leaves it, teams.manage and users.view" },
	{ "workspace.", "everybody" },
	{ "owner.", "everybody" },
	{ "invite.", "users.manage" },
	{ "seats.", "users.manage" },
	{ "session.", "the person" },
	{ "security.", "security.manage" },
	{ "second_factor.", "the person and security.manage" },
	{ "view_as.", "who looks, the person, and audit.view" },
	{ "audit.", "audit.view" },
	{ "conversation.viewers", "who may see the conversation" },
	{ "conversation.typing", "who may see the conversation" },
	{ "conversation.",
	  "who may see the conversation: conversations.view; and whose it was, without the record" },
	{ "queue.", "queue.view:team in the team, and queue.view:all" },
	{ "capacity.", "the person, presence.view:team in their teams, and presence.view:all" },
	{ "dashboard.", "dashboard.view" },
	{ "x.", "the audience that it was published to" },
};

static const char *receiver(const char *event)
{
	for (size_t i = 0; i < MU_COUNT(receivers); i++)
		if (!strncmp(event, receivers[i].prefix, strlen(receivers[i].prefix)))
			return receivers[i].who;
	return "nobody";
}

struct document {
	json_t *schemas, *messages, *channel, *operations;
};

static json_t *ref(const char *place, const char *name)
{
	return json_pack("{s:o}", "$ref", json_sprintf("#/%s/%s", place, name));
}

/* A message of the channel, with a list of examples. */
static void add_message(struct document *d, const char *name, const char *title, json_t *payload,
			json_t *examples)
{
	json_object_set_new(d->messages, name,
			    json_pack("{s:s, s:s, s:o, s:o}", "name", name, "title", title, "payload",
				      payload, "examples", examples));
	json_object_set_new(d->channel, name, ref("components/messages", name));
}

/* ---- requests ---- */

static json_t *request_payload(const struct mu_command *command)
{
	json_t *params = command->params
				 ? reference_shape(command->params, true)
				 : json_pack("{s:s, s:b}", "type", "object", "additionalProperties", 0);
	json_t *required = json_pack("[sss]", "jsonrpc", "id", "method");

	if (json_array_size(json_object_get(params, "required")))
		json_array_append_new(required, json_string("params"));
	if (command->params) /* a name of one's own for a write, as over HTTP */
		json_object_set_new(
			json_object_get(params, "properties"), "idempotency_key",
			json_pack("{s:s, s:i, s:i}", "type", "string", "minLength", 1, "maxLength", 200));
	return json_pack("{s:s, s:{s:{s:s}, s:{s:[ss]}, s:{s:s}, s:o}, s:o, s:b}", "type", "object",
			 "properties", "jsonrpc", "const", "2.0", "id", "type", "integer", "string", "method",
			 "const", command->name, "params", params, "required", required,
			 "additionalProperties", 0);
}

static json_t *request_examples(const struct mu_command *command, const json_t *examples)
{
	json_t *all = json_array(), *example;
	size_t i;

	json_array_foreach(examples, i, example)
	{
		json_t *params = json_object_get(example, "params");

		json_array_append_new(all, json_pack("{s:{s:s, s:i, s:s, s:O*}}", "payload", "jsonrpc", "2.0",
						     "id", (int)i + 1, "method", command->name, "params",
						     json_object_size(params) ? params : NULL));
	}
	return all;
}

static json_t *reply_payload(const struct mu_command *command)
{
	return json_pack("{s:s, s:{s:{s:s}, s:{s:[sss]}, s:o, s:{s:s}}, s:[ss], s:b}", "type", "object",
			 "properties", "jsonrpc", "const", "2.0", "id", "type", "integer", "string", "null",
			 "result", reference_type(command->result), "error", "$ref",
			 "#/components/schemas/ERROR", "required", "jsonrpc", "id", "additionalProperties",
			 0);
}

static void add_request(struct document *d, const struct mu_command *command)
{
	AUTO_JSON json_t *examples = reference_examples(command->name, NULL, false);
	AUTO_JSON json_t *result = reference_type(command->result);
	json_t *operation;
	char reply[80];

	snprintf(reply, sizeof(reply), "%s.reply", command->name);
	add_message(d, command->name, command->help, request_payload(command),
		    request_examples(command, examples));
	add_message(d, reply, "Its answer", reply_payload(command),
		    json_pack("[{s:{s:s, s:i, s:o}}]", "payload", "jsonrpc", "2.0", "id", 1, "result",
			      reference_sample(result, NULL, d->schemas)));
	operation = json_pack("{s:s, s:s, s:o, s:[o], s:{s:o, s:[o]}}", "action", "receive", "summary",
			      command->help, "channel", ref("channels", "ws"), "messages",
			      ref("channels/ws/messages", command->name), "reply", "channel",
			      ref("channels", "ws"), "messages", ref("channels/ws/messages", reply));
	if (operation && !reference_rights(command, operation))
		json_object_del(operation, "security"); /* the connection's, not the request's */
	json_object_set(operation, "x-examples", examples);
	json_object_set_new(d->operations, command->name, operation);
}

/* ---- events ---- */

static void add_event(struct document *d, const char *name, const char *help, json_t *data, bool durable)
{
	const bool own = !strcmp(name, "x.*");
	json_t *type = own ? json_pack("{s:s, s:s}", "type", "string", "pattern", "^x\\.")
			   : json_pack("{s:s}", "const", name);
	json_t *params = json_pack("{s:s, s:{s:o, s:o, s:o, s:o, s:o, s:o}, s:[ssss], s:b}", "type", "object",
				   "properties", "type", type, "seq", reference_type("int"), "cursor",
				   reference_type("text"), "at", reference_type("time"), "actor",
				   reference_type("ACTOR"), "data", data, "required", "type", "at", "actor",
				   "data", "additionalProperties", 0);
	json_t *payload =
		json_pack("{s:s, s:{s:{s:s}, s:{s:s}, s:O}, s:[sss], s:b}", "type", "object", "properties",
			  "jsonrpc", "const", "2.0", "method", "const", "event", "params", params, "required",
			  "jsonrpc", "method", "params", "additionalProperties", 0);
	json_t *sample = reference_sample(params, NULL, d->schemas), *operation;
	char message[80];

	if (own) {
		json_object_set_new(sample, "type", json_string("x.order_paid"));
		name = "x.any";
	}
	if (!durable) {
		json_object_del(sample, "seq");
		json_object_del(sample, "cursor");
	}
	json_object_set_new(sample, "actor", json_pack("{s:s}", "user", "olga"));
	snprintf(message, sizeof(message), "event.%s", name);
	add_message(d, message, help, payload,
		    json_pack("[{s:{s:s, s:s, s:o}}]", "payload", "jsonrpc", "2.0", "method", "event",
			      "params", sample));
	operation =
		json_pack("{s:s, s:s, s:o, s:o, s:[o]}", "action", "send", "summary", help, "description",
			  json_sprintf("%s. Received by: %s. %s", help, receiver(name),
				       durable ? "Durable: it carries a sequence and a cursor, and is "
						 "replayed to who was away."
					       : "Not kept: who was away asks anew."),
			  "channel", ref("channels", "ws"), "messages", ref("channels/ws/messages", message));
	json_object_set_new(d->operations, message, operation);
	json_decref(params);
}

static void add_events(struct document *d)
{
	const struct mu_event_type *type;

	for (unsigned i = 0; (type = mu_event_type(i)); i++) {
		if (type->audience)
			add_event(d, type->name, type->help, reference_shape(type->shape, false), true);
		else if (type == &mu_custom_event)
			add_event(d, type->name, type->help, reference_type("JSON"), true);
	}
	for (size_t i = 0; i < MU_COUNT(ephemeral); i++)
		add_event(d, ephemeral[i].name, ephemeral[i].help, reference_type(ephemeral[i].type), false);
}

/* ---- the whole ---- */

static json_t *make_closes(void)
{
	json_t *closes = json_array();
	const struct mu_close_info *info;

	for (unsigned i = 0; closes && (info = mu_close_row(i)); i++)
		json_array_append_new(closes,
				      json_pack("{s:i, s:s, s:b, s:s}", "code", info->code, "kind",
						info->kind, "retry", info->retry, "text", info->text));
	return closes;
}

static json_t *make_channel(const struct document *d)
{
	return json_pack(
		"{s:s, s:s, s:o, s:{s:{s:s, s:{s:s, s:{s:{s:s, s:s}}}}}, s:o}", "address", "/v1/ws",
		"description",
		"Subprotocol muster.v1: UTF-8 text frames, each a JSON-RPC 2.0 message or batch. The "
		"first request is session.open. The hub ends a connection with one of x-close-codes.",
		"messages", d->channel, "bindings", "ws", "method", "GET", "headers", "type", "object",
		"properties", "Sec-WebSocket-Protocol", "type", "string", "const", "muster.v1",
		"x-close-codes", make_closes());
}

json_t *reference_asyncapi(void)
{
	struct document d = { reference_schemas(), json_object(), json_object(), json_object() };
	const struct mu_command *command;

	for (unsigned i = 0; (command = mu_command(i)); i++)
		if (!(command->flags & MU_METHOD_OPERATOR))
			add_request(&d, command);
	add_events(&d);
	json_t *channel = make_channel(&d);
	return json_pack(
		"{s:s, s:{s:s, s:s, s:s, s:{s:s}}, s:s, s:{s:{s:s, s:s, s:s}}, s:{s:o}, s:o, s:{s:o, s:o}}",
		"asyncapi", "3.0.0", "info", "title", "Muster", "version", MU_VERSION, "description",
		"Presence and notifications for support platforms: the WebSocket. The same commands work "
		"over "
		"HTTP, see /openapi.json.",
		"license", "name", "MIT", "defaultContentType", "application/json", "servers", "hub", "host",
		"localhost:8080", "protocol", "ws", "description", "A hub; wss behind TLS", "channels", "ws",
		channel, "operations", d.operations, "components", "messages", d.messages, "schemas",
		d.schemas);
}
