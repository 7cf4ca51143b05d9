/* What can fail in the bus of two nodes (README.md lists it), libuv's own among it, does once for each way
 * that leads there: while they start, talk, beat and end, on a Redis server of the test's own.
 * `MU_FAULTS=all` has each point fail. After each failure must hold
 * - what was said is heard, or whoever said it knows that it was lost, or one of both is told that it may
 *   have missed something,
 * - both reach each other again and hear what is said then,
 * - neither takes the other for gone, nor itself for given up,
 * - no file is open that wasn't before.
 * Sanitizers see to the rest. */
#include "points.h"

/* What the test notes is never refused. */
#include "muster/base/buf.h"

#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 2, 3))) static void note_down(struct mu_buf *buf, const char *format, ...)
{
	const bool before = points_spare(true);
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	mu_buf_str(buf, text);
	points_spare(before);
}

#define mu_buf_printf note_down
#include "bus/rig.h"
#undef mu_buf_printf

#define BEATS_MS 700 /* at least one beat of each */

static size_t n_wrong;

/* The tries go on after what must not be, so that all of it is seen at once. */
static void complain(const char *what, const struct node *a, const struct node *b)
{
	fprintf(stderr, "%s\na was told\n%s\nb was told\n%s\n", what, a ? mu_buf_text(&a->told) : "",
		b ? mu_buf_text(&b->told) : "");
	points_show();
	n_wrong++;
}

/* ---- waiting while something may fail ---- */

static void on_time(uv_timer_t *timer)
{
	*(bool *)timer->data = true;
}

/* Turn the loop until something has failed, b was told this line, or so long. */
static void turn(struct rig *rig, struct node *b, const char *line, uint64_t ms)
{
	bool over = false;
	uv_timer_t timer = { .data = &over };

	uv_timer_init(&rig->loop, &timer);
	uv_update_time(&rig->loop);
	uv_timer_start(&timer, on_time, ms, 0);
	points_spare(false);
	while (!over && !points_fired() && !(line && node_find(b, line)))
		uv_run(&rig->loop, UV_RUN_ONCE);
	points_spare(true);
	uv_close((uv_handle_t *)&timer, NULL);
	uv_run(&rig->loop, UV_RUN_NOWAIT);
}

/* What is said now is heard, both ways. */
static void meet(struct rig *rig, struct node *a, struct node *b)
{
	RIG_UNTIL(rig, mu_bus_reaches(a->bus, "acme") && mu_bus_reaches(b->bus, "acme") &&
			       mu_bus_peers(a->bus) == 1 && mu_bus_peers(b->bus) == 1);
	assert_int_equal(node_say(a, "acme", "now"), MU_OK);
	assert_int_equal(node_say(b, "acme", "now"), MU_OK);
	node_expect(a, "heard acme b now");
	node_expect(b, "heard acme a now");
}

static void check_lives(const struct node *a, const struct node *b)
{
	if (node_was_told(a, "went") || node_was_told(b, "went"))
		complain("a node was taken for gone", a, b);
	if (node_was_told(a, "given up") || node_was_told(b, "given up"))
		complain("a node takes itself for given up", a, b);
}

/* ---- tries: each tells whether something failed ---- */

static struct node *pair[2]; /* of the scenes but the one of a life */

static bool try_words(struct rig *rig, unsigned kinds, long n)
{
	struct node *a = pair[0], *b = pair[1];
	enum mu_err err;

	mu_buf_reset(&a->told);
	mu_buf_reset(&b->told);
	a->looked = b->looked = 0;
	points_arm(kinds, n);
	points_spare(false);
	err = node_say(a, "acme", "word");
	points_spare(true);
	turn(rig, b, "heard acme a word", BEATS_MS);
	const bool fired = points_disarm();
	meet(rig, a, b);
	if (!err && !node_was_told(b, "heard acme a word") && !node_was_told(a, "reach") &&
	    !node_was_told(b, "reach"))
		complain("a word was lost, and nobody knows", a, b);
	check_lives(a, b);
	return fired;
}

