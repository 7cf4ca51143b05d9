/* What commands ask of the hub: sessions, tickets, presence as it is live, the brake on guessing.
 * Thread: hub. */
#include "host.h"

#include "audit.h"
#include "dashboard.h"
#include "dispatch.h"
#include "failures.h"
#include "history.h"

#include "presence.h"
#include "request.h"
#include "resume.h"
#include "room.h"
#include "session.h"
#include "share.h"
#include "ticket.h"
#include "turn.h"
#include "view.h"
#include "viewers.h"

#include <string.h>

struct request *call_request(const struct mu_call *call)
{
	return call->request;
}

static struct session *own_session(struct mu_call *call)
{
	struct request *request = call_request(call);

	return request->up->request.transport == MU_TRANSPORT_WS
		       ? session_find(request->hub, request->up->conn)
		       : NULL;
}

static enum mu_err no_session(struct mu_call *call)
{
	return mu_fail(call->fault, MU_UNAUTHENTICATED, "Open a session first: session.open");
}

static enum mu_err host_close(struct mu_call *call)
{
	struct session *session = own_session(call);
	struct request *request = call_request(call);

	if (!session)
		return no_session(call);
	request_answer(request, MU_OK, "{}"); /* the answer goes before the Close frame */
	session_end(session, MU_CLOSE_NORMAL, MU_LEAVE_NOW);
	return MU_DEFERRED;
}

static enum mu_err host_refresh(struct mu_call *call)
{
	struct session *session = own_session(call);
	const struct mu_identity *identity = &call->identity;

	if (!session)
		return no_session(call);
	if (identity->kind != session->kind || strcmp(identity->subject, session->subject) ||
	    strcmp(identity->workspace, session->room->id))
		return mu_fail(call->fault, MU_FORBIDDEN,
			       "The token is somebody else's: open a new connection for another user");
	if (!session_identify(session, identity))
		return MU_NO_MEMORY;
	share_renew(session);
	session_rights(session); /* how one signed in may differ */
	mu_buf_str(call->result, "{\"expires_at\":");
	mu_json_time(call->result, identity->expires_at_ms);
	mu_buf_char(call->result, '}');
	return MU_OK;
}

static enum mu_err host_activity(struct mu_call *call, enum mu_activity activity)
{
	struct session *session = own_session(call);

	if (!session)
		return no_session(call);
	session->activity = activity;
	share_stir(session);
	mu_buf_str(call->result, "{}");
	return MU_OK;
}

static enum mu_err host_view_conversation(struct mu_call *call, const char *conversation, bool on)
{
	struct session *session = own_session(call);

	return session ? viewers_view(session, conversation, on, call->fault) : no_session(call);
}

static enum mu_err host_type_in_conversation(struct mu_call *call, const char *conversation, bool on)
{
	struct session *session = own_session(call);

	return session ? viewers_type(session, conversation, on, call->fault) : no_session(call);
}

static void host_write_viewers(struct mu_call *call, const char *conversation, struct mu_buf *out)
{
	viewers_write(call_request(call)->room, conversation, out);
}

static void write_session(const struct share_session *info, bool current, struct mu_buf *out)
{
	mu_json_comma(out);
	mu_buf_str(out, "{\"session\":");
	mu_json_string(out, info->session);
	mu_buf_str(out, ",\"device\":{\"id\":");
	mu_json_string(out, info->device);
	mu_buf_printf(out, ",\"kind\":\"%s\",\"name\":", mu_device_kind_names[info->kind]);
	mu_json_string(out, info->name);
	mu_buf_printf(out, "},\"state\":\"%s\",\"connected_at\":", mu_activity_names[info->activity]);
	mu_json_time(out, info->opened);
	mu_buf_str(out, ",\"address\":");
	mu_json_string(out, info->address);
	mu_buf_printf(out, ",\"current\":%s}", current ? "true" : "false");
}

/* The sessions of a person on other nodes. */
static const struct remote *first_elsewhere(struct mu_call *call, const char *user)
{
	const struct mu_person *person = mu_presence_find(call_request(call)->room->presence, user);

	return person ? share_first(person) : NULL;
}

static enum mu_err host_list_sessions(struct mu_call *call, const char *user)
{
	const struct session *own = own_session(call);
	struct mu_buf *out = call->result;

	mu_buf_str(out, "{\"items\":[");
	for (const struct session *session = session_first(call_request(call)->room, user); session;
	     session = session->next) {
		struct share_session info;
		share_describe(session, &info);
		write_session(&info, session == own, out);
	}
	for (const struct remote *remote = first_elsewhere(call, user); remote; remote = share_next(remote))
		write_session(share_info(remote), false, out);
	mu_buf_str(out, "],\"next\":null}");
	return MU_OK;
}

/* Sessions that were opened with the token of the one that is asked for end with it. */
struct search {
	const char *id, *token; /* NULL: any */
	const char *found;      /* the token of who has the id */
	int64_t expires_at_ms;
	size_t n;
};

static void look_at(struct search *search, const struct share_session *info)
{
	const bool is_it = search->id && !strcmp(info->session, search->id);

	if (is_it) {
		search->found = info->token;
		search->expires_at_ms = info->expires;
	}
	search->n += !search->id || is_it ||
		     (search->token && *search->token && info->token && !strcmp(info->token, search->token));
}

static void look_through(struct mu_call *call, const char *user, struct search *search)
{
	search->n = 0;
	for (const struct session *session = session_first(call_request(call)->room, user); session;
	     session = session->next) {
		struct share_session info;
		share_describe(session, &info);
		look_at(search, &info);
	}
	for (const struct remote *remote = first_elsewhere(call, user); remote; remote = share_next(remote))
		look_at(search, share_info(remote));
}

