/* Conversations: their events, who hears them, what may be asked of whom.
 * Invariant: an event puts in place the record that it carries, which is the next version of what is there.
 * Thread: hub. */
#include "concept.h"
#include "muster/model/conversation.h"
#include "place.h"
#include "state.h"

#include <inttypes.h>

const char *const mu_priority_names[] = { "low", "normal", "high", "urgent", NULL };
const char *const mu_conversation_status_names[] = { "open", "pending", "snoozed", "resolved", NULL };
const char *const mu_reason_names[] = {
	"none",     "manual",   "auto",    "capacity", "offline", "deactivated", "taken",  "team_changed",
	"released", "declined", "timeout", "overflow", "nobody",  "waiting",     "passed", NULL,
};

static const struct mu_field record_fields[] = {
	MU_FIELD(struct mu_conversation_record, id, MU_ID, MU_REQUIRED, .help = "The conversation"),
	MU_FIELD(struct mu_conversation_record, team, MU_ID, MU_NULLABLE, .help = "Team whose it is"),
	MU_FIELD(struct mu_conversation_record, channel, MU_ID, MU_NULLABLE,
		 .help = "Where it comes from; says what it weighs"),
	MU_FIELD(struct mu_conversation_record, subject, MU_STRING, MU_NULLABLE, .max = 200,
		 .help = "What it is about"),
	MU_FIELD(struct mu_conversation_record, priority, MU_ENUM, MU_REQUIRED, .names = mu_priority_names,
		 .help = "What goes first"),
	MU_FIELD(struct mu_conversation_record, labels, MU_STRINGS, 0, .max = 32, .help = "The platform's"),
	MU_FIELD(struct mu_conversation_record, status, MU_ENUM, MU_REQUIRED,
		 .names = mu_conversation_status_names, .help = "Whether somebody has to do something"),
	MU_FIELD(struct mu_conversation_record, assignee, MU_ID, MU_NULLABLE,
		 .help = "User who takes care of it"),
	MU_FIELD(struct mu_conversation_record, offered_to, MU_ID, MU_NULLABLE,
		 .help = "User who is asked to"),
	MU_FIELD(struct mu_conversation_record, offer_expires_at, MU_TIME, MU_NULLABLE,
		 .help = "Until when they may accept"),
	MU_FIELD(struct mu_conversation_record, version, MU_INT, MU_REQUIRED, .min = 1, .max = -1,
		 .help = "One more with each event about it"),
	MU_FIELD(struct mu_conversation_record, created_at, MU_TIME, MU_REQUIRED, .help = "Since when it is"),
	MU_FIELD(struct mu_conversation_record, queued_at, MU_TIME, MU_NULLABLE,
		 .help = "Since when its wait counts"),
	MU_FIELD(struct mu_conversation_record, assigned_at, MU_TIME, MU_NULLABLE,
		 .help = "Since when it is the assignee's"),
	MU_FIELD(struct mu_conversation_record, snoozed_until, MU_TIME, MU_NULLABLE,
		 .help = "When it opens by itself"),
	MU_FIELD(struct mu_conversation_record, resolved_at, MU_TIME, MU_NULLABLE,
		 .help = "When it was resolved"),
	MU_FIELD(struct mu_conversation_record, passed_at, MU_TIME, MU_NULLABLE,
		 .help = "Since when it waits although everybody at work has let it pass"),
	MU_FIELD(struct mu_conversation_record, passed, MU_STRINGS, MU_SECRET | MU_OMIT_ZERO),
	MU_FIELD(struct mu_conversation_record, left, MU_STRINGS, MU_SECRET | MU_OMIT_ZERO),
};
const struct mu_shape mu_conversation_shape =
	MU_SHAPE(struct mu_conversation_record, "CONVERSATION", record_fields);

