/* The SQLite store when things break under it: the process is killed, the disk fails at any write or sync,
 * the file may not grow. A VFS of the test's own, put before SQLite's, makes chosen operations fail. */
#include "store/rig.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum disk_op { DISK_WRITE, DISK_SYNC };

/* What the next operations do. */
static struct {
	int countdown; /* operations that still work; < 0: all do */
	bool stays;    /* all after the first failure fail too, else it is a single one */
	int failures;  /* how many failed */
	int syncs;     /* how many were asked for */
	enum disk_op failed_op;
	bool read_only; /* opening gives a file that can't be written */
} disk = { .countdown = -1 };

static sqlite3_vfs faulty_vfs;
static sqlite3_vfs *real_vfs;

/* Each kind of file of the real VFS and our version of it; all of them write and sync by the same functions.
 */
static struct {
	const sqlite3_io_methods *real;
	sqlite3_io_methods faulty;
} kinds[4];

static bool disk_fails(enum disk_op op)
{
	if (disk.countdown < 0)
		return false;
	if (disk.countdown > 0) {
		disk.countdown--;
		return false;
	}
	if (!disk.stays)
		disk.countdown = -1;
	disk.failures++;
	disk.failed_op = op;
	return true;
}

static int faulty_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 offset)
{
	return disk_fails(DISK_WRITE) ? SQLITE_FULL : kinds[0].real->xWrite(file, bytes, n, offset);
}

static int faulty_sync(sqlite3_file *file, int flags)
{
	disk.syncs++;
	return disk_fails(DISK_SYNC) ? SQLITE_IOERR_FSYNC : kinds[0].real->xSync(file, flags);
}

static const sqlite3_io_methods *faulty_methods(const sqlite3_io_methods *real)
{
	size_t i = 0;

	while (kinds[i].real && kinds[i].real != real)
		assert_true(++i < MU_COUNT(kinds));
	if (!kinds[i].real) {
		kinds[i].real = real;
		kinds[i].faulty = *real;
		kinds[i].faulty.xWrite = faulty_write;
		kinds[i].faulty.xSync = faulty_sync;
		assert_true(real->xWrite == kinds[0].real->xWrite && real->xSync == kinds[0].real->xSync);
	}
	return &kinds[i].faulty;
}

static int faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *ret_flags)
{
	int got = flags;
	int rc = real_vfs->xOpen(real_vfs, name, file, flags, &got);

	(void)vfs;
	if (disk.read_only)
		got = (got & ~SQLITE_OPEN_READWRITE) | SQLITE_OPEN_READONLY;
	if (ret_flags)
		*ret_flags = got;
	if (rc == SQLITE_OK)
		file->pMethods = faulty_methods(file->pMethods);
	return rc;
}

static int install_vfs(void **state)
{
	(void)state;
	real_vfs = sqlite3_vfs_find(NULL);
	faulty_vfs = *real_vfs;
	faulty_vfs.zName = "faulty";
	faulty_vfs.xOpen = faulty_open;
	return sqlite3_vfs_register(&faulty_vfs, 1);
}

static int remove_vfs(void **state)
{
	(void)state;
	return sqlite3_vfs_unregister(&faulty_vfs);
}

static void disk_break(int after, bool stays)
{
	disk.failures = 0;
	disk.stays = stays;
	disk.countdown = after;
}

static void disk_mend(void)
{
	disk.countdown = -1;
}

static void expect_sentence(const struct rig *rig)
{
	const char *why =
		disk.failed_op == DISK_WRITE ? "cannot grow: the disk is full" : "cannot be read or written";
	const struct mu_fault *fault = mu_store_fault(rig->store);

	assert_int_equal(fault->err, MU_UNAVAILABLE);
	if (!strstr(fault->message, rig->path) || !strstr(fault->message, why))
		fail_msg("\"%s\" should name %s and say \"%s\"", fault->message, rig->path, why);
}

static void each_append_is_synced(void **state)
{
	struct rig *rig = *state;

	rig_workspace(rig, "acme");
	for (int64_t seq = 0; seq < 5; seq++) {
		int before = disk.syncs;

		rig_append(rig, "acme", seq, 1);
		assert_true(disk.syncs > before);
	}
}

/* Whichever write or sync of an append fails: the answer says so, nothing of it is there, and the next append
 * works. */
