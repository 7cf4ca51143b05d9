/* Types of results in a few words, and the records that they name.
 * Thread: any. */
#include "reference.h"
#include "muster/model/conversation.h"
#include "muster/model/seat.h"

#include <ctype.h>

#define REF "#/components/schemas/"

/* Members whose name says what they are. */
static const struct {
	const char *name, *type;
} members[] = {
	{ "id", "id" },
	{ "name", "text" },
	{ "email", "text" },
	{ "roles", "[id]" },
	{ "teams", "[id]" },
	{ "permissions", "[text]" },
	{ "created_at", "time" },
	{ "expires_at", "time|null" },
	{ "schedule", "SCHEDULE|null" },
	{ "strategy", "=manual|=round_robin|=load_balanced" },
	{ "next", "text|null" },
	{ "user", "USER" },
	{ "token", "text" },
	{ "must_enroll", "bool" },
	{ "seq", "int|null" },
	{ "revoked", "int" },
	{ "secret", "text" },
	{ "uri", "text" },
	{ "recovery_codes", "[text]" },
	{ "ticket", "text" },
	{ "version", "text" },
	{ "enrolled", "bool" },
	{ "since", "time|null" },
	{ "recovery_left", "int" },
	{ "required", "bool" },
	{ "workspace", "id" },
	{ "owner", "id" },
	{ "key", "text" },
	{ "ok", "bool" },
	{ "error", "ERROR" },
	{ "inviter", "text|null" },
	{ "modules", "<=none|=view|=edit|=custom>" },
	{ "kind", "=web|=mobile|=desktop|=api" },
	{ "state", "=active|=idle|=background" },
};

