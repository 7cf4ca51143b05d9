/* Keys that move and filter a list.
 * Thread: one owner. */
#include "browse.h"

#include <string.h>

void browse_show(struct browse *browse, size_t n, size_t page)
{
	size_t last = n > page ? n - page : 0;

	browse->n = n;
	browse->page = page;
	if (browse->first > last)
		browse->first = last;
}

static void drop_last_character(char *text)
{
	size_t n = strlen(text);

	while (n > 0 && ((unsigned char)text[--n] & 0xc0) == 0x80)
		;
	text[n] = '\0';
}

static void end_filter(struct browse *browse)
{
	browse->typing = false;
	browse->filter[0] = '\0';
	browse->first = 0;
}

/* While the name is typed; false: the key has its usual meaning. */
static bool type_filter(struct browse *browse, const struct key *key)
{
	if (!browse->typing)
		return false;
	if (key->kind == KEY_TEXT && strlen(browse->filter) + strlen(key->text) < sizeof(browse->filter))
		strcat(browse->filter, key->text);
	else if (key->kind == KEY_BACKSPACE && *browse->filter)
		drop_last_character(browse->filter);
	else if (key->kind == KEY_BACKSPACE || key->kind == KEY_ENTER)
		browse->typing = false;
	else
		return key->kind == KEY_TEXT;
	browse->first = 0;
	return true;
}

static void scroll(struct browse *browse, enum key_kind kind)
{
	size_t step = kind == KEY_UP || kind == KEY_DOWN ? 1 : browse->page;

	if (kind == KEY_HOME)
		browse->first = 0;
	else if (kind == KEY_END)
		browse->first = browse->n;
	else if (kind == KEY_UP || kind == KEY_PAGE_UP)
		browse->first -= browse->first < step ? browse->first : step;
	else if (kind == KEY_DOWN || kind == KEY_PAGE_DOWN)
		browse->first += step;
	browse_show(browse, browse->n, browse->page);
}

bool browse_key(struct browse *browse, const struct key *key)
{
	if (type_filter(browse, key))
		return true;
	if (key->kind == KEY_ESCAPE)
		end_filter(browse);
	else if (key->kind != KEY_TEXT)
		scroll(browse, key->kind);
	else if (strcmp(key->text, "/") == 0)
		browse->typing = true;
	return key->kind != KEY_TEXT || strcmp(key->text, "q") != 0;
}
