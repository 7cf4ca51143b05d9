/* Running a method as the operator. A hub that is running does it itself, asked through the socket in its
 * data directory; so what is changed is pushed at once. Without one, a hub without edges is made for this one
 * request.
 * Invariant: never two hubs on one data directory: whoever works on the store holds the lock.
 * Thread: main; the answer comes from the hub's thread. */
#include "cli.h"

#include "muster/hub/hub.h"
#include "muster/outbound/mailer.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- in a hub of its own ---- */

struct answer {
	pthread_mutex_t lock;
	pthread_cond_t came;
	bool done;
	struct mu_fault fault;
	char *body;
};

static void on_done(void *arg, const struct mu_fault *fault, const char *body)
{
	struct answer *answer = arg;

	pthread_mutex_lock(&answer->lock);
	answer->fault = *fault;
	answer->body = body ? strdup(body) : NULL;
	answer->done = true;
	pthread_cond_signal(&answer->came);
	pthread_mutex_unlock(&answer->lock);
}

static enum mu_err wait_for(struct answer *answer)
{
	pthread_mutex_lock(&answer->lock);
	while (!answer->done)
		pthread_cond_wait(&answer->came, &answer->lock);
	pthread_mutex_unlock(&answer->lock);
	return answer->fault.err;
}

static enum mu_err ask_hub(struct mu_hub *hub, const char *workspace, const char *method, json_t *params,
			   json_t **ret_result, struct mu_fault *ret_fault)
{
	struct answer answer = { .lock = PTHREAD_MUTEX_INITIALIZER, .came = PTHREAD_COND_INITIALIZER };
	enum mu_err err = mu_hub_start(hub);

	if (err) {
		json_decref(params);
		return err;
	}
	err = mu_hub_call(hub, workspace, method, params, on_done, &answer);
	if (!err)
		err = wait_for(&answer);
	if (err)
		*ret_fault = answer.fault;
	else if (!(*ret_result = json_loads(answer.body, JSON_REJECT_DUPLICATES, NULL)))
		err = mu_fail(ret_fault, MU_INTERNAL, "the result can't be read");
	free(answer.body);
	return err;
}

static enum mu_err operate_alone(const struct mu_config *config, const char *workspace, const char *method,
				 json_t *params, json_t **ret_result, struct mu_fault *ret_fault)
{
	AUTO_FREE char *url = cli_store(config);
	AUTO_FREE struct mu_metrics *metrics = calloc(1, sizeof(*metrics));
	struct mu_hub_setup setup = { .config = config, .metrics = metrics, .clock = &mu_clock_system };
	struct mu_mailer *mailer = NULL;
	struct mu_hub *hub = NULL;
	enum mu_err err = url && metrics ? MU_OK : MU_NO_MEMORY;

	if (!err) {
		mu_metrics_init(metrics);
		err = cli_mailer(config, metrics, &mailer, ret_fault);
	}
	if (mailer) {
		setup.mail = cli_mail;
		setup.mail_arg = mailer;
	}
	if (!err)
		err = mu_store_open(url, &setup.store, ret_fault);
	if (!err)
		err = mu_hub_create(&setup, &hub);
	if (err)
		json_decref(params);
	else
		err = ask_hub(hub, workspace, method, params, ret_result, ret_fault);
	mu_hub_destroy(hub);
	mu_mailer_destroy(mailer, config->smtp_timeout_ms);
	return err;
}

/* ---- through the socket ---- */

static int connect_socket(const char *data, struct mu_fault *fault)
{
	AUTO_FREE char *path = cli_path(data, "muster.sock");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (!path || strlen(path) >= sizeof(address.sun_path)) {
		mu_fail(fault, MU_UNAVAILABLE,
			"the path of the data directory is too long for the operator's socket; use a shorter "
			"one");
		return -1;
	}
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	mu_fail(fault, MU_UNAVAILABLE, "a hub holds the data directory %s but doesn't answer at %s: %s", data,
		path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static enum mu_err read_answer(FILE *stream, json_t **ret_result, struct mu_fault *ret_fault)
{
	AUTO_FREE char *line = NULL;
	size_t room = 0;
	ssize_t n = getline(&line, &room, stream);
	AUTO_JSON json_t *answer = n > 0 ? json_loadb(line, (size_t)n, JSON_REJECT_DUPLICATES, NULL) : NULL;
	json_t *result = json_object_get(answer, "result"), *error = json_object_get(answer, "error"),
	       *reason;
	const char *field;

	if (result) {
		*ret_result = json_incref(result);
		return MU_OK;
	}
	if (!error)
		return mu_fail(
			ret_fault, MU_UNAVAILABLE,
			"the hub went away before it answered; look whether it was done, and try again");
	json_object_foreach(json_object_get(json_object_get(error, "data"), "fields"), field, reason)
		mu_fail_field(ret_fault, field, "%s", json_string_value(reason));
	return mu_fail(ret_fault, MU_INTERNAL, "%s", mu_json_text(error, "message"));
}

static enum mu_err operate_remote(const struct mu_config *config, const char *workspace, const char *method,
				  json_t *params, json_t **ret_result, struct mu_fault *ret_fault)
{
	AUTO_JSON json_t *request =
		json_pack("{s:s, s:s?, s:o}", "method", method, "workspace", workspace, "params", params);
	AUTO_FREE char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	int fd = text ? connect_socket(config->data, ret_fault) : -1;
	FILE *stream = fd >= 0 ? fdopen(fd, "r+") : NULL;
	enum mu_err err = text ? MU_UNAVAILABLE : MU_NO_MEMORY;

	if (!stream) {
		if (fd >= 0)
			close(fd);
		return err;
	}
	if (fprintf(stream, "%s\n", text) > 0 && !fflush(stream))
		err = read_answer(stream, ret_result, ret_fault);
	fclose(stream);
	return err;
}

enum mu_err cli_operate(const struct mu_config *config, const char *workspace, const char *method,
			json_t *params, json_t **ret_result, struct mu_fault *ret_fault)
{
	struct mu_fault fault = { 0 };
	int lock = -1;
	enum mu_err err = MU_OK;

	if (strcmp(method, "workspace.create") != 0)
		err = cli_store_there(config, &fault);
	if (!err)
		err = cli_lock(config->data, &lock, &fault);
	if (err == MU_CONFLICT) {
		err = operate_remote(config, workspace, method, params, ret_result, ret_fault);
	} else if (err) {
		*ret_fault = fault;
		json_decref(params);
	} else {
		err = operate_alone(config, workspace, method, params, ret_result, ret_fault);
		close(lock);
	}
	if (err && !ret_fault->err)
		mu_fail(ret_fault, err, NULL); /* what fails outside of the method leaves no sentence */
	return err;
}
