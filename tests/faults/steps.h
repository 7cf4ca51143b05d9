/* Steps of one hub, as rows of a table, and the failing of each point of a step. After each failure must hold
 * - who asked hears that it can't be done now, or the same as ever; or nothing, and the edge's time limit
 * says so,
 * - what is told is in the log, whatever is answered, or nothing,
 * - what was answered well is in the log and told to who may hear it, or their connection ends, so that they
 * come back,
 * - what is in memory is what the log makes of it, and the hub goes on.
 * Sanitizers see to the rest. Thread: the test's. */
#ifndef MUSTER_FAULTS_STEPS_H
#define MUSTER_FAULTS_STEPS_H

#include "points.h"
#include "script.h"

#include "room.h"
#include "telling.h"
#include "muster/base/log.h"
#include "muster/wire/codec.h"

#define LISTENER 1 /* Adm follows everything from there */
#define HELPER 2   /* Ann has a session there */
#define POINTS_MOST 20000
#define REFUSED_MOST 10
#define LATER_MS 1500

struct step {
	const char *before; /* lines; run unhurt */
	const char *tried; /* one line; with ? before it it has to be refused, with + what the hub does behind
			      the answer fails, too */
	const char *after; /* lines; run unhurt, after what went well and what didn't */
};

struct outcome {
	bool fired, answered;
	enum mu_err err;
	char *body;   /* normal form */
	char *events; /* durable ones that the listener heard; normal form */
	char *told;   /* their types */
	char *log;    /* types of what came into the log */
	bool cut_off; /* its connection was closed */
};

struct faults {
	struct rig *rig;
	struct mu_store *reader; /* of the log; NULL: by way of the hub's own */
	struct script script;
	struct mu_workspace *shadow; /* what the log makes */
	struct mu_buf logged;        /* while the log is read */
	size_t n_lost;               /* answers */
	size_t n_wrong;              /* things that must not be */
};

/* Where the hub has its log, and what fails there. */
struct place {
	unsigned kinds;
	const char *snapshot_every;
	struct mu_store *(*open)(struct faults *faults); /* a new one; may give a reader, too */
	void (*close)(struct faults *faults); /* the hub and the reader are gone; NULL: nothing to do */
};

static const struct place *place;

/* A step goes on after what must not be, so that all of it is seen at once. */
__attribute__((format(printf, 2, 3))) static void complain(struct faults *faults, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	points_show();
	faults->n_wrong++;
}

/* ---- waiting ---- */

static void wake_up(void *arg)
{
	struct rig *rig = arg;

	pthread_mutex_lock(&rig->lock);
	pthread_cond_broadcast(&rig->changed);
	pthread_mutex_unlock(&rig->lock);
}

static const struct heard *find_answer(const struct rig *rig, unsigned slot, uint32_t tag)
{
	const struct heard *heard = rig->slots[slot].first;

	while (heard && (heard->kind != HEARD_ANSWER || heard->tag != tag))
		heard = heard->next;
	return heard;
}

/* The answer, or NULL as soon as something has failed. */
static const struct heard *wait_answer(struct rig *rig, unsigned slot, uint32_t tag)
{
	const struct heard *heard;

	pthread_mutex_lock(&rig->lock);
	while (!(heard = find_answer(rig, slot, tag)) && !points_fired())
		rig_wait(rig, "answer");
	pthread_mutex_unlock(&rig->lock);
	return heard;
}

/* Nothing fails any more; wait until the hub has done all that it had to: what it is seen to have done within
 * a turn is told with the end of that turn. */
static void calm(struct rig *rig)
{
	const struct heard *heard;
	unsigned refused = 0, idle = 0;

	while (idle < 2) {
		heard = rig_answer(rig, 0, rig_ask(rig, 0, "workspace.get", NULL));
		if (heard->fault.err &&
		    ++refused == REFUSED_MOST) /* at first what it would have shown may not have been kept */
			fail_msg("the hub can't tell any more: %s", mu_fault_text(&heard->fault));
		idle = heard->fault.err || rig->hub->hashing || rig->hub->jobs_out ? 0 : idle + 1;
	}
}

/* The same while something may fail; as soon as it does, that is all. */
static void calm_or_hurt(struct rig *rig)
{
	unsigned idle = 0;

	while (idle < 2 && wait_answer(rig, 0, rig_ask(rig, 0, "workspace.get", NULL)))
		idle = rig->hub->hashing || rig->hub->jobs_out ? 0 : idle + 1;
}

/* ---- comparing ---- */

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
	       c == '-' || c == '~';
}

