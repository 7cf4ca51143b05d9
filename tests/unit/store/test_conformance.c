/* What every back-end of the store has to do, run over each of them. */
#include "store/rig.h"

static const char *const NOWHERE = "nowhere";

static void a_new_log_is_empty(void **state)
{
	struct rig *rig = *state;
	struct mu_head head;
	int64_t snapshot_seq = -1;
	char *snapshot = (char *)"untouched";

	rig_workspace(rig, "acme");
	assert_int_equal(mu_store_create(rig->store, "acme", RIG_AT_MS + 1), MU_CONFLICT);

	head = rig_head(rig->store, "acme");
	assert_int_equal(head.seq, 0);
	assert_int_equal(head.first_seq, 1);
	assert_int_equal(head.epoch, RIG_AT_MS);
	rig_expect(rig->store, "acme", 0);
	assert_int_equal(mu_store_snapshot_get(rig->store, "acme", &snapshot_seq, &snapshot), MU_OK);
	assert_int_equal(snapshot_seq, 0);
	assert_null(snapshot);
}

static void an_unknown_workspace_is_not_found(void **state)
{
	struct rig *rig = *state;
	struct mu_head head = { .seq = 77 };
	struct rig_reading reading = { 0 };
	struct mu_verdict verdict;
	int64_t seq = 77;
	char *text = NULL;

	rig_workspace(rig, "acme");
	assert_int_equal(mu_store_head(rig->store, NOWHERE, &head), MU_NOT_FOUND);
	assert_int_equal(rig_try_append(rig->store, NOWHERE, 0, 1), MU_NOT_FOUND);
	assert_int_equal(mu_store_read(rig->store, NOWHERE, 0, 10, rig_check_row, &reading), MU_NOT_FOUND);
	assert_int_equal(mu_store_snapshot_put(rig->store, NOWHERE, 0, "{}", 2), MU_NOT_FOUND);
	assert_int_equal(mu_store_snapshot_get(rig->store, NOWHERE, &seq, &text), MU_NOT_FOUND);
	assert_int_equal(mu_store_trim(rig->store, NOWHERE, 0), MU_NOT_FOUND);
	assert_int_equal(mu_store_erase(rig->store, NOWHERE, 1), MU_NOT_FOUND);
	assert_int_equal(mu_store_verify(rig->store, NOWHERE, NULL, &verdict), MU_NOT_FOUND);
	/* What wasn't answered wasn't touched. */
	assert_int_equal(head.seq, 77);
	assert_int_equal(seq, 77);
	assert_null(text);
}

static void what_was_appended_is_read(void **state)
{
	struct rig *rig = *state;

	rig_workspace(rig, "acme");
	rig_append(rig, "acme", 0, 1);
	rig_append(rig, "acme", 1, 9);
	rig_append(rig, "acme", 10, 0);
	rig_expect(rig->store, "acme", 10);
	assert_int_equal(rig_read(rig->store, "acme", 4), 6);
	assert_int_equal(rig_read(rig->store, "acme", 10), 0);
	assert_int_equal(rig_read(rig->store, "acme", 99), 0);
}

static bool two_rows(void *arg, const struct mu_row *row)
{
	struct rig_reading *reading = arg;

	return rig_check_row(arg, row) && reading->n < 2;
}

static void a_reader_gets_no_more_than_it_wants(void **state)
{
	struct rig *rig = *state;
	struct rig_reading three = { .workspace = "acme", .after_seq = 5 };
	struct rig_reading two = { .workspace = "acme" };
	struct rig_reading none = { .workspace = "acme" };

	rig_workspace(rig, "acme");
	rig_append(rig, "acme", 0, 10);
	assert_int_equal(mu_store_read(rig->store, "acme", 5, 3, rig_check_row, &three), MU_OK);
	assert_int_equal(three.n, 3);
	assert_int_equal(mu_store_read(rig->store, "acme", 0, 10, two_rows, &two), MU_OK);
	assert_int_equal(two.n, 2);
	assert_int_equal(mu_store_read(rig->store, "acme", 0, 0, rig_check_row, &none), MU_OK);
	assert_int_equal(none.n, 0);
	/* A reader that stopped early holds nothing up. */
	rig_append(rig, "acme", 10, 1);
}