static void any_failing_operation_leaves_the_log_whole(void **state)
{
	struct rig *rig = *state;
	int64_t seq = 0;
	int failed = 0;

	rig_workspace(rig, "acme");
	for (int op = 0;; op++) {
		enum mu_err err;

		disk_break(op, false);
		err = rig_try_append(rig->store, "acme", seq, 40);
		disk_mend();
		if (disk.failures == 0) {
			assert_int_equal(err, MU_OK);
			break;
		}
		assert_int_equal(err, MU_UNAVAILABLE);
		expect_sentence(rig);
		rig_expect(rig->store, "acme", seq);
		rig_append(rig, "acme", seq, 3);
		seq += 3;
		rig_expect(rig->store, "acme", seq);
		failed++;
	}
	assert_true(failed >= 3);
	rig_reopen(rig);
	rig_expect(rig->store, "acme", seq + 40);
}

/* The same for a process that ends without having appended again: what is there then is all or nothing. */
static void any_failing_operation_and_then_the_end(void **state)
{
	struct rig *rig = *state;
	int64_t seq = 0;

	rig_workspace(rig, "acme");
	for (int op = 0;; op++) {
		enum mu_err err;

		disk_break(op, true);
		err = rig_try_append(rig->store, "acme", seq, 40);
		if (disk.failures == 0)
			assert_int_equal(err, MU_OK);
		else
			assert_int_equal(err, MU_UNAVAILABLE);
		mu_store_close(rig->store); /* on the broken disk */
		disk_mend();
		rig->store = NULL;
		rig_open(rig);

		int64_t head = rig_head(rig->store, "acme").seq;

		assert_true(head == seq + 40 || (err && head == seq));
		seq = head;
		rig_expect(rig->store, "acme", seq);
		if (!err)
			break;
	}
	assert_true(seq >= 40);
}

/* Whichever operation of bringing an older file up to date fails: it is as it was, and the next start does
 * it.
 */
static void a_migration_is_all_or_nothing(void **state)
{
	struct rig *rig = *state;
	struct mu_fault fault = { 0 };
	sqlite3 *conn = NULL;
	int failed = 0;

	rig_append_v1(rig, "acme", 40);
	for (int op = 0;; op++) {
		mu_store_close(rig->store);
		rig->store = NULL;
		assert_int_equal(sqlite3_open(rig->path, &conn), SQLITE_OK);
		assert_int_equal(sqlite3_exec(conn, rig_back_to_v1, NULL, NULL, NULL), SQLITE_OK);
		assert_int_equal(sqlite3_close(conn), SQLITE_OK);
		disk_break(op, true);
		const enum mu_err err = mu_store_open(rig->url, &rig->store, &fault);
		disk_mend();
		if (err)
			rig_open(rig);
		assert_int_equal(rig_head(rig->store, "acme").seq, 40);
		assert_int_equal(rig_verify(rig->store, "acme"), 0);
		if (!disk.failures)
			break;
		failed++;
	}
	assert_true(failed >= 3);
	rig_append(rig, "acme", 40, 5);
	assert_int_equal(rig_verify(rig->store, "acme"), 0);
}

static void a_full_disk_is_over_when_there_is_room(void **state)
{
	struct rig *rig = *state;

	rig_workspace(rig, "acme");
	rig_append(rig, "acme", 0, 5);
	disk_break(0, true);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(rig_try_append(rig->store, "acme", 5, 1), MU_UNAVAILABLE);
		expect_sentence(rig);
		assert_int_equal(mu_store_create(rig->store, "other", RIG_AT_MS), MU_UNAVAILABLE);
		assert_int_equal(mu_store_snapshot_put(rig->store, "acme", 5, "{}", 2), MU_UNAVAILABLE);
		assert_int_equal(mu_store_erase(rig->store, "acme", 1), MU_UNAVAILABLE);
		rig_expect(rig->store, "acme", 5);
	}
	disk_mend();
	rig_append(rig, "acme", 5, 1);
	rig_workspace(rig, "other");
	assert_int_equal(mu_store_snapshot_put(rig->store, "acme", 6, "{}", 2), MU_OK);
	rig_expect(rig->store, "acme", 6);

	disk_break(0, true);
	assert_int_equal(mu_store_trim(rig->store, "acme", 3), MU_UNAVAILABLE);
	disk_mend();
	rig_expect(rig->store, "acme", 6);
	assert_int_equal(mu_store_trim(rig->store, "acme", 3), MU_OK);
	assert_int_equal(rig_verify(rig->store, "acme"), 0);
}

static void a_file_that_cannot_be_written_is_refused(void **state)
{
	struct rig *rig = *state;
	struct mu_fault fault = { 0 };
	struct mu_store *store = NULL;

	disk.read_only = true;
	assert_int_equal(mu_store_open(rig->url, &store, &fault), MU_UNAVAILABLE);
	disk.read_only = false;
	assert_null(store);
	assert_non_null(strstr(fault.message, rig->path));
	assert_non_null(strstr(fault.message, "may not be written to"));
}

