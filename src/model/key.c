/* Keys that sign tokens or are one.
 * Thread: hub. */
#include "concept.h"
#include "muster/model/key.h"
#include "muster/model/permission.h"
#include "state.h"

static const char *const alg_names[] = { "HS256", "EdDSA", "api", NULL };

static const struct mu_field key_fields[] = {
	MU_FIELD(struct mu_key_data, id, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_key_data, alg, MU_ENUM, MU_REQUIRED, .names = alg_names),
	MU_FIELD(struct mu_key_data, secret, MU_STRING, MU_SECRET, .max = 256),
	MU_FIELD(struct mu_key_data, public_key, MU_STRING, 0, .max = 64),
	MU_FIELD(struct mu_key_data, scopes, MU_STRINGS, MU_OMIT_ZERO, .max = 256),
};
static const struct mu_shape key_shape = MU_SHAPE(struct mu_key_data, "KEY_DATA", key_fields);

void state_key_free(struct mu_key *key)
{
	free(key->id);
	free(key->secret);
	free(key->public_key);
	mu_strs_clear(&key->scopes);
	free(key);
}

static enum mu_err key_fill(struct mu_key *key, const struct mu_key_data *data)
{
	enum mu_err err = state_text(&key->id, data->id);

	key->alg = data->alg;
	if (!err)
		err = state_text(&key->secret, data->secret);
	if (!err)
		err = state_text(&key->public_key, data->public_key);
	if (!err)
		err = state_strs(&key->scopes, &data->scopes);
	return err;
}

void state_key_perms(const struct mu_workspace *ws, struct mu_key *key)
{
	key->perms = (struct mu_perms){ 0 };
	for (size_t i = 0; i < key->scopes.n; i++)
		mu_permission_add(ws, key->scopes.v[i], &key->perms);
}

static enum mu_err apply_key_created(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_key_data *data = event->data;
	bool added = false;

	if (mu_workspace_key(ws, data->id))
		return MU_CONFLICT;
	struct mu_key *key = calloc(1, sizeof(*key));
	if (!key)
		return MU_NO_MEMORY;
	key->created_at_ms = event->at_ms;
	if (!key_fill(key, data))
		ADD_STR(ws->keys, key, id);
	if (added) {
		state_key_perms(ws, key);
		return MU_OK;
	}
	state_key_free(key);
	return MU_NO_MEMORY;
}

static enum mu_err apply_key_revoked(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_id_data *data = event->data;
	struct mu_key *key = mu_workspace_key(ws, data->id);

	if (!key)
		return MU_CONFLICT;
	HASH_DEL(ws->keys, key);
	state_key_free(key);
	return MU_OK;
}

static struct mu_key_data key_record(const struct mu_key *key)
{
	return (struct mu_key_data){ .id = key->id,
				     .alg = key->alg,
				     .secret = key->secret,
				     .public_key = key->public_key,
				     .scopes = key->scopes };
}

static const void *before_revoked(const struct mu_workspace *ws, const struct mu_event *event,
				  struct mu_arena *arena)
{
	const struct mu_key *key = mu_workspace_key(ws, ((const struct mu_id_data *)event->data)->id);
	const struct mu_key_data record = key ? key_record(key) : (struct mu_key_data){ 0 };

	return key ? before_record(arena, &record) : NULL;
}

enum mu_err dump_key(const struct mu_key *key, dump_each *each, void *arg)
{
	const struct mu_key_data data = key_record(key);
	return each(arg, &mu_key_created, &data, key->created_at_ms);
}

EVENT(mu_key_created, "key.created", key_shape, apply_key_created, NULL, ABOUT_NOBODY,
      .effects = MU_EFFECT_KEYS, .help = "A key was made (log only)");
EVENT(mu_key_revoked, "key.revoked", id_shape, apply_key_revoked, NULL, ABOUT_NOBODY,
      .before = before_revoked, .before_shape = &key_shape, .effects = MU_EFFECT_KEYS,
      .help = "A key ended (log only)");
