/* P6. All sessions but the last opt->staying are lost in the same moment, a few messages are published that
 * they miss, and all of them come back as fast as they are let in. With opt->restart the server is killed
 * meanwhile and started again.
 *
 * Those who stay ask something in turn all the time, before the storm and during it: how long the answers
 * take says what the storm costs them. They also see whether anybody of the others is shown as gone. */
#include "mode.h"
#include "marker.h"
#include "meter.h"
#include "report.h"
#include "restart.h"
#include "samples.h"
#include "target.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>

enum {
	MISSED = 20, /* messages */
	ASKS_PER_SECOND = 200,
	SAMPLES_MAX = ASKS_PER_SECOND * 200,
	RETRY_MS = 100,
	LIMIT_SECONDS = 120,
	QUIET_SECONDS = 3,
	COMMIT_SECONDS = 60,
};

struct storm {
	struct lg_pool *pool;
	uint32_t away;    /* sessions that are lost: the first ones */
	uint32_t *line;   /* ring of those to be opened, by the time at which that may be */
	uint64_t *due_ns; /* by session */
	uint32_t line_from, line_n;
	uint32_t opening, back, resumed, refused;
	uint32_t *missed; /* by session: a bit per message that has come */
	uint64_t missed_n, repeated;
	uint64_t offline_before, offline_most, offline_seen; /* people shown as gone */
	uint64_t *asked_ns;                                  /* by who stays; 0: not waiting */
	uint64_t next_ask_ns;
	uint32_t next_asker;
	struct lg_samples *samples; /* of the phase; NULL: none are taken */
	uint64_t back_ns;           /* when the last one was, with what it missed */
};

static uint64_t count_offline(const struct lg_ws_frame *frame)
{
	static const char mark[] = "\"status\":\"offline\"";
	const char *at = frame->data, *end = at ? at + frame->len : NULL;
	uint64_t n = 0;

	for (; at && (at = memmem(at, (size_t)(end - at), mark, sizeof(mark) - 1)) != NULL; at++)
		n++;
	return n;
}

/* ---- what arrives ---- */

struct arrival {
	struct storm *storm;
	uint32_t index;
};

static void on_marker(void *ctx, uint32_t number)
{
	struct arrival *arrival = ctx;
	struct storm *s = arrival->storm;
	uint32_t *missed = &s->missed[arrival->index];

	if (number == 0 || number > MISSED)
		return; /* the one before the storm */
	if (*missed & 1U << number) {
		s->repeated++;
		return;
	}
	*missed |= 1U << number;
	if (arrival->index < s->away) {
		s->missed_n++;
		s->back_ns = lg_now_ns();
	}
}

static void on_answer(struct storm *s, const struct lg_conn *conn)
{
	uint64_t *asked_ns = &s->asked_ns[conn->index - s->away];

	if (*asked_ns && s->samples)
		lg_samples_add(s->samples, s->pool->now_ns - *asked_ns);
	*asked_ns = 0;
}

static void on_text(void *ctx, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	struct storm *s = ctx;
	const struct lg_target *target = s->pool->target;
	struct arrival arrival = { s, conn->index };

	if (target->remember)
		target->remember(conn, frame);
	if (target->is_answer && target->is_answer(frame)) {
		if (conn->index >= s->away)
			on_answer(s, conn);
		return;
	}
	s->offline_seen += count_offline(frame);
	if (!lg_marker_each(frame, on_marker, &arrival))
		lg_target_other(s->pool, conn, frame);
}

static void on_joined(void *ctx, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	struct storm *s = ctx;
	const uint64_t offline = count_offline(frame);

	s->opening--;
	s->back++;
	s->resumed += conn->resumed;
	s->back_ns = lg_now_ns();
	s->offline_most = offline > s->offline_most ? offline : s->offline_most;
}

/* ---- coming back ---- */

static void enqueue(struct storm *s, uint32_t index, uint64_t due_ns)
{
	s->due_ns[index] = due_ns;
	s->line[(s->line_from + s->line_n++) % s->pool->count] = index;
}

static void on_lost(void *ctx, struct lg_conn *conn)
{
	struct storm *s = ctx;

	if (conn->index >= s->away)
		lg_die("connection %u was to stay and is lost", conn->index);
	s->refused++;
	s->opening--;
	enqueue(s, conn->index, lg_now_ns() + RETRY_MS * (LG_SECOND_NS / 1000));
}

