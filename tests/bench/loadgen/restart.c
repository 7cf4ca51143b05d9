/* A new server in place of the old one. It is a child of the generator, on the core that its line says. */
#include "restart.h"
#include "util.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* A large process takes a while to go, and holds its port until then; whoever looks after servers starts the
 * next one when it is gone. It is no child of ours. */
static void end_at_once(pid_t server)
{
	const int fd = pidfd_open(server, 0);
	struct pollfd gone = { .fd = fd, .events = POLLIN };

	if (fd < 0 || kill(server, SIGKILL) != 0)
		lg_die("the server can't be killed: %s", strerror(errno));
	while (poll(&gone, 1, -1) < 0 && errno == EINTR)
		;
	close(fd);
}

pid_t lg_restart(const struct lg_options *opt)
{
	char *const argv[] = { (char *)"sh", (char *)"-c", (char *)opt->restart, NULL };
	posix_spawn_file_actions_t files;
	pid_t server;

	end_at_once((pid_t)opt->server_pid);
	posix_spawn_file_actions_init(&files);
	/* Standard output is for the result alone. */
	posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
	const int err = posix_spawn(&server, "/bin/sh", &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	if (err)
		lg_die("the server can't be started again: %s", strerror(err));
	return server;
}

void lg_restart_end(pid_t server)
{
	kill(server, SIGTERM);
	while (waitpid(server, NULL, 0) < 0 && errno == EINTR)
		;
}
