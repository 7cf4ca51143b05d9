/* muster audit verify: walks the hash chain of the log and names the first row that was changed.
 * Thread: main. It opens the store by itself, without a hub. */
#include "cli.h"

#include "muster/store/store.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct verify {
	struct mu_store *store;
	const char *only; /* one workspace, or NULL: all */
	unsigned checked, broken;
	enum mu_err err;
};

static bool verify_one(void *arg, const char *workspace)
{
	struct verify *verify = arg;
	int64_t bad_seq = 0;

	if (verify->only && strcmp(verify->only, workspace))
		return true;
	verify->err = mu_store_verify(verify->store, workspace, &bad_seq);
	if (verify->err)
		return false;
	verify->checked++;
	if (bad_seq) {
		verify->broken++;
		printf("%s: broken at event %lld: it, or something before it, was changed\n", workspace,
		       (long long)bad_seq);
	} else {
		printf("%s: the chain holds\n", workspace);
	}
	return true;
}

static int verify_all(const struct mu_config *config, const char *only)
{
	AUTO_FREE char *url = cli_store(config);
	struct verify verify = { .only = only };
	struct mu_fault fault = { 0 };
	enum mu_err err = url ? mu_store_open(url, &verify.store, &fault) : MU_NO_MEMORY;

	if (!err)
		err = mu_store_list(verify.store, verify_one, &verify);
	if (!err)
		err = verify.err;
	mu_store_close(verify.store);
	if (err)
		return cli_fail(CLI_FAILED, "%s", fault.message[0] ? fault.message : mu_err_info(err)->text);
	if (only && !verify.checked)
		return cli_fail(CLI_FAILED, "there is no workspace %s", only);
	return verify.broken ? CLI_FAILED : CLI_OK;
}

const struct cli_option audit_options[] = {
	{ .name = "workspace", .param = "workspace", .help = "One workspace; left out: all" },
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
		code = verify_all(&config, mu_json_text(params, "workspace"));
	mu_config_finish(&config);
	return code;
}
