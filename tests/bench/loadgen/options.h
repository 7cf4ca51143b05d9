/* The command line of the load generator as a plan.
 *
 * Every option is one row of a table in options.c; a value that is out of range ends the program with
 * status 2. */
#ifndef LOADGEN_OPTIONS_H
#define LOADGEN_OPTIONS_H

#include "plan.h"

/* Fills *ret_opt from `argv` (which it borrows) or prints what is wrong and exits with status 2. */
void lg_options_parse(struct lg_options *ret_opt, int argc, char **argv);

#endif
