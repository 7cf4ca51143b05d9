/* muster tail: every event that one may hear, as a line. People get time, type, actor and data; programs,
 * which read from a pipe or a file, get the event itself.
 * Invariant: a line is written whole and at once, so that who reads it never waits for the next event.
 * Thread: main. */
#include "tail.h"

#include "cli.h"
#include "escape.h"
#include "live.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
	"Usage: muster tail --url URL --token T [--presence] [--json | --text]\n"
	"\n"
	"Every event that this user or key may hear, one a line, until interrupted. If the connection is "
	"lost it\n"
	"comes back by itself and goes on where it was.\n"
	"\n"
	"  --url URL       where the hub is, such as http://127.0.0.1:8080 (or MUSTER_URL)\n"
	"  --token T       a token or an API key (or MUSTER_TOKEN, which others can't see in the list of "
	"processes)\n"
	"  --token-stdin   read the token from the first line of the standard input\n"
	"  --presence      follow everybody's presence, too\n"
	"  --json          event objects, one a line; so it is already when the output is not a terminal\n"
	"  --text          time, type, actor and data for people; so it is already on a terminal\n"
	"  --help          this text\n";

enum { TAIL_JSON = LIVE_OWN, TAIL_TEXT, TAIL_PRESENCE };

static const struct option options[] = {
	LIVE_OPTIONS,
	{ "json", no_argument, NULL, TAIL_JSON },
	{ "text", no_argument, NULL, TAIL_TEXT },
	{ "presence", no_argument, NULL, TAIL_PRESENCE },
	{ 0 },
};

struct tail {
	struct live live;
	bool json;
	bool opened; /* there has been a session */
	bool lost;   /* and who reads knows that there is none now */
	bool presence;
};

static void set_option(int option, const char *value, void *arg)
{
	struct tail *tail = arg;

	(void)value;
	if (option == TAIL_PRESENCE)
		tail->presence = true;
	else
		tail->json = option == TAIL_JSON;
}

/* ---- lines ---- */

static void add_json(struct mu_buf *line, const json_t *value)
{
	AUTO_FREE char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	if (text)
		mu_buf_str(line, text);
	else
		line->failed = true;
}

/* Texts of one word go without quotes. */
static void add_value(struct mu_buf *line, const json_t *value)
{
	const char *text = json_string_value(value);

	if (text && *text && !strpbrk(text, " \"\\="))
		mu_buf_str(line, text);
	else
		add_json(line, value);
}

static void add_members(struct mu_buf *line, const json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value)
	{
		if (json_is_null(value))
			continue;
		mu_buf_printf(line, " %s=", name);
		add_value(line, value);
	}
}

/* Who is what from now on; the rest of a record is for the board. */
static void add_presence(struct mu_buf *line, const json_t *data)
{
	const json_t *person;
	size_t i;

	json_array_foreach(json_object_get(data, "up"), i, person)
	{
		const char *user = mu_json_text(person, "user"), *status = mu_json_text(person, "status");
		const json_t *note = json_object_get(person, "note");

		mu_buf_printf(line, " %s=%s", user ? user : "?", status ? status : "?");
		if (json_is_string(note)) {
			mu_buf_char(line, ' ');
			add_json(line, note);
		}
	}
	json_array_foreach(json_object_get(data, "down"), i, person)
	{
		mu_buf_printf(line, " %s=gone", json_string_value(person) ? json_string_value(person) : "?");
	}
}

/* {"user":"u9"} is u9, {"key":"k1"} is key:k1, {"system":true} is system; nobody is -. */
static void add_actor(struct mu_buf *line, const json_t *actor)
{
	const char *user = mu_json_text(actor, "user"), *name;
	json_t *value;

	if (user) {
		mu_buf_str(line, user);
		return;
	}
	json_object_foreach((json_t *)actor, name, value)
	{
		mu_buf_str(line, name);
		if (json_is_string(value))
			mu_buf_printf(line, ":%s", json_string_value(value));
		return;
	}
	mu_buf_char(line, '-');
}

static void add_text(struct mu_buf *line, const json_t *event)
{
	const char *at = mu_json_text(event, "at"), *type = mu_json_text(event, "type");
	const json_t *data = json_object_get(event, "data");

	mu_buf_printf(line, "%-24s  %-26s  ", at ? at : "-", type ? type : "-");
	add_actor(line, json_object_get(event, "actor"));
	mu_buf_char(line, ' ');
	if (type && strcmp(type, "presence.diff") == 0)
		add_presence(line, data);
	else if (json_is_object(data))
		add_members(line, data);
}

static void write_line(struct tail *tail, const struct mu_buf *line)
{
	AUTO_BUF struct mu_buf safe = { 0 };

	escape_add(&safe, line->data, line->n);
	mu_buf_char(&safe, '\n');
	if (mu_buf_error(line) || mu_buf_error(&safe)) {
		live_end(&tail->live, CLI_FAILED, "out of memory");
	} else if (fwrite(safe.data, 1, safe.n, stdout) == safe.n && fflush(stdout) == 0) {
		return;
	} else if (errno == EPIPE) {
		clearerr(stdout); /* who read has read enough */
		live_end(&tail->live, CLI_OK, NULL);
	} else {
		live_end(&tail->live, CLI_FAILED, "can't write to the standard output: %s", strerror(errno));
	}
}

/* ---- the session ---- */

static void on_event(struct live *live, const json_t *event)
{
	struct tail *tail = MU_CONTAINER_OF(live, struct tail, live);
	AUTO_BUF struct mu_buf line = { 0 };

	if (tail->json)
		add_json(&line, event);
	else
		add_text(&line, event);
	write_line(tail, &line);
}

/* Good news only after bad. */
static void on_open(struct live *live, const json_t *result)
{
	struct tail *tail = MU_CONTAINER_OF(live, struct tail, live);
	bool resumed = json_is_true(json_object_get(result, "resumed"));

	if (tail->lost)
		cli_say("connected%s", !tail->opened ? ""
				       : resumed     ? "; nothing was missed"
						     : "; some events were missed");
	tail->lost = false;
	tail->opened = true;
}

static void on_loss(struct live *live, const struct mu_client_loss *loss)
{
	struct tail *tail = MU_CONTAINER_OF(live, struct tail, live);

	tail->lost = true;
	cli_say("%s; coming back in %.1f s", loss->text, (double)loss->retry_ms / 1000);
}

int cmd_tail(int argc, char **argv)
{
	struct tail tail = {
		.live = { .name = "tail", .on_open = on_open, .on_event = on_event, .on_loss = on_loss },
		.json = !isatty(STDOUT_FILENO),
	};
	struct live_flags flags = { 0 };
	int code;

	if (live_flags(argc, argv, options, set_option, &tail, help, &flags, &code)) {
		tail.live.watch = tail.presence ? "\"all\"" : "\"none\"";
		code = live_run(&tail.live, &flags);
	}
	live_flags_finish(&flags);
	return code;
}
