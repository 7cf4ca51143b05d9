/* WebSocket frames: whatever comes in, texts are valid and within the limit, and how the bytes are cut up
 * changes nothing. */
#include "fuzz.h"

#include "edge/incoming.h"
#include "muster/wire/rpc.h"

#include <string.h>

#define MAX_BYTES 300

/* A sum over all events, so that two readings can be compared. */
static uint64_t note(uint64_t sum, enum mu_ws_event event, const struct mu_ws_got *got)
{
	sum = (sum ^ (uint64_t)event) * UINT64_C(0x100000001b3);
	sum = (sum ^ (uint64_t)got->code) * UINT64_C(0x100000001b3);
	for (size_t i = 0; event != MU_WS_FAIL && i < got->n; i++)
		sum = (sum ^ (uint8_t)got->bytes[i]) * UINT64_C(0x100000001b3);
	return sum;
}

static void check_event(enum mu_ws_event event, const struct mu_ws_got *got)
{
	switch (event) {
	case MU_WS_TEXT:
		HOLDS(got->n <= MAX_BYTES && mu_utf8_valid(got->bytes, got->n));
		break;
	case MU_WS_PING:
	case MU_WS_PONG:
	case MU_WS_CLOSE:
		HOLDS(got->n <= MU_WS_CONTROL_MAX);
		break;
	case MU_WS_FAIL:
		HOLDS(got->code == 1002 || got->code == 1003 || got->code == 1007 || got->code == 1009);
		break;
	case MU_WS_NOTHING:
		break;
	}
}

static uint64_t read_all(const uint8_t *data, size_t size, size_t step)
{
	struct mu_incoming incoming;
	enum mu_ws_event event = MU_WS_NOTHING;
	uint64_t sum = 0;

	mu_incoming_init(&incoming);
	for (size_t at = 0; at < size && event != MU_WS_FAIL && event != MU_WS_CLOSE; at += step) {
		size_t n = size - at < step ? size - at : step;
		uint8_t *copy = malloc(n), *from = copy;
		struct mu_ws_got got;

		HOLDS(copy);
		memcpy(copy, data + at, n);
		while ((event = mu_incoming_read(&incoming, &from, &n, MAX_BYTES, &got)) != MU_WS_NOTHING) {
			check_event(event, &got);
			sum = note(sum, event, &got);
			if (event == MU_WS_FAIL || event == MU_WS_CLOSE)
				break;
		}
		free(copy);
	}
	HOLDS(incoming.message.n <= MAX_BYTES);
	mu_incoming_finish(&incoming);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	HOLDS(read_all(data + 1, size - 1, size - 1) ==
	      read_all(data + 1, size - 1, (size_t)data[0] % 32 + 1));
	return 0;
}
