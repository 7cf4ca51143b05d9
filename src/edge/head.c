/* Reading request heads.
 * Invariant: a slice never points outside the buffer given to mu_head_read, and a head that was accepted has
 * exactly one meaning.
 * Thread: any. */
#include "head.h"

#include <string.h>
#include <strings.h>

#define METHOD_MAX 16

static const struct {
	const char *name;
	bool twice;
} known[MU_HEAD_FIELD_COUNT] = {
#define X(name, text, twice) [MU_HEAD_##name] = { text, twice },
	MU_HEAD_FIELDS(X)
#undef X
};

/* Whether a text is nothing but letters, digits and `others`, and not empty. */
static bool is_made_of(struct mu_slice text, const char *others)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.at[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		      (c && strchr(others, c))))
			return false;
	}
	return text.n > 0;
}

/* RFC 9110 §5.6.2 */
static bool is_token(struct mu_slice slice)
{
	return is_made_of(slice, "!#$%&'*+-.^_`|~");
}

static struct mu_slice trim(struct mu_slice slice)
{
	while (slice.n && (*slice.at == ' ' || *slice.at == '\t')) {
		slice.at++;
		slice.n--;
	}
	while (slice.n && (slice.at[slice.n - 1] == ' ' || slice.at[slice.n - 1] == '\t'))
		slice.n--;
	return slice;
}

bool mu_slice_is(struct mu_slice slice, const char *text)
{
	return slice.at && strlen(text) == slice.n && strncasecmp(slice.at, text, slice.n) == 0;
}

struct mu_slice mu_slice_next(struct mu_slice *list)
{
	const char *comma = memchr(list->at, ',', list->n);
	struct mu_slice element = { list->at, comma ? (size_t)(comma - list->at) : list->n };

	if (comma)
		*list = (struct mu_slice){ comma + 1, list->n - element.n - 1 };
	else
		*list = (struct mu_slice){ 0 };
	return trim(element);
}

bool mu_slice_lists(struct mu_slice list, const char *token, bool exact)
{
	size_t n = strlen(token);

	while (list.at) {
		struct mu_slice element = mu_slice_next(&list);

		if (element.n != n)
			continue;
		if (exact ? memcmp(element.at, token, n) == 0 : strncasecmp(element.at, token, n) == 0)
			return true;
	}
	return false;
}

bool mu_head_is(const struct mu_head *head, const char *method)
{
	return strlen(method) == head->method.n && memcmp(head->method.at, method, head->method.n) == 0;
}

bool mu_slice_copy(struct mu_slice slice, char *out, size_t out_bytes)
{
	if (!slice.at || slice.n >= out_bytes)
		return false;
	memcpy(out, slice.at, slice.n);
	out[slice.n] = '\0';
	return true;
}

static enum mu_head_result refuse(struct mu_head *head, int status, const char *problem)
{
	head->status = status;
	head->problem = problem;
	return MU_HEAD_BAD;
}

/* Take the line at *at, without its CR LF, and move on. Neither of the two may stand alone. */
static bool take_line(const char **at, const char *end, struct mu_slice *ret_line)
{
	const char *feed = memchr(*at, '\n', (size_t)(end - *at));
	size_t n;

	if (!feed || feed == *at || feed[-1] != '\r')
		return false;
	n = (size_t)(feed - *at) - 1;
	if (memchr(*at, '\r', n))
		return false;
	*ret_line = (struct mu_slice){ *at, n };
	*at = feed + 1;
	return true;
}

bool mu_head_lists(const struct mu_head *head, enum mu_head_field field, const char *token, bool exact)
{
	const char *at = head->method.at, *end = at + head->bytes;
	const char *name = known[field].name;
	struct mu_slice line;

	if (!head->fields[field].at)
		return false;
	while (take_line(&at, end, &line)) {
		size_t n = strlen(name);

		if (line.n > n && line.at[n] == ':' && strncasecmp(line.at, name, n) == 0 &&
		    mu_slice_lists((struct mu_slice){ line.at + n + 1, line.n - n - 1 }, token, exact))
			return true;
	}
	return false;
}

