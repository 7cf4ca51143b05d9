/* Scopes: whose presence somebody asks for, and what that comes down to for them; see scope.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_SCOPE_H
#define MUSTER_HUB_SCOPE_H

#include "muster/api/api.h"
#include "muster/wire/json.h"

enum view_kind { VIEW_ALL, VIEW_TEAMS, VIEW_USERS };

/* The people that somebody may and wants to see. */
struct scope {
	bool nobody; /* the rest counts for nothing */
	bool counts; /* numbers only */
	enum view_kind kind;
	struct mu_strs names; /* teams or users; sorted, each once; texts are the arena's */
};

/* What `asked` (NULL: all) comes down to for an actor, as rights and teams are now.
 * Errors: MU_NOT_FOUND (a team that they can't see), MU_INVALID_PARAMS, MU_NO_MEMORY. */
MU_MUST enum mu_err scope_parse(const struct mu_workspace *ws, const struct mu_actor *actor,
				const json_t *asked, struct mu_arena *arena, struct scope *ret_scope,
				struct mu_fault *ret_fault);
/* The same for scopes of the same people and kind, whoever asked in whatever words; the caller's to free.
 * NULL when memory is out. */
char *scope_key(const struct scope *scope);
/* Whether a text is in names that are sorted. */
bool scope_has(const struct mu_strs *names, const char *text);
/* Whether somebody's teams and these, which are sorted, have one in common. */
bool scope_shares_team(const struct mu_strs *theirs, const struct mu_strs *teams);

#endif
