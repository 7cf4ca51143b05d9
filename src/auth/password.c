/* Passwords: what is acceptable as a new one, and argon2id hashes.
 * Invariant: a failed check takes as long whether or not there was a hash to check against.
 * Thread: any; hashing takes 64 MiB and about 0.1 s of it. */
#include "muster/auth/password.h"

#include "common_passwords.h"

#include "muster/base/mem.h"

#include <ctype.h>
#include <sodium.h>
#include <string.h>

#define PASSES 2
#define MEMORY_BYTES ((size_t)64 << 20)
#define PERIOD_MAX 4     /* "abcabcabcabc" repeats a block of 3 */
#define NAME_MIN 3       /* shorter local parts of an email are in many good passwords */
#define TRIMMINGS_MAX 8  /* bytes around a common word that don't make it a good password */
#define OTHERS_MAX 3     /* bytes besides a common word, wherever they stand, that don't make it one either */
#define OWN_CHARACTERS 6 /* what must be left of a password besides the email's local part */

_Static_assert(MU_PASSWORD_HASH == crypto_pwhash_STRBYTES, "the encoded hash fills its buffer");

/* A well-formed hash that no password fits, with the cost of a real one. */
static const char nobody[MU_PASSWORD_HASH] = "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
					     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/* Code points: bytes that don't continue a character. */
static size_t count_characters(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void lower(const char *text, size_t cap, char *out)
{
	size_t n = 0;

	for (; n < cap - 1 && text[n]; n++)
		out[n] = (char)tolower((unsigned char)text[n]);
	out[n] = '\0';
}

/* Whether each byte is the one before it plus `step`. */
static bool is_run(const char *text, int step)
{
	for (size_t i = 1; text[i]; i++) {
		if (text[i] != text[i - 1] + step)
			return false;
	}
	return true;
}

/* Whether the text is one short block over and over, the last one perhaps cut off. */
static bool is_repetition(const char *text)
{
	size_t n = strlen(text);

	for (size_t period = 1; period <= PERIOD_MAX; period++) {
		if (n > period && memcmp(text, text + period, n - period) == 0)
			return true;
	}
	return false;
}

/* Whether it is the email, a part of it, or its local part with a few characters around. */
static bool is_of_email(const char *password, const char *email)
{
	char address[MU_PASSWORD_MAX + 1] = "";
	size_t name;

	lower(email, sizeof(address), address);
	if (strstr(address, password))
		return true;
	name = strcspn(address, "@");
	address[name] = '\0';
	return name >= NAME_MIN && strstr(password, address) && strlen(password) - name < OWN_CHARACTERS;
}

/* The letter that a look-alike stands for. */
static char unmask(char c)
{
	static const char masks[] = "@40135$7", letters[] = "aaoiesst";
	const char *mask = strchr(masks, c);

	return mask ? letters[mask - masks] : c;
}

/* What stands between the first and the last letter, without look-alikes: "p@ssw0rd2024!" is "password". */
static void find_core(const char *text, char *out)
{
	size_t first = 0, last = strlen(text), n = 0;

	while (first < last && !isalpha((unsigned char)text[first]))
		first++;
	while (last > first && !isalpha((unsigned char)text[last - 1]))
		last--;
	for (size_t i = first; i < last; i++)
		out[n++] = unmask(text[i]);
	out[n] = '\0';
}

/* Whether a common word is all of it but a few characters, or its core with trimmings. */
static bool is_common(const char *password)
{
	char core[MU_PASSWORD_MAX + 1] = "";
	bool is_trimmed, found = false;

	find_core(password, core);
	is_trimmed = strlen(password) - strlen(core) <= TRIMMINGS_MAX;
	for (size_t i = 0; i < MU_COUNT(common_passwords) && !found; i++) {
		const char *word = common_passwords[i];

		found = (strstr(password, word) && strlen(password) - strlen(word) <= OTHERS_MAX) ||
			(is_trimmed && strcmp(core, word) == 0);
	}
	sodium_memzero(core, sizeof(core));
	return found;
}

enum mu_err mu_password_check(const char *field, const char *password, const char *email,
			      struct mu_fault *ret_fault)
{
	char plain[MU_PASSWORD_MAX + 1] = "";
	const char *reason = NULL;

	if (strlen(password) > MU_PASSWORD_MAX)
		return mu_fail_field(ret_fault, field, "must be at most %d bytes", MU_PASSWORD_MAX);
	if (count_characters(password) < MU_PASSWORD_MIN)
		return mu_fail_field(ret_fault, field, "must be at least %d characters", MU_PASSWORD_MIN);
	lower(password, sizeof(plain), plain);
	if (is_run(plain, 1) || is_run(plain, -1) || is_repetition(plain))
		reason = "must be more than a run or a repetition";
	else if (email && is_of_email(plain, email))
		reason = "must not be the email or a part of it";
	else if (is_common(plain))
		reason = "must not be one of the most common passwords";
	sodium_memzero(plain, sizeof(plain));
	return reason ? mu_fail_field(ret_fault, field, "%s", reason) : MU_OK;
}

enum mu_err mu_password_hash(const char *password, char ret_hash[static MU_PASSWORD_HASH])
{
	char hash[MU_PASSWORD_HASH];

	if (crypto_pwhash_str_alg(hash, password, strlen(password), PASSES, MEMORY_BYTES,
				  crypto_pwhash_ALG_ARGON2ID13))
		return MU_NO_MEMORY;
	memcpy(ret_hash, hash, sizeof(hash));
	return MU_OK;
}

bool mu_password_verify(const char *hash, const char *password)
{
	char text[crypto_pwhash_STRBYTES] = ""; /* the library's prototype asks for this many */
	const char *from = hash ? hash : nobody;

	if (strlen(password) > MU_PASSWORD_MAX || strlen(from) >= sizeof(text))
		return false;
	memcpy(text, from, strlen(from));
	return crypto_pwhash_str_verify(text, password, strlen(password)) == 0 && hash;
}
