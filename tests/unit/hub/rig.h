/* A hub with a memory store, a clock that only tests move, and one edge that is no edge: it keeps which
 * topics its connections joined, and writes down what each of them hears, in order.
 *
 * Connections are numbered slots. A test asks from a slot and waits for the answer; every wait ends with what
 * it waits for, or fails after WAIT_S seconds. Thread: everything but `post` and `done` is the test's. */
#ifndef MUSTER_TEST_HUB_RIG_H
#define MUSTER_TEST_HUB_RIG_H

#include "testing.h"

#include "muster/api/api.h"
#include "muster/base/hash.h"
#include "muster/hub/hub.h"
#include "muster/store/memory.h"

#include <pthread.h>
#include <stdatomic.h>

#define RIG_SLOTS 16
#define RIG_TOPICS 64
#define RIG_START_MS 1700000000000
#ifndef WAIT_S
#define WAIT_S 60
#endif

/* One thing that a connection was told. */
struct heard {
	struct heard *next;
	enum { HEARD_ANSWER, HEARD_FRAME, HEARD_CLOSE } kind;
	uint32_t tag;          /* ANSWER */
	struct mu_fault fault; /* ANSWER */
	int code;              /* CLOSE */
	char *text;            /* ANSWER: the body or ""; FRAME: the payload */
};

struct slot {
	struct mu_identity identity;
	enum mu_transport transport;
	char address[MU_ADDRESS_TEXT];
	uint32_t generation;
	uint32_t topics[RIG_TOPICS];
	size_t n_topics;
	bool closed;
	struct heard *first, *last;
};

struct operated {
	bool done;
	struct mu_fault fault;
	char *body;
};

struct rig {
	struct mu_config config;
	struct mu_metrics metrics;
	struct mu_clock clock;
	atomic_int_fast64_t passed_ms;
	struct mu_store *store; /* the hub's, for its levers */
	struct mu_hub *hub;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct slot slots[RIG_SLOTS];
	struct operated operated;
	char *mails; /* what was to be mailed, one a line: address, subject */
	uint32_t tag;
	bool holding; /* what is asked goes out in one go at rig_release */
	struct mu_msg *held, *last_held;
	size_t n_held;
};

/* ---- the edge ---- */

static inline void slot_note(struct slot *slot, struct heard heard)
{
	struct heard *copy = malloc(sizeof(*copy));

	*copy = heard;
	copy->next = NULL;
	if (slot->last)
		slot->last->next = copy;
	else
		slot->first = copy;
	slot->last = copy;
}

static inline void slot_frame(struct slot *slot, const struct mu_frame *frame)
{
	slot_note(slot,
		  (struct heard){ .kind = HEARD_FRAME,
				  .text = strndup(frame->data + frame->payload, frame->n - frame->payload) });
}

static inline bool slot_holds(const struct slot *slot, uint32_t topic)
{
	for (size_t i = 0; i < slot->n_topics; i++)
		if (slot->topics[i] == topic)
			return true;
	return false;
}

static inline void slot_leave(struct slot *slot, uint32_t topic)
{
	for (size_t i = 0; i < slot->n_topics; i++)
		if (slot->topics[i] == topic)
			slot->topics[i--] = slot->topics[--slot->n_topics];
}

static inline void edge_topics(struct slot *slot, const struct mu_down *down)
{
	if (down->topics.join && slot->n_topics < RIG_TOPICS)
		slot->topics[slot->n_topics++] = down->topics.join;
	slot_leave(slot, down->topics.leave);
}

static inline void edge_cast(struct rig *rig, const struct mu_down *down)
{
	const size_t n_full = down->cast.n_topics, n = n_full + down->cast.n_brief;

	for (size_t i = 0; i < RIG_SLOTS; i++) {
		size_t k = 0;
		while (k < n && !slot_holds(&rig->slots[i], down->cast.topics[k]))
			k++;
		if (k < n)
			slot_frame(&rig->slots[i], k < n_full ? down->cast.frame : down->cast.brief);
	}
}

