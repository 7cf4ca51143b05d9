/* How users, teams and roles look to clients, and pages of them.
 * Thread: hub. */
#include "commands.h"

static const struct mu_field user_params_fields[] = {
	MU_FIELD(struct user_params, user, MU_ID, MU_REQUIRED, .help = "Id of the user"),
};
const struct mu_shape user_params_shape = MU_SHAPE(struct user_params, "USER_ID", user_params_fields);

static const struct mu_field id_params_fields[] = {
	MU_FIELD(struct id_params, id, MU_ID, MU_REQUIRED, .help = "Its id"),
};
const struct mu_shape id_params_shape = MU_SHAPE(struct id_params, "ID_PARAMS", id_params_fields);

enum mu_err call_user(struct mu_call *call, const char *id, const struct mu_user **ret_user)
{
	const struct mu_user *user = mu_workspace_user(call->ws, id);

	if (!user)
		return mu_fail(call->fault, MU_NOT_FOUND, "There is no user %s", id);
	*ret_user = user;
	return MU_OK;
}

enum mu_err check_schedule(struct mu_call *call, const struct mu_schedule_spec *spec)
{
	struct mu_schedule *schedule = NULL;
	enum mu_err err = spec ? mu_schedule_create(spec, &schedule, call->fault) : MU_OK;

	mu_schedule_destroy(schedule);
	return err;
}

void write_strs(const struct mu_strs *strs, struct mu_buf *out)
{
	mu_buf_char(out, '[');
	for (size_t i = 0; i < strs->n; i++) {
		mu_json_comma(out);
		mu_json_string(out, strs->v[i]);
	}
	mu_buf_char(out, ']');
}

void mu_write_perms(const struct mu_workspace *ws, const struct mu_perms *perms, struct mu_buf *out)
{
	const struct mu_perm_info *info;

	mu_buf_char(out, '[');
	for (int i = 0; (info = mu_permission_info(ws, i)); i++) {
		if (!mu_perms_has(perms, (enum mu_perm)i))
			continue;
		mu_json_comma(out);
		mu_json_string(out, info->key);
	}
	mu_buf_char(out, ']');
}

bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool holds_all(const struct mu_strs *outer, const struct mu_strs *inner)
{
	for (size_t i = 0; i < inner->n; i++)
		if (!mu_strs_has(outer, inner->v[i]))
			return false;
	return true;
}

bool same_set(const struct mu_strs *a, const struct mu_strs *b)
{
	return holds_all(a, b) && holds_all(b, a);
}

static void write_text(struct mu_buf *out, const char *name, const char *text)
{
	mu_json_name(out, name);
	mu_json_string(out, text);
}

void mu_write_user(const struct mu_workspace *ws, const struct mu_user *user, const char *status,
		   struct mu_buf *out)
{
	mu_buf_char(out, '{');
	write_text(out, "id", user->id);
	write_text(out, "name", user->name);
	write_text(out, "email", user->email);
	write_text(out, "phone", user->phone);
	mu_json_name(out, "roles");
	write_strs(&user->roles, out);
	mu_json_name(out, "teams");
	write_strs(&user->teams, out);
	mu_json_name(out, "capacity");
	mu_buf_i64(out, user->capacity);
	write_text(out, "state", user->active ? "active" : "deactivated");
	mu_json_name(out, "owner");
	mu_buf_str(out, ws->owner && !strcmp(ws->owner, user->id) ? "true" : "false");
	mu_json_name(out, "created_at");
	mu_json_time(out, user->created_at_ms);
	if (status)
		write_text(out, "status", status);
	mu_buf_char(out, '}');
}

void mu_write_statuses(const struct mu_workspace *ws, struct mu_buf *out)
{
	mu_buf_char(out, '[');
	for (size_t i = 0; i < ws->n_statuses; i++) {
		const struct mu_status_record record = { ws->statuses[i].id, ws->statuses[i].label,
							 ws->statuses[i].base, ws->statuses[i].accepting };
		mu_json_comma(out);
		mu_codec_write(&mu_status_record_shape, &record, MU_FORM_FULL, out);
	}
	mu_buf_char(out, ']');
}

void write_hours(const struct mu_hours *hours, struct mu_buf *out)
{
	mu_json_name(out, "schedule");
	if (hours)
		mu_codec_write(&mu_schedule_shape, &hours->spec, MU_FORM_FULL, out);
	else
		mu_buf_str(out, "null");
}

void write_routing(const struct mu_inbox *inbox, struct mu_buf *out)
{
	write_text(out, "strategy", mu_strategy_names[inbox->strategy]);
	mu_json_name(out, "settings");
	mu_codec_write(&mu_routing_settings_shape, &inbox->settings, MU_FORM_FULL, out);
}

void write_team(const struct mu_team *team, struct mu_buf *out)
{
	mu_buf_char(out, '{');
	write_text(out, "id", team->id);
	write_text(out, "name", team->name);
	write_text(out, "lead", team->lead);
	mu_json_name(out, "members");
	write_strs(&team->members, out);
	write_hours(team->hours, out);
	write_routing(&team->inbox, out);
	mu_buf_char(out, '}');
}

