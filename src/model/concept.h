/* What the files of the concepts (user.c, role.c, …) share: how a row of the event table is written, who is
 * told, and how each concept is dumped. A concept's file holds its rows with all that belongs to them: what
 * their data looks like, how they change the state, the rules, the dump. Private to the model.
 * Thread: hub. */
#ifndef MUSTER_MODEL_CONCEPT_H
#define MUSTER_MODEL_CONCEPT_H

#include "muster/model/audience.h"
#include "muster/model/event.h"

#include <stdio.h>
#include <string.h>

#define EVENT(symbol, name_, shape_, apply_, audience_, subject_, ...)                                       \
	const struct mu_event_type symbol = { .name = (name_),                                               \
					      .shape = &(shape_),                                            \
					      .apply = (apply_),                                             \
					      .audience = (audience_),                                       \
					      .subject = (subject_),                                         \
					      __VA_ARGS__ }
#define ABOUT_IN(type, member) ((ptrdiff_t)offsetof(type, member))
#define ABOUT(type) ABOUT_IN(type, user)
#define ABOUT_NOBODY MU_NO_SUBJECT

/* Put an item into a table under its member `key`; `added` says whether there was memory for it. */
#define ADD_STR(table, item, key)                                                                            \
	do {                                                                                                 \
		HASH_ADD_KEYPTR(hh, table, (item)->key, strlen((item)->key), item);                          \
		added = (item)->hh.tbl != NULL;                                                              \
	} while (0)

extern const struct mu_shape id_shape; /* struct mu_id_data */

/* Audiences that several concepts share. */
typedef enum mu_err tell_whom(const struct mu_workspace *ws, const struct mu_event *event,
			      struct mu_arena *arena, struct mu_strs *topics);
tell_whom tell_everyone, tell_user, tell_user_and_viewers;

/* For events that another one in the audit log tells of already, or that are nobody's doing. */
const char *not_audited(const struct mu_workspace *ws, const struct mu_event *event);

/* A record in the arena, as `before` of a row gives it. */
const void *before_copy(struct mu_arena *arena, const void *record, size_t bytes);
#define before_record(arena, record) before_copy((arena), (record), sizeof(*(record)))

/* The events that rebuild one thing; see mu_workspace_dump. */
typedef enum mu_err dump_each(void *arg, const struct mu_event_type *type, const void *data,
			      int64_t at_ms); /* as in mu_workspace_dump */

enum mu_err dump_permission(const struct mu_workspace *ws, const struct mu_perm_info *info, dump_each *each,
			    void *arg);
enum mu_err dump_roles(const struct mu_workspace *ws, dump_each *each, void *arg);
enum mu_err dump_user(const struct mu_user *user, dump_each *each, void *arg);
enum mu_err dump_shown(const struct mu_user *user, dump_each *each, void *arg);
enum mu_err dump_load(const struct mu_user *user, dump_each *each, void *arg);
enum mu_err dump_second_factor(const struct mu_user *user, dump_each *each, void *arg);
enum mu_err dump_security(const struct mu_workspace *ws, dump_each *each, void *arg);
enum mu_err dump_tombstone(const struct mu_tombstone *tombstone, dump_each *each, void *arg);
enum mu_err dump_workspace(const struct mu_workspace *ws, dump_each *each, void *arg);
enum mu_err dump_team(const struct mu_workspace *ws, const struct mu_team *team, dump_each *each, void *arg);
enum mu_err dump_seats(const struct mu_workspace *ws, dump_each *each, void *arg);
enum mu_err dump_key(const struct mu_key *key, dump_each *each, void *arg);
enum mu_err dump_viewing(const struct mu_viewing *viewing, dump_each *each, void *arg);
enum mu_err dump_invite(const struct mu_invite *invite, dump_each *each, void *arg);
enum mu_err dump_conversation(const struct mu_conversation *conversation, dump_each *each, void *arg);
enum mu_err dump_revocation(const struct mu_revocation *revocation, dump_each *each, void *arg);

#endif
