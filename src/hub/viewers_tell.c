/* Telling who views a conversation: all who may see it, in as few words as will do.
 * Thread: hub. */
#include "viewers.h"

#include "actor.h"
#include "room.h"
#include "session.h"
#include "telling.h"
#include "topics.h"
#include "turn.h"
#include "viewers_inner.h"
#include "muster/model/conversation.h"

#include <string.h>
#include <utlist.h>

bool viewer_types(const struct viewer *viewer)
{
	const struct look *look;

	DL_FOREACH (viewer->looks, look)
		if (look->typing_until_ms)
			return true;
	return false;
}

void watched_write(const struct room *room, const struct watched *watched, struct mu_buf *out)
{
	const struct viewer *viewer;

	mu_buf_char(out, '[');
	DL_FOREACH (watched ? watched->viewers : NULL, viewer) {
		const struct mu_user *user = mu_workspace_user(room->ws, viewer->user);
		if (!viewer->looks || !user)
			continue;
		mu_json_comma(out);
		mu_buf_str(out, "{\"user\":");
		mu_json_string(out, user->id);
		mu_buf_str(out, ",\"name\":");
		mu_json_string(out, user->name);
		mu_buf_printf(out, ",\"typing\":%s}", viewer_types(viewer) ? "true" : "false");
	}
	mu_buf_char(out, ']');
}

/* Who may see the conversation now, as telling_audience has it; NULL: it isn't there, or memory is out. */
static const char *audience_of(const struct mu_conversation *conversation, struct mu_arena *arena)
{
	struct mu_event event = { 0 };

	if (!conversation || mu_conversation_topics(&conversation->record, arena, &event.audience))
		return NULL;
	return telling_audience(&event, arena);
}

static void tell(struct room *room, const char *audience, const char *type, const struct mu_buf *data)
{
	const struct mu_event event = { .name = type, .at_ms = room->hub->now.wall_ms };
	struct telling telling = { .audience = audience };

	if (!mu_buf_error(data) && !event_frame(room, &event, mu_buf_text(data), &telling.full))
		topics_cast(room, &telling, MU_CLASS_EPHEMERAL, false);
	telling_finish(&telling);
}

static void tell_viewers(struct room *room, const char *audience, const struct watched *watched)
{
	AUTO_BUF struct mu_buf data = { 0 };

	mu_buf_str(&data, "{\"conversation\":");
	mu_json_string(&data, watched->id);
	mu_buf_str(&data, ",\"viewers\":");
	watched_write(room, watched, &data);
	mu_buf_char(&data, '}');
	tell(room, audience, "conversation.viewers", &data);
}

static void tell_typing(struct room *room, const char *audience, const struct viewer *viewer)
{
	AUTO_BUF struct mu_buf data = { 0 };

	mu_buf_str(&data, "{\"conversation\":");
	mu_json_string(&data, viewer->watched->id);
	mu_buf_str(&data, ",\"user\":");
	mu_json_string(&data, viewer->user);
	mu_buf_printf(&data, ",\"on\":%s}", viewer_types(viewer) ? "true" : "false");
	tell(room, audience, "conversation.typing", &data);
}

static bool sees(const struct look *look, const struct mu_conversation *conversation)
{
	const struct session *session = look->looker->session;
	struct mu_actor actor;

	if (!session) /* its own node sees to that */
		return true;
	return conversation && !actor_of_session(session, &actor) &&
	       mu_conversation_visible(session->room->ws, conversation, actor.user, actor.perms);
}

/* Whoever may not see it any more doesn't view it. */
static void drop_blind(struct watched *watched, const struct mu_conversation *conversation)
{
	struct viewer *viewer;

	DL_FOREACH (watched->viewers, viewer) {
		struct look *look, *next;
		DL_FOREACH_SAFE(viewer->looks, look, next)
		if (!sees(look, conversation))
			look_drop(look);
	}
}

/* Whether others view it than was told, or others may know. */
static bool is_news(const struct watched *watched, const char *audience)
{
	const struct viewer *viewer;
	bool any = false;

	DL_FOREACH (watched->viewers, viewer) {
		if (viewer->told != (viewer->looks != NULL))
			return true;
		any |= viewer->told;
	}
	return any && (!watched->audience || strcmp(watched->audience, audience) != 0);
}

/* All who view it, and what each does; or else only who began or ceased to type. */
static void tell_changes(struct room *room, const char *audience, const struct watched *watched)
{
	const struct viewer *viewer;

	if (is_news(watched, audience)) {
		tell_viewers(room, audience, watched);
		return;
	}
	DL_FOREACH (watched->viewers, viewer)
		if (viewer->told_typing != viewer_types(viewer))
			tell_typing(room, audience, viewer);
}

/* It was told as it is now. */
static void note_told(struct room *room, struct watched *watched, const char *audience)
{
	struct viewer *viewer, *next;

	watched->changed = false;
	free(watched->audience);
	watched->audience = audience ? strdup(audience) : NULL;
	DL_FOREACH_SAFE(watched->viewers, viewer, next)
	{
		viewer->told = viewer->looks != NULL;
		viewer->told_typing = viewer_types(viewer);
		if (viewer->told)
			continue;
		DL_DELETE(watched->viewers, viewer);
		free(viewer);
	}
	if (watched->viewers)
		return;
	HASH_DEL(room->watched, watched);
	free(watched->audience);
	free(watched);
}

void watched_settle(struct room *room, struct watched *watched)
{
	const struct mu_conversation *conversation = mu_workspace_conversation(room->ws, watched->id);
	AUTO_ARENA struct mu_arena arena = { 0 };
	const char *audience = audience_of(conversation, &arena);

	drop_blind(watched, conversation);
	if (audience)
		tell_changes(room, audience, watched);
	note_told(room, watched, audience);
}

void watched_forget(struct room *room, struct watched *watched)
{
	note_told(room, watched, NULL);
}
