/* muster tail: events as lines.
 * Thread: main. */
#ifndef MUSTER_CLI_TAIL_H
#define MUSTER_CLI_TAIL_H

int cmd_tail(int argc, char **argv);

#endif
