/* The log of the program: one structured line per event on stderr, JSON or text. The only global of the
 * program.
 *
 * Room names: "hub", "bus", "edge", "outbound", "cli". Library rooms (base, wire, auth, model, store) log at
 * debug at most. A line says what happened in a few fixed words; who and where go into keys. Thread: any; a
 * line is written with one write(2). */
#ifndef MUSTER_BASE_LOG_H
#define MUSTER_BASE_LOG_H

#include "muster/base/err.h"

#include <stddef.h>

enum mu_log_level { MU_LOG_ERROR, MU_LOG_WARN, MU_LOG_INFO, MU_LOG_DEBUG };
enum mu_log_format { MU_LOG_TEXT, MU_LOG_JSON };

struct mu_kv {
	const char *key;
	const char *text; /* NULL: `number` counts */
	int64_t number;
};
static inline const char *mu_kv_text(const char *text)
{
	return text ? text : "";
}
#define MU_KS(k, s)                                                                                          \
	(struct mu_kv)                                                                                       \
	{                                                                                                    \
		.key = (k), .text = mu_kv_text(s)                                                            \
	}
#define MU_KI(k, i)                                                                                          \
	(struct mu_kv)                                                                                       \
	{                                                                                                    \
		.key = (k), .number = (int64_t)(i)                                                           \
	}

/* mu_log(MU_LOG_INFO, "edge", "listening", MU_KS("address", a), MU_KI("port", p)); the first row is only
 * there for the comma. */
#define mu_log(level, room, what, ...)                                                                       \
	mu_log_write((level), (room), (what), &(const struct mu_kv[]){ { 0 }, ##__VA_ARGS__, { 0 } }[1])

/* `keys` ends with a row whose key is NULL. Control characters and broken UTF-8 in values are escaped, so a
 * line stays one line whatever an outsider put into it. */
void mu_log_write(enum mu_log_level level, const char *room, const char *what, const struct mu_kv *keys);

void mu_log_setup(enum mu_log_level level, enum mu_log_format format); /* any time */
bool mu_log_level_parse(const char *text, enum mu_log_level *ret_level);
bool mu_log_enabled(enum mu_log_level level);

#endif
