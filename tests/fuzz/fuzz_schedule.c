/* Business hours as JSON, behind eight bytes of a time. Whatever can be compiled answers for any time: it
 * stays as it is until the time that it names, changes then or is asked again, and says the same of the same
 * time. */
#include "fuzz.h"

#include "muster/model/schedule.h"
#include "muster/wire/codec.h"

#include <string.h>

/* Years 1900 to 2200. */
#define FIRST_MS INT64_C(-2208988800000)
#define SPAN_MS INT64_C(9467020800000)
#define STEPS 12
#define PROBES 8
#define AHEAD_MS INT64_C(691200000)

static void walk(const struct mu_schedule *schedule, int64_t at_ms)
{
	for (int i = 0; i < STEPS; i++) {
		const bool open = mu_schedule_open(schedule, at_ms);
		const int64_t next_ms = mu_schedule_next_ms(schedule, at_ms);

		HOLDS(next_ms > at_ms && next_ms <= at_ms + AHEAD_MS);
		for (int64_t k = 0; k < PROBES; k++)
			HOLDS(mu_schedule_open(schedule, at_ms + (next_ms - 1 - at_ms) * k / (PROBES - 1)) ==
			      open);
		HOLDS(next_ms == at_ms + AHEAD_MS || mu_schedule_open(schedule, next_ms) != open);
		at_ms = next_ms;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_JSON json_t *json = NULL;
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_schedule_spec spec;
	struct mu_schedule *schedule = NULL;
	struct mu_fault fault = { 0 };
	uint64_t at;
	enum mu_err err;

	if (size < sizeof(at))
		return 0;
	memcpy(&at, data, sizeof(at));
	if (mu_json_parse((const char *)data + sizeof(at), size - sizeof(at), 8, &json, NULL) ||
	    mu_codec_read(&mu_schedule_shape, json, &arena, &spec, &fault))
		return 0;
	err = mu_schedule_create(&spec, &schedule, &fault);
	HOLDS(!err || (err == MU_INVALID_PARAMS && fault.err == err));
	if (!err)
		walk(schedule, FIRST_MS + (int64_t)(at % (uint64_t)SPAN_MS));
	mu_schedule_destroy(schedule);
	return 0;
}
