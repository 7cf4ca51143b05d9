/* The tables of errors and close codes.
 * Invariant: the index of a row is the value of its enum.
 * Thread: any; everything here is constant. */
#include "muster/base/err.h"

#include <stddef.h>

static const struct mu_err_info ok_info = { 0, "ok", 200, false, "OK" };

static const struct mu_err_info fenced_info = { 1053, "unavailable", 503, true,
						"This node may not write any more; try again" };

/* The slot of MU_OK stays empty: it is not an error and has a row of its own. */
static const struct mu_err_info errors[MU_ERR_COUNT] = {
#define X(name, code, kind, http, temporary, text)                                                           \
	[MU_##name] = { (code), (kind), (http), (temporary), (text) },
	MU_ERRORS(X)
#undef X
};

static const struct mu_close_info closes[] = {
#define X(name, code, kind, retry, text) { MU_CLOSE_##name, (kind), (retry), (text) },
	MU_CLOSES(X)
#undef X
};

#define N_CLOSES (sizeof(closes) / sizeof(closes[0]))

const struct mu_err_info *mu_err_info(enum mu_err err)
{
	if (err == MU_OK)
		return &ok_info;
	if (err == MU_NO_MEMORY)
		return &errors[MU_UNAVAILABLE];
	if (err == MU_FENCED)
		return &fenced_info;
	if ((unsigned)err >= MU_ERR_COUNT)
		return &errors[MU_INTERNAL];
	return &errors[err];
}

const struct mu_close_info *mu_close_info(int code)
{
	for (size_t i = 0; i < N_CLOSES; i++) {
		if ((int)closes[i].code == code)
			return &closes[i];
	}
	return NULL;
}

const struct mu_close_info *mu_close_row(unsigned i)
{
	return i < N_CLOSES ? &closes[i] : NULL;
}
