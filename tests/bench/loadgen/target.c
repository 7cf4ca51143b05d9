/* The table of targets. */
#include "target.h"

#include <string.h>

static const struct lg_target *const targets[] = {
	&lg_target_muster,
	&lg_target_raw,
	&lg_target_nchan,
	&lg_target_socketio,
};

const struct lg_target *lg_target_find(const char *name)
{
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		if (strcmp(targets[i]->name, name) == 0)
			return targets[i];
	}
	return NULL;
}

void lg_target_other(struct lg_pool *pool, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	pool->other_frames++;
	if (pool->target->other)
		pool->target->other(pool, conn, frame);
}
