/* JSON Web Tokens with libsodium. The key is base64url: for HS256 the shared secret, for EdDSA the seed of
 * 32 bytes or the whole secret key of 64. */
#include "jwt.h"
#include "util.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { KEY_MAX = 256, TEXT_MAX = 1024, LIFETIME_S = 8 * 3600 };

struct signer {
	bool eddsa;
	size_t key_len;
	unsigned char key[KEY_MAX];
};

static struct signer signer_of(const struct lg_options *opt)
{
	struct signer s = { .eddsa = strcmp(opt->jwt_alg, "EdDSA") == 0 };
	unsigned char seed[crypto_sign_SEEDBYTES], public[crypto_sign_PUBLICKEYBYTES];

	if (!s.eddsa && strcmp(opt->jwt_alg, "HS256") != 0)
		lg_die("--jwt-alg is HS256 or EdDSA");
	if (!opt->jwt_secret || !opt->jwt_kid)
		lg_die("--jwt-kid and --jwt-secret are needed, or --tokens");
	if (sodium_base642bin(s.key, sizeof(s.key), opt->jwt_secret, strlen(opt->jwt_secret), "=", &s.key_len,
			      NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
		lg_die("--jwt-secret is not base64url");
	if (s.eddsa && s.key_len == sizeof(seed)) {
		memcpy(seed, s.key, sizeof(seed));
		crypto_sign_seed_keypair(public, s.key, seed);
		s.key_len = crypto_sign_SECRETKEYBYTES;
	}
	if (s.eddsa && s.key_len != crypto_sign_SECRETKEYBYTES)
		lg_die("--jwt-secret must be 32 or 64 bytes for EdDSA");
	return s;
}

static size_t append_base64(char *out, size_t at, const void *bytes, size_t len)
{
	sodium_bin2base64(out + at, TEXT_MAX - at, bytes, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	return at + strlen(out + at);
}

static size_t sign(const struct signer *s, unsigned char *out, const char *text, size_t len)
{
	crypto_auth_hmacsha256_state state;

	if (s->eddsa) {
		crypto_sign_detached(out, NULL, (const unsigned char *)text, len, s->key);
		return crypto_sign_BYTES;
	}
	crypto_auth_hmacsha256_init(&state, s->key, s->key_len);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)text, len);
	crypto_auth_hmacsha256_final(&state, out);
	return crypto_auth_hmacsha256_BYTES;
}

/* Sessions that stay are of people who have no others, a fifth of all. */
static uint32_t user_of(const struct lg_options *opt, uint32_t index)
{
	const uint32_t apart = opt->staying ? (opt->users + 4) / 5 : 0;

	return index + opt->staying < opt->sessions ? index % (opt->users - apart)
						    : opt->users - apart + index % (apart ? apart : 1);
}

static char *mint(const struct lg_options *opt, const struct signer *s, uint32_t index)
{
	char head[128], claims[256], token[TEXT_MAX];
	unsigned char signature[crypto_sign_BYTES];
	long now = (long)time(NULL);

	snprintf(head, sizeof(head), "{\"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"%s\"}", opt->jwt_alg,
		 opt->jwt_kid);
	snprintf(
		claims, sizeof(claims),
		"{\"iss\":\"%s\",\"sub\":\"%s%u\",\"aud\":\"muster\",\"iat\":%ld,\"exp\":%ld,\"jti\":\"%u\"}",
		opt->jwt_issuer, opt->user_prefix, user_of(opt, index), now, now + LIFETIME_S, index);
	size_t len = append_base64(token, 0, head, strlen(head));
	token[len++] = '.';
	len = append_base64(token, len, claims, strlen(claims));
	size_t signature_len = sign(s, signature, token, len);
	token[len++] = '.';
	append_base64(token, len, signature, signature_len);
	return strdup(token);
}

static char **read_file(const char *path, uint32_t count)
{
	char **tokens = lg_alloc(count, sizeof(char *));
	char line[TEXT_MAX];
	uint32_t have = 0;
	FILE *file = fopen(path, "re");

	if (!file)
		lg_die("cannot read %s", path);
	while (have < count && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\r\n")] = '\0';
		if (*line)
			tokens[have++] = strdup(line);
	}
	fclose(file);
	if (have == 0)
		lg_die("%s holds no token", path);
	for (uint32_t i = have; i < count; i++)
		tokens[i] = strdup(tokens[i % have]);
	return tokens;
}

char **lg_jwt_tokens(const struct lg_options *opt, uint32_t count)
{
	if (opt->tokens_file)
		return read_file(opt->tokens_file, count);
	if (sodium_init() < 0)
		lg_die("libsodium does not start");
	struct signer s = signer_of(opt);
	char **tokens = lg_alloc(count, sizeof(char *));
	for (uint32_t i = 0; i < count; i++)
		tokens[i] = mint(opt, &s, i);
	return tokens;
}

void lg_jwt_tokens_free(char **tokens, uint32_t count)
{
	for (uint32_t i = 0; tokens && i < count; i++)
		free(tokens[i]);
	free(tokens);
}
