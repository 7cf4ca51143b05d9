/* The log: one append-only sequence of events per workspace, and snapshots that make starting fast. Truth
 * lives here.
 *
 * Invariants:
 * - An append is all or nothing and durable when it returns MU_OK.
 * - It is a compare-and-set: it only succeeds if the workspace's last sequence is the one the caller expects.
 * - Sequences of a workspace are 1, 2, 3, … without gaps.
 * - Each row carries a hash over its predecessor's hash, its own fields and the digest of its content (not
 * the content itself, so that a removed person's data can be erased and the chain still verifies). See
 * mu_store_chain.
 *
 * The audit log is a view of the same rows: those that have an action, by who did it, whom it concerns and
 * when (mu_store_audit). What happened to a person is found by whom a row is about (mu_store_history).
 *
 * Who writes is a node, and of a node only its newest epoch. Several nodes share one database; one that the
 * others take for dead may only be paused, and would go on writing when it wakes. So:
 * 1. A process that is a node enters (mu_store_enter) before it writes: it is the node's next epoch, larger
 *    than every one before. All older epochs of that node are over from then on.
 * 2. Another node that takes over from it ends its epoch (mu_store_fence). When that has returned MU_OK no
 *    write of that epoch can become true any more, however late it arrives; what was written before is there
 *    to be read.
 * 3. Every call that writes (create, append, snapshot_put, trim, erase) on a store whose epoch is over is
 *    refused as a whole with MU_FENCED, forever; reading goes on. A lost connection ends no epoch.
 * 4. The node may enter again, as a new epoch. It reads every log anew first: others went on.
 * A store that hasn't entered writes as a node of its own that nobody knows: right for tools and tests.
 *
 * A back-end is one file that ends in one struct mu_store_ops (store/backend.h). Calls block on the disk:
 * they are made by the store thread (store/worker.h) or by a command line tool, never by the hub or an edge.
 * Thread: a store belongs to one thread at a time. */
#ifndef MUSTER_STORE_STORE_H
#define MUSTER_STORE_STORE_H

#include "muster/base/fault.h"
#include "muster/base/hash.h"
#include "muster/base/mem.h"
#include "muster/base/row.h"

#define MU_PAYLOAD_MAX (1 << 20)

/* One workspace's part of a group commit. */
struct mu_append {
	const char *workspace;
	int64_t expected_seq; /* the last sequence the caller knows; rows[0].seq is the next one */
	const struct mu_row *rows;
	size_t n;
	enum mu_err err; /* out: MU_OK; MU_CONFLICT (another was first: read on from expected_seq);
			  * MU_NOT_FOUND (no such workspace); MU_TOO_LARGE (a payload); MU_INVALID_PARAMS (a
			  * text is NULL, or sequences that don't follow expected_seq) */
};

struct mu_head {
	int64_t epoch;     /* changes when a log is restored from a copy, so that old cursors are refused */
	int64_t first_seq; /* oldest sequence still there; seq + 1 when none is */
	int64_t seq;       /* last one; 0: none */
};

struct mu_store;

/* Open what a URL names: "sqlite:PATH" (made if missing), "postgres://USER@HOST/DATABASE" (the tables are
 * made, the database isn't) or "memory:". *ret_store is the caller's. Errors: MU_INVALID_PARAMS (URL),
 * MU_UNAVAILABLE (the fault says which file or server, why, and what to do), MU_NO_MEMORY. */
MU_MUST enum mu_err mu_store_open(const char *url, struct mu_store **ret_store, struct mu_fault *ret_fault);
void mu_store_close(struct mu_store *store); /* accepts NULL */

/* Open a second handle on what an open store has, for another thread, to be closed before the store is. It
 * reads only: list, head, read, snapshot_get, audit, history and verify. It sees what was durable before the
 * call. May be called in any thread; only if the back-end has readers.
 * Errors: as mu_store_open. */
bool mu_store_has_readers(const struct mu_store *store);
MU_MUST enum mu_err mu_store_reader(const struct mu_store *store, struct mu_store **ret_reader,
				    struct mu_fault *ret_fault);

/* Have `pause` called, in the caller's thread, between the parts of a call that takes long, which is
 * snapshot_put: it may make other calls in between. NULL: nothing is called. */
void mu_store_on_pause(struct mu_store *store, void (*pause)(void *arg), void *arg);

