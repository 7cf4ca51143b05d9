/* Requests on their way through the hub; see request.c for the way.
 * Thread: hub. */
#ifndef MUSTER_HUB_REQUEST_H
#define MUSTER_HUB_REQUEST_H

#include "muster/api/api.h"
#include "muster/wire/port.h"

#include <uv.h>

struct mu_hub;
struct mu_job;
struct named_write;
struct room;
struct session;

struct request {
	struct request *next;
	struct mu_hub *hub;
	struct room *room; /* NULL: the workspace doesn't exist, or none was named */
	struct mu_up *up;
	struct mu_arena arena;
	struct mu_fault fault;
	struct mu_buf result;
	struct mu_call call;
	struct mu_job *job; /* of the store, that was done for it; NULL: none */
	bool worked;        /* the password work is done */
	bool gone;          /* its connection has ended meanwhile */
	bool followed;      /* the log was looked at for it */
	bool claimed;       /* its ticket was asked of the other nodes */
	int64_t claim_due_ms;
	bool again;          /* waits for a commit only to be run anew */
	unsigned races_lost; /* how often another writer was first */
	enum mu_err refused; /* why, while what the refusal shows is not durable yet */
	int close_code;      /* for a session.open that fails; 0: by the error */
	struct named_write
		*write; /* the one that its idempotency key names, while this request is the first to do it */
	uv_work_t work;
};

/* A request of mu_hub_call or the control socket: no edge is behind it. */
struct control_up {
	struct mu_up up;
	void (*done)(void *arg, const struct mu_fault *fault, const char *body);
	void *arg;
};

void request_begin(struct mu_hub *hub, struct mu_up *up);
void request_run(struct request *request);
/* Forget what was decided and run it anew when the room can decide. */
void request_later(struct request *request);
/* Answer with the request's fault or the body, and free it. */
void request_answer(struct request *request, enum mu_err err, const char *body);
void request_fail_all(struct request *first, enum mu_err err);

/* Whether one more password may be worked on now. Errors: MU_UNAVAILABLE. */
enum mu_err request_work_room(struct request *request);

/* The session that speaks for the request (borrowed). NULL: none does, because it came another way, brings a
 * token of its own, or is of a method that is the same for everybody. */
const struct session *request_session(const struct request *request);

/* Set the call's actor: who the request's identity is in the workspace as it is now. Errors:
 * MU_UNAUTHENTICATED. */
enum mu_err actor_resolve(struct request *request);
/* Time has passed since then: look the workspace and the actor up once more. Who is gone may nothing. */
void actor_refresh(struct request *request);

#endif
