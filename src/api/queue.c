/* What waits, in the order in which it is given out: the workspace's own queue first, then the teams' by
 * their ids.
 * Thread: hub. */
#include "conversation.h"

struct queue_params {
	char *team, *after;
	int64_t limit;
};
static const struct mu_field queue_fields[] = {
	MU_FIELD(struct queue_params, team, MU_ID, 0,
		 .help = "Only this team's queue; left out: every one that you may see"),
	MU_FIELD(struct queue_params, limit, MU_INT, 0, .min = 1, .max = 1000,
		 .help = "Items at most (default 100)"),
	MU_FIELD(struct queue_params, after, MU_STRING, 0, .max = 192, .help = "next of the page before"),
};
static const struct mu_shape queue_shape = MU_SHAPE(struct queue_params, "QUEUE_LIST", queue_fields);

#define LIMIT_DEFAULT 100

static bool sees_queue(const struct mu_call *call, const struct mu_team *team)
{
	return mu_call_may(call, MU_PERM_QUEUE_VIEW_ALL) ||
	       (call->actor.user && mu_strs_has(&call->actor.user->teams, team->id));
}

static enum mu_err run_list(struct mu_call *call)
{
	const struct queue_params *params = call->params;
	const struct mu_team *team = mu_workspace_team(call->ws, params->team);

	if (params->team && (!team || !sees_queue(call, team)))
		return mu_fail(call->fault, MU_NOT_FOUND, "There is no such team");
	return MU_OK;
}

/* ---- pages ---- */

/* Where a page ended: the place of its last item, which may have gone since. As text:
 * <team or nothing>/<priority>/<queued_at>/<id> */
struct mark {
	const char *team, *id; /* team: "" for the workspace's own queue */
	int64_t priority, queued_at;
};

static struct mark mark_of(const struct mu_conversation *conversation)
{
	const struct mu_conversation_record *record = &conversation->record;

	return (struct mark){ .team = record->team ? record->team : "",
			      .id = record->id,
			      .priority = record->priority,
			      .queued_at = record->queued_at };
}

static bool read_number(char **at, int64_t *ret_number)
{
	char *end;

	*ret_number = strtoll(*at, &end, 10);
	if (end == *at || *end != '/')
		return false;
	*at = end + 1;
	return true;
}

/* False for what this program never wrote. */
static bool read_mark(struct mu_call *call, const char *text, struct mark *ret_mark)
{
	char *team = mu_arena_strdup(call->arena, text), *at = team ? strchr(team, '/') : NULL;
	int64_t priority, queued_at;

	if (!at)
		return false;
	*at++ = '\0';
	if (!read_number(&at, &priority) || !read_number(&at, &queued_at))
		return false;
	*ret_mark = (struct mark){ team, at, priority, queued_at };
	return true;
}

static bool is_after(const struct mark *a, const struct mark *b)
{
	int order = strcmp(a->team, b->team);

	if (!order)
		order = a->priority > b->priority ? -1 : a->priority < b->priority;
	if (!order)
		order = a->queued_at < b->queued_at ? -1 : a->queued_at > b->queued_at;
	return (order ? order : strcmp(a->id, b->id)) > 0;
}

struct page {
	struct mu_call *call;
	struct mu_buf *out;
	size_t left;
	const struct mark *after; /* NULL: from the beginning */
	const struct mu_conversation *last;
	bool more;
};

void mu_write_waiting(const struct mu_conversation *conversation, size_t position, struct mu_buf *out)
{
	const struct mu_conversation_record *record = &conversation->record;

	mu_buf_str(out, "\"conversation\":");
	mu_json_string(out, record->id);
	mu_buf_printf(out, ",\"position\":%zu,\"priority\":\"%s\",\"channel\":", position,
		      mu_priority_names[record->priority]);
	mu_json_string(out, record->channel);
	mu_buf_str(out, ",\"queued_at\":");
	mu_json_time(out, record->queued_at);
	mu_buf_str(out, ",\"passed_at\":");
	mu_json_time(out, record->passed_at);
}

static void write_item(struct page *page, const struct mu_conversation *conversation, size_t position)
{
	struct mu_buf *out = page->out;

	mu_json_comma(out);
	mu_buf_char(out, '{');
	mu_write_waiting(conversation, position, out);
	mu_buf_str(out, ",\"team\":");
	mu_json_string(out, conversation->record.team);
	mu_buf_printf(out, ",\"waiting_ms\":%lld}",
		      (long long)(page->call->now_ms - conversation->record.queued_at));
	page->last = conversation;
	page->left--;
}

static void write_queue(struct page *page, const struct mu_inbox *inbox)
{
	size_t position = 0;

	for (const struct mu_conversation *each = mu_waiting_first(inbox); each;
	     each = mu_waiting_next(each)) {
		const struct mark mark = mark_of(each);
		position++;
		if (page->after && !is_after(&mark, page->after))
			continue;
		page->more = !page->left;
		if (page->more)
			return;
		write_item(page, each, position);
	}
}

static void write_next(const struct page *page)
{
	const struct mark mark = page->more ? mark_of(page->last) : (struct mark){ 0 };

	mu_buf_str(page->out, "],\"next\":");
	if (page->more)
		mu_buf_printf(page->out, "\"%s/%lld/%lld/%s\"}", mark.team, (long long)mark.priority,
			      (long long)mark.queued_at, mark.id);
	else
		mu_buf_str(page->out, "null}");
}

static int by_id(const void *a, const void *b)
{
	return strcmp((*(const struct mu_team *const *)a)->id, (*(const struct mu_team *const *)b)->id);
}

static void write_all(struct page *page)
{
	struct mu_call *call = page->call;
	const struct mu_team **teams =
		mu_arena_alloc(call->arena, (HASH_COUNT(call->ws->teams) + 1) * sizeof(*teams));
	size_t n = 0;

	if (!teams) {
		page->out->failed = true;
		return;
	}
	for (const struct mu_team *team = call->ws->teams; team; team = team->hh.next)
		if (team->inbox.waiting.n && sees_queue(call, team))
			teams[n++] = team;
	qsort(teams, n, sizeof(*teams), by_id);
	write_queue(page, &call->ws->inbox);
	for (size_t i = 0; i < n && !page->more; i++)
		write_queue(page, &teams[i]->inbox);
}

static void reply_queue(struct mu_call *call, struct mu_buf *out)
{
	const struct queue_params *params = call->params;
	struct mark after;
	struct page page = { .call = call,
			     .out = out,
			     .left = params->limit ? (size_t)params->limit : LIMIT_DEFAULT };

	if (params->after && read_mark(call, params->after, &after))
		page.after = &after;
	mu_buf_str(out, "{\"items\":[");
	if (params->team)
		write_queue(&page, mu_workspace_inbox(call->ws, params->team));
	else
		write_all(&page);
	write_next(&page);
}

const struct mu_command cmd_queue_list = {
	.name = "queue.list",
	.route = "GET /v1/queue",
	.need = MU_PERM_QUEUE_VIEW_TEAM,
	.cost = 2,
	PARAMS(queue_shape),
	.help = "What waits for somebody, first what is given out first.",
	.result = "{items:[WAITING],next}",
	.run = run_list,
	.reply = reply_queue,
};
