/* Tokens for Muster, minted before anything is measured: HS256 or EdDSA, one per session, all different,
 * so that no server can profit from having checked the same one before. */
#ifndef LOADGEN_JWT_H
#define LOADGEN_JWT_H

#include <stdint.h>

#include "options.h"

/* `count` tokens, token i for the user i modulo opt->users, unless some are staying; read from
 * opt->tokens_file if that is given. The caller frees them with lg_jwt_tokens_free. */
char **lg_jwt_tokens(const struct lg_options *opt, uint32_t count);

/* Accepts NULL. */
void lg_jwt_tokens_free(char **tokens, uint32_t count);

#endif
