/* Events as they are told: encoded once for all who hear them, in the full form for those who may see what
 * happened, and in the brief form for those who part with it.
 * Invariant: what only the log may know is in neither form, and nothing with MU_SIGHT in the brief one.
 * Thread: hub. */
#include "telling.h"

#include "room.h"
#include "muster/model/audience.h"
#include "muster/wire/rpc.h"

#include <string.h>

static void write_place(const struct room *room, int64_t seq, struct mu_buf *out)
{
	mu_buf_str(out, ",\"seq\":");
	mu_buf_i64(out, seq);
	mu_buf_str(out, ",\"cursor\":\"");
	mu_buf_str(out, room->id);
	mu_buf_char(out, ':');
	mu_buf_i64(out, room->epoch);
	mu_buf_char(out, ':');
	mu_buf_i64(out, seq);
	mu_buf_char(out, '"');
}

/* {"jsonrpc":"2.0","method":"event","params":{"type":…,"seq":…,"cursor":…,"at":…,"actor":…,"data":…}} */
enum mu_err event_frame(const struct room *room, const struct mu_event *event, const char *data,
			struct mu_frame **ret_frame)
{
	AUTO_BUF struct mu_buf out = { 0 };

	mu_buf_str(&out, "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"type\":");
	mu_json_string(&out, event->name);
	if (event->seq)
		write_place(room, event->seq, &out);
	mu_buf_str(&out, ",\"at\":");
	mu_json_time(&out, event->at_ms);
	mu_buf_str(&out, ",\"actor\":");
	mu_buf_str(&out, event->actor ? event->actor : "{}");
	mu_buf_str(&out, ",\"data\":");
	mu_buf_str(&out, data);
	mu_buf_str(&out, "}}");
	if (mu_buf_error(&out))
		return MU_NO_MEMORY;
	*ret_frame = mu_ws_text(out.data, out.n);
	return *ret_frame ? MU_OK : MU_NO_MEMORY;
}

/* The platform's own events are JSON already. */
void event_write(const struct mu_event *event, enum mu_form form, struct mu_buf *out)
{
	if (event->type == &mu_custom_event)
		mu_buf_str(out, ((const struct mu_custom_data *)event->data)->json);
	else
		mu_codec_write(event->type->shape, event->data, form, out);
}

enum mu_err event_encode(const struct room *room, const struct mu_event *event, enum mu_form form,
			 struct mu_frame **ret_frame)
{
	AUTO_BUF struct mu_buf data = { 0 };

	event_write(event, form, &data);
	if (mu_buf_error(&data))
		return MU_NO_MEMORY;
	return event_frame(room, event, mu_buf_text(&data), ret_frame);
}

enum mu_err event_of_row(const struct mu_row *row, struct mu_arena *arena, struct mu_event *ret_event)
{
	struct mu_event event = { .type = mu_event_type_find(row->type),
				  .name = row->type,
				  .seq = row->seq,
				  .at_ms = row->at_ms,
				  .actor = row->actor };
	enum mu_err err = MU_OK;

	if (!event.type || !row->payload)
		return MU_INVALID_PARAMS;
	event.data = mu_arena_alloc(arena, event.type->shape->size);
	if (!event.data)
		return MU_NO_MEMORY;
	if (event.type == &mu_custom_event)
		*(struct mu_custom_data *)event.data = (struct mu_custom_data){ (char *)row->payload };
	else
		err = mu_codec_read_text(event.type->shape, row->payload, strlen(row->payload), arena,
					 event.data);
	if (!err)
		*ret_event = event;
	return err;
}

/* A line for each topic. */
static void write_topics(const struct mu_strs *topics, bool parting, struct mu_buf *out)
{
	for (size_t i = 0; i < topics->n; i++) {
		if (out->n)
			mu_buf_char(out, '\n');
		if (parting)
			mu_buf_char(out, MU_TOPIC_PARTING);
		mu_buf_str(out, topics->v[i]);
	}
}

const char *telling_audience(const struct mu_event *event, struct mu_arena *arena)
{
	AUTO_BUF struct mu_buf out = { 0 };

	write_topics(&event->audience, false, &out);
	write_topics(&event->parting, true, &out);
	return mu_buf_error(&out) ? NULL : mu_arena_strdup(arena, mu_buf_text(&out));
}

/* Whether somebody of the audience hears the full form, or the brief one. */
static bool hears(const char *audience, bool brief)
{
	while (*audience && (*audience == MU_TOPIC_PARTING) != brief) {
		audience = strchrnul(audience, '\n');
		audience += *audience == '\n';
	}
	return *audience;
}

enum mu_err telling_encode(const struct room *room, const struct mu_event *event, struct telling *telling)
{
	enum mu_err err = MU_OK;

	if (hears(telling->audience, false))
		err = event_encode(room, event, MU_FORM_FULL, &telling->full);
	if (!err && hears(telling->audience, true))
		err = event_encode(room, event, MU_FORM_BRIEF, &telling->brief);
	return err;
}

void telling_finish(struct telling *telling)
{
	mu_frame_unref(telling->full);
	mu_frame_unref(telling->brief);
}
