/* Writing and reading what is inside a seal. A letter that opens comes from a node that has the key; but that
 * one may be of another version, so reading trusts nothing. */
#include "letter.h"

#include "muster/base/hash.h"

#include <string.h>

#define NUMBER_BYTES 8

static void write_number(uint64_t number, struct mu_buf *out)
{
	for (unsigned i = 0; i < NUMBER_BYTES; i++)
		mu_buf_char(out, (char)(number >> (8 * i)));
}

static void write_name(const char *node, struct mu_buf *out)
{
	const size_t n = strlen(node);

	mu_buf_char(out, (char)n);
	mu_buf_add(out, node, n);
}

void letter_write(const struct letter *letter, struct mu_buf *out)
{
	mu_buf_char(out, (char)letter->kind);
	write_name(letter->node, out);
	write_number((uint64_t)letter->epoch, out);
	write_number(letter->counter, out);
	if (letter->kind == LETTER_WORD) {
		mu_buf_add(out, letter->text, letter->bytes);
	} else if (letter->kind == LETTER_NOTICE) {
		write_name(letter->about.node, out);
		write_number((uint64_t)letter->about.epoch, out);
	} else {
		write_number(letter->servers, out);
	}
}

/* What is left to read; `failed` once there was too little. */
struct rest {
	const char *text;
	size_t n;
	bool failed;
};

static const char *take(struct rest *rest, size_t n)
{
	const char *text = rest->text;

	if (rest->failed || n > rest->n) {
		rest->failed = true;
		return NULL;
	}
	rest->text += n;
	rest->n -= n;
	return text;
}

static uint64_t read_number(struct rest *rest)
{
	const char *bytes = take(rest, NUMBER_BYTES);
	uint64_t number = 0;

	for (unsigned i = 0; bytes && i < NUMBER_BYTES; i++)
		number |= (uint64_t)(unsigned char)bytes[i] << (8 * i);
	return number;
}

static unsigned char read_byte(struct rest *rest)
{
	const char *byte = take(rest, 1);

	return byte ? (unsigned char)*byte : 0;
}

static void read_name(struct rest *rest, char name[static NODE_MAX + 1])
{
	const size_t n = read_byte(rest);
	const char *text = take(rest, n);

	name[0] = '\0';
	if (!text || n > NODE_MAX) {
		rest->failed = true;
		return;
	}
	memcpy(name, text, n);
	name[n] = '\0';
	rest->failed = rest->failed || strlen(name) != n || !mu_id_valid(name);
}

bool letter_read(const char *text, size_t n, struct letter *ret)
{
	struct rest rest = { .text = text, .n = n };
	struct letter letter = { .kind = read_byte(&rest) };

	read_name(&rest, letter.node);
	letter.epoch = (int64_t)read_number(&rest);
	letter.counter = read_number(&rest);
	if (letter.kind == LETTER_WORD) {
		letter.text = rest.text;
		letter.bytes = rest.n;
	} else if (letter.kind == LETTER_NOTICE) {
		read_name(&rest, letter.about.node);
		letter.about.epoch = (int64_t)read_number(&rest);
	} else {
		letter.servers = read_number(&rest);
	}
	if (rest.failed || letter.kind < LETTER_WORD || letter.kind >= LETTER_KINDS)
		return false;
	*ret = letter;
	return true;
}

enum mu_err letter_seal(const uint8_t key[static MU_SEAL_KEY_BYTES], const char *channel,
			const struct letter *letter, struct mu_buf *out)
{
	AUTO_BUF struct mu_buf plain = { 0 };
	char *room;

	letter_write(letter, &plain);
	mu_buf_reset(out);
	room = mu_buf_room(out, plain.n + MU_SEAL_BYTES);
	if (mu_buf_error(&plain) || !room)
		return MU_NO_MEMORY;
	mu_seal(key, channel, plain.data, plain.n, (uint8_t *)room);
	out->n = plain.n + MU_SEAL_BYTES;
	return MU_OK;
}

enum mu_err letter_open(const uint8_t key[static MU_SEAL_KEY_BYTES], const char *channel, const void *sealed,
			size_t n, struct mu_buf *opened, struct letter *ret)
{
	char *room;

	if (n < MU_SEAL_BYTES)
		return MU_FORBIDDEN;
	mu_buf_reset(opened);
	room = mu_buf_room(opened, n - MU_SEAL_BYTES);
	if (!room)
		return MU_NO_MEMORY;
	if (!mu_seal_open(key, channel, sealed, n, room))
		return MU_FORBIDDEN;
	opened->n = n - MU_SEAL_BYTES;
	return letter_read(mu_buf_text(opened), opened->n, ret) ? MU_OK : MU_FORBIDDEN;
}