static inline void edge_take(struct rig *rig, const struct mu_down *down)
{
	struct slot *slot = &rig->slots[down->conn.slot % RIG_SLOTS];

	if (down->kind == MU_DOWN_CAST) {
		edge_cast(rig, down);
		return;
	}
	if (down->kind == MU_DOWN_KEYS || down->kind == MU_DOWN_DRAIN || down->kind == MU_DOWN_STOP ||
	    down->conn.generation != slot->generation)
		return;
	if (down->kind == MU_DOWN_ANSWER)
		slot_note(slot, (struct heard){ .kind = HEARD_ANSWER,
						.tag = down->answer.tag,
						.fault = down->answer.fault ? *down->answer.fault
									    : (struct mu_fault){ 0 },
						.text = strdup(down->answer.body ? down->answer.body : "") });
	else if (slot->closed) /* the edge has said goodbye */
		return;
	else if (down->kind == MU_DOWN_SEND)
		slot_frame(slot, down->send.frame);
	else if (down->kind == MU_DOWN_TOPICS)
		edge_topics(slot, down);
	if (down->kind == MU_DOWN_CLOSE) {
		slot->n_topics = 0;
		slot->closed = true;
		slot_note(slot, (struct heard){ .kind = HEARD_CLOSE, .code = down->close.code });
	}
}

static inline void edge_post(void *edge, struct mu_down *first, struct mu_down *last, size_t n)
{
	struct rig *rig = edge;

	pthread_mutex_lock(&rig->lock);
	while (n--) {
		struct mu_msg *next = first->msg.next;
		edge_take(rig, first);
		mu_down_destroy(first);
		first = next ? MU_CONTAINER_OF(next, struct mu_down, msg) : NULL;
	}
	pthread_cond_broadcast(&rig->changed);
	pthread_mutex_unlock(&rig->lock);
}

/* ---- waiting ---- */

/* Wait, with the lock held, until something has come; fails the test if nothing does. */
static inline void rig_wait(struct rig *rig, const char *what)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += WAIT_S;
	if (pthread_cond_timedwait(&rig->changed, &rig->lock, &until)) {
		pthread_mutex_unlock(&rig->lock);
		fail_msg("no %s within %d s", what, WAIT_S);
	}
}

/* The n-th thing (from 0) that a slot heard. */
static inline const struct heard *rig_heard(struct rig *rig, unsigned slot, size_t n)
{
	const struct heard *heard;

	pthread_mutex_lock(&rig->lock);
	for (;;) {
		size_t left = n;
		for (heard = rig->slots[slot].first; heard && left; heard = heard->next)
			left--;
		if (heard)
			break;
		rig_wait(rig, "further message");
	}
	pthread_mutex_unlock(&rig->lock);
	return heard;
}

/* The first thing a slot heard that fits: an answer by its tag, a frame by a part of its text, a goodbye.
 * `after`: look only behind this one; NULL: from the start. */
static inline const struct heard *rig_find(struct rig *rig, unsigned slot, const struct heard *after,
					   int kind, uint32_t tag, const char *part)
{
	const struct heard *heard;

	pthread_mutex_lock(&rig->lock);
	for (;;) {
		for (heard = after ? after->next : rig->slots[slot].first; heard; heard = heard->next)
			if ((int)heard->kind == kind && (kind != HEARD_ANSWER || heard->tag == tag) &&
			    (!part || strstr(heard->text, part)))
				break;
		if (heard)
			break;
		rig_wait(rig, part ? part : "such message");
	}
	pthread_mutex_unlock(&rig->lock);
	return heard;
}

static inline const struct heard *rig_answer(struct rig *rig, unsigned slot, uint32_t tag)
{
	return rig_find(rig, slot, NULL, HEARD_ANSWER, tag, NULL);
}

static inline const struct heard *rig_frame(struct rig *rig, unsigned slot, const char *part)
{
	return rig_find(rig, slot, NULL, HEARD_FRAME, 0, part);
}

static inline const struct heard *rig_goodbye(struct rig *rig, unsigned slot)
{
	return rig_find(rig, slot, NULL, HEARD_CLOSE, 0, NULL);
}

