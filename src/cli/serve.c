/* muster serve: puts the rooms together, waits for signals, takes them apart again.
 * SIGTERM and SIGINT drain, a second one ends at once; SIGHUP reads the configuration and the console's files
 * again.
 * Thread: main; all signals are taken here. */
#include "cli.h"

#include "muster/api/api.h"
#include "muster/base/log.h"
#include "muster/edge/edge.h"
#include "muster/hub/hub.h"
#include "muster/outbound/mailer.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define EDGES_MAX 64

struct former;

struct server {
	struct mu_config config;
	struct mu_metrics metrics;
	struct mu_methods methods;
	struct mu_mailer *mailer; /* NULL: no mail is sent */
	struct mu_hub *hub;
	struct mu_edge_shared *shared;
	struct mu_edge *edges[EDGES_MAX];
	unsigned n_edges;
	struct former *reloaded; /* newest first */
	int lock, port;
	bool hurry; /* was told twice to stop */
	int argc;
	char **argv;
};

static int report(const struct mu_fault *fault)
{
	return cli_fail(CLI_FAILED, "%s", mu_fault_text(fault));
}

static void setup_log(const struct mu_config *config)
{
	enum mu_log_level level = MU_LOG_INFO;

	if (!mu_log_level_parse(config->log_level, &level))
		level = MU_LOG_INFO;
	mu_log_setup(level, strcmp(config->log_format, "json") ? MU_LOG_TEXT : MU_LOG_JSON);
}

/* Where the console is when nobody says: installed beside the program, or in the tree that it was built in.
 */
static int find_web(struct mu_config *config)
{
	static const char *const places[] = { "../share/muster/web", "../../web/dist" };
	char exe[PATH_MAX], path[PATH_MAX + 64];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (*config->web || n <= 0)
		return CLI_OK;
	exe[n] = '\0';
	const char *dir = dirname(exe);
	for (size_t i = 0; i < MU_COUNT(places); i++) {
		struct mu_fault fault = { 0 };
		snprintf(path, sizeof(path), "%s/%s", dir, places[i]);
		if (!access(path, R_OK))
			return mu_config_set(config, "web", path, &fault) ? report(&fault) : CLI_OK;
	}
	return CLI_OK;
}

/* Files beside those of connections: the store, logs, the listeners, connections that are turned away. */
#define OTHER_FILES 1024

/* A hub of many sessions needs many files. It asks for no more than it may use: libwebsockets keeps a table
 * as long as the limit for each edge, and Debian's build looks through all of it whenever a connection comes
 * or goes. */
static void set_file_limit(const struct mu_config *config)
{
	const rlim_t wanted = (rlim_t)config->max_connections + OTHER_FILES;
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files))
		return;
	files.rlim_cur = files.rlim_max < wanted ? files.rlim_max : wanted;
	setrlimit(RLIMIT_NOFILE, &files);
}

static void warn_of_few_files(const struct mu_config *config)
{
	struct rlimit files;

	if (!getrlimit(RLIMIT_NOFILE, &files) && (int64_t)files.rlim_cur < config->max_connections)
		mu_log(MU_LOG_WARN, "cli",
		       "the limit of open files is lower than max_connections; raise it and restart",
		       MU_KI("files", files.rlim_cur), MU_KI("max_connections", config->max_connections));
}

static bool is_ready(void *arg)
{
	struct server *server = arg;

	return mu_hub_ready(server->hub);
}

static void post(void *edge, struct mu_down *first, struct mu_down *last, size_t n)
{
	mu_edge_post(edge, first, last, n);
}

/* With port 0 the system chooses one: the configuration says which from then on, as links need it. */
static enum mu_err settle_listen(const struct server *server, struct mu_config *config,
				 struct mu_fault *fault)
{
	const char *colon = strrchr(config->listen, ':');
	char address[300];

	if (!colon || strcmp(colon, ":0") != 0)
		return MU_OK;
	snprintf(address, sizeof(address), "%.*s:%d", (int)(colon - config->listen), config->listen,
		 server->port);
	return mu_config_set(config, "listen", address, fault);
}

/* Further edges share the port that the first one got. */
static enum mu_err listen_once(struct server *server, int *ret_fd, struct mu_fault *fault)
{
	int port;