static void open_some(struct storm *s)
{
	const uint64_t now_ns = lg_now_ns();

	while (s->line_n && s->opening < s->pool->opt->concurrency) {
		const uint32_t index = s->line[s->line_from];

		if (s->due_ns[index] > now_ns)
			return;
		s->line_from = (s->line_from + 1) % s->pool->count;
		s->line_n--;
		s->opening++;
		if (!lg_pool_begin(s->pool, &s->pool->conns[index]))
			on_lost(s, &s->pool->conns[index]);
	}
}

/* All are back, with all that they missed; or nothing more of that comes. */
static bool is_over(const struct storm *s)
{
	const bool whole = s->missed_n == (uint64_t)s->away * MISSED;

	return s->back == s->away && (!s->pool->target->remember || whole ||
				      lg_now_ns() - s->back_ns > QUIET_SECONDS * LG_SECOND_NS);
}

/* Who still waits for an answer isn't asked for another: their wait is a sample when it ends. */
static void ask_when_due(struct storm *s)
{
	struct lg_pool *pool = s->pool;
	const uint64_t now_ns = lg_now_ns();
	const uint32_t who = s->next_asker;

	if (!pool->opt->staying || now_ns < s->next_ask_ns)
		return;
	s->next_ask_ns = now_ns + LG_SECOND_NS / ASKS_PER_SECOND;
	s->next_asker = (who + 1) % pool->opt->staying;
	if (s->asked_ns[who])
		return;
	s->asked_ns[who] = now_ns;
	pool->target->ask(pool, &pool->conns[s->away + who]);
	lg_pool_flush(pool, &pool->conns[s->away + who]);
}

static void turn(struct storm *s)
{
	open_some(s);
	ask_when_due(s);
	lg_pool_poll(s->pool, lg_now_ns() + LG_SECOND_NS / ASKS_PER_SECOND / 2);
}

static void publish(struct storm *s, uint32_t first, uint32_t last)
{
	struct lg_pool *pool = s->pool;
	char body[LG_MARKER_LEN + 1];

	for (uint32_t number = first; number <= last; number++) {
		lg_marker_write(body, number);
		pool->target->emit(pool, &pool->publisher, body, LG_MARKER_LEN);
	}
	lg_pool_flush(pool, &pool->publisher);
}

/* Until the server has them: for Muster, they are durable. */
static void wait_for_answers(struct storm *s)
{
	const uint64_t limit_ns = lg_now_ns() + COMMIT_SECONDS * LG_SECOND_NS;

	while (s->pool->target->needs_tokens && s->pool->answers < MISSED + 1) {
		if (lg_now_ns() > limit_ns)
			lg_die("messages are not taken");
		lg_pool_poll(s->pool, limit_ns);
	}
}

static void come_back(struct storm *s)
{
	const uint64_t limit_ns = lg_now_ns() + LIMIT_SECONDS * LG_SECOND_NS;

	s->back = s->opening = s->resumed = s->refused = 0;
	s->missed_n = s->offline_most = s->offline_seen = 0;
	for (uint32_t i = 0; i < s->away; i++)
		enqueue(s, i, 0);
	while (!is_over(s) && lg_now_ns() < limit_ns)
		turn(s);
}

/* ---- the run ---- */

static void prepare(struct storm *s, struct lg_pool *pool)
{
	const struct lg_options *opt = pool->opt;

	if (opt->staying >= opt->sessions || opt->users < 5 || (opt->staying && !pool->target->ask))
		lg_die("some sessions must be lost, and five people at least are needed");
	s->pool = pool;
	s->away = opt->sessions - opt->staying;
	s->line = lg_alloc(pool->count, sizeof(*s->line));
	s->due_ns = lg_alloc(pool->count, sizeof(*s->due_ns));
	s->missed = lg_alloc(pool->count, sizeof(*s->missed));
	s->asked_ns = lg_alloc(opt->staying, sizeof(*s->asked_ns));
	pool->inspect = pool->durable = true;
	pool->ctx = s;
	pool->on_text = on_text;
	pool->on_joined = on_joined;
}

static void open_all(struct storm *s)
{
	struct lg_pool *pool = s->pool;

	lg_pool_open(pool, 0, pool->count);
	lg_pool_open_publisher(pool);
	publish(s, 0, 0);
	lg_pool_settle(pool, 1.5, 20.0);
	/* Who looks now sees everybody, and who was never there. */
	lg_pool_reset(pool, 0, 1);
	s->offline_most = 0;
	lg_pool_open(pool, 0, 1);
	s->offline_before = s->offline_most;
}

