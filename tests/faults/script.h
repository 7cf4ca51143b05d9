/* clang-format off */
/* Scenes of one hub as lines of text, so that a step is a row of a table:
 *
 *   SLOT METHOD [PARAMS]    ask from a slot of the rig, and it has to go well; with ? before it, it may be refused
 *   connect SLOT USER       a fresh connection, no session yet
 *   gone SLOT               the connection is lost
 *   stranger SLOT           a caller over HTTP without any proof
 *   password SLOT           its identity comes of a password, just now
 *   token SLOT ID           its identity comes of a token of this id, just made
 *   pass MS                 time passes
 *
 * In params # is the number of the try, "@name the text member `name` of the latest answer that had one;
 * "@code the code of this moment of the second factor whose `secret` that was, "@soon a minute from now,
 * "@token what ends its `link`. Thread: the test's. */
/* clang-format on */
#ifndef MUSTER_FAULTS_SCRIPT_H
#define MUSTER_FAULTS_SCRIPT_H

#define WAIT_S 20 /* for one answer, of thousands */
#include "hub/heard.h"
#include "turn.h"
#include "muster/auth/totp.h"
#include "muster/base/buf.h"

#define SCRIPT_LINE 1024

struct script {
	struct rig *rig;
	unsigned n;            /* of the try */
	char answers[4][4096]; /* the latest ones, newest first */
};

/* ---- filling in ---- */

static inline const char *script_find(const struct script *script, const char *name)
{
	char member[64];

	snprintf(member, sizeof(member), "\"%s\":\"", name);
	for (size_t i = 0; i < MU_COUNT(script->answers); i++) {
		const char *at = strstr(script->answers[i], member);
		if (at)
			return at + strlen(member);
	}
	fail_msg("no answer has a %s", name);
	return NULL;
}

static inline void script_code(const struct script *script, struct mu_buf *out)
{
	const int64_t now_ms = RIG_START_MS + 2000 + atomic_load(&script->rig->passed_ms);
	const char *found = script_find(script, "secret");
	char secret[80], code[MU_TOTP_DIGITS + 1];

	snprintf(secret, sizeof(secret), "%.*s", (int)strcspn(found, "\""), found);
	assert_int_equal(mu_totp_code(secret, now_ms / MU_TOTP_STEP_MS, code), MU_OK);
	mu_buf_str(out, code);
}

static inline void script_name(const struct script *script, const char *name, struct mu_buf *out)
{
	const char *value;

	if (!strcmp(name, "code")) {
		script_code(script, out);
		return;
	}
	if (!strcmp(name, "soon")) {
		char text[MU_TIME_TEXT];
		mu_time_format(RIG_START_MS + 62000 + atomic_load(&script->rig->passed_ms), text);
		mu_buf_str(out, text);
		return;
	}
	if (!strcmp(name, "token")) {
		value = script_find(script, "link");
		while (strcspn(value, "/") < strcspn(value, "\""))
			value += strcspn(value, "/") + 1;
	} else {
		value = script_find(script, name);
	}
	mu_buf_add(out, value, strcspn(value, "\""));
}

/* The caller frees it. */
static inline char *script_fill(const struct script *script, const char *text, size_t bytes)
{
	struct mu_buf out = { 0 };
	char name[32];

	for (const char *at = text; at < text + bytes; at++) {
		if (*at == '#') {
			mu_buf_printf(&out, "%u", script->n);
		} else if (*at == '@' && at[-1] == '"') {
			const size_t n = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz_");
			snprintf(name, sizeof(name), "%.*s", (int)n, at + 1);
			script_name(script, name, &out);
			at += n;
		} else {
			mu_buf_char(&out, *at);
		}
	}
	return mu_buf_take(&out);
}

static inline void script_keep(struct script *script, const char *answer)
{
	memmove(script->answers[1], script->answers[0], sizeof(script->answers) - sizeof(script->answers[0]));
	snprintf(script->answers[0], sizeof(script->answers[0]), "%s", answer);
}

/* ---- lines ---- */

/* A request that a line is; false: it is another word. */
static inline bool script_request(const char *line, unsigned *ret_slot, char method[static 64],
				  const char **ret_params)
{
	int end = 0;

	if (sscanf(line, "%u %63s%n", ret_slot, method, &end) < 2)
		return false;
	*ret_params = line[end] == ' ' ? line + end + 1 : NULL;
	return true;
}

static inline void script_stranger(struct rig *rig, unsigned slot)
{
	rig_platform(rig, slot);
	rig->slots[slot].identity = (struct mu_identity){ 0 };
}

static inline void script_password(struct rig *rig, unsigned slot)
{
	struct mu_identity *identity = &rig->slots[slot].identity;

	identity->by_password = true;
	identity->issued_at_ms = RIG_START_MS + 2000 + atomic_load(&rig->passed_ms);
}

static inline void script_token(struct rig *rig, unsigned slot, const char *id)
{
	struct mu_identity *identity = &rig->slots[slot].identity;

	snprintf(identity->token_id, sizeof(identity->token_id), "%s", id);
	identity->issued_at_ms = RIG_START_MS + 2000 + atomic_load(&rig->passed_ms);
}

static inline void script_gone(struct rig *rig, unsigned slot)
{
	struct mu_up *up = mu_up_create(MU_UP_CLOSED);

	up->conn = slot_conn(rig, slot);
	up->closed.code = 1006;
	rig_push(rig, up);
}

/* Lines that aren't requests; false: it is none. Nothing has happened yet when this returns: see rig_settle.
 */
static inline bool script_word(struct rig *rig, const char *line)
{
	char user[32];
	unsigned slot;
	long ms;

	if (sscanf(line, "connect %u %31s", &slot, user) == 2)
		rig_connect(rig, slot, user);
	else if (sscanf(line, "gone %u", &slot) == 1)
		script_gone(rig, slot);
	else if (sscanf(line, "stranger %u", &slot) == 1)
		script_stranger(rig, slot);
	else if (sscanf(line, "token %u %31s", &slot, user) == 2)
		script_token(rig, slot, user);
	else if (sscanf(line, "password %u", &slot) == 1)
		script_password(rig, slot);
	else if (sscanf(line, "pass %ld", &ms) == 1)
		atomic_fetch_add(&rig->passed_ms, ms);
	else
		return false;
	return true;
}

static inline void script_line(struct script *script, const char *text, size_t bytes)
{
	const bool may_fail = *text == '?';
	AUTO_FREE char *line = script_fill(script, text + may_fail, bytes - may_fail);
	const char *params;
	char method[64];
	unsigned slot;

	if (!script_request(line, &slot, method, &params)) {
		assert_true(script_word(script->rig, line));
		rig_settle(script->rig);
		return;
	}
	const struct heard *heard = rig_answer(script->rig, slot, rig_ask(script->rig, slot, method, params));
	if (heard->fault.err && !may_fail)
		fail_msg("%s: %s: %s %s", line, mu_err_info(heard->fault.err)->kind,
			 mu_fault_text(&heard->fault),
			 heard->fault.n_fields ? heard->fault.fields[0].reason : "");
	script_keep(script, heard->text);
}

/* Lines that follow each other. */
static inline void script_run(struct script *script, const char *lines)
{
	while (lines && *lines) {
		const size_t n = strcspn(lines, "\n");
		script_line(script, lines, n);
		lines += n + (lines[n] == '\n');
	}
}

#endif
