/* Sessions ended before their time: events.
 * Thread: hub; rules answer MU_OK or a fault that says what to do, and change nothing. */
#ifndef MUSTER_MODEL_REVOCATION_H
#define MUSTER_MODEL_REVOCATION_H

#include "muster/model/event.h"

struct mu_session_revoked {
	char *user;
	char *session;      /* one session, or NULL: all of the user's */
	char *token;        /* token id that ends with it, or NULL */
	int64_t expires_at; /* of that token */
	int64_t before;     /* tokens issued before this end; 0: none */
};

extern const struct mu_event_type mu_session_revoked_type;

#endif
