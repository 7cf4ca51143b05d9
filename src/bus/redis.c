/* A connection on the loop's own TCP stream.
 * Invariant: `holds` counts what in the loop still points here; the memory goes when it is 0. After the end
 * (STEP_ENDED) no callback but `freed` is made.
 * Thread: the loop's. */
#include "redis.h"

#include "muster/base/mem.h"

#include <stdio.h>
#include <string.h>

/* From the look-up of the name to the answer to the greeting. */
#define CONNECT_MS 2000
#define INPUT_BYTES (64 * 1024)
/* A buffer that has grown beyond this is given back when it is empty. */
#define KEEP_BYTES ((size_t)256 * 1024)

enum step { STEP_CONNECTING, STEP_AUTH, STEP_PING, STEP_READY, STEP_ENDED };

struct redis {
	uv_loop_t *loop;
	const struct places *places;
	const struct redis_handler *handler;
	void *arg;
	enum step step;
	unsigned holds;
	uv_tcp_t tcp;
	uv_timer_t deadline;
	uv_getaddrinfo_t lookup;
	uv_connect_t connect;
	uv_write_t write;
	struct addrinfo *addresses; /* all that the name has */
	struct addrinfo *address;   /* the one that is tried */
	bool looking;
	bool writing;
	struct mu_buf out;    /* to be sent */
	struct mu_buf flying; /* being sent */
	struct redis_codec codec;
	char input[INPUT_BYTES];
};

static void release(struct redis *redis)
{
	const struct redis_handler *handler = redis->handler;
	void *arg = redis->arg;

	if (--redis->holds)
		return;
	uv_freeaddrinfo(redis->addresses);
	redis_codec_finish(&redis->codec);
	mu_buf_finish(&redis->out);
	mu_buf_finish(&redis->flying);
	free(redis);
	handler->freed(arg);
}

static void on_closed(uv_handle_t *handle)
{
	release(handle->data);
}

void redis_destroy(struct redis *redis)
{
	if (!redis || redis->step == STEP_ENDED)
		return;
	redis->step = STEP_ENDED;
	if (redis->looking)
		uv_cancel((uv_req_t *)&redis->lookup);
	uv_close((uv_handle_t *)&redis->deadline, on_closed);
	if (!uv_is_closing((uv_handle_t *)&redis->tcp))
		uv_close((uv_handle_t *)&redis->tcp, on_closed);
}

static void end(struct redis *redis, const char *why)
{
	if (redis->step == STEP_ENDED)
		return;
	redis_destroy(redis);
	redis->handler->ended(redis->arg, why);
}

static void on_late(uv_timer_t *timer)
{
	struct redis *redis = timer->data;

	end(redis, redis->step != STEP_CONNECTING ? "it didn't answer in time"
		   : redis->addresses             ? "it couldn't be reached in time"
						  : "its name couldn't be looked up in time");
}

static void on_written(uv_write_t *write, int status)
{
	struct redis *redis = write->data;

	redis->writing = false;
	if (status < 0)
		end(redis, uv_strerror(status));
	else
		redis_flush(redis);
}

static void empty(struct mu_buf *buf)
{
	if (buf->cap > KEEP_BYTES)
		mu_buf_finish(buf);
	else
		mu_buf_reset(buf);
}

void redis_flush(struct redis *redis)
{
	struct mu_buf sent = redis->flying;
	uv_buf_t rest;
	int n;

	if (redis->step == STEP_CONNECTING || redis->step == STEP_ENDED || redis->writing || !redis->out.n)
		return;
	redis->flying = redis->out;
	redis->out = sent;
	empty(&redis->out);
	rest = uv_buf_init(redis->flying.data, (unsigned)redis->flying.n);
	n = uv_try_write((uv_stream_t *)&redis->tcp, &rest, 1);
	if (n == (int)rest.len)
		return;
	if (n > 0)
		rest = uv_buf_init(rest.base + n, (unsigned)rest.len - (unsigned)n);
	if (n >= 0 || n == UV_EAGAIN)
		n = uv_write(&redis->write, (uv_stream_t *)&redis->tcp, &rest, 1, on_written);
	redis->writing = n == 0;
	if (n)
		end(redis, uv_strerror(n));
}

enum mu_err redis_command(struct redis *redis, size_t n, const char **words, const size_t *bytes)
{
	const enum mu_err err = redis_codec_command(&redis->out, n, words, bytes);

	redis->out.failed = false;
	return err;
}

size_t redis_waiting(const struct redis *redis)
{
	return redis->out.n + (redis->writing ? redis->flying.n : 0);
}

static void greet(struct redis *redis)
{
	const char *words[] = { "AUTH", redis->places->user, redis->places->password };
	const char *ping = "PING";
	enum mu_err err = MU_OK;

	redis->step = STEP_PING;
	if (redis->places->password[0]) {
		redis->step = STEP_AUTH;
		if (!redis->places->user[0])
			words[1] = words[2];
		err = redis_command(redis, redis->places->user[0] ? 3 : 2, words, NULL);
	}
	if (!err)
		err = redis_command(redis, 1, &ping, NULL);
	if (err)
		end(redis, "memory is out");
	else
		redis_flush(redis);
}

