/* What people type in to prove who they are: a password and an email address, a code of an app, a recovery
 * code; a line each. A code counts for one step and never again; a recovery code reads the same however it is
 * written. */
#include "fuzz.h"

#include "muster/auth/password.h"
#include "muster/auth/totp.h"
#include "muster/base/hash.h"
#include "muster/base/mem.h"

#include <ctype.h>
#include <string.h>

#define SECRET "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
#define NOW_MS INT64_C(1700000000000)

static void check_password(const char *password, const char *email)
{
	struct mu_fault fault = { 0 };
	const enum mu_err err = mu_password_check("password", password, email, &fault);

	HOLDS(!err || (err == MU_INVALID_PARAMS && fault.err == err && *mu_fault_text(&fault)));
	HOLDS(err || (strlen(password) >= MU_PASSWORD_MIN && strlen(password) <= MU_PASSWORD_MAX));
	HOLDS(err || !*email || strcasecmp(password, email) != 0);
}

static void check_code(const char *secret, const char *code)
{
	const int64_t now = NOW_MS / MU_TOTP_STEP_MS, step = mu_totp_match(secret, code, NOW_MS, 0);
	char right[MU_TOTP_DIGITS + 1];

	if (!step)
		return;
	HOLDS(step >= now - 1 && step <= now + 1);
	HOLDS(mu_totp_code(secret, step, right) == MU_OK);
	for (const char *at = right; *code; code++) {
		if (isspace((unsigned char)*code))
			continue;
		HOLDS(*code == *at);
		at++;
	}
	HOLDS(mu_totp_match(secret, right, NOW_MS, step) != step);
}

static void check_recovery(const char *code)
{
	AUTO_FREE char *written = malloc(2 * strlen(code) + 1);
	char digest[MU_RECOVERY_DIGEST], again[MU_RECOVERY_DIGEST];
	size_t n = 0;

	if (!mu_recovery_digest(code, digest))
		return;
	HOLDS(written);
	for (; *code; code++) {
		written[n++] = (char)tolower((unsigned char)*code);
		written[n++] = '-';
	}
	written[n] = '\0';
	HOLDS(mu_recovery_digest(written, again) && !strcmp(digest, again));
}

/* The code of this moment, in the place of a line that is "now". */
static const char *code_of(const char *line, char code[static MU_TOTP_DIGITS + 1])
{
	if (strcmp(line, "now") != 0)
		return line;
	HOLDS(mu_totp_code(SECRET, NOW_MS / MU_TOTP_STEP_MS, code) == MU_OK);
	return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *copy = strndup((const char *)data, size);
	const char *lines[4];
	char *rest = copy, code[MU_TOTP_DIGITS + 1];
	static bool begun;

	HOLDS(begun || mu_hash_start() == MU_OK);
	begun = true;
	for (size_t i = 0; i < MU_COUNT(lines); i++)
		lines[i] = rest ? strsep(&rest, "\n") : "";
	check_password(lines[0], lines[1]);
	check_code(SECRET, code_of(lines[2], code));
	check_code(lines[3], lines[2]);
	check_recovery(lines[3]);
	return 0;
}
