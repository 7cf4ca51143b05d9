/* HTTP request lines: "VERB path?query" and, on the next line, a body. Whatever fits a route gives parameters
 * that the codec judges; nothing in them but what a client may send as JSON. */
#include "fuzz.h"

#include "muster/wire/codec.h"
#include "muster/wire/route.h"

#include <string.h>

struct params {
	char *user, *session, *search;
	int64_t limit;
	bool unread;
	struct mu_strs teams;
};

static const struct mu_field fields[] = {
	MU_FIELD(struct params, user, MU_ID, 0),       MU_FIELD(struct params, session, MU_ID, 0),
	MU_FIELD(struct params, search, MU_STRING, 0), MU_FIELD(struct params, limit, MU_INT, 0, .max = 100),
	MU_FIELD(struct params, unread, MU_BOOL, 0),   MU_FIELD(struct params, teams, MU_STRINGS, 0),
};
static const struct mu_shape shape = MU_SHAPE(struct params, "PARAMS", fields);

static const struct mu_method rows[] = {
	{ .name = "user.list", .route = "GET /v1/users", .params = &shape },
	{ .name = "user.get", .route = "GET /v1/users/{user}", .params = &shape },
	{ .name = "user.remove_many", .route = "POST /v1/users/remove", .params = &shape },
	{ .name = "session.revoke",
	  .route = "DELETE /v1/users/{user}/sessions[/{session}]",
	  .params = &shape },
	{ .name = "session.open" },
};
static const struct mu_methods methods = { rows, MU_COUNT(rows) };

static void check_params(int method, const char *path, const char *query, const char *body)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	AUTO_JSON json_t *json = NULL;
	AUTO_JSON json_t *again = NULL;
	AUTO_FREE char *text = NULL;
	struct mu_fault fault = { 0 };
	struct params params;

	if (!body || mu_json_parse(body, strlen(body), 32, &json, NULL) != MU_OK || !json_is_object(json)) {
		json_decref(json);
		json = json_object();
	}
	if (mu_route_params(&rows[method], path, query, json, &fault) != MU_OK) {
		HOLDS(fault.err == MU_INVALID_PARAMS);
		return;
	}
	text = json_dumps(json, JSON_COMPACT);
	HOLDS(text && mu_json_parse(text, strlen(text), 33, &again, NULL) == MU_OK &&
	      json_equal(json, again));
	if (strstr(rows[method].route, "{user}"))
		HOLDS(mu_json_text(json, "user"));
	if (mu_codec_read(&shape, json, &arena, &params, &fault) != MU_OK)
		HOLDS(fault.err == MU_INVALID_PARAMS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *line = strndup((const char *)data, size);
	char *path, *query, *body;
	char allow[64];
	int method;

	body = strchr(line, '\n');
	if (body)
		*body++ = '\0';
	path = strchr(line, ' ');
	if (!path)
		return 0;
	*path++ = '\0';
	query = strchr(path, '?');
	if (query)
		*query++ = '\0';
	method = mu_methods_route(&methods, line, path, allow);
	HOLDS(method >= -1 && method < (int)MU_COUNT(rows) && strlen(allow) < sizeof(allow));
	HOLDS(mu_methods_find(&methods, line) < (int)MU_COUNT(rows));
	if (method >= 0)
		check_params(method, path, query, body);
	return 0;
}
