/* The table of targets. */
#include "targets.h"

#include <string.h>

static const struct lg_target *const targets[] = {
	&lg_target_muster, &lg_target_raw, &lg_target_nchan, &lg_target_socketio, &lg_target_centrifugo,
};

const struct lg_target *lg_target_find(const char *name)
{
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		if (strcmp(targets[i]->name, name) == 0)
			return targets[i];
	}
	return NULL;
}
