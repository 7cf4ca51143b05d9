/* HTTP requests become the same methods and parameters as WebSocket ones. */
#include "testing.h"

#include "muster/base/field.h"
#include "muster/wire/route.h"

static const struct mu_field fields[] = {
	{ .name = "user", .kind = MU_ID },       { .name = "session", .kind = MU_ID },
	{ .name = "limit", .kind = MU_INT },     { .name = "unread", .kind = MU_BOOL },
	{ .name = "since", .kind = MU_TIME },    { .name = "teams", .kind = MU_STRINGS },
	{ .name = "search", .kind = MU_STRING }, { .name = "state", .kind = MU_ENUM },
	{ .name = "seq", .kind = MU_INT },
};
static const struct mu_shape shape = { .name = "PARAMS", .fields = fields, .n = MU_COUNT(fields) };

static const struct mu_method rows[] = {
	{ .name = "user.list", .route = "GET /v1/users", .params = &shape },
	{ .name = "user.create", .route = "POST /v1/users" },
	{ .name = "user.get", .route = "GET /v1/users/{user}", .params = &shape },
	{ .name = "user.update", .route = "PATCH /v1/users/{user}" },
	{ .name = "user.remove", .route = "DELETE /v1/users/{user}" },
	{ .name = "user.remove_many", .route = "POST /v1/users/remove" },
	{ .name = "user.odd", .route = "POST /v1/users/{user}" },
	{ .name = "session.open" },
	{ .name = "session.list", .route = "GET /v1/users/{user}/sessions", .params = &shape },
	{ .name = "session.revoke",
	  .route = "DELETE /v1/users/{user}/sessions[/{session}]",
	  .params = &shape },
	{ .name = "audit.show", .route = "GET /v1/audit/{seq}", .params = &shape },
	{ .name = "team.add", .route = "PUT /v1/teams/{team}/members/{user}" },
};
static const struct mu_methods methods = { rows, MU_COUNT(rows) };

static const struct {
	const char *verb, *path;
	const char *name; /* NULL: none */
	const char *allow;
} routes[] = {
	{ "GET", "/v1/users", "user.list", "" },
	{ "POST", "/v1/users", "user.create", "" },
	{ "GET", "/v1/users/u1", "user.get", "" },
	{ "GET", "/v1/users/remove", "user.get", "" },
	{ "POST", "/v1/users/remove", "user.remove_many", "" },
	{ "POST", "/v1/users/u1", "user.odd", "" },
	{ "DELETE", "/v1/users/u1", "user.remove", "" },
	{ "DELETE", "/v1/users/u1/sessions", "session.revoke", "" },
	{ "DELETE", "/v1/users/u1/sessions/s1", "session.revoke", "" },
	{ "PUT", "/v1/teams/t1/members/u1", "team.add", "" },
	{ "GET", "/v1/users/a%2Fb", "user.get", "" },
	{ "GET", "/v1/users/[x]", "user.get", "" },
	{ "GET", "/v1/users/{user}", "user.get", "" },
	{ "GET", "/v1/users/..", "user.get", "" },
	{ "PUT", "/v1/users", NULL, "GET, POST" },
	{ "PUT", "/v1/users/u1", NULL, "GET, PATCH, DELETE, POST" },
	{ "POST", "/v1/users/u1/sessions", NULL, "GET, DELETE" },
	{ "POST", "/v1/users/u1/sessions/s1", NULL, "DELETE" },
	{ "get", "/v1/users", NULL, "GET, POST" },
	{ "GE", "/v1/users", NULL, "GET, POST" },
	{ "GETS", "/v1/users", NULL, "GET, POST" },
	{ "", "/v1/users", NULL, "GET, POST" },
	{ "GET", "/v1/user", NULL, "" },
	{ "GET", "/v1/userss", NULL, "" },
	{ "GET", "/v1/users/", NULL, "" },
	{ "GET", "/v1//users", NULL, "" },
	{ "GET", "//v1/users", NULL, "" },
	{ "GET", "v1/users", NULL, "" },
	{ "GET", "/V1/users", NULL, "" },
	{ "GET", "/v1/users/u1/sessions/s1/x", NULL, "" },
	{ "GET", "/v1/%75sers", NULL, "" },
	{ "GET", "/", NULL, "" },
	{ "GET", "", NULL, "" },
	{ "GET", "*", NULL, "" },
	{ "GET", "/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a", NULL, "" },
};

static void a_path_leads_to_its_method(void **state)
{
	for (size_t i = 0; i < MU_COUNT(routes); i++) {
		char allow[64] = "not set";
		int method = mu_methods_route(&methods, routes[i].verb, routes[i].path, allow);
		const char *name = method < 0 ? NULL : rows[method].name;

		if ((name == NULL) != (routes[i].name == NULL) || (name && strcmp(name, routes[i].name) != 0))
			fail_msg("%s %s leads to %s", routes[i].verb, routes[i].path,
				 name ? name : "nothing");
		if (strcmp(allow, routes[i].allow) != 0)
			fail_msg("%s %s allows %s", routes[i].verb, routes[i].path, allow);
	}
}

