/* The dashboard: how many people are what, what they have to do and what waits, of the workspace and of each
 * team. It consists of tiles, each a piece of JSON; a difference holds the tiles that are other than before,
 * as they are now, so that a watcher puts them in the place of its own.
 *
 * People are counted as the board shows them: who appears offline counts as offline. As presence, numbers
 * don't wait for the log; those that a failed commit takes back are told anew. Invariant: while somebody may
 * hear of it and somebody has asked, the differences form a chain, each `from` is the `version` before, and
 * what is answered is what the last one led to. Nobody may: it is counted when asked. Thread: hub. */
#include "dashboard.h"

#include "commit.h"
#include "host.h"
#include "presence.h"
#include "request.h"
#include "room.h"
#include "topics.h"
#include "turn.h"
#include "muster/model/conversation.h"

#include <string.h>

#define APART_MS 1000 /* from one difference to the next; and so much at least from one count to the next */

static const char *const audience = "may/dashboard.view";

/* Of all, of a team, or of those without one. */
struct tally {
	size_t *by_status; /* people, as in ws->statuses */
	size_t people, present, accepting;
	int64_t load, capacity; /* of who is present */
	size_t by_state[MU_CONVERSATION_RESOLVED];
	size_t waiting, passed;
	int64_t oldest_ms; /* 0: nothing waits */
};

struct tile {
	UT_hash_handle hh;
	char *key; /* of a team, or one of those below, which are no ids */
	char *json;
	struct tally tally; /* while it is looked at */
	bool news;          /* it is other than before */
};

static const char *const key_all = "", *const key_no_team = "-";

struct dashboard {
	struct tile *tiles;
	int64_t version;        /* when it was last found changed, monotonic ms */
	int64_t looked_mono_ms; /* when it was last counted */
};

static void tile_drop(struct dashboard *dashboard, struct tile *tile)
{
	HASH_DEL(dashboard->tiles, tile);
	free(tile->key);
	free(tile->json);
	free(tile);
}

static void dashboard_free(struct dashboard *dashboard)
{
	struct tile *tile, *next;

	if (!dashboard)
		return;
	HASH_ITER (hh, dashboard->tiles, tile, next)
		tile_drop(dashboard, tile);
	free(dashboard);
}

void dashboard_drop(struct room *room)
{
	mu_timer_cancel(&room->hub->wheel, &room->dashboard_timer);
	dashboard_free(room->dashboard);
	room->dashboard = NULL;
}

static struct tile *tile_find(struct dashboard *dashboard, const char *key)
{
	struct tile *tile;

	HASH_FIND_STR(dashboard->tiles, key, tile);
	return tile;
}

static struct tile *tile_make(struct dashboard *dashboard, const char *key)
{
	struct tile *tile = calloc(1, sizeof(*tile));

	if (!tile || !(tile->key = strdup(key))) {
		free(tile);
		return NULL;
	}
	HASH_ADD_KEYPTR(hh, dashboard->tiles, tile->key, strlen(tile->key), tile);
	if (tile->hh.tbl)
		return tile;
	free(tile->key);
	free(tile);
	return NULL;
}

/* ---- counting ---- */

struct count {
	struct room *room;
	struct dashboard *dashboard;
	struct mu_arena *arena;
};

/* A tally that begins at nothing. */
static enum mu_err begin_tile(const struct count *count, const char *key)
{
	struct tile *tile = tile_find(count->dashboard, key);

	if (!tile && !(tile = tile_make(count->dashboard, key)))
		return MU_NO_MEMORY;
	tile->tally = (struct tally){ .by_status = mu_arena_alloc(count->arena,
								  count->room->ws->n_statuses *
									  sizeof(*tile->tally.by_status)) };
	return tile->tally.by_status ? MU_OK : MU_NO_MEMORY;
}

static enum mu_err begin_tiles(const struct count *count)
{
	enum mu_err err = begin_tile(count, key_all);

	if (!err)
		err = begin_tile(count, key_no_team);
	for (const struct mu_team *team = count->room->ws->teams; !err && team; team = team->hh.next)
		err = begin_tile(count, team->id);
	return err;
}

static struct tally *tally_of(const struct count *count, const char *key)
{
	return &tile_find(count->dashboard, key)->tally;
}

/* Under which name others see a person. */
static size_t status_index(const struct mu_workspace *ws, const struct mu_effective *shown)
{
	for (size_t i = 0; shown->base != MU_OFFLINE && i < ws->n_statuses; i++)
		if (!strcmp(ws->statuses[i].id, shown->status))
			return i;
	return shown->base; /* the base statuses come first */
}

static void count_person(struct tally *tally, const struct mu_user *user, const struct mu_person *person,
			 size_t status)
{
	tally->people++;
	tally->by_status[status]++;
	tally->accepting += person->shown.accepting;
	if (person->shown.base == MU_OFFLINE)
		return;
	tally->present++;
	tally->load += user->load;
	tally->capacity += user->capacity;
}

