/* Reading what the connections of a rig heard: counted events, sequences, members of JSON text.
 * Thread: the test's. */
#ifndef MUSTER_TEST_HUB_HEARD_H
#define MUSTER_TEST_HUB_HEARD_H

#include "rig.h"

/* ---- counted events: x.count with data {"n":…} ---- */

static inline uint32_t rig_publish(struct rig *rig, unsigned slot, int n)
{
	char params[128];

	snprintf(params, sizeof(params),
		 "{\"type\":\"x.count\",\"audience\":{\"everyone\":true},\"data\":{\"n\":%d},\"durable\":"
		 "true}",
		 n);
	return rig_ask(rig, slot, "event.publish", params);
}

/* The n of a frame, or -1 if it is none of these. */
static inline int frame_n(const struct heard *heard)
{
	const char *n = heard->kind == HEARD_FRAME && strstr(heard->text, "\"x.count\"")
				? strstr(heard->text, "\"n\":")
				: NULL;

	return n ? atoi(n + 4) : -1;
}

static inline long long frame_seq(const struct heard *heard)
{
	const char *seq = heard->kind == HEARD_FRAME ? strstr(heard->text, "\"seq\":") : NULL;

	return seq ? atoll(seq + 6) : -1;
}

/* The value of a text member in JSON text, copied into `out`. */
static inline void text_member(const char *json, const char *name, char *out, size_t room)
{
	char begin[64];
	const char *at;

	snprintf(begin, sizeof(begin), "\"%s\":\"", name);
	at = strstr(json, begin);
	assert_non_null(at);
	at += strlen(begin);
	snprintf(out, room, "%.*s", (int)strcspn(at, "\""), at);
}

#endif
