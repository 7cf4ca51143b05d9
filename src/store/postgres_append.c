/* Appending to the PostgreSQL store: one transaction for a group of batches, sent in one go.
 *
 * Invariants:
 * - What is answered is what became of the transaction. When the connection is lost before the server has
 *   confirmed, the next one looks whether it is there: nothing of an earlier connection can be written any
 * more then (see pg_db_ready). If it isn't, the group is sent once more. Only when there is no other
 * connection within a few seconds the answer is MU_UNAVAILABLE without knowing; whoever reads the log later
 * reads what became of it.
 * - A large batch goes in parts, one statement each, so that each has the server's patience and the store
 * sees that it gets on; all are of the one transaction, and each expects to find what the one before it left,
 * so of a batch all come true or none.
 * - Workspaces are locked in the order of their keys, so that two nodes never wait for each other.
 * Thread: as the store. */
#include "postgres_inner.h"

#include "muster/base/buf.h"

#include <endian.h>
#include <string.h>

#define OID_BYTEA 17
#define OID_INT8 20
#define OID_TEXT 25

#define PART_ROWS 2000
#define PART_BYTES (1 << 20) /* of content; a part has one row at least */

#define PUSH_BYTES (1 << 18) /* not kept back any longer */

#define ROW_COLUMNS 13 /* arrays of a batch, in the order of the table's columns */

/* What is computed of a row. */
struct link {
	uint8_t content[MU_DIGEST_BYTES];
	uint8_t hash[MU_DIGEST_BYTES];
};

/* A batch, or some rows of it, that go to the server in one statement. */
struct part {
	struct mu_append *batch;
	int64_t key;
	size_t first, n;    /* of the batch's rows */
	struct link *links; /* links[0].hash is that of the row before the part, links[i + 1] are of its row i
			     */
	bool won;           /* the server said so */
};

struct group {
	struct mu_arena arena;
	struct mu_append *batches;
	size_t n;
	struct part *parts; /* of those that have a chance, by key */
	size_t n_parts, parts_max;
};

/* ---- making a group ---- */

static enum mu_err out_of_memory(struct pg *pg)
{
	return pg_db_fail_with(&pg->db, "can't be written to: memory is out");
}

/* The end of a batch's log: where the parts before it will have left it, else as it is in the database.
 * Errors: MU_NOT_FOUND, MU_CONFLICT, MU_UNAVAILABLE. */
static enum mu_err find_tail(struct pg *pg, const struct mu_append *batch, struct pg_tail **ret_tail)
{
	struct pg_tail *tail = pg_tail_find(pg, batch->workspace);

	if (!tail || (tail->attempt != pg->attempts && tail->seq != batch->expected_seq)) {
		struct pg_log log;
		enum mu_err err = pg_log_find(pg, batch->workspace, &log);

		if (err)
			return err;
		tail = pg_tail_find(pg, batch->workspace);
		if (!tail)
			return out_of_memory(pg);
	}
	*ret_tail = tail;
	return tail->seq == batch->expected_seq ? MU_OK : MU_CONFLICT;
}

static struct part *new_part(struct group *group)
{
	const size_t max = group->parts_max ? group->parts_max * 2 : group->n;
	struct part *parts;

	if (group->n_parts == group->parts_max) {
		parts = mu_arena_alloc(&group->arena, max * sizeof(*parts));
		if (!parts)
			return NULL;
		if (group->n_parts)
			memcpy(parts, group->parts, group->n_parts * sizeof(*parts));
		group->parts = parts;
		group->parts_max = max;
	}
	return &group->parts[group->n_parts++];
}

static size_t length(const char *text)
{
	return text ? strlen(text) : 0;
}

/* How many rows of the batch from `first` on go into one part. */
static size_t rows_of_part(const struct mu_append *batch, size_t first)
{
	size_t i = first, bytes = 0;

	while (i < batch->n && i - first < PART_ROWS && bytes < PART_BYTES) {
		const struct mu_row *row = &batch->rows[i++];

		bytes += length(row->payload) + length(row->audience) + length(row->origin) +
			 length(row->before);
	}
	return i - first;
}

/* The tail moves to where the batch leads. */
static enum mu_err add_parts(struct pg *pg, struct group *group, struct mu_append *batch,
			     struct pg_tail *tail)
{
	struct link *links = mu_arena_alloc(&group->arena, (batch->n + 1) * sizeof(*links));
	size_t first = 0;

