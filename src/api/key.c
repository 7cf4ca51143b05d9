/* Keys: those that sign the platform's tokens, and API keys. Rotation is making the next one before revoking
 * the last.
 * Thread: hub. */
#include "commands.h"
#include "muster/auth/token.h"

static const char *const alg_names[] = { "HS256", "EdDSA", "api", NULL };

struct create_params {
	char *id;
	int alg;
	char *secret, *public_key;
	struct mu_strs scopes;
};
static const struct mu_field create_fields[] = {
	MU_FIELD(struct create_params, id, MU_ID, 0,
		 .help = "Key id, the kid of tokens; one is made when left out"),
	MU_FIELD(struct create_params, alg, MU_ENUM, MU_REQUIRED, .names = alg_names,
		 .help = "What the key is for"),
	MU_FIELD(struct create_params, secret, MU_STRING, MU_SECRET, .max = 128,
		 .help = "HS256: your secret as base64url (32 to 64 bytes); left out: one is made"),
	MU_FIELD(struct create_params, public_key, MU_STRING, 0, .max = 64,
		 .help = "EdDSA: your public key as base64url (32 bytes); left out: a pair is made"),
	MU_FIELD(struct create_params, scopes, MU_STRINGS, 0, .max = 256,
		 .help = "api: permissions of the key; left out: all that you hold but owner.transfer"),
};
static const struct mu_shape create_shape = MU_SHAPE(struct create_params, "KEY_CREATE", create_fields);

static enum mu_err encode(struct mu_call *call, const void *bytes, size_t n, char **ret_text)
{
	AUTO_FREE char *text = NULL;
	enum mu_err err = mu_base64url_encode(bytes, n, &text);

	if (err)
		return err;
	*ret_text = mu_arena_strdup(call->arena, text);
	return *ret_text ? MU_OK : MU_NO_MEMORY;
}

/* Who holds a signing key can make a token for anybody, so it is never made by somebody who may less than
 * everything. An API key never holds owner.transfer; one with all the rest is the platform itself. */
static enum mu_err check_signer(struct mu_call *call)
{
	for (int i = 0; mu_perm_info(i); i++) {
		if (mu_call_may(call, (enum mu_perm)i) || (call->actor.key && i == MU_PERM_OWNER_TRANSFER))
			continue;
		return mu_fail(call->fault, MU_FORBIDDEN,
			       "A signing key can sign for anybody, the owner too: ask the owner to make it");
	}
	return MU_OK;
}

static enum mu_err make_hs256(struct mu_call *call, struct mu_key_data *key)
{
	const struct create_params *params = call->params;
	char made[MU_SECRET_TEXT(MU_HS256_MIN_BYTES)];
	uint8_t secret[MU_HS256_MAX_BYTES];
	size_t bytes = 0;
	enum mu_err err = check_signer(call);

	if (err)
		return err;
	mu_secret_random(MU_HS256_MIN_BYTES, made);
	key->secret = mu_arena_strdup(call->arena, params->secret ? params->secret : made);
	call->secret = key->secret;
	if (!key->secret)
		return MU_NO_MEMORY;
	if (!mu_base64url_decode(key->secret, secret, sizeof(secret), &bytes) || bytes < MU_HS256_MIN_BYTES)
		return mu_fail_field(call->fault, "secret",
				     "must be 32 to 64 bytes as base64url without padding");
	return MU_OK;
}

static enum mu_err make_eddsa(struct mu_call *call, struct mu_key_data *key)
{
	const struct create_params *params = call->params;
	uint8_t public_key[MU_ED25519_PUBLIC_BYTES], secret[MU_ED25519_SECRET_BYTES];
	size_t bytes = sizeof(public_key);
	enum mu_err err = check_signer(call);

	if (err)
		return err;
	if (!params->public_key) {
		mu_ed25519_make(public_key, secret);
		err = encode(call, secret, MU_ED25519_SEED_BYTES, &call->secret);
	} else if (!mu_base64url_decode(params->public_key, public_key, sizeof(public_key), &bytes) ||
		   bytes != sizeof(public_key)) {
		return mu_fail_field(call->fault, "public_key",
				     "must be 32 bytes as base64url without padding");
	}
	return err ? err : encode(call, public_key, sizeof(public_key), &key->public_key);
}

/* Scopes of a new API key: never more than the maker holds. */
static enum mu_err api_scopes(struct mu_call *call, struct mu_key_data *key)
{
	const struct create_params *params = call->params;
	const struct mu_perm_info *info;
	enum mu_err err = MU_OK;
	char field[48];

	for (size_t i = 0; i < params->scopes.n; i++) {
		enum mu_perm perm = mu_permission_find(call->ws, params->scopes.v[i]);
		snprintf(field, sizeof(field), "scopes.%zu", i);
		if (perm == MU_PERM_NONE)
			return mu_fail_field(call->fault, field, "is not a known permission");
		if (!mu_call_may(call, perm))
			return mu_fail(call->fault, MU_FORBIDDEN,
				       "You don't hold %s, so you can't give it to a key",
				       params->scopes.v[i]);
	}
	key->scopes = params->scopes;
	for (int i = 0; !err && !params->scopes.n && (info = mu_permission_info(call->ws, i)); i++)
		if (i != MU_PERM_OWNER_TRANSFER && mu_call_may(call, (enum mu_perm)i))
			err = mu_strs_add(call->arena, &key->scopes, info->key);
	return err;
}

