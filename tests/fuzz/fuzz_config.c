/* A configuration: a file, and behind a line that is only "=" an environment, a variable a line. What is
 * taken reads back the same from the text that shows it; what is refused has a reason; and what passes the
 * check can be worked with by those whose forms it checks. */
#include "fuzz.h"

#include "bus/place.h"
#include "edge/address.h"
#include "muster/base/config.h"
#include "muster/base/mem.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define VARIABLES_MOST 16

static void write_file(int fd, const char *text, size_t n)
{
	HOLDS(ftruncate(fd, 0) == 0 && pwrite(fd, text, n, 0) == (ssize_t)n);
}

/* The file that is read again and again is none on a disk. */
static enum mu_err load(struct mu_config *config, const char *text, size_t n, struct mu_fault *fault)
{
	static int fd = -1;
	char path[32];

	if (fd < 0)
		fd = memfd_create("config", 0);
	HOLDS(fd >= 0);
	write_file(fd, text, n);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return mu_config_load(config, path, fault);
}

static enum mu_err load_variables(struct mu_config *config, char *text, struct mu_fault *fault)
{
	char *variables[VARIABLES_MOST + 1] = { NULL };
	size_t n = 0;

	while (text && n < VARIABLES_MOST)
		variables[n++] = strsep(&text, "\n");
	return mu_config_env(config, variables, fault);
}

/* An option that the file names; a secret isn't shown. */
static void check_option(struct mu_config *config, const struct mu_option *option)
{
	struct mu_fault fault = { 0 };
	char text[512], same[512];

	mu_config_text(config, option, text, sizeof(text));
	if (strlen(text) == sizeof(text) - 1)
		return;
	HOLDS(mu_config_set(config, option->name, text, &fault) == MU_OK);
	mu_config_text(config, option, same, sizeof(same));
	HOLDS(!strcmp(text, same));
}

static void check_shown(struct mu_config *config, const char *file)
{
	const struct mu_option *option;

	for (unsigned i = 0; (option = mu_config_option(i)); i++)
		if (!option->secret && strstr(file, option->name))
			check_option(config, option);
}

static void check_forms(const struct mu_config *config)
{
	struct mu_networks networks = { 0 };
	struct mu_fault fault = { 0 };
	struct places places;

	HOLDS(mu_networks_parse(config->trusted_proxies, &networks, &fault) == MU_OK);
	mu_networks_finish(&networks);
	if (mu_config_clustered(config) && places_parse(config->bus, &places, &fault) == MU_OK)
		HOLDS(places.n >= 1 && places.n <= SERVERS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *text = strndup((const char *)data, size);
	struct mu_config config;
	struct mu_fault fault = { 0 };
	char *variables = strstr(text, "\n=\n");
	const size_t n = variables ? (size_t)(variables - text) : size;
	enum mu_err err;

	HOLDS(mu_config_init(&config) == MU_OK);
	err = load(&config, (const char *)data, n, &fault);
	if (!err && variables)
		err = load_variables(&config, variables + 3, &fault);
	HOLDS(err == fault.err && (!err || *mu_fault_text(&fault)));
	if (!err)
		check_shown(&config, text);
	if (!err) {
		err = mu_config_check(&config, &fault);
		HOLDS(err == fault.err && (!err || *mu_fault_text(&fault)));
	}
	if (!err)
		check_forms(&config);
	mu_config_finish(&config);
	return 0;
}
