/* The operator's socket; see control.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_CONTROL_H
#define MUSTER_HUB_CONTROL_H

struct mu_hub;

void control_close(struct mu_hub *hub);

#endif
