/* muster-loadgen: puts one kind of load on one server on loopback and prints one JSON object.
 *
 * One thread, pinned by whoever starts it. It exits with 0 only if the whole run went as it should. */
#include "jwt.h"
#include "mode.h"
#include "report.h"
#include "targets.h"
#include "util.h"

#include <string.h>

static const struct mode {
	const char *name;
	void (*run)(struct lg_pool *pool);
} modes[] = {
	{ "fanout", lg_mode_fanout }, { "memory", lg_mode_memory },
	{ "toggle", lg_mode_toggle }, { "connect", lg_mode_connect },
	{ "idle", lg_mode_idle },     { "assign", lg_mode_assign },
	{ "route", lg_mode_route },   { "storm", lg_mode_storm },
	{ "crowd", lg_mode_crowd },   { "slow", lg_mode_slow },
	{ "silent", lg_mode_silent }, { "assign-rate", lg_mode_assign_at_rate },
};

static const struct mode *mode_find(const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(modes[i].name, name) == 0)
			return &modes[i];
	}
	lg_die("no such mode: %s", name);
}

int main(int argc, char **argv)
{
	struct lg_options opt;
	struct lg_pool pool;

	lg_options_parse(&opt, argc, argv);
	const struct mode *mode = mode_find(opt.mode);
	const struct lg_target *target = lg_target_find(opt.target);
	if (!target)
		lg_die("no such target: %s", opt.target);
	lg_pool_init(&pool, &opt, target);
	if (pool.target->needs_tokens)
		pool.tokens = lg_jwt_tokens(&opt, opt.sessions);
	lg_report_open();
	lg_report_text("mode", mode->name);
	lg_report_text("target", pool.target->name);
	mode->run(&pool);
	lg_report_close();
	lg_pool_finish(&pool);
	lg_jwt_tokens_free(pool.tokens, opt.sessions);
	return 0;
}
