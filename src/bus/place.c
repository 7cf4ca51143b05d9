/* The URL of the servers and rendezvous hashing on them. */
#include "place.h"

#include "muster/base/hash.h"
#include "muster/base/mem.h"
#include "muster/base/seal.h"

#include <stdio.h>
#include <string.h>

#define SCHEME "redis://"
#define PORT_DEFAULT "6379"
#define PORT_MAX 65535
#define FORM "write redis://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT]...]"

static int hex_value(char c)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	if (!at)
		return -1;
	return at - digits < 16 ? (int)(at - digits) : (int)(at - digits) - 6;
}

/* Decode %XX (RFC 3986 §2.1). False if it is too long, badly encoded or holds a NUL. */
static bool decode(const char *text, size_t n, char out[static CREDENTIAL_MAX + 1])
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		int c = (unsigned char)text[i];

		if (c == '%') {
			const int high = n - i > 2 ? hex_value(text[i + 1]) : -1;
			const int low = high >= 0 ? hex_value(text[i + 2]) : -1;

			c = low >= 0 ? high * 16 + low : 0;
			i += 2;
		}
		if (!c || used == CREDENTIAL_MAX)
			return false;
		out[used++] = (char)c;
	}
	out[used] = '\0';
	return true;
}

static enum mu_err parse_credentials(const char *text, size_t n, struct places *places,
				     struct mu_fault *fault)
{
	const char *colon = memchr(text, ':', n);
	const size_t user = colon ? (size_t)(colon - text) : 0;

	if (!colon || !decode(text, user, places->user) ||
	    !decode(colon + 1, n - user - 1, places->password) || !places->password[0])
		return mu_fail(fault, MU_INVALID_PARAMS,
			       "the user and password of the bus can't be read; write [USER]:PASSWORD@, "
			       "with %%40 for @ and %%25 for %%");
	return MU_OK;
}

static bool parse_port(const char *text, size_t n, char port[static 6])
{
	unsigned number = 0;

	if (n == 0 || n > 5)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		number = number * 10 + (unsigned)(text[i] - '0');
	}
	snprintf(port, 6, "%u", number & 0xffff);
	return number > 0 && number <= PORT_MAX;
}

/* HOST, HOST:PORT or [ADDRESS]:PORT, n bytes long. */
static bool parse_place(const char *text, size_t n, struct place *place)
{
	const bool bracket = n > 0 && text[0] == '[';
	const char *end = bracket ? memchr(text, ']', n) : memchr(text, ':', n);
	const char *host = bracket ? text + 1 : text;
	const char *rest = end ? end + bracket : text + n;
	const size_t host_bytes = (size_t)((end ? end : text + n) - host);
	const size_t rest_bytes = n - (size_t)(rest - text);

	if ((bracket && !end) || host_bytes == 0 || host_bytes > HOST_MAX)
		return false;
	if (strcspn(host, "/?#@%[] \t") < host_bytes)
		return false;
	memcpy(place->host, host, host_bytes);
	place->host[host_bytes] = '\0';
	strcpy(place->port, PORT_DEFAULT);
	if (rest_bytes && (*rest != ':' || !parse_port(rest + 1, rest_bytes - 1, place->port)))
		return false;
	snprintf(place->name, sizeof(place->name), bracket ? "[%s]:%s" : "%s:%s", place->host, place->port);
	return true;
}

/* Put it where its name belongs. False if it is there already. */
static bool insert(struct places *places, const struct place *place)
{
	size_t at = 0;

	while (at < places->n && strcmp(places->v[at].name, place->name) < 0)
		at++;
	if (at < places->n && strcmp(places->v[at].name, place->name) == 0)
		return false;
	memmove(&places->v[at + 1], &places->v[at], (places->n - at) * sizeof(*place));
	places->v[at] = *place;
	places->n++;
	return true;
}

static enum mu_err parse_list(const char *text, struct places *places, struct mu_fault *fault)
{
	for (bool more = true; more;) {
		const size_t n = strcspn(text, ",");
		struct place place;

		if (!parse_place(text, n, &place))
			return mu_fail(fault, MU_INVALID_PARAMS, "\"%.*s\" is no server of the bus; " FORM,
				       n > 60 ? 60 : (int)n, text);
		if (places->n == SERVERS_MAX)
			return mu_fail(fault, MU_INVALID_PARAMS, "the bus has more than %d servers",
				       SERVERS_MAX);
		if (!insert(places, &place))
			return mu_fail(fault, MU_INVALID_PARAMS, "the bus has the server %.60s twice",
				       place.name);
		more = text[n] == ',';
		text += n + more;
	}
	return MU_OK;
}

enum mu_err places_parse(const char *url, struct places *ret, struct mu_fault *fault)
{
	struct places places = { 0 };
	enum mu_err err = MU_OK;
	const char *list, *at;

	if (strncmp(url, "rediss:", strlen("rediss:")) == 0)
		return mu_fail(fault, MU_INVALID_PARAMS,
			       "the bus speaks no TLS; its messages are sealed anyway: write redis://");
	if (strncmp(url, SCHEME, strlen(SCHEME)) != 0)
		return mu_fail(fault, MU_INVALID_PARAMS, "that is no URL of a bus; " FORM);
	list = url + strlen(SCHEME);
	at = strrchr(list, '@');
	if (at) {
		err = parse_credentials(list, (size_t)(at - list), &places, fault);
		list = at + 1;
	}
	if (!err)
		err = parse_list(list, &places, fault);
	if (!err)
		*ret = places;
	mu_seal_wipe(&places, sizeof(places));
	return err;
}

static uint64_t score_of(const char *server, const char *workspace)
{
	const struct mu_part parts[] = { { server, strlen(server) }, { workspace, strlen(workspace) } };
	uint8_t digest[MU_DIGEST_BYTES];
	uint64_t score = 0;

	mu_digest_parts(parts, MU_COUNT(parts), digest);
	for (size_t i = 0; i < sizeof(score); i++)
		score = score << 8 | digest[i];
	return score;
}

size_t places_rank(const struct places *places, const char *workspace, size_t ret_two[static 2])
{
	size_t first = 0, second = 0;
	uint64_t highest = 0, next = 0;

	for (size_t i = 0; i < places->n; i++) {
		const uint64_t its = score_of(places->v[i].name, workspace);

		if (i == 0 || its > highest) {
			second = first;
			next = highest;
			first = i;
			highest = its;
		} else if (i == 1 || its > next) {
			second = i;
			next = its;
		}
	}
	ret_two[0] = first;
	ret_two[1] = second;
	return places->n > 1 ? 2 : 1;
}
