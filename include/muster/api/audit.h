/* How rows of the audit log look to people and programs. Secrets never show.
 * Thread: any. */
#ifndef MUSTER_API_AUDIT_H
#define MUSTER_API_AUDIT_H

#include "muster/base/buf.h"
#include "muster/base/row.h"

/* AUDIT: {"seq","at","action","actor","user","origin","before","after"}; `user` is whom it concerns, `after`
 * what the event says. Erased content shows as null, with "erased":true. */
void mu_audit_write(const struct mu_row *row, struct mu_buf *out);

/* The same as a line of comma-separated values (RFC 4180), and the line that names the columns. No cell
 * begins like a formula. */
void mu_audit_write_csv(const struct mu_row *row, struct mu_buf *out);
extern const char *const mu_audit_csv_head;

#endif
