/* One mail over SMTP by libcurl, on a connection of its own: a server that hangs up between two mails is
 * nobody's concern, and nothing stays open that an end would have to wait for.
 * Invariant: the password and the mail go out unencrypted only where the configuration says so.
 * Thread: create and destroy: main; carry: the mailer's. */
#include "carrier.h"

#include "muster/base/mem.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

struct smtp {
	struct carrier carrier;
	CURL *curl;
	char *from; /* in angle brackets */
	char error[CURL_ERROR_SIZE];
};

/* What is still to be read of a message. */
struct reading {
	const char *at;
	size_t left;
};

static size_t on_read(char *out, size_t size, size_t n, void *arg)
{
	struct reading *reading = arg;
	const size_t room = size * n, bytes = reading->left < room ? reading->left : room;

	memcpy(out, reading->at, bytes);
	reading->at += bytes;
	reading->left -= bytes;
	return bytes;
}

static int on_progress(void *arg, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
	const struct smtp *smtp = arg;

	return smtp->carrier.overdue(smtp->carrier.arg);
}

static enum carried outcome(struct smtp *smtp, CURLcode code, char why[static WHY_BYTES])
{
	long reply = 0;

	if (code == CURLE_OK)
		return CARRIED;
	curl_easy_getinfo(smtp->curl, CURLINFO_RESPONSE_CODE, &reply);
	snprintf(why, WHY_BYTES, "%.200s; the last reply was %ld",
		 *smtp->error ? smtp->error : curl_easy_strerror(code), reply);
	return reply >= 500 && reply < 600 ? CARRIED_NEVER : CARRIED_LATER;
}

static enum carried carry(struct carrier *carrier, const char *to, const char *message, size_t bytes,
			  char why[static WHY_BYTES])
{
	struct smtp *smtp = MU_CONTAINER_OF(carrier, struct smtp, carrier);
	struct reading reading = { .at = message, .left = bytes };
	char address[300];

	snprintf(address, sizeof(address), "<%s>", to);
	struct curl_slist *recipients = curl_slist_append(NULL, address);
	if (!recipients) {
		snprintf(why, WHY_BYTES, "out of memory");
		return CARRIED_LATER;
	}
	*smtp->error = '\0';
	curl_easy_setopt(smtp->curl, CURLOPT_MAIL_RCPT, recipients);
	curl_easy_setopt(smtp->curl, CURLOPT_READDATA, &reading);
	const enum carried carried = outcome(smtp, curl_easy_perform(smtp->curl), why);
	curl_easy_setopt(smtp->curl, CURLOPT_MAIL_RCPT, NULL);
	curl_slist_free_all(recipients);
	return carried;
}

static void destroy(struct carrier *carrier)
{
	struct smtp *smtp = MU_CONTAINER_OF(carrier, struct smtp, carrier);

	curl_easy_cleanup(smtp->curl);
	free(smtp->from);
	free(smtp);
	curl_global_cleanup();
}

static CURLcode set_security(CURL *curl, const struct mu_mailer_setup *setup)
{
	static const long levels[] = { [MU_SMTP_TLS_REQUIRED] = CURLUSESSL_ALL,
				       [MU_SMTP_TLS_OPPORTUNISTIC] = CURLUSESSL_TRY,
				       [MU_SMTP_TLS_OFF] = CURLUSESSL_NONE };
	CURLcode code = curl_easy_setopt(curl, CURLOPT_USE_SSL, levels[setup->tls]);

	if (!code && *setup->ca_file)
		code = curl_easy_setopt(curl, CURLOPT_CAINFO, setup->ca_file);
	if (!code && *setup->user)
		code = curl_easy_setopt(curl, CURLOPT_USERNAME, setup->user);
	if (!code && *setup->user)
		code = curl_easy_setopt(curl, CURLOPT_PASSWORD, setup->password);
	return code;
}

static CURLcode set_up(struct smtp *smtp, const struct mu_mailer_setup *setup)
{
	CURL *curl = smtp->curl;
	CURLcode code = curl_easy_setopt(curl, CURLOPT_URL, setup->url);

	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_MAIL_FROM, smtp->from);
	if (!code)
		code = set_security(curl, setup);
	/* These take a number or a pointer, and don't fail. */
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)setup->timeout_ms);
	curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)(setup->timeout_ms / 1000 + 1));
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, smtp->error);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, smtp);
	return code;
}

struct carrier *smtp_create(const struct mu_mailer_setup *setup)
{
	struct smtp *smtp;

	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return NULL;
	smtp = calloc(1, sizeof(*smtp));
	if (!smtp) {
		curl_global_cleanup();
		return NULL;
	}
	smtp->carrier = (struct carrier){ .carry = carry, .destroy = destroy };
	smtp->curl = curl_easy_init();
	if (smtp->curl && asprintf(&smtp->from, "<%s>", setup->from) < 0)
		smtp->from = NULL;
	if (smtp->from && !set_up(smtp, setup))
		return &smtp->carrier;
	destroy(&smtp->carrier);
	return NULL;
}