/* How many frames with this part a slot has heard so far. */
static inline size_t rig_count(struct rig *rig, unsigned slot, const char *part)
{
	size_t n = 0;

	pthread_mutex_lock(&rig->lock);
	for (const struct heard *heard = rig->slots[slot].first; heard; heard = heard->next)
		n += heard->kind == HEARD_FRAME && strstr(heard->text, part);
	pthread_mutex_unlock(&rig->lock);
	return n;
}

/* ---- asking ---- */

static inline void rig_push(struct rig *rig, struct mu_up *up)
{
	if (!rig->holding) {
		mu_queue_push(mu_hub_queue(rig->hub), &up->msg);
		return;
	}
	up->msg.next = NULL;
	if (rig->last_held)
		rig->last_held->next = &up->msg;
	else
		rig->held = &up->msg;
	rig->last_held = &up->msg;
	rig->n_held++;
}

static inline void rig_hold(struct rig *rig)
{
	rig->holding = true;
}

/* What was asked since rig_hold arrives in one turn of the hub. */
static inline void rig_release(struct rig *rig)
{
	rig->holding = false;
	mu_queue_push_all(mu_hub_queue(rig->hub), rig->held, rig->last_held, rig->n_held);
	rig->held = rig->last_held = NULL;
	rig->n_held = 0;
}

static inline struct mu_conn slot_conn(const struct rig *rig, unsigned slot)
{
	return (struct mu_conn){ .edge = 0, .slot = slot, .generation = rig->slots[slot].generation };
}

/* Ask from a slot; `params` is JSON text or NULL, `key` an idempotency key or NULL. The tag of the answer. */
static inline uint32_t rig_ask_with_key(struct rig *rig, unsigned slot, const char *method,
					const char *params, const char *key)
{
	struct mu_up *up = mu_up_create(MU_UP_REQUEST);

	up->conn = slot_conn(rig, slot);
	up->request.transport = rig->slots[slot].transport;
	up->request.method = mu_command_find(method);
	up->request.tag = ++rig->tag;
	up->request.identity = rig->slots[slot].identity;
	memcpy(up->request.address, rig->slots[slot].address, sizeof(up->request.address));
	up->request.params = params ? json_loads(params, 0, NULL) : NULL;
	up->request.idempotency_key = key ? strdup(key) : NULL;
	assert_true(up->request.method >= 0);
	assert_true(!params || up->request.params);
	rig_push(rig, up);
	return rig->tag;
}

static inline uint32_t rig_ask(struct rig *rig, unsigned slot, const char *method, const char *params)
{
	return rig_ask_with_key(rig, slot, method, params, NULL);
}

/* The result of a request that has to succeed. */
static inline const char *rig_result(struct rig *rig, unsigned slot, uint32_t tag)
{
	const struct heard *heard = rig_answer(rig, slot, tag);

	if (heard->fault.err)
		fail_msg("%s: %s", mu_err_info(heard->fault.err)->kind, mu_fault_text(&heard->fault));
	return heard->text;
}

static inline const char *rig_call(struct rig *rig, unsigned slot, const char *method, const char *params)
{
	return rig_result(rig, slot, rig_ask(rig, slot, method, params));
}

/* How a request that has to fail does. */
static inline enum mu_err rig_refused(struct rig *rig, unsigned slot, uint32_t tag)
{
	const struct heard *heard = rig_answer(rig, slot, tag);

	assert_int_not_equal(heard->fault.err, MU_OK);
	return heard->fault.err;
}

/* ---- connections ---- */

static inline void slot_reset(struct slot *slot)
{
	while (slot->first) {
		struct heard *next = slot->first->next;
		free(slot->first->text);
		free(slot->first);
		slot->first = next;
	}
	slot->last = NULL;
	slot->n_topics = 0;
	slot->closed = false;
	slot->generation++;
}

static inline struct mu_identity identity_of(enum mu_identity_kind kind, const char *subject)
{
	struct mu_identity identity = { .kind = kind,
					.issued_at_ms = RIG_START_MS + 1000,
					.expires_at_ms = RIG_START_MS + 86400000 };

	snprintf(identity.workspace, sizeof(identity.workspace), "acme");
	snprintf(identity.subject, sizeof(identity.subject), "%s", subject);
	snprintf(identity.token_id, sizeof(identity.token_id), "t-%s", subject);
	return identity;
}

