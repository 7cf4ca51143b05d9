/* What commands ask of the hub.
 * Thread: hub. */
#ifndef MUSTER_HUB_HOST_H
#define MUSTER_HUB_HOST_H

#include "muster/api/api.h"

struct request;

extern const struct mu_host hub_host;
struct request *call_request(const struct mu_call *call);

#endif
