/* What makes a hub tame: chance that is the same each time, a clock that stands still until it is moved, and
 * no threads. Those are taken out where they are begun: the desks of a store and libuv's pool work when they
 * are told to, and libuv's timers don't run. Thread: the fuzzer's. */
#include "still.h"

#include "store/desk.h"
#include "muster/base/hash.h"
#include "muster/base/log.h"
#include "muster/wire/json.h"

#include <sodium.h>
#include <string.h>
#include <uv.h>

#define DESKS_MOST 6
#define WORKS_MOST 128
#define SEED_OF_WORLD 1
#define SEED_OF_RUNS 2

/* ---- what is random ---- */

static struct draw chance;

static const char *chance_name(void)
{
	return "tame";
}

static uint32_t chance_number(void)
{
	return (uint32_t)draw_below(&chance, UINT64_C(1) << 32);
}

static void chance_fill(void *const buf, const size_t size)
{
	for (size_t i = 0; i < size; i++)
		((uint8_t *)buf)[i] = (uint8_t)draw_below(&chance, 256);
}

static struct randombytes_implementation chance_implementation = {
	.implementation_name = chance_name,
	.random = chance_number,
	.buf = chance_fill,
};

/* ---- time ---- */

static int64_t passed_ms;

static int64_t mono_ms(void *arg)
{
	return 1000000 + passed_ms;
}

static int64_t wall_ms(void *arg)
{
	return STILL_START_MS + passed_ms;
}

const struct mu_clock still_clock = { .mono_ms = mono_ms, .wall_ms = wall_ms };

void still_pass(int64_t ms)
{
	passed_ms += ms;
}

int64_t still_passed_ms(void)
{
	return passed_ms;
}

int uv_timer_start(uv_timer_t *handle, uv_timer_cb cb, uint64_t timeout, uint64_t repeat)
{
	return 0;
}

/* ---- threads ---- */

static struct mu_desk *desks[DESKS_MOST];
static uv_work_t *works[WORKS_MOST];
static uv_after_work_cb works_done[WORKS_MOST];
static size_t n_works;

static void no_wake(void *arg)
{
}

enum mu_err mu_desk_start(struct mu_desk *desk, struct mu_store *store,
			  void (*work)(struct mu_desk *desk, struct mu_msg *chain), void *owner)
{
	size_t i = 0;

	*desk = (struct mu_desk){ .store = store, .work = work, .owner = owner };
	while (desks[i])
		i++;
	desks[i] = desk;
	return mu_queue_init(&desk->queue, no_wake, NULL);
}

static bool desk_work(struct mu_desk *desk)
{
	struct mu_msg *chain = desk ? mu_queue_take(&desk->queue) : NULL;

	if (chain)
		desk->work(desk, chain);
	return chain;
}

void mu_desk_finish(struct mu_desk *desk)
{
	desk_work(desk);
	mu_queue_finish(&desk->queue);
	for (size_t i = 0; i < DESKS_MOST; i++)
		if (desks[i] == desk)
			desks[i] = NULL;
}

int uv_queue_work(uv_loop_t *loop, uv_work_t *req, uv_work_cb work, uv_after_work_cb done)
{
	HOLDS(n_works < WORKS_MOST);
	work(req);
	works_done[n_works] = done;
	works[n_works++] = req;
	return 0;
}

static bool finish_works(void)
{
	const size_t n = n_works;

	for (size_t i = 0; i < n; i++)
		works_done[i](works[i], 0);
	n_works -= n;
	memmove(works, works + n, n_works * sizeof(*works));
	memmove(works_done, works_done + n, n_works * sizeof(*works_done));
	return n;
}

/* A hash that costs nothing. */
int crypto_pwhash_str_alg(char out[crypto_pwhash_STRBYTES], const char *const passwd, unsigned long long n,
			  unsigned long long opslimit, size_t memlimit, int alg)
{
	uint8_t digest[MU_DIGEST_BYTES];
	char text[2 * sizeof(digest) + 1];

	mu_digest(passwd, (size_t)n, digest);
	memset(out, 0, crypto_pwhash_STRBYTES);
	snprintf(out, crypto_pwhash_STRBYTES, "$argon2id$v=19$m=65536,t=2,p=1$%s",
		 sodium_bin2hex(text, sizeof(text), digest, sizeof(digest)));
	return 0;
}

int crypto_pwhash_str_verify(const char str[crypto_pwhash_STRBYTES], const char *const passwd,
			     unsigned long long n)
{
	char text[crypto_pwhash_STRBYTES];

	HOLDS(crypto_pwhash_str_alg(text, passwd, n, 0, 0, 0) == 0);
	return strcmp(text, str) == 0 ? 0 : -1;
}

bool still_work(void)
{
	bool any = finish_works();

	for (size_t i = 0; i < DESKS_MOST; i++)
		any = desk_work(desks[i]) || any;
	return any;
}

void still_start(void)
{
	chance = (struct draw){ SEED_OF_WORLD };
	randombytes_set_implementation(&chance_implementation);
	HOLDS(mu_hash_start() == MU_OK);
	mu_json_start();
	mu_log_setup(MU_LOG_ERROR, MU_LOG_TEXT);
}

void still_again(void)
{
	chance = (struct draw){ SEED_OF_RUNS };
	passed_ms = 0;
}