/* A fresh connection of a person in a slot; its session is not open yet. */
static inline void rig_connect(struct rig *rig, unsigned slot, const char *user)
{
	pthread_mutex_lock(&rig->lock);
	slot_reset(&rig->slots[slot]);
	rig->slots[slot].identity = identity_of(MU_IDENTITY_USER, user);
	rig->slots[slot].transport = MU_TRANSPORT_WS;
	pthread_mutex_unlock(&rig->lock);
}

/* A caller over HTTP: the platform, by its API key. */
static inline void rig_platform(struct rig *rig, unsigned slot)
{
	pthread_mutex_lock(&rig->lock);
	slot_reset(&rig->slots[slot]);
	rig->slots[slot].identity = identity_of(MU_IDENTITY_KEY, "platform");
	rig->slots[slot].transport = MU_TRANSPORT_HTTP;
	pthread_mutex_unlock(&rig->lock);
}

/* A connection of a person with an open session that follows nobody's presence. The result of session.open.
 */
static inline const char *rig_sign_in(struct rig *rig, unsigned slot, const char *user)
{
	rig_connect(rig, slot, user);
	return rig_call(rig, slot, "session.open", "{\"watch\":{\"presence\":\"none\"}}");
}

/* The hub has taken what it was sent so far. */
static inline void rig_settle(struct rig *rig)
{
	rig_call(rig, 0, "workspace.get", NULL);
}

/* The connection is gone: with a Close frame of this code, or without a word (0). */
static inline void rig_disconnect(struct rig *rig, unsigned slot, int code)
{
	struct mu_up *up = mu_up_create(MU_UP_CLOSED);

	up->conn = slot_conn(rig, slot);
	up->closed.clean = code != 0;
	up->closed.code = code ? code : 1006;
	rig_push(rig, up);
	rig_settle(rig);
}

/* ---- the clock ---- */

static inline int64_t rig_mono_ms(void *arg)
{
	const struct rig *rig = arg;

	return 1000000 + atomic_load(&rig->passed_ms);
}

static inline int64_t rig_wall_ms(void *arg)
{
	const struct rig *rig = arg;

	return RIG_START_MS + 2000 + atomic_load(&rig->passed_ms);
}

/* Time passes, and the hub looks at its clock: the first answer ends a turn that may have begun before, the
 * second one ends a turn that began after. */
static inline void rig_pass(struct rig *rig, int64_t ms)
{
	atomic_fetch_add(&rig->passed_ms, ms);
	rig_settle(rig);
	rig_settle(rig);
}

/* Whatever presence has to tell is told, and a while ago. */
static inline void rig_quiet(struct rig *rig)
{
	rig_pass(rig, 2 * rig->config.presence_tick_ms);
	rig_pass(rig, 2 * rig->config.presence_tick_ms);
}

/* ---- the operator ---- */

static inline void rig_done(void *arg, const struct mu_fault *fault, const char *body)
{
	struct rig *rig = arg;

	pthread_mutex_lock(&rig->lock);
	rig->operated =
		(struct operated){ .done = true, .fault = *fault, .body = body ? strdup(body) : NULL };
	pthread_cond_broadcast(&rig->changed);
	pthread_mutex_unlock(&rig->lock);
}

static inline void rig_operate(struct rig *rig, const char *workspace, const char *method, const char *params)
{
	assert_int_equal(mu_hub_call(rig->hub, workspace, method, json_loads(params, 0, NULL), rig_done, rig),
			 MU_OK);
	pthread_mutex_lock(&rig->lock);
	while (!rig->operated.done)
		rig_wait(rig, method);
	struct operated operated = rig->operated;
	rig->operated = (struct operated){ 0 };
	pthread_mutex_unlock(&rig->lock);
	free(operated.body);
	if (operated.fault.err)
		fail_msg("%s: %s", method, mu_fault_text(&operated.fault));
}

/* ---- the rig ---- */

