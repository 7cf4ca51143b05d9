/* How rows of the audit log look, as JSON and as comma-separated values.
 * Thread: any. */
#include "muster/api/audit.h"

#include "muster/auth/json_read.h"
#include "muster/model/event.h"
#include "muster/wire/codec.h"

#include <string.h>

/* A JSON text of the row, as it is; null without one. */
static void write_raw(struct mu_buf *out, const char *name, const char *json)
{
	mu_json_name(out, name);
	mu_buf_str(out, json ? json : "null");
}

/* What the event says, without the secrets that only the log keeps. */
static void write_after(const struct mu_row *row, struct mu_buf *out)
{
	const struct mu_event_type *type = row->payload ? mu_event_type_find(row->type) : NULL;
	AUTO_ARENA struct mu_arena arena = { 0 };
	void *data = type ? mu_arena_alloc(&arena, type->shape->size) : NULL;
	enum mu_err err = type && !data ? MU_NO_MEMORY : MU_OK;

	if (data)
		err = mu_codec_read_text(type->shape, row->payload, strlen(row->payload), &arena, data);
	if (data && !err)
		mu_codec_write(type->shape, data, MU_FORM_FULL, out);
	else
		mu_buf_str(out, "null"); /* erased, or of a newer program */
	out->failed |= err == MU_NO_MEMORY;
}

void mu_audit_write(const struct mu_row *row, struct mu_buf *out)
{
	mu_buf_char(out, '{');
	mu_json_name(out, "seq");
	mu_buf_i64(out, row->seq);
	mu_json_name(out, "at");
	mu_json_time(out, row->at_ms);
	mu_json_name(out, "action");
	mu_json_string(out, row->action);
	write_raw(out, "actor", row->actor);
	mu_json_name(out, "user");
	mu_json_string(out, row->about);
	write_raw(out, "origin", row->origin);
	write_raw(out, "before", row->before);
	mu_json_name(out, "after");
	write_after(row, out);
	mu_buf_str(out, row->payload ? "}" : ",\"erased\":true}");
}

/* ---- comma-separated values ---- */

const char *const mu_audit_csv_head =
	"seq,at,action,actor,user,address,transport,session,device,agent,before,after\r\n";

/* A cell behind a comma. What a spreadsheet would take for a formula is made a text by an apostrophe. */
static void write_cell(struct mu_buf *out, const char *text)
{
	mu_buf_char(out, ',');
	if (!text || !*text)
		return;
	mu_buf_str(out, strchr("=+-@\t\r\n", *text) ? "\"'" : "\"");
	for (; *text; text++) {
		if (*text == '"')
			mu_buf_char(out, '"');
		mu_buf_char(out, *text);
	}
	mu_buf_char(out, '"');
}

/* u9, key:platform, operator or system. */
static void write_actor(struct mu_buf *out, const json_t *actor)
{
	AUTO_BUF struct mu_buf text = { 0 };
	const char *user = mu_json_text(actor, "user"), *key = mu_json_text(actor, "key");

	if (user)
		mu_buf_str(&text, user);
	else if (key)
		mu_buf_printf(&text, "key:%s", key);
	else if (json_object_iter((json_t *)actor))
		mu_buf_str(&text, json_object_iter_key(json_object_iter((json_t *)actor)));
	write_cell(out, mu_buf_text(&text));
}

/* NULL if there is no such text; or if memory is out, as `out` then shows. */
static json_t *read_object(const char *text, struct mu_buf *out)
{
	json_t *json = NULL;
	enum mu_err err = text ? mu_json_read(text, strlen(text), &json, NULL) : MU_OK;

	out->failed |= err == MU_NO_MEMORY;
	return json;
}

void mu_audit_write_csv(const struct mu_row *row, struct mu_buf *out)
{
	static const char *const places[] = { "address", "transport", "session", "device", "agent" };
	AUTO_JSON json_t *actor = read_object(row->actor, out), *origin = read_object(row->origin, out);
	AUTO_BUF struct mu_buf at = { 0 }, after = { 0 };

	mu_json_time(&at, row->at_ms);
	write_after(row, &after);
	mu_buf_i64(out, row->seq);
	mu_buf_char(out, ',');
	mu_buf_add(out, mu_buf_text(&at) + 1, at.n - 2); /* without its quotes */
	write_cell(out, row->action);
	write_actor(out, actor);
	write_cell(out, row->about);
	for (size_t i = 0; i < MU_COUNT(places); i++)
		write_cell(out, mu_json_text(origin, places[i]));
	write_cell(out, row->before);
	write_cell(out, row->payload ? mu_buf_text(&after) : NULL);
	mu_buf_str(out, "\r\n");
	if (at.failed || after.failed)
		out->failed = true;
}
