/* The JWT half of token.c. */
#ifndef MUSTER_AUTH_JWT_H
#define MUSTER_AUTH_JWT_H

#include "muster/auth/token.h"

/* The one sentence for everything that is wrong before a signature has proved who asks. */
#define MU_TOKEN_REFUSED "The token is not valid; sign in again to get a new one"

/* As mu_token_read and mu_token_verify, for a token that should be a JWT. */
MU_MUST enum mu_err mu_jwt_read(struct mu_token *token);
MU_MUST enum mu_err mu_jwt_verify(const struct mu_keyring *keyring, const struct mu_token *token,
				  int64_t now_ms, struct mu_identity *ret_identity,
				  struct mu_fault *ret_fault);

#endif
