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

/* tchar of RFC 9110 §5.6.2 */
static bool is_token_char(unsigned char c)
{
	if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
		return true;
	return c && strchr("!#$%&'*+-.^_`|~", c);
}

static bool is_token(struct mu_slice slice)
{
	for (size_t i = 0; i < slice.n; i++)
		if (!is_token_char((unsigned char)slice.at[i]))
			return false;
	return slice.n > 0;
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

/* Origin form, or absolute form whose host the Host field repeats (RFC 9112 §3.2). */
static bool read_target(struct mu_slice target, struct mu_head *head)
{
	const char *mark;

	for (size_t i = 0; i < target.n; i++) {
		unsigned char c = (unsigned char)target.at[i];

		if (c <= ' ' || c >= 0x7f || c == '#')
			return false;
	}

	if (target.n > 7 && strncasecmp(target.at, "http://", 7) == 0) {
		const char *slash = memchr(target.at + 7, '/', target.n - 7);

		if (!slash)
			return false;
		target = (struct mu_slice){ slash, target.n - (size_t)(slash - target.at) };
	}
	mark = target.n ? memchr(target.at, '?', target.n) : NULL;
	head->path = (struct mu_slice){ target.at, mark ? (size_t)(mark - target.at) : target.n };
	if (mark)
		head->query = (struct mu_slice){ mark + 1, target.n - head->path.n - 1 };
	if (head->path.n && *head->path.at == '/')
		return true;
	return head->path.n == 1 && *head->path.at == '*' && mu_slice_is(head->method, "OPTIONS");
}

static enum mu_head_result read_request_line(struct mu_slice line, struct mu_head *head, bool *ret_old)
{
	const char *space = memchr(line.at, ' ', line.n);
	const char *end = line.at + line.n, *last;
	struct mu_slice version;

	if (!space)
		return refuse(head, 400, "The request line is not METHOD TARGET HTTP/1.1");
	head->method = (struct mu_slice){ line.at, (size_t)(space - line.at) };
	if (!is_token(head->method) || head->method.n > METHOD_MAX)
		return refuse(head, 400, "The method is not a token");
	last = memrchr(space + 1, ' ', (size_t)(end - space - 1));
	if (!last)
		return refuse(head, 400, "The request line is not METHOD TARGET HTTP/1.1");

	version = (struct mu_slice){ last + 1, (size_t)(end - last - 1) };
	*ret_old = version.n == 8 && memcmp(version.at, "HTTP/1.0", 8) == 0;
	if (!*ret_old && (version.n != 8 || memcmp(version.at, "HTTP/1.1", 8) != 0))
		return refuse(head, 505, "Only HTTP/1.1 is spoken here");
	if (mu_slice_is(head->method, "CONNECT"))
		return refuse(head, 405, "This is no proxy");
	if (!read_target((struct mu_slice){ space + 1, (size_t)(last - space - 1) }, head))
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
		if (i == MU_HEAD_CONNECTION) {
			head->keep_alive = (head->keep_alive || mu_slice_lists(value, "keep-alive", false)) &&
					   !mu_slice_lists(value, "close", false);
			head->upgrade = head->upgrade || mu_slice_lists(value, "upgrade", false);
		}
	}
	return MU_HEAD_DONE;
}

static enum mu_head_result check_length(struct mu_head *head)
{
	struct mu_slice text = head->fields[MU_HEAD_CONTENT_LENGTH];

	if (head->fields[MU_HEAD_TRANSFER_ENCODING].at)
		return refuse(head, 501,
			      "Send the body with Content-Length; Transfer-Encoding is not understood");
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

static enum mu_head_result read_whole(const char *bytes, size_t n, struct mu_head *head)
{
	const char *at = bytes, *end = bytes + n;
	enum mu_head_result result;
	struct mu_slice line;
	size_t fields = 0;
	bool old;

	if (!take_line(&at, end, &line))
		return refuse(head, 400, "Lines must end in CR LF");
	result = read_request_line(line, head, &old);
	if (result != MU_HEAD_DONE)
		return result;

	head->keep_alive = !old;
	for (;;) {
		if (!take_line(&at, end, &line))
			return refuse(head, 400, "Lines must end in CR LF");
		if (!line.n)
			break;
		if (++fields > MU_HEAD_MAX_FIELDS)
			return refuse(head, 431, "There are too many header fields");
		result = read_field(line, head);
		if (result != MU_HEAD_DONE)
			return result;
	}
	if (!old && !head->fields[MU_HEAD_HOST].at)
		return refuse(head, 400, "The Host header is missing");
	head->bytes = n;
	return check_length(head);
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

enum mu_head_result mu_head_read(const char *bytes, size_t n, size_t *scanned, struct mu_head *ret_head)
{
	size_t from = *scanned > 3 ? *scanned - 3 : 0;
	const char *end = n > from ? memmem(bytes + from, n - from, "\r\n\r\n", 4) : NULL;

	*ret_head = (struct mu_head){ 0 };
	*scanned = n;
	if (end && (size_t)(end - bytes) + 4 <= MU_HEAD_MAX_BYTES)
		return read_whole(bytes, (size_t)(end - bytes) + 4, ret_head);
	if (end || n >= MU_HEAD_MAX_BYTES)
		return refuse(ret_head, 431, "The request head is too large");
	/* A head without CR LF would never end: tell at the first bare line feed rather than at the deadline.
	 */
	if (has_bare_feed(bytes, from, n))
		return refuse(ret_head, 400, "Lines must end in CR LF");
	return MU_HEAD_MORE;
}
