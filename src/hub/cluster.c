/* The other nodes of the cluster: rooms speak and hear by words on the bus, a node that is gone is first shut
 * out of the log and then let go, and a node that was given up itself starts anew.
 *
 * A node that the others shut out takes no new seat before the bus carries what it says: until then it would
 * serve people whom the others show as gone. It refuses everybody meanwhile, and isn't ready, so that they go
 * elsewhere. When the bus is away for all, nobody is shut out and all go on; but a node that stood still
 * can't know which of both it is, and waits.
 *
 * Invariant: nobody is shown as gone with a node that could still write: what its people did is either in
 * the log before the fence, or was never acknowledged. Without a bus there are no others.
 * Thread: hub. */
#include "cluster.h"

#include "follow.h"
#include "now.h"
#include "pen.h"
#include "request.h"
#include "room.h"
#include "session.h"
#include "share.h"
#include "ticket.h"
#include "turn.h"
#include "muster/base/log.h"

#include <string.h>

#define RETRY_MS 500
/* A seat that is lost sooner after it was taken isn't taken again at once. */
#define CONTESTED_MS 10000
#define CALM_MS 1000
/* So many tries to take a seat in vain are worth a word. */
#define DEAF_TRIES 4

/* A node that is gone, until the store takes nothing from it any more. */
struct fence {
	struct fence *next;
	struct cluster *cluster;
	struct mu_timer retry;
	int64_t epoch;
	bool past; /* the node has a newer seat by now, which makes this one void */
	char node[];
};

struct cluster {
	struct mu_hub *hub;
	struct mu_bus *bus;
	struct fence *fences;
	struct mu_timer retry;   /* of taking a seat */
	enum mu_given_up reason; /* for which there is none */
	unsigned tries;          /* for which the bus was away */
	int64_t seated_mono_ms;
};

/* ---- words ---- */

static const struct word {
	const char *name;
	void (*hear)(struct room *room, const char *node, const char *json, size_t bytes);
} words[] = {
	[WORD_EVENTS] = { "events", follow_hear },
	[WORD_PEN_WANT] = { "pen.want", pen_hear_want },
	[WORD_PEN] = { "pen", pen_hear },
	[WORD_HERE] = { "here", share_hear_here },
	[WORD_HERE_ASK] = { "here.ask", share_hear_ask },
	[WORD_HERE_ALL] = { "here.all", share_hear_all },
	[WORD_NOW] = { "now", now_hear },
	[WORD_TICKET_CLAIM] = { "ticket.claim", ticket_hear_claim },
	[WORD_TICKET_GRANT] = { "ticket.grant", ticket_hear_grant },
};

bool cluster_say(struct room *room, enum cluster_word word, const char *json, size_t bytes)
{
	const struct cluster *cluster = room->hub->cluster;
	AUTO_BUF struct mu_buf text = { 0 };

	if (!cluster)
		return false;
	mu_buf_printf(&text, "%s ", words[word].name);
	mu_buf_add(&text, json, bytes);
	if (!mu_buf_error(&text) && !mu_bus_say(cluster->bus, room->id, mu_buf_text(&text), text.n))
		return true;
	mu_log(MU_LOG_DEBUG, "hub", "the other nodes weren't told", MU_KS("workspace", room->id),
	       MU_KS("word", words[word].name));
	return false;
}

bool cluster_reaches(const struct room *room)
{
	const struct cluster *cluster = room->hub->cluster;

	return cluster && mu_bus_reaches(cluster->bus, room->id);
}

const char *cluster_self(const struct mu_hub *hub)
{
	return hub->config->node;
}

bool cluster_alone(const struct mu_hub *hub)
{
	return !hub->cluster || !mu_bus_peers(hub->cluster->bus);
}

size_t cluster_rank(const struct mu_hub *hub)
{
	return hub->cluster ? mu_bus_rank(hub->cluster->bus) : 0;
}

enum mu_err cluster_join(const struct room *room)
{
	return room->hub->cluster ? mu_bus_join(room->hub->cluster->bus, room->id) : MU_OK;
}

