/* Who this node is among the others: its name, and the key that they share.
 * Thread: main. */
#include "cli.h"

#include "muster/auth/identity.h"
#include "muster/base/hash.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ALONE "n1"

/* MU_NOT_FOUND: none was kept. */
static enum mu_err read_name(const char *path, char name[static MU_ID_MAX + 1], struct mu_fault *ret_fault)
{
	FILE *file = fopen(path, "re");
	char line[MU_ID_MAX + 3] = "";

	if (!file && errno == ENOENT)
		return MU_NOT_FOUND;
	if (!file)
		return mu_fail(ret_fault, MU_UNAVAILABLE, "can't read %s: %s", path, strerror(errno));
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	if (!mu_id_valid(line))
		return mu_fail(ret_fault, MU_INVALID_PARAMS,
			       "%s holds no name of a node: delete it, or give one by node", path);
	strcpy(name, line);
	return MU_OK;
}

static enum mu_err make_name(const char *path, char name[static MU_ID_MAX + 1], struct mu_fault *ret_fault)
{
	FILE *file = fopen(path, "wxe");
	bool good;

	if (file) {
		mu_id_random("n-", name);
		good = fprintf(file, "%s\n", name) > 0;
		if (!fclose(file) && good)
			return MU_OK;
	}
	return mu_fail(ret_fault, MU_UNAVAILABLE, "can't write %s: %s", path, strerror(errno));
}

enum mu_err cli_node(struct mu_config *config, struct mu_fault *ret_fault)
{
	AUTO_FREE char *path = cli_path(config->data, "node");
	char name[MU_ID_MAX + 1] = ALONE;
	enum mu_err err = MU_OK;

	if (*config->node)
		return MU_OK;
	if (!path)
		return MU_NO_MEMORY;
	if (mu_config_clustered(config))
		err = read_name(path, name, ret_fault);
	if (err == MU_NOT_FOUND)
		err = make_name(path, name, ret_fault);
	return err ? err : mu_config_set(config, "node", name, ret_fault);
}
