/* Whose connection it is: addresses, networks and what trusted proxies say. */
#include "testing.h"

#include "muster/base/mem.h"
#include "muster/wire/port.h"

#include "address.h"

#include <arpa/inet.h>

static struct mu_address address(const char *text)
{
	struct mu_address result;

	if (!mu_address_parse(text, strlen(text), &result))
		fail_msg("%s is no address", text);
	return result;
}

static void test_sockets(void **state)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr = { htonl(0x7f000001) } };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr local = { .sa_family = AF_UNIX };
	struct mu_address one;

	assert_true(mu_address_from_socket((struct sockaddr *)(void *)&v4, &one));
	assert_true(mu_address_loopback(&one));
	assert_true(mu_address_from_socket((struct sockaddr *)(void *)&v6, &one));
	assert_true(mu_address_loopback(&one));
	assert_false(mu_address_from_socket(&local, &one));
	one = address("128.0.0.1");
	assert_false(mu_address_loopback(&one));
}

static void test_networks(void **state)
{
	static const struct {
		const char *list, *in, *out; /* comma separated */
	} rows[] = {
		{ "", "", "127.0.0.1,::1" },
		{ "10.0.0.7", "10.0.0.7,::ffff:10.0.0.7", "10.0.0.8,::1" },
		{ "10.0.0.0/8, ::1", "10.255.255.255,::1", "11.0.0.0,127.0.0.1,::2" },
		{ "192.168.4.0/22", "192.168.4.0,192.168.7.255", "192.168.3.255,192.168.8.0" },
		{ "0.0.0.0/0", "1.2.3.4,255.255.255.255", "::1,2001:db8::1" },
		{ "::/0", "1.2.3.4,2001:db8::1", "" },
		{ "2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1" },
		{ "::ffff:10.0.0.0/104", "10.1.2.3", "11.1.2.3" },
		{ "10.0.0.1/32", "10.0.0.1", "10.0.0.2" },
	};

	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		struct mu_slice in = { rows[i].in, strlen(rows[i].in) },
				out = { rows[i].out, strlen(rows[i].out) };
		struct mu_networks networks;
		struct mu_fault fault = { 0 };
		struct mu_address one;

		assert_int_equal(mu_networks_parse(rows[i].list, &networks, &fault), MU_OK);
		while (in.n) {
			struct mu_slice text = mu_slice_next(&in);

			assert_true(mu_address_parse(text.at, text.n, &one));
			if (!mu_networks_has(&networks, &one))
				fail_msg("%.*s is in %s", (int)text.n, text.at, rows[i].list);
		}
		while (out.n) {
			struct mu_slice text = mu_slice_next(&out);

			assert_true(mu_address_parse(text.at, text.n, &one));
			if (mu_networks_has(&networks, &one))
				fail_msg("%.*s is not in %s", (int)text.n, text.at, rows[i].list);
		}
		mu_networks_finish(&networks);
	}
}

static void test_wrong_networks_are_named(void **state)
{
	static const char *const wrong[] = { "10.0.0.0/33", "10.0.0.0/",     "10.0.0.0/x",       "::/129",
					     "10.0.0.0/-1", "proxy.example", "10.0.0.1,nonsense" };

	for (size_t i = 0; i < MU_COUNT(wrong); i++) {
		struct mu_networks networks = { 0 };
		struct mu_fault fault = { 0 };

		assert_int_equal(mu_networks_parse(wrong[i], &networks, &fault), MU_INVALID_PARAMS);
		assert_contains(fault.message, "trusted_proxies");
		assert_null(networks.v);
	}
}

static void test_the_client_behind_proxies(void **state)
{
	static const struct {
		const char *peer, *header, *client;
	} rows[] = {
		{ "203.0.113.5", NULL, "203.0.113.5" },
		{ "203.0.113.5", "198.51.100.1", "203.0.113.5" }, /* not trusted: says nothing */
		{ "10.0.0.1", NULL, "10.0.0.1" },
		{ "10.0.0.1", "198.51.100.1", "198.51.100.1" },
		{ "10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1" }, /* what the client wrote itself */
		{ "10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1" },
		{ "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3" }, /* all trusted: the farthest */
		{ "10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1" },
		{ "10.0.0.1", "198.51.100.1, nonsense, 10.0.0.2", "10.0.0.2" },
		{ "10.0.0.1", "", "10.0.0.1" },
		{ "10.0.0.1", ",,", "10.0.0.1" },
		{ "10.0.0.1", " 198.51.100.1:4711 ", "198.51.100.1" },
		{ "10.0.0.1", "[2001:db8::5]:4711", "2001:db8::5" },
		{ "10.0.0.1", "2001:db8::5", "2001:db8::5" },
		{ "10.0.0.1", "::ffff:10.0.0.9", "10.0.0.9" },
	};
	struct mu_networks trusted;
	struct mu_fault fault = { 0 };

	assert_int_equal(mu_networks_parse("10.0.0.0/8", &trusted, &fault), MU_OK);
	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		struct mu_address peer = address(rows[i].peer), client;
		struct mu_slice header = { rows[i].header, rows[i].header ? strlen(rows[i].header) : 0 };
		char text[MU_ADDRESS_TEXT];

		client = mu_address_client(&trusted, &peer, header);
		mu_address_text(&client, text, sizeof(text));
		if (strcmp(text, rows[i].client) != 0)
			fail_msg("%s with %s is %s, not %s", rows[i].peer, rows[i].header, text,
				 rows[i].client);
	}
	mu_networks_finish(&trusted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sockets),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_wrong_networks_are_named),
		cmocka_unit_test(test_the_client_behind_proxies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