void cluster_leave(const struct room *room)
{
	if (room->hub->cluster)
		mu_bus_leave(room->hub->cluster->bus, room->id);
}

/* ---- nodes that are gone ---- */

/* NULL when memory is out. */
static struct mu_job *make_job(enum mu_job_kind kind, const char *node)
{
	struct mu_job *job = mu_job_create(kind, NULL);

	if (job && !(job->node = mu_arena_strdup(&job->arena, node))) {
		mu_job_destroy(job);
		job = NULL;
	}
	return job;
}

static void submit_fence(struct fence *fence)
{
	struct mu_hub *hub = fence->cluster->hub;
	struct mu_job *job = make_job(MU_JOB_FENCE, fence->node);

	if (!job) {
		mu_timer_set(&hub->wheel, &fence->retry, hub->now.mono_ms + RETRY_MS);
		return;
	}
	job->owner = fence;
	job->epoch = fence->epoch;
	hub_submit(hub, job);
}

static void on_fence_retry(struct mu_timer *timer, int64_t now_ms)
{
	submit_fence(MU_CONTAINER_OF(timer, struct fence, retry));
}

static struct fence *find_fence(const struct cluster *cluster, const char *node, int64_t epoch)
{
	struct fence *fence = cluster->fences;

	while (fence && (fence->epoch != epoch || strcmp(fence->node, node) != 0))
		fence = fence->next;
	return fence;
}

static void drop_fence(struct fence *fence)
{
	struct fence **link = &fence->cluster->fences;

	while (*link != fence)
		link = &(*link)->next;
	*link = fence->next;
	mu_timer_cancel(&fence->cluster->hub->wheel, &fence->retry);
	free(fence);
}

static void let_go(struct mu_hub *hub, const char *node, enum mu_leave how)
{
	share_drop_node(hub, node, how);
	follow_soon(hub); /* what it wrote with its last breath it told nobody of */
}

void cluster_fenced(struct mu_hub *hub, struct mu_job *job)
{
	struct fence *fence = job->owner;

	if (fence->past) {
		drop_fence(fence);
	} else if (job->err) {
		mu_timer_set(&hub->wheel, &fence->retry, hub->now.mono_ms + RETRY_MS);
	} else {
		mu_bus_give_up(fence->cluster->bus, fence->node, fence->epoch);
		let_go(hub, fence->node, MU_LEAVE_NODE);
		drop_fence(fence);
	}
	mu_job_destroy(job);
}

static void give_up(struct cluster *cluster, const char *node, int64_t epoch)
{
	struct fence *fence;

	if (find_fence(cluster, node, epoch))
		return;
	fence = calloc(1, sizeof(*fence) + strlen(node) + 1);
	if (!fence) {
		mu_log(MU_LOG_ERROR, "hub", "a node is gone and can't be shut out: memory is out",
		       MU_KS("node", node));
		return;
	}
	fence->cluster = cluster;
	fence->epoch = epoch;
	strcpy(fence->node, node);
	mu_timer_init(&fence->retry, on_fence_retry);
	fence->next = cluster->fences;
	cluster->fences = fence;
	submit_fence(fence);
}

/* ---- this node was given up ---- */

static void submit_seat(struct cluster *cluster)
{
	struct mu_hub *hub = cluster->hub;
	struct mu_job *job = make_job(MU_JOB_ENTER, hub->config->node);

	if (job)
		hub_submit(hub, job);
	else
		mu_timer_set(&hub->wheel, &cluster->retry, hub->now.mono_ms + RETRY_MS);
}

static void on_seat_retry(struct mu_timer *timer, int64_t now_ms)
{
	struct cluster *cluster = MU_CONTAINER_OF(timer, struct cluster, retry);

	if (mu_bus_up(cluster->bus)) {
		submit_seat(cluster);
		return;
	}
	if (++cluster->tries == DEAF_TRIES)
		mu_log(MU_LOG_ERROR, "hub",
		       "this node can't hear the others and serves nobody until it does: look at its way to "
		       "Redis",
		       MU_KS("node", cluster->hub->config->node));
	mu_timer_set(&cluster->hub->wheel, timer, now_ms + RETRY_MS);
}

