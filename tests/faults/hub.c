/* Every allocation of the hub fails once: in each step of a scene, by each way that leads to it.
 * `MU_FAULTS=all` has every single one fail. After each failure must hold
 * - who asked hears that it can't be done now, or the same as ever; or nothing, and the edge's time limit
 * says so,
 * - what was answered well is in the log and told to who may hear it, or their connection ends, so that they
 * come back,
 * - what is in memory is what the log makes of it, and the hub goes on.
 * Sanitizers see to the rest. */
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
	const char *tried;  /* one line; with ? before it it has to be refused */
	const char *after;  /* lines; run unhurt, after what went well and what didn't */
};

struct outcome {
	bool fired, answered;
	enum mu_err err;
	char *body;   /* normal form */
	char *events; /* durable ones that the listener heard; normal form */
	bool cut_off; /* its connection was closed */
};

struct faults {
	struct rig *rig;
	struct script script;
	struct mu_workspace *shadow; /* what the log makes */
	size_t n_lost;               /* answers */
	size_t n_wrong;              /* things that must not be */
};

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

/* Nothing fails any more; wait until the hub has done all that it had to. */
static void calm(struct rig *rig)
{
	const struct heard *heard;
	unsigned refused = 0;

	do {
		heard = rig_answer(rig, 0, rig_ask(rig, 0, "workspace.get", NULL));
		if (heard->fault.err &&
		    ++refused == REFUSED_MOST) /* at first what it would have shown may not have been kept */
			fail_msg("the hub can't tell any more: %s", mu_fault_text(&heard->fault));
	} while (heard->fault.err || rig->hub->hashing || rig->hub->jobs_out);
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

/* The durable events that a slot has heard after this. */
static char *events_after(struct rig *rig, unsigned slot, const struct heard *last)
{
	struct mu_buf out = { 0 };

	pthread_mutex_lock(&rig->lock);
	for (const struct heard *heard = last ? last->next : rig->slots[slot].first; heard;
	     heard = heard->next) {
		if (heard->kind != HEARD_FRAME || !strstr(heard->text, "\"cursor\":"))
			continue;
		AUTO_FREE char *text = normal(heard->text);
		mu_buf_printf(&out, "%s\n", text);
	}
	pthread_mutex_unlock(&rig->lock);
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

/* What is in memory has to be what the log makes of it. The hub is idle. */
static void check_state(struct faults *faults)
{
	const struct room *room = faults->rig->hub->rooms;
	AUTO_BUF struct mu_buf now = { 0 }, right = { 0 };

	assert_int_equal(mu_store_read(faults->rig->store, "acme", faults->shadow->seq, INT64_MAX, follow,
				       faults->shadow),
			 MU_OK);
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

static void try_line(struct faults *faults, const char *text, struct outcome *outcome)
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

static struct outcome try(struct faults *faults, const struct step *step, bool unhurt, long n)
{
	struct rig *rig = faults->rig;
	struct outcome outcome = { 0 };

	listen_again(faults);
	rig_platform(rig, 0);
	script_run(&faults->script, step->before);
	calm(rig);
	const struct heard *last = rig->slots[LISTENER].last;
	points_arm(unhurt ? 0 : POINTS_MEMORY, n);
	try_line(faults, step->tried + (*step->tried == '?'), &outcome);
	rig_pass(rig, LATER_MS); /* what couldn't be done then is done now */
	calm(rig);
	fence(rig);
	calm(rig);
	outcome.cut_off = rig->slots[LISTENER].closed;
	outcome.events = events_after(rig, LISTENER, last);
	check_state(faults);
	script_run(&faults->script, step->after);
	faults->script.n++;
	return outcome;
}

static void finish(struct outcome *outcome)
{
	free(outcome->body);
	free(outcome->events);
}

/* Whoever can't be told what they missed hears so. */
static bool starts_over(const struct outcome *outcome, const struct outcome *right)
{
	return strstr(right->body, "\"resumed\":true") && strstr(outcome->body, "\"resumed\":false");
}

static void judge(struct faults *faults, const struct outcome *outcome, const struct outcome *right)
{
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
}

static void begin(struct faults *faults)
{
	static const char *const options[][2] = { { "snapshot_every", "1000000" },
						  { "login_attempts", "1000000" },
						  { "public_url", "https://hub.test" },
						  { "smtp_url", "smtp://mail.test" },
						  { NULL, NULL } };

	faults->rig = faults->script.rig = rig_create(options);
	faults->shadow = mu_workspace_create("acme");
	points_on_fire(wake_up, faults->rig);
	rig_call(faults->rig, 0, "user.create",
		 "{\"id\":\"zoe\",\"name\":\"Zoe\",\"email\":\"zoe@acme.test\",\"roles\":[\"agent\"],"
		 "\"password\":\"copper lantern 9317\"}");
}

static void end(struct faults *faults)
{
	points_disarm();
	mu_workspace_destroy(faults->shadow);
	rig_destroy(faults->rig);
}

/* A log grows with each try, and with it what there is to fail in what reads it. */
#define TRIES_OF_A_HUB 200

static bool all_of_them;

/* Every allocation of the step fails once. */
static void each_point(struct faults *faults, const struct step *step)
{
	struct outcome right = try(faults, step, true, 0), outcome = { .fired = true };

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
		}
		outcome = try(faults, step, false, all_of_them ? n : POINTS_NEW);
		const size_t wrong = faults->n_wrong;
		judge(faults, &outcome, &right);
		if (faults->n_wrong != wrong)
			fprintf(stderr, "in %s\n\n", step->tried);
		finish(&outcome);
	}
	finish(&right);
}

/* ---- scenes ---- */

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

static void run_steps(void **state, const struct step *steps, size_t n)
{
	struct faults *faults = *state;

	for (size_t i = 0; i < n; i++) {
		const size_t failed = points_failed(), lost = faults->n_lost;
		if (wanted && !strstr(steps[i].tried, wanted))
			continue;
		each_point(faults, &steps[i]);
		print_message("  %-76.76s %6zu points, %zu answers lost\n", steps[i].tried,
			      points_failed() - failed, faults->n_lost - lost);
	}
	assert_int_equal(faults->n_wrong, 0);
}

#define ACME "{\"workspace\":\"acme\","
#define ZOE "{\"id\":\"zoe#\",\"name\":\"Zoe\",\"email\":\"zoe#@acme.test\",\"roles\":[\"agent\"]}"
#define ZOE_WITH_PASSWORD                                                                                    \
	"{\"id\":\"zoe#\",\"name\":\"Zoe\",\"email\":\"zoe#@acme.test\",\"roles\":[\"agent\"],"              \
	"\"password\":\"copper lantern 9317\"}"
#define NEW_ZOE "0 user.create " ZOE "\n"
#define NO_ZOE "?0 user.remove {\"user\":\"zoe#\"}"
#define NEW_C "0 conversation.put {\"id\":\"c#\",\"team\":\"support\"}\n"
#define NO_C "?0 conversation.resolve {\"id\":\"c#\"}"

/* A step is a row. */
/* clang-format off */

/* ---- the directory ---- */

static const struct step directory[] = {
	{ NULL, "0 user.create " ZOE, NO_ZOE },
	{ NULL, "0 user.create {\"id\":\"zoe#\",\"name\":\"Zoe\",\"email\":\"zoe#@acme.test\",\"phone\":\"+49 30 1\",\"roles\":[\"agent\",\"supervisor\"],\"teams\":[\"support\"],\"capacity\":3,\"welcome\":true}", NO_ZOE },
	{ NEW_ZOE, "0 user.get {\"user\":\"zoe#\"}", NO_ZOE },
	{ NULL, "0 user.list {\"limit\":3}", NULL },
	{ NEW_ZOE, "0 user.update {\"user\":\"zoe#\",\"name\":\"Zo#\",\"phone\":\"+49 30 2\",\"roles\":[\"supervisor\"],\"teams\":[\"support\"],\"capacity\":5}", NO_ZOE },
	{ NEW_ZOE, "0 user.deactivate {\"user\":\"zoe#\"}", NO_ZOE },
	{ NEW_ZOE "0 user.deactivate {\"user\":\"zoe#\"}", "0 user.reactivate {\"user\":\"zoe#\"}", NO_ZOE },
	{ NEW_ZOE "0 team.add {\"team\":\"support\",\"user\":\"zoe#\"}", "0 user.remove {\"user\":\"zoe#\"}", NO_ZOE },
	{ NEW_ZOE, "0 user.remove_many {\"users\":[\"zoe#\",\"nobody\"]}", NO_ZOE },
	{ NEW_ZOE, "0 capacity.set {\"user\":\"zoe#\",\"capacity\":4}", NO_ZOE },
	{ NULL, "0 team.create {\"id\":\"t#\",\"name\":\"Team #\",\"lead\":\"ann\",\"members\":[\"ann\",\"bob\"],\"strategy\":\"round_robin\",\"settings\":{\"offer_ms\":30000}}", "?0 team.delete {\"team\":\"t#\"}" },
	{ NULL, "0 team.get {\"team\":\"support\"}", NULL },
	{ NULL, "0 team.list {\"limit\":10}", NULL },
	{ "0 team.create {\"id\":\"t#\",\"name\":\"Team #\"}", "0 team.update {\"team\":\"t#\",\"name\":\"Other\",\"lead\":\"ann\",\"schedule\":{\"zone\":\"UTC\",\"open\":[{\"day\":3,\"from\":\"09:00\",\"to\":\"17:00\"}]}}", "?0 team.delete {\"team\":\"t#\"}" },
	{ "0 team.create {\"id\":\"t#\",\"name\":\"Team #\"}", "0 team.add {\"team\":\"t#\",\"user\":\"ann\"}", "?0 team.delete {\"team\":\"t#\"}" },
	{ "0 team.create {\"id\":\"t#\",\"name\":\"Team #\",\"members\":[\"ann\"]}", "0 team.remove {\"team\":\"t#\",\"user\":\"ann\"}", "?0 team.delete {\"team\":\"t#\"}" },
	{ "0 team.create {\"id\":\"t#\",\"name\":\"Team #\",\"members\":[\"ann\"]}\n0 conversation.put {\"id\":\"c#\",\"team\":\"t#\"}", "0 team.delete {\"team\":\"t#\",\"move_to\":\"support\"}", NO_C "\n?0 team.delete {\"team\":\"t#\",\"move_to\":\"support\"}" },
	{ NULL, "0 role.create {\"id\":\"r#\",\"name\":\"Role #\",\"description\":\"Some\",\"permissions\":[\"presence.self\",\"presence.view:team\"]}", "?0 role.delete {\"role\":\"r#\"}" },
	{ NULL, "0 role.get {\"role\":\"agent\"}", NULL },
	{ NULL, "0 role.list {\"limit\":2}", NULL },
	{ "0 role.create {\"id\":\"r#\",\"name\":\"Role #\",\"permissions\":[\"presence.self\"]}\n0 role.assign {\"user\":\"ann\",\"roles\":[\"agent\",\"r#\"]}", "0 role.update {\"role\":\"r#\",\"description\":\"Other\",\"permissions\":[\"presence.view:team\"]}", "0 role.assign {\"user\":\"ann\",\"roles\":[\"agent\"]}\n?0 role.delete {\"role\":\"r#\"}" },
	{ "0 role.create {\"id\":\"r#\",\"name\":\"Role #\",\"permissions\":[\"presence.self\"]}\n0 role.assign {\"user\":\"ann\",\"roles\":[\"agent\",\"r#\"]}", "0 role.delete {\"role\":\"r#\",\"replace_with\":\"agent\"}", "0 role.assign {\"user\":\"ann\",\"roles\":[\"agent\"]}\n?0 role.delete {\"role\":\"r#\"}" },
	{ NULL, "0 role.assign {\"user\":\"ann\",\"roles\":[\"agent\",\"supervisor\"]}", "0 role.assign {\"user\":\"ann\",\"roles\":[\"agent\"]}" },
	{ NULL, "0 role.packs", NULL },
	{ NULL, "0 permission.list", NULL },
	{ NULL, "0 permission.register {\"key\":\"orders.read\",\"help\":\"See the orders of a customer\"}", "?0 permission.remove {\"key\":\"orders.read\"}" },
	{ "0 permission.register {\"key\":\"orders.read\",\"help\":\"See the orders of a customer\"}", "0 permission.remove {\"key\":\"orders.read\"}", "?0 permission.remove {\"key\":\"orders.read\"}" },
	{ NULL, "0 directory.sync {\"roles\":[{\"id\":\"r#\",\"name\":\"R\",\"permissions\":[\"presence.self\"]}],\"teams\":[{\"id\":\"t#\",\"name\":\"T\"}],\"users\":[{\"id\":\"zoe#\",\"name\":\"Zoe\",\"email\":\"zoe#@acme.test\",\"roles\":[\"agent\"],\"teams\":[\"t#\"]}],\"remove_missing\":false}", NO_ZOE "\n?0 team.delete {\"team\":\"t#\"}\n?0 role.delete {\"role\":\"r#\"}" },
	{ NULL, "0 seats.get", NULL },
	{ NULL, "0 workspace.get", NULL },
	{ NULL, "0 workspace.update {\"name\":\"Acme #\",\"idle_after_ms\":900#,\"statuses\":[{\"id\":\"lunch\",\"label\":\"Lunch #\",\"base\":\"away\"}],\"schedule\":{\"zone\":\"Europe/Berlin\",\"open\":[{\"day\":1,\"from\":\"00:00\",\"to\":\"23:00\"}]},\"channels\":[{\"id\":\"chat\",\"weight\":2}]}", "0 workspace.update {\"name\":\"Acme\",\"idle_after_ms\":0,\"statuses\":[],\"schedule\":null,\"channels\":[]}" },
};

/* ---- proofs ---- */

static const struct step proofs[] = {
	{ "stranger 3", "3 auth.login " ACME "\"email\":\"zoe@acme.test\",\"password\":\"copper lantern 9317\"}", NULL },
	{ "stranger 3", "?3 auth.login " ACME "\"email\":\"zoe@acme.test\",\"password\":\"a guess\"}", NULL },
	{ "connect 3 zoe\npassword 3\n3 session.open {}", "3 auth.password {\"old\":\"copper lantern 9317\",\"new\":\"velvet harbour 2284\"}", "connect 3 zoe\npassword 3\n3 session.open {}\n?3 auth.password {\"old\":\"velvet harbour 2284\",\"new\":\"copper lantern 9317\"}\ngone 3" },
	{ NULL, "1 key.create {\"alg\":\"api\",\"id\":\"crm#\",\"scopes\":[\"users.view\",\"presence.view:all\"]}", "?1 key.revoke {\"id\":\"crm#\"}" },
	{ "connect 3 owner\n3 session.open {}", "3 key.create {\"alg\":\"EdDSA\",\"id\":\"ed#\"}", "?3 key.revoke {\"id\":\"ed#\"}\ngone 3" },
	{ NULL, "1 key.list {\"limit\":10}", NULL },
	{ "1 key.create {\"alg\":\"api\",\"id\":\"crm#\",\"scopes\":[\"users.view\"]}", "1 key.revoke {\"id\":\"crm#\"}", "?1 key.revoke {\"id\":\"crm#\"}" },
	{ NULL, "1 security.get", NULL },
	{ NULL, "0 security.update {\"require_2fa\":true}", "0 security.update {\"require_2fa\":false}" },
	{ "connect 3 zoe\npassword 3\n3 session.open {}", "3 totp.get", "gone 3" },
	{ "connect 3 zoe\npassword 3\n3 session.open {}", "3 totp.enroll {\"password\":\"copper lantern 9317\"}", "?0 totp.reset {\"user\":\"zoe\"}\ngone 3" },
	{ "connect 3 zoe\npassword 3\n3 session.open {}\n3 totp.enroll", "3 totp.confirm {\"code\":\"@code\"}", "?0 totp.reset {\"user\":\"zoe\"}\ngone 3" },
	{ "connect 3 zoe\npassword 3\n3 session.open {}\n3 totp.enroll\n3 totp.confirm {\"code\":\"@code\"}\npass 30000", "3 totp.recovery {\"code\":\"@code\"}", "?0 totp.reset {\"user\":\"zoe\"}\ngone 3" },
	{ "connect 3 zoe\npassword 3\n3 session.open {}\n3 totp.enroll\n3 totp.confirm {\"code\":\"@code\"}\npass 30000", "3 totp.disable {\"code\":\"@code\"}", "?0 totp.reset {\"user\":\"zoe\"}\ngone 3" },
	{ "connect 3 zoe\npassword 3\n3 session.open {}\n3 totp.enroll\n3 totp.confirm {\"code\":\"@code\"}", "0 totp.reset {\"user\":\"zoe\"}", "?0 totp.reset {\"user\":\"zoe\"}\ngone 3" },
	{ "connect 3 zoe\npassword 3\n3 session.open {}\n3 totp.enroll\n3 totp.confirm {\"code\":\"@code\"}\npass 30000\nstranger 4", "4 auth.login " ACME "\"email\":\"zoe@acme.test\",\"password\":\"copper lantern 9317\",\"code\":\"@code\"}", "?0 totp.reset {\"user\":\"zoe\"}\ngone 3" },
	{ NULL, "0 invite.create {\"email\":\"kim#@acme.test\",\"name\":\"Kim\",\"roles\":[\"agent\"],\"teams\":[\"support\"]}", NULL },
	{ "0 invite.create {\"email\":\"kim#@acme.test\",\"roles\":[\"agent\"]}", "0 invite.resend {\"id\":\"@id\"}", "?0 invite.revoke {\"id\":\"@id\"}" },
	{ "0 invite.create {\"email\":\"kim#@acme.test\",\"roles\":[\"agent\"]}", "0 invite.revoke {\"id\":\"@id\"}", "?0 invite.revoke {\"id\":\"@id\"}" },
	{ NULL, "0 invite.list {\"limit\":2}", NULL },
	{ "0 invite.create {\"email\":\"kim#@acme.test\",\"roles\":[\"agent\"]}\nstranger 3", "3 invite.show " ACME "\"token\":\"@token\"}", NULL },
	{ "0 invite.create {\"email\":\"kim#@acme.test\",\"roles\":[\"agent\"]}\nstranger 3", "3 invite.accept " ACME "\"token\":\"@token\",\"name\":\"Kim\",\"password\":\"copper lantern 9317\"}", NULL },
};

/* ---- sessions and presence ---- */

#define BOB "connect 3 bob\n3 session.open {}\n"

static const struct step sessions[] = {
	{ "connect 3 bob", "3 session.open {}", "gone 3" },
	{ "connect 3 bob", "3 session.open {\"device\":{\"id\":\"d-7f3a\",\"kind\":\"web\",\"name\":\"Firefox on Linux\"},\"watch\":{\"presence\":{\"users\":[\"ann\",\"sue\"]}}}", "gone 3" },
	{ "connect 3 bob", "3 session.open {\"watch\":{\"presence\":{\"team\":\"support\"}}}", "gone 3" },
	{ BOB "gone 3\n0 event.publish {\"type\":\"x.missed\",\"audience\":{\"everyone\":true},\"durable\":true}\nconnect 3 bob", "3 session.open {\"resume\":{\"cursor\":\"@cursor\"}}", "gone 3" },
	{ BOB, "3 session.refresh {\"token\":\"checked by the edge\"}", "gone 3" },
	{ BOB, "3 session.activity {\"state\":\"idle\"}", "gone 3" },
	{ BOB, "3 session.close", "gone 3" },
	{ NULL, "1 session.list {\"user\":\"ann\"}", NULL },
	{ "connect 3 sue\ntoken 3 #\n3 session.open {}", "0 session.revoke {\"user\":\"sue\"}", "gone 3\npass 2000" },
	{ "connect 3 sue\ntoken 3 #\n3 session.open {}", "3 auth.logout", "gone 3\npass 2000" },
	{ NULL, "2 ticket.create", NULL },
	{ NULL, "2 presence.set {\"status\":\"busy\",\"note\":\"Back at #\",\"until\":\"@soon\"}", "2 presence.set {\"status\":\"available\"}" },
	{ NULL, "1 presence.force {\"user\":\"ann\",\"status\":\"away\",\"reason\":\"So #\"}", "2 presence.set {\"status\":\"available\"}" },
	{ "pass 1000", "1 presence.get", NULL },
	{ NULL, "2 presence.watch {\"scope\":{\"team\":\"support\"}}", "2 presence.watch {\"scope\":\"none\"}" },
	{ NULL, "1 dashboard.get", NULL },
	{ BOB, "gone 3", NULL },
	{ BOB "gone 3", "pass 60000", NULL },
	{ "pass 60000\n" BOB, "pass 2000", "gone 3" },
	{ "2 presence.set {\"status\":\"busy\",\"until\":\"@soon\"}", "pass 61000", NULL },
	{ NULL, "1 view_as.start {\"user\":\"ann\"}", "?1 view_as.stop" },
	{ "1 view_as.start {\"user\":\"ann\"}", "1 view_as.stop", "?1 view_as.stop" },
};

/* ---- conversations ---- */

#define TO_ANN NEW_C "0 conversation.assign {\"id\":\"c#\",\"user\":\"ann\"}\n"
#define OFFERS "0 team.update {\"team\":\"support\",\"strategy\":\"round_robin\",\"settings\":{\"offer_ms\":60000}}\n"
#define NO_OFFERS "\n0 team.update {\"team\":\"support\",\"strategy\":\"manual\",\"settings\":null}"

static const struct step conversations[] = {
	{ NULL, "0 conversation.put {\"id\":\"c#\",\"team\":\"support\",\"subject\":\"Where is my order?\",\"priority\":\"high\",\"labels\":[\"order\",\"late\"]}", NO_C },
	{ NEW_C, "0 conversation.put {\"id\":\"c#\",\"team\":null,\"subject\":\"Here\",\"status\":\"resolved\"}", NO_C },
	{ NEW_C, "0 conversation.get {\"id\":\"c#\"}", NO_C },
	{ NEW_C, "1 conversation.list {\"status\":\"open\",\"limit\":3}", NO_C },
	{ NEW_C, "1 queue.list {\"team\":\"support\",\"limit\":3}", NO_C },
	{ NEW_C, "0 conversation.assign {\"id\":\"c#\",\"user\":\"ann\",\"if_version\":1}", NO_C },
	{ TO_ANN, "0 conversation.unassign {\"id\":\"c#\"}", NO_C },
	{ NEW_C, "2 conversation.take {\"id\":\"c#\"}", NO_C },
	{ TO_ANN, "2 conversation.release {\"id\":\"c#\"}", NO_C },
	{ TO_ANN, "2 conversation.resolve {\"id\":\"c#\"}", NO_C },
	{ TO_ANN "2 conversation.resolve {\"id\":\"c#\"}", "2 conversation.reopen {\"id\":\"c#\"}", NO_C },
	{ TO_ANN, "2 conversation.pend {\"id\":\"c#\"}", NO_C },
	{ TO_ANN, "2 conversation.snooze {\"id\":\"c#\",\"until\":\"2030-12-31T09:00:00.000Z\"}", NO_C },
	{ NEW_C, "2 conversation.viewing {\"id\":\"c#\",\"on\":true}", "?2 conversation.viewing {\"id\":\"c#\",\"on\":false}\n" NO_C },
	{ NEW_C, "2 conversation.typing {\"id\":\"c#\",\"on\":true}", "?2 conversation.viewing {\"id\":\"c#\",\"on\":false}\n" NO_C },
	{ NEW_C "2 conversation.typing {\"id\":\"c#\",\"on\":true}\n1 conversation.viewing {\"id\":\"c#\",\"on\":true}", "pass 10000", "?2 conversation.viewing {\"id\":\"c#\",\"on\":false}\n" NO_C },
	{ OFFERS, "0 conversation.put {\"id\":\"c#\",\"team\":\"support\"}", NO_C NO_OFFERS },
	{ OFFERS NEW_C "pass 1000", "2 conversation.accept {\"id\":\"c#\"}", NO_C NO_OFFERS },
	{ OFFERS NEW_C "pass 1000", "2 conversation.decline {\"id\":\"c#\"}", NO_C NO_OFFERS },
	{ OFFERS NEW_C, "pass 60000", NO_C NO_OFFERS },
};

/* ---- what is told and what was ---- */

static const struct step events[] = {
	{ NULL, "0 event.publish {\"type\":\"x.paid\",\"audience\":{\"teams\":[\"support\"],\"roles\":[\"admin\"],\"users\":[\"ann\"]},\"data\":{\"order\":#},\"durable\":true}", NULL },
	{ NULL, "0 event.publish {\"type\":\"x.paid\",\"audience\":{\"everyone\":true},\"data\":{\"order\":#}}", NULL },
	{ NULL, "1 audit.list {\"user\":\"ann\",\"limit\":20}", NULL },
	{ "2 presence.set {\"status\":\"busy\"}\npass 2000\n2 presence.set {\"status\":\"available\"}\npass 2000", "1 presence.history {\"user\":\"ann\",\"from\":\"2023-11-14T00:00:00.000Z\",\"to\":\"2023-11-16T00:00:00.000Z\",\"by\":\"interval\",\"limit\":2}", NULL },
	{ NULL, "1 presence.history {\"from\":\"2023-11-14T00:00:00.000Z\",\"to\":\"2023-11-16T00:00:00.000Z\",\"by\":\"day\"}", NULL },
};
/* clang-format on */

#define RUN(steps)                                                                                           \
	static void each_allocation_for_##steps(void **state)                                                \
	{                                                                                                    \
		run_steps(state, steps, MU_COUNT(steps));                                                    \
	}

RUN(directory)
RUN(proofs)
RUN(sessions)
RUN(conversations)
RUN(events)

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CASE(each_allocation_for_directory), CASE(each_allocation_for_proofs),
		CASE(each_allocation_for_sessions),  CASE(each_allocation_for_conversations),
		CASE(each_allocation_for_events),
	};

	const char *how = getenv("MU_FAULTS");

	all_of_them = how && !strcmp(how, "all");
	wanted = argc > 1 ? argv[1] : NULL;
	points_start();
	points_spare(true);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	print_message("%zu allocations failed, reached in %zu ways\n", points_failed(), points_ways());
	return failed;
}
