/* muster top: the board of who is there, live in a terminal.
 * Invariant: whichever way it ends, the terminal is as it was before; nothing else writes while the screen is
 * shown.
 * Thread: main. */
#include "top.h"

#include "board.h"
#include "browse.h"
#include "cli.h"
#include "live.h"
#include "paint.h"
#include "screen.h"

#include "muster/base/clock.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DRAW_AFTER_MS 30  /* changes that come together are drawn together */
#define ASK_AGAIN_MS 1000 /* between two requests for a snapshot */

static const char help[] =
	"Usage: muster top --url URL --token T [--team ID] [--once]\n"
	"\n"
	"Who is there, with which status, for how long and on which devices: live, as far as this user or "
	"key may see.\n"
	"\n"
	"  --url URL       where the hub is, such as http://127.0.0.1:8080 (or MUSTER_URL)\n"
	"  --token T       a token or an API key (or MUSTER_TOKEN, which others can't see in the list of "
	"processes)\n"
	"  --token-stdin   read the token from the first line of the standard input\n"
	"  --team ID       only this team\n"
	"  --once          print the board once, as text; so it is already when the output is not a "
	"terminal\n"
	"  --help          this text\n"
	"\n"
	"Keys: q quits, / finds a name, Esc shows everybody again, arrows and Page Up and Down scroll.\n"
	"Without colours if NO_COLOR is set.\n";

enum { TOP_TEAM = LIVE_OWN, TOP_ONCE };

static const struct option options[] = {
	LIVE_OPTIONS,
	{ "team", required_argument, NULL, TOP_TEAM },
	{ "once", no_argument, NULL, TOP_ONCE },
	{ 0 },
};

struct top {
	struct live live;
	const char *team; /* or NULL */
	bool once, colour;

	struct board board;
	char *workspace; /* its name; NULL: not known yet */
	char state[256]; /* of the connection */
	bool connected;
	bool asking; /* for a snapshot */
	bool gap;    /* one is needed */
	uint64_t asked_ms;

	struct screen screen;
	uv_poll_t keys;
	uv_signal_t resized, suspended;
	uv_timer_t tick, draw;
	bool draw_due;
	struct browse browse;
};

static void set_option(int option, const char *value, void *arg)
{
	struct top *top = arg;

	if (option == TOP_TEAM)
		top->team = value;
	else
		top->once = true;
}

static struct top *top_of(struct live *live)
{
	return MU_CONTAINER_OF(live, struct top, live);
}

/* ---- drawing ---- */

static bool describe(struct top *top, struct paint *paint)
{
	*paint = (struct paint){
		.workspace = top->workspace ? top->workspace : "",
		.team = top->team,
		.state = top->state,
		.live = top->connected,
		.filter = top->browse.filter,
		.typing = top->browse.typing,
		.now_ms = mu_clock_wall_ms(&mu_clock_system),
		.colour = top->colour,
		.board = &top->board,
	};
	return board_list(&top->board, top->browse.filter, &paint->people, &paint->n) == MU_OK;
}

static void paint_now(struct top *top, struct mu_buf *out)
{
	struct paint paint;

	if (!describe(top, &paint))
		return;
	screen_size(&top->screen, &paint.width, &paint.height);
	browse_show(&top->browse, paint.n, paint_rows(paint.height));
	paint.first = top->browse.first;
	paint_screen(&paint, out);
	free(paint.people);
}

static void draw(struct top *top)
{
	AUTO_BUF struct mu_buf out = { 0 };

	top->draw_due = false;
	if (!top->screen.shown)
		return;
	paint_now(top, &out);
	if (mu_buf_error(&out))
		return; /* the next one may have more memory */
	if (!screen_write(&top->screen, mu_buf_text(&out), out.n))
		live_end(&top->live, CLI_FAILED, "the terminal is gone");
}

static void on_draw(uv_timer_t *timer)
{
	draw(timer->data);
}

