/* Events that aren't for the log, on their way to the sessions of other nodes: as they are told here, word
 * for word, with whom they are for. Thread: hub. */
#include "now.h"

#include "cluster.h"
#include "room.h"
#include "topics.h"
#include "muster/bus/bus.h"
#include "muster/wire/rpc.h"

#include <string.h>

struct now {
	char *audience, *full, *brief;
	bool personal;
};
static const struct mu_field now_fields[] = {
	MU_FIELD(struct now, audience, MU_STRING, MU_REQUIRED, .max = MU_BUS_TEXT_MAX),
	MU_FIELD(struct now, full, MU_JSON, 0),
	MU_FIELD(struct now, brief, MU_JSON, 0),
	MU_FIELD(struct now, personal, MU_BOOL, 0),
};
static const struct mu_shape now_shape = MU_SHAPE(struct now, "NOW", now_fields);

static void add_frame(struct mu_buf *out, const char *name, const struct mu_frame *frame)
{
	if (!frame)
		return;
	mu_json_name(out, name);
	mu_buf_add(out, frame->data + frame->payload, frame->n - frame->payload);
}

void now_say(struct room *room, const struct telling *telling, bool personal)
{
	AUTO_BUF struct mu_buf text = { 0 };

	if (!cluster_reaches(room))
		return;
	mu_buf_str(&text, "{\"audience\":");
	mu_json_string(&text, telling->audience);
	add_frame(&text, "full", telling->full);
	add_frame(&text, "brief", telling->brief);
	mu_buf_printf(&text, ",\"personal\":%s}", personal ? "true" : "false");
	if (!mu_buf_error(&text))
		cluster_say(room, WORD_NOW, mu_buf_text(&text), text.n);
}

static bool make_frame(const char *json, struct mu_frame **ret_frame)
{
	if (json)
		*ret_frame = mu_ws_text(json, strlen(json));
	return !json || *ret_frame;
}

void now_hear(struct room *room, const char *node, const char *json, size_t bytes)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct now now;

	if (!room->ws || mu_codec_read_text(&now_shape, json, bytes, &arena, &now))
		return;
	struct telling telling = { .audience = now.audience };
	if (make_frame(now.full, &telling.full) && make_frame(now.brief, &telling.brief))
		topics_cast(room, &telling, MU_CLASS_EPHEMERAL, now.personal);
	telling_finish(&telling);
}
