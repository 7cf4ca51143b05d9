/* Views: who sees whom. A view is what a session may see and wants to see; sessions that come down to the
 * same people share one view, its difference frames and its snapshot, so nothing is encoded per recipient.
 * Invariant: the frames of a view form a chain, each `from` is the `version` before; a session whose view
 * changes gets a gap, never somebody else's chain.
 * Thread: hub. */
#include "view.h"

#include "actor.h"
#include "presence.h"
#include "room.h"
#include "session.h"
#include "telling.h"
#include "topics.h"
#include "turn.h"

#include <string.h>

/* The name of the node, that of its run, a number, and what stands between them. */
#define VERSION_TEXT (MU_ID_MAX + MU_ID_TEXT + 24)

static void version_text(const struct room *room, int64_t version, char text[static VERSION_TEXT])
{
	snprintf(text, VERSION_TEXT, "%s.%s:%lld", room->hub->config->node, room->hub->boot,
		 (long long)version);
}

/* ---- views ---- */

void view_drop(struct room *room, struct view *view)
{
	if (view->hh.tbl)
		HASH_DEL(room->views, view);
	topic_unref(room, view->topic);
	mu_strs_clear(&view->names);
	mu_strs_clear(&view->down);
	mu_buf_finish(&view->snapshot);
	free(view->key);
	free(view);
}

/* Count anew whom the view sees; whether a number has changed. */
static bool recount(struct room *room, struct view *view)
{
	size_t counts[MU_OFFLINE + 1] = { 0 };

	for (struct mu_person *person = mu_presence_first(room->presence); person; person = person->hh.next)
		if (view_sees(room, view, person))
			counts[person->shown.base]++;
	if (!memcmp(counts, view->numbers, sizeof(counts)))
		return false;
	memcpy(view->numbers, counts, sizeof(counts));
	return true;
}

static struct view *view_make(struct room *room, const struct scope *scope, char *key)
{
	struct view *view = calloc(1, sizeof(*view));

	if (!view) {
		free(key);
		return NULL;
	}
	view->key = key;
	view->kind = scope->kind;
	view->counts = scope->counts;
	view->version = room->version;
	view->topic = topic_ref(room, key);
	if (view->topic && !mu_strs_clone(&scope->names, &view->names))
		HASH_ADD_KEYPTR(hh, room->views, view->key, strlen(view->key), view);
	if (!view->hh.tbl) {
		view_drop(room, view);
		return NULL;
	}
	if (view->counts)
		recount(room, view);
	return view;
}

/* The view that a scope comes down to for an actor; NULL: nobody. A view that no session holds is the
 * caller's to drop. */
static enum mu_err view_get(struct room *room, const struct mu_actor *actor, const json_t *asked,
			    struct view **ret_view, struct mu_fault *fault)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct scope scope = { 0 };
	struct view *view = NULL;
	enum mu_err err = scope_parse(room->ws, actor, asked, &arena, &scope, fault);
	char *key = err || scope.nobody ? NULL : scope_key(&scope);

	if (err || scope.nobody) {
		*ret_view = NULL;
		return err;
	}
	if (!key)
		return MU_NO_MEMORY;
	HASH_FIND_STR(room->views, key, view);
	if (view)
		free(key);
	else if (!(view = view_make(room, &scope, key)))
		return MU_NO_MEMORY;
	*ret_view = view;
	return MU_OK;
}

static void view_release(struct room *room, struct view *view)
{
	if (view && !view->sessions)
		view_drop(room, view);
}

void view_leave(struct session *session)
{
	struct view *view = session->view;

	if (!view)
		return;
	session->view = NULL;
	if (session->live)
		topics_send(session, 0, view->topic->id);
	view->sessions--;
	view_release(session->room, view);
}

enum mu_err view_join(struct session *session, json_t *scope, struct mu_fault *fault)
{
	struct mu_actor actor = { 0 };
	struct view *view = NULL;
	enum mu_err err = MU_OK;

