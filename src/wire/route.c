/* HTTP requests to methods and parameters. A route such as "DELETE /v1/users/{user}/sessions[/{session}]" is
 * read afresh for each request: there are about a hundred, and an HTTP request costs far more than looking at
 * them.
 * Invariant: a path is cut into segments before anything is decoded, so an encoded slash never makes a
 * segment.
 * Thread: any; route tables are immutable. */
#include "muster/wire/route.h"

#include "muster/base/field.h"
#include "muster/wire/rpc.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SEGMENTS_MAX 16
#define ALLOW_BYTES 64

/* A run of bytes inside a longer text. */
struct span {
	const char *at;
	size_t n;
};

struct segments {
	size_t n;
	size_t required; /* of a route: the segments before the tail in brackets */
	struct span v[SEGMENTS_MAX];
};

/* What stands for the {names} of a route, and how good the match is. */
struct match {
	uint32_t literal; /* a bit per segment that the route spells out itself, the first one highest: the
			     larger the better */
	size_t n;
	struct {
		struct span name, value;
	} v[SEGMENTS_MAX];
};

/* False for what is no path of ours: no slash first, an empty segment, too many. */
static bool split_path(const char *path, struct segments *out)
{
	out->n = 0;
	while (*path == '/') {
		size_t length = strcspn(++path, "/");

		if (length == 0 || out->n == SEGMENTS_MAX)
			return false;
		out->v[out->n++] = (struct span){ path, length };
		path += length;
	}
	return *path == '\0' && out->n > 0;
}

/* As split_path for "/a/{b}[/{c}]"; the brackets are gone from the segments. */
static bool split_route(const char *route, struct segments *out)
{
	if (!split_path(route, out))
		return false;
	out->required = out->n;
	for (size_t i = 0; i < out->n; i++) {
		struct span *segment = &out->v[i];
		char last = segment->at[segment->n - 1];

		if (last == '[')
			out->required = i + 1;
		if (last == '[' || last == ']')
			segment->n--;
	}
	return true;
}

static bool match_route(const char *route, const struct segments *path, struct match *out)
{
	struct segments want;

	*out = (struct match){ 0 };
	if (!split_route(route, &want) || (path->n != want.n && path->n != want.required))
		return false;
	for (size_t i = 0; i < path->n; i++) {
		struct span segment = want.v[i], have = path->v[i];

		if (segment.at[0] == '{') {
			out->v[out->n].name = (struct span){ segment.at + 1, segment.n - 2 };
			out->v[out->n++].value = have;
			continue;
		}
		if (segment.n != have.n || memcmp(segment.at, have.at, have.n) != 0)
			return false;
		out->literal |= (uint32_t)1 << (31 - i);
	}
	return true;
}

int mu_methods_find(const struct mu_methods *methods, const char *name)
{
	for (size_t i = 0; i < methods->n; i++) {
		if (strcmp(methods->v[i].name, name) == 0)
			return (int)i;
	}
	return -1;
}

/* No HTTP method's name is a part of another's, so looking for the text is enough. */
static void allow_add(char *allow, const char *verb, size_t n)
{
	char text[16];
	size_t used = strlen(allow);

	snprintf(text, sizeof(text), "%.*s", (int)n, verb);
	if (!strstr(allow, text))
		snprintf(allow + used, ALLOW_BYTES - used, "%s%s", used > 0 ? ", " : "", text);
}

int mu_methods_route(const struct mu_methods *methods, const char *http_method, const char *path,
		     char allow[static ALLOW_BYTES])
{
	struct segments segments;
	uint32_t best_literal = 0;
	int best = -1;

	allow[0] = '\0';
	if (!split_path(path, &segments))
		return -1;
	for (size_t i = 0; i < methods->n; i++) {
		const char *route = methods->v[i].route;
		size_t verb = route ? strcspn(route, " ") : 0;
		struct match match;

		if (!route || !match_route(route + verb + 1, &segments, &match))
			continue;
		if (strlen(http_method) != verb || memcmp(http_method, route, verb) != 0) {
			allow_add(allow, route, verb);
		} else if (best < 0 || match.literal > best_literal) {
			best = (int)i;
			best_literal = match.literal;
		}
	}
	if (best >= 0)
		allow[0] = '\0';
	return best;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decode (RFC 3986 §2.1; in queries + is a space).
 * Errors: MU_INVALID_PARAMS (half an escape, NUL, no UTF-8), MU_NO_MEMORY. */
static enum mu_err decode(struct span raw, bool query, char **ret_text)
{
	AUTO_BUF struct mu_buf text;

	mu_buf_init(&text);
	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.at[i];

		if (c == '%') {
			int high = i + 2 < raw.n ? hex_digit(raw.at[i + 1]) : -1;
			int low = i + 2 < raw.n ? hex_digit(raw.at[i + 2]) : -1;

			if (high < 0 || low < 0 || (high == 0 && low == 0))
				return MU_INVALID_PARAMS;
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && query) {
			c = ' ';
		}
		mu_buf_char(&text, c);
	}
	if (mu_buf_error(&text))
		return MU_NO_MEMORY;
	if (!mu_utf8_valid(mu_buf_text(&text), text.n))
		return MU_INVALID_PARAMS;
	*ret_text = mu_buf_take(&text);
	return *ret_text ? MU_OK : MU_NO_MEMORY;
}

