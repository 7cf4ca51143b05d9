/* Every group of commands, one file each, and what they share. Private to the api. */
#ifndef MUSTER_API_COMMANDS_H
#define MUSTER_API_COMMANDS_H

#include "muster/api/api.h"
#include "muster/model/choice.h"
#include "muster/model/invite.h"
#include "muster/model/key.h"
#include "muster/model/login.h"
#include "muster/model/permission.h"
#include "muster/model/revocation.h"
#include "muster/model/role.h"
#include "muster/model/settings.h"
#include "muster/model/team.h"
#include "muster/model/user.h"
#include "muster/wire/codec.h"

#include <string.h>

/* Every command: the rows of the table are these, in this order. */
/* clang-format off */
#define COMMANDS(X) \
	X(session_open) \
	X(session_close) \
	X(session_refresh) \
	X(session_activity) \
	X(session_list) \
	X(session_revoke) \
	X(ticket_create) \
	X(auth_login) \
	X(auth_logout) \
	X(auth_password) \
	X(token_create) \
	X(presence_set) \
	X(presence_get) \
	X(presence_watch) \
	X(presence_force) \
	X(presence_history) \
	X(user_create) \
	X(user_get) \
	X(user_list) \
	X(user_update) \
	X(invite_create) \
	X(invite_list) \
	X(invite_resend) \
	X(invite_revoke) \
	X(invite_show) \
	X(invite_accept) \
	X(user_deactivate) \
	X(user_reactivate) \
	X(user_remove) \
	X(user_remove_many) \
	X(owner_transfer) \
	X(directory_sync) \
	X(seats_get) \
	X(seats_set) \
	X(role_assign) \
	X(role_create) \
	X(role_get) \
	X(role_list) \
	X(role_update) \
	X(role_delete) \
	X(role_packs) \
	X(role_load_pack) \
	X(permission_list) \
	X(permission_register) \
	X(permission_remove) \
	X(team_create) \
	X(team_get) \
	X(team_list) \
	X(team_update) \
	X(team_delete) \
	X(team_add) \
	X(team_remove) \
	X(conversation_put) \
	X(conversation_get) \
	X(conversation_list) \
	X(conversation_assign) \
	X(conversation_unassign) \
	X(conversation_take) \
	X(conversation_release) \
	X(conversation_accept) \
	X(conversation_decline) \
	X(conversation_resolve) \
	X(conversation_reopen) \
	X(conversation_pend) \
	X(conversation_snooze) \
	X(conversation_viewing) \
	X(conversation_typing) \
	X(capacity_set) \
	X(queue_list) \
	X(workspace_create) \
	X(workspace_get) \
	X(workspace_update) \
	X(key_create) \
	X(key_list) \
	X(key_revoke) \
	X(event_publish) \
	X(totp_get) \
	X(totp_enroll) \
	X(totp_confirm) \
	X(totp_disable) \
	X(totp_recovery) \
	X(totp_reset) \
	X(security_get) \
	X(security_update) \
	X(view_as_start) \
	X(view_as_stop) \
	X(audit_list) \
	X(dashboard_get)
/* clang-format on */

#define ROW(name) extern const struct mu_command cmd_##name;
COMMANDS(ROW)
#undef ROW

#define PARAMS(table_shape) .params = &(table_shape)

/* {"limit":…,"after":…} of lists. */
struct page_params {
	int64_t limit;
	char *after;
};
extern const struct mu_shape page_shape;

/* Conversations at a time, of who is made without saying. */
#define CAPACITY_DEFAULT 5

/* One user by id. */
struct user_params {
	char *user;
};
extern const struct mu_shape user_params_shape;

struct id_params {
	char *id;
};
extern const struct mu_shape id_params_shape;

/* A user by id. Errors: MU_NOT_FOUND. */
enum mu_err call_user(struct mu_call *call, const char *id, const struct mu_user **ret_user);
/* Whether business hours (NULL: none) make sense. Errors: MU_INVALID_PARAMS, MU_NO_MEMORY. */
enum mu_err check_schedule(struct mu_call *call, const struct mu_schedule_spec *spec);

/* Refuse a caller who is no person. */
enum mu_err need_user(struct mu_call *call);
/* The account under which a person who is signed in guesses at their own secrets: apart from signing in, so
 * that strangers can't keep anybody from them. NULL when memory is out. */
char *own_account(struct mu_call *call);
/* Whether the caller gave a user's password. */
bool password_right(const struct mu_call *call, const struct mu_user *user);
/* Use up a code of a user who has a second factor, or one of their recovery codes: emits the event for it.
 * *ret_right: whether it was one. Errors: MU_NO_MEMORY. */
enum mu_err use_code(struct mu_call *call, const struct mu_user *user, const char *code, bool *ret_right);
/* Sign a token with the workspace's own key, for identity's kind, subject, viewer and by_password: it goes to
 * call->secret, and reply_token writes {token,expires_at}. */