	/* Who is gone, and about to be shut out, sees nobody, nor does who must enrol a second factor first.
	 */
	if (!actor_of_session(session, &actor) && !actor.must_enroll)
		err = view_get(session->room, &actor, scope, &view, fault);
	if (err)
		return err;
	if (view == session->view)
		return MU_OK;
	if (view)
		view->sessions++;
	view_leave(session);
	session->view = view;
	if (view && session->live)
		topics_send(session, view->topic->id, 0);
	return MU_OK;
}

enum mu_err view_peek(struct room *room, const struct mu_actor *actor, const json_t *scope,
		      struct mu_buf *out, struct mu_fault *fault)
{
	struct view *view = NULL;
	enum mu_err err = view_get(room, actor, scope, &view, fault);

	if (err)
		return err;
	view_write(room, view, out);
	view_release(room, view);
	return MU_OK;
}

bool view_sees(const struct room *room, const struct view *view, const struct mu_person *person)
{
	const struct mu_user *user;

	if (view->kind == VIEW_ALL)
		return true;
	if (view->kind == VIEW_USERS)
		return scope_has(&view->names, person->user);
	user = mu_workspace_user(room->ws, person->user);
	return user && scope_shares_team(&user->teams, &view->names);
}

/* ---- encoding ---- */

static void write_counts(const struct view *view, struct mu_buf *out)
{
	mu_buf_str(out, "\"counts\":{");
	for (int base = 0; base <= MU_OFFLINE; base++)
		mu_buf_printf(out, "%s\"%s\":%zu", base ? "," : "", mu_base_status_names[base],
			      view->numbers[base]);
	mu_buf_char(out, '}');
}

static void write_person(struct room *room, struct mu_person *person, struct mu_buf *out)
{
	if (!person)
		return;
	const char *json = presence_json(room, person);

	mu_json_comma(out);
	mu_buf_str(out, json ? json : "");
	out->failed |= !json;
}

static void write_people(struct room *room, const struct view *view, struct mu_buf *out)
{
	mu_buf_str(out, "\"users\":[");
	if (view->kind == VIEW_USERS) {
		for (size_t i = 0; i < view->names.n; i++)
			write_person(room, mu_presence_find(room->presence, view->names.v[i]), out);
	} else {
		for (struct mu_person *person = mu_presence_first(room->presence); person;
		     person = person->hh.next)
			if (view_sees(room, view, person))
				write_person(room, person, out);
	}
	mu_buf_char(out, ']');
}

void view_write(struct room *room, struct view *view, struct mu_buf *out)
{
	char version[VERSION_TEXT];

	version_text(room, view ? view->version : room->version, version);
	if (!view) {
		mu_buf_printf(out, "\"version\":\"%s\",\"users\":[]", version);
		return;
	}
	if (!view->snapshot.n) {
		AUTO_BUF struct mu_buf text = { 0 };
		mu_metrics_add(room->hub->metrics, MU_METRIC_PRESENCE_SNAPSHOTS_TOTAL, 1);
		mu_buf_printf(&text, "\"version\":\"%s\",", version);
		if (view->counts)
			write_counts(view, &text);
		else
			write_people(room, view, &text);
		mu_buf_add(out, text.data, text.n);
		out->failed |= mu_buf_error(&text);
		/* or else nobody may ever ask again, and there may be many such views */
		if (view->sessions > 1 && !mu_buf_error(&text)) {
			view->snapshot = text;
			mu_buf_init(&text);
		}
		return;
	}
	mu_buf_add(out, view->snapshot.data, view->snapshot.n);
}

static enum mu_err data_frame(struct room *room, const char *type, const char *data,
			      struct mu_frame **ret_frame)
{
	const struct mu_event event = { .name = type, .at_ms = room->hub->now.wall_ms };

	return event_frame(room, &event, data, ret_frame);
}

static size_t write_up(struct room *room, const struct view *view, struct mu_person *const *changed, size_t n,
		       struct mu_buf *out)
{
	size_t seen = 0;

