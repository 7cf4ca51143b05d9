/* Who asks a tame hub for what, and what they were told.
 * Thread: the fuzzer's. */
#include "tame_inner.h"

#include "muster/api/api.h"
#include "muster/auth/totp.h"
#include "muster/hub/hub.h"
#include "muster/store/memory.h"

#include <string.h>

#define DEPTH_MOST 64
#define TOLD_MOST 24
#define TOLD_BYTES_MIN 12
#define PASS_MOST_MS INT64_C(100000000000)
#define DAY_MS 86400000

/* ---- who asks ---- */

enum proof { BY_TOKEN, BY_PASSWORD, BY_KEY, BY_NOTHING, BY_OPERATOR, BY_WHAT_WAS_TOLD };

static const struct person {
	char who;
	bool socket;
	enum proof proof;
	const char *subject;
} people[PEOPLE] = {
	{ 'o', false, BY_TOKEN, "owner" },      { 'O', true, BY_TOKEN, "owner" },
	{ 'a', false, BY_TOKEN, "adm" },        { 'A', true, BY_TOKEN, "adm" },
	{ 's', false, BY_TOKEN, "sue" },        { 'S', true, BY_TOKEN, "sue" },
	{ 'n', false, BY_TOKEN, "ann" },        { 'N', true, BY_TOKEN, "ann" },
	{ 'b', false, BY_TOKEN, "bob" },        { 'B', true, BY_TOKEN, "bob" },
	{ 'c', false, BY_TOKEN, "cat" },        { 'C', true, BY_TOKEN, "cat" },
	{ 'p', false, BY_PASSWORD, "ann" },     { 'P', true, BY_PASSWORD, "ann" },
	{ 'k', false, BY_KEY, "platform" },     { 'K', true, BY_KEY, "platform" },
	{ 'x', false, BY_WHAT_WAS_TOLD, NULL }, { 'X', true, BY_WHAT_WAS_TOLD, NULL },
	{ 'z', false, BY_NOTHING, NULL },       { 'Z', true, BY_NOTHING, NULL },
	{ '0', false, BY_OPERATOR, "acme" },    { '9', false, BY_OPERATOR, NULL },
};

/* ---- what was told ---- */

static char *told[TOLD_MOST]; /* the latest first */

void ask_forget(void)
{
	for (size_t i = 0; i < TOLD_MOST; i++) {
		free(told[i]);
		told[i] = NULL;
	}
}

