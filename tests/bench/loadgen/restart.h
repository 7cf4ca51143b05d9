/* Killing the server and starting it again, as a crash would have it. */
#ifndef LOADGEN_RESTART_H
#define LOADGEN_RESTART_H

#include <sys/types.h>

#include "options.h"

/* Kills opt->server_pid and runs opt->restart, a line for the shell that begins with exec. The new server's
 * process; the caller ends it. */
pid_t lg_restart(const struct lg_options *opt);

/* Has it end, and waits for that. */
void lg_restart_end(pid_t server);

#endif
