/* What can fail in a hub whose log is an SQLite file (README.md lists it), SQLite's own among it, does once
 * for each way that leads there: in steps that write, read and keep snapshots, and when the file is opened;
 * see steps.h. `MU_FAULTS=all` has each point fail. Besides must hold: who opens the file anew finds in it
 * what was acknowledged. */
#include "steps.h"

#include <unistd.h>

#define FILE_TEXT 192

static const char *const endings[] = { "", "-wal", "-shm", "-journal" };

struct file {
	char dir[FILE_TEXT / 2], path[FILE_TEXT], url[FILE_TEXT + 8];
};

static struct file file;

static void make_file(void)
{
	snprintf(file.dir, sizeof(file.dir), "%s/muster-faults-XXXXXX", P_tmpdir);
	assert_non_null(mkdtemp(file.dir));
	snprintf(file.path, sizeof(file.path), "%s/muster.db", file.dir);
	snprintf(file.url, sizeof(file.url), "sqlite:%s", file.path);
}

static void remove_file(void)
{
	char path[FILE_TEXT + 16];

	for (size_t i = 0; i < MU_COUNT(endings); i++) {
		snprintf(path, sizeof(path), "%s%s", file.path, endings[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(file.dir), 0);
}

static struct mu_store *open_file(void)
{
	struct mu_store *store = NULL;
	struct mu_fault fault = { 0 };

	assert_int_equal(mu_hash_start(), MU_OK);
	if (mu_store_open(file.url, &store, &fault))
		fail_msg("%s", mu_fault_text(&fault));
	return store;
}

static struct mu_store *open_new(struct faults *faults)
{
	struct mu_fault fault = { 0 };

	make_file();
	struct mu_store *store = open_file();
	assert_int_equal(mu_store_reader(store, &faults->reader, &fault), MU_OK);
	return store;
}

/* What was acknowledged is in the file, and the file is whole. */
static void check_file(struct faults *faults)
{
	struct mu_workspace *found = mu_workspace_create("acme");
	AUTO_BUF struct mu_buf now = { 0 }, right = { 0 };
	struct mu_store *store = open_file();

	assert_int_equal(mu_store_read(store, "acme", 0, INT64_MAX, follow, found), MU_OK);
	assert_int_equal(mu_workspace_dump(found, dump_line, &now), MU_OK);
	assert_int_equal(mu_workspace_dump(faults->shadow, dump_line, &right), MU_OK);
	if (strcmp(mu_buf_text(&now), mu_buf_text(&right)))
		complain(faults, "the file holds\n%s\nand not\n%s", mu_buf_text(&now), mu_buf_text(&right));
	mu_store_close(store);
	mu_workspace_destroy(found);
}

static void close_file(struct faults *faults)
{
	check_file(faults);
	remove_file();
}

/* ---- steps ---- */

#define PUBLISH                                                                                              \
	"0 event.publish "                                                                                   \
	"{\"type\":\"x.paid\",\"audience\":{\"everyone\":true},\"data\":{\"order\":#},\"durable\":true}"

/* A step is a row. */
/* clang-format off */
static const struct step steps[] = {
	{ NULL, PUBLISH, NULL },
	{ NULL, "0 user.create {\"id\":\"kim#\",\"name\":\"Kim\",\"email\":\"kim#@acme.test\",\"roles\":[\"agent\"]}", "?0 user.remove {\"user\":\"kim#\"}" },
	{ "0 user.create {\"id\":\"kim#\",\"name\":\"Kim\",\"email\":\"kim#@acme.test\",\"roles\":[\"agent\"]}", "0 user.remove {\"user\":\"kim#\"}", "?0 user.remove {\"user\":\"kim#\"}" },
	{ "0 conversation.put {\"id\":\"c#\",\"team\":\"support\"}", "2 conversation.take {\"id\":\"c#\"}", "?0 conversation.resolve {\"id\":\"c#\"}" },
	{ NULL, "2 presence.set {\"status\":\"busy\",\"note\":\"Back at #\"}", "2 presence.set {\"status\":\"available\"}" },
	{ NULL, "1 audit.list {\"limit\":20}", NULL },
	{ NULL, "1 presence.history {\"user\":\"ann\",\"from\":\"2023-11-14T00:00:00.000Z\",\"to\":\"2023-11-16T00:00:00.000Z\",\"by\":\"day\"}", NULL },
	{ "connect 3 bob\n3 session.open {}\ngone 3\n" PUBLISH "\nconnect 3 bob", "3 session.open {\"resume\":{\"cursor\":\"@cursor\"}}", "gone 3" },
};

static const struct step snapshots[] = {
	{ NULL, "+" PUBLISH, NULL },
};
/* clang-format on */

RUN(steps)
RUN(snapshots)

static const struct place sqlite = { POINTS_ALL, "1000000", open_new, close_file },
			  with_snapshots = { POINTS_ALL, "1", open_new, close_file };

static int set_up_with_snapshots(void **state)
{
	place = &with_snapshots;
	return set_up(state);
}

/* ---- opening ---- */

/* A file is opened, by two, and closed, or it is said why it can't be. Whether something failed. */
static bool try_opening(struct faults *faults, unsigned kinds, long n)
{
	struct mu_store *store = NULL, *reader = NULL;
	struct mu_fault fault = { 0 };
	enum mu_err err;

	const size_t files = points_open_files();
	points_arm(kinds, n);
	points_spare(false);
	err = mu_store_open(file.url, &store, &fault);
	if (!err)
		err = mu_store_reader(store, &reader, &fault);
	mu_store_close(reader);
	mu_store_close(store);
	points_spare(true);
	const bool fired = points_disarm();
	if (err && (!fired || (err != MU_UNAVAILABLE && err != MU_NO_MEMORY) || !*mu_fault_text(&fault)))
		complain(faults, "it isn't opened: %s %s", mu_err_info(err)->kind, mu_fault_text(&fault));
	if (points_open_files() != files)
		complain(faults, "a file is left open");
	store = open_file();
	mu_store_close(store);
	return fired;
}

static void each_point_of_opening(struct faults *faults, bool anew, unsigned kinds)
{
	const size_t failed = points_failed();
	bool fired = true;

	make_file();
	if (!anew)
		mu_store_close(open_file());
	for (long n = 0; fired; n++) {
		fired = try_opening(faults, kinds, points_nth(n));
		if (anew) {
			remove_file();
			make_file();
		}
	}
	remove_file();
	assert_true(points_scene(anew ? "opening a new file" : "opening an old file", failed));
}

static void each_point_of_openings(void **state)
{
	struct faults faults = { 0 };

	points_on_fire(NULL, NULL);
	const unsigned kinds = points_all() ? POINTS_ALL : POINTS_MEMORY | POINTS_IO;
	each_point_of_opening(&faults, true, kinds);
	each_point_of_opening(&faults, false, kinds);
	assert_int_equal(faults.n_wrong, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CASE(each_point_of_steps),
		cmocka_unit_test_setup_teardown(each_point_of_snapshots, set_up_with_snapshots, tear_down),
		cmocka_unit_test(each_point_of_openings),
	};

	prepare(&sqlite, argc > 1 ? argv[1] : NULL);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	return result(failed);
}
