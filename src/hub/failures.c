/* Sign-ins that failed, for the audit log, so that nobody can flood it. Each account is noted at once for its
 * first few failures, then once a minute with a count; and a workspace has so many lines of its own in a
 * minute, beyond which failures of further accounts are counted together without a name. Whether an address
 * is somebody's makes no difference but in the line itself, which only the audit log shows. Invariant: a
 * failure is either in a line or in a count whose timer runs. Thread: hub. */
#include "failures.h"

#include "commit.h"
#include "host.h"
#include "origin.h"
#include "pen.h"
#include "request.h"
#include "room.h"
#include "turn.h"
#include "muster/model/login.h"

#include <string.h>

#define MINUTE_MS 60000
#define LINES_OF_ACCOUNT 3
#define LINES_OF_WORKSPACE 60

/* What is known of one account's failures; with an empty email of all further ones of a workspace. */
struct failure {
	UT_hash_handle hh;
	struct mu_hub *hub;
	char *key; /* workspace/email */
	char *workspace, *user, *email, *origin;
	unsigned lines;        /* told in this minute */
	int64_t count;         /* not told yet */
	int64_t since_ms;      /* the first of those */
	bool waits;            /* for the room's pen */
	struct mu_timer timer; /* ends the minute */
};

static void failure_free(struct failure *failure)
{
	mu_timer_cancel(&failure->hub->wheel, &failure->timer);
	free(failure->key);
	free(failure->workspace);
	free(failure->user);
	free(failure->email);
	free(failure->origin);
	free(failure);
}

static void drop(struct failure *failure)
{
	HASH_DEL(failure->hub->failures, failure);
	failure_free(failure);
}

/* Write a line for what is counted; false if it has to wait. */
static bool tell(struct failure *failure)
{
	struct room *room = room_find(failure->hub, failure->workspace);
	const struct mu_login_failed data = { .user = failure->user,
					      .email = *failure->email ? failure->email : NULL,
					      .count = failure->count,
					      .since = failure->since_ms };

	failure->waits = room && room->state == ROOM_READY && !pen_take(room);
	if (!room || room->state != ROOM_READY || failure->waits)
		return false;
	commit_system_at(room, &mu_login_failed_type, &data, "{}", failure->origin);
	failure->count = 0;
	return true;
}

static void on_minute(struct mu_timer *timer, int64_t now_ms)
{
	struct failure *failure = MU_CONTAINER_OF(timer, struct failure, timer);

	if (!failure->count) {
		drop(failure);
		return;
	}
	if (tell(failure) && !*failure->email)
		failure->lines = 0;
	mu_timer_set(&failure->hub->wheel, timer, now_ms + MINUTE_MS);
}

static struct failure *failure_create(struct mu_hub *hub, char *key, const char *workspace, const char *email)
{
	struct failure *failure = calloc(1, sizeof(*failure));

	if (!failure) {
		free(key);
		return NULL;
	}
	failure->hub = hub;
	failure->key = key;
	failure->workspace = strdup(workspace);
	failure->email = strdup(email);
	mu_timer_init(&failure->timer, on_minute);
	if (failure->workspace && failure->email)
		HASH_ADD_KEYPTR(hh, hub->failures, failure->key, strlen(failure->key), failure);
	if (!failure->hh.tbl) {
		failure_free(failure);
		return NULL;
	}
	mu_timer_set(&hub->wheel, &failure->timer, hub->now.mono_ms + MINUTE_MS);
	return failure;
}

/* NULL when memory is out. */
static struct failure *failure_get(struct mu_hub *hub, const char *workspace, const char *email)
{
	AUTO_BUF struct mu_buf key = { 0 };
	AUTO_FREE char *folded = mu_email_key(email);
	struct failure *failure = NULL;

	mu_buf_printf(&key, "%s/%s", workspace, folded ? folded : "");
	if (!folded || mu_buf_error(&key))
		return NULL;
	HASH_FIND(hh, hub->failures, mu_buf_text(&key), key.n, failure);
	return failure ? failure : failure_create(hub, mu_buf_take(&key), workspace, email);
}

static void keep_text(char **slot, const char *text)
{
	free(*slot);
	*slot = text ? strdup(text) : NULL;
}

static void note(struct failure *failure, const char *user, const char *origin)
{
	if (!failure->count++)
		failure->since_ms = failure->hub->now.wall_ms;
	keep_text(&failure->user, user);
	keep_text(&failure->origin, origin);
}

void host_login_failed(struct mu_call *call, const char *user, const char *email)
{
	struct request *request = call_request(call);
	struct mu_hub *hub = request->hub;
	const char *workspace = request->room ? request->room->id : NULL;
	const char *origin = origin_request(request, &request->arena);
	struct failure *all = workspace ? failure_get(hub, workspace, "") : NULL, *one;

	if (!all)
		return; /* of no workspace that is here */
	if (all->lines >= LINES_OF_WORKSPACE) {
		note(all, NULL, origin);
		return;
	}
	one = failure_get(hub, workspace, email);
	if (!one)
		return;
	note(one, user, origin);
	if (one->lines >= LINES_OF_ACCOUNT)
		return; /* its minute tells it */
	one->lines++;
	all->lines++;
	if (!tell(one))
		one->lines--;
}

void failures_settle(struct room *room)
{
	for (struct failure *failure = room->hub->failures; failure; failure = failure->hh.next)
		if (failure->waits && !strcmp(failure->workspace, room->id))
			failure->lines += tell(failure);
}

void failures_flush(struct mu_hub *hub)
{
	for (struct failure *failure = hub->failures; failure; failure = failure->hh.next)
		if (failure->count)
			tell(failure);
}

void failures_destroy(struct mu_hub *hub)
{
	struct failure *failure, *next;

	HASH_ITER (hh, hub->failures, failure, next)
		drop(failure);
}