/* A limit that the kernel enforces, instead of our own VFS. */
static void a_file_that_may_not_grow_is_unavailable(void **state)
{
	struct rig *rig = *state;
	struct rlimit before, small;
	int64_t seq = 0;
	enum mu_err err;
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);

	rig_workspace(rig, "acme");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 300000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	while (!(err = rig_try_append(rig->store, "acme", seq, 50)) && seq < 100000)
		seq += 50;
	assert_int_equal(err, MU_UNAVAILABLE);
	assert_non_null(strstr(mu_store_fault(rig->store)->message, "cannot be read or written"));
	assert_int_equal(rig_try_append(rig->store, "acme", seq, 50), MU_UNAVAILABLE);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, handler);

	assert_true(seq > 0);
	rig_expect(rig->store, "acme", seq);
	rig_append(rig, "acme", seq, 50);
	rig_expect(rig->store, "acme", seq + 50);
}

#define KILLS 20

static const char *const killed_names[] = { "a", "b" };

struct acknowledged {
	int64_t seq[MU_COUNT(killed_names)];
};

/* The child: append until killed, to both workspaces in one transaction, and report each that is
 * acknowledged. */
_Noreturn static void append_until_killed(const char *url, int report, struct acknowledged from)
{
	struct mu_store *store;

	if (mu_store_open(url, &store, NULL))
		_exit(2);
	for (size_t round = 1;; round++) {
		AUTO_ARENA struct mu_arena arena = { 0 };
		struct mu_append batches[MU_COUNT(killed_names)];

		for (size_t i = 0; i < MU_COUNT(batches); i++)
			batches[i] = rig_batch(&arena, killed_names[i], from.seq[i], 1 + (round + i) % 5);
		if (mu_store_append(store, batches, MU_COUNT(batches)))
			_exit(3);
		for (size_t i = 0; i < MU_COUNT(batches); i++)
			from.seq[i] += batches[i].err ? -1000000 : (int64_t)batches[i].n;
		if (write(report, &from, sizeof(from)) != sizeof(from))
			_exit(4);
	}
}

/* Start the child, kill it after `reports` of its reports (it runs on until the signal meets it), and tell
 * what it last reported. */
static struct acknowledged kill_after(const struct rig *rig, struct acknowledged from, int reports)
{
	struct acknowledged last = from, report;
	int pipes[2], status, n = 0;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(pipes[0]);
		append_until_killed(rig->url, pipes[1], from);
	}
	close(pipes[1]);
	while (read(pipes[0], &report, sizeof(report)) == sizeof(report)) {
		last = report;
		if (++n == reports)
			assert_int_equal(kill(pid, SIGKILL), 0);
	}
	close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	return last;
}

static void nothing_acknowledged_is_lost_by_a_kill(void **state)
{
	struct rig *rig = *state;
	struct acknowledged from = { 0 };

	for (size_t i = 0; i < MU_COUNT(killed_names); i++)
		rig_workspace(rig, killed_names[i]);
	srand(20);
	for (int round = 0; round < KILLS; round++) {
		struct acknowledged last;

		mu_store_close(rig->store);
		rig->store = NULL;
		last = kill_after(rig, from, 1 + rand() % 60);
		rig_open(rig);
		for (size_t i = 0; i < MU_COUNT(killed_names); i++) {
			int64_t seq = rig_head(rig->store, killed_names[i]).seq;

			/* At most the one transaction on its way is there beyond what was reported. */
			assert_true(seq >= last.seq[i]);
			assert_true(seq <= last.seq[i] + 5);
			rig_expect(rig->store, killed_names[i], seq);
			from.seq[i] = seq;
		}
	}
	assert_true(from.seq[0] > KILLS);
}

static int setup_closed(void **state)
{
	*state = rig_create(false);
	return 0;
}

#define OPEN(test) cmocka_unit_test_setup_teardown(test, rig_setup_sqlite, rig_teardown)
#define CLOSED(test) cmocka_unit_test_setup_teardown(test, setup_closed, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OPEN(each_append_is_synced),
		OPEN(any_failing_operation_leaves_the_log_whole),
		OPEN(any_failing_operation_and_then_the_end),
		OPEN(a_migration_is_all_or_nothing),
		OPEN(a_full_disk_is_over_when_there_is_room),
		CLOSED(a_file_that_cannot_be_written_is_refused),
		OPEN(a_file_that_may_not_grow_is_unavailable),
		OPEN(nothing_acknowledged_is_lost_by_a_kill),
	};

	return cmocka_run_group_tests(tests, install_vfs, remove_vfs);
}