	if (server->n_edges)
		return mu_edge_listen(server->config.listen, false, ret_fd, &port, fault);
	enum mu_err err = mu_edge_listen(server->config.listen, true, ret_fd, &server->port, fault);
	return err ? err : settle_listen(server, &server->config, fault);
}

static enum mu_err add_edge(struct server *server, struct mu_fault *fault)
{
	struct mu_edge_setup setup = { .index = server->n_edges,
				       .metrics = &server->metrics,
				       .methods = &server->methods,
				       .hub = mu_hub_queue(server->hub),
				       .ready = is_ready,
				       .ready_arg = server,
				       .shared = server->shared,
				       .clock = &mu_clock_system };
	enum mu_err err = listen_once(server, &setup.listen_fd, fault);

	if (!err)
		err = mu_edge_create(&setup, &server->edges[server->n_edges]);
	if (err)
		return err;
	return mu_hub_attach(server->hub, post, server->edges[server->n_edges++]);
}

/* The store and, in a cluster, the node's seat in it. */
static enum mu_err open_store(const struct server *server, struct mu_store **ret_store,
			      struct mu_hub_seat *seat, struct mu_fault *fault)
{
	const struct mu_config *config = &server->config;
	AUTO_FREE char *url = cli_store(config);
	struct mu_store *store = NULL;
	enum mu_err err = url ? mu_store_open(url, &store, fault) : MU_NO_MEMORY;

	if (!err && mu_config_clustered(config)) {
		err = mu_bus_read_key(config->cluster_key_file, seat->key, fault);
		if (!err)
			err = mu_store_enter(store, config->node, &seat->epoch);
		if (err == MU_UNAVAILABLE && !fault->err)
			*fault = *mu_store_fault(store);
	}
	if (err)
		mu_store_close(store);
	else
		*ret_store = store;
	return err;
}

static enum mu_err start(struct server *server, struct mu_fault *fault)
{
	AUTO_FREE char *socket_path = cli_path(server->config.data, "muster.sock");
	struct mu_hub_seat seat = { 0 };
	struct mu_hub_setup setup = { .config = &server->config,
				      .metrics = &server->metrics,
				      .clock = &mu_clock_system };
	int64_t edges = server->config.edges ? server->config.edges : sysconf(_SC_NPROCESSORS_ONLN);
	enum mu_err err = socket_path ? cli_lock(server->config.data, &server->lock, fault) : MU_NO_MEMORY;

	if (!err)
		err = cli_node(&server->config, fault);
	if (!err)
		err = cli_mailer(&server->config, &server->metrics, &server->mailer, fault);
	if (server->mailer) {
		setup.mail = cli_mail;
		setup.mail_arg = server->mailer;
	}
	if (!err)
		err = open_store(server, &setup.store, &seat, fault);
	if (!err)
		err = mu_hub_create(&setup, &server->hub);
	if (!err && mu_config_clustered(&server->config))
		err = mu_hub_join(server->hub, &seat, fault);
	if (!err)
		err = mu_hub_control(server->hub, socket_path, fault);
	if (!err)
		err = mu_command_methods(&server->methods);
	server->shared = err ? NULL : mu_edge_shared_create(&server->config);
	if (!err && !server->shared)
		err = MU_NO_MEMORY;
	if (!err)
		err = cli_serve_reference(server->shared);
	for (int64_t i = 0; !err && i < edges && i < EDGES_MAX; i++)
		err = add_edge(server, fault);
	return err ? err : mu_hub_start(server->hub);
}

static void stop(struct server *server)
{
	if (server->hub)
		mu_hub_stop(server->hub);
	for (unsigned i = 0; i < server->n_edges; i++)
		mu_edge_destroy(server->edges[i]);
	mu_hub_destroy(server->hub);
	mu_mailer_destroy(server->mailer, server->hurry ? 0 : server->config.drain_ms);
	mu_edge_shared_destroy(server->shared);
	free((void *)server->methods.v);
	if (server->lock >= 0)
		close(server->lock);
}

/* Configurations that were in force stay in memory: threads may still look at them. */
struct former {
	struct former *next;
	struct mu_config config;
};

