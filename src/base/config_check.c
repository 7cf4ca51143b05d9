/* What must hold beyond the limits of single numbers: the form of texts, and relations between options.
 * Thread: any, on a config that nobody writes. */
#include "muster/base/config.h"

#include "muster/base/hash.h"
#include "muster/base/log.h"
#include "muster/base/mem.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_BYTES 48
#define ITEM_BYTES 256

/* A decimal number up to max, which is far below where strtol saturates. */
static bool is_number(const char *text, long max)
{
	size_t n = strspn(text, "0123456789");

	return n > 0 && text[n] == '\0' && strtol(text, NULL, 10) <= max;
}

static bool is_not_empty(const char *text)
{
	return *text != '\0';
}

/* HOST:PORT; a host with colons of its own is an IPv6 address in brackets. Whether the host exists shows when
 * it is bound. */
static bool is_host_port(const char *text)
{
	const char *colon = strrchr(text, ':');
	const char *end = text[0] == '[' ? strchr(text, ']') : strchr(text, ':');

	if (!colon || !end || !is_number(colon + 1, 65535))
		return false;
	if (text[0] == '[')
		return end > text + 1 && end + 1 == colon;
	return end > text && end == colon;
}

static bool is_host_port_or_empty(const char *text)
{
	return !*text || is_host_port(text);
}

/* What follows a scheme, if the text begins with it. */
static const char *after(const char *text, const char *scheme)
{
	const size_t n = strlen(scheme);

	return strncmp(text, scheme, n) == 0 ? text + n : NULL;
}

static bool is_store(const char *text)
{
	const char *file = after(text, "sqlite:"), *server = after(text, "postgres://");

	return !*text || strcmp(text, "memory:") == 0 || (file && *file) || (server && *server);
}

static bool is_bus(const char *text)
{
	const char *servers = after(text, "redis://");

	return !*text || strcmp(text, "local") == 0 || (servers && *servers);
}

static bool is_node(const char *text)
{
	return !*text || mu_id_valid(text);
}

/* Printable ASCII, and nothing that would end an address within a page or a mail. */
static bool is_plain(const char *text)
{
	for (; *text; text++) {
		if (*text <= ' ' || *text > '~' || strchr("<>\"'\\`{|}", *text))
			return false;
	}
	return true;
}

static bool is_public_url(const char *text)
{
	const char *host = after(text, "https://");

	if (!host)
		host = after(text, "http://");
	return !*text || (host && *host && *host != '/' && is_plain(host) && !strpbrk(host, "?#"));
}

static bool is_smtp_url(const char *text)
{
	const char *host = after(text, "smtps://");

	if (!host)
		host = after(text, "smtp://");
	return !*text || (host && *host && is_plain(host) && !strpbrk(host, "/?#@"));
}

static bool is_smtp_tls(const char *text)
{
	return strcmp(text, "required") == 0 || strcmp(text, "opportunistic") == 0 ||
	       strcmp(text, "off") == 0;
}

static bool is_sender(const char *text)
{
	const char *at = strchr(text, '@');

	return !*text || (at && at > text && at[1] && !strchr(at + 1, '@') && is_plain(text) &&
			  !strpbrk(text, "()[]:;,"));
}

static bool is_log_level(const char *text)
{
	enum mu_log_level level;

	return mu_log_level_parse(text, &level);
}

static bool is_log_format(const char *text)
{
	return strcmp(text, "text") == 0 || strcmp(text, "json") == 0;
}

/* scheme://host or scheme://host:port, as a browser sends it: no path, not even a slash. */
static bool is_origin(const char *text)
{
	const char *host = strstr(text, "://");

	return strcmp(text, "*") == 0 || (host && host > text && host[3] && !strpbrk(host + 3, "/?# "));
}

