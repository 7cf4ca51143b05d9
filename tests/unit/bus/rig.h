/* What the tests of the bus share: Redis servers of their own, nodes in one loop that note what they are
 * told, and waiting for it. Thread: a rig and its nodes belong to one. */
#ifndef MUSTER_TEST_BUS_RIG_H
#define MUSTER_TEST_BUS_RIG_H

#include "testing.h"

#include "muster/base/hash.h"
#include "muster/bus/bus.h"

#include <hiredis/hiredis.h>
#include <unistd.h>

#define RIG_SERVERS 2
#define RIG_PATIENCE_MS 30000

static const uint8_t rig_key[MU_BUS_KEY_BYTES] = "one key for the whole cluster..";

struct rig {
	uv_loop_t loop;
	uv_timer_t watchdog;
	char dir[96];
	int ports[RIG_SERVERS]; /* 0: not started */
	size_t ended;           /* buses whose end was told */
	FILE *log;              /* what is logged, while it is caught */
	int stderr_fd;
};

/* A node and what it was told, a line each. */
struct node {
	struct rig *rig;
	struct mu_bus *bus;
	struct mu_metrics metrics;
	struct mu_buf told;
	size_t looked; /* up to here somebody waited for it */
};

/* ---- servers ---- */

/* Run a word of redis.sh, with what follows the file's name. */
static void rig_server(struct rig *rig, size_t i, const char *word, const char *rest)
{
	char command[512];

	snprintf(command, sizeof(command), "%s %s %s/redis-%zu %s", MUSTER_REDIS_SH, word, rig->dir, i, rest);
	assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): a script of our own */
}

/* A number in the file with this ending of a server. */
static int rig_number(struct rig *rig, size_t i, const char *ending)
{
	char path[192];
	int number = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/redis-%zu%s", rig->dir, i, ending);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &number), 1); /* NOLINT(cert-err34-c): it was written as one */
	fclose(file);
	return number;
}

/* `lines` of configuration, each in single quotes. */
static void rig_start_server(struct rig *rig, size_t i, const char *lines)
{
	rig_server(rig, i, "start", lines);
	rig->ports[i] = rig_number(rig, i, "");
}

/* Ask a server something straight; the format is hiredis' own. */
__attribute__((unused)) static void rig_tell(struct rig *rig, size_t i, const char *format, ...)
{
	redisContext *redis = redisConnect("127.0.0.1", rig->ports[i]);
	redisReply *reply;
	va_list args;

	assert_non_null(redis);
	assert_int_equal(redis->err, 0);
	va_start(args, format);
	reply = redisvCommand(redis, format, args);
	va_end(args);
	assert_non_null(reply);
	assert_int_not_equal(reply->type, REDIS_REPLY_ERROR);
	freeReplyObject(reply);
	redisFree(redis);
}

/* ---- the log ---- */

/* What is logged goes into a file of the rig until it is shown. */
__attribute__((unused)) static void rig_catch_log(struct rig *rig)
{
	rig->log = tmpfile();
	rig->stderr_fd = dup(STDERR_FILENO);
	assert_non_null(rig->log);
	assert_int_equal(dup2(fileno(rig->log), STDERR_FILENO), STDERR_FILENO);
}

/* Whether a text was logged since. */
__attribute__((unused)) static bool rig_logged(struct rig *rig, const char *text)
{
	char log[16384];
	const ssize_t n = pread(fileno(rig->log), log, sizeof(log) - 1, 0);

	assert_true(n >= 0);
	log[n] = '\0';
	return strstr(log, text) != NULL;
}

__attribute__((unused)) static void rig_release_log(struct rig *rig)
{
	assert_int_equal(dup2(rig->stderr_fd, STDERR_FILENO), STDERR_FILENO);
	close(rig->stderr_fd);
	fclose(rig->log);
}

/* ---- the rig ---- */

static void rig_late(uv_timer_t *timer)
{
	fail_msg("waited too long");
}

static struct rig *rig_create(void)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	assert_non_null(rig);
	assert_int_equal(mu_hash_start(), MU_OK);
	snprintf(rig->dir, sizeof(rig->dir), "%s/muster-bus-XXXXXX", P_tmpdir);
	assert_non_null(mkdtemp(rig->dir));
	assert_int_equal(uv_loop_init(&rig->loop), 0);
	uv_timer_init(&rig->loop, &rig->watchdog);
	return rig;
}

static void rig_destroy(struct rig *rig)
{
	for (size_t i = 0; i < RIG_SERVERS; i++) {
		if (rig->ports[i])
			rig_server(rig, i, "stop", "");
	}
	uv_unref((uv_handle_t *)&rig->watchdog);
	uv_timer_start(&rig->watchdog, rig_late, RIG_PATIENCE_MS, 0);
	assert_int_equal(uv_run(&rig->loop, UV_RUN_DEFAULT), 0);
	uv_close((uv_handle_t *)&rig->watchdog, NULL);
	uv_run(&rig->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&rig->loop), 0); /* nothing is left in it */
	assert_int_equal(rmdir(rig->dir), 0);
	free(rig);
}

/* Turn the loop until it is so, within patience. */
#define RIG_UNTIL(rig, condition)                                                                            \
	do {                                                                                                 \
		uv_update_time(&(rig)->loop);                                                                \
		uv_timer_start(&(rig)->watchdog, rig_late, RIG_PATIENCE_MS, 0);                              \
		while (!(condition))                                                                         \
			uv_run(&(rig)->loop, UV_RUN_ONCE);                                                   \
		uv_timer_stop(&(rig)->watchdog);                                                             \
	} while (0)

/* ---- nodes ---- */