static const struct mu_field event_fields[] = {
	MU_FIELD(struct mu_conversation_event, conversation, MU_ID, MU_REQUIRED, .help = "Which one"),
	MU_FIELD(struct mu_conversation_event, from, MU_ID, MU_NULLABLE,
		 .help = "User whose it was, or to whom it was offered"),
	MU_FIELD(struct mu_conversation_event, to, MU_ID, MU_NULLABLE,
		 .help = "User whose it is, or to whom it is offered"),
	MU_FIELD(struct mu_conversation_event, team, MU_ID, MU_NULLABLE, .help = "Team whose it is now"),
	MU_FIELD(struct mu_conversation_event, reason, MU_ENUM, MU_OMIT_ZERO, .names = mu_reason_names,
		 .help = "Why"),
	MU_FIELD(struct mu_conversation_event, by, MU_ID, MU_NULLABLE, .help = "User who did it"),
	MU_FIELD(struct mu_conversation_event, version, MU_INT, MU_REQUIRED, .min = 1, .max = -1,
		 .help = "The conversation's, now"),
	MU_FIELD(struct mu_conversation_event, until, MU_TIME, 0, .help = "End of the offer or snooze"),
	MU_FIELD(struct mu_conversation_event, record, MU_RECORD, MU_SIGHT, .shape = &mu_conversation_shape,
		 .help = "The conversation as it is now, for those who may see it"),
};
static const struct mu_shape event_shape =
	MU_SHAPE(struct mu_conversation_event, "CONVERSATION_EVENT", event_fields);

/* ---- who is told ---- */

enum mu_err mu_conversation_topics(const struct mu_conversation_record *record, struct mu_arena *arena,
				   struct mu_strs *topics)
{
	enum mu_err err = mu_topic_add(arena, topics, "may/conversations.view:all");

	if (!err && record->team)
		err = mu_topic_add(arena, topics, "team/%s/may/conversations.view:team", record->team);
	if (!err && record->assignee)
		err = mu_topic_add(arena, topics, "own/%s", record->assignee);
	if (!err && record->offered_to)
		err = mu_topic_add(arena, topics, "own/%s", record->offered_to);
	if (!err && !record->assignee)
		err = mu_topic_add(arena, topics, "may/conversations.view:unassigned");
	return err;
}

static const struct mu_conversation_record *record_before(const struct mu_workspace *ws,
							  const struct mu_event *event)
{
	const struct mu_conversation_event *data = event->data;
	const struct mu_conversation *conversation = mu_workspace_conversation(ws, data->conversation);

	return conversation ? &conversation->record : NULL;
}

static enum mu_err tell_sight(const struct mu_workspace *ws, const struct mu_event *event,
			      struct mu_arena *arena, struct mu_strs *topics)
{
	const struct mu_conversation_event *data = event->data;

	return data->record ? mu_conversation_topics(data->record, arena, topics) : MU_CONFLICT;
}

static enum mu_err tell_removed(const struct mu_workspace *ws, const struct mu_event *event,
				struct mu_arena *arena, struct mu_strs *topics)
{
	const struct mu_conversation_record *before = record_before(ws, event);

	return before ? mu_conversation_topics(before, arena, topics) : MU_CONFLICT;
}

/* Whoever held it hears that they don't, whatever they may see. */
static enum mu_err add_holder(const char *was, const struct mu_conversation_record *now,
			      struct mu_arena *arena, struct mu_strs *topics)
{
	if (!was || state_same(was, now->assignee) || state_same(was, now->offered_to))
		return MU_OK;
	return mu_topic_add(arena, topics, "user/%s", was);
}

/* Who could see it before and can't any more. */
static enum mu_err tell_parting(const struct mu_workspace *ws, const struct mu_event *event,
				struct mu_arena *arena, struct mu_strs *topics)
{
	const struct mu_conversation_record *before = record_before(ws, event),
					    *now = ((const struct mu_conversation_event *)event->data)
							   ->record;
	struct mu_strs saw = { 0 }, see = { 0 };
	enum mu_err err = before && now ? mu_conversation_topics(before, arena, &saw) : MU_OK;

	if (!err && now)
		err = mu_conversation_topics(now, arena, &see);
	for (size_t i = 0; !err && i < saw.n; i++)
		if (!mu_strs_has(&see, saw.v[i]))
			err = mu_topic_add(arena, topics, "%s", saw.v[i]);
	if (!err && saw.n)
		err = add_holder(before->assignee, now, arena, topics);
	return err || !saw.n ? err : add_holder(before->offered_to, now, arena, topics);
}

bool mu_conversation_visible(const struct mu_workspace *ws, const struct mu_conversation *conversation,
			     const struct mu_user *user, const struct mu_perms *perms)
{
	const struct mu_conversation_record *record = &conversation->record;

	if (mu_perms_has(perms, MU_PERM_CONVERSATIONS_VIEW_ALL))
		return true;
	if (!record->assignee && mu_perms_has(perms, MU_PERM_CONVERSATIONS_VIEW_UNASSIGNED))
		return true;
	if (!user)
		return false;
	if (record->team && mu_perms_has(perms, MU_PERM_CONVERSATIONS_VIEW_TEAM) &&
	    mu_strs_has(&user->teams, record->team))
		return true;
	return mu_perms_has(perms, MU_PERM_CONVERSATIONS_VIEW_OWN) &&
	       (state_same(record->assignee, user->id) || state_same(record->offered_to, user->id));
}

