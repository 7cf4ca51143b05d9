/* One GET of /metrics on a connection of its own, blocking: taken between measured stretches, never within.
 */
#include "scrape.h"
#include "util.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TEXT_BYTES = 256 * 1024 };

static int connect_to(uint32_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		lg_die("the metrics can't be reached");
	return fd;
}

static void read_all(int fd, char *text)
{
	static const char request[] = "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
	size_t len = 0;
	ssize_t got;

	if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) != (ssize_t)sizeof(request) - 1)
		lg_die("the metrics can't be asked for");
	while (len < TEXT_BYTES && (got = recv(fd, text + len, TEXT_BYTES - len, 0)) > 0)
		len += (size_t)got;
	text[len] = '\0';
}

static double value_of(const char *text, const char *name)
{
	char line[80];

	snprintf(line, sizeof(line), "\n%s ", name);
	const char *found = strstr(text, line);
	if (!found)
		lg_die("the server has no metric %s", name);
	return strtod(found + strlen(line), NULL);
}

struct lg_scrape lg_scrape(uint32_t port)
{
	char *text = lg_alloc(TEXT_BYTES + 1, 1);
	int fd = connect_to(port);

	read_all(fd, text);
	close(fd);
	struct lg_scrape scrape = { .commits = value_of(text, "muster_commits_total"),
				    .events = value_of(text, "muster_events_total"),
				    .commit_seconds = value_of(text, "muster_commit_seconds_sum"),
				    .left_out = value_of(text, "muster_frames_superseded_total") };
	free(text);
	return scrape;
}
