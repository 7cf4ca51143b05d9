/* Records to JSON and back, by the tables of base/field.h. One codec for parameters, results, events and the
 * log.
 * Thread: any. */
#ifndef MUSTER_WIRE_CODEC_H
#define MUSTER_WIRE_CODEC_H

#include "muster/base/field.h"
#include "muster/wire/json.h"

/* Read an object into a record. A missing object (NULL) counts as {}. Every field is checked (kind, required,
 * range, known name); a name that the shape doesn't know is an error (the platform's typing mistakes must
 * show), and the fault lists each wrong field with what it should be. Texts and lists are copied into the
 * arena. `out` has shape->size bytes and is zeroed first; on error its content is undefined. Errors:
 * MU_INVALID_PARAMS, MU_NO_MEMORY. */
MU_MUST enum mu_err mu_codec_read(const struct mu_shape *shape, const json_t *in, struct mu_arena *arena,
				  void *out, struct mu_fault *ret_fault);

/* As mu_codec_read, from text that this program wrote itself (the log): unknown names are skipped, so that an
 * older program reads a newer log. */
MU_MUST enum mu_err mu_codec_read_text(const struct mu_shape *shape, const char *text, size_t bytes,
				       struct mu_arena *arena, void *out);

/* What of a record is written, and of all records in it. */
enum mu_form {
	MU_FORM_FULL,  /* without MU_SECRET: what may be seen */
	MU_FORM_LOG,   /* all of it: reads back as it was */
	MU_FORM_BRIEF, /* without MU_SECRET and MU_SIGHT: for who may not see what it is about */
};

/* Append the record as an object; of one that tracks what was given only that is written, zero or not, so
 * that it reads back as it was. */
void mu_codec_write(const struct mu_shape *shape, const void *record, enum mu_form form, struct mu_buf *out);

/* Append what a change of `before` into `after` changes, as an object with the values of before: of the
 * fields that `after` tells (see `given`) those that were something else, in the full form. */
void mu_codec_write_before(const struct mu_shape *shape, const void *before, const void *after,
			   struct mu_buf *out);

/* The record's fields without the braces, so that the caller can add its own: "a":1,"b":2 */
void mu_codec_write_fields(const struct mu_shape *shape, const void *record, enum mu_form form,
			   struct mu_buf *out);

#endif