/* The text without what differs from one time to the next: numbers and words as long as random ones. The
 * caller frees it. */
static char *normal(const char *text)
{
	struct mu_buf out = { 0 };

	while (*text) {
		size_t n = 0;
		while (is_word(text[n]))
			n++;
		if (n >= 16)
			mu_buf_char(&out, '#');
		for (size_t i = 0; i < n && n < 16; i++)
			if (text[i] < '0' || text[i] > '9')
				mu_buf_char(&out, text[i]);
			else if (i == 0 || text[i - 1] < '0' || text[i - 1] > '9')
				mu_buf_char(&out, '#');
		text += n;
		if (*text)
			mu_buf_char(&out, *text++);
	}
	return mu_buf_take(&out);
}

/* Presence is noted when it is due, not with what was asked, and who failed to sign in as memory allows. */
static bool is_asked_for(const char *type)
{
	return strcmp(type, "presence.changed") && strcmp(type, "auth.login_failed");
}

static void add_type(const char *event, struct mu_buf *types)
{
	const char *at = strstr(event, "\"type\":\"");
	char type[64];

	assert_non_null(at);
	at += strlen("\"type\":\"");
	snprintf(type, sizeof(type), "%.*s", (int)strcspn(at, "\""), at);
	if (is_asked_for(type))
		mu_buf_printf(types, "%s\n", type);
}

/* The durable events that a slot has heard after this, and their types. */
static char *events_after(struct rig *rig, unsigned slot, const struct heard *last, char **ret_types)
{
	struct mu_buf out = { 0 }, types = { 0 };

	pthread_mutex_lock(&rig->lock);
	for (const struct heard *heard = last ? last->next : rig->slots[slot].first; heard;
	     heard = heard->next) {
		if (heard->kind != HEARD_FRAME || !strstr(heard->text, "\"cursor\":"))
			continue;
		AUTO_FREE char *text = normal(heard->text);
		mu_buf_printf(&out, "%s\n", text);
		add_type(heard->text, &types);
	}
	pthread_mutex_unlock(&rig->lock);
	*ret_types = mu_buf_take(&types);
	return mu_buf_take(&out);
}

static enum mu_err dump_line(void *arg, const struct mu_event_type *type, const void *data, int64_t at_ms)
{
	struct mu_buf *out = arg;

	mu_buf_printf(out, "%s %lld ", type->name, (long long)at_ms);
	mu_codec_write(type->shape, data, MU_FORM_LOG, out);
	mu_buf_char(out, '\n');
	return MU_OK;
}

static bool follow(void *arg, const struct mu_row *row)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_workspace *shadow = arg;
	struct mu_event event;

	assert_int_equal(event_of_row(row, &arena, &event), MU_OK);
	assert_int_equal(mu_event_apply(shadow, &event), MU_OK);
	return true;
}

static bool note(void *arg, const struct mu_row *row)
{
	struct faults *faults = arg;

	if (is_asked_for(row->type))
		mu_buf_printf(&faults->logged, "%s\n", row->type);
	return follow(faults->shadow, row);
}

/* The types of what came into the log since the last time. The caller frees them. */
static char *read_log(struct faults *faults)
{
	struct mu_store *log = faults->reader ? faults->reader : faults->rig->store;

	mu_buf_reset(&faults->logged);
	assert_int_equal(mu_store_read(log, "acme", faults->shadow->seq, INT64_MAX, note, faults), MU_OK);
	return mu_buf_take(&faults->logged);
}

/* What is in memory has to be what the log makes of it. The hub is idle, and the log is read. */
static void check_state(struct faults *faults)
{
	const struct room *room = faults->rig->hub->rooms;
	AUTO_BUF struct mu_buf now = { 0 }, right = { 0 };

	if (room->ws->seq != faults->shadow->seq || room->durable_seq != faults->shadow->seq)
		complain(faults, "the log ends with %lld, the state with %lld, what is told with %lld",
			 (long long)faults->shadow->seq, (long long)room->ws->seq,
			 (long long)room->durable_seq);
	assert_int_equal(mu_workspace_dump(room->ws, dump_line, &now), MU_OK);
	assert_int_equal(mu_workspace_dump(faults->shadow, dump_line, &right), MU_OK);
	if (strcmp(mu_buf_text(&now), mu_buf_text(&right)))
		complain(faults, "the state is\n%s\nand not\n%s", mu_buf_text(&now), mu_buf_text(&right));
}

/* ---- a try ---- */

/* Whether a slot has no session, or none any more, which the hub then knows. */
static bool is_out(struct rig *rig, unsigned slot)
{
	if (rig->slots[slot].closed)
		script_gone(rig, slot);
	return rig->slots[slot].closed || !rig->slots[slot].first;
}

