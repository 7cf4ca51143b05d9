/* Where the client finds the hub, from what a person gives it. */
#include "testing.h"

#include "client_url.h"

static const struct {
	const char *text;
	bool tls;
	int port;
	const char *host, *authority, *path;
} good[] = {
	{ "http://127.0.0.1:8080", false, 8080, "127.0.0.1", "127.0.0.1:8080", "/v1/ws" },
	{ "http://127.0.0.1:8080/", false, 8080, "127.0.0.1", "127.0.0.1:8080", "/v1/ws" },
	{ "ws://hub.example", false, 80, "hub.example", "hub.example", "/v1/ws" },
	{ "https://hub.example", true, 443, "hub.example", "hub.example", "/v1/ws" },
	{ "HTTPS://hub.example:443", true, 443, "hub.example", "hub.example", "/v1/ws" },
	{ "https://hub.example:80", true, 80, "hub.example", "hub.example:80", "/v1/ws" },
	{ "wss://hub.example/v1/ws", true, 443, "hub.example", "hub.example", "/v1/ws" },
	{ "https://hub.example/muster", true, 443, "hub.example", "hub.example", "/muster/v1/ws" },
	{ "https://hub.example/muster/v1/ws/", true, 443, "hub.example", "hub.example", "/muster/v1/ws" },
	{ "http://[::1]:8080", false, 8080, "::1", "[::1]:8080", "/v1/ws" },
	{ "https://[2001:db8::7]", true, 443, "2001:db8::7", "[2001:db8::7]", "/v1/ws" },
	{ "http://a:1", false, 1, "a", "a:1", "/v1/ws" },
	{ "http://a:65535", false, 65535, "a", "a:65535", "/v1/ws" },
};

static void test_urls_are_read(void **state)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct client_url url;
		struct mu_fault fault = { 0 };

		if (client_url_parse(good[i].text, &url, &fault))
			fail_msg("%s is refused: %s", good[i].text, fault.message);
		assert_int_equal(url.tls, good[i].tls);
		assert_int_equal(url.port, good[i].port);
		assert_string_equal(url.host, good[i].host);
		assert_string_equal(url.authority, good[i].authority);
		assert_string_equal(url.path, good[i].path);
	}
}

static const struct {
	const char *text, *says;
} bad[] = {
	{ "", "http://" },
	{ "127.0.0.1:8080", "http://" },
	{ "ftp://a", "http://" },
	{ "http:/a", "http://" },
	{ "http://", "host" },
	{ "http://:8080", "host" },
	{ "http:///v1/ws", "host" },
	{ "http://a b", "host" },
	{ "http://a\r\nX: y", "host" },
	{ "http://[::1", "host" },
	{ "http://[]", "host" },
	{ "http://[::g]", "host" },
	{ "http://a:", "port" },
	{ "http://a:0", "port" },
	{ "http://a:65536", "port" },
	{ "http://a:99999999999999999999", "port" },
	{ "http://a:-1", "port" },
	{ "http://a:+1", "port" },
	{ "http://a:80x", "path" },
	{ "http://[::1]x", "path" },
	{ "http://a/b c", "path" },
	{ "http://a/b\r\nX: y", "path" },
	{ "http://ann:secret@a", "user name" },
	{ "http://a/?token=secret", "query" },
	{ "http://a#secret", "fragment" },
};

static void test_anything_else_is_refused_without_repeating_it(void **state)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct client_url url = { .port = 7 };
		struct mu_fault fault = { 0 };

		if (client_url_parse(bad[i].text, &url, &fault) != MU_INVALID_PARAMS)
			fail_msg("%s is taken", bad[i].text);
		assert_contains(fault.message, bad[i].says);
		assert_null(strstr(fault.message, "secret"));
		assert_int_equal(url.port, 7);
	}
}

/* A host or path of n letters. */
static enum mu_err parse_long(const char *before, size_t n)
{
	struct client_url url;
	char text[1024];
	size_t at = strlen(before);

	memcpy(text, before, at);
	memset(text + at, 'a', n);
	text[at + n] = '\0';
	return client_url_parse(text, &url, NULL);
}

static void test_lengths_have_limits(void **state)
{
	assert_int_equal(parse_long("http://", CLIENT_HOST_BYTES - 1), MU_OK);
	assert_int_equal(parse_long("http://", CLIENT_HOST_BYTES), MU_INVALID_PARAMS);
	assert_int_equal(parse_long("http://a/", CLIENT_PATH_BYTES - sizeof("//v1/ws")), MU_OK);
	assert_int_equal(parse_long("http://a/", CLIENT_PATH_BYTES - sizeof("//v1/ws") + 1),
			 MU_INVALID_PARAMS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls_are_read),
		cmocka_unit_test(test_anything_else_is_refused_without_repeating_it),
		cmocka_unit_test(test_lengths_have_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