static void write_levels(const struct mu_call *call, const struct mu_role *role, struct mu_buf *out)
{
	struct mu_strs modules = { 0 };

	if (mu_modules(call->ws, call->arena, &modules)) {
		out->failed = true;
		return;
	}
	mu_buf_char(out, '{');
	for (size_t i = 0; i < modules.n; i++)
		write_text(out, modules.v[i],
			   mu_level_names[mu_module_level(call->ws, modules.v[i], &role->perms)]);
	mu_buf_char(out, '}');
}

void write_role(const struct mu_call *call, const struct mu_role *role, struct mu_buf *out)
{
	mu_buf_char(out, '{');
	write_text(out, "id", role->id);
	write_text(out, "name", role->name);
	write_text(out, "description", role->description);
	mu_json_name(out, "permissions");
	if (!strcmp(role->id, MU_ROLE_OWNER))
		mu_write_perms(call->ws, &role->perms, out);
	else
		write_strs(&role->permissions, out);
	mu_json_name(out, "modules");
	write_levels(call, role, out);
	mu_buf_char(out, '}');
}

void reply_user(struct mu_call *call, struct mu_buf *out)
{
	mu_write_user(call->ws, mu_workspace_user(call->ws, call->subject), NULL, out);
}

void reply_outcome(struct mu_call *call, struct mu_buf *out)
{
	mu_buf_str(out, call->outcome);
}

void reply_team(struct mu_call *call, struct mu_buf *out)
{
	write_team(mu_workspace_team(call->ws, call->subject), out);
}

enum mu_err run_nothing(struct mu_call *call)
{
	return MU_OK;
}

static const struct mu_field page_fields[] = {
	MU_FIELD(struct page_params, limit, MU_INT, 0, .min = 1, .max = 1000,
		 .help = "Items at most (default 100)"),
	MU_FIELD(struct page_params, after, MU_STRING, 0, .max = 128, .help = "next of the page before"),
};
const struct mu_shape page_shape = MU_SHAPE(struct page_params, "PAGE", page_fields);

#define PAGE_DEFAULT 100

struct listed {
	const char *id;
	const void *item;
};

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct listed *)a)->id, ((const struct listed *)b)->id);
}

static const void *next_handle(const void *item)
{
	return ((const UT_hash_handle *)item)->next;
}

/* Let the item at a place of a heap, the largest id first, sink to where it belongs. */
static void sink(struct listed *heap, size_t n, size_t at)
{
	for (size_t below; (below = 2 * at + 1) < n; at = below) {
		if (below + 1 < n && by_id(&heap[below + 1], &heap[below]) > 0)
			below++;
		if (by_id(&heap[at], &heap[below]) >= 0)
			return;
		const struct listed swap = heap[at];
		heap[at] = heap[below];
		heap[below] = swap;
	}
}

static void rise(struct listed *heap, size_t at)
{
	for (; at && by_id(&heap[at], &heap[(at - 1) / 2]) > 0; at = (at - 1) / 2) {
		const struct listed swap = heap[at];
		heap[at] = heap[(at - 1) / 2];
		heap[(at - 1) / 2] = swap;
	}
}

/* The first visible items after the page before, in order: so many at most. A table may be long and a page is
 * short, so only the items with the smallest ids so far are kept. */
static struct listed *collect(struct mu_call *call, const struct listing *listing, size_t most, size_t *ret_n)
{
	const struct page_params *params = call->params;
	const void *(*next)(const void *) = listing->next ? listing->next : next_handle;
	struct listed *items = mu_arena_alloc(call->arena, most * sizeof(*items));
	size_t n = 0;

	for (const void *each = listing->first; items && each; each = next(each)) {
		const struct listed item = { *(char *const *)((const char *)each + listing->id_offset),
					     each };
		if ((params->after && strcmp(item.id, params->after) <= 0) ||
		    (n == most && by_id(&item, &items[0]) > 0) ||
		    (listing->visible && !listing->visible(call, each)))
			continue;
		if (n < most) {
			items[n] = item;
			rise(items, n++);
		} else {
			items[0] = item;
			sink(items, n, 0);
		}
	}
	if (items)
		qsort(items, n, sizeof(*items), by_id);
	*ret_n = n;
	return items;
}

void write_listing(struct mu_call *call, const struct listing *listing, struct mu_buf *out)
{
	const struct page_params *params = call->params;
	size_t n = 0, limit = params->limit ? (size_t)params->limit : PAGE_DEFAULT;
	struct listed *items = collect(call, listing, limit + 1, &n);

	if (!items) {
		out->failed = true;
		return;
	}
	mu_buf_str(out, "{\"items\":[");
	for (size_t i = 0; i < n && i < limit; i++) {
		mu_json_comma(out);
		listing->write(call, items[i].item, out);
	}
	mu_buf_str(out, "],\"next\":");
	mu_json_string(out, n > limit ? items[limit - 1].id : NULL);
	mu_buf_char(out, '}');
}