/* Records, as the hub writes them: by a type or by a shape of their own. */
static const struct {
	const char *name, *type;
	const struct mu_shape *shape;
	const char *help;
} records[] = {
	{ "USER",
	  "{id,name,email,phone:text|null,roles,teams,capacity:int,state:=active|=deactivated,owner:bool,"
	  "created_at,status?:id}",
	  NULL, "A person" },
	{ "TEAM", "{id,name,lead:id|null,members:[id],schedule,strategy,settings:ROUTING}", NULL, "A team" },
	{ "ROLE", "{id,name,description:text|null,permissions,modules}", NULL, "A role" },
	{ "ROLE_PACK",
	  "{id,title:text,help:text,roles:[{id,name,description:text|null,permissions,loaded:bool}]}", NULL,
	  "Roles that can be loaded together" },
	{ "PERMISSION", "{key,help:text,module:bool,registered:bool}", NULL, "A permission" },
	{ "KEY",
	  "{kid:text,alg:=HS256|=EdDSA|=api,public?:text,scopes?:[text],created_at,key?,secret?,private?:"
	  "text}",
	  NULL, "A key; its secret shows only in the answer that made it" },
	{ "INVITE",
	  "{id,email,name:text|null,roles,teams,state:=pending|=accepted|=expired|=revoked,invited_by:id|"
	  "null,"
	  "created_at,expires_at,user:id|null,link?:text,mailed?:bool}",
	  NULL, "An invitation" },
	{ "SEATS", NULL, NULL, "Seats" },
	{ "SECURITY_STATE", "{require_2fa:bool,people:{with_password:int,enrolled:int}}", NULL,
	  "What the workspace asks of who signs in" },
	{ "SESSION",
	  "{session:id,workspace:{id,name},user:USER|null,key?:id,"
	  "chosen?:CHOICE,permissions,cursor:text,resumed:bool,"
	  "replayed:int,ping_interval_ms:int,settings:{statuses:[STATUS],idle_after_ms:int},"
	  "presence:{version?:text,users?:[PRESENCE],counts?:<int>},view_as?:object,must_enroll?:bool}",
	  NULL, "An open session" },
	{ "SESSION_INFO",
	  "{session:id,device:{id,kind,name:text|null},state,connected_at:time,address:text,current:bool}",
	  NULL, "A device that is signed in" },
	{ "WORKSPACE",
	  "{id,name,owner:id|null,created_at,idle_after_ms:int,statuses:[STATUS],schedule,strategy,settings:"
	  "ROUTING,channels:[CHANNEL]}",
	  NULL, "The workspace" },
	{ "PRESENCE",
	  "{user:id,name,status:id,base:=available|=away|=busy|=offline,since,cause:=self|=idle|=supervisor|"
	  "=schedule|=disconnect|=connect|=expiry,note:text|null,until:time|null,devices:[{kind,state}],"
	  "chosen?:CHOICE,"
	  "load:int,capacity:int,accepting:bool,reachable?:=mobile,last_seen:time|null}",
	  NULL, "What others see of a person" },
	{ "CHANGES", "{created:int,updated:int,removed:int}", NULL, "How many rows a sync changed" },
	{ "CHOICE", "{status:id,note:text|null,until:time|null}", NULL, "What a person chose to be seen as" },
	{ "ACTOR", "{user?:id,key?:id,view?:id,operator?:bool,system?:bool}", NULL, "Who did it" },
	{ "ORIGIN", "{address?:text,transport:=ws|=http|=cli,session?:id,device?:id,kind?,agent?:text}", NULL,
	  "From where it was done" },
	{ "AUDIT",
	  "{seq:int,at:time,action:text,actor:ACTOR,user:id|null,origin:ORIGIN|null,before:object|null,"
	  "after:object|null,erased?:bool}",
	  NULL, "A row of the audit log: before is what the changed fields were, after what the event says" },
	{ "INTERVAL",
	  "{user:id,name,status:id,base:=available|=away|=busy|=offline,cause:=self|=idle|=supervisor|"
	  "=schedule|=disconnect|=connect|=expiry,from:time,to:time,duration_ms:int,open:bool}",
	  NULL, "A time in which a person's status stayed the same; open: it went on after to" },
	{ "SUM",
	  "{user?:id,team?:id,name,day?:date,from:time,to:time,total_ms:int,present_ms:int,"
	  "statuses:[{status:id,base:=available|=away|=busy|=offline,duration_ms:int}],"
	  "load_average:number,load_largest:int,assigned:int}",
	  NULL, "How long a person, or all of a team together, were what; present: not offline" },
	{ "TILE",
	  "{team:id|null,name:text|null,people:int,present:int,accepting:int,"
	  "statuses:[{status:id,base:=available|=away|=busy|=offline,people:int}],load:int,capacity:int,"
	  "conversations:{open:int,pending:int,snoozed:int},waiting:int,oldest:time|null,"
	  "passed:int}",
	  NULL,
	  "People, load and capacity of those present, unresolved conversations, what waits, and how much of "
	  "it everybody at work has let pass" },
	{ "DASHBOARD", "{version,all:TILE,no_team:TILE,teams:[TILE]}", NULL,
	  "The dashboard; no_team: the people and conversations without a team" },
	{ "PROBLEM",
	  "{type:text,title:text,status:int,detail:text,code:int,kind:text,temporary:bool,retry_after_ms?:"
	  "int,"
	  "fields?:<text>,present?:object}",
	  NULL, "An error over HTTP (RFC 9457)" },
	{ "ERROR",
	  "{code:int,message:text,data:{kind:text,temporary:bool,retry_after_ms:int,fields?:<text>,"
	  "present?:object}}",
	  NULL, "An error over the WebSocket (JSON-RPC 2.0)" },
	{ "CONVERSATION", NULL, &mu_conversation_shape,
	  "A conversation, as far as it concerns who takes care" },
	{ "WAITING",
	  "{conversation:id,team:id|null,position:int,priority:=low|=normal|=high|=urgent,channel:id|null,"
	  "queued_at:time,passed_at:time|null,waiting_ms:int}",
	  NULL,
	  "A conversation that waits; passed_at: since when although everybody at work has let it pass" },
	{ "VIEWER", "{user:id,name,typing:bool}", NULL, "Who views a conversation" },
	{ "STATUS", NULL, &mu_status_record_shape, "A status that people may choose" },
	{ "SCHEDULE", NULL, &mu_schedule_shape, "Business hours" },
	{ "ROUTING", NULL, &mu_routing_settings_shape, "How conversations are given out" },
	{ "CHANNEL", NULL, &mu_channel_shape, "How much conversations of a channel weigh" },
};

static const struct {
	const char *word, *schema;
} words[] = {
	{ "text", "{\"type\":\"string\"}" },   { "int", "{\"type\":\"integer\"}" },
	{ "number", "{\"type\":\"number\"}" }, { "date", "{\"type\":\"string\",\"format\":\"date\"}" },
	{ "bool", "{\"type\":\"boolean\"}" },  { "time", "{\"type\":\"string\",\"format\":\"date-time\"}" },
	{ "id", "{\"$ref\":\"" REF "ID\"}" },  { "object", "{\"type\":\"object\"}" },
	{ "null", "{\"type\":\"null\"}" },
};

