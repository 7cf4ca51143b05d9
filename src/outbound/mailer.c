/* Mails that wait, and the thread that sends them one after the other.
 * Invariant: the list is ordered by when a mail is due; `n` counts what is in it and what is being sent.
 * The lock is never held while a mail is sent.
 * Thread: as in mailer.h; the list and `n` belong to whoever holds the lock. */
#include "carrier.h"
#include "message.h"

#include "muster/base/clock.h"
#include "muster/base/hash.h"
#include "muster/base/log.h"
#include "muster/base/mem.h"

#include <pthread.h>
#include <string.h>
#include <sys/random.h>

#define WAIT_MAX_MS INT64_C(3600000)
#define FAILURES_MAX 12

struct mail {
	struct mail *next;
	int64_t due_ms; /* monotonic */
	unsigned failures;
	char *to;
	struct mu_buf message;
};

struct mu_mailer {
	struct carrier *carrier;
	struct mu_metrics *metrics;
	char *from;
	int64_t retry_ms;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	struct mail *first;
	size_t n;
	bool stopping;
	int64_t end_ms; /* monotonic; of the draining, once it is stopping */
};

static int64_t now_ms(void)
{
	return mu_clock_mono_ms(&mu_clock_system);
}

static void mail_destroy(struct mail *mail)
{
	if (!mail)
		return;
	free(mail->to);
	mu_buf_finish(&mail->message);
	free(mail);
}

int64_t mailer_wait_ms(int64_t first_ms, unsigned failures, uint64_t random)
{
	int64_t wait_ms = first_ms;

	while (--failures && wait_ms < WAIT_MAX_MS)
		wait_ms *= 2;
	if (wait_ms > WAIT_MAX_MS)
		wait_ms = WAIT_MAX_MS;
	return wait_ms / 2 + (int64_t)(random % (uint64_t)(wait_ms - wait_ms / 2 + 1));
}

/* ---- the list, under the lock ---- */

static void put(struct mu_mailer *mailer, struct mail *mail)
{
	struct mail **link = &mailer->first;

	while (*link && (*link)->due_ms <= mail->due_ms)
		link = &(*link)->next;
	mail->next = *link;
	*link = mail;
	pthread_cond_signal(&mailer->changed);
}

static struct mail *take(struct mu_mailer *mailer)
{
	struct mail *mail = mailer->first;

	mailer->first = mail->next;
	return mail;
}

static void wait_until(struct mu_mailer *mailer, int64_t due_ms)
{
	const struct timespec until = { .tv_sec = (time_t)(due_ms / 1000),
					.tv_nsec = (long)(due_ms % 1000) * 1000000 };

	pthread_cond_timedwait(&mailer->changed, &mailer->lock, &until);
}

/* The next mail to send, once it is due; NULL: the end. Who stops tries each mail once more without waiting.
 */
static struct mail *next_mail(struct mu_mailer *mailer)
{
	struct mail *mail = NULL;

	pthread_mutex_lock(&mailer->lock);
	for (;;) {
		const int64_t now = now_ms();
		if (mailer->stopping && (!mailer->first || now >= mailer->end_ms))
			break;
		if (mailer->first && (mailer->stopping || mailer->first->due_ms <= now)) {
			mail = take(mailer);
			break;
		}
		if (mailer->first)
			wait_until(mailer, mailer->first->due_ms);
		else
			pthread_cond_wait(&mailer->changed, &mailer->lock);
	}
	pthread_mutex_unlock(&mailer->lock);
	return mail;
}

static bool overdue(void *arg)
{
	struct mu_mailer *mailer = arg;

	pthread_mutex_lock(&mailer->lock);
	const bool late = mailer->stopping && now_ms() >= mailer->end_ms;
	pthread_mutex_unlock(&mailer->lock);
	return late;
}

/* ---- the thread ---- */

static void finish(struct mu_mailer *mailer, struct mail *mail, enum mu_metric metric)
{
	mu_metrics_add(mailer->metrics, metric, 1);
	pthread_mutex_lock(&mailer->lock);
	mu_metrics_set(mailer->metrics, MU_METRIC_MAILS, (int64_t)--mailer->n);
	pthread_mutex_unlock(&mailer->lock);
	mail_destroy(mail);
}

static void give_up(struct mu_mailer *mailer, struct mail *mail, const char *why)
{
	mu_log(MU_LOG_WARN, "outbound", "a mail is given up", MU_KS("to", mail->to), MU_KS("why", why));
	finish(mailer, mail, MU_METRIC_MAILS_LOST_TOTAL);
}