/* ---- the state ---- */

/* A log from elsewhere is checked: what the record names exists and fits together. */
static bool fits(const struct mu_workspace *ws, const struct mu_conversation_record *record)
{
	const bool named = (!record->team || mu_workspace_team(ws, record->team)) &&
			   (!record->assignee || mu_workspace_user(ws, record->assignee)) &&
			   (!record->offered_to || mu_workspace_user(ws, record->offered_to));

	return named &&
	       (!record->offered_to || (!record->assignee && record->status == MU_CONVERSATION_OPEN));
}

static enum mu_err make(struct mu_workspace *ws, const char *id, struct mu_conversation **ret_conversation)
{
	struct mu_conversation *conversation = NULL;
	const struct mu_conversation_record only_id = { .id = (char *)id };
	bool added = false;

	if (place_reserve(ws, HASH_COUNT(ws->conversations) + 1) ||
	    !(conversation = calloc(1, sizeof(*conversation))))
		return MU_NO_MEMORY;
	if (!place_record(conversation, &only_id))
		ADD_STR(ws->conversations, conversation, record.id);
	if (added) {
		*ret_conversation = conversation;
		return MU_OK;
	}
	state_conversation_free(conversation);
	return MU_NO_MEMORY;
}

static enum mu_err apply_created(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_conversation_event *data = event->data;
	struct mu_conversation *conversation = NULL;
	enum mu_err err;

	if (!data->record || mu_workspace_conversation(ws, data->conversation) ||
	    strcmp(data->record->id, data->conversation) || data->record->version != data->version ||
	    !fits(ws, data->record))
		return MU_CONFLICT;
	err = make(ws, data->conversation, &conversation);
	if (!err)
		err = place_record(conversation, data->record);
	if (!err)
		place_put(ws, conversation);
	return err;
}

/* An assignment to somebody whose it wasn't: they are the last in the rotation now. */
static void rotate(struct mu_workspace *ws, const struct mu_conversation_record *before,
		   const struct mu_conversation_record *now)
{
	if (now->assignee && !state_same(before->assignee, now->assignee))
		mu_workspace_user(ws, now->assignee)->rotation = ++ws->n_assignments;
}

static enum mu_err apply_record(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_conversation_event *data = event->data;
	struct mu_conversation *conversation = mu_workspace_conversation(ws, data->conversation);
	enum mu_err err;

	if (!conversation || !data->record || strcmp(data->record->id, data->conversation) ||
	    data->record->version != data->version || data->version != conversation->record.version + 1 ||
	    !fits(ws, data->record))
		return MU_CONFLICT;
	rotate(ws, &conversation->record, data->record);
	place_take(ws, conversation);
	err = place_record(conversation, data->record);
	place_put(ws, conversation);
	return err;
}

static enum mu_err apply_removed(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_conversation_event *data = event->data;
	struct mu_conversation *conversation = mu_workspace_conversation(ws, data->conversation);

	if (!conversation || data->version != conversation->record.version + 1)
		return MU_CONFLICT;
	place_take(ws, conversation);
	HASH_DEL(ws->conversations, conversation);
	state_conversation_free(conversation);
	return MU_OK;
}

enum mu_err dump_conversation(const struct mu_conversation *conversation, dump_each *each, void *arg)
{
	struct mu_conversation_record record = conversation->record;
	const struct mu_conversation_event data = {
		.conversation = record.id, .team = record.team, .version = record.version, .record = &record
	};

	return each(arg, &mu_conversation_created, &data, record.created_at);
}

/* ---- rules ---- */

enum mu_err mu_rule_conversation_team(const struct mu_workspace *ws, const char *team,
				      struct mu_fault *ret_fault)
{
	return !team || mu_workspace_team(ws, team)
		       ? MU_OK
		       : mu_fail_field(ret_fault, "team", "there is no such team");
}

enum mu_err mu_rule_conversation_holder(const struct mu_workspace *ws,
					const struct mu_conversation_record *record,
					const struct mu_user *user, struct mu_fault *ret_fault)
{
	if (!user->active)
		return mu_fail_field(ret_fault, "user", "is deactivated");
	if (!mu_perms_has(&user->perms, MU_PERM_CONVERSATIONS_REPLY) ||
	    !mu_perms_has(&user->perms, MU_PERM_CONVERSATIONS_VIEW_OWN))
		return mu_fail_field(ret_fault, "user", "may not reply in conversations of their own");
	if (record->team && !mu_strs_has(&user->teams, record->team))
		return mu_fail_field(ret_fault, "user", "is not of the conversation's team");
	return MU_OK;
}

