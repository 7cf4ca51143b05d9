/* Signing in with a password: events that only the audit log shows.
 * Thread: hub. */
#ifndef MUSTER_MODEL_LOGIN_H
#define MUSTER_MODEL_LOGIN_H

#include "muster/model/event.h"

struct mu_login {
	char *user;
};

/* One failure, or several that are told together. */
struct mu_login_failed {
	char *user;  /* whose address it is; NULL: nobody's */
	char *email; /* as it was given; NULL: several */
	int64_t count;
	int64_t since; /* when the first of them was */
};

extern const struct mu_event_type mu_login_type, mu_login_failed_type;

#endif