static void count_people(const struct count *count)
{
	const struct mu_workspace *ws = count->room->ws;

	for (const struct mu_person *person = mu_presence_first(count->room->presence); person;
	     person = person->hh.next) {
		const struct mu_user *user = mu_workspace_user(ws, person->user);
		const size_t status = status_index(ws, &person->shown);

		if (!user || !user->active)
			continue;
		count_person(tally_of(count, key_all), user, person, status);
		for (size_t i = 0; i < user->teams.n; i++)
			count_person(tally_of(count, user->teams.v[i]), user, person, status);
		if (!user->teams.n)
			count_person(tally_of(count, key_no_team), user, person, status);
	}
}

static void count_conversations(const struct count *count)
{
	for (const struct mu_conversation *conversation = count->room->ws->unresolved; conversation;
	     conversation = conversation->next_unresolved) {
		const struct mu_conversation_record *record = &conversation->record;

		tally_of(count, key_all)->by_state[record->status]++;
		tally_of(count, record->team ? record->team : key_no_team)->by_state[record->status]++;
	}
}

/* Those that wait longest are the first of their priority. */
static void count_inbox(const struct count *count, const char *key, const struct mu_inbox *inbox)
{
	struct tally *tallies[] = { tally_of(count, key), tally_of(count, key_all) };

	for (size_t i = 0; i < MU_COUNT(tallies); i++) {
		tallies[i]->waiting += inbox->waiting.n;
		tallies[i]->passed += inbox->waiting.n_passed;
		for (size_t k = 0; k < MU_COUNT(inbox->waiting.first); k++) {
			const struct mu_conversation *first = inbox->waiting.first[k];
			int64_t *oldest_ms = &tallies[i]->oldest_ms;

			if (first && (!*oldest_ms || first->record.queued_at < *oldest_ms))
				*oldest_ms = first->record.queued_at;
		}
	}
}

/* ---- tiles ---- */

static void write_size(struct mu_buf *out, const char *name, size_t n)
{
	mu_json_name(out, name);
	mu_buf_i64(out, (int64_t)n);
}

/* Statuses in which people appear offline are none to others. */
static void write_statuses(const struct mu_workspace *ws, const struct tally *tally, struct mu_buf *out)
{
	mu_buf_str(out, ",\"statuses\":[");
	for (size_t i = 0; i < ws->n_statuses; i++) {
		if (ws->statuses[i].base == MU_OFFLINE && i != MU_OFFLINE)
			continue;
		mu_json_comma(out);
		mu_buf_str(out, "{\"status\":");
		mu_json_string(out, ws->statuses[i].id);
		mu_buf_printf(out, ",\"base\":\"%s\",\"people\":%zu}",
			      mu_base_status_names[ws->statuses[i].base], tally->by_status[i]);
	}
	mu_buf_char(out, ']');
}

static void write_tile(const struct mu_workspace *ws, const struct tile *tile, struct mu_buf *out)
{
	const struct mu_team *team = mu_workspace_team(ws, tile->key);
	const struct tally *tally = &tile->tally;

	mu_buf_str(out, "{\"team\":");
	mu_json_string(out, team ? team->id : NULL);
	mu_buf_str(out, ",\"name\":");
	mu_json_string(out, team ? team->name : NULL);
	write_size(out, "people", tally->people);
	write_size(out, "present", tally->present);
	write_size(out, "accepting", tally->accepting);
	write_statuses(ws, tally, out);
	mu_buf_printf(out, ",\"load\":%lld,\"capacity\":%lld,\"conversations\":{", (long long)tally->load,
		      (long long)tally->capacity);
	for (size_t i = 0; i < MU_COUNT(tally->by_state); i++)
		write_size(out, mu_conversation_status_names[i], tally->by_state[i]);
	mu_buf_char(out, '}');
	write_size(out, "waiting", tally->waiting);
	mu_buf_str(out, ",\"oldest\":");
	mu_json_time(out, tally->oldest_ms);
	write_size(out, "passed", tally->passed);
	mu_buf_char(out, '}');
}

/* Whether the tile is other than before. */
static enum mu_err renew(const struct mu_workspace *ws, struct tile *tile)
{
	AUTO_BUF struct mu_buf out = { 0 };

	write_tile(ws, tile, &out);
	if (mu_buf_error(&out))
		return MU_NO_MEMORY;
	tile->news = !tile->json || strcmp(tile->json, mu_buf_text(&out)) != 0;
	if (tile->news) {
		free(tile->json);
		tile->json = mu_buf_take(&out);
	}
	return MU_OK;
}

/* Take out the teams that are there no more, into `gone`. */
static enum mu_err drop_gone(const struct count *count, struct mu_strs *gone)
{
	struct tile *tile, *next;
	enum mu_err err = MU_OK;

	HASH_ITER (hh, count->dashboard->tiles, tile, next) {
		if (err || !strcmp(tile->key, key_all) || !strcmp(tile->key, key_no_team) ||
		    mu_workspace_team(count->room->ws, tile->key))
			continue;
		err = mu_strs_add(count->arena, gone, tile->key);
		if (!err)
			tile_drop(count->dashboard, tile);
	}
	return err;
}