/* The sentence of the last call that answered MU_UNAVAILABLE (which file and why) or MU_FENCED. Valid until
 * the next call.
 */
const struct mu_fault *mu_store_fault(const struct mu_store *store);

/* Become a node: from now on this store writes as the node's newest epoch, which *ret_epoch names (1 or
 * larger). The epochs before are over, also this store's own; a connection that one of them still has to a
 * server is ended. So are the epochs of nodes that a server hasn't had a connection of for 30 days.
 * Errors: MU_INVALID_PARAMS (no id, see mu_id_valid), MU_UNAVAILABLE (this store's epoch may be over or not;
 * enter again). */
MU_MUST enum mu_err mu_store_enter(struct mu_store *store, const char *node, int64_t *ret_epoch);

/* End an epoch of a node: it writes nothing from now on. MU_OK too, and nothing changes, if it is over
 * already or never was; a newer epoch of the node stays. Any store may do it, it needn't have entered.
 * Errors: MU_UNAVAILABLE (whether it is over isn't known; fence again). */
MU_MUST enum mu_err mu_store_fence(struct mu_store *store, const char *node, int64_t epoch);

/* MU_FENCED when this store has learned that its epoch is over, which it does at the latest with the first
 * call that writes, or that connects to a server again. Asks nobody. */
MU_MUST enum mu_err mu_store_seat(struct mu_store *store);

/* Make a workspace's empty log. Errors: MU_CONFLICT if it exists, MU_FENCED, MU_UNAVAILABLE. */
MU_MUST enum mu_err mu_store_create(struct mu_store *store, const char *workspace, int64_t now_ms);

/* Call `each`, which may use the store, with every workspace's id and the last sequence of its log, in the
 * order of the ids, until it returns false. Costs one look at all of them. Errors: MU_UNAVAILABLE. */
MU_MUST enum mu_err mu_store_list(struct mu_store *store,
				  bool (*each)(void *arg, const char *workspace, int64_t seq), void *arg);

/* Errors: MU_NOT_FOUND, MU_UNAVAILABLE. */
MU_MUST enum mu_err mu_store_head(struct mu_store *store, const char *workspace, struct mu_head *ret_head);

/* Append for several workspaces in one transaction, each by its own compare-and-set: one that fails leaves
 * the others alone. A workspace may come several times; its parts are taken in order. Returns MU_OK when the
 * transaction is durable (look at each err), MU_FENCED (also in each err) when this store's epoch is over:
 * nothing of it is there. MU_UNAVAILABLE (also in each err) when it failed (disk full, locked, gone). Then
 * nothing of it is there, unless the disk failed in the very act of confirming, or the server was gone then
 * and is still: whoever goes on reads the head again. The store is usable again as soon as the cause is gone.
 * A group of any size may take as long as it takes: what a server has for an answer is counted from the last
 * sign that it gets on, and every megabyte or so gives one. Meanwhile nobody else appends to its workspaces.
 */
MU_MUST enum mu_err mu_store_append(struct mu_store *store, struct mu_append *batches, size_t n);

/* Call `each` with the events after `after_seq`, oldest first, `limit` at most, until it returns false. The
 * row is valid during the call; `each` must not call the store.
 * Errors: MU_NOT_FOUND, MU_GONE (after_seq + 1 < first_seq), MU_UNAVAILABLE. */
MU_MUST enum mu_err mu_store_read(struct mu_store *store, const char *workspace, int64_t after_seq,
				  int64_t limit, bool (*each)(void *arg, const struct mu_row *row),
				  void *arg);

/* Keep a snapshot: the text, of any size, from which the state at `seq` can be rebuilt. Older ones of the
 * workspace are dropped; one older than what is kept changes nothing, nor one that was begun before what
 * another node has kept meanwhile. Until all of it is durable the one before counts, whatever happens.
 * Errors: MU_NOT_FOUND, MU_CONFLICT (the log doesn't reach `seq`), MU_FENCED, MU_UNAVAILABLE, MU_NO_MEMORY.
 */
MU_MUST enum mu_err mu_store_snapshot_put(struct mu_store *store, const char *workspace, int64_t seq,
					  const char *text, size_t bytes);
/* The newest snapshot; *ret_text is the caller's to free, NULL with *ret_seq 0 when there is none. Errors:
 * MU_NOT_FOUND, MU_UNAVAILABLE, MU_NO_MEMORY. */