static void listen_again(struct faults *faults)
{
	if (is_out(faults->rig, LISTENER)) {
		rig_connect(faults->rig, LISTENER, "adm");
		rig_call(faults->rig, LISTENER, "session.open", "{}");
	}
	if (is_out(faults->rig, HELPER))
		rig_sign_in(faults->rig, HELPER, "ann");
}

/* Everything that is durable by now has come to the listener, unless it was sent away. */
static void fence(struct rig *rig)
{
	rig_call(rig, 0, "event.publish",
		 "{\"type\":\"x.fence\",\"audience\":{\"everyone\":true},\"durable\":true}");
}

static void try_line(struct faults *faults, const char *text, bool behind, struct outcome *outcome)
{
	struct rig *rig = faults->rig;
	AUTO_FREE char *line = script_fill(&faults->script, text, strlen(text));
	const struct heard *heard = NULL;
	const char *params;
	char method[64];
	unsigned slot;
	uint32_t tag;

	const bool asks = script_request(line, &slot, method, &params);
	if (!asks) {
		script_word(rig, line);
		slot = 0;
		snprintf(method, sizeof(method), "workspace.get");
		params = NULL;
	}
	tag = rig_ask(rig, slot, method, params);
	wait_answer(rig, slot, tag);
	if (behind)
		calm_or_hurt(rig);
	outcome->fired = points_disarm();
	calm(rig);
	heard = find_answer(rig, slot, tag);
	/* For who opens a session the edge has a time limit, as for HTTP. */
	if (!heard && asks && strcmp(method, "session.open") && !rig->slots[slot].closed &&
	    rig->slots[slot].transport == MU_TRANSPORT_WS)
		complain(faults, "nobody answers, nor is the session ended");
	outcome->answered = heard;
	outcome->err = heard ? heard->fault.err : MU_OK;
	outcome->body = normal(!asks || !heard    ? ""
			       : heard->fault.err ? mu_fault_text(&heard->fault)
						  : heard->text);
	/* How presence stands at the moment is told again with the next tick. */
	if (!strcmp(method, "session.open"))
		outcome->body[strcspn(outcome->body, "[")] = '\0';
	if (heard && !outcome->err)
		script_keep(&faults->script, heard->text);
}

static struct outcome try(struct faults *faults, const struct step *step, long n)
{
	struct rig *rig = faults->rig;
	struct outcome outcome = { 0 };

	listen_again(faults);
	rig_platform(rig, 0);
	script_run(&faults->script, step->before);
	calm(rig);
	free(read_log(faults));
	const struct heard *last = rig->slots[LISTENER].last;
	points_arm(place->kinds, n);
	try_line(faults, step->tried + !!strchr("?+", *step->tried), *step->tried == '+', &outcome);
	rig_pass(rig, LATER_MS); /* what couldn't be done then is done now */
	calm(rig);
	fence(rig);
	calm(rig);
	outcome.cut_off = rig->slots[LISTENER].closed;
	outcome.events = events_after(rig, LISTENER, last, &outcome.told);
	outcome.log = read_log(faults);
	check_state(faults);
	script_run(&faults->script, step->after);
	faults->script.n++;
	return outcome;
}

static void finish(struct outcome *outcome)
{
	free(outcome->body);
	free(outcome->events);
	free(outcome->told);
	free(outcome->log);
}

/* Whoever can't be told what they missed hears so. */
static bool starts_over(const struct outcome *outcome, const struct outcome *right)
{
	return strstr(right->body, "\"resumed\":true") && strstr(outcome->body, "\"resumed\":false");
}

/* Whether each line of a text is in the other one, in the same order. */
static bool has_lines(const char *text, const char *lines)
{
	for (; *lines; lines += strcspn(lines, "\n") + 1) {
		const size_t n = strcspn(lines, "\n") + 1;
		while (*text && strncmp(text, lines, n))
			text += strcspn(text, "\n") + 1;
		if (!*text)
			return false;
		text += n;
	}
	return true;
}

