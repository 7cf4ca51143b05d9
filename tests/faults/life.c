/* What can fail (README.md lists it) does, once for each way that leads there, while a hub starts on its
 * SQLite file, answers its operator and stops, and while its files are read. `MU_FAULTS=all` has each point
 * fail, SQLite's memory too. After each failure must hold
 * - it starts and answers, or says that it can't be done now; whoever asked hears one thing,
 * - a file is read whole, or it is said why not,
 * - no file is open that wasn't before.
 * Sanitizers see to the rest. */
#include "points.h"
#include "testing.h"

#include "muster/api/api.h"
#include "muster/base/config.h"
#include "muster/base/hash.h"
#include "muster/base/log.h"
#include "muster/bus/bus.h"
#include "muster/hub/hub.h"

#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PATH_TEXT 96 /* a socket's may be no longer */
#define PATIENCE_MS 20000

struct life {
	char dir[PATH_TEXT / 2], store[PATH_TEXT], socket[PATH_TEXT], settings[PATH_TEXT], key[PATH_TEXT];
	struct mu_config config;
	struct mu_metrics metrics;
	sem_t told;
	int asked, times; /* that the hub took something, and that what became of it was told */
	enum mu_err err;
};

static size_t n_wrong;

/* The tries go on after what must not be, so that all of it is seen at once. */
static void complain(const char *what, const char *more)
{
	fprintf(stderr, "%s: %s\n", what, more);
	points_show();
	n_wrong++;
}

/* ---- a hub ---- */

static void on_done(void *arg, const struct mu_fault *fault, const char *body)
{
	struct life *life = arg;

	life->err = fault->err;
	life->times++;
	sem_post(&life->told);
}

static void nobody(void *edge, struct mu_down *first, struct mu_down *last, size_t n)
{
	while (n--) {
		struct mu_msg *next = first->msg.next;
		mu_down_destroy(first);
		first = next ? MU_CONTAINER_OF(next, struct mu_down, msg) : NULL;
	}
}

static enum mu_err start_hub(struct life *life, struct mu_hub **ret_hub, struct mu_fault *fault)
{
	struct mu_hub_setup setup = { .config = &life->config,
				      .metrics = &life->metrics,
				      .clock = &mu_clock_system };
	enum mu_err err = mu_store_open(life->store, &setup.store, fault);

	if (!err)
		err = mu_hub_create(&setup, ret_hub);
	if (!err)
		err = mu_hub_attach(*ret_hub, nobody, NULL);
	if (!err)
		err = mu_hub_control(*ret_hub, life->socket, fault);
	if (!err)
		err = mu_hub_start(*ret_hub);
	return err;
}

/* What the operator is told, or why the hub couldn't even take it. */
static enum mu_err operate(struct life *life, struct mu_hub *hub, const char *workspace, const char *method,
			   const char *params)
{
	const bool before = points_spare(true);
	json_t *json = json_loads(params, 0, NULL);

	points_spare(before);
	const enum mu_err err = mu_hub_call(hub, workspace, method, json, on_done, life);
	if (err)
		return err;
	life->asked++;
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_MS / 1000;
	if (sem_timedwait(&life->told, &until))
		complain("nobody tells the operator", method);
	return life->err;
}

/* Whether the operator's socket gives an answer, rather than no more than an end. */
static bool ask_socket(const struct life *life)
{
	static const char line[] = "{\"method\":\"workspace.get\",\"workspace\":\"acme\"}\n";
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const bool before = points_spare(true);
	struct pollfd poll_for = { .fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), .events = POLLIN };
	char c = '\0';

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", life->socket);
	assert_int_equal(connect(poll_for.fd, (struct sockaddr *)&address, sizeof(address)), 0);
	(void)!send(poll_for.fd, line, sizeof(line) - 1, MSG_NOSIGNAL);
	do {
		if (poll(&poll_for, 1, PATIENCE_MS) != 1)
			complain("neither an answer nor an end", "the operator's socket");
	} while (recv(poll_for.fd, &c, 1, MSG_DONTWAIT) == 1 && c != '\n');
	close(poll_for.fd);
	points_spare(before);
	return c == '\n';
}

/* Only where something failed, and then that it can't be done now. */
static bool may_be(enum mu_err err)
{
	return !err || (points_fired() && (err == MU_NO_MEMORY || err == MU_UNAVAILABLE));
}

/* Where there is no thread, a start has no better name for it. */
static void check_start(enum mu_err err, const struct mu_fault *fault)
{
	if (!may_be(err) && !(points_fired() && err == MU_INTERNAL))
		complain("no start", *mu_fault_text(fault) ? mu_fault_text(fault) : mu_err_info(err)->kind);
}

static void check_answer(const char *what, enum mu_err err)
{
	if (!may_be(err))
		complain(what, mu_err_info(err)->kind);
}

