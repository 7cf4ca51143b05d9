/* Keys: events.
 * Thread: hub; rules answer MU_OK or a fault that says what to do, and change nothing. */
#ifndef MUSTER_MODEL_KEY_H
#define MUSTER_MODEL_KEY_H

#include "muster/model/event.h"

struct mu_key_data {
	char *id;
	int alg;
	char *secret, *public_key;
	struct mu_strs scopes;
};

extern const struct mu_event_type mu_key_created, mu_key_revoked;

#endif