enum mu_err sign_token(struct mu_call *call, struct mu_identity *identity, int64_t ttl_ms);
void reply_token(struct mu_call *call, struct mu_buf *out);
/* Likewise of a token for call->subject, as signing in answers it. */
void reply_login(struct mu_call *call, struct mu_buf *out);

/* Write what others see of a record. */
void write_team(const struct mu_team *team, struct mu_buf *out);
void write_role(const struct mu_call *call, const struct mu_role *role, struct mu_buf *out);
void write_strs(const struct mu_strs *strs, struct mu_buf *out);
/* "schedule":… as a member of the record that has the hours. */
void write_hours(const struct mu_hours *hours, struct mu_buf *out);
/* "strategy":…,"settings":… likewise. */
void write_routing(const struct mu_inbox *inbox, struct mu_buf *out);

/* A table of the workspace as a list command shows it; the items are structs that begin with their hash
 * handle. */
struct listing {
	const void *first;
	const void *(*next)(const void *item); /* NULL: as the table's handles say */
	size_t id_offset;                      /* of the char * by which it is ordered and paged */
	bool (*visible)(const struct mu_call *call, const void *item); /* NULL: all */
	void (*write)(const struct mu_call *call, const void *item, struct mu_buf *out);
};

/* Write {"items":[…],"next":…}: in the order of ids, as the call's struct page_params say. */
void write_listing(struct mu_call *call, const struct listing *listing, struct mu_buf *out);

/* What is to be changed of a role, and of the permissions of those who hold it. */
enum mu_err emit_role_updated(struct mu_call *call, const struct mu_role *role,
			      const struct mu_role_data *data);
/* Let a person in or shut them out, unless it is so already; seats are not told of. */
enum mu_err emit_user_active(struct mu_call *call, const struct mu_user *user, bool active);
enum mu_err emit_user_removed(struct mu_call *call, const struct mu_user *user);

/* What the user holds goes back where it waits: all of it, for they are out, or a team's (not NULL), which
 * they leave. Before that is told. */
enum mu_err emit_leaving(struct mu_call *call, const struct mu_user *user, const char *team);
/* A team is gone, and its conversations are those of another one from now on; NULL: of none. */
enum mu_err emit_team_deleted(struct mu_call *call, const struct mu_team *team, const char *move_to);
/* What is to be changed of a person's record. */
enum mu_err emit_user_updated(struct mu_call *call, const struct mu_user *user,
			      const struct mu_user_data *data);

/* Other roles for a user, and the permissions that follow from them; whether they may have them was asked
 * before. */
enum mu_err emit_roles(struct mu_call *call, const struct mu_user *user, const struct mu_strs *roles);

/* The differences between the teams that a user is in and those that they are to be in; all of them exist. */
enum mu_err emit_memberships(struct mu_call *call, const struct mu_user *user, const struct mu_strs *teams);

/* Whether two texts are the same; either may be NULL. */
bool same_text(const char *a, const char *b);
/* Whether two lists hold the same texts, in whatever order. */
bool same_set(const struct mu_strs *a, const struct mu_strs *b);

/* Tell who manages people that so many more (or fewer) seats are taken once the call's events are applied. */
enum mu_err emit_seats(struct mu_call *call, int64_t more);

/* Give a new API key its secret: the digest into the key, the text into call->secret. Errors: MU_NO_MEMORY.
 */
enum mu_err call_make_api_key(struct mu_call *call, const char *workspace, struct mu_key_data *key);
/* Mails that commands send: one row each in mail.c. */
enum mail_kind { MAIL_INVITE, MAIL_WELCOME };

/* What stands for {word} in a mail; NULL: nothing. */
struct mail_words {
	const char *name;  /* of whom it goes to */
	const char *email; /* likewise */
	const char *link;
	int64_t until_ms; /* the link is good */
};

/* Have the call send a mail, unless this hub sends none. Errors: MU_NO_MEMORY. */
enum mu_err call_mail(struct mu_call *call, enum mail_kind kind, const struct mail_words *words);
/* Whether this hub sends mail. */
bool call_mails(const struct mu_call *call);
/* Where people find the console, without a slash at its end; empty if the hub doesn't know: whoever shows a
 * link puts their own address before it. Lives in the arena. NULL when memory is out. */
char *call_public_url(struct mu_call *call);

/* Put levels of modules, a JSON object such as {"contacts":"view"}, into a list of permission keys.
 * Errors: MU_INVALID_PARAMS (names the module under modules.…), MU_NO_MEMORY. */
enum mu_err set_levels(struct mu_call *call, const char *levels, struct mu_strs *keys);

/* For commands that only read: there is nothing to decide. */
enum mu_err run_nothing(struct mu_call *call);

/* reply functions that several commands share; they write about call->subject */
void reply_user(struct mu_call *call, struct mu_buf *out);
void reply_outcome(struct mu_call *call, struct mu_buf *out); /* call->outcome as it is */
void reply_team(struct mu_call *call, struct mu_buf *out);

#endif