/* Whether a text is nothing but what an IPv6 address is made of, and not empty. */
static bool is_address(struct mu_slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!text.at[i] || !strchr("0123456789abcdefABCDEF:.", text.at[i]))
			return false;
	return text.n > 0;
}

static bool is_port(struct mu_slice text)
{
	if (!text.n)
		return true;
	for (size_t i = 1; i < text.n; i++)
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
	return *text.at == ':';
}

/* A host by name or address, perhaps with a port (RFC 9110 §7.2, RFC 3986 §3.2.2). */
static bool is_host(struct mu_slice text)
{
	const bool literal = text.n && *text.at == '[';
	const char *end = text.n ? memchr(text.at, literal ? ']' : ':', text.n) : NULL;
	struct mu_slice name;

	if (literal && !end)
		return false;
	name = (struct mu_slice){ text.at, end ? (size_t)(end - text.at) : text.n };
	if (!literal)
		return is_made_of(name, "-._~%!$&'()*+,;=") &&
		       is_port((struct mu_slice){ text.at + name.n, text.n - name.n });
	return is_address((struct mu_slice){ name.at + 1, name.n - 1 }) &&
	       is_port((struct mu_slice){ end + 1, text.n - name.n - 1 });
}

/* Split a target in absolute form at its host; what is left begins with a slash or a question mark, or is
 * empty. */
static bool take_host(struct mu_slice *target, struct mu_slice *ret_host)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		size_t n = strlen(schemes[i]);
		struct mu_slice rest;

		if (target->n < n || strncasecmp(target->at, schemes[i], n) != 0)
			continue;
		rest = (struct mu_slice){ target->at + n, target->n - n };
		while (rest.n && *rest.at != '/' && *rest.at != '?') {
			rest.at++;
			rest.n--;
		}
		*ret_host = (struct mu_slice){ target->at + n, (size_t)(rest.at - target->at) - n };
		*target = rest;
		return true;
	}
	return false;
}

/* Origin form or absolute form (RFC 9112 §3.2). */
static bool read_target(struct mu_slice target, struct mu_head *head, struct mu_slice *ret_host)
{
	const char *mark;

	for (size_t i = 0; i < target.n; i++) {
		unsigned char c = (unsigned char)target.at[i];

		if (c <= ' ' || c >= 0x7f || c == '#')
			return false;
	}
	if (take_host(&target, ret_host) && !is_host(*ret_host))
		return false;

	mark = target.n ? memchr(target.at, '?', target.n) : NULL;
	head->path = (struct mu_slice){ target.at, mark ? (size_t)(mark - target.at) : target.n };
	if (mark)
		head->query = (struct mu_slice){ mark + 1, target.n - head->path.n - 1 };
	if (!head->path.n && ret_host->at)
		head->path = (struct mu_slice){ ret_host->at - 1, 1 }; /* no path is "/": the scheme's */
	if (head->path.n && *head->path.at == '/')
		return true;
	return head->path.n == 1 && *head->path.at == '*' && mu_head_is(head, "OPTIONS");
}

/* RFC 9112 §2.3. A later minor version of the major one is to be read as the latest that is known (RFC 9110
 * §2.5). */
static enum mu_head_result read_version(struct mu_slice version, struct mu_head *head)
{
	const char *at = version.at;

	if (version.n != 8 || memcmp(at, "HTTP/", 5) != 0 || at[5] < '0' || at[5] > '9' || at[6] != '.' ||
	    at[7] < '0' || at[7] > '9')
		return refuse(head, 400, "The request line is not METHOD TARGET HTTP/1.1");
	if (at[5] != '1')
		return refuse(head, 505, "Only HTTP/1.1 is spoken here");
	head->old = at[7] == '0';
	return MU_HEAD_DONE;
}

