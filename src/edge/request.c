/* Requests on their way to the hub and back.
 * Invariant: a pending is in the table under its tag and in its connection's list until it is answered or
 * its connection is gone. A batch lives until its last answer, or its connection's end.
 * Thread: the edge's. */
#include "inner.h"

#include "muster/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Refused requests after which a client has shown that it won't listen. */
#define REFUSALS_MIN 1000
#define REFUSALS_PER_BURST 10

#define HUB_FULL_RETRY_MS 1000

#define BUDGET_KEY_TEXT (2 * MU_ID_MAX + 8)

static bool grow_table(struct mu_edge *edge)
{
	size_t n = edge->n_tags ? edge->n_tags * 2 : 256;
	struct pending **by_tag = realloc(edge->by_tag, n * sizeof(*by_tag));
	uint32_t *free_tags;

	if (!by_tag)
		return false;
	edge->by_tag = by_tag;
	free_tags = realloc(edge->free_tags, n * sizeof(*free_tags));
	if (!free_tags)
		return false;
	edge->free_tags = free_tags;
	for (size_t tag = n; tag-- > edge->n_tags;) {
		by_tag[tag] = NULL;
		free_tags[edge->n_free_tags++] = (uint32_t)tag;
	}
	edge->n_tags = n;
	return true;
}

struct pending *pending_create(struct conn *conn, char *id, struct batch *batch)
{
	struct mu_edge *edge = conn->edge;
	struct pending *pending = calloc(1, sizeof(*pending));

	if (!pending || (!edge->n_free_tags && !grow_table(edge))) {
		free(pending);
		free(id);
		return NULL;
	}
	pending->conn = conn;
	pending->tag = edge->free_tags[--edge->n_free_tags];
	pending->id = id;
	pending->batch = batch;
	edge_trace(edge, pending->trace);
	edge->by_tag[pending->tag] = pending;
	pending->next = conn->pendings;
	if (pending->next)
		pending->next->prev = pending;
	conn->pendings = pending;
	conn->n_pendings++;
	if (batch)
		batch->waiting++;
	return pending;
}

struct pending *pending_find(struct mu_edge *edge, uint32_t tag)
{
	return tag < edge->n_tags ? edge->by_tag[tag] : NULL;
}

void pending_destroy(struct pending *pending)
{
	struct conn *conn = pending->conn;
	struct mu_edge *edge = conn->edge;

	if (pending->prev)
		pending->prev->next = pending->next;
	else
		conn->pendings = pending->next;
	if (pending->next)
		pending->next->prev = pending->prev;
	conn->n_pendings--;
	edge->by_tag[pending->tag] = NULL;
	edge->free_tags[edge->n_free_tags++] = pending->tag;
	free(pending->id);
	free(pending);
}

static void drop(struct pending *pending)
{
	struct batch *batch = pending->batch;

	pending_destroy(pending);
	if (batch && --batch->waiting == 0) {
		mu_buf_finish(&batch->out);
		free(batch);
	}
}

void pending_drop_all(struct conn *conn)
{
	for (struct pending *pending = conn->pendings, *next; pending; pending = next) {
		next = pending->next;
		drop(pending);
	}
}

void pending_table_free(struct mu_edge *edge)
{
	free(edge->by_tag);
	free(edge->free_tags);
}

void request_answered(struct pending *pending, const struct mu_fault *fault, const char *body)
{
	struct conn *conn = pending->conn;

	mu_log(MU_LOG_DEBUG, "edge", "request", MU_KS("trace", pending->trace),
	       MU_KS("outcome", mu_err_info(fault->err)->kind),
	       MU_KS("why", fault->err ? mu_fault_text(fault) : ""));
	if (conn->state == CONN_HTTP) {
		pending_destroy(pending);
		http_answered(conn, fault, body);
	} else {
		session_answered(conn, pending, fault, body);
	}
}

static void refuse(struct mu_edge *edge, enum mu_metric limit, int64_t wait_ms, struct mu_fault *fault)
{
	count(edge, limit, 1);
	mu_fail_later(fault, MU_RATE_LIMITED, wait_ms, "Too many requests; wait and try again");
}