static void many_http_methods_fit_the_list(void **state)
{
	static const char *const verbs[] = { "GET /x",    "POST /x",    "PUT /x",      "PATCH /x",
					     "DELETE /x", "OPTIONS /x", "PROPFIND /x", "PROPPATCH /x",
					     "MKCOL /x",  "UNLOCK /x",  "GET /x" };
	struct mu_method many[MU_COUNT(verbs)];
	const struct mu_methods table = { many, MU_COUNT(many) };
	char allow[64];

	for (size_t i = 0; i < MU_COUNT(verbs); i++)
		many[i] = (struct mu_method){ .name = "x", .route = verbs[i] };
	assert_int_equal(mu_methods_route(&table, "HEAD", "/x", allow), -1);
	assert_int_equal(strncmp(allow, "GET, POST, PUT, PATCH, DELETE, OPTIONS, ", 40), 0);
	assert_true(strlen(allow) < sizeof(allow));
}

static void a_method_is_found_by_its_whole_name(void **state)
{
	for (size_t i = 0; i < MU_COUNT(rows); i++)
		assert_int_equal(mu_methods_find(&methods, rows[i].name), i);
	assert_int_equal(mu_methods_find(&methods, "user"), -1);
	assert_int_equal(mu_methods_find(&methods, "user.list "), -1);
	assert_int_equal(mu_methods_find(&methods, ""), -1);
	assert_int_equal(mu_methods_find(&methods, "rpc.discover"), -1);
}

