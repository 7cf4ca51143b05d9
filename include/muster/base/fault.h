/* A fault is an error with what a person needs to mend it: a sentence, the fields at fault and, for a
 * conflict, the present state. It is a plain value of fixed size, so reporting an error never allocates.
 * Thread: any; a fault belongs to its caller. */
#ifndef MUSTER_BASE_FAULT_H
#define MUSTER_BASE_FAULT_H

#include "muster/base/err.h"

#include <stddef.h>

#define MU_FAULT_FIELDS 8

struct mu_fault {
	enum mu_err err;
	int64_t retry_after_ms; /* 0: no advice */
	char message[192];      /* empty: the table's default text */
	size_t n_fields;        /* further ones are dropped */
	struct {
		char name[48];
		char reason[96];
	} fields[MU_FAULT_FIELDS];
};

/* Set the error and its sentence (printf; NULL: the table's default text), keeping fields already noted.
 * `fault` may be NULL. Returns `err`, so that a function can end in `return mu_fail(fault, MU_NOT_FOUND,
 * "…")`. */
__attribute__((format(printf, 3, 4))) enum mu_err mu_fail(struct mu_fault *fault, enum mu_err err,
							  const char *format, ...);

/* Note that one field is at fault and set MU_INVALID_PARAMS with a general sentence. Returns
 * MU_INVALID_PARAMS. */
__attribute__((format(printf, 3, 4))) enum mu_err mu_fail_field(struct mu_fault *fault, const char *field,
								const char *format, ...);

/* As mu_fail with MU_RATE_LIMITED or MU_UNAVAILABLE and an advice when to try again. */
enum mu_err mu_fail_later(struct mu_fault *fault, enum mu_err err, int64_t retry_after_ms, const char *text);

/* The sentence to show: the fault's own or the table's default. */
const char *mu_fault_text(const struct mu_fault *fault);

#endif