static void try_hub(struct life *life)
{
	struct mu_hub *hub = NULL;
	struct mu_fault fault = { 0 };

	life->asked = life->times = 0;
	enum mu_err err = start_hub(life, &hub, &fault);
	check_start(err, &fault);
	if (!err)
		check_answer("no answer", operate(life, hub, "acme", "workspace.get", "{}"));
	if (!err)
		check_answer("no write", operate(life, hub, "acme", "user.update",
						 "{\"user\":\"owner\",\"name\":\"Other\"}"));
	/* Where files are out, libuv ends all who wait, until nobody does: another turn of the loop is
	 * another matter. */
	if (!err && !ask_socket(life) &&
	    (!points_fired() || operate(life, hub, "acme", "workspace.get", "{}") || !ask_socket(life)))
		complain("no operator is answered any more", "");
	mu_hub_destroy(hub);
	if (life->times != life->asked)
		complain("the operator isn't told once for each request", "");
}

/* ---- files ---- */

#define TEXT "login_attempts = 77\npresence_tick_ms = 123ms\nsnapshot_every = 4321\n"

static void try_settings(struct life *life)
{
	struct mu_fault fault = { 0 };
	struct mu_config config;
	enum mu_err err = mu_config_init(&config);

	if (err)
		return;
	err = mu_config_load(&config, life->settings, &fault);
	if (err && (!points_fired() || !*mu_fault_text(&fault)))
		complain("settings aren't read", mu_fault_text(&fault));
	if (!err && (config.login_attempts != 77 || config.snapshot_every != 4321))
		complain("settings are read in part", "");
	mu_config_finish(&config);
}

static void try_key(struct life *life)
{
	static const uint8_t none[MU_BUS_KEY_BYTES];
	static uint8_t right[MU_BUS_KEY_BYTES];
	uint8_t key[MU_BUS_KEY_BYTES];
	struct mu_fault fault = { 0 };
	enum mu_err err = mu_bus_read_key(life->key, key, &fault);

	if (err && (!points_fired() || !*mu_fault_text(&fault)))
		complain("the key isn't read", mu_fault_text(&fault));
	if (err)
		return;
	if (!memcmp(right, none, sizeof(right)))
		memcpy(right, key, sizeof(right));
	if (memcmp(right, key, sizeof(right)))
		complain("another key is read", "");
}

/* ---- every point ---- */

static bool try_point(struct life *life, void (*try)(struct life *life), unsigned kinds, long n)
{
	const size_t files = points_open_files();

	points_arm(kinds, n);
	points_spare(false);
	try(life);
	points_spare(true);
	const bool fired = points_disarm();
	if (n != POINTS_NONE && points_open_files() != files)
		complain("a file is left open", "");
	return fired;
}

static void each_point(struct life *life, const char *name, void (*try)(struct life *life))
{
	const unsigned kinds = points_all() ? POINTS_ALL : POINTS_MEMORY | POINTS_IO;
	const size_t failed = points_failed();
	bool fired = !try_point(life, try, kinds, POINTS_NONE);

	for (long n = 0; fired; n++)
		fired = try_point(life, try, kinds, points_nth(n));
	assert_true(points_scene(name, failed));
}

static void each_point_of_a_hub(void **state)
{
	each_point(*state, "a hub", try_hub);
	assert_int_equal(n_wrong, 0);
}

static void each_point_of_files(void **state)
{
	each_point(*state, "settings", try_settings);
	each_point(*state, "a key", try_key);
	assert_int_equal(n_wrong, 0);
}

/* ---- the scene ---- */

static void write_file(char path[static PATH_TEXT], const char *dir, const char *name, const char *text)
{
	snprintf(path, PATH_TEXT, "%s/%s", dir, name);
	const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int set_up(void **state)
{
	struct life *life = calloc(1, sizeof(*life));
	struct mu_fault fault = { 0 };
	struct mu_hub *hub = NULL;

	mu_log_setup(MU_LOG_ERROR, MU_LOG_TEXT);
	mu_json_start();
	assert_int_equal(mu_hash_start(), MU_OK);
	snprintf(life->dir, sizeof(life->dir), "%s/muster-life-XXXXXX", P_tmpdir);
	assert_non_null(mkdtemp(life->dir));
	snprintf(life->store, PATH_TEXT, "sqlite:%s/muster.db", life->dir);
	snprintf(life->socket, PATH_TEXT, "%s/socket", life->dir);
	write_file(life->settings, life->dir, "settings", TEXT);
	write_file(life->key, life->dir, "key", "one key for the whole cluster, as long as it has to be\n");
	mu_metrics_init(&life->metrics);
	assert_int_equal(mu_config_init(&life->config), MU_OK);
	sem_init(&life->told, 0, 0);
	assert_int_equal(start_hub(life, &hub, &fault), MU_OK);
	assert_int_equal(operate(life, hub, NULL, "workspace.create",
				 "{\"id\":\"acme\",\"name\":\"Acme\",\"owner_email\":\"o@acme.test\",\"owner_"
				 "name\":\"O\"}"),
			 MU_OK);
	mu_hub_destroy(hub);
	*state = life;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "muster.db", "muster.db-wal", "muster.db-shm",
					     "settings",  "key",           "socket" };
	struct life *life = *state;
	char path[PATH_TEXT];

	for (size_t i = 0; i < MU_COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", life->dir, names[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(life->dir), 0);
	mu_config_finish(&life->config);
	sem_destroy(&life->told);
	free(life);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = { CASE(each_point_of_a_hub), CASE(each_point_of_files) };

	points_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	return points_result(failed, points_all() ? POINTS_ALL : POINTS_MEMORY | POINTS_IO);
}
