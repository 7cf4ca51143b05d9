/* Faults under the PostgreSQL store: servers that crash, hang or go read-only, locks that somebody holds, and
 * connections that are cut before or after a commit. */
#include "store/relay.h"

#include "postgres_inner.h"

static void end_the_store_s_connections(void)
{
	rig_sql("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
		" WHERE application_name = 'muster' AND pid <> pg_backend_pid()");
}

static void an_ended_connection_is_made_anew(void **state)
{
	struct rig *rig = *state;

	rig_workspace(rig, "acme");
	rig_append(rig, "acme", 0, 2);
	end_the_store_s_connections();
	rig_append(rig, "acme", 2, 2);
	end_the_store_s_connections();
	rig_expect(rig->store, "acme", 4);
}

static void a_held_lock_is_waited_for_and_then_not(void **state)
{
	struct rig *rig = *state;
	struct pg *other;
	struct mu_store *store = NULL;
	PGresult *result = NULL;

	rig_workspace(rig, "acme");
	rig_append(rig, "acme", 0, 1);
	assert_int_equal(mu_store_open(rig->url, &store, NULL), MU_OK);
	other = pg_of(store);
	assert_int_equal(pg_db_exec(&other->db, "BEGIN; SELECT key FROM workspace FOR UPDATE", &result),
			 MU_OK);
	PQclear(result);

	const int64_t began_ms = rig_now_ms();

	assert_int_equal(rig_try_append(rig->store, "acme", 1, 1), MU_UNAVAILABLE);
	assert_true(rig_now_ms() - began_ms < 20000);
	assert_non_null(strstr(mu_store_fault(rig->store)->message, "is locked by another program"));
	rig_expect(rig->store, "acme", 1); /* readers don't wait */
	mu_store_close(store);
	rig_append(rig, "acme", 1, 1);
	rig_expect(rig->store, "acme", 2);
}

static void a_server_that_may_only_be_read_is_unavailable(void **state)
{
	struct rig *rig = *state;
	struct mu_head head;

	rig_workspace(rig, "acme");
	rig_sql("ALTER DATABASE muster SET default_transaction_read_only = on");
	end_the_store_s_connections();
	assert_int_equal(rig_try_append(rig->store, "acme", 0, 1), MU_UNAVAILABLE);
	assert_non_null(strstr(mu_store_fault(rig->store)->message, "may only be read"));
	rig_sql("BEGIN READ WRITE; ALTER DATABASE muster RESET default_transaction_read_only; COMMIT");
	while (mu_store_head(rig->store, "acme", &head))
		continue; /* it doesn't try again at once */
	rig_append(rig, "acme", 0, 1);
	rig_expect(rig->store, "acme", 1);
}

/* ---- a commit whose outcome isn't known ---- */

static struct relay *open_behind_a_relay(struct rig *rig)
{
	struct relay *relay = relay_start(rig);

	rig_open(rig);
	rig_workspace(rig, "acme");
	rig_workspace(rig, "b");
	rig_append(rig, "acme", 0, 1);
	return relay;
}

/* One that goes to the server straight. */
static struct mu_store *another_store(void)
{
	struct mu_store *store = NULL;
	char directory[128], url[256];

	rig_server(directory);
	snprintf(url, sizeof(url), "postgres://muster@/muster?host=%s", directory);
	assert_int_equal(mu_store_open(url, &store, NULL), MU_OK);
	return store;
}

static void close_behind_a_relay(struct rig *rig, struct relay *relay)
{
	mu_store_close(rig->store);
	rig->store = NULL;
	relay_stop(relay);
}

static void an_append_that_got_lost_is_sent_again(void **state)
{
	struct rig *rig = *state;
	struct relay *relay = open_behind_a_relay(rig);

	relay_set(relay, RELAY_CUT_BEFORE);
	rig_append(rig, "acme", 1, 3);
	assert_int_equal(atomic_load(&relay->cuts), 1);
	rig_expect(rig->store, "acme", 4);
	close_behind_a_relay(rig, relay);
}