static void draw_soon(struct top *top)
{
	if (top->once || top->draw_due)
		return;
	top->draw_due = true;
	uv_timer_start(&top->draw, on_draw, DRAW_AFTER_MS, 0);
}

static void print_once(struct top *top)
{
	AUTO_BUF struct mu_buf out = { 0 };
	struct paint paint;
	bool described = describe(top, &paint);

	if (described)
		paint_once(&paint, &out);
	free(paint.people);
	if (!described || mu_buf_error(&out))
		live_end(&top->live, CLI_FAILED, "out of memory");
	else if (fwrite(mu_buf_text(&out), 1, out.n, stdout) != out.n || fflush(stdout))
		live_end(&top->live, CLI_FAILED, "can't write to the standard output: %s", strerror(errno));
	else
		live_end(&top->live, CLI_OK, NULL);
}

/* ---- presence ---- */

static void on_snapshot(void *arg, const struct mu_fault *fault, const json_t *result)
{
	struct top *top = top_of(arg);

	(void)fault;
	top->asking = false;
	top->gap = !result || board_replace(&top->board, result);
	draw_soon(top);
}

/* The hub says everything in order: differences that come before the snapshot are in it, those behind it
 * follow from it. */
static void ask_for_snapshot(struct top *top)
{
	uint64_t now_ms = uv_now(&top->live.loop);

	top->gap = true;
	if (top->asking || now_ms - top->asked_ms < ASK_AGAIN_MS)
		return; /* the tick comes back to it */
	if (mu_client_call(top->live.client, "presence.get", "{}", on_snapshot))
		return;
	top->asking = true;
	top->asked_ms = now_ms;
}

static void on_event(struct live *live, const json_t *event)
{
	struct top *top = top_of(live);
	const char *type = mu_json_text(event, "type");

	if (!type || strcmp(type, "presence.diff") != 0 || top->gap)
		return;
	if (board_apply(&top->board, json_object_get(event, "data")))
		ask_for_snapshot(top);
	draw_soon(top);
}

/* ---- the connection ---- */

static void set_workspace(struct top *top, const json_t *result)
{
	const char *name = mu_json_text(json_object_get(result, "workspace"), "name");
	char *copy = name ? strdup(name) : NULL;

	if (!copy)
		return;
	free(top->workspace);
	top->workspace = copy;
}

static void on_open(struct live *live, const json_t *result)
{
	struct top *top = top_of(live);

	set_workspace(top, result);
	top->connected = true;
	top->asking = false;
	top->gap = board_replace(&top->board, json_object_get(result, "presence")) != MU_OK;
	snprintf(top->state, sizeof(top->state), "● live");
	if (top->once && top->gap)
		live_end(live, CLI_FAILED, "the hub sent a board that can't be read; is it a newer version?");
	else if (top->once)
		print_once(top);
	if (top->once)
		return;
	screen_enter(&top->screen);
	draw_soon(top);
}

static void on_loss(struct live *live, const struct mu_client_loss *loss)
{
	struct top *top = top_of(live);
	double seconds = (double)loss->retry_ms / 1000;

	if (top->once) {
		live_end(live, CLI_FAILED, "%s; try again in %.1f s", loss->text, seconds);
		return;
	}
	top->connected = false;
	snprintf(top->state, sizeof(top->state), "○ reconnecting: %s", loss->text);
	draw_soon(top);
}

/* ---- keys ---- */

static void on_keys(uv_poll_t *poll, int status, int events)
{
	struct top *top = poll->data;
	char bytes[256];
	ssize_t n = status < 0 ? 0 : read(top->screen.in, bytes, sizeof(bytes));

	(void)events;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		live_end(&top->live, CLI_OK, NULL); /* nobody is there any more */
		return;
	}
	for (ssize_t at = 0; at < n && !top->live.ended;) {
		struct key key;

		at += (ssize_t)key_read(bytes + at, (size_t)(n - at), &key);
		if (!browse_key(&top->browse, &key))
			live_end(&top->live, CLI_OK, NULL);
	}
	if (!top->live.ended)
		draw(top);
}

