/* JSON and the codec: what is read can be written and reads back the same; any bytes make a valid text. */
#include "fuzz.h"

#include "muster/wire/codec.h"

#include <string.h>

static const char *const states[] = { "open", "closed", NULL };

struct item {
	char *id;
	int64_t count;
};

static const struct mu_field item_fields[] = {
	MU_FIELD(struct item, id, MU_ID, 0),
	MU_FIELD(struct item, count, MU_INT, 0, .max = 10),
};
static const struct mu_shape item_shape = MU_SHAPE(struct item, "ITEM", item_fields);

struct record {
	uint64_t given;
	char *s, *l, *i, *j;
	int64_t n, t;
	bool b;
	int e;
	struct mu_strs a;
	struct item *r;
	struct mu_records rs;
};

static const struct mu_field fields[] = {
	MU_FIELD(struct record, s, MU_STRING, MU_NULLABLE, .max = 20),
	MU_FIELD(struct record, l, MU_STRING, 0, .max = 1000),
	MU_FIELD(struct record, i, MU_ID, 0),
	MU_FIELD(struct record, j, MU_JSON, 0),
	MU_FIELD(struct record, n, MU_INT, 0),
	MU_FIELD(struct record, t, MU_TIME, MU_NULLABLE),
	MU_FIELD(struct record, b, MU_BOOL, 0),
	MU_FIELD(struct record, e, MU_ENUM, 0, .names = states),
	MU_FIELD(struct record, a, MU_STRINGS, 0, .max = 8),
	MU_FIELD(struct record, r, MU_RECORD, MU_NULLABLE, .shape = &item_shape),
	MU_FIELD(struct record, rs, MU_RECORDS, 0, .max = 8, .shape = &item_shape),
};
static const struct mu_shape shape = MU_SHAPE(struct record, "RECORD", fields, .tracks_given = true);

static void write_and_read_again(const struct record *record, struct mu_arena *arena)
{
	AUTO_BUF struct mu_buf first = { 0 };
	AUTO_BUF struct mu_buf second = { 0 };
	AUTO_JSON json_t *json = NULL;
	struct record again;

	mu_codec_write(&shape, record, MU_FORM_LOG, &first);
	HOLDS(mu_json_parse(first.data, first.n, 64, &json, NULL) == MU_OK);
	HOLDS(mu_codec_read(&shape, json, arena, &again, NULL) == MU_OK);
	mu_codec_write(&shape, &again, MU_FORM_LOG, &second);
	HOLDS(first.n == second.n && memcmp(first.data, second.data, first.n) == 0);
}

static void write_as_text(const uint8_t *data, size_t size)
{
	AUTO_FREE char *text = strndup((const char *)data, size);
	AUTO_BUF struct mu_buf out = { 0 };
	AUTO_JSON json_t *json = NULL;

	mu_buf_char(&out, '[');
	mu_json_string(&out, text);
	mu_buf_char(&out, ']');
	HOLDS(mu_json_parse(out.data, out.n, 1, &json, NULL) == MU_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_JSON json_t *json = NULL;
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_fault fault = { 0 };
	struct record record;

	write_as_text(data, size);
	if (mu_json_parse((const char *)data, size, 32, &json, &fault) != MU_OK) {
		HOLDS(fault.err == MU_PARSE_ERROR || fault.err == MU_TOO_LARGE);
		return 0;
	}
	if (mu_codec_read(&shape, json, &arena, &record, &fault) == MU_OK)
		write_and_read_again(&record, &arena);
	else
		HOLDS(fault.err == MU_INVALID_PARAMS);
	return 0;
}