enum mu_err mu_rule_conversation_room(const struct mu_workspace *ws,
				      const struct mu_conversation_record *record, const struct mu_user *user,
				      struct mu_fault *ret_fault)
{
	const struct mu_conversation *conversation = mu_workspace_conversation(ws, record->id);
	const bool theirs = conversation && conversation->holder == user &&
			    conversation->record.status != MU_CONVERSATION_SNOOZED &&
			    conversation->record.status != MU_CONVERSATION_RESOLVED;

	if (theirs || user->load + mu_channel_weight(ws, record->channel) <= user->capacity)
		return MU_OK;
	return mu_fail(ret_fault, MU_CONFLICT, "%s has no room for it: %" PRId64 " of %" PRId64 " are taken",
		       user->id, user->load, user->capacity);
}

/* What people and the platform do is audited; what follows from it by itself isn't. */
static const char *action(const struct mu_workspace *ws, const struct mu_event *event)
{
	return event->actor && !strcmp(event->actor, MU_ACTOR_SYSTEM) ? NULL : event->type->name;
}

static const void *before_record_of(const struct mu_workspace *ws, const struct mu_event *event,
				    struct mu_arena *arena)
{
	const struct mu_conversation_record *before = record_before(ws, event);

	return before ? before_record(arena, before) : NULL;
}

#define CONVERSATION_OF(symbol, name, apply, tell, subject, help_, ...)                                      \
	EVENT(symbol, "conversation." name, event_shape, apply, tell, subject, .action = action,             \
	      .effects = MU_EFFECT_ROUTING | MU_EFFECT_SIGHT, .parting = tell_parting, .help = (help_),      \
	      __VA_ARGS__)
#define CONVERSATION(symbol, name, apply, tell, help_, ...)                                                  \
	CONVERSATION_OF(symbol, name, apply, tell, ABOUT_NOBODY, help_, __VA_ARGS__)
/* About whose it is now, so that it counts in their history. */
#define ABOUT_ASSIGNEE ABOUT_IN(struct mu_conversation_event, to)

CONVERSATION(mu_conversation_created, "created", apply_created, tell_sight,
	     "The platform tells of a conversation");
CONVERSATION(mu_conversation_updated, "updated", apply_record, tell_sight,
	     "Subject, priority, labels, channel, team or status of a conversation changed",
	     .before = before_record_of, .before_shape = &mu_conversation_shape);
CONVERSATION_OF(mu_conversation_assigned, "assigned", apply_record, tell_sight, ABOUT_ASSIGNEE,
		"A conversation that was nobody's is somebody's");
CONVERSATION_OF(mu_conversation_reassigned, "reassigned", apply_record, tell_sight, ABOUT_ASSIGNEE,
		"A conversation went from one person to another, or stays theirs in another team");
CONVERSATION(mu_conversation_unassigned, "unassigned", apply_record, tell_sight,
	     "A conversation is nobody's any more");
CONVERSATION(mu_conversation_offered, "offered", apply_record, tell_sight,
	     "A person is asked to take a conversation");
CONVERSATION(mu_conversation_accepted, "accepted", apply_record, tell_sight,
	     "They take it; conversation.assigned follows");
CONVERSATION(mu_conversation_declined, "declined", apply_record, tell_sight,
	     "They don't; it waits with its old age");
CONVERSATION(mu_conversation_expired, "expired", apply_record, tell_sight,
	     "They didn't in time, or went away; it waits with its old age");
CONVERSATION(mu_conversation_resolved, "resolved", apply_record, tell_sight, "A conversation is done");
CONVERSATION(mu_conversation_reopened, "reopened", apply_record, tell_sight,
	     "A conversation is open again, with its assignee if they can have it");
CONVERSATION(mu_conversation_snoozed, "snoozed", apply_record, tell_sight,
	     "A conversation is put aside for some time");
CONVERSATION(
	mu_conversation_escalated, "escalated", apply_record, tell_sight,
	"A conversation waited too long, nobody is there for it or all let it pass: it may go to another "
	"team");
CONVERSATION(mu_conversation_removed, "removed", apply_removed, tell_removed,
	     "A conversation that was resolved long ago is forgotten");