	if (!links)
		return out_of_memory(pg);
	memcpy(links[0].hash, tail->hash, MU_DIGEST_BYTES);
	for (size_t i = 0; i < batch->n; i++) {
		mu_store_digest(&batch->rows[i], links[i + 1].content);
		mu_store_chain(links[i].hash, &batch->rows[i], links[i + 1].content, links[i + 1].hash);
	}
	do {
		const size_t n = rows_of_part(batch, first);
		struct part *part = new_part(group);

		if (!part)
			return out_of_memory(pg);
		*part = (struct part){
			.batch = batch, .key = tail->key, .first = first, .n = n, .links = links + first
		};
		first += n;
	} while (first < batch->n);
	memcpy(tail->hash, links[batch->n].hash, MU_DIGEST_BYTES);
	tail->attempt = pg->attempts;
	tail->seq += (int64_t)batch->n;
	return MU_OK;
}

static int by_key(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->batch != y->batch)
		return x->batch < y->batch ? -1 : 1;
	return (x->first > y->first) - (x->first < y->first);
}

/* By the check, and not by an attempt before this one. */
static bool is_refused(enum mu_err err)
{
	return err && err != MU_CONFLICT && err != MU_NOT_FOUND && err != MU_UNAVAILABLE;
}

static enum mu_err make_parts(struct pg *pg, struct group *group)
{
	group->n_parts = 0;
	for (size_t i = 0; i < group->n; i++) {
		struct mu_append *batch = &group->batches[i];
		struct pg_tail *tail = NULL;

		if (is_refused(batch->err))
			continue;
		batch->err = find_tail(pg, batch, &tail);
		if (!batch->err)
			batch->err = add_parts(pg, group, batch, tail);
		if (batch->err == MU_UNAVAILABLE)
			return batch->err;
	}
	if (group->n_parts)
		qsort(group->parts, group->n_parts, sizeof(*group->parts), by_key);
	return MU_OK;
}

/* ---- arrays, as the server reads them ---- */

static void put_u32(struct mu_buf *out, size_t value)
{
	const uint32_t big = htobe32((uint32_t)value);

	mu_buf_add(out, &big, sizeof(big));
}

static void put_head(struct mu_buf *out, uint32_t oid, size_t n)
{
	put_u32(out, n ? 1 : 0); /* dimensions */
	put_u32(out, 1);         /* some may be NULL */
	put_u32(out, oid);
	if (n) {
		put_u32(out, n);
		put_u32(out, 1); /* the first one's index */
	}
}

static void put_item(struct mu_buf *out, const void *bytes, size_t n)
{
	put_u32(out, bytes ? n : UINT32_MAX); /* -1: NULL */
	if (bytes)
		mu_buf_add(out, bytes, n);
}

static void put_i64(struct mu_buf *out, int64_t value)
{
	const uint64_t big = htobe64((uint64_t)value);

	put_item(out, &big, sizeof(big));
}

static const char *text_at(const struct mu_row *row, size_t column)
{
	const char *const texts[ROW_COLUMNS] = { NULL,          NULL,     row->type,  row->actor,
						 row->audience, NULL,     NULL,       row->payload,
						 row->action,   row->who, row->about, row->origin,
						 row->before };

	return texts[column];
}

static void put_column(struct mu_buf *out, const struct part *part, size_t column)
{
	static const uint32_t oids[ROW_COLUMNS] = { OID_INT8,  OID_INT8,  OID_TEXT, OID_TEXT, OID_TEXT,
						    OID_BYTEA, OID_BYTEA, OID_TEXT, OID_TEXT, OID_TEXT,
						    OID_TEXT,  OID_TEXT,  OID_TEXT };

	put_head(out, oids[column], part->n);
	for (size_t i = 0; i < part->n; i++) {
		const struct mu_row *row = &part->batch->rows[part->first + i];
		const struct link *link = &part->links[i + 1];
		const char *text = text_at(row, column);

		if (oids[column] == OID_INT8)
			put_i64(out, column == 0 ? row->seq : row->at_ms);
		else if (oids[column] == OID_BYTEA)
			put_item(out, column == 5 ? link->content : link->hash, MU_DIGEST_BYTES);
		else
			put_item(out, text, length(text));
	}
}

/* ---- on the way ---- */

static int64_t seq_before(const struct part *part)
{
	return part->batch->expected_seq + (int64_t)part->first;
}

static int64_t last_seq(const struct part *part)
{
	return seq_before(part) + (int64_t)part->n;
}

static enum mu_err send_part(struct pg *pg, const struct part *part, struct mu_buf *arrays)
{
	struct pg_params params = { 0 };
	size_t starts[ROW_COLUMNS + 1];

	mu_buf_reset(arrays);
	for (size_t i = 0; i < ROW_COLUMNS; i++) {
		starts[i] = arrays->n;
		put_column(arrays, part, i);
	}
	starts[ROW_COLUMNS] = arrays->n;
	if (mu_buf_error(arrays))
		return out_of_memory(pg);
	pg_i64(&params, part->key);
	pg_i64(&params, seq_before(part));
	pg_bytes(&params, part->links[0].hash, MU_DIGEST_BYTES);
	pg_i64(&params, last_seq(part));
	pg_bytes(&params, part->links[part->n].hash, MU_DIGEST_BYTES);
	for (size_t i = 0; i < ROW_COLUMNS; i++)
		pg_bytes(&params, arrays->data + starts[i], starts[i + 1] - starts[i]);
	return pg_db_send(&pg->db, PG_APPEND, &params);
}

