/* Role packs: sets of roles that come with the program, as data. Each file of src/api/packs is one, carried
 * inside the program; role_pack.c says what is in it. Private to the api. */
#ifndef MUSTER_API_ROLE_PACK_H
#define MUSTER_API_ROLE_PACK_H

/* The files' texts, in the order of their names; NULL ends. Made by the build. */
extern const char *const role_pack_texts[];

#endif