static void only_the_expected_sequence_appends(void **state)
{
	struct rig *rig = *state;

	rig_workspace(rig, "acme");
	rig_append(rig, "acme", 0, 3);
	assert_int_equal(rig_try_append(rig->store, "acme", 2, 1), MU_CONFLICT);
	assert_int_equal(rig_try_append(rig->store, "acme", 4, 1), MU_CONFLICT);
	assert_int_equal(rig_try_append(rig->store, "acme", 0, 5), MU_CONFLICT);
	rig_expect(rig->store, "acme", 3);
	rig_append(rig, "acme", 3, 1);
	rig_expect(rig->store, "acme", 4);
}

static void one_that_fails_leaves_the_others_alone(void **state)
{
	struct rig *rig = *state;
	AUTO_ARENA struct mu_arena arena = { 0 };
	char *huge = mu_arena_alloc(&arena, MU_PAYLOAD_MAX + 2);

	memset(huge, 'x', MU_PAYLOAD_MAX + 1);
	rig_workspace(rig, "a");
	rig_workspace(rig, "b");
	rig_workspace(rig, "c");
	rig_append(rig, "b", 0, 5);

	struct mu_row large = rig_row(&arena, "c", 1);
	struct mu_append batches[] = {
		rig_batch(&arena, "a", 0, 2),     rig_batch(&arena, "b", 4, 2),
		rig_batch(&arena, NOWHERE, 0, 2), { .workspace = "c", .rows = &large, .n = 1 },
		rig_batch(&arena, "c", 0, 3),
	};

	large.payload = huge;
	assert_int_equal(mu_store_append(rig->store, batches, MU_COUNT(batches)), MU_OK);
	assert_int_equal(batches[0].err, MU_OK);
	assert_int_equal(batches[1].err, MU_CONFLICT);
	assert_int_equal(batches[2].err, MU_NOT_FOUND);
	assert_int_equal(batches[3].err, MU_TOO_LARGE);
	assert_int_equal(batches[4].err, MU_OK);
	rig_expect(rig->store, "a", 2);
	rig_expect(rig->store, "b", 5);
	rig_expect(rig->store, "c", 3);
}

static void parts_of_one_workspace_follow_each_other(void **state)
{
	struct rig *rig = *state;
	AUTO_ARENA struct mu_arena arena = { 0 };

	rig_workspace(rig, "a");
	rig_workspace(rig, "b");

	struct mu_append batches[] = {
		rig_batch(&arena, "a", 0, 2), rig_batch(&arena, "b", 0, 1), rig_batch(&arena, "a", 2, 1),
		rig_batch(&arena, "b", 5, 1), rig_batch(&arena, "b", 6, 1), rig_batch(&arena, "b", 1, 1),
	};
	static const enum mu_err right[] = { MU_OK, MU_OK, MU_OK, MU_CONFLICT, MU_CONFLICT, MU_OK };

	assert_int_equal(mu_store_append(rig->store, batches, MU_COUNT(batches)), MU_OK);
	for (size_t i = 0; i < MU_COUNT(batches); i++)
		assert_int_equal(batches[i].err, right[i]);
	rig_expect(rig->store, "a", 3);
	rig_expect(rig->store, "b", 2);
}

static void a_malformed_batch_is_refused(void **state)
{
	struct rig *rig = *state;
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_row rows[8];
	struct mu_append batch = { .workspace = "acme", .rows = rows, .n = 2 };

	rig_workspace(rig, "acme");
	for (int i = 0; i < 8; i++) {
		rows[0] = rig_row(&arena, "acme", 1);
		rows[1] = rig_row(&arena, "acme", 2);
		switch (i) {
		case 0:
			rows[1].type = NULL;
			break;
		case 1:
			rows[1].actor = NULL;
			break;
		case 2:
			rows[1].audience = NULL;
			break;
		case 3:
			rows[1].payload = NULL;
			break;
		case 4:
			rows[1].seq = 1;
			break;
		case 5:
			rows[1].seq = 3;
			break;
		case 6:
			rows[0].seq = 0;
			break;
		case 7:
			rows[0].seq = 2;
			break;
		}
		assert_int_equal(mu_store_append(rig->store, &batch, 1), MU_OK);
		assert_int_equal(batch.err, MU_INVALID_PARAMS);
	}
	rig_expect(rig->store, "acme", 0);
}