static json_t *read_type(const char **at);

static size_t word_length(const char *at)
{
	size_t n = 0;

	while (isalnum((unsigned char)at[n]) || at[n] == '_')
		n++;
	return n;
}

static json_t *read_word(const char **at)
{
	size_t n = word_length(*at);
	const char *word = *at;

	*at += n;
	if (n && isupper((unsigned char)*word))
		return json_pack("{s:o}", "$ref", json_sprintf(REF "%.*s", (int)n, word));
	for (size_t i = 0; n && i < MU_COUNT(words); i++)
		if (strlen(words[i].word) == n && !strncmp(words[i].word, word, n))
			return json_loads(words[i].schema, 0, NULL);
	return NULL;
}

static json_t *read_constant(const char **at)
{
	size_t n = word_length(++*at);
	json_t *schema = json_pack("{s:o}", "const", json_stringn(*at, n));

	*at += n;
	return schema;
}

/* Behind a name: its type, or the one that members of this name have. */
static json_t *read_member(const char **at, const char *name, size_t n)
{
	if (**at == ':') {
		++*at;
		return read_type(at);
	}
	for (size_t i = 0; i < MU_COUNT(members); i++)
		if (strlen(members[i].name) == n && !strncmp(members[i].name, name, n))
			return reference_type(members[i].type);
	return NULL;
}

static json_t *read_object(const char **at)
{
	json_t *properties = json_object(), *required = json_array();
	bool good = properties && required;

	for (++*at; good && **at != '}'; *at += **at == ',') {
		const char *name = *at;
		size_t n = word_length(name);

		*at += n;
		if (**at == '?')
			++*at;
		else
			good = !json_array_append_new(required, json_stringn(name, n));
		good = good && n && !json_object_setn_new(properties, name, n, read_member(at, name, n));
	}
	*at += **at == '}';
	if (good)
		return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties,
				 "required", required, "additionalProperties", false);
	json_decref(properties);
	json_decref(required);
	return NULL;
}

static json_t *read_one(const char **at)
{
	json_t *inner;

	switch (**at) {
	case '{':
		return read_object(at);
	case '=':
		return read_constant(at);
	case '[':
		++*at;
		inner = read_type(at);
		*at += **at == ']';
		return inner ? json_pack("{s:s, s:o}", "type", "array", "items", inner) : NULL;
	case '<':
		++*at;
		inner = read_type(at);
		*at += **at == '>';
		return inner ? json_pack("{s:s, s:o}", "type", "object", "additionalProperties", inner)
			     : NULL;
	default:
		return read_word(at);
	}
}

static json_t *read_type(const char **at)
{
	json_t *first = read_one(at), *choice;

	if (!first || **at != '|')
		return first;
	choice = json_pack("{s:[o]}", "anyOf", first);
	while (choice && **at == '|') {
		++*at;
		if (json_array_append_new(json_object_get(choice, "anyOf"), read_one(at))) {
			json_decref(choice);
			return NULL;
		}
	}
	return choice;
}

json_t *reference_type(const char *text)
{
	json_t *schema = read_type(&text);

	if (schema && !*text)
		return schema;
	json_decref(schema);
	return NULL;
}

json_t *reference_schemas(void)
{
	json_t *all = json_pack("{s:{s:s, s:s, s:s}, s:{s:s, s:[sssss]}}", "ID", "type", "string", "pattern",
				"^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$", "description", "An identifier", "JSON",
				"description", "Any JSON value", "type", "object", "array", "string",
				"number", "boolean");

	for (size_t i = 0; all && i < MU_COUNT(records); i++) {
		const struct mu_shape *shape = records[i].shape;
		json_t *schema;

		if (!shape && !records[i].type)
			shape = mu_seats_changed_type.shape;
		schema = shape ? reference_shape(shape, false) : reference_type(records[i].type);
		if (schema)
			json_object_set_new(schema, "description", json_string(records[i].help));
		if (json_object_set_new(all, records[i].name, schema)) {
			json_decref(all);
			return NULL;
		}
	}
	return all;
}