static void a_commit_whose_answer_got_lost_is_known_to_be_there(void **state)
{
	struct rig *rig = *state;
	struct relay *relay = open_behind_a_relay(rig);
	struct mu_store *other = NULL;
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_append batches[] = { rig_batch(&arena, "acme", 1, 3), rig_batch(&arena, "b", 0, 2) };

	/* Another node is first with one of them, and this one doesn't know. */
	rig_append(rig, "b", 0, 0);
	other = another_store();
	assert_int_equal(rig_try_append(other, "b", 0, 1), MU_OK);
	mu_store_close(other);

	relay_set(relay, RELAY_CUT_AFTER);
	assert_int_equal(mu_store_append(rig->store, batches, 2), MU_OK);
	assert_int_equal(atomic_load(&relay->cuts), 1);
	assert_int_equal(batches[0].err, MU_OK);
	assert_int_equal(batches[1].err, MU_CONFLICT);
	rig_expect(rig->store, "acme", 4);
	rig_expect(rig->store, "b", 1);
	close_behind_a_relay(rig, relay);
}

/* Not even the server knows which of its processes the older connection's is: it may be out of reach. */
static void forget_the_backend(void)
{
	rig_sql("UPDATE muster.node SET backend = 0");
}

/* The worst of networks: what was given up arrives at the server after all. */
static void a_commit_that_arrives_late_is_refused(void **state)
{
	struct rig *rig = *state;
	struct relay *relay = open_behind_a_relay(rig);
	char said[4096];

	relay_set(relay, RELAY_HOLD);
	rig_append(rig, "acme", 1, 3);
	assert_int_equal(atomic_load(&relay->cuts), 1);
	relay_deliver(relay, said, sizeof(said));
	assert_non_null(strstr(said, "terminating connection"));
	rig_expect(rig->store, "acme", 4);

	/* Also where nothing but its place in the node's row refuses it. */
	rig_append(rig, "b", 0, 0);
	forget_the_backend();
	relay_set(relay, RELAY_HOLD);
	rig_append(rig, "b", 0, 0);
	relay_deliver(relay, said, sizeof(said));
	assert_non_null(strstr(said, "division by zero"));
	close_behind_a_relay(rig, relay);
}

static void a_silent_server_holds_nobody_for_long(void **state)
{
	struct rig *rig = *state;
	struct relay *relay = open_behind_a_relay(rig);
	struct mu_head head;
	int64_t began_ms = rig_now_ms();

	relay_set(relay, RELAY_SILENT);
	assert_int_equal(rig_try_append(rig->store, "acme", 1, 1), MU_UNAVAILABLE);
	assert_true(rig_now_ms() - began_ms < 20000);

	/* Those that wait behind it don't each wait anew. */
	began_ms = rig_now_ms();
	for (int i = 0; i < 100 && rig_now_ms() - began_ms < 500; i++)
		assert_int_equal(mu_store_head(rig->store, "acme", &head), MU_UNAVAILABLE);
	assert_true(rig_now_ms() - began_ms < 1000);
	relay_set(relay, RELAY_PASS);
	while (mu_store_head(rig->store, "acme", &head))
		assert_true(rig_now_ms() - began_ms < 20000);
	rig_expect(rig->store, "acme", head.seq);
	close_behind_a_relay(rig, relay);
}

/* ---- crashes ---- */

static void server_does(const char *what)
{
	char command[512];

	snprintf(command, sizeof(command), "%s %s %s", MUSTER_POSTGRES_SH, what, getenv(RIG_SERVER));
	assert_int_equal(system(command), 0);
}

#define CRASHES 2

struct writer {
	pthread_t thread;
	struct mu_store *store;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t change;
	int64_t acknowledged;
	bool down; /* the server: until it is up again there is nothing to try */
	bool stopping;
	bool wrong;
};

