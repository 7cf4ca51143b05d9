/* The memory of named writes of a room. A name is made of who asks, the method and their key; the parameters
 * are kept as a digest, so that a key that is used for something else by mistake is noticed.
 * Invariant: of all requests with one name at most one is under way; the others wait for its answer.
 * Thread: hub. */
#include "idempotency.h"

#include "request.h"
#include "room.h"
#include "turn.h"
#include "muster/base/hash.h"

#include <string.h>

#define KEPT_MS INT64_C(600000)
#define WRITES_MAX 10000
#define WRITES_BYTES_MAX (4 << 20) /* of names and answers, in a room */
#define KEY_MAX 200

struct named_write {
	UT_hash_handle hh; /* in the room, by name, oldest first */
	struct room *room;
	char *name;
	uint8_t params[MU_DIGEST_BYTES];
	int64_t ends_mono_ms;
	struct request *first; /* NULL: answered */
	struct request *waiting;
	struct mu_fault fault; /* the answer */
	char *body;
	size_t bytes; /* of name and body */
};

static void forget(struct named_write *write)
{
	HASH_DEL(write->room->writes, write);
	write->room->writes_bytes -= write->bytes;
	free(write->name);
	free(write->body);
	free(write);
}

static void answer_waiting(struct named_write *write, enum mu_err err, const struct mu_fault *fault,
			   const char *body)
{
	struct request *request = write->waiting;

	write->waiting = NULL;
	while (request) {
		struct request *next = request->next;
		request->fault = *fault;
		request_answer(request, err, body);
		request = next;
	}
}

static void count_bytes(struct named_write *write, size_t bytes)
{
	write->bytes += bytes;
	write->room->writes_bytes += bytes;
}

/* Forget those whose time is over, and more until at most so many, of so many bytes, are left. Who is under
 * way stays: it ends by itself. */
static void drop_old(struct room *room, size_t most)
{
	struct named_write *write, *next;

	HASH_ITER (hh, room->writes, write, next) {
		if (write->ends_mono_ms > room->hub->now.mono_ms && HASH_COUNT(room->writes) <= most &&
		    room->writes_bytes <= WRITES_BYTES_MAX)
			return;
		if (!write->first)
			forget(write);
	}
}

static bool digest_params(const struct request *request, uint8_t digest[static MU_DIGEST_BYTES])
{
	AUTO_FREE char *text = request->call.raw
				       ? json_dumps(request->call.raw, JSON_COMPACT | JSON_SORT_KEYS)
				       : strdup("{}");

	if (text)
		mu_digest(text, strlen(text), digest);
	return text;
}

static const char *name_of(struct request *request)
{
	const struct mu_call *call = &request->call;

	return mu_arena_printf(&request->arena, "%s %s %s", call->actor.json, call->command->name,
			       request->up->request.idempotency_key);
}

static struct named_write *write_create(struct request *request, const char *name,
					const uint8_t params[static MU_DIGEST_BYTES])
{
	struct room *room = request->room;
	struct named_write *write;

	drop_old(room, WRITES_MAX - 1);
	write = calloc(1, sizeof(*write));
	if (!write)
		return NULL;
	write->room = room;
	write->first = request;
	write->ends_mono_ms = room->hub->now.mono_ms + KEPT_MS;
	memcpy(write->params, params, MU_DIGEST_BYTES);
	write->name = strdup(name);
	if (write->name)
		HASH_ADD_KEYPTR(hh, room->writes, write->name, strlen(write->name), write);
	if (write->hh.tbl) {
		count_bytes(write, strlen(name));
		return write;
	}
	free(write->name);
	free(write);
	return NULL;
}

static enum mu_err repeat(struct named_write *write, struct request *request,
			  const uint8_t params[static MU_DIGEST_BYTES])
{
	if (memcmp(write->params, params, MU_DIGEST_BYTES) != 0)
		return mu_fail(
			&request->fault, MU_CONFLICT,
			"This idempotency key was used for another request; take a fresh one for each");
	if (write->first) {
		request->next = write->waiting;
		write->waiting = request;
	} else {
		request->fault = write->fault;
		request_answer(request, write->fault.err, write->body);
	}
	return MU_DEFERRED;
}

/* What changes something, and so leaves events; GET is what HTTP calls a read. */
static bool is_write(const struct mu_command *command)
{
	return !(command->flags & MU_COMMAND_DIRECT) &&
	       !(command->route && !strncmp(command->route, "GET ", 4));
}

enum mu_err idempotency_enter(struct request *request)
{
	const char *key = request->up->request.idempotency_key, *name;
	struct room *room = request->room;
	struct named_write *write = NULL;
	uint8_t params[MU_DIGEST_BYTES];

	if (!key || !room || !is_write(request->call.command) || request->write)
		return MU_OK;
	if (!*key || strlen(key) > KEY_MAX)
		return mu_fail_field(&request->fault, "idempotency_key", "must be 1 to %d characters",
				     KEY_MAX);
	drop_old(room, WRITES_MAX);
	name = name_of(request);
	if (!name || !digest_params(request, params))
		return MU_NO_MEMORY;
	HASH_FIND_STR(room->writes, name, write);
	if (write)
		return repeat(write, request, params);
	request->write = write_create(request, name, params);
	return request->write ? MU_OK : MU_NO_MEMORY;
}

void idempotency_leave(struct request *request, enum mu_err err, const char *body)
{
	struct named_write *write = request->write;

	if (!write)
		return;
	request->write = NULL;
	write->first = NULL;
	answer_waiting(write, err, &request->fault, body);
	write->fault = request->fault;
	write->body = body ? strdup(body) : NULL;
	if (mu_err_info(err)->temporary || (body && !write->body)) {
		forget(write);
		return;
	}
	count_bytes(write, body ? strlen(body) : 0);
	drop_old(write->room, WRITES_MAX);
}

void idempotency_finish(struct room *room)
{
	struct named_write *write, *next;

	HASH_ITER (hh, room->writes, write, next) {
		const struct mu_fault fault = { .err = MU_UNAVAILABLE };
		answer_waiting(write, MU_UNAVAILABLE, &fault, NULL);
		forget(write);
	}
}