enum mu_err call_make_api_key(struct mu_call *call, const char *workspace, struct mu_key_data *key)
{
	uint8_t digest[MU_DIGEST_BYTES];
	AUTO_FREE char *text = NULL;
	enum mu_err err = mu_api_key_make(workspace, key->id, &text, digest);

	if (!err)
		err = encode(call, digest, sizeof(digest), &key->secret);
	if (!err && !(call->secret = mu_arena_strdup(call->arena, text)))
		err = MU_NO_MEMORY;
	return err;
}

static enum mu_err make_api(struct mu_call *call, struct mu_key_data *key)
{
	enum mu_err err = api_scopes(call, key);

	return err ? err : call_make_api_key(call, call->ws->id, key);
}

static enum mu_err run_create(struct mu_call *call)
{
	static enum mu_err (*const make[])(struct mu_call *, struct mu_key_data *) = {
		[MU_ALG_HS256] = make_hs256,
		[MU_ALG_EDDSA] = make_eddsa,
		[MU_ALG_API_KEY] = make_api,
	};
	const struct create_params *params = call->params;
	char id[MU_ID_TEXT];

	mu_id_random("k-", id);
	struct mu_key_data key = { .id = params->id ? params->id : mu_arena_strdup(call->arena, id),
				   .alg = params->alg };
	if (!key.id)
		return MU_NO_MEMORY;
	if (mu_workspace_key(call->ws, key.id)) {
		mu_fail_field(call->fault, "id", "taken");
		return mu_fail(call->fault, MU_CONFLICT, "A key with this id is there already");
	}
	if (params->alg != MU_ALG_API_KEY && params->scopes.n)
		return mu_fail_field(call->fault, "scopes", "are for API keys only");
	enum mu_err err = make[params->alg](call, &key);
	call->subject = key.id;
	return err ? err : mu_call_emit_record(call, &mu_key_created, &key);
}

static void write_key_fields(const struct mu_key *key, struct mu_buf *out)
{
	mu_buf_str(out, "\"kid\":");
	mu_json_string(out, key->id);
	mu_buf_str(out, ",\"alg\":");
	mu_json_string(out, alg_names[key->alg]);
	if (key->alg == MU_ALG_EDDSA) {
		mu_buf_str(out, ",\"public\":");
		mu_json_string(out, key->public_key);
	}
	if (key->alg == MU_ALG_API_KEY) {
		mu_buf_str(out, ",\"scopes\":");
		write_strs(&key->scopes, out);
	}
	mu_buf_str(out, ",\"created_at\":");
	mu_json_time(out, key->created_at_ms);
}

static void reply_create(struct mu_call *call, struct mu_buf *out)
{
	static const char *const shown_as[] = { "secret", "private", "key" };
	const struct mu_key *key = mu_workspace_key(call->ws, call->subject);

	mu_buf_char(out, '{');
	write_key_fields(key, out);
	if (call->secret) {
		mu_json_name(out, shown_as[key->alg]);
		mu_json_string(out, call->secret);
	}
	mu_buf_char(out, '}');
}

const struct mu_command cmd_key_create = {
	.name = "key.create",
	.route = "POST /v1/keys",
	.need = MU_PERM_INTEGRATIONS_MANAGE,
	.cost = 3,
	PARAMS(create_shape),
	.help = "Make a key; its secret is shown this once.",
	.result = "KEY",
	.run = run_create,
	.reply = reply_create,
};

static void write_key_item(const struct mu_call *call, const void *item, struct mu_buf *out)
{
	mu_buf_char(out, '{');
	write_key_fields(item, out);
	mu_buf_char(out, '}');
}

static void reply_list(struct mu_call *call, struct mu_buf *out)
{
	const struct listing listing = { .first = call->ws->keys,
					 .id_offset = offsetof(struct mu_key, id),
					 .write = write_key_item };

	write_listing(call, &listing, out);
}

const struct mu_command cmd_key_list = {
	.name = "key.list",
	.route = "GET /v1/keys",
	.need = MU_PERM_INTEGRATIONS_MANAGE,
	.cost = 1,
	PARAMS(page_shape),
	.help = "The keys, without their secrets.",
	.result = "{items:[KEY],next}",
	.run = run_nothing,
	.reply = reply_list,
};

static enum mu_err run_revoke(struct mu_call *call)
{
	const struct id_params *params = call->params;
	const struct mu_id_data data = { .id = params->id };

	if (!mu_workspace_key(call->ws, params->id))
		return mu_fail(call->fault, MU_NOT_FOUND, "There is no such key");
	if (!strcmp(params->id, MU_OWN_KEY))
		return mu_fail(call->fault, MU_FORBIDDEN,
			       "The key muster signs the hub's own tokens; revoke sessions instead");
	return mu_call_emit_record(call, &mu_key_revoked, &data);
}

const struct mu_command cmd_key_revoke = {
	.name = "key.revoke",
	.route = "DELETE /v1/keys/{id}",
	.need = MU_PERM_INTEGRATIONS_MANAGE,
	.cost = 2,
	PARAMS(id_params_shape),
	.help = "End a key: tokens that it signed and calls with it are refused from now on.",
	.result = "{}",
	.run = run_revoke,
};
