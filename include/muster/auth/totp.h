/* Time-based one-time passwords (RFC 6238) as authenticator apps make them: HMAC-SHA-1, six digits, steps of
 * 30 s; and recovery codes for the day on which the app is gone.
 *
 * A code is good for its own step and for one step before and after, so that clocks may differ. It is the
 * caller's to keep the step that was used last: a code counts only for a later one, so it counts once.
 * Thread: any. */
#ifndef MUSTER_AUTH_TOTP_H
#define MUSTER_AUTH_TOTP_H

#include "muster/base/err.h"

#define MU_TOTP_STEP_MS 30000
#define MU_TOTP_DIGITS 6
#define MU_TOTP_SECRET_BYTES 20 /* 160 bits, what RFC 4226 asks for */
#define MU_TOTP_SECRET_TEXT 33  /* bytes of a secret as base32 (RFC 4648 §6) with its NUL */

#define MU_RECOVERY_CODES 10
#define MU_RECOVERY_TEXT 20   /* bytes of a recovery code with its NUL: "7KQ2-M9XD-…", 80 bits */
#define MU_RECOVERY_DIGEST 44 /* bytes of its digest as base64url with its NUL */

/* A fresh secret. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err mu_totp_make(char ret_secret[static MU_TOTP_SECRET_TEXT]);

/* The code of a step (wall ms since 1970 / MU_TOTP_STEP_MS).
 * Errors: MU_INVALID_PARAMS (the secret isn't base32), MU_NO_MEMORY. */
MU_MUST enum mu_err mu_totp_code(const char *secret, int64_t step, char ret_code[static MU_TOTP_DIGITS + 1]);

/* The step for which a code counts at wall time now_ms, given the step that was used last (0: none); 0 if it
 * counts for none. Spaces in the code don't matter. */
int64_t mu_totp_match(const char *secret, const char *code, int64_t now_ms, int64_t last_step);

/* The otpauth:// address that apps read from a QR code. *ret_uri is the caller's to free.
 * Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err mu_totp_uri(const char *secret, const char *issuer, const char *account, char **ret_uri);

/* A fresh recovery code: groups of letters and digits that can't be mistaken for each other. */
void mu_recovery_make(char ret_code[static MU_RECOVERY_TEXT]);

/* What is kept of a recovery code: a plain digest. With 80 random bits there is nothing to guess through, so
 * neither salt nor a slow hash would add anything. Case, spaces and hyphens don't matter, and letters are
 * read as the digits that they look like (O, I, L). False if it can't be a recovery code. */
bool mu_recovery_digest(const char *code, char ret_digest[static MU_RECOVERY_DIGEST]);

#endif
