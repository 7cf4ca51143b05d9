/* Options from a file and from the environment. The file is read here and not by a library because the format
 * is one `name = value` a line, of any length, and every deviation must be an error with its line number.
 * Invariant: nothing that was written is ignored: an unknown name, a name given twice and a line that is no
 * assignment are errors.
 * Thread: the config's owner. */
#include "muster/base/config.h"

#include "muster/base/mem.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PREFIX "MUSTER_"
#define SHOWN_PATH 60 /* bytes of a path in a sentence */
#define LONGEST_NAME 64

struct reading {
	struct mu_config *config;
	const char *path;
	struct mu_fault *fault;
	unsigned line;
	bool seen[sizeof(struct mu_config) / sizeof(int64_t)]; /* which options were given; one member each */
};

/* Without leading directories, as far as needed to leave room for the sentence. */
static const char *short_path(const char *path)
{
	const char *slash;

	while (strlen(path) > SHOWN_PATH && (slash = strchr(path + 1, '/')))
		path = slash + 1;
	return path;
}

__attribute__((format(printf, 3, 4))) static enum mu_err fail_at(const struct reading *reading,
								 enum mu_err err, const char *format, ...)
{
	char sentence[sizeof(reading->fault->message)];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	return mu_fail(reading->fault, err, "%.*s:%u: %s", SHOWN_PATH, short_path(reading->path),
		       reading->line, sentence);
}

/* Cut what surrounds a text and is white. */
static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (isspace((unsigned char)*text))
		text++;
	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	return text;
}

/* A comment starts with # or ; at the beginning of the line or after white space. */
static void cut_comment(char *line)
{
	for (char *at = line; *at; at++) {
		if ((*at == '#' || *at == ';') && (at == line || isspace((unsigned char)at[-1]))) {
			*at = '\0';
			return;
		}
	}
}

static enum mu_err note_seen(struct reading *reading, const char *name)
{
	for (unsigned i = 0; mu_config_option(i); i++) {
		if (mu_config_option(i) != mu_config_find(name))
			continue;
		if (reading->seen[i])
			return fail_at(reading, MU_INVALID_PARAMS, "%s was given before",
				       mu_config_option(i)->name);
		reading->seen[i] = true;
	}
	return MU_OK;
}

static enum mu_err read_assignment(struct reading *reading, char *line)
{
	struct mu_fault fault = { 0 };
	char *equals = strchr(line, '=');
	enum mu_err err;

	if (!equals)
		return fail_at(reading, MU_INVALID_PARAMS, "a line must be name = value; \"%.40s\" is not",
			       line);
	*equals = '\0';

	const char *name = trim(line);
	const char *value = trim(equals + 1);
	if (*value == '"' || *value == '\'')
		return fail_at(reading, MU_INVALID_PARAMS, "a value stands without quotes");
	err = note_seen(reading, name);
	if (err != MU_OK)
		return err;
	err = mu_config_set(reading->config, name, value, &fault);
	return err == MU_OK ? MU_OK : fail_at(reading, err, "%s", fault.message);
}

static enum mu_err read_line(struct reading *reading, char *line, size_t n)
{
	if (strlen(line) != n)
		return fail_at(reading, MU_INVALID_PARAMS, "this is not a text file");
	cut_comment(line);
	line = trim(line);
	return *line ? read_assignment(reading, line) : MU_OK;
}

static enum mu_err read_lines(struct reading *reading, FILE *file)
{
	AUTO_FREE char *line = NULL;
	size_t room = 0;
	ssize_t n;

	while ((n = getline(&line, &room, file)) >= 0) {
		enum mu_err err;

		reading->line++;
		err = read_line(reading, line, (size_t)n);
		if (err != MU_OK)
			return err;
	}
	if (!feof(file)) /* without memory there is no ferror */
		return mu_fail(reading->fault, MU_UNAVAILABLE, "%.*s: %m", SHOWN_PATH,
			       short_path(reading->path));
	return MU_OK;
}

enum mu_err mu_config_load(struct mu_config *config, const char *path, struct mu_fault *ret_fault)
{
	struct reading reading = { .config = config, .path = path, .fault = ret_fault };
	FILE *file = fopen(path, "re");
	enum mu_err err;

	if (!file)
		return mu_fail(ret_fault, MU_NOT_FOUND, "%.*s: %m", SHOWN_PATH, short_path(path));
	err = read_lines(&reading, file);
	fclose(file);
	return err;
}

/* One variable, "MUSTER_LISTEN=127.0.0.1:8080". */
static enum mu_err read_variable(struct mu_config *config, const char *variable, struct mu_fault *ret_fault)
{
	char name[LONGEST_NAME] = "";
	struct mu_fault fault = { 0 };
	const char *equals = strchrnul(variable, '=');
	const char *at = variable + strlen(PREFIX);
	enum mu_err err;

	for (size_t i = 0; i < sizeof(name) - 1 && at < equals; i++, at++)
		name[i] = (char)tolower((unsigned char)*at);
	err = mu_config_set(config, name, *equals ? equals + 1 : "", &fault);
	if (err == MU_OK)
		return MU_OK;
	return mu_fail(ret_fault, err, "%.*s: %s", (int)(equals - variable), variable, fault.message);
}

enum mu_err mu_config_env(struct mu_config *config, char *const *environment, struct mu_fault *ret_fault)
{
	for (; *environment; environment++) {
		enum mu_err err;

		if (strncmp(*environment, PREFIX, strlen(PREFIX)) != 0)
			continue;
		err = read_variable(config, *environment, ret_fault);
		if (err != MU_OK)
			return err;
	}
	return MU_OK;
}