/* Make it true for now; whether anything has changed. */
static enum mu_err look(struct room *room, struct dashboard *dashboard, struct mu_arena *arena,
			struct mu_strs *gone, bool *ret_news)
{
	const struct count count = { room, dashboard, arena };
	enum mu_err err = drop_gone(&count, gone);
	bool news = gone->n;

	dashboard->looked_mono_ms = room->hub->now.mono_ms;
	if (!err)
		err = begin_tiles(&count);
	if (err)
		return err;
	count_people(&count);
	count_conversations(&count);
	count_inbox(&count, key_no_team, &room->ws->inbox);
	for (const struct mu_team *team = room->ws->teams; team; team = team->hh.next)
		count_inbox(&count, team->id, &team->inbox);
	for (struct tile *tile = dashboard->tiles; !err && tile; tile = tile->hh.next) {
		err = renew(room->ws, tile);
		news |= tile->news;
	}
	*ret_news = news;
	return err;
}

/* ---- what is told ---- */

static void write_version(const struct room *room, const char *name, int64_t version, struct mu_buf *out)
{
	mu_buf_printf(out, "\"%s\":\"%s.%s:%lld\"", name, room->hub->config->node, room->hub->boot,
		      (long long)version);
}

static void write_one(struct dashboard *dashboard, const char *name, const char *key, bool news,
		      struct mu_buf *out)
{
	const struct tile *tile = tile_find(dashboard, key);

	if (!news || tile->news)
		mu_buf_printf(out, ",\"%s\":%s", name, tile->json);
}

/* All tiles, or those that are other than before. */
static void write_tiles(struct dashboard *dashboard, bool news, struct mu_buf *out)
{
	write_one(dashboard, "all", key_all, news, out);
	write_one(dashboard, "no_team", key_no_team, news, out);
	mu_buf_str(out, ",\"teams\":[");
	for (const struct tile *tile = dashboard->tiles; tile; tile = tile->hh.next) {
		if ((news && !tile->news) || !strcmp(tile->key, key_all) || !strcmp(tile->key, key_no_team))
			continue;
		mu_json_comma(out);
		mu_buf_str(out, tile->json);
	}
	mu_buf_char(out, ']');
}

static void tell(struct room *room, int64_t from, const struct mu_strs *gone)
{
	const struct mu_event event = { .name = "dashboard.delta", .at_ms = room->hub->now.wall_ms };
	AUTO_BUF struct mu_buf data = { 0 };
	AUTO_FRAME struct mu_frame *frame = NULL;

	mu_buf_char(&data, '{');
	write_version(room, "version", room->dashboard->version, &data);
	mu_buf_char(&data, ',');
	write_version(room, "from", from, &data);
	write_tiles(room->dashboard, true, &data);
	mu_buf_str(&data, ",\"gone\":[");
	for (size_t i = 0; i < gone->n; i++) {
		mu_json_comma(&data);
		mu_json_string(&data, gone->v[i]);
	}
	mu_buf_str(&data, "]}");
	/* Without the frame the watchers find a gap at the next one, and ask. */
	if (!mu_buf_error(&data) && !event_frame(room, &event, mu_buf_text(&data), &frame))
		topics_cast(room, &(struct telling){ .full = frame, .audience = audience },
			    MU_CLASS_EPHEMERAL, false);
}

void dashboard_flush(struct room *room)
{
	struct mu_hub *hub = room->hub;
	struct dashboard *dashboard = room->dashboard;
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_strs gone = { 0 };
	bool news = false;

	if (!dashboard)
		return;
	if (!topics_heard(room, audience)) {
		dashboard_drop(room);
		return;
	}
	if (hub->now.mono_ms < dashboard->looked_mono_ms + APART_MS) {
		mu_timer_set(&hub->wheel, &room->dashboard_timer, dashboard->looked_mono_ms + APART_MS);
		return;
	}
	if (look(room, dashboard, &arena, &gone, &news)) {
		dashboard_drop(room);
		return;
	}
	if (!news)
		return;
	int64_t from = dashboard->version;
	dashboard->version = hub->now.mono_ms;
	tell(room, from, &gone);
}

static enum mu_err make(struct room *room)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct dashboard *dashboard = calloc(1, sizeof(*dashboard));
	struct mu_strs gone = { 0 };
	bool news;

	if (!dashboard || look(room, dashboard, &arena, &gone, &news)) {
		dashboard_free(dashboard);
		return MU_NO_MEMORY;
	}
	dashboard->version = room->hub->now.mono_ms;
	room->dashboard = dashboard;
	return MU_OK;
}

enum mu_err host_dashboard(struct mu_call *call)
{
	struct room *room = call_request(call)->room;
	const bool heard = topics_heard(room, audience);

	if (!heard)
		dashboard_drop(room);
	if (!room->dashboard && make(room))
		return MU_NO_MEMORY;
	mu_buf_char(call->result, '{');
	write_version(room, "version", room->dashboard->version, call->result);
	write_tiles(room->dashboard, false, call->result);
	mu_buf_char(call->result, '}');
	if (!heard)
		dashboard_drop(room);
	return MU_OK;
}
