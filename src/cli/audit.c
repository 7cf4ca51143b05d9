/* muster audit verify: walks the hash chain of the log, names the first row that was changed and what is
 * wrong with it, and prints where the log ends, to be noted elsewhere and given as --anchor another time.
 * Thread: main. It opens the store by itself, without a hub. */
#include "cli.h"

#include "muster/auth/token.h"
#include "muster/store/store.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct verify {
	struct mu_store *store;
	const char *only;               /* one workspace, or NULL: all */
	const struct mu_anchor *anchor; /* of that one, or NULL */
	unsigned checked, broken;
	enum mu_err err;
};

static void print_verdict(const char *workspace, const struct mu_verdict *verdict)
{
	AUTO_FREE char *end = NULL;

	if (verdict->bad_seq) {
		printf("%s: broken: event %lld %s\n", workspace, (long long)verdict->bad_seq, verdict->what);
		return;
	}
	const int64_t events = verdict->head.seq - verdict->head.first_seq + 1;
	printf("%s: the chain holds: %lld events", workspace, (long long)events);
	if (verdict->erased)
		printf(", %lld of them with their content erased", (long long)verdict->erased);
	if (!mu_base64url_encode(verdict->end.hash, MU_DIGEST_BYTES, &end))
		printf("; its end is %lld:%s", (long long)verdict->end.seq, end);
	putchar('\n');
}

/* "1200:hash" as it was printed. */
static bool read_anchor(const char *text, struct mu_anchor *ret_anchor)
{
	size_t n = 0;
	char *colon = NULL;

	ret_anchor->seq = strtoll(text, &colon, 10);
	return colon && colon != text && *colon == ':' &&
	       mu_base64url_decode(colon + 1, ret_anchor->hash, MU_DIGEST_BYTES, &n) && n == MU_DIGEST_BYTES;
}

static bool verify_one(void *arg, const char *workspace, int64_t seq)
{
	struct verify *verify = arg;
	struct mu_verdict verdict;

	if (verify->only && strcmp(verify->only, workspace))
		return true;
	verify->err = mu_store_verify(verify->store, workspace, verify->anchor, &verdict);
	if (verify->err)
		return false;
	verify->checked++;
	verify->broken += verdict.bad_seq != 0;
	print_verdict(workspace, &verdict);
	return true;
}

static int verify_all(const struct mu_config *config, const char *only, const char *anchor)
{
	AUTO_FREE char *url = cli_store(config);
	struct mu_anchor noted = { 0 };
	struct verify verify = { .only = only, .anchor = anchor ? &noted : NULL };
	struct mu_fault fault = { 0 };
	enum mu_err err;

	if (anchor && (!only || !read_anchor(anchor, &noted)))
		return cli_fail(CLI_USAGE,
				"audit verify: give --anchor as it was printed (NUMBER:HASH), and the "
				"--workspace that it is of");
	err = cli_store_there(config, &fault);
	if (!err)
		err = url ? mu_store_open(url, &verify.store, &fault) : MU_NO_MEMORY;
	if (!err)
		err = mu_store_list(verify.store, verify_one, &verify);
	if (!err)
		err = verify.err;
	if (err == MU_UNAVAILABLE && verify.store)
		fault = *mu_store_fault(verify.store);
	mu_store_close(verify.store);
	if (err == MU_GONE)
		return cli_fail(CLI_FAILED, "event %lld of %s was trimmed since: take a later anchor",
				(long long)noted.seq, only);
	if (err)
		return cli_fail(CLI_FAILED, "%s", fault.message[0] ? fault.message : mu_err_info(err)->text);
	if (only && !verify.checked)
		return cli_fail(CLI_FAILED, "there is no workspace %s", only);
	return verify.broken ? CLI_FAILED : CLI_OK;
}

const struct cli_option audit_options[] = {
	{ .name = "workspace", .param = "workspace", .help = "One workspace; left out: all" },
	{ .name = "anchor",
	  .param = "anchor",
	  .help = "The end that an earlier check printed: it must still be there" },
	{ .name = NULL },
};

int cmd_audit_verify(int argc, char **argv)
{
	AUTO_JSON json_t *params = json_object();
	struct mu_config config = { 0 };
	int code = cli_start();

	if (!code)
		code = cli_config(argc, argv, &config);
	if (!code)
		code = cli_options(argc, argv, audit_options, &config, params);
	if (!code)
		code = verify_all(&config, mu_json_text(params, "workspace"), mu_json_text(params, "anchor"));
	mu_config_finish(&config);
	return code;
}
