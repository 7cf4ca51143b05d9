/* Shapes: the description of a record as a table of its fields. The same table validates parameters, reads
 * and writes JSON, fills the reference documents and tells what an event in the log looks like; see
 * wire/codec.h.
 *
 * A record is a plain C struct; a field's C type follows from its kind:
 *   MU_STRING   char *             absent: NULL   min/max: characters (code points); 0 max: 256
 *   MU_ID       char *             absent: NULL   an identifier (mu_id_valid)
 *   MU_INT      int64_t            absent: 0 if MU_NULLABLE
 *                                                 min/max: value; both 0: any; max below min: no upper bound
 *   MU_BOOL     bool
 *   MU_TIME     int64_t            absent: 0      wall ms since 1970; RFC 3339 in JSON
 *   MU_ENUM     int                               index into names, which end with NULL
 *   MU_STRINGS  struct mu_strs                    min/max: how many (each up to 256 characters); 0 max: any
 *   MU_RECORD   void *             absent: NULL   to a record of `shape`
 *   MU_RECORDS  struct mu_records                 min/max: how many; 0 max: any
 *   MU_JSON     char *             absent: NULL   any JSON value as compact text; max: bytes; 0 max: any
 *
 * A record that must tell "absent" from "given as zero or null" starts with `uint64_t given`, names it in its
 * shape (tracks_given) and finds bit i set for field i.
 * Thread: any; shapes are constant. */
#ifndef MUSTER_BASE_FIELD_H
#define MUSTER_BASE_FIELD_H

#include "muster/base/mem.h"

enum mu_kind {
	MU_STRING,
	MU_ID,
	MU_INT,
	MU_BOOL,
	MU_TIME,
	MU_ENUM,
	MU_STRINGS,
	MU_RECORD,
	MU_RECORDS,
	MU_JSON
};

enum mu_field_flags {
	MU_REQUIRED = 1 << 0,  /* reading: must be there and not null */
	MU_NULLABLE = 1 << 1,  /* reading: null is allowed and means absent; writing: absent is written as
				  null, not left out */
	MU_OMIT_ZERO = 1 << 2, /* writing: false, 0, an empty list or names[0] is left out */
	MU_SECRET = 1 << 3,    /* never in logs nor in examples */
	MU_SIGHT = 1 << 4,     /* only for those who may see what the record is about */
};

struct mu_shape;

struct mu_field {
	const char *name;
	enum mu_kind kind;
	unsigned flags;
	size_t offset;
	int64_t min, max;
	const char *const *names;     /* MU_ENUM */
	const struct mu_shape *shape; /* MU_RECORD, MU_RECORDS */
	const char *help;
};

struct mu_shape {
	const char *name; /* "USER" */
	const struct mu_field *fields;
	size_t n;
	size_t size; /* sizeof the struct */
	bool tracks_given;
};

struct mu_records {
	void *v; /* n records of the shape, one after the other */
	size_t n;
};

/* MU_FIELD(struct user, name, MU_STRING, MU_REQUIRED, .max = 80, .help = "…") */
#define MU_FIELD(type, member, kind_, flags_, ...)                                                           \
	{                                                                                                    \
		.name = #member, .kind = (kind_), .flags = (flags_), .offset = offsetof(type, member),       \
		__VA_ARGS__                                                                                  \
	}
#define MU_SHAPE(type, label, table, ...)                                                                    \
	{                                                                                                    \
		.name = (label), .fields = (table), .n = MU_COUNT(table), .size = sizeof(type), __VA_ARGS__  \
	}

/* Copy a record of this shape with all that it points to. Owns: the copies are the arena's. Errors:
 * MU_NO_MEMORY; *to is of no use then. */
MU_MUST enum mu_err mu_record_copy(const struct mu_shape *shape, struct mu_arena *arena, const void *from,
				   void *to);

/* Whether field i of a record that tracks it was given. */
static inline bool mu_given(uint64_t given, unsigned i)
{
	return (given >> i) & 1;
}

#endif
