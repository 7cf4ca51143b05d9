/* What the commands about conversations share; see conversation.c.
 * Thread: hub. */
#ifndef MUSTER_API_CONVERSATION_H
#define MUSTER_API_CONVERSATION_H

#include "commands.h"
#include "muster/model/routing.h"

/* Of commands about one conversation; each takes some of it. */
struct conversation_params {
	char *id;
	int64_t if_version;
	bool force;
	int64_t until;
};
#define CONVERSATION_ID_FIELD                                                                                \
	MU_FIELD(struct conversation_params, id, MU_ID, MU_REQUIRED, .help = "Id of the conversation")
#define IF_VERSION_FIELD(type)                                                                               \
	MU_FIELD(type, if_version, MU_INT, 0, .min = 1, .max = -1,                                           \
		 .help = "Only if this is still its version")
#define FORCE_FIELD(type)                                                                                    \
	MU_FIELD(type, force, MU_BOOL, 0, .help = "Also over the person's limit; needs capacity.manage")

extern const struct mu_shape conversation_id_shape;      /* struct conversation_params: id */
extern const struct mu_shape conversation_version_shape; /* id, if_version */

/* The conversation, if the caller sees it and it still has that version (0: any); it is what
 * reply_conversation writes about. Errors: MU_NOT_FOUND, MU_CONFLICT. */
enum mu_err find_conversation(struct mu_call *call, const char *id, int64_t if_version,
			      const struct mu_conversation **ret_conversation);
/* Whether the caller may see it. */
bool sees_conversation(const struct mu_call *call, const struct mu_conversation *conversation);

/* Refuse with MU_CONFLICT, or with what a rule found, and the conversation as it is. */
__attribute__((format(printf, 3, 4))) enum mu_err
refuse_conversation(struct mu_call *call, const struct mu_conversation *at, const char *format, ...);
/* Unless the user has room for it, or the caller goes over the limit by right. Errors: MU_CONFLICT with the
 * present state. */
enum mu_err check_room(struct mu_call *call, const struct mu_conversation *conversation,
		       const struct mu_conversation_record *record, const struct mu_user *user, bool force);

/* Emit a move, if it is one: err is what making it said. `at` (may be NULL) becomes the record that it leads
 * to. */
enum mu_err emit_move(struct mu_call *call, enum mu_err err, const struct mu_move *move,
		      struct mu_conversation_record *at);

/* Its status is that from now on, as by the command of the same name; `at`: as for emit_move. */
enum mu_err set_conversation_status(struct mu_call *call, int status, struct mu_conversation_record *at);

/* Open it again, with its assignee if they can take it now; `at`: as for emit_move. */
enum mu_err reopen_conversation(struct mu_call *call, struct mu_conversation_record *at);

void reply_conversation(struct mu_call *call, struct mu_buf *out);

#endif
