/* muster reference: the documents that tools read, printed, and served by the hub; and what /metrics tells.
 * Thread: main. */
#include "cli.h"

#include "muster/api/reference.h"
#include "muster/base/metrics.h"
#include "muster/edge/edge.h"

#include <string.h>

static bool is_document(const char *name)
{
	const char *each;

	for (unsigned i = 0; (each = mu_reference_name(i)); i++)
		if (!strcmp(each, name))
			return true;
	return false;
}

static char *make(const char *name)
{
	AUTO_BUF struct mu_buf text = { 0 };

	if (strcmp(name, "metrics"))
		return mu_reference(name);
	mu_metrics_describe(&text);
	return mu_buf_take(&text);
}

int cmd_reference(int argc, char **argv)
{
	AUTO_FREE char *text = NULL;
	int code = cli_start();

	if (code)
		return code;
	if (argc != 2 || (!is_document(argv[1]) && strcmp(argv[1], "metrics")))
		return cli_fail(CLI_USAGE, "reference: give openapi, asyncapi or metrics");
	text = make(argv[1]);
	if (!text)
		return cli_fail(CLI_FAILED, "out of memory");
	puts(text);
	return CLI_OK;
}

enum mu_err cli_serve_reference(struct mu_edge_shared *shared)
{
	enum mu_err err = MU_OK;
	const char *name;

	for (unsigned i = 0; !err && (name = mu_reference_name(i)); i++) {
		AUTO_FREE char *text = mu_reference(name);
		char path[32];

		snprintf(path, sizeof(path), "/%s.json", name);
		err = text ? mu_edge_shared_serve(shared, path, text) : MU_NO_MEMORY;
	}
	return err;
}