static enum mu_head_result read_request_line(struct mu_slice line, struct mu_head *head,
					     struct mu_slice *ret_host)
{
	const char *space = memchr(line.at, ' ', line.n);
	const char *end = line.at + line.n, *last;
	enum mu_head_result result;

	if (!space)
		return refuse(head, 400, "The request line is not METHOD TARGET HTTP/1.1");
	head->method = (struct mu_slice){ line.at, (size_t)(space - line.at) };
	if (!is_token(head->method))
		return refuse(head, 400, "The method is not a token");
	if (head->method.n > METHOD_MAX)
		return refuse(head, 501, "There is no such method");
	last = memrchr(space + 1, ' ', (size_t)(end - space - 1));
	if (!last)
		return refuse(head, 400, "The request line is not METHOD TARGET HTTP/1.1");

	result = read_version((struct mu_slice){ last + 1, (size_t)(end - last - 1) }, head);
	if (result != MU_HEAD_DONE)
		return result;
	if (mu_head_is(head, "CONNECT"))
		return refuse(head, 501, "This is no proxy");
	if (!read_target((struct mu_slice){ space + 1, (size_t)(last - space - 1) }, head, ret_host))
		return refuse(head, 400, "The request target must be a path");
	return MU_HEAD_DONE;
}

static enum mu_head_result read_field(struct mu_slice line, struct mu_head *head)
{
	const char *colon = line.n ? memchr(line.at, ':', line.n) : NULL;
	struct mu_slice name, value;

	if (!colon)
		return refuse(head, 400, "A header line has no colon");
	name = (struct mu_slice){ line.at, (size_t)(colon - line.at) };
	if (!is_token(name))
		return refuse(head, 400, "A header name is not a token");
	value = trim((struct mu_slice){ colon + 1, line.n - name.n - 1 });
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.at[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return refuse(head, 400, "A header value has control characters");
	}

	for (unsigned i = 0; i < MU_HEAD_FIELD_COUNT; i++) {
		if (!mu_slice_is(name, known[i].name))
			continue;
		if (head->fields[i].at && !known[i].twice)
			return refuse(head, 400, "A header field that may stand once stands twice");
		head->fields[i] = value;
	}
	return MU_HEAD_DONE;
}

static enum mu_head_result check_length(struct mu_head *head)
{
	struct mu_slice text = head->fields[MU_HEAD_CONTENT_LENGTH];
	struct mu_slice coding = head->fields[MU_HEAD_TRANSFER_ENCODING];

	if (coding.at && (text.at || head->old))
		return refuse(head, 400, "Transfer-Encoding stands where it must not");
	if (coding.at)
		return mu_slice_is(coding, "chunked")
			       ? refuse(head, 411, "Send the body with Content-Length")
			       : refuse(head, 501, "This Transfer-Encoding is not understood");
	if (!text.at)
		return MU_HEAD_DONE;
	if (text.n < 1 || text.n > 15)
		return refuse(head, 400, "Content-Length is not a number of bytes");
	for (size_t i = 0; i < text.n; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return refuse(head, 400, "Content-Length is not a number of bytes");
		head->body_bytes = head->body_bytes * 10 + (uint64_t)(text.at[i] - '0');
	}
	return MU_HEAD_DONE;
}

/* The host that is asked for: that of the target, if it names one (RFC 9112 §3.2.2). */
static enum mu_head_result check_host(struct mu_head *head, struct mu_slice named)
{
	struct mu_slice *host = &head->fields[MU_HEAD_HOST];

	if (!host->at && !head->old)
		return refuse(head, 400, "The Host header is missing");
	if (host->at && !is_host(*host))
		return refuse(head, 400, "The Host header is not a host");
	if (named.at)
		*host = named;
	return MU_HEAD_DONE;
}

