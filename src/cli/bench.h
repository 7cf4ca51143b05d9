/* muster bench. Private to the cli.
 * Thread: main. */
#ifndef MUSTER_CLI_BENCH_H
#define MUSTER_CLI_BENCH_H

int cmd_bench(int argc, char **argv);

#endif
