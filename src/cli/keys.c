/* Keys as the terminals of ECMA-48 and their descendants send them.
 * Thread: any. */
#include "keys.h"

#include <stdbool.h>
#include <string.h>

static const struct {
	const char *bytes;
	enum key_kind kind;
} sequences[] = {
	{ "\033[A", KEY_UP },    { "\033OA", KEY_UP },       { "\033[B", KEY_DOWN },
	{ "\033OB", KEY_DOWN },  { "\033[5~", KEY_PAGE_UP }, { "\033[6~", KEY_PAGE_DOWN },
	{ "\033[H", KEY_HOME },  { "\033OH", KEY_HOME },     { "\033[1~", KEY_HOME },
	{ "\033[7~", KEY_HOME }, { "\033[F", KEY_END },      { "\033OF", KEY_END },
	{ "\033[4~", KEY_END },  { "\033[8~", KEY_END },     { "\r", KEY_ENTER },
	{ "\n", KEY_ENTER },     { "\177", KEY_BACKSPACE },  { "\b", KEY_BACKSPACE },
	{ "\f", KEY_REDRAW },
};

/* Length of the escape sequence at the start: ESC [ parameters final, or ESC and a character (O: and one
 * more). */
static size_t sequence_length(const char *bytes, size_t n)
{
	size_t at = 2;

	if (n < 2)
		return n;
	if (bytes[1] == 'O')
		return n < 3 ? n : 3;
	if (bytes[1] != '[')
		return 2;
	while (at < n && (unsigned char)bytes[at] >= 0x20 && (unsigned char)bytes[at] < 0x40)
		at++;
	return at < n ? at + 1 : n;
}

/* Length of a character in UTF-8 by its first byte, 1 for what can't be one. */
static size_t character_length(unsigned char first)
{
	if (first >= 0xf0 && first < 0xf8)
		return 4;
	if (first >= 0xe0 && first < 0xf0)
		return 3;
	return first >= 0xc0 && first < 0xe0 ? 2 : 1;
}

static bool is_character(const char *bytes, size_t length)
{
	unsigned char first = (unsigned char)bytes[0];

	if (length == 1)
		return first >= 0x20 && first < 0x7f;
	for (size_t i = 1; i < length; i++)
		if (((unsigned char)bytes[i] & 0xc0) != 0x80)
			return false;
	return true;
}

static size_t read_character(const char *bytes, size_t n, struct key *key)
{
	size_t length = character_length((unsigned char)bytes[0]);

	if (length > n || !is_character(bytes, length))
		return 1;
	key->kind = KEY_TEXT;
	memcpy(key->text, bytes, length);
	return length;
}

size_t key_read(const char *bytes, size_t n, struct key *ret_key)
{
	size_t length = 1;

	*ret_key = (struct key){ .kind = KEY_NONE };
	if (bytes[0] == '\033' && n == 1) {
		ret_key->kind = KEY_ESCAPE;
		return 1;
	}
	if (bytes[0] == '\033')
		length = sequence_length(bytes, n);
	for (size_t i = 0; i < sizeof(sequences) / sizeof(*sequences); i++) {
		if (strlen(sequences[i].bytes) != length || memcmp(sequences[i].bytes, bytes, length) != 0)
			continue;
		ret_key->kind = sequences[i].kind;
		return length;
	}
	return bytes[0] == '\033' ? length : read_character(bytes, n, ret_key);
}
