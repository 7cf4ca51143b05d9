/* Levels: what a role may in one of the platform's modules, said in one word.
 * Thread: hub. */
#include "muster/model/permission.h"

#include <stdio.h>
#include <string.h>

const char *const mu_level_names[] = { "none", "view", "edit", "custom", NULL };

/* The part of a module's key after its name (".read", ".write:own"); NULL: not a key of levels. */
static const char *verb_of(const struct mu_perm_info *info)
{
	static const char *const verbs[] = { ".read", ".write", ".delete" };
	const char *dot = info->module ? strchr(info->key, '.') : NULL;

	for (size_t i = 0; dot && i < MU_COUNT(verbs); i++) {
		const size_t n = strlen(verbs[i]);
		if (!strncmp(dot, verbs[i], n) && (!dot[n] || dot[n] == ':'))
			return dot;
	}
	return NULL;
}

static bool belongs(const struct mu_perm_info *info, const char *module)
{
	const char *verb = verb_of(info);
	const size_t n = strlen(module);

	return verb && (size_t)(verb - info->key) == n && !strncmp(info->key, module, n);
}

/* Whether the level gives the key itself; what is narrower comes with it. */
static bool gives(enum mu_level level, const struct mu_perm_info *info)
{
	const char *verb = verb_of(info);

	if (strchr(verb, ':'))
		return false;
	return level == MU_LEVEL_EDIT || (level == MU_LEVEL_VIEW && !strcmp(verb, ".read"));
}

enum mu_err mu_modules(const struct mu_workspace *ws, struct mu_arena *arena, struct mu_strs *ret_modules)
{
	struct mu_strs modules = { 0 };
	const struct mu_perm_info *info;
	enum mu_err err = MU_OK;

	for (int i = 0; !err && (info = mu_permission_info(ws, i)); i++) {
		char name[80];
		const char *verb = verb_of(info);
		if (!verb)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)(verb - info->key), info->key);
		if (!mu_strs_has(&modules, name))
			err = mu_strs_add(arena, &modules, name);
	}
	if (!err)
		*ret_modules = modules;
	return err;
}

/* What a level allows, as a set; and whether the module has keys at all, and keys that write or delete. */
static void level_perms(const struct mu_workspace *ws, const char *module, enum mu_level level,
			struct mu_perms *perms, bool *ret_there, bool *ret_edits)
{
	const struct mu_perm_info *info;

	*ret_there = *ret_edits = false;
	for (int i = 0; (info = mu_permission_info(ws, i)); i++) {
		if (!belongs(info, module))
			continue;
		*ret_there = true;
		*ret_edits = *ret_edits || gives(MU_LEVEL_EDIT, info) != gives(MU_LEVEL_VIEW, info);
		if (gives(level, info))
			mu_permission_add(ws, info->key, perms);
	}
}

static bool same_in_module(const struct mu_workspace *ws, const char *module, const struct mu_perms *a,
			   const struct mu_perms *b)
{
	const struct mu_perm_info *info;

	for (int i = 0; (info = mu_permission_info(ws, i)); i++)
		if (belongs(info, module) &&
		    mu_perms_has(a, (enum mu_perm)i) != mu_perms_has(b, (enum mu_perm)i))
			return false;
	return true;
}

enum mu_level mu_module_level(const struct mu_workspace *ws, const char *module, const struct mu_perms *perms)
{
	for (int level = MU_LEVEL_NONE; level < MU_LEVEL_CUSTOM; level++) {
		struct mu_perms want = { 0 };
		bool there, edits;
		level_perms(ws, module, (enum mu_level)level, &want, &there, &edits);
		if (same_in_module(ws, module, perms, &want))
			return (enum mu_level)level;
	}
	return MU_LEVEL_CUSTOM;
}

enum mu_err mu_module_set(const struct mu_workspace *ws, const char *module, enum mu_level level,
			  struct mu_arena *arena, struct mu_strs *keys, struct mu_fault *ret_fault)
{
	struct mu_strs changed = { 0 };
	struct mu_perms unused = { 0 };
	const struct mu_perm_info *info;
	enum mu_err err = MU_OK;
	bool there, edits;
	char field[48];

	snprintf(field, sizeof(field), "modules.%.38s", module);
	level_perms(ws, module, level, &unused, &there, &edits);
	if (!there)
		return mu_fail_field(ret_fault, field, "there is no such module");
	if (level == MU_LEVEL_CUSTOM || (level == MU_LEVEL_EDIT && !edits))
		return mu_fail_field(ret_fault, field, "must be none%s",
				     edits ? ", view or edit" : " or view");
	for (size_t i = 0; !err && i < keys->n; i++) {
		info = mu_permission_info(ws, (int)mu_permission_find(ws, keys->v[i]));
		if (!info || !belongs(info, module))
			err = mu_strs_add(arena, &changed, keys->v[i]);
	}
	for (int i = 0; !err && (info = mu_permission_info(ws, i)); i++)
		if (belongs(info, module) && gives(level, info))
			err = mu_strs_add(arena, &changed, info->key);
	if (!err)
		*keys = changed;
	return err;
}
