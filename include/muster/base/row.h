/* Events as the log keeps them, and what it is asked for: what the store gives and others show.
 * Thread: any; plain data. */
#ifndef MUSTER_BASE_ROW_H
#define MUSTER_BASE_ROW_H

#include <stddef.h>
#include <stdint.h>

/* One event as it is kept. Texts are borrowed by append, and belong to the callee's arena in reads. */
struct mu_row {
	int64_t seq;
	int64_t at_ms;        /* wall */
	const char *type;     /* "presence.chosen" */
	const char *actor;    /* JSON object text: {"user":"u9"} */
	const char *audience; /* topics separated by a newline; may be empty: nobody is told */
	const char *payload;  /* JSON object text, at most MU_PAYLOAD_MAX bytes; NULL in a read: erased */
	const char *action;   /* under which the audit log shows it; NULL: not at all */
	const char *who;      /* the user who did it, or NULL */
	const char *about;    /* the user whom it concerns, or NULL */
	const char *origin;   /* JSON object text: from where it was done; NULL: not known, or erased */
	const char *before;   /* JSON object text: what it changed, as it was; NULL: nothing, or erased */
};

/* What the audit log is asked for. */
struct mu_audit_query {
	const char *user;   /* who did it or whom it concerns; NULL: anybody */
	const char *action; /* one action, or with a dot at its end all that begin so; NULL: all */
	int64_t from_ms;    /* not before this time; 0: any */
	int64_t to_ms;      /* before this time; 0: any */
	/* The last row of the page before: only what comes after it in the order. Both 0: from the newest. */
	int64_t after_at_ms, after_seq;
	int64_t limit; /* rows at most */
};

/* What the log is asked for about a person: rows of these types, and before them the last one of each type
 * that is older. */
struct mu_history_query {
	const char *about;
	const char *const *types;
	size_t n_types;
	int64_t from_ms, to_ms; /* not before, and before, which is not earlier */
	/* The last row of the page before: only what comes after it in the order. Both 0: from the first. */
	int64_t after_at_ms, after_seq;
	int64_t limit; /* rows at most */
};

/* Several of these, one after the other, and the rows that were found. */
struct mu_history_reading {
	const struct mu_history_query *queries;
	size_t n_queries;
	const struct mu_row *rows; /* those of the first query, then those of the second, … */
	size_t *n_rows;            /* of each query */
	size_t n_done; /* queries that were answered in full; of the next one there may be more rows */
};

#endif
