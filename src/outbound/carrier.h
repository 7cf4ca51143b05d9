/* What takes one mail to where it goes: SMTP (smtp.c), or what a test makes of it. */
#ifndef MUSTER_OUTBOUND_CARRIER_H
#define MUSTER_OUTBOUND_CARRIER_H

#include "muster/outbound/mailer.h"

enum carried {
	CARRIED,
	CARRIED_LATER, /* not this time; it may work later */
	CARRIED_NEVER, /* refused for good */
};

#define WHY_BYTES 256

struct carrier {
	/* Try once, and say in `why` what went wrong. Looks at `overdue` now and then, a second apart at
	 * most, and gives up when it is true. Thread: the mailer's. */
	enum carried (*carry)(struct carrier *carrier, const char *to, const char *message, size_t bytes,
			      char why[static WHY_BYTES]);
	void (*destroy)(struct carrier *carrier);
	bool (*overdue)(void *arg); /* set by the mailer */
	void *arg;
};

/* Thread: main; carry is the mailer's thread's. NULL when memory is out. */
struct carrier *smtp_create(const struct mu_mailer_setup *setup);

/* As mu_mailer_create; the carrier is the mailer's from now on, also when this fails. */
MU_MUST enum mu_err mailer_create(const struct mu_mailer_setup *setup, struct carrier *carrier,
				  struct mu_mailer **ret_mailer);

/* How long to wait after the n-th failure (from 1): doubles from first_ms up to an hour, and within the upper
 * half of that `random` says when. */
int64_t mailer_wait_ms(int64_t first_ms, unsigned failures, uint64_t random);

#endif
