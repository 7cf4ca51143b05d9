/* From where something was done, for the audit log.
 * Thread: hub. */
#include "origin.h"

#include "request.h"
#include "session.h"
#include "muster/wire/json.h"

static void write_member(struct mu_buf *out, const char *name, const char *text)
{
	if (!text || !*text)
		return;
	mu_json_name(out, name);
	mu_json_string(out, text);
}

static void write_session(const struct session *session, struct mu_buf *out)
{
	write_member(out, "session", session->id);
	write_member(out, "device", session->device_id);
	write_member(out, "kind", mu_device_kind_names[session->device_kind]);
	write_member(out, "agent", session->device_name);
}

static const char *finish(struct mu_buf *out, struct mu_arena *arena)
{
	mu_buf_char(out, '}');
	return mu_buf_error(out) ? NULL : mu_arena_strndup(arena, mu_buf_text(out), out->n);
}

const char *origin_request(const struct request *request, struct mu_arena *arena)
{
	static const char *const transports[] = {
		[MU_TRANSPORT_WS] = "ws", [MU_TRANSPORT_HTTP] = "http", [MU_TRANSPORT_CONTROL] = "cli"
	};
	const struct mu_up *up = request->up;
	const struct session *session = request_session(request);
	AUTO_BUF struct mu_buf out = { 0 };

	mu_buf_char(&out, '{');
	write_member(&out, "address", up->request.address);
	write_member(&out, "transport", transports[up->request.transport]);
	write_member(&out, "agent", up->request.agent);
	if (session)
		write_session(session, &out);
	return finish(&out, arena);
}

const char *origin_session(const struct session *session, struct mu_arena *arena)
{
	AUTO_BUF struct mu_buf out = { 0 };

	mu_buf_char(&out, '{');
	write_member(&out, "address", session->address);
	write_member(&out, "transport", "ws");
	write_session(session, &out);
	return finish(&out, arena);
}