static bool may_go_on(struct writer *writer)
{
	pthread_mutex_lock(&writer->lock);
	while (writer->down)
		pthread_cond_wait(&writer->change, &writer->lock);

	const bool on = !writer->stopping && !writer->wrong;

	pthread_mutex_unlock(&writer->lock);
	return on;
}

static void note(struct writer *writer, enum mu_err err, int64_t seq)
{
	pthread_mutex_lock(&writer->lock);
	writer->wrong |= err && err != MU_UNAVAILABLE;
	if (!err)
		writer->acknowledged = seq;
	pthread_cond_broadcast(&writer->change);
	pthread_mutex_unlock(&writer->lock);
}

static void set_down(struct writer *writer, bool down)
{
	pthread_mutex_lock(&writer->lock);
	writer->down = down;
	pthread_cond_broadcast(&writer->change);
	pthread_mutex_unlock(&writer->lock);
}

/* Append without end; after a failure go on from what is there, as the hub does. */
static void *write_on(void *arg)
{
	struct writer *writer = arg;
	struct mu_head head = { 0 };

	while (may_go_on(writer)) {
		const enum mu_err err = rig_try_append(writer->store, "acme", head.seq, 2);

		note(writer, err, head.seq += err ? 0 : 2);
		while (err && may_go_on(writer) && mu_store_head(writer->store, "acme", &head))
			continue; /* it doesn't try again at once */
	}
	return NULL;
}

/* False: they didn't come, or something else did. */
static bool wait_for_acknowledged(struct writer *writer, int64_t more)
{
	struct timespec until;
	int late = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 60;
	pthread_mutex_lock(&writer->lock);
	more += writer->acknowledged;
	while (!late && !writer->wrong && writer->acknowledged < more)
		late = pthread_cond_timedwait(&writer->change, &writer->lock, &until);

	const bool came = writer->acknowledged >= more;

	pthread_mutex_unlock(&writer->lock);
	return came;
}

static void nothing_acknowledged_is_lost_by_a_crash_of_the_server(void **state)
{
	struct rig *rig = *state;
	struct writer writer = { .store = rig->store,
				 .lock = PTHREAD_MUTEX_INITIALIZER,
				 .change = PTHREAD_COND_INITIALIZER };

	rig_workspace(rig, "acme");
	assert_int_equal(pthread_create(&writer.thread, NULL, write_on, &writer), 0);
	for (int round = 0; round < CRASHES; round++) {
		assert_true(wait_for_acknowledged(&writer, 40));
		server_does("kill"); /* while it writes */
		set_down(&writer, true);
		server_does("again");
		set_down(&writer, false);
	}
	assert_true(wait_for_acknowledged(&writer, 40));
	pthread_mutex_lock(&writer.lock);
	writer.stopping = true;
	pthread_mutex_unlock(&writer.lock);
	pthread_join(writer.thread, NULL);

	const int64_t seq = rig_head(rig->store, "acme").seq;

	assert_false(writer.wrong);
	assert_true(seq >= writer.acknowledged);
	assert_true(seq <= writer.acknowledged + 2);
	rig_expect(rig->store, "acme", seq);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_OPEN(an_ended_connection_is_made_anew, postgres),
		RIG_OPEN(a_held_lock_is_waited_for_and_then_not, postgres),
		RIG_OPEN(a_server_that_may_only_be_read_is_unavailable, postgres),
		RIG_CLOSED(an_append_that_got_lost_is_sent_again, postgres),
		RIG_CLOSED(a_commit_whose_answer_got_lost_is_known_to_be_there, postgres),
		RIG_CLOSED(a_commit_that_arrives_late_is_refused, postgres),
		RIG_CLOSED(a_silent_server_holds_nobody_for_long, postgres),
		RIG_OPEN(nothing_acknowledged_is_lost_by_a_crash_of_the_server, postgres),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