/* The answers to the greeting, one for each step. */
static void on_greeted(struct redis *redis, const struct redis_reply *reply)
{
	const bool fine = reply->kind == REDIS_STATUS;
	char why[256];

	if (!fine) {
		snprintf(why, sizeof(why), "%s: %.180s",
			 redis->step == STEP_AUTH ? "it refuses the user and password of the bus' URL"
						  : "it refuses to serve",
			 reply->kind == REDIS_ERROR ? reply->part[0].text : "no sensible answer");
		end(redis, why);
	} else if (redis->step == STEP_AUTH) {
		redis->step = STEP_PING;
	} else {
		redis->step = STEP_READY;
		uv_timer_stop(&redis->deadline);
		redis->handler->ready(redis->arg);
	}
}

static void on_input(struct redis *redis, size_t n)
{
	struct redis_reply reply;
	enum mu_err err = redis_codec_feed(&redis->codec, redis->input, n);

	while (!err && redis->step != STEP_ENDED) {
		err = redis_codec_next(&redis->codec, &reply);
		if (!err && redis->step == STEP_READY)
			redis->handler->heard(redis->arg, &reply);
		else if (!err)
			on_greeted(redis, &reply);
	}
	if (err && err != MU_NOT_FOUND)
		end(redis, err == MU_NO_MEMORY ? "memory is out" : "what it says is no answer of Redis");
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
	struct redis *redis = handle->data;

	*ret = uv_buf_init(redis->input, sizeof(redis->input));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct redis *redis = stream->data;

	if (n < 0)
		end(redis, n == UV_EOF ? "it closed the connection" : uv_strerror((int)n));
	else
		on_input(redis, (size_t)n);
}

static void try_address(struct redis *redis);

static void on_failed_closed(uv_handle_t *handle)
{
	struct redis *redis = handle->data;

	if (redis->step == STEP_ENDED) {
		release(redis);
		return;
	}
	uv_tcp_init(redis->loop, &redis->tcp);
	try_address(redis);
}

/* This address is of no use: try the next one, on a fresh socket. */
static void on_failed(struct redis *redis, int err)
{
	redis->address = redis->address->ai_next;
	if (redis->address)
		uv_close((uv_handle_t *)&redis->tcp, on_failed_closed);
	else
		end(redis, uv_strerror(err));
}

static void on_connected(uv_connect_t *connect, int status)
{
	struct redis *redis = connect->data;

	if (redis->step == STEP_ENDED)
		return;
	if (!status)
		status = uv_tcp_nodelay(&redis->tcp, 1);
	if (!status)
		status = uv_read_start((uv_stream_t *)&redis->tcp, on_alloc, on_read);
	if (status)
		on_failed(redis, status);
	else
		greet(redis);
}

static void try_address(struct redis *redis)
{
	const int err = uv_tcp_connect(&redis->connect, &redis->tcp, redis->address->ai_addr, on_connected);

	if (err)
		on_failed(redis, err);
}

static void on_found(uv_getaddrinfo_t *lookup, int status, struct addrinfo *addresses)
{
	struct redis *redis = lookup->data;
	char why[320];

	redis->looking = false;
	redis->addresses = addresses;
	redis->address = addresses;
	if (redis->step != STEP_ENDED && (status || !addresses)) {
		snprintf(why, sizeof(why), "its name can't be looked up: %s", uv_strerror(status));
		end(redis, why);
	} else if (redis->step != STEP_ENDED) {
		try_address(redis);
	}
	release(redis);
}

static void init_handles(struct redis *redis)
{
	uv_timer_init(redis->loop, &redis->deadline);
	uv_tcp_init(redis->loop, &redis->tcp);
	redis->holds = 3; /* those two and the look-up */
	redis->looking = true;
	redis->tcp.data = redis;
	redis->deadline.data = redis;
	redis->lookup.data = redis;
	redis->connect.data = redis;
	redis->write.data = redis;
}

struct redis *redis_create(uv_loop_t *loop, const struct places *places, size_t place,
			   const struct redis_handler *handler, void *arg)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	const struct place *at = &places->v[place];
	struct redis *redis = calloc(1, sizeof(*redis));

	if (!redis)
		return NULL;
	redis->loop = loop;
	redis->places = places;
	redis->handler = handler;
	redis->arg = arg;
	if (redis_codec_init(&redis->codec) ||
	    uv_getaddrinfo(loop, &redis->lookup, on_found, at->host, at->port, &hints)) {
		redis_codec_finish(&redis->codec);
		free(redis);
		return NULL;
	}
	init_handles(redis);
	uv_update_time(loop); /* the deadline counts from now, however long this turn of the loop took */
	uv_timer_start(&redis->deadline, on_late, CONNECT_MS, 0);
	return redis;
}
