/* The kinds of server that the benches know. */
#ifndef LOADGEN_TARGETS_H
#define LOADGEN_TARGETS_H

#include "target.h"

extern const struct lg_target lg_target_raw;
extern const struct lg_target lg_target_nchan;
extern const struct lg_target lg_target_socketio;
extern const struct lg_target lg_target_centrifugo;

/* The target of that name, or NULL. */
const struct lg_target *lg_target_find(const char *name);

#endif
