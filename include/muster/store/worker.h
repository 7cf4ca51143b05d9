/* The store's threads: they take jobs from the hub's queues and send them back. One thread writes: it puts
 * all appends that wait into one transaction (group commit). Under load the batches grow and the disk syncs
 * per event shrink; nothing waits on a timer. Two others only read, each with a handle of its own, so that
 * neither a long look into the log nor the rebuilding of a workspace for its snapshot holds a commit up, or
 * each the other. A store that has no readers (memory:) does everything in the one thread.
 *
 * What the jobs see: a reading job sees everything that came back before it was submitted, a LOAD also
 * everything that was submitted before it. Jobs of one thread are done, and come back, in the order in which
 * they were submitted; only a SNAPSHOT, which may take long, lets others pass. APPEND, CREATE, FOLLOW,
 * SNAPSHOT, LIST, ENTER and FENCE are the writing thread's, so an ENTER stands between two epochs: what was
 * submitted before it is answered by the older one. Once an epoch is over every APPEND, CREATE and SNAPSHOT
 * comes back with MU_FENCED, without asking the database, until an ENTER has come back with MU_OK; what is
 * read is read as ever. On a lost lease: submit nothing more that writes, submit ENTER, and when it is back
 * LOAD what there is.
 *
 * Thread: submit from the hub's thread; `done` is called in the store's and only hands the job over to a
 * queue. */
#ifndef MUSTER_STORE_WORKER_H
#define MUSTER_STORE_WORKER_H

#include "muster/base/metrics.h"
#include "muster/base/queue.h"
#include "muster/store/store.h"

#include <stdatomic.h>

enum mu_job_kind {
	MU_JOB_APPEND,   /* append.* */
	MU_JOB_CREATE,   /* create a workspace's log */
	MU_JOB_LOAD,     /* head, newest snapshot and all events after it */
	MU_JOB_READ,     /* events after a sequence */
	MU_JOB_FOLLOW,   /* the same, for who keeps up with the log */
	MU_JOB_REBUILD,  /* as LOAD, but nobody waits for it */
	MU_JOB_SNAPSHOT, /* keep a snapshot */
	MU_JOB_LIST,     /* all workspaces, and how far their logs go; MU_FENCED says that besides */
	MU_JOB_AUDIT,    /* a page of the audit log */
	MU_JOB_HISTORY,  /* what happened to people */
	MU_JOB_ENTER,    /* become a node: mu_store_enter */
	MU_JOB_FENCE,    /* end an epoch of a node: mu_store_fence */
};

/* A workspace, and how far its log goes. */
struct mu_news {
	const char *workspace;
	int64_t seq;
};

/* A job belongs to the worker from submit until done; all texts in it are the job's own (in `arena`). */
struct mu_job {
	struct mu_msg msg;
	enum mu_job_kind kind;
	void *owner;           /* the submitter's own */
	enum mu_err err;       /* out */
	struct mu_fault fault; /* out, when err is not MU_OK */
	struct mu_arena arena;
	char *workspace;
	struct mu_append append; /* APPEND: rows are in `arena`; the workspace is the job's */
	/* READ, FOLLOW. LOAD: if not 0 the submitter knows the log up to here, and wants what follows even if
	 * the snapshot covers it, unless that is trimmed or more than `limit`. */
	int64_t after_seq;
	int64_t limit; /* READ, FOLLOW, HISTORY: rows at most */
	/* READ, FOLLOW: of the rows together; the one that goes beyond is left out, unless a FOLLOW had none.
	 */
	size_t limit_bytes;
	bool cut;                    /* READ, FOLLOW: out; some were left out */
	size_t bytes;                /* of the rows so far */
	struct mu_audit_query audit; /* AUDIT; its texts are in `arena` */
	/* HISTORY: queries are in `arena`, their limits count for nothing; the rest is out. */
	struct mu_history_reading history;
	int64_t snapshot_seq; /* SNAPSHOT: in; LOAD: out */
	char *snapshot;       /* SNAPSHOT: in; LOAD: out, or NULL; from malloc, the job's own */
	struct mu_head head;  /* out: LOAD (seq is that of the last row given), READ, FOLLOW, and an APPEND
				 that met MU_CONFLICT */
	struct mu_row *rows;  /* out: LOAD, READ, FOLLOW, AUDIT, HISTORY */
	size_t n_rows;
	struct mu_news *news; /* out: LIST */
	size_t n_news;
	char *node;    /* ENTER, FENCE: in `arena` */
	int64_t epoch; /* ENTER: out; FENCE: in */
	/* LOAD and REBUILD, or NULL: makes something of what was read, in the reading thread, so that the
	 * submitter's doesn't stand still over a long log. An error is the job's. */
	enum mu_err (*make)(const struct mu_job *job, void **ret_made, struct mu_fault *ret_fault);
	int64_t make_ms;         /* make's own */
	const atomic_bool *halt; /* make's own: set once nobody wants what it makes; or NULL */
	void *made;              /* out: whoever takes it sets NULL; what nobody took goes by unmake */
	void (*unmake)(void *made);
	int64_t submitted_us; /* set by submit, for the metrics */
};

struct mu_worker;

/* A zeroed job with an empty arena, and its end. NULL when memory is out; destroy accepts NULL. */
struct mu_job *mu_job_create(enum mu_job_kind kind, const char *workspace);
void mu_job_destroy(struct mu_job *job);

/* Whether it only looks at the store, in a thread that reads. */
bool mu_job_reads(const struct mu_job *job);

/* Start the threads on a store, which is the worker's until destroy. `done` gets every submitted job back
 * exactly once.
 * Errors: MU_NO_MEMORY, MU_INTERNAL (no thread); the store is then still the caller's. */
MU_MUST enum mu_err mu_worker_create(struct mu_store *store, struct mu_metrics *metrics,
				     size_t max_batch_events, void (*done)(void *arg, struct mu_job *job),
				     void *arg, struct mu_worker **ret_worker);

void mu_worker_submit(struct mu_worker *worker, struct mu_job *job);

/* Finish what was submitted (each comes back by done), stop the threads and close the store. Accepts NULL. */
void mu_worker_destroy(struct mu_worker *worker);

#endif
