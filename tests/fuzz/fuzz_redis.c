/* What a Redis server says, in two pieces of which the first is as long as the first byte says. No reply is
 * longer than what came, and in one piece it reads the same. */
#include "fuzz.h"

#include "bus/redis_codec.h"

#include <string.h>

static void note(const struct redis_reply *reply, size_t size, struct mu_buf *seen)
{
	HOLDS(reply->n <= REDIS_PARTS_MAX);
	mu_buf_printf(seen, "%d:%zu ", (int)reply->kind, reply->n);
	for (size_t i = 0; i < reply->n; i++) {
		HOLDS(reply->part[i].bytes <= size && reply->part[i].text[reply->part[i].bytes] == '\0');
		mu_buf_add(seen, reply->part[i].text, reply->part[i].bytes);
	}
}

static void read_in_pieces(const uint8_t *data, size_t size, size_t first, struct mu_buf *seen)
{
	const struct {
		const char *bytes;
		size_t n;
	} pieces[] = { { (const char *)data, first }, { (const char *)data + first, size - first } };
	struct redis_codec codec;
	enum mu_err err = redis_codec_init(&codec);

	HOLDS(!err);
	for (size_t i = 0; i < 2 && err != MU_PARSE_ERROR; i++) {
		struct redis_reply reply;

		err = redis_codec_feed(&codec, pieces[i].bytes, pieces[i].n);
		while (!err) {
			err = redis_codec_next(&codec, &reply);
			if (!err)
				note(&reply, size, seen);
		}
	}
	mu_buf_printf(seen, "%s", err == MU_PARSE_ERROR ? "broken" : "");
	redis_codec_finish(&codec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF struct mu_buf halves = { 0 }, whole = { 0 };

	if (size < 1)
		return 0;
	read_in_pieces(data + 1, size - 1, data[0] < size ? data[0] : size - 1, &halves);
	read_in_pieces(data + 1, size - 1, size - 1, &whole);
	HOLDS(strcmp(mu_buf_text(&halves), mu_buf_text(&whole)) == 0 && halves.n == whole.n);
	return 0;
}
