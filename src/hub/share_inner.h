/* What the files of share.h have in common: what nodes tell each other of their sessions, and what they keep
 * of it. Private to them. Thread: hub. */
#ifndef MUSTER_HUB_SHARE_INNER_H
#define MUSTER_HUB_SHARE_INNER_H

#include "cluster.h"
#include "share.h"
#include "viewers.h"
#include "muster/base/buf.h"
#include "muster/base/hash.h"
#include "muster/base/row.h"

/* ---- words ---- */

struct share_act {
	int64_t key;
	int activity;
};

struct share_view {
	int64_t key;
	char *conversation;
	bool on, typing;
};

struct share_down {
	int64_t key;
	int leave;
};

/* here: what changed in the sessions of a node, from one version to the next one; without a change, which is
 * the version that holds. */
struct share_here {
	char *run;
	int64_t from, v, at;
	struct mu_records up, act, look, down;
};

/* here.all: all of them, in parts. */
struct share_all {
	char *run;
	int64_t v, at, part;
	bool last;
	struct mu_records up;
};

/* here.ask: what the one who asks knows of each node; what is known is not told again. */
struct share_known {
	char *node, *run;
	int64_t v;
};

struct share_ask {
	struct mu_records know;
};

extern const struct mu_shape share_session_shape, share_act_shape, share_view_shape, share_down_shape,
	share_known_shape, share_here_shape, share_all_shape, share_ask_shape;

/* ---- what is kept ---- */

/* A session of another node. */
struct remote {
	UT_hash_handle hh;          /* in the mirror, by key */
	struct remote *next, *prev; /* of the person, or among the strangers */
	struct mirror *mirror;
	struct mu_person *person; /* NULL: not known here, so not in the engine */
	uint64_t engine_key;
	uint32_t mark; /* of the last whole that named it */
	struct looker looker;
	char *texts; /* what info borrows */
	struct share_session info;
};

/* What another node has told of its sessions. */
struct mirror {
	UT_hash_handle hh; /* in the share, by node */
	struct room *room;
	struct remote *remotes;
	char run[MU_ID_MAX + 1];
	int64_t version; /* of what is here; -1: unknown */
	bool behind;     /* there is more than that: it was asked for */
	bool by_log;     /* it was first heard of while the bus was away: nobody watches whether it lives */
	int64_t part;    /* of a whole that comes in parts, the next one */
	int64_t whole;   /* its version; -1: none comes */
	uint32_t mark;
	char node[];
};

struct share {
	struct room *room;
	char run[MU_ID_TEXT];              /* makes versions of this node differ from those before */
	int64_t version;                   /* of what was said */
	bool changed;                      /* since then */
	bool unsaid;                       /* not all of that can be told */
	bool asked;                        /* others want to know all */
	bool unheard;                      /* the version that holds didn't go out */
	int64_t said_mono_ms;              /* when a version last went out over the bus */
	struct mu_buf up, act, look, down; /* what changed, one JSON object after the other */
	struct mirror *mirrors;
	bool missed;              /* what a node said that has no mirror: all are to be asked */
	struct remote *strangers; /* sessions of people who aren't known here */
	struct mu_timer timer;    /* for those that are behind, and for a version that is unheard */
	bool reached;             /* the bus has reached the others, if there are any, at least once */
	bool called;              /* another node spoke through the log */
	bool asking;              /* others are to be asked through the log */
	struct mu_buf row;        /* the last version said through the log, until that is durable */
	unsigned added;           /* words that are in batches that may become so, a bit each */
	struct mu_timer log_timer;
	int64_t log_from_mono_ms; /* nothing is said through the log before */
};

/* ---- through the log; see share_log.c ---- */

void share_log_init(struct share *share);
void share_log_finish(struct share *share);
/* Whether what the others are to know goes through the log now. */
bool share_by_log(const struct room *room);
/* The bus reaches the others, or no more. */
void share_log_reach(struct room *room, bool reaches);
/* The end of a turn: whether it is time to say something through the log; what changed, and what is to be
 * asked, is said then. */
bool share_log_flush(struct room *room);

/* ---- what is said ---- */

/* Say it the way that there is. False: it didn't go out. */
bool share_say(struct room *room, enum cluster_word word, const char *json, size_t bytes);
/* Make the next version of what changed, which is forgotten. */
void share_write_next(struct room *room, struct mu_buf *out);
/* Say which version holds. */
void share_say_version(struct room *room);
/* Look in a while whether it has to be said again, or asked. */
void share_again(struct room *room);
/* Ask all others for what isn't known of their sessions; at once. */
void share_ask(struct room *room);
void share_ask_now(struct room *room);
/* Let go of those of whom only the log told. */
void share_drop_unwatched(struct room *room);
/* A share's timer. */
void share_due(struct mu_timer *timer, int64_t now_ms);
/* The room ends. */
void mirror_free(struct mirror *mirror);

#endif