/* What may be an id, a token or a cursor, but is no time. */
static bool is_worth_it(const char *text, size_t n)
{
	if (n < TOLD_BYTES_MIN || strncmp(text, "20", 2) == 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (text[i] <= ' ' || text[i] == '"' || text[i] == '\\' || text[i] > '~')
			return false;
	return true;
}

void ask_told(const char *text, size_t n)
{
	size_t i = 0;

	if (!is_worth_it(text, n))
		return;
	while (i < TOLD_MOST - 1 && told[i] && (strncmp(told[i], text, n) != 0 || told[i][n]))
		i++;
	free(told[i]);
	memmove(told + 1, told, i * sizeof(*told));
	told[0] = strndup(text, n);
	HOLDS(told[0]);
}

/* A text, or the end of a link. */
static void note_text(const char *text, size_t n)
{
	const char *slash = strstr(text, "://") ? strrchr(text, '/') : NULL;

	if (slash)
		ask_told(slash + 1, strlen(slash + 1));
	else
		ask_told(text, n);
}

static void note_all(const json_t *json)
{
	const json_t *value;
	const char *name;
	size_t i;

	if (json_is_string(json))
		note_text(json_string_value(json), json_string_length(json));
	json_array_foreach(json, i, value) note_all(value);
	json_object_foreach((json_t *)json, name, value) note_all(value);
}

void ask_told_json(const char *text, size_t n)
{
	AUTO_JSON json_t *json = NULL;

	HOLDS(mu_json_parse(text, n, DEPTH_MOST, &json, NULL) == MU_OK);
	note_all(json);
}

const char *ask_told_last(void)
{
	return told[0];
}

void ask_say_closed(struct tame *tame, size_t slot, bool clean)
{
	struct mu_up *up = mu_up_create(MU_UP_CLOSED);

	HOLDS(up);
	up->conn = (struct mu_conn){ .slot = (uint32_t)slot, .generation = tame->slots[slot].generation };
	up->closed.clean = clean;
	up->closed.code = clean ? 1000 : 1006;
	tame->slots[slot] = (struct slot){ .generation = tame->slots[slot].generation + 1 };
	mu_queue_push(mu_hub_queue(tame->hub), &up->msg);
}

/* ---- asking ---- */

static size_t find_person(char who)
{
	size_t i = 0;

	while (i < PEOPLE && people[i].who != who)
		i++;
	return i;
}

static bool is_proved(const struct mu_keyring *keyring, const char *text, struct mu_identity *identity)
{
	AUTO_TOKEN struct mu_token token = { 0 };
	struct mu_fault fault = { 0 };

	return !mu_token_read(text, &token) &&
	       !mu_token_verify(keyring, &token, tame_now_ms(), identity, &fault);
}

static void fill_identity(struct tame *tame, size_t i, struct mu_identity *identity)
{
	const struct person *person = &people[i];

	if (person->proof == BY_NOTHING)
		return;
	for (size_t k = 0; person->proof == BY_WHAT_WAS_TOLD && k < TOLD_MOST && told[k]; k++)
		if (tame->keyring && is_proved(tame->keyring, told[k], identity))
			return;
	if (person->proof == BY_WHAT_WAS_TOLD)
		return;
	*identity = (struct mu_identity){
		.kind = person->proof == BY_KEY ? MU_IDENTITY_KEY : MU_IDENTITY_USER,
		.by_password = person->proof == BY_PASSWORD,
		.issued_at_ms = person->socket ? tame_now_ms() : STILL_START_MS - 1000,
		.expires_at_ms = person->socket ? tame_now_ms() + DAY_MS : STILL_START_MS + DAY_MS,
	};
	snprintf(identity->workspace, sizeof(identity->workspace), "acme");
	snprintf(identity->subject, sizeof(identity->subject), "%s", person->subject);
	snprintf(identity->token_id, sizeof(identity->token_id), "t-%c%u", person->who,
		 tame->slots[i].generation);
}

/* What an edge lets through. */
static bool admits(const struct person *person, const struct slot *slot, unsigned flags)
{
	if (flags & MU_METHOD_OPERATOR)
		return false;
	if (!person->socket)
		return !(flags & (MU_METHOD_SESSION | MU_METHOD_OPENS)) &&
		       (flags & MU_METHOD_PUBLIC || person->proof != BY_NOTHING);
	if (flags & MU_METHOD_OPENS)
		return !slot->asked && person->proof != BY_NOTHING;
	return slot->open || (!(flags & MU_METHOD_SESSION) && flags & (MU_METHOD_PUBLIC | MU_METHOD_TOKEN));
}

static void ask(struct tame *tame, size_t i, const char *key, int method, json_t *params)
{
	const struct person *person = &people[i];
	struct slot *slot = &tame->slots[i];
	const unsigned flags = mu_command((unsigned)method)->flags;
	struct mu_up *up;

	if (!admits(person, slot, flags) || tame->n_asked == ASKED_MOST) {
		json_decref(params);
		return;
	}
	slot->asked = slot->asked || flags & MU_METHOD_OPENS;
	up = mu_up_create(MU_UP_REQUEST);
	HOLDS(up);
	up->conn = (struct mu_conn){ .slot = (uint32_t)i, .generation = slot->generation };
	up->request.transport = person->socket ? MU_TRANSPORT_WS : MU_TRANSPORT_HTTP;
	up->request.method = method;
	up->request.tag = tame->n_asked;
	up->request.params = params;
	up->request.idempotency_key = key ? strdup(key) : NULL;
	snprintf(up->request.address, sizeof(up->request.address), "192.0.2.%zu", i);
	if (!person->socket || flags & (MU_METHOD_OPENS | MU_METHOD_TOKEN))
		fill_identity(tame, i, &up->request.identity);
	tame->waits[tame->n_asked++] = true;
	mu_queue_push(mu_hub_queue(tame->hub), &up->msg);
}

static void operated(void *arg, const struct mu_fault *fault, const char *body)
{
	bool *waits = arg;

	HOLDS(*waits);
	*waits = false;
	HOLDS(fault->err || body);
	if (body)
		ask_told_json(body, strlen(body));
}

static void operate(struct tame *tame, const char *workspace, const char *method, json_t *params)
{
	bool *waits = &tame->waits[tame->n_asked];

	if (tame->n_asked == ASKED_MOST) {
		json_decref(params);
		return;
	}
	*waits = true;
	tame->n_asked++;
	if (mu_hub_call(tame->hub, workspace, method, params, operated, waits))
		*waits = false;
}

/* ---- lines ---- */

/* What an app would show that was told its secret lately. */
static void add_code(struct mu_buf *out)
{
	char code[MU_TOTP_DIGITS + 1];

	for (size_t i = 0; i < TOLD_MOST && told[i]; i++) {
		if (strlen(told[i]) != MU_TOTP_SECRET_TEXT - 1 ||
		    mu_totp_code(told[i], tame_now_ms() / MU_TOTP_STEP_MS, code))
			continue;
		mu_buf_str(out, code);
		return;
	}
}

static void fill_in(const char *text, struct mu_buf *out)
{
	for (; *text; text++) {
		const char what = *text == '$' ? text[1] : '\0';

		if (what == 't')
			add_code(out);
		else if (what >= '0' && what <= '9')
			mu_buf_str(out, told[what - '0'] ? told[what - '0'] : "");
		else
			mu_buf_char(out, *text);
		text += what == 't' || (what >= '0' && what <= '9');
	}
}

/* PARAMS: an object or nothing; false if it is something that no edge lets through. */
static bool read_params(const char *text, json_t **ret_params)
{
	AUTO_BUF struct mu_buf filled = { 0 };

	*ret_params = NULL;
	if (!text || !*text)
		return true;
	fill_in(text, &filled);
	return !mu_buf_error(&filled) &&
	       mu_json_parse(mu_buf_text(&filled), filled.n, 32, ret_params, NULL) == MU_OK &&
	       json_is_object(*ret_params);
}

static bool ask_line(struct tame *tame, char *line)
{
	char *who = strsep(&line, " "), *method = line ? strsep(&line, " ") : NULL;
	const size_t i = find_person(*who);
	json_t *params;
	int index;

	if (!method || i == PEOPLE || (who[1] && who[1] != '#'))
		return false;
	index = mu_command_find(method);
	if (!read_params(line, &params)) {
		json_decref(params);
		return true;
	}
	if (people[i].proof == BY_OPERATOR)
		operate(tame, people[i].subject, method, params);
	else if (index >= 0)
		ask(tame, i, who[1] ? who + 2 : NULL, index, params);
	else
		json_decref(params);
	return true;
}

static bool lose_line(struct tame *tame, const char *line)
{
	const size_t i = find_person(line[1]);

	if (i == PEOPLE || line[2])
		return false;
	if (people[i].socket && tame->slots[i].asked)
		ask_say_closed(tame, i, *line == '=');
	return true;
}

static bool pass_line(const char *line)
{
	const long long ms = atoll(line + 1);

	if (ms > 0 && still_passed_ms() < 10 * PASS_MOST_MS)
		tame_pass(ms < PASS_MOST_MS ? ms : PASS_MOST_MS);
	return true;
}

static bool fail_line(const char *line)
{
	const bool after = line[1] == '!';

	mu_memory_fail_appends(tame_memory(), (unsigned)atoi(line + 1 + after) % 8,
			       after ? MU_MEMORY_FAIL_AFTER : MU_MEMORY_FAIL_BEFORE);
	return true;
}

bool tame_line(struct tame *tame, char *line)
{
	const bool waits = *line == '&';
	bool known;

	switch (*line) {
	case '+':
		return pass_line(line);
	case '!':
		return fail_line(line);
	case '-':
	case '=':
		known = lose_line(tame, line);
		break;
	default:
		known = ask_line(tame, line + waits);
		break;
	}
	if (!waits)
		tame_settle();
	return known;
}

static void make_ask(struct draw *draw, struct mu_buf *out)
{
	const struct person *person = &people[draw_below(draw, PEOPLE)];
	const struct mu_command *command;
	unsigned n = 0;

	while (mu_command(n))
		n++;
	command = mu_command((unsigned)draw_below(draw, n));
	if (person->socket && draw_one_in(draw, 3))
		command = mu_command((unsigned)mu_command_find("session.open"));
	mu_buf_char(out, person->who);
	if (draw_one_in(draw, 20))
		mu_buf_printf(out, "#k%d", (int)draw_below(draw, 2));
	mu_buf_printf(out, " %s ", command->name);
	if (command->params)
		make_record(draw, command->params, out);
}

void tame_make(struct draw *draw, struct mu_buf *out)
{
	static const int64_t spans[] = { 1, 100, 1000, 10000, 60000, 3600000, 86400000 };

	switch (draw_below(draw, 16)) {
	case 0:
		mu_buf_printf(out, "+%lld",
			      (long long)(spans[draw_below(draw, MU_COUNT(spans))] *
					  (int64_t)(1 + draw_below(draw, 30))));
		break;
	case 1:
		mu_buf_printf(out, "%c%c", draw_one_in(draw, 2) ? '-' : '=',
			      people[draw_below(draw, PEOPLE)].who);
		break;
	case 2:
		if (draw_one_in(draw, 3))
			mu_buf_printf(out, "!%s%d", draw_one_in(draw, 2) ? "!" : "",
				      (int)draw_below(draw, 4));
		else
			make_ask(draw, out);
		break;
	case 3:
		mu_buf_char(out, '&');
		make_ask(draw, out);
		break;
	default:
		make_ask(draw, out);
		break;
	}
}