/* Whether the mail waits for another attempt. */
static bool put_off(struct mu_mailer *mailer, struct mail *mail, const char *why)
{
	uint64_t random = 0;

	if (++mail->failures > FAILURES_MAX)
		return false;
	/* Without randomness the wait is not spread, and that is all. */
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		random = 0;
	const int64_t wait_ms = mailer_wait_ms(mailer->retry_ms, mail->failures, random);
	pthread_mutex_lock(&mailer->lock);
	const bool waits = !mailer->stopping;
	if (waits) {
		mail->due_ms = now_ms() + wait_ms;
		put(mailer, mail);
	}
	pthread_mutex_unlock(&mailer->lock);
	if (!waits)
		return false;
	mu_metrics_add(mailer->metrics, MU_METRIC_MAILS_RETRIED_TOTAL, 1);
	mu_log(MU_LOG_INFO, "outbound", "a mail is tried again later", MU_KS("to", mail->to),
	       MU_KS("why", why), MU_KI("wait_ms", wait_ms)); /* nobody else takes it out of the list */
	return true;
}

static void send_one(struct mu_mailer *mailer, struct mail *mail)
{
	char why[WHY_BYTES] = "";
	const enum carried carried = mailer->carrier->carry(
		mailer->carrier, mail->to, mu_buf_text(&mail->message), mail->message.n, why);

	if (carried == CARRIED) {
		mu_log(MU_LOG_DEBUG, "outbound", "mail sent", MU_KS("to", mail->to));
		finish(mailer, mail, MU_METRIC_MAILS_SENT_TOTAL);
	} else if (carried == CARRIED_NEVER || !put_off(mailer, mail, why)) {
		give_up(mailer, mail, why);
	}
}

static void *run(void *arg)
{
	struct mu_mailer *mailer = arg;
	struct mail *mail;

	pthread_setname_np(pthread_self(), "mail");
	while ((mail = next_mail(mailer)))
		send_one(mailer, mail);
	return NULL;
}

/* ---- from outside ---- */

static void init_lock(struct mu_mailer *mailer)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&mailer->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&mailer->changed, &attr);
	pthread_condattr_destroy(&attr);
}

static void release(struct mu_mailer *mailer)
{
	pthread_cond_destroy(&mailer->changed);
	pthread_mutex_destroy(&mailer->lock);
	mailer->carrier->destroy(mailer->carrier);
	free(mailer->from);
	free(mailer);
}

enum mu_err mailer_create(const struct mu_mailer_setup *setup, struct carrier *carrier,
			  struct mu_mailer **ret_mailer)
{
	struct mu_mailer *mailer = calloc(1, sizeof(*mailer));

	if (!mailer) {
		carrier->destroy(carrier);
		return MU_NO_MEMORY;
	}
	carrier->overdue = overdue;
	carrier->arg = mailer;
	mailer->carrier = carrier;
	mailer->metrics = setup->metrics;
	mailer->retry_ms = setup->retry_ms;
	init_lock(mailer);
	mailer->from = strdup(setup->from);
	if (!mailer->from || pthread_create(&mailer->thread, NULL, run, mailer)) {
		const enum mu_err err = mailer->from ? MU_INTERNAL : MU_NO_MEMORY;
		release(mailer);
		return err;
	}
	*ret_mailer = mailer;
	return MU_OK;
}

enum mu_err mu_mailer_create(const struct mu_mailer_setup *setup, struct mu_mailer **ret_mailer)
{
	struct carrier *carrier = smtp_create(setup);

	return carrier ? mailer_create(setup, carrier, ret_mailer) : MU_NO_MEMORY;
}

static enum mu_err write_mail(const struct mu_mailer *mailer, const char *to, const char *subject,
			      const char *text, struct mail **ret_mail)
{
	struct mail *mail = calloc(1, sizeof(*mail));
	char id[MU_ID_TEXT];
	enum mu_err err = MU_NO_MEMORY;

	mu_id_random("", id);
	if (mail && (mail->to = strdup(to)))
		err = message_write(mailer->from, to, subject, text, id, mu_clock_wall_ms(&mu_clock_system),
				    &mail->message);
	if (err) {
		mail_destroy(mail);
		return err;
	}
	*ret_mail = mail;
	return MU_OK;
}

enum mu_err mu_mailer_send(struct mu_mailer *mailer, const char *to, const char *subject, const char *text)
{
	struct mail *mail = NULL;
	enum mu_err err = write_mail(mailer, to, subject, text, &mail);

	if (err)
		return err;
	mail->due_ms = now_ms();
	pthread_mutex_lock(&mailer->lock);
	if (mailer->n < MU_MAILS_MAX && !mailer->stopping) {
		mu_metrics_set(mailer->metrics, MU_METRIC_MAILS, (int64_t)++mailer->n);
		put(mailer, mail);
	} else {
		err = MU_UNAVAILABLE;
	}
	pthread_mutex_unlock(&mailer->lock);
	if (err)
		mail_destroy(mail);
	return err;
}

void mu_mailer_destroy(struct mu_mailer *mailer, int64_t drain_ms)
{
	if (!mailer)
		return;
	pthread_mutex_lock(&mailer->lock);
	mailer->stopping = true;
	mailer->end_ms = now_ms() + drain_ms;
	pthread_cond_signal(&mailer->changed);
	pthread_mutex_unlock(&mailer->lock);
	pthread_join(mailer->thread, NULL);
	while (mailer->first)
		give_up(mailer, take(mailer), "the hub has stopped");
	release(mailer);
}