static void measure_calm(struct storm *s, struct lg_samples *samples)
{
	const uint64_t end_ns = lg_now_ns() + lg_seconds_ns(s->pool->opt->seconds);

	s->samples = samples;
	while (s->pool->opt->staying && lg_now_ns() < end_ns)
		turn(s);
	s->samples = NULL;
}

static uint64_t excess(uint64_t value, uint64_t before)
{
	return value > before ? value - before : 0;
}

static void report(const struct storm *s, uint64_t from_ns)
{
	lg_report_count("sessions", s->away);
	lg_report_count("back", s->back);
	lg_report_count("resumed", s->resumed);
	lg_report_count("refused", s->refused);
	lg_report_number("missed_messages_got", (double)s->missed_n / ((double)s->away * MISSED));
	lg_report_count("repeated", s->repeated);
	lg_report_count("people_shown_offline", s->offline_seen + excess(s->offline_most, s->offline_before));
	lg_report_number("back_s", (double)(s->back_ns - from_ns) / (double)LG_SECOND_NS);
}

static void report_others(struct lg_samples *calm, struct lg_samples *storm)
{
	lg_samples_sort(calm);
	lg_samples_sort(storm);
	lg_report_number("others_p99_before_ms", lg_samples_percentile_ms(calm, 0.99));
	lg_report_number("others_p50_ms", lg_samples_percentile_ms(storm, 0.50));
	lg_report_number("others_p99_ms", lg_samples_percentile_ms(storm, 0.99));
	lg_report_number("others_max_ms", lg_samples_percentile_ms(storm, 1.0));
}

static void report_memory(const struct lg_pool *pool, const struct lg_proc_memory *before,
			  uint64_t peak_bytes)
{
	const struct lg_proc_memory after = lg_proc_memory((pid_t)pool->opt->server_pid);

	lg_report_count("rss_before_bytes", before->rss_bytes);
	lg_report_count("rss_peak_bytes", peak_bytes);
	lg_report_count("rss_after_bytes", after.rss_bytes);
	lg_report_number("rss_growth_percent",
			 100.0 * ((double)peak_bytes / (double)before->rss_bytes - 1.0));
}

static void free_all(struct storm *s)
{
	free(s->line);
	free(s->due_ns);
	free(s->missed);
	free(s->asked_ns);
}

/* The server lives on. */
static void weather(struct storm *s)
{
	struct lg_pool *pool = s->pool;
	const pid_t server = (pid_t)pool->opt->server_pid;
	struct lg_samples calm, storm;

	lg_samples_init(&calm, SAMPLES_MAX);
	lg_samples_init(&storm, SAMPLES_MAX);
	measure_calm(s, &calm);
	const struct lg_proc_memory before = lg_proc_memory(server);
	lg_proc_forget_peak(server);
	struct lg_meter meter = lg_meter_start(pool);
	const uint64_t from_ns = lg_now_ns();
	s->samples = &storm;
	pool->on_lost = on_lost;
	lg_pool_reset(pool, 0, s->away);
	publish(s, 1, MISSED);
	come_back(s);
	struct lg_meter_result used = lg_meter_stop(&meter, pool);
	const uint64_t peak = lg_proc_peak(server);
	report(s, from_ns);
	report_others(&calm, &storm);
	lg_meter_report(&used);
	report_memory(pool, &before, peak);
	lg_samples_finish(&calm);
	lg_samples_finish(&storm);
}

/* The server dies, and another takes its place. */
static void survive(struct storm *s)
{
	struct lg_pool *pool = s->pool;

	lg_pool_reset(pool, 0, s->away);
	publish(s, 1, MISSED);
	wait_for_answers(s);
	lg_pool_close_publisher(pool);
	pool->on_lost = on_lost;
	const uint64_t from_ns = lg_now_ns();
	struct lg_meter meter = lg_meter_start(pool);
	const pid_t server = lg_restart(pool->opt);
	come_back(s);
	struct lg_meter_result used = lg_meter_stop_of(&meter, pool, server);
	report(s, from_ns);
	lg_meter_report(&used);
	lg_report_count("rss_after_bytes", lg_proc_memory(server).rss_bytes);
	lg_pool_close(pool);
	lg_restart_end(server);
}

void lg_mode_storm(struct lg_pool *pool)
{
	struct storm s = { 0 };

	prepare(&s, pool);
	open_all(&s);
	if (pool->opt->restart)
		survive(&s);
	else
		weather(&s);
	free_all(&s);
}