	mu_buf_str(out, ",\"up\":[");
	for (size_t i = 0; i < n; i++) {
		if (!view_sees(room, view, changed[i]))
			continue;
		seen++;
		write_person(room, changed[i], out);
	}
	mu_buf_str(out, "],\"down\":[");
	for (size_t i = 0; i < view->down.n; i++) {
		mu_json_comma(out);
		mu_json_string(out, view->down.v[i]);
	}
	mu_buf_char(out, ']');
	return seen + view->down.n;
}

/* Write what changed; whether anything did. */
static bool write_news(struct room *room, struct view *view, struct mu_person *const *changed, size_t n,
		       struct mu_buf *out)
{
	if (!view->counts)
		return write_up(room, view, changed, n, out) > 0;
	mu_strs_clear(&view->down); /* they are numbers now */
	if (!recount(room, view) && !view->torn)
		return false;
	mu_buf_char(out, ',');
	write_counts(view, out);
	return true;
}

void view_diff(struct room *room, struct view *view, struct mu_person *const *changed, size_t n)
{
	AUTO_BUF struct mu_buf data = { 0 };
	AUTO_FRAME struct mu_frame *frame = NULL;
	char version[VERSION_TEXT], from[VERSION_TEXT];

	version_text(room, room->version, version);
	version_text(room, view->version, from);
	mu_buf_printf(&data, "{\"version\":\"%s\",\"from\":\"%s\"", version, view->torn ? "" : from);
	if (!write_news(room, view, changed, n, &data) && !view->torn)
		return;
	mu_buf_char(&data, '}');
	mu_buf_finish(&view->snapshot);
	view->version = room->version;
	mu_strs_clear(&view->down);
	view->torn = mu_buf_error(&data) ||
		     data_frame(room, view->counts ? "presence.counts" : "presence.diff", mu_buf_text(&data),
				&frame) ||
		     !topic_cast(room, frame, MU_CLASS_PRESENCE, view->topic);
	if (view->torn)
		return;
	mu_metrics_add(room->hub->metrics, MU_METRIC_PRESENCE_FRAMES_TOTAL, 1);
}

/* ---- people who leave a view ---- */

static void add_down(struct room *room, struct view *view, const char *user)
{
	char **grown = realloc(view->down.v, (view->down.n + 1) * sizeof(*grown));
	char *copy = strdup(user);

	if (grown)
		view->down.v = grown;
	if (grown && copy)
		view->down.v[view->down.n++] = copy;
	else
		free(copy);
	view->torn |= !grown || !copy;
	mu_buf_finish(&view->snapshot);
	hub_dirty(room);
}

void view_gone(struct room *room, const char *user, const struct mu_strs *teams)
{
	for (struct view *view = room->views; view; view = view->hh.next)
		if (view->kind == VIEW_ALL || (view->kind == VIEW_USERS && scope_has(&view->names, user)) ||
		    (view->kind == VIEW_TEAMS && scope_shares_team(teams, &view->names)))
			add_down(room, view, user);
}

void view_left_team(struct room *room, const char *user, const char *team)
{
	const struct mu_person *person = mu_presence_find(room->presence, user);

	for (struct view *view = room->views; person && view; view = view->hh.next)
		if (view->kind == VIEW_TEAMS && scope_has(&view->names, team) &&
		    !view_sees(room, view, person))
			add_down(room, view, user);
}

void view_gap(struct session *session)
{
	struct room *room = session->room;
	struct mu_down *down = mu_down_create(MU_DOWN_SEND);
	char data[VERSION_TEXT + 64], version[VERSION_TEXT];

	version_text(room, session->view ? session->view->version : room->version, version);
	snprintf(data, sizeof(data), "{\"version\":\"%s\",\"from\":\"\",\"up\":[],\"down\":[]}", version);
	if (!down || data_frame(room, "presence.diff", data, &down->send.frame)) {
		mu_down_destroy(down);
		session_cut(session, MU_CLOSE_OVERLOADED);
		return;
	}
	down->conn = session->conn;
	down->send.class = MU_CLASS_DURABLE; /* it must arrive: what is shown may not be seen any more */
	hub_send(room->hub, session->conn.edge, down);
}
