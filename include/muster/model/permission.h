/* Permissions as a workspace knows them: the catalogue (auth/perm.h), and after it the keys that its platform
 * has registered for modules of its own. A registered key is <module>.read, <module>.write or
 * <module>.delete, the module being of a-z and _; write includes read once both are registered.
 *
 * Bits of registered keys follow the catalogue's and are handed out anew when one is removed: nobody keeps a
 * bit or a set across events. The log and clients know keys only.
 * Thread: hub; rules answer MU_OK or a fault that says what to do, and change nothing. */
#ifndef MUSTER_MODEL_PERMISSION_H
#define MUSTER_MODEL_PERMISSION_H

#include "muster/base/fault.h"
#include "muster/model/event.h"

#define MU_OWN_PERMS_MAX 128 /* registered keys of one workspace */

struct mu_permission_data {
	char *key, *help;
	char *api_key; /* registered: the API key that holds it from now on, or NULL */
};

/* Row i of the catalogue or of the registered keys after it; NULL past the end. */
const struct mu_perm_info *mu_permission_info(const struct mu_workspace *ws, int i);
/* The permission of a key, or MU_PERM_NONE. */
enum mu_perm mu_permission_find(const struct mu_workspace *ws, const char *key);
/* Add what a key allows, with everything narrower; an unknown key allows nothing. */
void mu_permission_add(const struct mu_workspace *ws, const char *key, struct mu_perms *perms);
/* Append the keys of a set, in catalogue order. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err mu_permission_keys(const struct mu_workspace *ws, const struct mu_perms *perms,
				       struct mu_arena *arena, struct mu_strs *keys);

/* A key may be registered: well formed, its module not one of Muster's own words, not there already, room for
 * it. Errors: MU_INVALID_PARAMS, MU_CONFLICT. */
MU_MUST enum mu_err mu_rule_permission_register(const struct mu_workspace *ws, const char *key,
						struct mu_fault *ret_fault);
/* A registered key may go: the granter holds it and no role but the owner's does. Errors: MU_NOT_FOUND,
 * MU_FORBIDDEN, MU_CONFLICT. */
MU_MUST enum mu_err mu_rule_permission_remove(const struct mu_workspace *ws, const struct mu_perms *granter,
					      const char *key, struct mu_fault *ret_fault);

extern const struct mu_event_type mu_permission_registered, mu_permission_removed;

/* ---- levels ----
 *
 * A short way to say what a role may in one of the platform's modules:
 *
 *   none   no key of the module
 *   view   <module>.read
 *   edit   <module>.read, .write and .delete, as far as the module has them
 *
 * A set that fits none of these (say, read and delete, or only contacts.read:own) is shown as `custom`, which
 * can't be asked for. Keys such as templates.use are no part of a level. A module that can only be read has
 * no level edit. */

enum mu_level { MU_LEVEL_NONE, MU_LEVEL_VIEW, MU_LEVEL_EDIT, MU_LEVEL_CUSTOM };
extern const char *const mu_level_names[]; /* NULL-terminated */

/* Modules in catalogue order. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err mu_modules(const struct mu_workspace *ws, struct mu_arena *arena,
			       struct mu_strs *ret_modules);
/* The level of a module in a set. */
enum mu_level mu_module_level(const struct mu_workspace *ws, const char *module,
			      const struct mu_perms *perms);
/* Put a level into a list of keys: the module's keys go, those of the level come. `field` names the parameter
 * in the fault. Errors: MU_INVALID_PARAMS (no such module, or it has no such level), MU_NO_MEMORY. */
MU_MUST enum mu_err mu_module_set(const struct mu_workspace *ws, const char *module, enum mu_level level,
				  struct mu_arena *arena, struct mu_strs *keys, struct mu_fault *ret_fault);

#endif