static enum mu_err send_group(struct pg *pg, const struct group *group)
{
	AUTO_BUF struct mu_buf arrays = { 0 };
	enum mu_err err = pg_write_begin(pg);

	size_t unsent = 0;

	for (size_t i = 0; !err && i < group->n_parts; i++) {
		err = send_part(pg, &group->parts[i], &arrays);
		unsent += arrays.n;
		if (!err && unsent > PUSH_BYTES) {
			err = pg_db_push(&pg->db);
			unsent = 0;
		}
	}
	return err ? err : pg_write_end(pg);
}

static void note_winner(void *arg, size_t i, const PGresult *rows)
{
	struct group *group = arg;

	group->parts[i].won = PQntuples(rows) == 1;
}

static enum pg_fate send_and_wait(struct pg *pg, struct group *group)
{
	enum mu_err err = send_group(pg, group);

	if (err)
		pg_db_drop(&pg->db);
	if (err == MU_FENCED)
		return PG_FAILED;
	return err ? PG_UNKNOWN : pg_write_wait(pg, group->n_parts, note_winner, group);
}

/* ---- what became of it ---- */

/* Whether the last row of a part is the one that the part made. */
static enum mu_err look_for(struct pg *pg, struct part *part, bool *ret_any)
{
	AUTO_RESULT PGresult *result = NULL;
	struct pg_params params = { 0 };
	uint8_t hash[MU_DIGEST_BYTES];
	enum mu_err err;

	pg_i64(&params, part->key);
	pg_i64(&params, last_seq(part));
	err = pg_db_ask(&pg->db, PG_EVENT_HASH, &params, &result);
	if (err)
		return err;
	part->won = part->n && PQntuples(result) == 1 && pg_column_digest(result, 0, 0, hash) &&
		    memcmp(hash, part->links[part->n].hash, sizeof(hash)) == 0;
	*ret_any |= part->won;
	return MU_OK;
}

/* One row of it shows that all of it is there; those that aren't there lost their race. */
static enum pg_fate find_out(struct pg *pg, struct group *group)
{
	bool any = false;

	if (pg_db_ready_again(&pg->db))
		return PG_UNKNOWN;
	for (size_t i = 0; i < group->n_parts; i++)
		if (look_for(pg, &group->parts[i], &any))
			return PG_UNKNOWN;
	return any ? PG_DONE : PG_FAILED;
}

static void settle(struct pg *pg, struct group *group)
{
	for (size_t i = 0; i < group->n_parts; i++) {
		struct part *part = &group->parts[i];
		struct pg_tail *tail = pg_tail_find(pg, part->batch->workspace);

		if (part->won)
			continue;
		part->batch->err = MU_CONFLICT;
		if (tail)
			pg_tail_forget(pg, tail);
	}
}

/* What was seen on an earlier connection may never have been, if another server answers now. */
static void forget_older(struct pg *pg)
{
	if (pg->tails_of != pg->db.connects)
		pg_tails_forget(pg);
	pg->tails_of = pg->db.connects;
}

static enum pg_fate attempt(struct pg *pg, struct group *group, bool *ret_again)
{
	enum pg_fate fate;

	*ret_again = false;
	forget_older(pg);
	pg->attempts++;
	if (make_parts(pg, group)) {
		/* Nothing was written yet, so it may be that the server only went away for a moment. */
		*ret_again = !pg_db_ready_again(&pg->db);
		return PG_FAILED;
	}
	fate = send_and_wait(pg, group);
	if (fate != PG_UNKNOWN)
		return fate;
	fate = find_out(pg, group);
	*ret_again = fate == PG_FAILED;
	return fate;
}

enum mu_err pg_append(struct mu_store *store, struct mu_append *batches, size_t n)
{
	struct pg *pg = pg_of(store);
	struct group group = { .batches = batches, .n = n };
	bool again = false;
	enum pg_fate fate;
	enum mu_err err = pg_db_ready(&pg->db);

	if (err)
		return err;
	fate = attempt(pg, &group, &again);
	if (again)
		fate = attempt(pg, &group, &again);
	if (fate == PG_DONE)
		settle(pg, &group);
	else
		pg_tails_forget(pg);
	mu_arena_finish(&group.arena);
	if (fate == PG_DONE)
		return MU_OK;
	return pg->store.over ? mu_store_fenced(store) : MU_UNAVAILABLE;
}