/* Random appends, right and wrong ones, against a model that only counts. */
static void sequences_have_no_gaps(void **state)
{
	static const char *const names[] = { "a", "b", "c" };
	struct rig *rig = *state;
	int64_t seq[MU_COUNT(names)] = { 0 };
	uint64_t random = 88172645463325252;

	for (size_t i = 0; i < MU_COUNT(names); i++)
		rig_workspace(rig, names[i]);
	for (int round = 0; round < 300; round++) {
		AUTO_ARENA struct mu_arena arena = { 0 };
		struct mu_append batches[4];
		size_t target[4];

		for (size_t i = 0; i < MU_COUNT(batches); i++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			target[i] = random % MU_COUNT(names);

			int64_t off = (random >> 8) % 3 == 0 ? (int64_t)((random >> 16) % 5) - 2 : 0;

			batches[i] =
				rig_batch(&arena, names[target[i]], seq[target[i]] + off, (random >> 24) % 4);
		}
		assert_int_equal(mu_store_append(rig->store, batches, MU_COUNT(batches)), MU_OK);
		for (size_t i = 0; i < MU_COUNT(batches); i++) {
			bool fits = batches[i].expected_seq == seq[target[i]];

			assert_int_equal(batches[i].err, fits ? MU_OK : MU_CONFLICT);
			seq[target[i]] += fits ? (int64_t)batches[i].n : 0;
		}
	}
	for (size_t i = 0; i < MU_COUNT(names); i++) {
		assert_true(seq[i] > 100);
		rig_expect(rig->store, names[i], seq[i]);
	}
}

static bool same_row(void *arg, const struct mu_row *row)
{
	const struct mu_row *right = arg;

	assert_string_equal(row->type, right->type);
	assert_string_equal(row->actor, right->actor);
	assert_string_equal(row->audience, right->audience);
	assert_int_equal(strlen(row->payload), strlen(right->payload));
	assert_memory_equal(row->payload, right->payload, strlen(right->payload));
	return true;
}

static void the_largest_payload_fits(void **state)
{
	struct rig *rig = *state;
	AUTO_ARENA struct mu_arena arena = { 0 };
	char *payload = mu_arena_alloc(&arena, MU_PAYLOAD_MAX + 2);
	char *audience = mu_arena_alloc(&arena, 300001);
	struct mu_row row = { .seq = 1,
			      .at_ms = INT64_MAX,
			      .type = "",
			      .actor = "",
			      .audience = audience,
			      .payload = payload };
	struct mu_append batch = { .workspace = "acme", .rows = &row, .n = 1 };

	rig_workspace(rig, "acme");
	memset(audience, 'a', 300000);
	memset(payload, 'p', MU_PAYLOAD_MAX + 1);
	assert_int_equal(mu_store_append(rig->store, &batch, 1), MU_OK);
	assert_int_equal(batch.err, MU_TOO_LARGE);
	assert_int_equal(rig_head(rig->store, "acme").seq, 0);

	payload[MU_PAYLOAD_MAX] = '\0';
	assert_int_equal(mu_store_append(rig->store, &batch, 1), MU_OK);
	assert_int_equal(batch.err, MU_OK);
	assert_int_equal(mu_store_read(rig->store, "acme", 0, 1, same_row, &row), MU_OK);
	assert_int_equal(rig_verify(rig->store, "acme"), 0);
}

static void expect_snapshot(struct rig *rig, int64_t right_seq, const char *right_text)
{
	AUTO_FREE char *text = NULL;
	int64_t seq = -1;

	assert_int_equal(mu_store_snapshot_get(rig->store, "acme", &seq, &text), MU_OK);
	assert_int_equal(seq, right_seq);
	assert_string_equal(text, right_text);
}

