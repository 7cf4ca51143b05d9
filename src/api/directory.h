/* What a sync of the directory does with single rows; see directory.c.
 * Thread: hub. */
#ifndef MUSTER_API_DIRECTORY_H
#define MUSTER_API_DIRECTORY_H

#include "commands.h"

struct sync {
	struct mu_call *call;
	struct mu_workspace *copy; /* the workspace as it will be: the call looks at this one meanwhile */
	struct mu_event *played;   /* the last event that was played on it */
	bool remove_missing;
	struct mu_buf bad; /* rows that don't fit, as JSON */
	size_t n_bad;
};

struct listed {
	UT_hash_handle hh;
	const char *id;
};

/* The roles, teams or people as they are to be. */
struct list {
	const char *word; /* how a row is called */
	size_t max;
	const struct mu_shape *shape;
	/* Emit what makes it so. Errors: those of rules, for which nothing was emitted; MU_NO_MEMORY,
	 * MU_INTERNAL. */
	enum mu_err (*put)(struct sync *sync, struct list *list, const void *row, struct mu_fault *fault);
	const json_t *rows; /* NULL: not given */
	bool again;         /* they are put a second time */
	struct listed *ids;
	size_t created, updated, removed;
};

extern const struct mu_shape sync_role_shape, sync_team_shape, sync_user_shape;

enum mu_err sync_put_role(struct sync *sync, struct list *list, const void *row, struct mu_fault *fault);
enum mu_err sync_put_team(struct sync *sync, struct list *list, const void *row, struct mu_fault *fault);
/* Once the people are there. */
enum mu_err sync_put_lead(struct sync *sync, struct list *list, const void *row, struct mu_fault *fault);
enum mu_err sync_put_user(struct sync *sync, struct list *list, const void *row, struct mu_fault *fault);

/* Remove what no row names. Errors: MU_NO_MEMORY, MU_INTERNAL; what can't go is noted. */
enum mu_err sync_drop_roles(struct sync *sync, struct list *list);
enum mu_err sync_drop_teams(struct sync *sync, struct list *list);
enum mu_err sync_drop_users(struct sync *sync, struct list *list);

/* Play on the copy what was emitted since. */
enum mu_err sync_play(struct sync *sync);
bool sync_lists(const struct list *list, const char *id);
/* After a try to remove something that no row names: play it, or note why it can't go. */
enum mu_err sync_dropped(struct sync *sync, struct list *list, const char *id, enum mu_err err,
			 const struct mu_fault *fault);

#endif