/* ---- the terminal's signals and the clock ---- */

static void on_resized(uv_signal_t *handle, int number)
{
	(void)number;
	draw(handle->data);
}

/* Ctrl-Z: the terminal belongs to the shell until the process is continued, which is here. */
static void on_suspended(uv_signal_t *handle, int number)
{
	struct top *top = handle->data;
	bool shown = top->screen.shown;

	(void)number;
	screen_leave(&top->screen);
	raise(SIGSTOP);
	if (shown)
		screen_enter(&top->screen);
	draw(top);
}

static void on_tick(uv_timer_t *timer)
{
	struct top *top = timer->data;
	int64_t into_second_ms = mu_clock_wall_ms(&mu_clock_system) % 1000;

	/* As early in each second as it can be, so that the clocks on the board tick evenly. */
	uv_timer_start(timer, on_tick, (uint64_t)(1000 - into_second_ms), 0);
	if (top->gap && !top->asking && top->connected)
		ask_for_snapshot(top);
	draw(top);
}

static void watch_keys(struct top *top)
{
	if (top->screen.in < 0 || uv_poll_init(&top->live.loop, &top->keys, top->screen.in))
		return;
	top->keys.data = top;
	uv_poll_start(&top->keys, UV_READABLE, on_keys);
}

static void on_start(struct live *live)
{
	struct top *top = top_of(live);

	if (top->once)
		return;
	screen_init(&top->screen);
	watch_keys(top);
	uv_timer_init(&live->loop, &top->draw);
	uv_timer_init(&live->loop, &top->tick);
	uv_signal_init(&live->loop, &top->resized);
	uv_signal_init(&live->loop, &top->suspended);
	top->draw.data = top;
	top->tick.data = top;
	top->resized.data = top;
	top->suspended.data = top;
	uv_signal_start(&top->resized, on_resized, SIGWINCH);
	uv_signal_start(&top->suspended, on_suspended, SIGTSTP);
	on_tick(&top->tick);
}

static void on_end(struct live *live)
{
	struct top *top = top_of(live);

	if (top->once)
		return;
	screen_finish(&top->screen);
	if (top->keys.data)
		uv_close((uv_handle_t *)&top->keys, NULL);
	uv_close((uv_handle_t *)&top->draw, NULL);
	uv_close((uv_handle_t *)&top->tick, NULL);
	uv_close((uv_handle_t *)&top->resized, NULL);
	uv_close((uv_handle_t *)&top->suspended, NULL);
}

/* ---- the command ---- */

static char *watch_text(const char *team)
{
	struct mu_buf text;

	mu_buf_init(&text);
	mu_buf_str(&text, team ? "{\"team\":" : "\"all\"");
	if (team) {
		mu_json_string(&text, team);
		mu_buf_char(&text, '}');
	}
	return mu_buf_take(&text);
}

static int run(struct top *top, const struct live_flags *flags)
{
	AUTO_FREE char *watch = watch_text(top->team);
	int code;

	if (!watch)
		return cli_fail(CLI_FAILED, "out of memory");
	/* Names are UTF-8 whatever the locale says; its other parts stay as they are. */
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		setlocale(LC_CTYPE, "");
	top->live.watch = watch;
	top->once |= !isatty(STDOUT_FILENO);
	top->colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	board_init(&top->board);
	code = live_run(&top->live, flags);
	board_finish(&top->board);
	free(top->workspace);
	return code;
}

int cmd_top(int argc, char **argv)
{
	struct top top = {
		.live = { .name = "top",
			  .on_open = on_open,
			  .on_event = on_event,
			  .on_loss = on_loss,
			  .on_start = on_start,
			  .on_end = on_end },
	};
	struct live_flags flags = { 0 };
	int code;

	if (live_flags(argc, argv, options, set_option, &top, help, &flags, &code))
		code = run(&top, &flags);
	live_flags_finish(&flags);
	return code;
}
