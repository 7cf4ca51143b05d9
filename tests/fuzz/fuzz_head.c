/* HTTP request heads: nothing outside the input is read or pointed to, and a head means the same whether it
 * comes at once or in two pieces. */
#include "fuzz.h"

#include "edge/head.h"

#include <string.h>

static void check_slice(struct mu_slice slice, const char *from, const char *to)
{
	HOLDS(!slice.at || (slice.at >= from && slice.at + slice.n <= to));
}

static void check_head(const struct mu_head *head, const char *text, size_t n)
{
	HOLDS(head->bytes <= n && head->bytes <= MU_HEAD_MAX_BYTES);
	HOLDS(memcmp(text + head->bytes - 4, "\r\n\r\n", 4) == 0);
	HOLDS(head->path.n > 0 && (*head->path.at == '/' || *head->path.at == '*'));
	check_slice(head->method, text, text + head->bytes);
	check_slice(head->path, text, text + head->bytes);
	check_slice(head->query, text, text + head->bytes);
	for (unsigned i = 0; i < MU_HEAD_FIELD_COUNT; i++) {
		struct mu_slice list = head->fields[i];

		check_slice(list, text, text + head->bytes);
		while (list.at)
			check_slice(mu_slice_next(&list), text, text + head->bytes);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct mu_head whole, parts;
	size_t scanned = 0;
	enum mu_head_result result = mu_head_read(text, size, &scanned, &whole), cut;

	if (result == MU_HEAD_DONE)
		check_head(&whole, text, size);
	HOLDS((result == MU_HEAD_BAD) == (whole.problem != NULL));
	scanned = 0;
	cut = mu_head_read(text, size / 2, &scanned, &parts);
	if (cut == MU_HEAD_MORE)
		cut = mu_head_read(text, size, &scanned, &parts);
	/* What is too long may be told apart from what is malformed only by how much of it was there. */
	HOLDS(cut == result);
	HOLDS(result != MU_HEAD_DONE || (parts.bytes == whole.bytes && parts.body_bytes == whole.body_bytes));
	return 0;
}