static void note_heard(void *arg, const char *workspace, const char *from, const char *text, size_t bytes)
{
	struct node *node = arg;

	assert_int_equal(text[bytes], '\0');
	if (bytes > 100)
		mu_buf_printf(&node->told, "heard %s %s %zu bytes\n", workspace, from, bytes);
	else
		mu_buf_printf(&node->told, "heard %s %s %.*s\n", workspace, from, (int)bytes, text);
}

static void note_reach(void *arg, const char *workspace, bool reaches)
{
	struct node *node = arg;

	assert_int_equal(mu_bus_reaches(node->bus, workspace), reaches);
	mu_buf_printf(&node->told, "%s %s\n", reaches ? "reach" : "lose", workspace);
}

static void note_came(void *arg, const char *other, int64_t epoch)
{
	mu_buf_printf(&((struct node *)arg)->told, "came %s %d\n", other, (int)epoch);
}

static void note_went(void *arg, const char *other, int64_t epoch)
{
	mu_buf_printf(&((struct node *)arg)->told, "went %s %d\n", other, (int)epoch);
}

static void note_left(void *arg, const char *other, int64_t epoch)
{
	mu_buf_printf(&((struct node *)arg)->told, "left %s %d\n", other, (int)epoch);
}

static const char *const why_given_up[] = { "slept", "told", "namesake" };

static void note_given_up(void *arg, enum mu_given_up why)
{
	mu_buf_printf(&((struct node *)arg)->told, "given up: %s\n", why_given_up[why]);
}

static const struct mu_bus_handler note = { note_heard, note_reach, note_came,
					    note_went,  note_left,  note_given_up };

static struct node *node_create_at(struct rig *rig, const char *url, const uint8_t *key, const char *name,
				   int64_t epoch)
{
	struct node *node = calloc(1, sizeof(*node));
	struct mu_fault fault = { 0 };

	assert_non_null(node);
	node->rig = rig;
	mu_metrics_init(&node->metrics);
	const struct mu_bus_setup setup = { .loop = &rig->loop,
					    .url = url,
					    .key = key,
					    .node = name,
					    .epoch = epoch,
					    .metrics = &node->metrics,
					    .handler = &note,
					    .arg = node };

	if (mu_bus_create(&setup, &node->bus, &fault))
		fail_msg("%s: %s", url, mu_fault_text(&fault));
	return node;
}

/* On the servers that were started. */
static struct node *node_create(struct rig *rig, const char *name, int64_t epoch)
{
	char url[128];
	int n = snprintf(url, sizeof(url), "redis://127.0.0.1:%d", rig->ports[0]);

	if (rig->ports[1])
		snprintf(url + n, sizeof(url) - (size_t)n, ",127.0.0.1:%d", rig->ports[1]);
	return node_create_at(rig, url, rig_key, name, epoch);
}

static void note_done(void *arg)
{
	((struct rig *)arg)->ended++;
}

/* Without a goodbye, as if it crashed. */
static void node_destroy(struct node *node)
{
	const size_t before = node->rig->ended;

	mu_bus_destroy(node->bus, note_done, node->rig);
	RIG_UNTIL(node->rig, node->rig->ended > before);
	mu_buf_finish(&node->told);
	free(node);
}

/* The place behind a line among those that nobody waited for yet, or 0. */
static size_t node_find(const struct node *node, const char *line)
{
	const char *text = mu_buf_text(&node->told);
	const size_t n = strlen(line);

	for (const char *at = text + node->looked; (at = strstr(at, line)); at += n) {
		if ((at == text || at[-1] == '\n') && at[n] == '\n')
			return (size_t)(at - text) + n + 1;
	}
	return 0;
}

/* Wait until it is told a line; what came before it counts as looked at. */
static void node_expect(struct node *node, const char *line)
{
	size_t found = 0;

	RIG_UNTIL(node->rig, (found = node_find(node, line)) != 0);
	node->looked = found;
}

__attribute__((unused)) static void node_expect_next(struct node *node, const char *line)
{
	const size_t from = node->looked;

	node_expect(node, line);
	assert_memory_equal(mu_buf_text(&node->told) + from, line, strlen(line));
}

/* How many lines that it was told begin so. */
static int node_times(const struct node *node, const char *begin)
{
	const char *text = mu_buf_text(&node->told);
	int times = 0;

	for (const char *at = text; (at = strstr(at, begin)); at += strlen(begin))
		times += at == text || at[-1] == '\n';
	return times;
}

static bool node_was_told(const struct node *node, const char *begin)
{
	return node_times(node, begin) > 0;
}

static void node_join(struct node *node, const char *workspace)
{
	char line[80];

	snprintf(line, sizeof(line), "reach %s", workspace);
	assert_int_equal(mu_bus_join(node->bus, workspace), MU_OK);
	node_expect(node, line);
}

/* Wait until it knows so many others; what it was told so far counts as looked at. */
__attribute__((unused)) static void node_know(struct node *node, size_t n)
{
	RIG_UNTIL(node->rig, mu_bus_peers(node->bus) == n);
	node->looked = node->told.n;
}

/* Two nodes, a with epoch 1 and b with epoch 2, that joined a workspace and know each other. */
__attribute__((unused)) static void node_pair(struct rig *rig, struct node **ret_a, struct node **ret_b)
{
	struct node *a = node_create(rig, "a", 1), *b = node_create(rig, "b", 2);

	node_join(a, "acme");
	node_join(b, "acme");
	node_know(b, 1);
	node_know(a, 1);
	*ret_a = a;
	*ret_b = b;
}

static enum mu_err node_say(struct node *node, const char *workspace, const char *text)
{
	return mu_bus_say(node->bus, workspace, text, strlen(text));
}

__attribute__((unused)) static int64_t node_count(struct node *node, enum mu_metric metric)
{
	return mu_metrics_get(&node->metrics, metric);
}

#endif
