/* The program's log on stderr.
 * Invariant: one call writes at most one line of at most LINE_BYTES (what a pipe takes in one piece),
 * whatever its values hold; what does not fit is left out key by key and the line says so.
 * Thread: any. Level and format are atomics; the line is built on the caller's stack. */
#include "muster/base/log.h"

#include "muster/base/clock.h"
#include "muster/base/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES 4096
#define VALUE_BYTES 1024 /* escaped bytes of one value; longer ones end in "..." */
#define TAIL_BYTES 16    /* kept free for the end of the line */

static atomic_int log_level = MU_LOG_INFO;
static atomic_int log_format = MU_LOG_TEXT;

static const char *const level_names[] = {
	[MU_LOG_ERROR] = "error",
	[MU_LOG_WARN] = "warn",
	[MU_LOG_INFO] = "info",
	[MU_LOG_DEBUG] = "debug",
};

struct line {
	char text[LINE_BYTES];
	size_t n;
	bool full; /* something did not fit; further text is ignored */
};

static void add(struct line *line, const char *text, size_t n)
{
	if (line->full || n > sizeof(line->text) - TAIL_BYTES - line->n) {
		line->full = true;
		return;
	}
	memcpy(line->text + line->n, text, n);
	line->n += n;
}

static void add_str(struct line *line, const char *text)
{
	add(line, text, strlen(text));
}

/* Bytes of the UTF-8 character at `s`, 0 if it is not one (RFC 3629: no overlong forms, no surrogates). */
static size_t utf8_bytes(const unsigned char *s, uint32_t *ret_point)
{
	static const struct {
		unsigned char mask,
			lead; /* a first byte of this length, without its bits of the character, is `lead` */
		uint32_t least;
	} lengths[] = {
		{ 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 }
	};
	size_t more = 0; /* bytes after the first */
	uint32_t point;

	while (more < MU_COUNT(lengths) && (s[0] & lengths[more].mask) != lengths[more].lead)
		more++;
	if (more == MU_COUNT(lengths))
		return 0;
	point = s[0] & (unsigned char)~lengths[more].mask;
	for (size_t i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (s[i] & 0x3f);
	}
	if (point < lengths[more].least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*ret_point = point;
	return more + 1;
}

/* C0 and C1 controls can drive a terminal or end a line; so can the two separators of Unicode. */
static bool is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x2028 || point == 0x2029;
}

/* One character of a value, escaped where needed. Returns how many bytes of the value it took. */
static size_t add_character(struct line *line, const unsigned char *s, bool json)
{
	char escaped[12];
	uint32_t point = 0;
	size_t n = utf8_bytes(s, &point);

	if (n == 0) {
		snprintf(escaped, sizeof(escaped), json ? "\\\\x%02x" : "\\x%02x", s[0]);
		add_str(line, escaped);
		return 1;
	}
	if (point == '"' || point == '\\') {
		add(line, "\\", 1);
		add(line, (const char *)s, 1);
	} else if (is_control(point)) {
		snprintf(escaped, sizeof(escaped), "\\u%04" PRIx32, point);
		add_str(line, escaped);
	} else {
		add(line, (const char *)s, n);
	}
	return n;
}

static void add_escaped(struct line *line, const char *text, bool json)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t start = line->n;

	while (*s && !line->full) {
		if (line->n - start > VALUE_BYTES) {
			add_str(line, "...");
			return;
		}
		s += add_character(line, s, json);
	}
}

static void add_quoted(struct line *line, const char *text, bool json)
{
	add(line, "\"", 1);
	add_escaped(line, text, json);
	add(line, "\"", 1);
}

static void add_number(struct line *line, int64_t number)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRId64, number);
	add_str(line, digits);
}

/* A text value goes without quotes where nobody could misread it. */
static bool is_plain(const char *text)
{
	for (const char *c = text; *c; c++) {
		if (*c <= ' ' || *c > '~' || *c == '"' || *c == '\\' || *c == '=')
			return false;
	}
	return *text != '\0';
}