static void send_away(struct session *session, void *arg)
{
	session_end(session, MU_CLOSE_LEASE_LOST, MU_LEAVE_LOST);
}

static void start_anew(struct mu_hub *hub)
{
	struct room *room, *next;

	HASH_ITER (hh, hub->rooms, room, next) {
		session_each(room, send_away, NULL);
		room_turn_away(room); /* who asked may have asked another node meanwhile */
		room_reset(room, MU_UNAVAILABLE);
	}
}

/* Two nodes of one name take the seat from each other for ever: that must not go fast, and somebody has to
 * hear of it. */
static int64_t wait_of(const struct cluster *cluster)
{
	const struct mu_hub *hub = cluster->hub;

	if (hub->now.mono_ms - cluster->seated_mono_ms > CONTESTED_MS)
		return 0;
	if (cluster->reason != MU_GIVEN_UP_NAMESAKE)
		return CALM_MS;
	mu_log(MU_LOG_ERROR, "hub",
	       "the seat of this node was taken away at once: if another node has the same name, give each "
	       "its own (option node)",
	       MU_KS("node", hub->config->node));
	return CONTESTED_MS;
}

/* While it waits for a seat, of which it then knows better how to get it. */
static void learn_more(struct cluster *cluster, enum mu_given_up reason)
{
	if (reason <= cluster->reason)
		return;
	cluster->reason = reason;
	if (mu_timer_armed(&cluster->retry))
		mu_timer_set(&cluster->hub->wheel, &cluster->retry,
			     cluster->hub->now.mono_ms + wait_of(cluster));
}

static void lose_seat(struct mu_hub *hub, enum mu_given_up reason)
{
	struct cluster *cluster = hub->cluster;

	if (!cluster)
		return;
	if (atomic_exchange(&hub->seatless, true)) {
		learn_more(cluster, reason);
		return;
	}
	cluster->reason = reason;
	cluster->tries = 0;
	mu_log(MU_LOG_WARN, "hub", "the other nodes gave this one up; its clients are sent away",
	       MU_KS("node", hub->config->node));
	start_anew(hub);
	mu_timer_set(&hub->wheel, &cluster->retry, hub->now.mono_ms + wait_of(cluster));
}

void cluster_awake(struct mu_hub *hub)
{
	if (hub->cluster)
		mu_bus_awake(hub->cluster->bus);
}

void cluster_given_up(struct mu_hub *hub)
{
	hub->fenced = true;
	lose_seat(hub, MU_GIVEN_UP_TOLD);
}

/* What was said by the old seat, the others don't take any more. */
static void say_anew(struct mu_hub *hub)
{
	for (struct room *room = hub->rooms; room; room = room->hh.next)
		share_reach(room, cluster_reaches(room));
}

void cluster_seated(struct mu_hub *hub, struct mu_job *job)
{
	struct cluster *cluster = hub->cluster;

	if (job->err) {
		mu_timer_set(&hub->wheel, &cluster->retry, hub->now.mono_ms + RETRY_MS);
	} else {
		atomic_store(&hub->seatless, false);
		hub->fenced = false;
		cluster->seated_mono_ms = hub->now.mono_ms;
		mu_bus_renew(cluster->bus, job->epoch);
		say_anew(hub);
		mu_log(MU_LOG_INFO, "hub", "this node is one of the cluster again",
		       MU_KS("node", hub->config->node), MU_KI("epoch", job->epoch));
	}
	mu_job_destroy(job);
}

/* ---- what the bus tells ---- */

/* Many messages come with one read: what follows from them all goes out with the turn after it. */
static struct mu_hub *begin(void *arg)
{
	struct cluster *cluster = arg;

	hub_read_clock(cluster->hub);
	uv_async_send(&cluster->hub->wake);
	return cluster->hub;
}

static const struct word *find_word(const char *text, size_t n)
{
	for (size_t i = 0; i < MU_COUNT(words); i++)
		if (strlen(words[i].name) == n && !memcmp(words[i].name, text, n))
			return &words[i];
	return NULL;
}

