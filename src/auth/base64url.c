/* base64url without padding (RFC 4648 §5), the strict way: every run of bytes has exactly one text, so a
 * token can't be written in two forms.
 * Thread: any. */
#include "muster/auth/token.h"

#include "muster/base/mem.h"

#include <sodium.h>
#include <string.h>

enum mu_err mu_base64url_encode(const void *bytes, size_t n, char **ret_text)
{
	size_t cap = sodium_base64_encoded_len(n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	char *text = malloc(cap);

	if (!text)
		return MU_NO_MEMORY;
	sodium_bin2base64(text, cap, bytes, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	*ret_text = text;
	return MU_OK;
}

bool mu_base64url_decode(const char *text, void *out, size_t cap, size_t *ret_bytes)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t n = strlen(text);

	/* libsodium 1.0.18 takes some bytes over 0x7f for characters of the alphabet. */
	if (strspn(text, alphabet) != n)
		return false;
	return sodium_base642bin(out, cap, text, n, NULL, ret_bytes, NULL,
				 sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0;
}
