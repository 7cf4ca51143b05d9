/* The terminal, by termios and the few control sequences that every terminal of today knows (ECMA-48 and DEC
 * private modes).
 * Thread: main. */
#include "screen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ENTER "\033[?1049h\033[?25l" /* the other page, no cursor */
#define LEAVE "\033[0m\033[?25h\033[?1049l"

void screen_init(struct screen *screen)
{
	*screen = (struct screen){ .out = STDOUT_FILENO, .in = STDIN_FILENO };
	if (isatty(STDIN_FILENO))
		return;
	screen->in = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY);
	screen->own_in = screen->in >= 0;
}

void screen_finish(struct screen *screen)
{
	screen_leave(screen);
	if (screen->own_in)
		close(screen->in);
	screen->own_in = false;
	screen->in = -1;
}

static void take_keys(struct screen *screen)
{
	struct termios raw;

	if (screen->in < 0 || tcgetattr(screen->in, &screen->before))
		return;
	raw = screen->before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	screen->raw = tcsetattr(screen->in, TCSANOW, &raw) == 0;
}

void screen_enter(struct screen *screen)
{
	if (screen->shown)
		return;
	screen->shown = true;
	take_keys(screen);
	(void)screen_write(screen, ENTER, strlen(ENTER));
}

void screen_leave(struct screen *screen)
{
	if (!screen->shown)
		return;
	screen->shown = false;
	(void)screen_write(screen, LEAVE, strlen(LEAVE));
	if (screen->raw)
		tcsetattr(screen->in, TCSANOW, &screen->before);
	screen->raw = false;
}

void screen_size(const struct screen *screen, int *ret_width, int *ret_height)
{
	struct winsize size = { 0 };
	bool told = ioctl(screen->out, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row;

	*ret_width = told ? size.ws_col : 80;
	*ret_height = told ? size.ws_row : 24;
}

bool screen_write(const struct screen *screen, const char *bytes, size_t n)
{
	struct pollfd room = { .fd = screen->out, .events = POLLOUT };

	while (n > 0) {
		ssize_t written = write(screen->out, bytes, n);

		if (written >= 0) {
			bytes += written;
			n -= (size_t)written;
		} else if (errno == EAGAIN) {
			if (poll(&room, 1, -1) < 0 && errno != EINTR)
				return false;
		} else if (errno != EINTR) {
			return false;
		}
	}
	return true;
}