MU_MUST enum mu_err mu_store_snapshot_get(struct mu_store *store, const char *workspace, int64_t *ret_seq,
					  char **ret_text);

/* Drop events up to and including `seq`, which must be covered by a snapshot. The chain goes on from what was
 * dropped. After MU_UNAVAILABLE some of them may be there still: trim again.
 * Errors: MU_NOT_FOUND, MU_CONFLICT (no snapshot), MU_FENCED, MU_UNAVAILABLE. */
MU_MUST enum mu_err mu_store_trim(struct mu_store *store, const char *workspace, int64_t seq);

/* Take the content of one event (payload, origin, before) away for good, from the file too (a PostgreSQL
 * server takes it from its files when it vacuums, and its archives and backups are its own); the event stays,
 * its content reads as NULL and the chain holds. A snapshot may still know what the payload said: keep a new
 * one first. Erasing again changes nothing.
 * Errors: MU_NOT_FOUND (no such workspace, or the event is not there any more), MU_FENCED,
 * MU_UNAVAILABLE (also when somebody still reads an older version, so that traces stay in the file: call
 * again). */
MU_MUST enum mu_err mu_store_erase(struct mu_store *store, const char *workspace, int64_t seq);

/* Call `each` with the rows that the query means, the newest first (by time, then by sequence), until it
 * returns false. New rows never move those that are there, so going on after the last one of a page misses
 * and repeats nothing. Costs as much as the rows it gives, not as the log is long.
 * The row is valid during the call; `each` must not call the store.
 * Errors: MU_NOT_FOUND, MU_UNAVAILABLE, MU_NO_MEMORY. */
MU_MUST enum mu_err mu_store_audit(struct mu_store *store, const char *workspace,
				   const struct mu_audit_query *query,
				   bool (*each)(void *arg, const struct mu_row *row), void *arg);

/* Call `each` with the rows that the query means, the oldest first (by time, then by sequence), until it
 * returns false. A row is about whom its `about` says. Costs as much as the rows it gives, not as the log is
 * long. The row is valid during the call; `each` must not call the store. Errors: MU_NOT_FOUND,
 * MU_UNAVAILABLE, MU_NO_MEMORY. */
MU_MUST enum mu_err mu_store_history(struct mu_store *store, const char *workspace,
				     const struct mu_history_query *query,
				     bool (*each)(void *arg, const struct mu_row *row), void *arg);

/* What somebody noted of a log earlier: this row had this hash. */
struct mu_anchor {
	int64_t seq;
	uint8_t hash[MU_DIGEST_BYTES];
};

struct mu_verdict {
	int64_t bad_seq;      /* the first broken row; 0: the chain holds */
	const char *what;     /* what is wrong there, to be read after "event N"; constant; NULL: nothing */
	int64_t erased;       /* rows whose content was taken away: it can't be checked any more */
	struct mu_head head;  /* how far the log goes */
	struct mu_anchor end; /* its last row, to be noted for the next time */
};

/* Walk the chain of a workspace. Every change of a row, every row that is missing, added or moved breaks it.
 * Whoever can write the file can also cut its end off or compute the chain anew: that is found only where the
 * newest snapshot goes further than the log, or by an anchor that was kept elsewhere (NULL: none).
 * Errors: MU_NOT_FOUND, MU_GONE (the anchor's row was trimmed), MU_UNAVAILABLE, MU_NO_MEMORY. */
MU_MUST enum mu_err mu_store_verify(struct mu_store *store, const char *workspace,
				    const struct mu_anchor *anchor, struct mu_verdict *ret_verdict);

/* The digest of a row's content: BLAKE2b-256 of its payload, or if it has an origin or a before
 * mu_digest_parts of payload, origin and before (empty where there is none). */
void mu_store_digest(const struct mu_row *row, uint8_t ret_digest[static MU_DIGEST_BYTES]);

/* The hash of a row after `previous` (zeroes for the first of a log):
 * BLAKE2b-256 over previous, seq, at_ms, type, actor, audience, the digest of the content and, if there is
 * one of them, action, who and about; each part preceded by its length (mu_digest_parts); seq and at_ms are 8
 * bytes, little endian; texts are without their NUL. ret_hash may be `previous`. */
void mu_store_chain(const uint8_t previous[static MU_DIGEST_BYTES], const struct mu_row *row,
		    const uint8_t digest[static MU_DIGEST_BYTES], uint8_t ret_hash[static MU_DIGEST_BYTES]);

#endif
