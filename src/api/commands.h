/* Every group of commands, one file each, and what they share. Private to the api. */
#ifndef MUSTER_API_COMMANDS_H
#define MUSTER_API_COMMANDS_H

#include "muster/api/api.h"
#include "muster/model/rules.h"
#include "muster/wire/codec.h"

#include <string.h>

extern const struct mu_command cmd_session_open, cmd_session_close, cmd_session_refresh, cmd_session_activity,
	cmd_session_list, cmd_session_revoke, cmd_ticket_create, cmd_auth_login, cmd_auth_logout,
	cmd_auth_password, cmd_token_create, cmd_presence_set, cmd_presence_get, cmd_presence_watch,
	cmd_presence_force, cmd_user_create, cmd_user_get, cmd_user_list, cmd_user_update, cmd_role_assign,
	cmd_role_list, cmd_permission_list, cmd_team_create, cmd_team_get, cmd_team_list, cmd_team_update,
	cmd_team_delete, cmd_team_add, cmd_team_remove, cmd_workspace_create, cmd_workspace_get,
	cmd_workspace_update, cmd_key_create, cmd_key_list, cmd_key_revoke, cmd_event_publish;

#define PARAMS(table_shape) .params = &(table_shape)

/* {"limit":…,"after":…} of lists. */
struct page_params {
	int64_t limit;
	char *after;
};
extern const struct mu_shape page_shape;

/* One user by id. */
struct user_params {
	char *user;
};
extern const struct mu_shape user_params_shape;

struct id_params {
	char *id;
};
extern const struct mu_shape id_params_shape;

/* The user that params name (they start with struct user_params), or a fault that a foreign and a missing one
 * share. */
enum mu_err call_user(struct mu_call *call, const char *id, const struct mu_user **ret_user);

/* Write what others see of a record. */
void write_team(const struct mu_team *team, struct mu_buf *out);
void write_role(const struct mu_role *role, struct mu_buf *out);
void write_strs(const struct mu_strs *strs, struct mu_buf *out);

/* A table of the workspace as a list command shows it; the items are structs that begin with their hash
 * handle. */
struct listing {
	const void *first;
	size_t id_offset; /* of the char * by which it is ordered and paged */
	bool (*visible)(const struct mu_call *call, const void *item); /* NULL: all */
	void (*write)(const struct mu_call *call, const void *item, struct mu_buf *out);
};

/* Write {"items":[…],"next":…}: in the order of ids, as the call's struct page_params say. */
void write_listing(struct mu_call *call, const struct listing *listing, struct mu_buf *out);

/* For commands that only read: there is nothing to decide. */
enum mu_err run_nothing(struct mu_call *call);

/* reply functions that several commands share; they write about call->subject */
void reply_user(struct mu_call *call, struct mu_buf *out);
void reply_team(struct mu_call *call, struct mu_buf *out);

#endif
