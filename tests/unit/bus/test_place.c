/* The URL of a bus, and which servers a workspace has. */
#include "testing.h"

#include "place.h"

#include "muster/base/hash.h"
#include "muster/base/mem.h"

static void urls_are_taken_apart(void **state)
{
	struct places places;

	assert_int_equal(places_parse("redis://b.example:7000,a.example,[::1]:80", &places, NULL), MU_OK);
	assert_int_equal(places.n, 3);
	assert_string_equal(places.v[0].name, "[::1]:80"); /* by name */
	assert_string_equal(places.v[0].host, "::1");
	assert_string_equal(places.v[0].port, "80");
	assert_string_equal(places.v[1].name, "a.example:6379");
	assert_string_equal(places.v[2].name, "b.example:7000");
	assert_string_equal(places.user, "");
	assert_string_equal(places.password, "");
	assert_int_equal(places_parse("redis://:p%40s%3as%25@h", &places, NULL), MU_OK);
	assert_string_equal(places.user, "");
	assert_string_equal(places.password, "p@s:s%");
	assert_int_equal(places_parse("redis://me:a@b:c@127.0.0.1:1", &places, NULL), MU_OK);
	assert_string_equal(places.user, "me");
	assert_string_equal(places.password, "a@b:c");
	assert_string_equal(places.v[0].name, "127.0.0.1:1");
}

static void urls_that_are_none_say_why(void **state)
{
	static const struct {
		const char *url, *why;
	} cases[] = {
		{ "", "no URL of a bus" },
		{ "http://h", "no URL of a bus" },
		{ "rediss://h", "no TLS" },
		{ "redis://", "no server" },
		{ "redis://h,", "no server" },
		{ "redis://,h", "no server" },
		{ "redis://h/0", "no server" },
		{ "redis://h:6379/0", "no server" },
		{ "redis://h:", "no server" },
		{ "redis://h:0", "no server" },
		{ "redis://h:65536", "no server" },
		{ "redis://h:99999999", "no server" },
		{ "redis://h:6x", "no server" },
		{ "redis://[::1", "no server" },
		{ "redis://[::1]80", "no server" },
		{ "redis://::1", "no server" },
		{ "redis://a b", "no server" },
		{ "redis://a,a:6379", "twice" },
		{ "redis://me@h", "user and password" },
		{ "redis://me:@h", "user and password" },
		{ "redis://:hidden%zz@h", "user and password" },
		{ "redis://:hidden%4@h", "user and password" },
		{ "redis://:hidden%00@h", "user and password" },
		{ "redis://a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", "more than 16" },
	};

	for (size_t i = 0; i < MU_COUNT(cases); i++) {
		struct places places = { .n = 99 };
		struct mu_fault fault = { 0 };

		assert_int_equal(places_parse(cases[i].url, &places, &fault), MU_INVALID_PARAMS);
		assert_contains(mu_fault_text(&fault), cases[i].why);
		assert_null(strstr(mu_fault_text(&fault), "hidden"));
		assert_int_equal(places.n, 99);
	}
}

static void too_long_is_refused(void **state)
{
	char url[1024] = "redis://";
	struct places places;

	memset(url + strlen(url), 'h', HOST_MAX);
	assert_int_equal(places_parse(url, &places, NULL), MU_OK);
	assert_int_equal(strlen(places.v[0].name), HOST_MAX + strlen(":6379"));
	strcat(url, "h");
	assert_int_equal(places_parse(url, &places, NULL), MU_INVALID_PARAMS);
	snprintf(url, sizeof(url), "redis://:%0*d@h", CREDENTIAL_MAX + 1, 0);
	assert_int_equal(places_parse(url, &places, NULL), MU_INVALID_PARAMS);
}

static void the_two_servers_of_a_workspace(void **state)
{
	struct places one, two;
	size_t at[2];

	assert_int_equal(places_parse("redis://a", &one, NULL), MU_OK);
	assert_int_equal(places_rank(&one, "acme", at), 1);
	assert_int_equal(at[0], 0);
	assert_int_equal(at[1], 0);
	assert_int_equal(places_parse("redis://a,b", &two, NULL), MU_OK);
	assert_int_equal(places_rank(&two, "acme", at), 2);
	assert_int_equal(at[0] + at[1], 1);
}

/* Names of the two servers, whatever their places in the list. */
static void names_of(const struct places *places, const char *workspace, const char *ret[static 2])
{
	size_t at[2];

	assert_int_equal(places_rank(places, workspace, at), 2);
	assert_int_not_equal(at[0], at[1]);
	ret[0] = places->v[at[0]].name;
	ret[1] = places->v[at[1]].name;
}

static void workspaces_are_spread_and_stay(void **state)
{
	struct places four, five, turned;
	size_t load[4] = { 0 }, moved = 0;

	assert_int_equal(places_parse("redis://a,b,c,d", &four, NULL), MU_OK);
	assert_int_equal(places_parse("redis://d,b,a,c", &turned, NULL), MU_OK);
	assert_int_equal(places_parse("redis://a,b,c,d,e", &five, NULL), MU_OK);
	for (int i = 0; i < 4000; i++) {
		const char *before[2], *after[2], *same[2];
		char workspace[16];
		size_t at[2];

		snprintf(workspace, sizeof(workspace), "w%d", i);
		places_rank(&four, workspace, at);
		load[at[0]]++;
		names_of(&four, workspace, before);
		names_of(&turned, workspace, same);
		names_of(&five, workspace, after);
		assert_string_equal(before[0], same[0]);
		assert_string_equal(before[1], same[1]);
		/* Only the new server takes a place: the first stays, or becomes the second. */
		if (strcmp(after[0], "e:6379") == 0)
			assert_string_equal(after[1], before[0]);
		else
			assert_string_equal(after[0], before[0]);
		moved += strcmp(after[0], before[0]) != 0;
	}
	for (size_t i = 0; i < 4; i++)
		assert_in_range(load[i], 800, 1200);
	assert_in_range(moved, 600, 1000); /* a fifth */
}

static int start(void **state)
{
	return mu_hash_start() ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_taken_apart),
		cmocka_unit_test(urls_that_are_none_say_why),
		cmocka_unit_test(too_long_is_refused),
		cmocka_unit_test(the_two_servers_of_a_workspace),
		cmocka_unit_test(workspaces_are_spread_and_stay),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