static enum mu_err read_again(struct server *server, struct former *next, struct mu_fault *fault)
{
	if (cli_config(server->argc, server->argv, &next->config) ||
	    cli_options(server->argc, server->argv, NULL, &next->config, NULL) || find_web(&next->config))
		return MU_INVALID_PARAMS;
	enum mu_err err = mu_config_check(&next->config, fault);
	if (!err)
		err = settle_listen(server, &next->config, fault);
	if (!err)
		err = cli_node(&next->config, fault);
	return err ? err : mu_edge_shared_reload(server->shared, &next->config, fault);
}

static void reload(struct server *server)
{
	struct former *next = calloc(1, sizeof(*next));
	struct mu_fault fault = { 0 };

	if (!next)
		return;
	if (read_again(server, next, &fault)) {
		mu_log(MU_LOG_ERROR, "cli", "reload: the configuration has an error; the old one stays",
		       MU_KS("why", mu_fault_text(&fault)));
		mu_config_finish(&next->config);
		free(next);
		return;
	}
	next->next = server->reloaded;
	server->reloaded = next;
	setup_log(&next->config);
	mu_hub_reload(server->hub, &next->config);
	mu_log(MU_LOG_INFO, "cli", "reload: the configuration and the console were read again");
	warn_of_few_files(&next->config);
}

static void free_reloaded(struct server *server)
{
	while (server->reloaded) {
		struct former *next = server->reloaded->next;
		mu_config_finish(&server->reloaded->config);
		free(server->reloaded);
		server->reloaded = next;
	}
}

/* Let clients go, in their own time but not for ever. */
static void drain(struct server *server, const sigset_t *signals)
{
	const struct timespec moment = { .tv_nsec = 20000000 };
	int64_t end_ms = mu_clock_mono_ms(&mu_clock_system) + server->config.drain_ms;

	mu_log(MU_LOG_INFO, "cli", "drain",
	       MU_KI("connections", mu_metrics_get(&server->metrics, MU_METRIC_CONNECTIONS)));
	mu_hub_drain(server->hub);
	while (mu_metrics_get(&server->metrics, MU_METRIC_CONNECTIONS) > 0 &&
	       mu_clock_mono_ms(&mu_clock_system) < end_ms) {
		int signal = sigtimedwait(signals, NULL, &moment);
		server->hurry = signal == SIGTERM || signal == SIGINT;
		if (server->hurry)
			return;
	}
}

static void wait_for_signals(struct server *server, const sigset_t *signals)
{
	for (;;) {
		int signal = sigwaitinfo(signals, NULL);
		if (signal == SIGHUP)
			reload(server);
		else if (signal > 0 || errno != EINTR)
			break;
	}
	drain(server, signals);
}

static void announce(const struct server *server)
{
	printf("muster is ready on http://%s\n", server->config.listen);
	fflush(stdout);
}

static int serve(struct server *server)
{
	struct mu_fault fault = { 0 };
	sigset_t signals;
	enum mu_err err;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	mu_metrics_init(&server->metrics);
	set_file_limit(&server->config);
	err = start(server, &fault);
	if (err) {
		fault.err = fault.err ? fault.err : err;
		stop(server);
		return report(&fault);
	}
	warn_of_few_files(&server->config);
	announce(server);
	wait_for_signals(server, &signals);
	stop(server);
	mu_log(MU_LOG_INFO, "cli", "stopped");
	return CLI_OK;
}

int cmd_serve(int argc, char **argv)
{
	struct server *server = calloc(1, sizeof(*server));
	struct mu_fault fault = { 0 };
	int code = server ? cli_start() : CLI_FAILED;

	if (code) {
		free(server);
		return code;
	}
	server->lock = -1;
	server->argc = argc;
	server->argv = argv;
	code = cli_config(argc, argv, &server->config);
	if (!code)
		code = cli_options(argc, argv, NULL, &server->config, NULL);
	if (!code && mu_config_check(&server->config, &fault))
		code = cli_fail(CLI_USAGE, "%s", mu_fault_text(&fault));
	if (!code)
		code = find_web(&server->config);
	if (!code) {
		setup_log(&server->config);
		code = serve(server);
	}
	free_reloaded(server);
	mu_config_finish(&server->config);
	free(server);
	return code;
}