static void on_heard(void *arg, const char *workspace, const char *node, const char *text, size_t bytes)
{
	struct room *room = room_find(begin(arg), workspace);
	const char *space = memchr(text, ' ', bytes);
	const struct word *word = space ? find_word(text, (size_t)(space - text)) : NULL;

	/* A newer program may know more words. */
	if (room && word && word->hear)
		word->hear(room, node, space + 1, bytes - (size_t)(space + 1 - text));
}

static void on_reach(void *arg, const char *workspace, bool reaches)
{
	struct room *room = room_find(begin(arg), workspace);

	if (!room)
		return;
	follow_reach(room, reaches);
	share_reach(room, reaches);
}

/* Its older seats are void by the newer one. */
static void drop_fences(struct cluster *cluster, const char *node)
{
	for (struct fence *fence = cluster->fences, *next; fence; fence = next) {
		next = fence->next;
		if (strcmp(fence->node, node) != 0)
			continue;
		fence->past = true;
		if (mu_timer_armed(&fence->retry))
			drop_fence(fence);
	}
}

/* Nobody will say what became of it as it was before: it may not open the workspace again. */
static void on_came(void *arg, const char *node, int64_t epoch)
{
	struct mu_hub *hub = begin(arg);

	mu_log(MU_LOG_INFO, "hub", "a node is there", MU_KS("node", node), MU_KI("epoch", epoch));
	pen_node_gone(hub, node);
	drop_fences(hub->cluster, node);
	let_go(hub, node, MU_LEAVE_LOST);
}

static void on_went(void *arg, const char *node, int64_t epoch)
{
	struct mu_hub *hub = begin(arg);

	mu_log(MU_LOG_WARN, "hub", "a node is gone", MU_KS("node", node), MU_KI("epoch", epoch));
	pen_node_gone(hub, node);
	give_up(hub->cluster, node, epoch);
}

static void on_left(void *arg, const char *node, int64_t epoch)
{
	struct mu_hub *hub = begin(arg);

	mu_log(MU_LOG_INFO, "hub", "a node has left", MU_KS("node", node), MU_KI("epoch", epoch));
	pen_node_gone(hub, node);
	let_go(hub, node, MU_LEAVE_LOST);
}

static void on_given_up(void *arg, enum mu_given_up why)
{
	lose_seat(begin(arg), why);
}

static const struct mu_bus_handler handler = {
	.heard = on_heard,
	.reach = on_reach,
	.came = on_came,
	.went = on_went,
	.left = on_left,
	.given_up = on_given_up,
};

/* ---- life ---- */

enum mu_err mu_hub_join(struct mu_hub *hub, const struct mu_hub_seat *seat, struct mu_fault *ret_fault)
{
	struct cluster *cluster = calloc(1, sizeof(*cluster));
	const struct mu_bus_setup setup = { .loop = &hub->loop,
					    .url = hub->config->bus,
					    .key = seat->key,
					    .node = hub->config->node,
					    .epoch = seat->epoch,
					    .metrics = hub->metrics,
					    .handler = &handler,
					    .arg = cluster };
	enum mu_err err = cluster ? mu_bus_create(&setup, &cluster->bus, ret_fault) : MU_NO_MEMORY;

	if (err) {
		free(cluster);
		return err;
	}
	cluster->hub = hub;
	cluster->seated_mono_ms = hub->now.mono_ms;
	mu_timer_init(&cluster->retry, on_seat_retry);
	hub->cluster = cluster;
	follow_start(hub);
	return MU_OK;
}

void cluster_close(struct mu_hub *hub)
{
	struct cluster *cluster = hub->cluster;

	if (!cluster)
		return;
	mu_bus_goodbye(cluster->bus);
	mu_bus_destroy(cluster->bus, NULL, NULL);
	while (cluster->fences)
		drop_fence(cluster->fences);
	mu_timer_cancel(&hub->wheel, &cluster->retry);
	hub->cluster = NULL;
	free(cluster);
}