static void the_newest_snapshot_counts(void **state)
{
	struct rig *rig = *state;

	rig_workspace(rig, "acme");
	rig_workspace(rig, "other");
	assert_int_equal(mu_store_snapshot_put(rig->store, "acme", 0, "{}", 2), MU_OK);
	expect_snapshot(rig, 0, "{}");
	rig_append(rig, "acme", 0, 10);
	assert_int_equal(mu_store_snapshot_put(rig->store, "acme", 8, "{\"at\":8}, and more", 8), MU_OK);
	expect_snapshot(rig, 8, "{\"at\":8}");
	assert_int_equal(mu_store_snapshot_put(rig->store, "acme", 3, "{\"at\":3}", 8), MU_OK);
	expect_snapshot(rig, 8, "{\"at\":8}");
	assert_int_equal(mu_store_snapshot_put(rig->store, "acme", 11, "{\"at\":11}", 9), MU_CONFLICT);
	assert_int_equal(mu_store_snapshot_put(rig->store, "acme", -1, "{}", 2), MU_CONFLICT);
	expect_snapshot(rig, 8, "{\"at\":8}");
	assert_int_equal(mu_store_snapshot_put(rig->store, "other", 1, "{}", 2), MU_CONFLICT);
}

static void a_trimmed_log_goes_on(void **state)
{
	struct rig *rig = *state;
	struct rig_reading reading = { .workspace = "acme" };

	rig_workspace(rig, "acme");
	rig_append(rig, "acme", 0, 10);
	assert_int_equal(mu_store_trim(rig->store, "acme", 4), MU_CONFLICT);
	assert_int_equal(mu_store_snapshot_put(rig->store, "acme", 6, "{}", 2), MU_OK);
	assert_int_equal(mu_store_trim(rig->store, "acme", 7), MU_CONFLICT);
	assert_int_equal(rig_read(rig->store, "acme", 0), 10);

	assert_int_equal(mu_store_trim(rig->store, "acme", 4), MU_OK);
	assert_int_equal(mu_store_trim(rig->store, "acme", 4), MU_OK);
	assert_int_equal(mu_store_trim(rig->store, "acme", 2), MU_OK);
	assert_int_equal(rig_head(rig->store, "acme").first_seq, 5);
	assert_int_equal(rig_head(rig->store, "acme").seq, 10);
	assert_int_equal(mu_store_read(rig->store, "acme", 3, 10, rig_check_row, &reading), MU_GONE);
	assert_int_equal(mu_store_read(rig->store, "acme", -1, 10, rig_check_row, &reading), MU_GONE);
	assert_int_equal(reading.n, 0);
	assert_int_equal(rig_read(rig->store, "acme", 4), 6);
	assert_int_equal(rig_verify(rig->store, "acme"), 0);

	/* Everything may go; the numbers and the chain stay. */
	assert_int_equal(mu_store_snapshot_put(rig->store, "acme", 10, "{}", 2), MU_OK);
	assert_int_equal(mu_store_trim(rig->store, "acme", 10), MU_OK);
	assert_int_equal(rig_head(rig->store, "acme").first_seq, 11);
	assert_int_equal(rig_head(rig->store, "acme").seq, 10);
	assert_int_equal(rig_read(rig->store, "acme", 10), 0);
	assert_int_equal(rig_verify(rig->store, "acme"), 0);
	assert_int_equal(rig_try_append(rig->store, "acme", 0, 1), MU_CONFLICT);
	rig_append(rig, "acme", 10, 3);
	assert_int_equal(rig_read(rig->store, "acme", 10), 3);
	assert_int_equal(rig_verify(rig->store, "acme"), 0);
}

static bool note_payloads(void *arg, const struct mu_row *row)
{
	char *seen = arg;

	seen[row->seq] = row->payload ? 'p' : '-';
	assert_non_null(row->type);
	return true;
}