/* What the fields say of the connection (RFC 9112 §9.3, RFC 9110 §7.8 and §10.1.1). */
static void read_connection(struct mu_head *head)
{
	head->keep_alive = !mu_head_lists(head, MU_HEAD_CONNECTION, "close", false) &&
			   (!head->old || mu_head_lists(head, MU_HEAD_CONNECTION, "keep-alive", false));
	if (head->old) {
		head->fields[MU_HEAD_UPGRADE] = (struct mu_slice){ 0 };
		head->fields[MU_HEAD_EXPECT] = (struct mu_slice){ 0 };
		return;
	}
	head->upgrade = mu_head_lists(head, MU_HEAD_CONNECTION, "upgrade", false);
}

static enum mu_head_result read_fields(const char *at, const char *end, struct mu_head *head)
{
	enum mu_head_result result;
	struct mu_slice line;

	for (size_t fields = 0;; fields++) {
		if (!take_line(&at, end, &line))
			return refuse(head, 400, "Lines must end in CR LF");
		if (!line.n)
			return MU_HEAD_DONE;
		if (fields == MU_HEAD_MAX_FIELDS)
			return refuse(head, 431, "There are too many header fields");
		result = read_field(line, head);
		if (result != MU_HEAD_DONE)
			return result;
	}
}

static enum mu_head_result read_whole(const char *bytes, size_t n, struct mu_head *head)
{
	const char *at = bytes, *end = bytes + n;
	struct mu_slice line, host = { 0 };
	enum mu_head_result result;

	if (!take_line(&at, end, &line))
		return refuse(head, 400, "Lines must end in CR LF");
	result = read_request_line(line, head, &host);
	if (result == MU_HEAD_DONE)
		result = read_fields(at, end, head);
	if (result == MU_HEAD_DONE)
		result = check_host(head, host);
	if (result == MU_HEAD_DONE)
		result = check_length(head);
	if (result != MU_HEAD_DONE)
		return result;
	head->bytes = n;
	read_connection(head);
	return MU_HEAD_DONE;
}

static bool has_bare_feed(const char *bytes, size_t from, size_t n)
{
	const char *at = bytes + from, *end = bytes + n;

	while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
		if (at == bytes || at[-1] != '\r')
			return true;
		at++;
	}
	return false;
}

/* What can't become a request is refused by its first line: whoever speaks another protocol hears at once
 * that this is none of it, rather than at the deadline. `from`: where the bytes begin that are new. */
static enum mu_head_result look_early(const char *bytes, size_t from, size_t n, struct mu_head *head)
{
	const char *end = n > from ? memmem(bytes + from, n - from, "\r\n", 2) : NULL;
	struct mu_slice host = { 0 };
	enum mu_head_result result;

	if (n && !is_token((struct mu_slice){ bytes, 1 }))
		return refuse(head, 400, "This is no HTTP request; TLS ends at a proxy in front");
	if (has_bare_feed(bytes, from, n))
		return refuse(head, 400, "Lines must end in CR LF");
	if (!end ||
	    memmem(bytes, (size_t)(end - bytes), "\r\n", 2)) /* no line ended, or another than the first */
		return MU_HEAD_MORE;
	result = read_request_line((struct mu_slice){ bytes, (size_t)(end - bytes) }, head, &host);
	if (result != MU_HEAD_DONE)
		return result;
	*head = (struct mu_head){ 0 };
	return MU_HEAD_MORE;
}

enum mu_head_result mu_head_read(const char *bytes, size_t n, size_t *scanned, struct mu_head *ret_head)
{
	size_t from = *scanned > 3 ? *scanned - 3 : 0;
	const char *end = n > from ? memmem(bytes + from, n - from, "\r\n\r\n", 4) : NULL;

	*ret_head = (struct mu_head){ 0 };
	*scanned = n;
	if (end && (size_t)(end - bytes) + 4 <= MU_HEAD_MAX_BYTES)
		return read_whole(bytes, (size_t)(end - bytes) + 4, ret_head);
	if (end || n >= MU_HEAD_MAX_BYTES)
		return memmem(bytes, MU_HEAD_MAX_BYTES, "\r\n", 2)
			       ? refuse(ret_head, 431, "The request head is too large")
			       : refuse(ret_head, 414, "The request target is too long");
	return look_early(bytes, from, n, ret_head);
}
