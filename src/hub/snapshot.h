/* Snapshots, so that a workspace is soon read; see snapshot.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_SNAPSHOT_H
#define MUSTER_HUB_SNAPSHOT_H

struct mu_hub;
struct mu_job;
struct room;

/* Events of the room have become durable: begin a snapshot if one is due. */
void snapshot_look(struct room *room);
/* It is made; it is kept. Or not. */
void snapshot_made(struct mu_hub *hub, struct mu_job *job);
void snapshot_kept(struct mu_hub *hub, struct mu_job *job);

#endif
