/* URLs of hubs. A user name or a query is refused rather than dropped: somebody may have put a token there,
 * and it must not seem to work.
 * Thread: any. */
#include "client_url.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOCKET_PATH "/v1/ws"

static const struct {
	const char *text;
	bool tls;
	int port;
} schemes[] = {
	{ "http://", false, 80 },
	{ "https://", true, 443 },
	{ "ws://", false, 80 },
	{ "wss://", true, 443 },
};

/* The rest behind the scheme, or NULL. */
static const char *read_scheme(const char *text, struct client_url *url)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		size_t n = strlen(schemes[i].text);

		if (strncasecmp(text, schemes[i].text, n) != 0)
			continue;
		url->tls = schemes[i].tls;
		url->port = schemes[i].port;
		return text + n;
	}
	return NULL;
}

static bool is_name(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("-._", text[i]))
			return false;
	return n > 0;
}

static bool is_v6(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isxdigit((unsigned char)text[i]) && text[i] != ':' && text[i] != '.')
			return false;
	return n > 0;
}

/* The host's length in text, 0 if there is none that is well formed. What is behind it goes to *ret_rest. */
static size_t read_host(const char *text, struct client_url *url, const char **ret_rest)
{
	bool bracket = *text == '[';
	const char *host = text + bracket;
	size_t n = bracket ? strcspn(host, "]") : strcspn(host, ":/");

	if (n >= sizeof(url->host) || (bracket && host[n] != ']'))
		return 0;
	if (bracket ? !is_v6(host, n) : !is_name(host, n))
		return 0;
	memcpy(url->host, host, n);
	url->host[n] = '\0';
	*ret_rest = host + n + bracket;
	return n;
}

static bool read_port(const char **text, struct client_url *url)
{
	const char *digits = *text + 1;
	char *end;
	long port;

	if (**text != ':')
		return true;
	if (!isdigit((unsigned char)*digits))
		return false;
	port = strtol(digits, &end, 10);
	if (port < 1 || port > 65535)
		return false;
	url->port = (int)port;
	*text = end;
	return true;
}

static bool read_path(const char *text, struct client_url *url)
{
	size_t n = strlen(text), tail = strlen(SOCKET_PATH);
	int written;

	if (n && *text != '/')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isgraph((unsigned char)text[i]) || strchr("?#\"<>\\^`{|}", text[i]))
			return false;
	while (n && text[n - 1] == '/')
		n--;
	if (n >= tail && memcmp(text + n - tail, SOCKET_PATH, tail) == 0)
		n -= tail;
	written = snprintf(url->path, sizeof(url->path), "%.*s" SOCKET_PATH, (int)n, text);
	return written > 0 && (size_t)written < sizeof(url->path);
}

static void write_authority(struct client_url *url)
{
	bool v6 = strchr(url->host, ':') != NULL;
	int n = snprintf(url->authority, sizeof(url->authority), "%s%s%s", v6 ? "[" : "", url->host,
			 v6 ? "]" : "");

	if (url->port != (url->tls ? 443 : 80))
		snprintf(url->authority + n, sizeof(url->authority) - (size_t)n, ":%d", url->port);
}

enum mu_err client_url_parse(const char *text, struct client_url *ret_url, struct mu_fault *ret_fault)
{
	struct client_url url = { 0 };
	const char *rest = read_scheme(text, &url);

	if (!rest)
		return mu_fail(ret_fault, MU_INVALID_PARAMS, "the URL must begin with http:// or https://");
	if (strpbrk(rest, "@?#"))
		return mu_fail(
			ret_fault, MU_INVALID_PARAMS,
			"the URL must not hold a user name, a query or a fragment; a token goes elsewhere");
	if (!read_host(rest, &url, &rest))
		return mu_fail(ret_fault, MU_INVALID_PARAMS,
			       "the URL needs a host, such as http://127.0.0.1:8080");
	if (!read_port(&rest, &url))
		return mu_fail(ret_fault, MU_INVALID_PARAMS,
			       "the port in the URL must be a number from 1 to 65535");
	if (!read_path(rest, &url))
		return mu_fail(ret_fault, MU_INVALID_PARAMS,
			       "what follows the host in the URL is not a path");
	write_authority(&url);
	*ret_url = url;
	return MU_OK;
}