/* Ann and Bob are agents of the team support, Sue is a supervisor, Adm an admin; slot 0 is the platform. */
static inline void rig_people(struct rig *rig)
{
	static const char *const people[][2] = {
		{ "ann", "agent" }, { "bob", "agent" }, { "sue", "supervisor" }, { "adm", "admin" }
	};
	char params[256];

	rig_operate(
		rig, NULL, "workspace.create",
		"{\"id\":\"acme\",\"name\":\"Acme\",\"owner_email\":\"o@acme.test\",\"owner_name\":\"O\"}");
	for (size_t i = 0; i < MU_COUNT(people); i++) {
		snprintf(params, sizeof(params),
			 "{\"id\":\"%s\",\"name\":\"%s\",\"email\":\"%s@acme.test\",\"roles\":[\"%s\"]}",
			 people[i][0], people[i][0], people[i][0], people[i][1]);
		rig_operate(rig, "acme", "user.create", params);
	}
	rig_operate(rig, "acme", "team.create",
		    "{\"id\":\"support\",\"name\":\"Support\",\"members\":[\"ann\",\"bob\"]}");
	rig_platform(rig, 0);
}

static inline enum mu_err rig_mail(void *arg, const char *to, const char *subject, const char *text)
{
	struct rig *rig = arg;
	AUTO_FREE char *before = NULL;

	pthread_mutex_lock(&rig->lock);
	before = rig->mails;
	assert_true(asprintf(&rig->mails, "%s%s: %s\n", before ? before : "", to, subject) > 0);
	pthread_cond_broadcast(&rig->changed);
	pthread_mutex_unlock(&rig->lock);
	return MU_OK;
}

/* A hub on a store, which becomes the hub's; nobody is in it who isn't in the store. Options of the
 * configuration end with a NULL name. */
static inline struct rig *rig_on(struct mu_store *store, const char *const (*options)[2])
{
	struct rig *rig = calloc(1, sizeof(*rig));
	struct mu_fault fault = { 0 };

	mu_json_start();
	mu_metrics_init(&rig->metrics);
	assert_int_equal(mu_config_init(&rig->config), MU_OK);
	for (; options && (*options)[0]; options++)
		assert_int_equal(mu_config_set(&rig->config, (*options)[0], (*options)[1], &fault), MU_OK);
	pthread_mutex_init(&rig->lock, NULL);
	pthread_cond_init(&rig->changed, NULL);
	rig->clock = (struct mu_clock){ .mono_ms = rig_mono_ms, .wall_ms = rig_wall_ms, .arg = rig };
	rig->store = store;
	const struct mu_hub_setup setup = { .config = &rig->config,
					    .metrics = &rig->metrics,
					    .clock = &rig->clock,
					    .store = rig->store,
					    .mail = rig_mail,
					    .mail_arg = rig };
	assert_int_equal(mu_hub_create(&setup, &rig->hub), MU_OK);
	assert_int_equal(mu_hub_attach(rig->hub, edge_post, rig), MU_OK);
	assert_int_equal(mu_hub_start(rig->hub), MU_OK);
	rig_platform(rig, 0);
	return rig;
}

static inline struct mu_store *memory_store(void)
{
	struct mu_store *store = NULL;
	struct mu_fault fault = { 0 };

	assert_int_equal(mu_hash_start(), MU_OK);
	assert_int_equal(mu_store_open("memory:", &store, &fault), MU_OK);
	return store;
}

static inline struct rig *rig_create(const char *const (*options)[2])
{
	struct rig *rig = rig_on(memory_store(), options);

	rig_people(rig);
	rig_quiet(rig);
	rig_platform(rig, 0); /* forget what it heard by now */
	return rig;
}

static inline void rig_destroy(struct rig *rig)
{
	mu_hub_destroy(rig->hub);
	for (size_t i = 0; i < RIG_SLOTS; i++)
		slot_reset(&rig->slots[i]);
	pthread_cond_destroy(&rig->changed);
	pthread_mutex_destroy(&rig->lock);
	mu_config_finish(&rig->config);
	free(rig->mails);
	free(rig);
}

#endif
