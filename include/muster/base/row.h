/* Events as the log keeps them, and what the audit log is asked for: what the store gives and others show.
 * Thread: any; plain data. */
#ifndef MUSTER_BASE_ROW_H
#define MUSTER_BASE_ROW_H

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

#endif