static void judge(struct faults *faults, const struct outcome *outcome, const struct outcome *right)
{
	if (!has_lines(outcome->log, outcome->told))
		complain(faults, "it tells of\n%s\nand the log has got\n%s", outcome->told, outcome->log);
	if (!outcome->answered) {
		faults->n_lost++;
		return;
	}
	if (outcome->err != right->err) { /* for another reason than ever */
		if (outcome->err != MU_UNAVAILABLE)
			complain(faults, "it answers %s", mu_err_info(outcome->err)->kind);
		return;
	}
	if (strcmp(outcome->body, right->body) && !starts_over(outcome, right))
		complain(faults, "it answers\n%s\nand not\n%s", outcome->body, right->body);
	if (!outcome->cut_off && strcmp(outcome->events, right->events))
		complain(faults, "it tells\n%s\nand not\n%s", outcome->events, right->events);
	if (!has_lines(outcome->log, right->log))
		complain(faults, "the log has got\n%s\nand not\n%s", outcome->log, right->log);
}

static void begin(struct faults *faults)
{
	const char *const options[][2] = { { "snapshot_every", place->snapshot_every },
					   { "login_attempts", "1000000" },
					   { "public_url", "https://hub.test" },
					   { "smtp_url", "smtp://mail.test" },
					   { NULL, NULL } };

	faults->rig = faults->script.rig = rig_on(place->open(faults), options);
	rig_people(faults->rig);
	rig_quiet(faults->rig);
	rig_platform(faults->rig, 0);
	faults->shadow = mu_workspace_create("acme");
	points_on_fire(wake_up, faults->rig);
	rig_call(faults->rig, 0, "user.create",
		 "{\"id\":\"zoe\",\"name\":\"Zoe\",\"email\":\"zoe@acme.test\",\"roles\":[\"agent\"],"
		 "\"password\":\"copper lantern 9317\"}");
	listen_again(faults); /* that they came is in the log before the first step is */
	rig_pass(faults->rig, LATER_MS);
	calm(faults->rig);
}

static void end(struct faults *faults)
{
	points_disarm();
	free(read_log(faults));
	mu_store_close(faults->reader);
	faults->reader = NULL;
	rig_destroy(faults->rig);
	if (place->close)
		place->close(faults);
	mu_workspace_destroy(faults->shadow);
}

/* A log grows with each try, and with it what there is to fail in what reads it. */
#define TRIES_OF_A_HUB 200

/* Each point of the step fails once, or each new way to one. */
static void each_point(struct faults *faults, const struct step *step)
{
	struct outcome right = try(faults, step, POINTS_NONE), outcome = { .fired = true };

	if (!right.answered || (right.err != MU_OK) != (*step->tried == '?')) {
		complain(faults, "%s: %s %s", step->tried,
			 right.answered ? mu_err_info(right.err)->kind : "no answer", right.body);
		outcome.fired = false;
	}
	for (long n = 0; outcome.fired; n++) {
		assert_true(n < POINTS_MOST);
		if (n % TRIES_OF_A_HUB == TRIES_OF_A_HUB - 1) {
			end(faults);
			begin(faults);
			finish(&right);
			right = try(faults, step, POINTS_NONE);
		}
		outcome = try(faults, step, points_nth(n));
		const size_t wrong = faults->n_wrong;
		judge(faults, &outcome, &right);
		if (faults->n_wrong != wrong)
			fprintf(stderr, "in %s\n\n", step->tried);
		finish(&outcome);
	}
	finish(&right);
}

static int set_up(void **state)
{
	struct faults *faults = calloc(1, sizeof(*faults));

	mu_log_setup(MU_LOG_ERROR, MU_LOG_TEXT);
	begin(faults);
	*state = faults;
	return 0;
}

static int tear_down(void **state)
{
	end(*state);
	free(*state);
	return 0;
}

static const char *wanted; /* a part of the steps to run; NULL: all */
static size_t n_run;

static void run_steps(void **state, const struct step *steps, size_t n)
{
	struct faults *faults = *state;

	for (size_t i = 0; i < n; i++) {
		const size_t failed = points_failed(), lost = faults->n_lost;
		if (wanted && !strstr(steps[i].tried, wanted))
			continue;
		each_point(faults, &steps[i]);
		n_run++;
		assert_true(points_scene(steps[i].tried, failed));
		if (faults->n_lost > lost)
			print_message("    %zu answers lost\n", faults->n_lost - lost);
	}
	assert_int_equal(faults->n_wrong, 0);
}

#define RUN(steps)                                                                                           \
	static void each_point_of_##steps(void **state)                                                      \
	{                                                                                                    \
		run_steps(state, steps, MU_COUNT(steps));                                                    \
	}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* What main does before its tests. `part`: of the names of the steps to run, or NULL. */
static void prepare(const struct place *at, const char *part)
{
	place = at;
	wanted = part;
	points_start();
}

/* What main answers. */
static int result(int failed)
{
	if (!n_run)
		print_error("no step has %s in it\n", wanted);
	return points_result(failed || !n_run, place->kinds);
}

#endif
