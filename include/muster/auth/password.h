/* Passwords: argon2id (RFC 9106) with 64 MiB and two passes, as libsodium's encoded string. One hash takes
 * about 0.1 s: never on a loop thread; the hub runs these in its worker pool.
 * Thread: any. */
#ifndef MUSTER_AUTH_PASSWORD_H
#define MUSTER_AUTH_PASSWORD_H

#include "muster/base/fault.h"

#define MU_PASSWORD_HASH 128 /* bytes of an encoded hash with its NUL */
#define MU_PASSWORD_MIN 10   /* characters (code points) */
#define MU_PASSWORD_MAX 256  /* bytes */

/* Whether a new password is acceptable: length, not the email or a part of it, not one repeated or sequential
 * character run, not among the most common ones. The fault names `field`, the parameter that it came in.
 * Errors: MU_INVALID_PARAMS. */
MU_MUST enum mu_err mu_password_check(const char *field, const char *password, const char *email,
				      struct mu_fault *ret_fault);

/* Errors: MU_NO_MEMORY (64 MiB were not to be had). */
MU_MUST enum mu_err mu_password_hash(const char *password, char ret_hash[static MU_PASSWORD_HASH]);

/* Whether the password fits. A NULL hash costs the same time and gives false: an unknown user can't be told
 * from a wrong password. */
bool mu_password_verify(const char *hash, const char *password);

#endif
