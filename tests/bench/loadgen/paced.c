/* Closed loop first, then an open one at half of its rate; or an open one only. */
#include "paced.h"
#include "meter.h"
#include "report.h"
#include "scrape.h"
#include "util.h"

#include <stdlib.h>

enum {
	GRACE_SECONDS = 20,
	AT_ONCE_MAX = 128, /* commands of a connection; a server refuses more unanswered ones some day */
};

/* A command that was due at `due_ns`: what it waits here counts. */
static void send_one(struct lg_paced *paced, uint32_t sender, uint64_t due_ns)
{
	struct lg_conn *conn = &paced->pool->conns[sender];
	const uint32_t id = paced->sent;

	if (id == paced->cap)
		lg_die("more than %u commands", paced->cap);
	paced->sender[id] = sender;
	paced->sent_ns[id] = due_ns;
	paced->in_flight[sender]++;
	paced->sent++;
	paced->send(paced, conn, id);
	lg_pool_flush(paced->pool, conn);
}

bool lg_paced_done(struct lg_paced *paced, uint32_t id)
{
	if (id >= paced->sent || paced->sent_ns[id] == 0)
		return false;
	lg_samples_add(&paced->samples, lg_now_ns() - paced->sent_ns[id]);
	paced->sent_ns[id] = 0;
	paced->done++;
	paced->in_flight[paced->sender[id]]--;
	if (paced->refill)
		send_one(paced, paced->sender[id], lg_now_ns());
	return true;
}

static void wait_for_all(struct lg_paced *paced)
{
	const uint64_t limit = lg_now_ns() + GRACE_SECONDS * LG_SECOND_NS;

	paced->refill = false;
	while (paced->done < paced->sent) {
		if (lg_now_ns() > limit)
			lg_die("%u of %u commands are not done", paced->sent - paced->done, paced->sent);
		lg_pool_poll(paced->pool, limit);
	}
}

/* What was used, and committed since `before`: `used` has just ended. */
static void report_stretch(struct lg_paced *paced, const struct lg_scrape *before,
			   const struct lg_meter_result *used)
{
	const struct lg_scrape after = lg_scrape(paced->pool->opt->port);
	const double commits = after.commits - before->commits;

	lg_report_number("commits_per_s", commits / used->wall_s);
	lg_report_number("events_per_commit", (after.events - before->events) / commits);
	lg_report_number("commit_ms", 1000.0 * (after.commit_seconds - before->commit_seconds) / commits);
	lg_report_number("server_cpu_share", used->server_cpu_s / used->wall_s);
	lg_report_number("postgres_cpu_share", used->postgres_cpu_s / used->wall_s);
	lg_meter_report(used);
}

/* As fast as it goes: commands per second. */
static double saturate(struct lg_paced *paced)
{
	const struct lg_options *opt = paced->pool->opt;

	paced->refill = true;
	for (uint32_t i = 0; i < opt->window * paced->senders; i++)
		send_one(paced, i % paced->senders, lg_now_ns());
	lg_pool_run(paced->pool, lg_now_ns() + lg_seconds_ns(opt->warmup_seconds));

	const struct lg_scrape before = lg_scrape(opt->port);
	const struct lg_meter meter = lg_meter_start(paced->pool);
	const uint32_t done = paced->done;
	lg_pool_run(paced->pool, lg_now_ns() + lg_seconds_ns(opt->seconds));
	const uint32_t n = paced->done - done;
	const struct lg_meter_result used = lg_meter_stop(&meter, paced->pool);

	report_stretch(paced, &before, &used);
	wait_for_all(paced);
	lg_report_count("senders", paced->senders);
	lg_report_count("in_flight", (uint64_t)opt->window * paced->senders);
	lg_report_number("commands_per_s", n / used.wall_s);
	lg_report_number("commands_per_cpu_s", n / used.server_cpu_s);
	return n / used.wall_s;
}

/* So many a second, whatever comes back. */
static void pace(struct lg_paced *paced, double per_s, double seconds)
{
	const uint64_t start = lg_now_ns(), end = start + lg_seconds_ns(seconds);
	const double step = (double)LG_SECOND_NS / per_s;
	uint64_t due = start;

	paced->samples.count = 0;
	for (uint32_t i = 0; due < end; i++) {
		const uint32_t sender = i % paced->senders;

		while (lg_now_ns() < due || paced->in_flight[sender] == AT_ONCE_MAX)
			lg_pool_poll(paced->pool, due);
		send_one(paced, sender, due);
		due = start + (uint64_t)(step * (i + 1));
	}
	wait_for_all(paced);
}

static void report_times(struct lg_paced *paced, double per_s)
{
	lg_samples_sort(&paced->samples);
	lg_report_number("paced_per_s", per_s);
	lg_report_number("p50_ms", lg_samples_percentile_ms(&paced->samples, 0.50));
	lg_report_number("p99_ms", lg_samples_percentile_ms(&paced->samples, 0.99));
	lg_report_number("max_ms", lg_samples_percentile_ms(&paced->samples, 1.0));
}

static void half_of_most(struct lg_paced *paced)
{
	const double per_s = saturate(paced) / 2;

	pace(paced, per_s, paced->pool->opt->seconds);
	report_times(paced, per_s);
}

static void at_rate(struct lg_paced *paced)
{
	const struct lg_options *opt = paced->pool->opt;

	pace(paced, opt->rate, opt->warmup_seconds);

	const struct lg_scrape before = lg_scrape(opt->port);
	const struct lg_meter meter = lg_meter_start(paced->pool);
	const uint32_t done = paced->done;
	pace(paced, opt->rate, opt->seconds);
	const struct lg_meter_result used = lg_meter_stop(&meter, paced->pool);

	lg_report_number("commands_per_s", (paced->done - done) / used.wall_s);
	report_stretch(paced, &before, &used);
	report_times(paced, opt->rate);
}

static void run(struct lg_paced *paced, void (*measure)(struct lg_paced *paced))
{
	paced->sent_ns = lg_alloc(paced->cap, sizeof(*paced->sent_ns));
	paced->sender = lg_alloc(paced->cap, sizeof(*paced->sender));
	paced->in_flight = lg_alloc(paced->senders, sizeof(*paced->in_flight));
	lg_samples_init(&paced->samples, paced->cap);
	measure(paced);
	lg_samples_finish(&paced->samples);
	free(paced->sent_ns);
	free(paced->sender);
	free(paced->in_flight);
}

void lg_paced_run(struct lg_paced *paced)
{
	run(paced, half_of_most);
}

void lg_paced_run_at_rate(struct lg_paced *paced)
{
	run(paced, at_rate);
}