static bool is_address_or_block(const char *text)
{
	char address[INET6_ADDRSTRLEN];
	unsigned char binary[sizeof(struct in6_addr)];
	const char *slash = strchrnul(text, '/');
	size_t n = (size_t)(slash - text);

	if (n >= sizeof(address))
		return false;
	memcpy(address, text, n);
	address[n] = '\0';
	if (inet_pton(AF_INET, address, binary) == 1)
		return !*slash || is_number(slash + 1, 32);
	return inet_pton(AF_INET6, address, binary) == 1 && (!*slash || is_number(slash + 1, 128));
}

/* Whether every item of a comma separated list is good; blanks around items don't count, an empty list is
 * good. */
static bool each_item(const char *list, bool (*is_good)(const char *))
{
	char item[ITEM_BYTES];

	while (*list) {
		size_t n;

		list += strspn(list, " \t");
		n = strcspn(list, ",");
		if (n >= sizeof(item))
			return false;
		memcpy(item, list, n);
		while (n > 0 && (item[n - 1] == ' ' || item[n - 1] == '\t'))
			n--;
		item[n] = '\0';
		if (!is_good(item))
			return false;
		list += strcspn(list, ",");
		list += *list == ',';
	}
	return true;
}

static bool are_origins(const char *text)
{
	return each_item(text, is_origin);
}

static bool are_proxies(const char *text)
{
	return each_item(text, is_address_or_block);
}

static const struct form {
	const char *option;
	bool (*is_good)(const char *text);
	const char *what;
} forms[] = {
	{ "data", is_not_empty, "a directory" },
	{ "listen", is_host_port, "HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080" },
	{ "metrics_listen", is_host_port_or_empty, "HOST:PORT or empty" },
	{ "store", is_store, "sqlite:PATH, postgres://HOST/DATABASE, memory: or empty" },
	{ "origins", are_origins, "a list such as https://a.example, https://b.example:8443" },
	{ "trusted_proxies", are_proxies, "a list such as 10.0.0.7, 192.168.0.0/16" },
	{ "node", is_node, "1 to 64 letters, digits and . _ -, or empty" },
	{ "bus", is_bus, "redis://HOST:PORT, local or empty" },
	{ "public_url", is_public_url, "http://HOST or https://HOST, perhaps with a path, or empty" },
	{ "smtp_url", is_smtp_url, "smtp://HOST:PORT, smtps://HOST:PORT or empty" },
	{ "smtp_tls", is_smtp_tls, "required, opportunistic or off" },
	{ "smtp_from", is_sender, "an address such as muster@example.org, or empty" },
	{ "log_level", is_log_level, "error, warn, info or debug" },
	{ "log_format", is_log_format, "text or json" },
};

static const struct relation {
	const char *less, *more;
	bool may_equal;
} relations[] = {
	/* A ping goes out only after the answer to the last one came or was given up. */
	{ "pong_timeout_ms", "ping_interval_ms", false },
	{ "mobile_pong_timeout_ms", "mobile_ping_interval_ms", false },
	/* Otherwise one message that is allowed makes its receiver a slow reader. */
	{ "max_message_bytes", "send_budget_bytes", true },
	/* Otherwise the process is gone before its last clients were told. */
	{ "drain_spread_ms", "drain_ms", true },
};

/* Texts of which one makes no sense without the other. */
static const struct need {
	const char *text, *needs, *why;
} needs[] = {
	{ "smtp_url", "smtp_from", "mails have a sender" },
	{ "smtp_url", "public_url", "mails hold links" },
};

static const char *text_of(const struct mu_config *config, const char *name)
{
	return *(char *const *)((const char *)config + mu_config_find(name)->offset);
}

static enum mu_err check_need(const struct mu_config *config, const struct need *need,
			      struct mu_fault *ret_fault)
{
	if (!*text_of(config, need->text) || *text_of(config, need->needs))
		return MU_OK;
	return mu_fail(ret_fault, MU_INVALID_PARAMS, "%s needs %s as well: %s", need->text, need->needs,
		       need->why);
}