bool request_pay(struct conn *conn, unsigned cost, struct mu_fault *fault)
{
	const struct mu_config *config = config_of(conn->edge);
	int64_t rate = config->commands_per_second, burst = config->commands_burst, wait_ms;

	if (conn->refused_requests && mu_bucket_full(&conn->bucket, rate, burst, conn->edge->now_ms))
		conn->refused_requests = 0;
	if (mu_bucket_take(&conn->bucket, rate, burst, cost, conn->edge->now_ms, &wait_ms))
		return true;
	refuse(conn->edge, MU_METRIC_RATE_CONNECTION, wait_ms, fault);
	if (++conn->refused_requests > REFUSALS_MIN + REFUSALS_PER_BURST * burst)
		conn->close_due = MU_CLOSE_VIOLATION;
	return false;
}

/* Whose budget it is, and what counts those who exceed it. Ids hold no slash, and neither do addresses. Who
 * looks through another's eyes pays as who they are. */
static enum mu_metric budget_key(const struct conn *conn, const struct mu_identity *identity,
				 char key[static BUDGET_KEY_TEXT])
{
	static const struct {
		char mark;
		enum mu_metric limit;
	} owners[] = {
		[MU_IDENTITY_USER] = { 'u', MU_METRIC_RATE_USER },
		[MU_IDENTITY_VIEW] = { 'u', MU_METRIC_RATE_USER },
		[MU_IDENTITY_KEY] = { 'k', MU_METRIC_RATE_KEY },
	};
	enum mu_identity_kind kind = identity ? identity->kind : MU_IDENTITY_NONE;
	struct mu_address site;

	if ((size_t)kind < MU_COUNT(owners) && owners[kind].mark) {
		snprintf(key, BUDGET_KEY_TEXT, "%c/%s/%s", owners[kind].mark, identity->workspace,
			 kind == MU_IDENTITY_VIEW ? identity->viewer : identity->subject);
		return owners[kind].limit;
	}
	site = mu_address_site(&conn->address);
	mu_address_text(&site, key, BUDGET_KEY_TEXT);
	return MU_METRIC_RATE_ADDRESS;
}

bool request_pay_as(struct conn *conn, const struct mu_identity *identity, unsigned cost,
		    struct mu_fault *fault)
{
	const struct mu_config *config = config_of(conn->edge);
	const bool is_key = identity && identity->kind == MU_IDENTITY_KEY;
	char key[BUDGET_KEY_TEXT];
	const enum mu_metric limit = budget_key(conn, identity, key);
	int64_t wait_ms;

	if (mu_budgets_take(limits_budgets(conn->edge->setup.shared), key,
			    is_key ? config->key_commands_per_second : config->commands_per_second,
			    is_key ? config->key_commands_burst : config->commands_burst, cost,
			    conn->edge->now_ms, &wait_ms))
		return true;
	refuse(conn->edge, limit, wait_ms, fault);
	return false;
}

bool request_hub_full(struct conn *conn, struct mu_fault *fault)
{
	if (!conn->edge->hub_full)
		return false;
	count(conn->edge, MU_METRIC_FULL_HUB, 1);
	mu_fail_later(fault, MU_UNAVAILABLE, HUB_FULL_RETRY_MS, "The hub has too much to do; try again");
	return true;
}

struct mu_up *request_create(struct conn *conn, enum mu_transport transport, int method, json_t *params,
			     const char *trace)
{
	struct mu_up *up = mu_up_create(MU_UP_REQUEST);

	if (!up) {
		json_decref(params);
		return NULL;
	}
	up->conn = conn_name(conn);
	up->request.transport = transport;
	up->request.method = method;
	up->request.params = params;
	mu_address_text(&conn->address, up->request.address, sizeof(up->request.address));
	memcpy(up->request.trace, trace, MU_TRACE_TEXT);
	return up;
}

void request_refused(struct pending *pending, const struct mu_fault *fault)
{
	count(pending->conn->edge, MU_METRIC_REQUEST_ERRORS_TOTAL, 1);
	request_answered(pending, fault, NULL);
}

void request_send(struct pending *pending, struct mu_up *up)
{
	struct conn *conn = pending->conn;

	up->request.tag = pending->tag;
	if (pending->opens)
		conn->hub_knows = true;
	edge_up(conn->edge, up);
}
