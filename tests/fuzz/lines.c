/* See lines.h.
 * Thread: the fuzzer's. */
#include "lines.h"

#include "muster/auth/perm.h"
#include "muster/base/clock.h"
#include "muster/wire/json.h"

#include <string.h>

#define NOW_MS INT64_C(1700000002000)
#define DEPTH_MOST 4

uint64_t draw_below(struct draw *draw, uint64_t below)
{
	uint64_t z = (draw->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	return below ? z % below : 0;
}

/* ---- words ---- */

#define WORDS(...)                                                                                           \
	(const char *const[])                                                                                \
	{                                                                                                    \
		__VA_ARGS__, NULL                                                                            \
	}

/* What is well known in the world, by parts of the names of fields. $0 … $9 are what answers told. */
static const struct pool {
	const char *names;
	const char *const *words;
} pools[] = {
	{ "user users owner assignee members lead by to",
	  WORDS("ann", "bob", "cat", "dan", "sue", "adm", "owner", "eve", "$0") },
	{ "team teams queue overflow_team", WORDS("support", "sales", "night", "$0") },
	{ "role roles replace_with", WORDS("owner", "admin", "supervisor", "agent", "clerk", "$0") },
	{ "id conversation", WORDS("c1", "c2", "c3", "c1", "c2", "c3", "support", "night", "clerk", "eve",
				   "ann", "k1", "platform", "$0") },
	{ "session token secret after cursor password_confirmation api_key device digest run",
	  WORDS("$0", "$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9", "123456") },
	{ "code", WORDS("$t", "$t", "$t", "123456", "$0", "$3") },
	{ "password owner_password", WORDS("correct horse battery", "tr0ub4dor&3 is long", "short") },
	{ "email owner_email address",
	  WORDS("ann@acme.test", "bob@acme.test", "eve@acme.test", "o@acme.test", "no address") },
	{ "status base",
	  WORDS("available", "away", "busy", "dnd", "offline", "lunch", "x.break", "appear_offline") },
	{ "workspace", WORDS("acme", "acme", "acme", "other") },
	{ "zone", WORDS("Europe/Berlin", "America/St_Johns", "UTC", "Nowhere/Land") },
	{ "from to", WORDS("09:00", "17:30", "24:00", "00:00", "23:59", "25:61") },
	{ "closed", WORDS("2023-11-15", "2024-02-29", "2023-02-29") },
	{ "type", WORDS("x.count", "user.created", "x.", "conversation.*", "presence.changed") },
	{ "phone", WORDS("+49301234567", "030") },
	{ "pack", WORDS("support", "sales", "basic") },
	{ "key", WORDS("crm.read", "crm.write", "presence.view:all", "crm.view") },
	{ "permissions permission scopes", WORDS("crm.read", "crm.write", "*") },
};

static const char *const any_words[] = { "ann",   "support", "c1", "$0",        "$1", "",   "\xc3\xa4",
					 "a.b_c", "-x",      "%s", "../../etc", "0",  "\n", "null" };

static bool pool_has(const struct pool *pool, const char *name)
{
	const size_t n = strlen(name);
	const char *at = pool->names;

	while (n && (at = strstr(at, name))) {
		if ((at == pool->names || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
			return true;
		at += n;
	}
	return false;
}

static const struct pool *find_pool(const char *name)
{
	for (size_t i = 0; i < MU_COUNT(pools); i++)
		if (pool_has(&pools[i], name))
			return &pools[i];
	return NULL;
}

static const char *word_of(struct draw *draw, const struct pool *pool)
{
	size_t n = 0;

	while (pool->words[n])
		n++;
	return pool->words[draw_below(draw, n)];
}

static const char *find_word(struct draw *draw, const char *name)
{
	const struct pool *pool = find_pool(name);

	if (pool && strstr(pool->names, "permissions") && !draw_one_in(draw, 4))
		return mu_perm_info((int)draw_below(draw, (uint64_t)mu_perm_count()))->key;
	if (pool && !draw_one_in(draw, 20))
		return word_of(draw, pool);
	if (draw_one_in(draw, 4))
		return word_of(draw, &pools[draw_below(draw, MU_COUNT(pools))]);
	return any_words[draw_below(draw, MU_COUNT(any_words))];
}

void make_word(struct draw *draw, const char *name, struct mu_buf *out)
{
	mu_buf_str(out, find_word(draw, name));
}

/* ---- records ---- */

static void make_shape(struct draw *draw, const struct mu_shape *shape, int depth, struct mu_buf *out);

static int64_t make_int(struct draw *draw, const struct mu_field *field)
{
	const int64_t values[] = { (int64_t)draw_below(draw, 4),
				   (int64_t)draw_below(draw, 100),
				   (int64_t)draw_below(draw, 100000000),
				   field->min,
				   field->max,
				   field->min - 1,
				   field->max == INT64_MAX ? INT64_MAX : field->max + 1,
				   NOW_MS,
				   INT64_MAX,
				   -1 };

	return values[draw_below(draw, draw_one_in(draw, 4) ? MU_COUNT(values) : 5)];
}

static void make_time(struct draw *draw, struct mu_buf *out)
{
	static const int64_t spans[] = { 1, 1000, 60000, 3600000, 86400000, INT64_C(31622400000) };
	char text[MU_TIME_TEXT];
	const int64_t span = spans[draw_below(draw, MU_COUNT(spans))],
		      ahead = (int64_t)draw_below(draw, 40) - (draw_one_in(draw, 3) ? 40 : 0);

	mu_time_format(NOW_MS + ahead * span, text);
	mu_json_string(out, text);
}

static void make_json(struct draw *draw, struct mu_buf *out)
{
	static const char *const values[] = { "\"all\"",
					      "\"none\"",
					      "{\"everyone\":true}",
					      "{\"users\":[\"ann\",\"bob\"]}",
					      "{\"teams\":[\"support\"]}",
					      "{\"roles\":[\"agent\"]}",
					      "{\"conversation\":\"c1\"}",
					      "{\"permission\":\"presence.view:all\"}",
					      "{\"presence\":\"all\"}",
					      "{\"presence\":{\"teams\":[\"sales\"]}}",
					      "{\"sessions\":[\"$0\"]}",
					      "{}",
					      "[]",
					      "null",
					      "7",
					      "true",
					      "{\"n\":1}" };

	mu_buf_str(out, values[draw_below(draw, MU_COUNT(values))]);
}

static size_t how_many(struct draw *draw, const struct mu_field *field)
{
	const uint64_t most = field->max > 0 && field->max < 5 ? (uint64_t)field->max + 1 : 5;

	return (size_t)draw_below(draw, most);
}

static void make_strings(struct draw *draw, const struct mu_field *field, struct mu_buf *out)
{
	mu_buf_char(out, '[');
	for (size_t n = how_many(draw, field); n; n--) {
		mu_json_comma(out);
		mu_json_string(out, find_word(draw, field->name));
	}
	mu_buf_char(out, ']');
}

static void make_records(struct draw *draw, const struct mu_field *field, int depth, struct mu_buf *out)
{
	mu_buf_char(out, '[');
	for (size_t n = how_many(draw, field); n; n--) {
		mu_json_comma(out);
		make_shape(draw, field->shape, depth + 1, out);
	}
	mu_buf_char(out, ']');
}

static void make_enum(struct draw *draw, const struct mu_field *field, struct mu_buf *out)
{
	size_t n = 0;

	while (field->names[n])
		n++;
	mu_json_string(out, field->names[draw_below(draw, n)]);
}

static void make_value(struct draw *draw, const struct mu_field *field, int depth, struct mu_buf *out)
{
	switch (field->kind) {
	case MU_STRING:
	case MU_ID:
		mu_json_string(out, find_word(draw, field->name));
		break;
	case MU_INT:
		mu_buf_i64(out, make_int(draw, field));
		break;
	case MU_BOOL:
		mu_buf_str(out, draw_one_in(draw, 3) ? "false" : "true");
		break;
	case MU_TIME:
		make_time(draw, out);
		break;
	case MU_ENUM:
		make_enum(draw, field, out);
		break;
	case MU_STRINGS:
		make_strings(draw, field, out);
		break;
	case MU_RECORD:
		make_shape(draw, field->shape, depth + 1, out);
		break;
	case MU_RECORDS:
		make_records(draw, field, depth, out);
		break;
	case MU_JSON:
		make_json(draw, out);
		break;
	}
}

static bool wants(struct draw *draw, const struct mu_field *field)
{
	return field->flags & MU_REQUIRED ? !draw_one_in(draw, 40) : draw_one_in(draw, 3);
}

static void make_shape(struct draw *draw, const struct mu_shape *shape, int depth, struct mu_buf *out)
{
	mu_buf_char(out, '{');
	for (size_t i = 0; depth < DEPTH_MOST && i < shape->n; i++) {
		const struct mu_field *field = &shape->fields[i];

		if (!wants(draw, field))
			continue;
		mu_json_name(out, field->name);
		if (draw_one_in(draw, field->flags & MU_NULLABLE ? 5 : 60))
			mu_buf_str(out, "null");
		else if (draw_one_in(draw, 60))
			make_json(draw, out);
		else
			make_value(draw, field, depth, out);
	}
	mu_buf_char(out, '}');
}

void make_record(struct draw *draw, const struct mu_shape *shape, struct mu_buf *out)
{
	make_shape(draw, shape, 0, out);
}

/* ---- lines ---- */

#define LINES_MOST 64

struct text_line {
	const char *at;
	size_t n;
};

static size_t split(const uint8_t *data, size_t size, struct text_line *lines)
{
	const char *at = (const char *)data, *end = at + size;
	size_t n = 0;

	while (at < end && n < LINES_MOST) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		stop = stop ? stop : end;
		lines[n++] = (struct text_line){ at, (size_t)(stop - at) };
		at = stop + 1;
	}
	return n;
}

static void add_line(struct mu_buf *out, struct text_line line)
{
	mu_buf_add(out, line.at, line.n);
	mu_buf_char(out, '\n');
}

/* The line at `from` goes before the one at `to`, or is copied there. */
static void move_line(const struct text_line *lines, size_t n, size_t from, size_t to, bool copy,
		      struct mu_buf *out)
{
	for (size_t i = 0; i < n; i++) {
		if (i == to)
			add_line(out, lines[from]);
		if (copy || i != from || i == to)
			add_line(out, lines[i]);
	}
}

static void put_line(struct draw *draw, const struct text_line *lines, size_t n, size_t at, bool instead,
		     void (*make)(struct draw *draw, struct mu_buf *out), struct mu_buf *out)
{
	for (size_t i = 0; i <= n; i++) {
		if (i == at) {
			make(draw, out);
			mu_buf_char(out, '\n');
		}
		if (i < n && !(instead && i == at))
			add_line(out, lines[i]);
	}
}

static void change_lines(struct draw *draw, const uint8_t *data, size_t size,
			 void (*make)(struct draw *draw, struct mu_buf *out), struct mu_buf *out)
{
	struct text_line lines[LINES_MOST];
	const size_t n = split(data, size, lines);
	const size_t one = (size_t)draw_below(draw, n), other = (size_t)draw_below(draw, n);

	switch (n ? draw_below(draw, 8) : 0) {
	case 0:
	case 1:
	case 2:
		put_line(draw, lines, n, (size_t)draw_below(draw, n + 1), false, make, out);
		break;
	case 3:
		put_line(draw, lines, n, n, false, make, out);
		break;
	case 4:
		put_line(draw, lines, n, one, true, make, out);
		break;
	case 5:
		move_line(lines, n, one, other, false, out);
		break;
	case 6:
		move_line(lines, n, one, other, true, out);
		break;
	default:
		for (size_t i = 0; i < n; i++)
			if (i != one)
				add_line(out, lines[i]);
		break;
	}
}

size_t lines_mutate(uint8_t *data, size_t size, size_t most, unsigned seed,
		    void (*make)(struct draw *draw, struct mu_buf *out))
{
	struct draw draw = { seed };
	AUTO_BUF struct mu_buf out = { 0 };

	if (draw_one_in(&draw, 4))
		return LLVMFuzzerMutate(data, size, most);
	for (uint64_t times = 1 + draw_below(&draw, 3); times; times--) {
		mu_buf_reset(&out);
		change_lines(&draw, data, size, make, &out);
		if (mu_buf_error(&out) || out.n > most)
			break;
		memcpy(data, mu_buf_text(&out), out.n);
		size = out.n;
	}
	return size;
}

void lines_each(const uint8_t *data, size_t size, size_t most, void (*each)(void *arg, char *line), void *arg)
{
	struct text_line lines[LINES_MOST];
	const size_t n = split(data, size, lines);

	for (size_t i = 0; i < n && i < most; i++) {
		AUTO_FREE char *copy = strndup(lines[i].at, lines[i].n);

		HOLDS(copy);
		each(arg, copy);
	}
}

int lines_hex(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : 0;
}

void lines_unescape(const char *text, struct mu_buf *out)
{
	for (; *text; text++) {
		if (*text != '\\' || !text[1]) {
			mu_buf_char(out, *text);
			continue;
		}
		text++;
		if (*text == 'r') {
			mu_buf_char(out, '\r');
		} else if (*text == 'n') {
			mu_buf_char(out, '\n');
		} else if (*text == 'x' && text[1] && text[2]) {
			mu_buf_char(out, (char)(lines_hex(text[1]) << 4 | lines_hex(text[2])));
			text += 2;
		} else {
			mu_buf_char(out, *text);
		}
	}
}