static void json_start(struct line *line, const char *time, const char *level, const char *room,
		       const char *what)
{
	add_str(line, "{\"time\":\"");
	add_str(line, time);
	add_str(line, "\",\"level\":\"");
	add_str(line, level);
	add_str(line, "\",\"room\":");
	add_quoted(line, room, true);
	add_str(line, ",\"what\":");
	add_quoted(line, what, true);
}

static void json_key(struct line *line, const struct mu_kv *kv)
{
	add(line, ",", 1);
	add_quoted(line, kv->key, true);
	add(line, ":", 1);
	if (kv->text)
		add_quoted(line, kv->text, true);
	else
		add_number(line, kv->number);
}

static void text_start(struct line *line, const char *time, const char *level, const char *room,
		       const char *what)
{
	add_str(line, time);
	add(line, " ", 1);
	add_str(line, level);
	add(line, " ", 1);
	add_escaped(line, room, false);
	add(line, ": ", 2);
	add_escaped(line, what, false);
}

static void text_key(struct line *line, const struct mu_kv *kv)
{
	add(line, " ", 1);
	add_escaped(line, kv->key, false);
	add(line, "=", 1);
	if (!kv->text)
		add_number(line, kv->number);
	else if (is_plain(kv->text))
		add_str(line, kv->text);
	else
		add_quoted(line, kv->text, false);
}

static const struct format {
	void (*start)(struct line *, const char *time, const char *level, const char *room, const char *what);
	void (*key)(struct line *, const struct mu_kv *);
	const char *cut; /* both ends fit into TAIL_BYTES */
	const char *end;
} formats[] = {
	[MU_LOG_TEXT] = { text_start, text_key, " cut=true", "\n" },
	[MU_LOG_JSON] = { json_start, json_key, ",\"cut\":true", "}\n" },
};

/* The end goes into the bytes that `add` keeps free, so it always fits. */
static void add_tail(struct line *line, const char *text)
{
	size_t n = strlen(text);

	memcpy(line->text + line->n, text, n);
	line->n += n;
}

static void build(struct line *line, enum mu_log_level level, const char *room, const char *what,
		  const struct mu_kv *keys)
{
	const struct format *format = &formats[atomic_load_explicit(&log_format, memory_order_relaxed)];
	char time[MU_TIME_TEXT];
	bool cut = false;

	mu_time_format(mu_clock_wall_ms(&mu_clock_system), time);
	format->start(line, time, level_names[level], room, what);
	for (; keys && keys->key; keys++) {
		size_t before = line->n;

		format->key(line, keys);
		if (line->full) {
			line->n = before;
			line->full = false;
			cut = true;
		}
	}
	if (cut)
		add_tail(line, format->cut);
	add_tail(line, format->end);
}

void mu_log_write(enum mu_log_level level, const char *room, const char *what, const struct mu_kv *keys)
{
	struct line line;
	int saved_errno = errno;
	ssize_t written;

	if (!mu_log_enabled(level))
		return;
	line.n = 0;
	line.full = false;
	build(&line, level, room, what, keys);
	do {
		written = write(STDERR_FILENO, line.text, line.n);
	} while (written < 0 && errno == EINTR);
	errno = saved_errno;
}

void mu_log_setup(enum mu_log_level level, enum mu_log_format format)
{
	atomic_store_explicit(&log_level, (int)level, memory_order_relaxed);
	atomic_store_explicit(&log_format, (int)format, memory_order_relaxed);
}

bool mu_log_level_parse(const char *text, enum mu_log_level *ret_level)
{
	for (unsigned i = 0; i < MU_COUNT(level_names); i++) {
		if (strcmp(text, level_names[i]) == 0) {
			*ret_level = (enum mu_log_level)i;
			return true;
		}
	}
	return false;
}

bool mu_log_enabled(enum mu_log_level level)
{
	return (int)level <= atomic_load_explicit(&log_level, memory_order_relaxed);
}
