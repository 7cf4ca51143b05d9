/* Who a caller proved to be: the outcome of checking a token, before the hub looks whether that person still
 * may. A plain value; thread: any. */
#ifndef MUSTER_AUTH_IDENTITY_H
#define MUSTER_AUTH_IDENTITY_H

#include "muster/base/hash.h"

#define MU_TOKEN_LEEWAY_MS 30000 /* how far clocks may differ: a JWT counts for so long after its expiry */

enum mu_identity_kind {
	MU_IDENTITY_NONE,     /* nothing proved */
	MU_IDENTITY_USER,     /* a JWT: subject is the user */
	MU_IDENTITY_KEY,      /* an API key: subject is the key's id */
	MU_IDENTITY_VIEW,     /* one of our own JWTs for somebody who views as another: subject is the view */
	MU_IDENTITY_TICKET,   /* not yet checked: secret is for the hub, which alone knows its tickets */
	MU_IDENTITY_OPERATOR, /* the control socket or the command line on the data directory */
};

struct mu_identity {
	enum mu_identity_kind kind;
	char workspace[MU_ID_MAX + 1];
	char subject[MU_ID_MAX + 1];
	char token_id[MU_ID_MAX + 1]; /* claim jti, else a digest of the JWT: lets one sign-in be revoked;
					 empty for keys */
	char kid[MU_ID_MAX + 1];      /* USER and VIEW: the key that signed the JWT */
	char secret[MU_ID_MAX + 1];   /* tickets only */
	char viewer[MU_ID_MAX + 1];   /* VIEW: the user who looks */
	bool by_password;             /* USER: signed in here with a password */
	int64_t issued_at_ms;         /* wall; 0: unknown */
	int64_t expires_at_ms;        /* wall; 0: never */
};

#endif