/* A whole number as JSON has them, or NULL: then the text goes on as it is and the codec says what is wrong.
 */
static json_t *int_value(const char *text)
{
	const char *digits = *text == '-' ? text + 1 : text;
	long long value;

	if (!*digits || digits[strspn(digits, "0123456789")] != '\0')
		return NULL;
	errno = 0;
	value = strtoll(text, NULL, 10);
	return errno ? NULL : json_integer(value);
}

static json_t *bool_value(const char *text)
{
	if (strcmp(text, "true") == 0)
		return json_true();
	return strcmp(text, "false") == 0 ? json_false() : NULL;
}

static enum mu_err text_value(enum mu_kind kind, struct span raw, bool query, json_t **ret_value)
{
	AUTO_FREE char *text = NULL;
	json_t *value = NULL;
	enum mu_err err;

	err = decode(raw, query, &text);
	if (err)
		return err;
	if (kind == MU_INT)
		value = int_value(text);
	else if (kind == MU_BOOL)
		value = bool_value(text);
	if (!value)
		value = json_string(text);
	if (!value)
		return MU_NO_MEMORY;
	*ret_value = value;
	return MU_OK;
}

/* Commas separate; one that belongs to an item comes encoded. An empty value is an empty list. */
static enum mu_err list_value(struct span raw, bool query, json_t **ret_value)
{
	AUTO_JSON json_t *list = json_array();
	size_t at = 0;

	while (list && raw.n > 0 && at <= raw.n) {
		const char *comma = memchr(raw.at + at, ',', raw.n - at);
		size_t end = comma ? (size_t)(comma - raw.at) : raw.n;
		json_t *item;
		enum mu_err err;

		err = text_value(MU_STRING, (struct span){ raw.at + at, end - at }, query, &item);
		if (err)
			return err;
		if (json_array_append_new(list, item))
			return MU_NO_MEMORY;
		at = end + 1;
	}
	*ret_value = list;
	list = NULL;
	return *ret_value ? MU_OK : MU_NO_MEMORY;
}

static enum mu_kind kind_of(const struct mu_shape *shape, const char *name)
{
	for (size_t i = 0; shape && i < shape->n; i++) {
		if (strcmp(shape->fields[i].name, name) == 0)
			return shape->fields[i].kind;
	}
	return MU_STRING;
}

static enum mu_err set_param(const struct mu_method *method, const char *name, struct span raw, bool query,
			     json_t *params, struct mu_fault *ret_fault)
{
	enum mu_kind kind = kind_of(method->params, name);
	json_t *value = NULL;
	enum mu_err err;

	err = kind == MU_STRINGS ? list_value(raw, query, &value) : text_value(kind, raw, query, &value);
	if (err == MU_INVALID_PARAMS)
		return mu_fail_field(ret_fault, name, "must be percent-encoded UTF-8 without NUL");
	if (!err && json_object_set_new(params, name, value))
		err = MU_NO_MEMORY;
	return err ? mu_fail(ret_fault, err, "Out of memory while reading a request") : MU_OK;
}

static enum mu_err path_params(const struct mu_method *method, const char *path, json_t *params,
			       struct mu_fault *ret_fault)
{
	struct segments segments;
	struct match match;

	if (!method->route || !split_path(path, &segments) ||
	    !match_route(method->route + strcspn(method->route, " ") + 1, &segments, &match))
		return mu_fail(ret_fault, MU_INVALID_PARAMS, "The path doesn't fit %s", method->name);
	for (size_t i = 0; i < match.n; i++) {
		char name[64];
		enum mu_err err;

		snprintf(name, sizeof(name), "%.*s", (int)match.v[i].name.n, match.v[i].name.at);
		err = set_param(method, name, match.v[i].value, false, params, ret_fault);
		if (err)
			return err;
	}
	return MU_OK;
}

static enum mu_err query_param(const struct mu_method *method, struct span pair, json_t *params,
			       struct mu_fault *ret_fault)
{
	const char *equals = memchr(pair.at, '=', pair.n);
	size_t n = equals ? (size_t)(equals - pair.at) : pair.n;
	struct span value = { pair.at + pair.n, 0 };
	AUTO_FREE char *name = NULL;
	enum mu_err err;

	if (equals)
		value = (struct span){ equals + 1, pair.n - n - 1 };
	err = decode((struct span){ pair.at, n }, true, &name);
	if (err)
		return mu_fail(ret_fault, err,
			       "A name in the query must be percent-encoded UTF-8 without NUL");
	if (json_object_get(params, name))
		return mu_fail_field(ret_fault, name, "must be given once");
	return set_param(method, name, value, true, params, ret_fault);
}

enum mu_err mu_route_params(const struct mu_method *method, const char *path, const char *query,
			    json_t *params, struct mu_fault *ret_fault)
{
	enum mu_err err = path_params(method, path, params, ret_fault);

	while (!err && query && *query) {
		size_t n = strcspn(query, "&");

		if (n > 0)
			err = query_param(method, (struct span){ query, n }, params, ret_fault);
		query += n;
		query += *query == '&';
	}
	return err;
}
