/* The server's own figures: what /metrics says. */
#ifndef LOADGEN_SCRAPE_H
#define LOADGEN_SCRAPE_H

#include <stdint.h>

struct lg_scrape {
	double commits, events;
	double commit_seconds; /* all of them together */
	double left_out;       /* frames that slow readers didn't get */
};

/* One look at the metrics of the Muster at this port; a server without them ends the run. */
struct lg_scrape lg_scrape(uint32_t port);

#endif
