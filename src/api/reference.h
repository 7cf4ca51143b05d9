/* What the two documents are made of. Private to the api.
 *
 * Results are written down as types in a few words: {id,name} is an object, [T] a list, <T> an object with
 * members of any name, A|B a choice, =word a constant, USER a record of the table of records, text, int,
 * bool, time, id, object and null what they say. A member is name:T; without a type it has that of its name
 * in the table of members; a question mark behind the name: it may be missing. All functions give a new
 * value, NULL when memory is out or for what can't be read. Thread: any. */
#ifndef MUSTER_API_REFERENCE_PRIVATE_H
#define MUSTER_API_REFERENCE_PRIVATE_H

#include "commands.h"

/* JSON schemas: of a type, of a shape's record, of one field. Those of shapes are of what clients send if
 * `sent`, else of what they are told: there secrets are left out. */
json_t *reference_type(const char *text);
json_t *reference_shape(const struct mu_shape *shape, bool sent);
json_t *reference_field(const struct mu_field *field, bool sent);
/* All named schemas that types and shapes refer to. */
json_t *reference_schemas(void);

/* An example of what fits a schema; `name` is that of the member it stands for, or NULL. */
json_t *reference_sample(const json_t *schema, const char *name, const json_t *schemas);

/* ---- examples: calls that work in the workspace acme as `muster init` makes it, in the order of a table
 * ---- `as` is who calls: platform (an API key), olga (the owner), ann or nobody. `from` says what is known
 * only by an earlier answer: "id=invite.create:id". */

/* Those of a command that have (or haven't) a parameter (NULL: either), as a list with their places in the
 * order:
 * [{"order","as","from"?,"params"}]. */
json_t *reference_examples(const char *command, const char *param, bool with);

/* Who may call it and what it costs, as members of an operation. */
enum mu_err reference_rights(const struct mu_command *command, json_t *operation);

json_t *reference_openapi(void);
json_t *reference_asyncapi(void);

#endif
