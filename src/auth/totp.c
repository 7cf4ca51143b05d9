/* One-time passwords and recovery codes.
 * Invariant: secrets are compared in constant time, and copies of them are wiped.
 * Thread: any; liboath keeps no state. */
#include "muster/auth/totp.h"

#include "muster/base/buf.h"
#include "muster/base/hash.h"
#include "muster/base/mem.h"

#include <liboath/oath.h>
#include <sodium.h>
#include <string.h>

#define WINDOW 1 /* steps that clocks may differ */

enum mu_err mu_totp_make(char ret_secret[static MU_TOTP_SECRET_TEXT])
{
	char bytes[MU_TOTP_SECRET_BYTES], *text = NULL;
	size_t n = 0;

	randombytes_buf(bytes, sizeof(bytes));
	int failed = oath_base32_encode(bytes, sizeof(bytes), &text, &n);
	sodium_memzero(bytes, sizeof(bytes));
	if (failed != OATH_OK || n + 1 != MU_TOTP_SECRET_TEXT) {
		free(text);
		return MU_NO_MEMORY;
	}
	memcpy(ret_secret, text, MU_TOTP_SECRET_TEXT);
	sodium_memzero(text, n);
	free(text);
	return MU_OK;
}

enum mu_err mu_totp_code(const char *secret, int64_t step, char ret_code[static MU_TOTP_DIGITS + 1])
{
	char *bytes = NULL;
	size_t n = 0;
	int failed = oath_base32_decode(secret, strlen(secret), &bytes, &n);

	if (failed != OATH_OK)
		return failed == OATH_MALLOC_ERROR ? MU_NO_MEMORY : MU_INVALID_PARAMS;
	failed = oath_totp_generate(bytes, n, (time_t)(step * (MU_TOTP_STEP_MS / 1000)),
				    MU_TOTP_STEP_MS / 1000, 0, MU_TOTP_DIGITS, ret_code);
	sodium_memzero(bytes, n);
	free(bytes);
	return failed == OATH_OK ? MU_OK : MU_INVALID_PARAMS;
}

/* A code without the spaces that apps show in it; false if it isn't six digits. */
static bool plain_digits(const char *code, char ret_digits[static MU_TOTP_DIGITS + 1])
{
	size_t n = 0;

	for (; *code; code++) {
		if (*code == ' ')
			continue;
		if (*code < '0' || *code > '9' || n == MU_TOTP_DIGITS)
			return false;
		ret_digits[n++] = *code;
	}
	ret_digits[n] = '\0';
	return n == MU_TOTP_DIGITS;
}

int64_t mu_totp_match(const char *secret, const char *code, int64_t now_ms, int64_t last_step)
{
	char digits[MU_TOTP_DIGITS + 1], right[MU_TOTP_DIGITS + 1];
	const int64_t now = now_ms / MU_TOTP_STEP_MS;
	int64_t found = 0;

	if (!plain_digits(code, digits))
		return 0;
	/* All steps are tried, whichever fits: time tells nothing. The earliest wins, so that the codes after
	 * it stay good. */
	for (int64_t step = now + WINDOW; step >= now - WINDOW; step--)
		if (!mu_totp_code(secret, step, right) && !sodium_memcmp(digits, right, MU_TOTP_DIGITS) &&
		    step > last_step)
			found = step;
	sodium_memzero(right, sizeof(right));
	return found;
}

/* Percent-encode all but unreserved characters (RFC 3986 §2.3). */
static void add_escaped(struct mu_buf *out, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *text; text++) {
		if (strchr(plain, *text))
			mu_buf_char(out, *text);
		else
			mu_buf_printf(out, "%%%02X", (unsigned char)*text);
	}
}

enum mu_err mu_totp_uri(const char *secret, const char *issuer, const char *account, char **ret_uri)
{
	AUTO_BUF struct mu_buf out = { 0 };

	mu_buf_str(&out, "otpauth://totp/");
	add_escaped(&out, issuer);
	mu_buf_char(&out, ':');
	add_escaped(&out, account);
	mu_buf_printf(&out, "?secret=%s&issuer=", secret);
	add_escaped(&out, issuer);
	mu_buf_printf(&out, "&algorithm=SHA1&digits=%d&period=%d", MU_TOTP_DIGITS, MU_TOTP_STEP_MS / 1000);
	if (mu_buf_error(&out))
		return MU_NO_MEMORY;
	*ret_uri = mu_buf_take(&out);
	return MU_OK;
}

/* ---- recovery codes ---- */

/* Digits and capital letters without I, L, O and U. */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#define RECOVERY_CHARACTERS 16
#define RECOVERY_GROUP 4

void mu_recovery_make(char ret_code[static MU_RECOVERY_TEXT])
{
	uint8_t draw[RECOVERY_CHARACTERS];
	char *to = ret_code;

	randombytes_buf(draw, sizeof(draw));
	for (size_t i = 0; i < RECOVERY_CHARACTERS; i++) {
		if (i && i % RECOVERY_GROUP == 0)
			*to++ = '-';
		*to++ = alphabet[draw[i] & 31];
	}
	*to = '\0';
	sodium_memzero(draw, sizeof(draw));
}

/* A character as it is in the alphabet; 0 if it isn't. */
static char as_printed(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		c = '0';
	if (c == 'I' || c == 'L')
		c = '1';
	return c && strchr(alphabet, c) ? c : 0;
}

bool mu_recovery_digest(const char *code, char ret_digest[static MU_RECOVERY_DIGEST])
{
	uint8_t digest[MU_DIGEST_BYTES];
	char plain[RECOVERY_CHARACTERS];
	size_t n = 0;

	for (; *code; code++) {
		if (*code == ' ' || *code == '-')
			continue;
		if (n == sizeof(plain) || !(plain[n++] = as_printed(*code)))
			return false;
	}
	if (n != sizeof(plain))
		return false;
	mu_digest(plain, n, digest);
	sodium_memzero(plain, sizeof(plain));
	sodium_bin2base64(ret_digest, MU_RECOVERY_DIGEST, digest, sizeof(digest),
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	return true;
}
