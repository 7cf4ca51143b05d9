/* The values in force: defaults, setting from text, copying and showing.
 * Invariant: after mu_config_init every text is non-NULL and every number within the limits of its option.
 * Thread: one owner; a config that is shared is read-only. */
#include "muster/base/config.h"

#include "muster/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define AMOUNT_TEXT 24  /* holds any number with its unit */
#define LONGEST_NAME 48 /* further characters make a name unknown in any case */

/* What a kind of number looks like. Units are tried in this order; a number is shown in the last that divides
 * it. */
static const struct kind {
	const char *what;
	struct {
		const char *suffix;
		int64_t factor;
	} units[8];
} kinds[] = {
	[MU_OPT_INT] = { "a whole number", { { "", 1 } } },
	[MU_OPT_BYTES] = { "a size such as 64k or 4M",
			   { { "", 1 },
			     { "K", 1 << 10 },
			     { "k", 1 << 10 },
			     { "m", 1 << 20 },
			     { "M", 1 << 20 },
			     { "g", 1 << 30 },
			     { "G", 1 << 30 } } },
	[MU_OPT_DURATION] = { "a duration such as 250ms, 15s or 5m",
			      { { "", 1 },
				{ "ms", 1 },
				{ "s", 1000 },
				{ "m", 60000 },
				{ "h", 3600000 },
				{ "d", 86400000 } } },
};

/* Where an option's value is. A const config has its values in the same place; only its owner writes through
 * this. */
static void *value_at(const struct mu_config *config, const struct mu_option *option)
{
	return (char *)config + option->offset;
}

static char **text_at(const struct mu_config *config, const struct mu_option *option)
{
	return value_at(config, option);
}

static int64_t *number_at(const struct mu_config *config, const struct mu_option *option)
{
	return value_at(config, option);
}

static bool parse_amount(const struct kind *kind, const char *text, int64_t *ret_amount)
{
	int64_t amount = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++) {
		if (__builtin_mul_overflow(amount, 10, &amount) ||
		    __builtin_add_overflow(amount, *at - '0', &amount))
			return false;
	}
	if (at == text)
		return false;
	for (size_t i = 0; i < MU_COUNT(kind->units) && kind->units[i].suffix; i++) {
		if (strcmp(at, kind->units[i].suffix) == 0)
			return !__builtin_mul_overflow(amount, kind->units[i].factor, ret_amount);
	}
	return false;
}

static void write_amount(const struct kind *kind, int64_t amount, char *out, size_t out_bytes)
{
	size_t best = 0;

	for (size_t i = 1; amount && i < MU_COUNT(kind->units) && kind->units[i].suffix; i++) {
		if (amount % kind->units[i].factor == 0)
			best = i;
	}
	snprintf(out, out_bytes, "%" PRId64 "%s", amount / kind->units[best].factor,
		 kind->units[best].suffix);
}

/* How many characters to insert, drop or replace to make one name of the other (Levenshtein's distance). */
static size_t distance(const char *a, const char *b)
{
	size_t row[LONGEST_NAME + 1];
	const size_t n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
			size_t shorter = row[j] < row[j - 1] ? row[j] : row[j - 1];

			diagonal = row[j];
			row[j] = shorter + 1 < replaced ? shorter + 1 : replaced;
		}
	}
	return row[n];
}

/* The option that somebody who wrote `name` most likely meant, or NULL: at most every third character may
 * differ. */
static const struct mu_option *closest(const char *name)
{
	const struct mu_option *best = NULL;
	size_t limit = strlen(name) / 3 + 1;

	for (unsigned i = 0; mu_config_option(i); i++) {
		size_t d = distance(mu_config_option(i)->name, name);

		if (d < limit) {
			limit = d;
			best = mu_config_option(i);
		}
	}
	return best;
}

static enum mu_err fail_unknown(const char *name, struct mu_fault *ret_fault)
{
	const struct mu_option *meant = strlen(name) <= LONGEST_NAME ? closest(name) : NULL;

	if (meant)
		return mu_fail(ret_fault, MU_NOT_FOUND, "there is no option \"%s\"; did you mean \"%s\"?",
			       name, meant->name);
	return mu_fail(ret_fault, MU_NOT_FOUND, "there is no option \"%.*s\"; see: muster config docs",
		       LONGEST_NAME, name);
}

static enum mu_err fail_amount(const struct mu_option *option, const char *value, struct mu_fault *ret_fault)
{
	const struct kind *kind = &kinds[option->kind];
	char min[AMOUNT_TEXT], max[AMOUNT_TEXT];

	write_amount(kind, option->min, min, sizeof(min));
	write_amount(kind, option->max, max, sizeof(max));
	return mu_fail(ret_fault, MU_INVALID_PARAMS, "%s must be %s from %s to %s, not \"%.32s\"",
		       option->name, kind->what, min, max, value);
}

static enum mu_err set_text(char **at, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return MU_NO_MEMORY;
	free(*at);
	*at = copy;
	return MU_OK;
}

enum mu_err mu_config_set(struct mu_config *config, const char *name, const char *value,
			  struct mu_fault *ret_fault)
{
	const struct mu_option *option = mu_config_find(name);
	int64_t amount;

	if (!option)
		return fail_unknown(name, ret_fault);
	if (option->kind == MU_OPT_TEXT) {
		if (set_text(text_at(config, option), value) != MU_OK)
			return mu_fail(ret_fault, MU_NO_MEMORY, "out of memory");
		return MU_OK;
	}
	if (!parse_amount(&kinds[option->kind], value, &amount) || amount < option->min ||
	    amount > option->max)
		return fail_amount(option, value, ret_fault);
	*number_at(config, option) = amount;
	return MU_OK;
}

enum mu_err mu_config_init(struct mu_config *config)
{
	*config = (struct mu_config){ 0 };
	for (unsigned i = 0; mu_config_option(i); i++) {
		const struct mu_option *option = mu_config_option(i);
		enum mu_err err = mu_config_set(config, option->name, option->initial, NULL);

		if (err != MU_OK) {
			mu_config_finish(config);
			return err;
		}
	}
	return MU_OK;
}

void mu_config_finish(struct mu_config *config)
{
	for (unsigned i = 0; mu_config_option(i); i++) {
		if (mu_config_option(i)->kind == MU_OPT_TEXT)
			free(*text_at(config, mu_config_option(i)));
	}
	*config = (struct mu_config){ 0 };
}

enum mu_err mu_config_copy(const struct mu_config *from, struct mu_config *ret_to)
{
	struct mu_config to = *from;
	bool failed = false;

	for (unsigned i = 0; mu_config_option(i); i++) {
		const struct mu_option *option = mu_config_option(i);

		if (option->kind != MU_OPT_TEXT)
			continue;
		/* Go on after a failure, so that no text of `from` stays in `to`. */
		*text_at(&to, option) = strdup(*text_at(from, option));
		failed = failed || !*text_at(&to, option);
	}
	if (failed) {
		mu_config_finish(&to);
		return MU_NO_MEMORY;
	}
	*ret_to = to;
	return MU_OK;
}

void mu_config_text(const struct mu_config *config, const struct mu_option *option, char *out,
		    size_t out_bytes)
{
	if (option->secret)
		snprintf(out, out_bytes, "%s", **text_at(config, option) ? "(hidden)" : "");
	else if (option->kind == MU_OPT_TEXT)
		snprintf(out, out_bytes, "%s", *text_at(config, option));
	else
		write_amount(&kinds[option->kind], *number_at(config, option), out, out_bytes);
}
