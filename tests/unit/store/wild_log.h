/* A log whose rows are chosen at random and whose clock also goes backwards and stands still, for tests that
 * compare answers with a model.
 * Thread: the test's. */
#ifndef MUSTER_TEST_STORE_WILD_LOG_H
#define MUSTER_TEST_STORE_WILD_LOG_H

#include "store/rig.h"

#define WILD_ROWS 240

struct wild_log {
	struct mu_arena arena;
	struct mu_row rows[WILD_ROWS];
	int64_t n;
	unsigned seed;
	void (*choose)(struct wild_log *log, struct mu_row *row); /* what the test is about */
};

static inline unsigned wild_next(struct wild_log *log, unsigned below)
{
	log->seed = log->seed * 1103515245 + 12345;
	return (log->seed >> 16) % below;
}

/* Append n more rows to the workspace acme. */
static inline void wild_grow(struct rig *rig, struct wild_log *log, int64_t n)
{
	struct mu_append batch = {
		.workspace = "acme", .expected_seq = log->n, .rows = log->rows + log->n, .n = (size_t)n
	};

	for (int64_t i = 0; i < n; i++) {
		struct mu_row *row = &log->rows[log->n];

		*row = rig_row(&log->arena, "acme", log->n + 1);
		row->at_ms = RIG_AT_MS + log->n / 2 - wild_next(log, 4) * wild_next(log, 8);
		log->choose(log, row);
		log->n++;
	}
	assert_int_equal(mu_store_append(rig->store, &batch, 1), MU_OK);
	assert_int_equal(batch.err, MU_OK);
}

/* As wild_grow, as long as there is room. */
static inline void wild_grow_some(struct rig *rig, struct wild_log *log)
{
	if (log->n < WILD_ROWS - 3)
		wild_grow(rig, log, wild_next(log, 3));
}

/* Ask questions about such a log, which grows meanwhile, until it is full. */
static inline void wild_ask(struct rig *rig, unsigned seed,
			    void (*choose)(struct wild_log *log, struct mu_row *row),
			    void (*ask)(struct rig *rig, struct wild_log *log))
{
	struct wild_log *log = calloc(1, sizeof(*log));

	log->seed = seed;
	log->choose = choose;
	rig_workspace(rig, "acme");
	rig_workspace(rig, "other");
	rig_append(rig, "other", 0, 20);
	wild_grow(rig, log, 60);
	for (unsigned i = 0; i < 400; i++)
		ask(rig, log);
	assert_true(log->n > WILD_ROWS - 4);
	assert_int_equal(rig_verify(rig->store, "acme"), 0);
	mu_arena_finish(&log->arena);
	free(log);
}

static inline bool wild_count(void *arg, const struct mu_row *row)
{
	++*(int64_t *)arg;
	return row->seq != 0;
}

#endif