static size_t host_find_sessions(struct mu_call *call, const char *user, const char *id,
				 const char **ret_token, int64_t *ret_expires_at_ms)
{
	struct search search = { .id = id };

	look_through(call, user, &search);
	if (!id || !search.n)
		return search.n;
	search.token = search.found;
	look_through(call, user, &search);
	*ret_token = search.found;
	*ret_expires_at_ms = search.expires_at_ms;
	return search.n;
}

static enum mu_err host_make_ticket(struct mu_call *call, char **ret_ticket, int64_t *ret_expires_at_ms)
{
	enum mu_err err = ticket_make(call_request(call)->hub, call->ws->id, &call->identity, ret_ticket,
				      ret_expires_at_ms);

	if (err == MU_UNAVAILABLE)
		return mu_fail_later(call->fault, err, 1000,
				     "Too many tickets are waiting to be used; try again");
	return err;
}

static enum mu_err host_watch(struct mu_call *call, json_t *scope)
{
	struct session *session = own_session(call);
	enum mu_err err;

	if (!session)
		return no_session(call);
	if (!scope)
		scope = session->scope;
	err = view_join(session, scope, call->fault);
	if (err)
		return err;
	json_incref(scope);
	json_decref(session->scope);
	session->scope = scope;
	mu_buf_char(call->result, '{');
	view_write(session->room, session->view, call->result);
	mu_buf_char(call->result, '}');
	return MU_OK;
}

static enum mu_err host_presence(struct mu_call *call, json_t *scope)
{
	struct session *session = own_session(call);
	struct room *room = call_request(call)->room;
	enum mu_err err = MU_OK;

	mu_buf_char(call->result, '{');
	if (!scope && session && session->view)
		view_write(room, session->view, call->result);
	else
		err = view_peek(room, &call->actor, scope, call->result, call->fault);
	mu_buf_char(call->result, '}');
	return err;
}

static void host_write_presence(struct mu_call *call, const char *user, struct mu_buf *out)
{
	struct room *room = call_request(call)->room;
	const struct mu_person *person = mu_presence_find(room->presence, user);

	if (person)
		presence_write(room, person, mu_call_user(call) && !strcmp(mu_call_user(call), user), out);
	else
		mu_buf_str(out, "{}");
}

/* Guesses are braked per account and per address, of which an IPv6 network is one; no account's key looks
 * like an address's. */
struct guess_keys {
	char account[MU_ID_MAX + 512], address[80];
};

static void site_text(const char *text, char site[static MU_ADDRESS_TEXT])
{
	struct mu_address address;

	if (mu_address_parse(text, strlen(text), &address)) {
		address = mu_address_site(&address);
		mu_address_text(&address, site, MU_ADDRESS_TEXT);
	} else { /* the operator has none */
		*site = '\0';
	}
}

static void guess_keys(const struct mu_call *call, const char *account, struct guess_keys *ret_keys)
{
	char site[MU_ADDRESS_TEXT];

	site_text(call_request(call)->up->request.address, site);
	snprintf(ret_keys->account, sizeof(ret_keys->account), "account/%s/%s", call->ws ? call->ws->id : "",
		 account);
	snprintf(ret_keys->address, sizeof(ret_keys->address), "address/%s", site);
}

static enum mu_err host_guess_begin(struct mu_call *call, const char *account)
{
	struct mu_hub *hub = call_request(call)->hub;
	struct guess_keys keys;
	int64_t account_ms, address_ms;
	enum mu_err err = request_work_room(call_request(call));

	if (err)
		return err;
	guess_keys(call, account, &keys);
	account_ms = mu_throttle_wait_ms(hub->throttle, keys.account, hub->now.mono_ms);
	address_ms = mu_throttle_wait_ms(hub->throttle, keys.address, hub->now.mono_ms);
	if (account_ms || address_ms) {
		mu_metrics_add(hub->metrics, MU_METRIC_RATE_LOGINS, 1);
		return mu_fail_later(call->fault, MU_RATE_LIMITED,
				     account_ms > address_ms ? account_ms : address_ms,
				     "Too many wrong attempts; wait and try again");
	}
	mu_throttle_fail(hub->throttle, keys.account, hub->now.mono_ms);
	mu_throttle_fail(hub->throttle, keys.address, hub->now.mono_ms);
	return MU_OK;
}

static void host_guess_end(struct mu_call *call, const char *account, bool right)
{
	struct mu_hub *hub = call_request(call)->hub;
	struct guess_keys keys;

	if (!right) {
		mu_metrics_add(hub->metrics, MU_METRIC_LOGIN_FAILURES_TOTAL, 1);
		return;
	}
	guess_keys(call, account, &keys);
	mu_throttle_forgive(hub->throttle, keys.account);
	mu_throttle_forgive(hub->throttle, keys.address);
}

const struct mu_host hub_host = {
	.open = host_open,
	.close = host_close,
	.refresh = host_refresh,
	.activity = host_activity,
	.view_conversation = host_view_conversation,
	.type_in_conversation = host_type_in_conversation,
	.write_viewers = host_write_viewers,
	.list_sessions = host_list_sessions,
	.find_sessions = host_find_sessions,
	.make_ticket = host_make_ticket,
	.watch = host_watch,
	.presence = host_presence,
	.write_presence = host_write_presence,
	.audit = host_audit,
	.history = host_history,
	.dashboard = host_dashboard,
	.login_failed = host_login_failed,
	.guess_begin = host_guess_begin,
	.guess_end = host_guess_end,
};