static bool try_beats(struct rig *rig, unsigned kinds, long n)
{
	points_arm(kinds, n);
	turn(rig, NULL, NULL, BEATS_MS);
	const bool fired = points_disarm();
	meet(rig, pair[0], pair[1]);
	check_lives(pair[0], pair[1]);
	mu_buf_reset(&pair[0]->told);
	mu_buf_reset(&pair[1]->told);
	pair[0]->looked = pair[1]->looked = 0;
	return fired;
}

static struct mu_bus *start_bus(struct node *node, const char *url)
{
	struct mu_bus *bus = NULL;
	struct mu_fault fault = { 0 };
	const struct mu_bus_setup setup = { .loop = &node->rig->loop,
					    .url = url,
					    .key = rig_key,
					    .node = "c",
					    .epoch = 3,
					    .metrics = &node->metrics,
					    .handler = &note,
					    .arg = node };

	points_spare(false);
	if (mu_bus_create(&setup, &bus, &fault))
		bus = NULL;
	points_spare(true);
	return bus;
}

static void count_closing(uv_handle_t *handle, void *n)
{
	*(size_t *)n += uv_is_closing(handle) != 0;
}

/* What couldn't be started is still closing when that is told. */
static bool is_closing(struct rig *rig)
{
	size_t n = 0;

	uv_walk(&rig->loop, count_closing, &n);
	return n;
}

/* libuv keeps what it makes the first time. */
static void check_files(long n, size_t before)
{
	if (n != POINTS_NONE && points_open_files() != before)
		complain("a file is left open", NULL, NULL);
}

static bool try_life(struct rig *rig, unsigned kinds, long n)
{
	const size_t files = points_open_files();
	struct node node = { .rig = rig };
	char url[64];

	mu_metrics_init(&node.metrics);
	snprintf(url, sizeof(url), "redis://127.0.0.1:%d", rig->ports[0]);
	points_arm(kinds, n);
	node.bus = start_bus(&node, url);
	if (!node.bus) {
		assert_true(points_disarm());
		RIG_UNTIL(rig, !is_closing(rig));
		mu_buf_finish(&node.told);
		check_files(n, files);
		return true;
	}
	points_spare(false);
	const enum mu_err err = mu_bus_join(node.bus, "else");
	points_spare(true);
	turn(rig, &node, "reach else", BEATS_MS);
	if (points_fired()) {
		if (err)
			assert_int_equal(mu_bus_join(node.bus, "else"), MU_OK);
		RIG_UNTIL(rig, mu_bus_reaches(node.bus, "else"));
	}
	points_spare(false);
	mu_bus_goodbye(node.bus);
	const size_t ended = rig->ended;
	mu_bus_destroy(node.bus, note_done, rig);
	RIG_UNTIL(rig, rig->ended > ended);
	points_spare(true);
	const bool fired = points_disarm();
	mu_buf_finish(&node.told);
	check_files(n, files);
	return fired;
}

/* ---- every point ---- */

static void each_point(struct rig *rig, const char *name,
		       bool (*try)(struct rig *rig, unsigned kinds, long n))
{
	const size_t failed = points_failed();
	bool fired = !try(rig, 0, POINTS_NONE);

	for (long n = 0; fired; n++)
		fired = try(rig, POINTS_MEMORY | POINTS_IO, points_nth(n));
	assert_true(points_scene(name, failed));
}

static void each_point_of_a_bus(void **state)
{
	struct rig *rig = *state;

	each_point(rig, "a life", try_life);
	node_pair(rig, &pair[0], &pair[1]);
	each_point(rig, "words", try_words);
	each_point(rig, "beats", try_beats);
	node_destroy(pair[0]);
	node_destroy(pair[1]);
	assert_int_equal(n_wrong, 0);
}

static int set_up(void **state)
{
	struct rig *rig = rig_create();

	rig_start_server(rig, 0, "");
	*state = rig;
	return 0;
}

static int tear_down(void **state)
{
	rig_destroy(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(each_point_of_a_bus, set_up,
									    tear_down) };

	points_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	return points_result(failed, POINTS_MEMORY | POINTS_IO);
}
