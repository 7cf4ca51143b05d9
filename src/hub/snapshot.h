/* Snapshots, so that a workspace is soon read; see snapshot.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_SNAPSHOT_H
#define MUSTER_HUB_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

struct mu_hub;
struct mu_job;
struct room;

/* After how many events the next one is due, when `every` is asked for and the last one was so large: the
 * work that a large one makes is to stay a part of what its events make. */
int64_t snapshot_interval(int64_t every, size_t bytes);

/* Events of the room have become durable: begin a snapshot if one is due. */
void snapshot_look(struct room *room);
/* It is made; it is kept. Or not. */
void snapshot_made(struct mu_hub *hub, struct mu_job *job);
void snapshot_kept(struct mu_hub *hub, struct mu_job *job);

#endif
