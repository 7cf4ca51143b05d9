/* What a terminal sends for keys, and text of others on its way to one: whatever comes, keys are taken off
 * one after the other, the list that is browsed stays on a page that is there, and nothing is shown that
 * could be a command to the terminal. */
#include "fuzz.h"

#include "cli/browse.h"
#include "cli/cell.h"
#include "cli/escape.h"
#include "muster/base/mem.h"
#include "muster/wire/json.h"

#include <locale.h>
#include <string.h>

#define WIDTH 20

static void read_keys(const char *bytes, size_t n)
{
	struct browse browse = { 0 };

	while (n) {
		char *exact = malloc(n);
		struct key key = { 0 };
		size_t used;

		HOLDS(exact);
		memcpy(exact, bytes, n);
		used = key_read(exact, n, &key);
		free(exact);
		HOLDS(used >= 1 && used <= n);
		HOLDS(key.kind != KEY_TEXT || (strlen(key.text) > 0 && strlen(key.text) < sizeof(key.text)));
		browse_show(&browse, n % 37, 10);
		HOLDS(browse.first == 0 || browse.first < browse.n);
		if (!browse_key(&browse, &key))
			browse = (struct browse){ 0 };
		HOLDS(strlen(browse.filter) < sizeof(browse.filter));
		bytes += used;
		n -= used;
	}
}

static void check_harmless(const char *text)
{
	for (; *text; text++) {
		const unsigned char c = (unsigned char)*text, next = (unsigned char)text[1];

		HOLDS(c >= ' ' && c != 0x7f);
		HOLDS(c != 0xc2 || next < 0x80 || next > 0x9f); /* C1 controls */
	}
}

static void show(const char *text, size_t n)
{
	AUTO_BUF struct mu_buf escaped = { 0 }, cell = { 0 };

	escape_add(&escaped, text, n);
	check_harmless(mu_buf_text(&escaped));
	cell_add(&cell, text, WIDTH, true);
	check_harmless(mu_buf_text(&cell));
	HOLDS(cell_width(mu_buf_text(&cell)) == WIDTH);
}

/* What was JSON is JSON of the same value. */
static void show_json(const char *text, size_t n)
{
	AUTO_JSON json_t *json = NULL, *again = NULL;
	AUTO_FREE char *compact = NULL;
	AUTO_BUF struct mu_buf escaped = { 0 };

	if (mu_json_parse(text, n, 32, &json, NULL))
		return;
	compact = json_dumps(json, JSON_COMPACT);
	HOLDS(compact);
	escape_add(&escaped, compact, strlen(compact));
	HOLDS(mu_json_parse(mu_buf_text(&escaped), escaped.n, 33, &again, NULL) == MU_OK);
	HOLDS(json_equal(json, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *text = strndup((const char *)data, size);

	HOLDS(text && setlocale(LC_CTYPE, "C.UTF-8"));
	read_keys((const char *)data, size);
	show(text, strlen(text));
	show_json(text, strlen(text));
	return 0;
}