static void an_erased_payload_still_verifies(void **state)
{
	struct rig *rig = *state;
	char seen[] = "???????";

	rig_workspace(rig, "acme");
	rig_append(rig, "acme", 0, 6);
	assert_int_equal(mu_store_erase(rig->store, "acme", 2), MU_OK);
	assert_int_equal(mu_store_erase(rig->store, "acme", 6), MU_OK);
	assert_int_equal(mu_store_erase(rig->store, "acme", 2), MU_OK);
	assert_int_equal(mu_store_erase(rig->store, "acme", 7), MU_NOT_FOUND);
	assert_int_equal(mu_store_erase(rig->store, "acme", 0), MU_NOT_FOUND);
	assert_int_equal(mu_store_read(rig->store, "acme", 0, 10, note_payloads, seen), MU_OK);
	assert_string_equal(seen, "?p-ppp-");
	assert_int_equal(rig_verify(rig->store, "acme"), 0);

	assert_int_equal(mu_store_snapshot_put(rig->store, "acme", 6, "{}", 2), MU_OK);
	assert_int_equal(mu_store_trim(rig->store, "acme", 2), MU_OK);
	assert_int_equal(mu_store_erase(rig->store, "acme", 2), MU_NOT_FOUND);
	rig_append(rig, "acme", 6, 1);
	assert_int_equal(rig_verify(rig->store, "acme"), 0);
}

struct names {
	char text[64];
	int left;
};

static bool note_name(void *arg, const char *workspace, int64_t seq)
{
	struct names *names = arg;

	const size_t n = strlen(names->text);

	snprintf(names->text + n, sizeof(names->text) - n, "%s:%lld ", workspace, (long long)seq);
	return --names->left > 0;
}

static void workspaces_are_listed_in_order(void **state)
{
	struct rig *rig = *state;
	struct names all = { .left = 99 }, two = { .left = 2 }, none = { .left = 99 };

	assert_int_equal(mu_store_list(rig->store, note_name, &none), MU_OK);
	assert_string_equal(none.text, "");
	rig_workspace(rig, "b");
	rig_workspace(rig, "a10");
	rig_workspace(rig, "B");
	rig_workspace(rig, "a2");
	rig_append(rig, "a10", 0, 2);
	assert_int_equal(mu_store_list(rig->store, note_name, &all), MU_OK);
	assert_string_equal(all.text, "B:0 a10:2 a2:0 b:0 ");
	assert_int_equal(mu_store_list(rig->store, note_name, &two), MU_OK);
	assert_string_equal(two.text, "B:0 a10:2 ");
}

static bool look_into(void *arg, const char *workspace, int64_t seq)
{
	struct rig *rig = arg;

	rig_expect(rig->store, workspace, seq);
	return seq == 3;
}

static void what_is_listed_may_be_looked_into(void **state)
{
	struct rig *rig = *state;

	for (const char *const *name = (const char *const[]){ "a", "b", "c", NULL }; *name; name++) {
		rig_workspace(rig, *name);
		rig_append(rig, *name, 0, 3);
	}
	assert_int_equal(mu_store_list(rig->store, look_into, rig), MU_OK);
}

/* A row with all that the audit log knows, computed apart from this program by the contract's words. */
static void the_chain_covers_what_the_audit_log_shows(void **state)
{
	static const uint8_t right_digest[MU_DIGEST_BYTES] = {
		0x80, 0xbd, 0x0e, 0x1c, 0xa9, 0xb3, 0x62, 0xa3, 0x99, 0xc2, 0x1f,
		0xb8, 0xc2, 0xfc, 0xca, 0x25, 0x80, 0x44, 0x77, 0xe3, 0xe7, 0x4f,
		0xe9, 0xbd, 0x37, 0xf7, 0xe8, 0x62, 0x35, 0x85, 0x3c, 0x20,
	};
	static const uint8_t right[MU_DIGEST_BYTES] = {
		0xa5, 0xee, 0xa7, 0x69, 0xec, 0x44, 0x60, 0x89, 0xed, 0x48, 0xea,
		0x2b, 0x59, 0xb5, 0x3e, 0xa4, 0x7f, 0x78, 0xbf, 0xed, 0x1f, 0x07,
		0xbd, 0x0f, 0x56, 0xbe, 0x1c, 0x10, 0x41, 0x8c, 0xd5, 0x99,
	};
	const struct mu_row row = {
		.seq = 7,
		.at_ms = 1700000000123,
		.type = "user.updated",
		.actor = "{\"user\":\"u9\"}",
		.audience = "user/u1",
		.payload = "{\"user\":\"u1\",\"name\":\"B\"}",
		.action = "user.updated",
		.who = "u9",
		.about = "u1",
		.origin = "{\"address\":\"192.0.2.1\"}",
		.before = "{\"name\":\"A\"}",
	};
	uint8_t hash[MU_DIGEST_BYTES], digest[MU_DIGEST_BYTES];

	for (unsigned i = 0; i < sizeof(hash); i++)
		hash[i] = (uint8_t)i;
	mu_store_digest(&row, digest);
	assert_memory_equal(digest, right_digest, sizeof(digest));
	mu_store_chain(hash, &row, digest, hash);
	assert_memory_equal(hash, right, sizeof(right));
}

