/* What nodes tell each other of their sessions through the log, while they reach each other in no other way.
 * It is in nobody's state: who reads the log later learns nothing from it.
 * Thread: hub. */
#ifndef MUSTER_MODEL_SAID_H
#define MUSTER_MODEL_SAID_H

#include "muster/model/event.h"

/* Data of node.said. */
struct mu_said {
	char *node; /* whose words these are */
	char *word;
	char *text; /* JSON, as the word says */
};

extern const struct mu_event_type mu_said_type;

#endif
