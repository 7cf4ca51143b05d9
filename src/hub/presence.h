/* Presence of a room: the engine's people and the tick; see presence.c.
 *
 * What watchers are told of presence doesn't wait for the log. A choice is durable before anybody sees it;
 * the line that notes a transition (presence.changed) is not, because waiting for it would make a choice cost
 * two commits one after the other, freeze presence while a disk stalls, and leave whoever opens a session out
 * of their own first snapshot. A hub that is killed in between has forgotten the last commit's transitions:
 * who had just come is shown as offline until their client is back, as all clients then have to be. Thread:
 * hub. */
#ifndef MUSTER_HUB_PRESENCE_H
#define MUSTER_HUB_PRESENCE_H

#include "muster/base/buf.h"
#include "muster/base/mem.h"
#include "muster/model/presence.h"

struct mu_presence_changed;
struct remote;
struct room;
struct session;

/* A person of the presence engine, as the hub looks after them (mu_person.owner). */
struct member {
	struct mu_person *person;
	struct session *sessions; /* of this node */
	struct remote *remotes;   /* sessions of other nodes; see share.h */
	struct mu_strs teams;     /* as they were when the person was last looked at */
	char *json;               /* PRESENCE as last sent; NULL: to be made */
	bool unseen;  /* some may see the person who didn't before: the next difference has them, news or not
		       */
	bool ours;    /* the last session that came, went or stirred was of this node, or its node is gone */
	bool unnoted; /* in room->unnoted; see presence_note.c */
	int64_t note_mono_ms; /* when to note it */
	struct member *prev_unnoted, *next_unnoted;
};

void member_free(struct member *member); /* accepts NULL */

/* Bring the engine in step with a workspace that was just read. Errors: MU_NO_MEMORY. */
enum mu_err presence_start(struct room *room);
/* One person was added, changed or removed. */
void presence_sync_user(struct room *room, const char *user);
/* A person was deactivated or removed, even if there is somebody of this id again by now: their sessions end,
 * and nobody sees them. */
void presence_drop_user(struct room *room, const char *user);
/* More people may see a person than before: show them with the next difference. */
void presence_show(struct room *room, const char *user);
/* What is shown of a person beside their presence has changed, such as their load. */
void presence_touch(struct room *room, const char *user);
/* Times, statuses, business hours or which teams there are may have changed. */
void presence_settings(struct room *room);
/* Other business hours count than before: wake up when the next of them open or close. */
void presence_arm_schedule(struct room *room);
/* Make presence true for now, and send what changed if the tick allows. */
void presence_flush(struct room *room);

/* ---- the log's notes of presence; see presence_note.c ---- */

/* The person was told of, or may have been noted otherwise: see whether a note is due. `doubted`: somebody
 * else noted what isn't seen here. */
void note_check(struct room *room, struct mu_person *person, bool doubted);
void note_check_all(struct room *room);
/* A note is durable, whoever wrote it. */
void note_heard(struct room *room, const struct mu_presence_changed *data);
/* The other nodes hear us and we them. */
void note_reach(struct room *room);
void note_forget(struct room *room, struct member *member);
/* Note what is due; when to look again (monotonic), or INT64_MAX. */
int64_t notes_flush(struct room *room);
/* How long this node leaves it to the others to write what all of them see of a person. */
int64_t note_turn_ms(const struct room *room, const struct member *member);

/* ---- records; see presence_look.c ---- */

/* PRESENCE as last sent; NULL when memory is out. */
const char *presence_json(struct room *room, struct mu_person *person);
/* Encode PRESENCE anew; whether there is news in it for others. */
bool presence_renew(struct room *room, struct mu_person *person);
/* The person's status as others see it, or as oneself does. */
const char *presence_status(const struct mu_person *person, bool own);
/* {"status":…,"note":…,"until":…}: what the person chose, which is for nobody else's eyes. */
void presence_write_choice(const struct mu_person *person, struct mu_buf *out);
/* PRESENCE as others see it, or as oneself does: with what was chosen. */
void presence_write(struct room *room, const struct mu_person *person, bool own, struct mu_buf *out);

#endif
