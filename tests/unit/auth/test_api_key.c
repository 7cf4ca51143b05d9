/* API keys and tickets: what is made is accepted, in its own workspace and its own spelling only. */
#include "minting.h"

static void an_api_key_proves_the_key(void **state)
{
	struct mu_identity identity;

	assert_int_equal(strncmp(rig.api_key, "mk~acme~k1~", 11), 0);
	assert_int_equal(strlen(rig.api_key), 11 + 43);
	assert_int_equal(verify(rig.acme, rig.api_key, &identity, NULL), MU_OK);
	assert_int_equal(identity.kind, MU_IDENTITY_KEY);
	assert_string_equal(identity.workspace, "acme");
	assert_string_equal(identity.subject, "k1");
	assert_string_equal(identity.secret, "");
	assert_int_equal(identity.expires_at_ms, 0);
	assert_claims(rig.api_key, "acme");
	refuse_text(rig.beta, rig.api_key, "acme's API key in beta");
}

static void edited_api_keys_are_refused(void **state)
{
	const char *secret = rig.api_key + 11;
	AUTO_FREE char *foreign = NULL;
	AUTO_FREE char *text = NULL;
	uint8_t digest[MU_DIGEST_BYTES];
	static const struct {
		const char *before, *after;
	} edits[] = { { "mk~acme~k2~", "" },  { "mk~acme~hs~", "" },  { "mk~beta~k1~", "" },
		      { "mk~acme~", "" },     { "mk~acme~~", "" },    { "mk~~k1~", "" },
		      { "mk~acme~k1~", "~" }, { "mk~acme~k1~", "A" }, { "mk~acme~k1~", "~x" },
		      { "mk~ac me~k1~", "" }, { "mt~acme~k1~", "" },  { "mk~acme~k1", "" } };

	for (size_t i = 0; i < MU_COUNT(edits); i++)
		refuse_edited(edits[i].before, secret, edits[i].after, edits[i].before);
	refuse_text(rig.acme, "mk~acme~k1~", "no secret");
	assert_int_equal(mu_api_key_make("acme", "k1", &foreign, digest), MU_OK);
	refuse_text(rig.acme, foreign, "the same id with another secret");
	text = strdup(rig.api_key);
	text[strlen(text) - 5] ^= 1;
	refuse_text(rig.acme, text, "one character changed");
}

static void a_ticket_hands_its_secret_on(void **state)
{
	AUTO_FREE char *ticket = NULL;
	uint8_t digest[MU_DIGEST_BYTES], again[MU_DIGEST_BYTES];
	struct mu_identity identity;

	assert_int_equal(mu_ticket_make("acme", &ticket, digest), MU_OK);
	assert_int_equal(verify(rig.acme, ticket, &identity, NULL), MU_OK);
	assert_int_equal(identity.kind, MU_IDENTITY_TICKET);
	assert_string_equal(identity.workspace, "acme");
	assert_string_equal(identity.subject, "");
	mu_secret_digest(identity.secret, again);
	assert_memory_equal(digest, again, sizeof(digest));
	assert_claims(ticket, "acme");
	refuse_text(rig.beta, ticket, "acme's ticket in beta");
	refuse_edited("", ticket, "~", "a tilde after");
	refuse_edited("", ticket, "A", "a character more");
	ticket[strlen(ticket) - 1] = '\0';
	refuse_text(rig.acme, ticket, "a character less");
}

static void a_secret_fits_its_digest_only(void **state)
{
	uint8_t digest[MU_DIGEST_BYTES];
	AUTO_FREE char *kept = NULL;

	mu_secret_digest("a secret", digest);
	assert_int_equal(mu_base64url_encode(digest, sizeof(digest), &kept), MU_OK);
	assert_true(mu_secret_fits("a secret", kept));
	assert_false(mu_secret_fits("a secret ", kept));
	assert_false(mu_secret_fits("", kept));
	assert_false(mu_secret_fits("a secret", ""));
	assert_false(mu_secret_fits("a secret", "no digest"));
	kept[42] = '\0';
	assert_false(mu_secret_fits("a secret", kept));
}

static void secrets_are_made_for_valid_ids_only_and_never_twice(void **state)
{
	AUTO_FREE char *one = NULL;
	AUTO_FREE char *two = NULL;
	uint8_t first[MU_DIGEST_BYTES], second[MU_DIGEST_BYTES];
	char *none = NULL;

	assert_int_equal(mu_ticket_make("acme", &one, first), MU_OK);
	assert_int_equal(mu_ticket_make("acme", &two, second), MU_OK);
	assert_string_not_equal(one, two);
	assert_memory_not_equal(first, second, sizeof(first));
	assert_int_equal(mu_ticket_make("ac~me", &none, first), MU_INVALID_PARAMS);
	assert_int_equal(mu_ticket_make("", &none, first), MU_INVALID_PARAMS);
	assert_int_equal(mu_api_key_make("acme", "a~b", &none, first), MU_INVALID_PARAMS);
	assert_int_equal(mu_api_key_make("acme", "", &none, first), MU_INVALID_PARAMS);
	assert_null(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_api_key_proves_the_key),
		cmocka_unit_test(edited_api_keys_are_refused),
		cmocka_unit_test(a_ticket_hands_its_secret_on),
		cmocka_unit_test(a_secret_fits_its_digest_only),
		cmocka_unit_test(secrets_are_made_for_valid_ids_only_and_never_twice),
	};
	return cmocka_run_group_tests(tests, minting_start, minting_end);
}