/* Worked out by hand from the description of the chain in the contract: logs of older versions must go on
 * verifying. */
static void the_chain_is_what_the_contract_says(void **state)
{
	static const uint8_t right[MU_DIGEST_BYTES] = {
		0xb1, 0x14, 0xac, 0xb3, 0x71, 0x44, 0xf7, 0xf6, 0x74, 0x02, 0xc7,
		0xa8, 0xc4, 0x72, 0x84, 0xdd, 0x9d, 0x01, 0xe2, 0x87, 0xff, 0x5c,
		0x03, 0x0b, 0xa8, 0x2a, 0x5e, 0x07, 0x4e, 0x76, 0x18, 0xae,
	};
	const struct mu_row row = {
		.seq = 7,
		.at_ms = 1700000000123,
		.type = "presence.chosen",
		.actor = "{\"user\":\"u9\"}",
		.audience = "w/acme/user/7\nw/acme/team/3",
	};
	uint8_t hash[MU_DIGEST_BYTES], digest[MU_DIGEST_BYTES];

	for (unsigned i = 0; i < sizeof(hash); i++)
		hash[i] = (uint8_t)i;
	mu_digest("{\"status\":\"away\"}", 17, digest);
	mu_store_chain(hash, &row, digest, hash);
	assert_memory_equal(hash, right, sizeof(right));
}

static void a_url_names_a_back_end(void **state)
{
	static const char *const wrong[] = { "",
					     ":",
					     "sqlite",
					     "sqlit:x",
					     "sqlite:",
					     "sqlite::memory:",
					     "memory",
					     "memory:x",
					     "postgres:localhost/muster",
					     "/var/lib/muster.db" };
	struct mu_store *store = NULL;

	for (size_t i = 0; i < MU_COUNT(wrong); i++) {
		struct mu_fault fault = { 0 };

		assert_int_equal(mu_store_open(wrong[i], &store, &fault), MU_INVALID_PARAMS);
		assert_int_equal(fault.err, MU_INVALID_PARAMS);
		assert_true(strlen(fault.message) > 0);
		assert_null(store);
	}
	mu_store_close(NULL);
}

#define BACK_END(name, setup)                                                                                \
	RIG_CASE(a_new_log_is_empty, name, setup), RIG_CASE(an_unknown_workspace_is_not_found, name, setup), \
		RIG_CASE(what_was_appended_is_read, name, setup),                                            \
		RIG_CASE(a_reader_gets_no_more_than_it_wants, name, setup),                                  \
		RIG_CASE(only_the_expected_sequence_appends, name, setup),                                   \
		RIG_CASE(one_that_fails_leaves_the_others_alone, name, setup),                               \
		RIG_CASE(parts_of_one_workspace_follow_each_other, name, setup),                             \
		RIG_CASE(a_malformed_batch_is_refused, name, setup),                                         \
		RIG_CASE(sequences_have_no_gaps, name, setup),                                               \
		RIG_CASE(the_largest_payload_fits, name, setup),                                             \
		RIG_CASE(the_newest_snapshot_counts, name, setup),                                           \
		RIG_CASE(a_trimmed_log_goes_on, name, setup),                                                \
		RIG_CASE(an_erased_payload_still_verifies, name, setup),                                     \
		RIG_CASE(workspaces_are_listed_in_order, name, setup),                                       \
		RIG_CASE(what_is_listed_may_be_looked_into, name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BACK_END("memory", rig_setup_memory),
		BACK_END("sqlite", rig_setup_sqlite),
		BACK_END("postgres", rig_setup_postgres),
		cmocka_unit_test(the_chain_is_what_the_contract_says),
		cmocka_unit_test(the_chain_covers_what_the_audit_log_shows),
		cmocka_unit_test(a_url_names_a_back_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
