/* The modes: each takes a fresh pool, measures one figure and reports it. */
#ifndef LOADGEN_MODE_H
#define LOADGEN_MODE_H

#include "pool.h"

/* One publisher, many watchers: deliveries per server CPU second (P1). */
void lg_mode_fanout(struct lg_pool *pool);

/* User-space memory per idle, signed-in, watching session (P2). */
void lg_mode_memory(struct lg_pool *pool);

/* From sending a change to its arrival at every watcher (P3), also across two nodes (P4). */
void lg_mode_toggle(struct lg_pool *pool);

/* Connect, sign in, take the snapshot: sessions per server CPU second (P5). */
void lg_mode_connect(struct lg_pool *pool);

/* CPU of idle sessions that are kept alive by pings (P9). */
void lg_mode_idle(struct lg_pool *pool);

/* Durable assignments per second, each one command and one event (P8). */
void lg_mode_assign(struct lg_pool *pool);

/* The same so many a second: how long each takes until it is answered (P8). */
void lg_mode_assign_at_rate(struct lg_pool *pool);

/* Conversations that are put and given to an agent by the hub, per second (P8). */
void lg_mode_route(struct lg_pool *pool);

/* Many sessions are lost at once and come back (P6). */
void lg_mode_storm(struct lg_pool *pool);

/* Many people change their status within a few seconds, and all of them watch (P7). */
void lg_mode_crowd(struct lg_pool *pool);

/* Some sessions stop reading while the others go on (R6). */
void lg_mode_slow(struct lg_pool *pool);

/* Sessions fall silent without a word: how long until the server knows (R4). */
void lg_mode_silent(struct lg_pool *pool);

#endif
