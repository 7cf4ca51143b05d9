/* The mailer of a hub, made from the configuration.
 * Thread: main. */
#include "cli.h"

#include "muster/outbound/mailer.h"

#include <errno.h>
#include <string.h>

/* The first line of the file. The caller wipes and frees it. */
static enum mu_err read_password(const char *path, char **ret_password, struct mu_fault *ret_fault)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;

	if (!file)
		return mu_fail(ret_fault, MU_UNAVAILABLE, "can't open smtp_password_file %s: %s", path,
			       strerror(errno));
	const ssize_t n = getline(&line, &room, file);
	fclose(file);
	if (n < 0) {
		free(line);
		return mu_fail(ret_fault, MU_UNAVAILABLE, "smtp_password_file %s has no line to read", path);
	}
	line[strcspn(line, "\r\n")] = '\0';
	*ret_password = line;
	return MU_OK;
}

static enum mu_smtp_tls tls_of(const struct mu_config *config)
{
	if (!strcmp(config->smtp_tls, "off"))
		return MU_SMTP_TLS_OFF;
	return strcmp(config->smtp_tls, "required") ? MU_SMTP_TLS_OPPORTUNISTIC : MU_SMTP_TLS_REQUIRED;
}

static enum mu_err make(const struct mu_config *config, const char *password, struct mu_metrics *metrics,
			struct mu_mailer **ret_mailer)
{
	const struct mu_mailer_setup setup = { .url = config->smtp_url,
					       .tls = tls_of(config),
					       .ca_file = config->smtp_ca_file,
					       .user = config->smtp_user,
					       .password = password,
					       .from = config->smtp_from,
					       .timeout_ms = config->smtp_timeout_ms,
					       .retry_ms = config->smtp_retry_ms,
					       .metrics = metrics };

	return mu_mailer_create(&setup, ret_mailer);
}

enum mu_err cli_mailer(const struct mu_config *config, struct mu_metrics *metrics,
		       struct mu_mailer **ret_mailer, struct mu_fault *ret_fault)
{
	char *read = NULL;
	enum mu_err err = MU_OK;

	if (!*config->smtp_url)
		return MU_OK;
	if (!*config->smtp_password && *config->smtp_password_file)
		err = read_password(config->smtp_password_file, &read, ret_fault);
	if (!err)
		err = make(config, read ? read : config->smtp_password, metrics, ret_mailer);
	if (read)
		explicit_bzero(read, strlen(read));
	free(read);
	return err;
}

enum mu_err cli_mail(void *mailer, const char *to, const char *subject, const char *text)
{
	return mu_mailer_send(mailer, to, subject, text);
}