static const struct {
	const char *method, *path, *query, *body;
	const char *params; /* the outcome, or NULL */
	const char *field;  /* when there is none: which field is wrong; NULL: no one field */
} requests[] = {
	{ "user.list", "/v1/users", NULL, "{}", "{}", NULL },
	{ "user.list", "/v1/users", "", "{}", "{}", NULL },
	{ "user.list", "/v1/users", "&&", "{}", "{}", NULL },
	{ "user.get", "/v1/users/u1", NULL, "{}", "{\"user\":\"u1\"}", NULL },
	{ "user.get", "/v1/users/a%2Fb%20c+d", NULL, "{}", "{\"user\":\"a/b c+d\"}", NULL },
	{ "user.get", "/v1/users/caf%c3%A9", NULL, "{}", "{\"user\":\"caf\xc3\xa9\"}", NULL },
	{ "user.get", "/v1/users/u1", NULL, "{\"user\":\"u2\",\"limit\":1}", "{\"user\":\"u1\",\"limit\":1}",
	  NULL },
	{ "audit.show", "/v1/audit/42", NULL, "{}", "{\"seq\":42}", NULL },
	{ "audit.show", "/v1/audit/4x", NULL, "{}", "{\"seq\":\"4x\"}", NULL },
	{ "session.revoke", "/v1/users/u1/sessions", NULL, "{}", "{\"user\":\"u1\"}", NULL },
	{ "session.revoke", "/v1/users/u1/sessions/s1", NULL, "{}", "{\"user\":\"u1\",\"session\":\"s1\"}",
	  NULL },
	{ "team.add", "/v1/teams/t1/members/u1", NULL, "{}", "{\"team\":\"t1\",\"user\":\"u1\"}", NULL },
	{ "user.list", "/v1/users", "limit=20", "{}", "{\"limit\":20}", NULL },
	{ "user.list", "/v1/users", "limit=-3", "{}", "{\"limit\":-3}", NULL },
	{ "user.list", "/v1/users", "limit=9223372036854775807", "{}", "{\"limit\":9223372036854775807}",
	  NULL },
	{ "user.list", "/v1/users", "limit=9223372036854775808", "{}", "{\"limit\":\"9223372036854775808\"}",
	  NULL },
	{ "user.list", "/v1/users", "limit=1.0", "{}", "{\"limit\":\"1.0\"}", NULL },
	{ "user.list", "/v1/users", "limit=+1", "{}", "{\"limit\":\" 1\"}", NULL },
	{ "user.list", "/v1/users", "limit=0x10", "{}", "{\"limit\":\"0x10\"}", NULL },
	{ "user.list", "/v1/users", "limit=-", "{}", "{\"limit\":\"-\"}", NULL },
	{ "user.list", "/v1/users", "limit", "{}", "{\"limit\":\"\"}", NULL },
	{ "user.list", "/v1/users", "unread=true", "{}", "{\"unread\":true}", NULL },
	{ "user.list", "/v1/users", "unread=false", "{}", "{\"unread\":false}", NULL },
	{ "user.list", "/v1/users", "unread=1", "{}", "{\"unread\":\"1\"}", NULL },
	{ "user.list", "/v1/users", "since=2026-11-21T12:00:00%2B01:00", "{}",
	  "{\"since\":\"2026-11-21T12:00:00+01:00\"}", NULL },
	{ "user.list", "/v1/users", "teams=t1,t2", "{}", "{\"teams\":[\"t1\",\"t2\"]}", NULL },
	{ "user.list", "/v1/users", "teams=t1", "{}", "{\"teams\":[\"t1\"]}", NULL },
	{ "user.list", "/v1/users", "teams=", "{}", "{\"teams\":[]}", NULL },
	{ "user.list", "/v1/users", "teams=a%2Cb,c,", "{}", "{\"teams\":[\"a,b\",\"c\",\"\"]}", NULL },
	{ "user.list", "/v1/users", "search=a+b%2B%26%3d", "{}", "{\"search\":\"a b+&=\"}", NULL },
	{ "user.list", "/v1/users", "search=a=b", "{}", "{\"search\":\"a=b\"}", NULL },
	{ "user.list", "/v1/users", "s%65arch=x", "{}", "{\"search\":\"x\"}", NULL },
	{ "user.list", "/v1/users", "search=5", "{}", "{\"search\":\"5\"}", NULL },
	{ "user.list", "/v1/users", "state=open", "{}", "{\"state\":\"open\"}", NULL },
	{ "user.list", "/v1/users", "serach=x", "{}", "{\"serach\":\"x\"}", NULL },
	{ "user.create", "/v1/users", "limit=1", "{}", "{\"limit\":\"1\"}", NULL },
	{ "user.list", "/v1/users", "limit=1&unread=true&&search=", "{}",
	  "{\"limit\":1,\"unread\":true,\"search\":\"\"}", NULL },
	{ "user.list", "/v1/users", "limit=1&limit=1", "{}", NULL, "limit" },
	{ "user.list", "/v1/users", "limit=1&l%69mit=1", "{}", NULL, "limit" },
	{ "user.list", "/v1/users", "limit=1", "{\"limit\":2}", NULL, "limit" },
	{ "user.get", "/v1/users/u1", "user=u2", "{}", NULL, "user" },
	{ "user.list", "/v1/users", "search=a%00b", "{}", NULL, "search" },
	{ "user.list", "/v1/users", "search=%", "{}", NULL, "search" },
	{ "user.list", "/v1/users", "search=%4", "{}", NULL, "search" },
	{ "user.list", "/v1/users", "search=%zz", "{}", NULL, "search" },
	{ "user.list", "/v1/users", "search=%4g", "{}", NULL, "search" },
	{ "user.list", "/v1/users", "search=%ff", "{}", NULL, "search" },
	{ "user.list", "/v1/users", "search=%c0%af", "{}", NULL, "search" },
	{ "user.list", "/v1/users", "search=%ed%a0%80", "{}", NULL, "search" },
	{ "user.list", "/v1/users", "teams=a,%00", "{}", NULL, "teams" },
	{ "user.list", "/v1/users", "%00=x", "{}", NULL, NULL },
	{ "user.list", "/v1/users", "%=x", "{}", NULL, NULL },
	{ "user.get", "/v1/users/%00", NULL, "{}", NULL, "user" },
	{ "user.get", "/v1/users/u1%", NULL, "{}", NULL, "user" },
	{ "user.get", "/v1/users/%ff", NULL, "{}", NULL, "user" },
	{ "user.get", "/v1/teams/t1", NULL, "{}", NULL, NULL },
	{ "session.open", "/v1/users", NULL, "{}", NULL, NULL },
};

static void a_request_becomes_parameters(void **state)
{
	for (size_t i = 0; i < MU_COUNT(requests); i++) {
		const struct mu_method *method = &rows[mu_methods_find(&methods, requests[i].method)];
		AUTO_JSON json_t *params = json_loads(requests[i].body, 0, NULL);
		AUTO_FREE char *text = NULL;
		struct mu_fault fault = { 0 };
		enum mu_err err;

		err = mu_route_params(method, requests[i].path, requests[i].query, params, &fault);
		text = json_dumps(params, JSON_COMPACT);
		if (err != (requests[i].params ? MU_OK : MU_INVALID_PARAMS))
			fail_msg("%s?%s gives %d: %s", requests[i].path, requests[i].query, err,
				 mu_fault_text(&fault));
		if (!err && strcmp(text, requests[i].params) != 0)
			fail_msg("%s?%s gives %s", requests[i].path, requests[i].query, text);
		assert_int_equal(fault.err, err);
		assert_int_equal(fault.n_fields, requests[i].field ? 1 : 0);
		if (requests[i].field)
			assert_string_equal(fault.fields[0].name, requests[i].field);
	}
}

static int start(void **state)
{
	mu_json_start();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_leads_to_its_method),
		cmocka_unit_test(many_http_methods_fit_the_list),
		cmocka_unit_test(a_method_is_found_by_its_whole_name),
		cmocka_unit_test(a_request_becomes_parameters),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