/* Whoever sits between could take STARTTLS out of what the server offers, and read along. */
static enum mu_err check_password_is_safe(const struct mu_config *config, struct mu_fault *ret_fault)
{
	if (!*config->smtp_user || strcmp(config->smtp_tls, "opportunistic") != 0)
		return MU_OK;
	return mu_fail(ret_fault, MU_INVALID_PARAMS,
		       "smtp_tls must be required with smtp_user, or a password might go out unencrypted");
}

static int64_t shorter(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t mu_config_ping_interval_ms(const struct mu_config *config, bool mobile)
{
	return mobile ? shorter(config->mobile_ping_interval_ms, config->ping_interval_ms)
		      : config->ping_interval_ms;
}

int64_t mu_config_pong_timeout_ms(const struct mu_config *config, bool mobile)
{
	return mobile ? shorter(config->mobile_pong_timeout_ms, config->pong_timeout_ms)
		      : config->pong_timeout_ms;
}

bool mu_config_clustered(const struct mu_config *config)
{
	return *config->bus && strcmp(config->bus, "local") != 0;
}

/* A file of one node is no place for what several write. */
static enum mu_err check_cluster(const struct mu_config *config, struct mu_fault *ret_fault)
{
	if (!mu_config_clustered(config))
		return MU_OK;
	if (!after(config->store, "postgres://"))
		return mu_fail(ret_fault, MU_INVALID_PARAMS,
			       "bus needs a store that all nodes reach: give each of them the same "
			       "postgres://...");
	if (!*config->cluster_key_file)
		return mu_fail(ret_fault, MU_INVALID_PARAMS,
			       "bus needs cluster_key_file as well: what nodes tell each other is sealed");
	return MU_OK;
}

static enum mu_err check_form(const struct mu_config *config, const struct form *form,
			      struct mu_fault *ret_fault)
{
	const char *text = text_of(config, form->option);

	if (form->is_good(text))
		return MU_OK;
	return mu_fail(ret_fault, MU_INVALID_PARAMS, "%s must be %s, not \"%.*s\"", form->option, form->what,
		       SHOWN_BYTES, text);
}

static enum mu_err check_relation(const struct mu_config *config, const struct relation *relation,
				  struct mu_fault *ret_fault)
{
	const struct mu_option *less = mu_config_find(relation->less);
	const struct mu_option *more = mu_config_find(relation->more);
	int64_t small = *(const int64_t *)(const void *)((const char *)config + less->offset);
	int64_t big = *(const int64_t *)(const void *)((const char *)config + more->offset);
	char small_text[SHOWN_BYTES], big_text[SHOWN_BYTES];

	if (small < big || (small == big && relation->may_equal))
		return MU_OK;
	mu_config_text(config, less, small_text, sizeof(small_text));
	mu_config_text(config, more, big_text, sizeof(big_text));
	return mu_fail(ret_fault, MU_INVALID_PARAMS, "%s (%s) must be %s %s (%s)", less->name, small_text,
		       relation->may_equal ? "at most" : "less than", more->name, big_text);
}

enum mu_err mu_config_check(const struct mu_config *config, struct mu_fault *ret_fault)
{
	for (size_t i = 0; i < MU_COUNT(forms); i++) {
		enum mu_err err = check_form(config, &forms[i], ret_fault);

		if (err != MU_OK)
			return err;
	}
	for (size_t i = 0; i < MU_COUNT(relations); i++) {
		enum mu_err err = check_relation(config, &relations[i], ret_fault);

		if (err != MU_OK)
			return err;
	}
	for (size_t i = 0; i < MU_COUNT(needs); i++) {
		enum mu_err err = check_need(config, &needs[i], ret_fault);

		if (err != MU_OK)
			return err;
	}
	enum mu_err err = check_password_is_safe(config, ret_fault);

	return err ? err : check_cluster(config, ret_fault);
}
