/* Mail by SMTP (RFC 5321), sent by a thread of its own: whoever hands a mail over never waits for a
 * network.
 *
 * A mail that can't be sent for the time being (the server is away, or answers 4xx) is tried again after
 * waits that double, with jitter; one that is refused for good (5xx), or has failed too often, is given up
 * with a line in the log. Mails wait in memory only: what is not sent when the process ends is lost, so a
 * mail must never be the only way to what it says.
 * Thread: send from any; create and destroy from the main thread. */
#ifndef MUSTER_OUTBOUND_MAILER_H
#define MUSTER_OUTBOUND_MAILER_H

#include "muster/base/metrics.h"

enum mu_smtp_tls { MU_SMTP_TLS_REQUIRED, MU_SMTP_TLS_OPPORTUNISTIC, MU_SMTP_TLS_OFF };

/* Texts are copied. */
struct mu_mailer_setup {
	const char *url;      /* smtp://HOST[:PORT], or smtps://… for TLS from the first byte */
	enum mu_smtp_tls tls; /* what smtp:// asks for by STARTTLS */
	const char *ca_file;  /* PEM; empty: what the system trusts */
	const char *user;     /* empty: doesn't sign in */
	const char *password;
	const char *from;           /* address of the sender */
	int64_t timeout_ms;         /* of one attempt */
	int64_t retry_ms;           /* the first wait */
	struct mu_metrics *metrics; /* outlives the mailer */
};

#define MU_MAILS_MAX 1000 /* that wait */

struct mu_mailer;

/* Errors: MU_NO_MEMORY, MU_INTERNAL. */
MU_MUST enum mu_err mu_mailer_create(const struct mu_mailer_setup *setup, struct mu_mailer **ret_mailer);

/* Have a mail sent: plain text in UTF-8, its lines ended by \n. Everything is copied.
 * Errors: MU_UNAVAILABLE (too many wait), MU_INVALID_PARAMS (`to` can't be an address), MU_NO_MEMORY. */
MU_MUST enum mu_err mu_mailer_send(struct mu_mailer *mailer, const char *to, const char *subject,
				   const char *text);

/* Try once more what still waits, for drain_ms at most and a second more, and free. Accepts NULL. */
void mu_mailer_destroy(struct mu_mailer *mailer, int64_t drain_ms);

#endif
