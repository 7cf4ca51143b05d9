/* muster top: a live board of who is there.
 * Thread: main. */
#ifndef MUSTER_CLI_TOP_H
#define MUSTER_CLI_TOP_H

int cmd_top(int argc, char **argv);

#endif
