/* Calls of the system that fail: these stand before the C library's for the program and all its libraries.
 * Each fails in the ways that its callers have to tell apart: for good, for now, or by half. Left out are the
 * eventfds by which loops are woken, over which libuv ends the program, and the program's own standard
 * streams. Invariant: a call that fails has done nothing, and one that is done by half did that half. Thread:
 * any. */
/* Both names of a call are there, as libraries use the one or the other. */
#undef _FILE_OFFSET_BITS

#include "points.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <uv.h>

#define BY_HALF (-1)
#define AT_THE_END (-2)

/* The ways in which a call fails, ended by 0: an errno, or one of the above. */
static const int reads_of_sockets[] = { ECONNRESET, EAGAIN, EINTR, BY_HALF, AT_THE_END, 0 };
static const int writes_to_sockets[] = { EPIPE, ECONNRESET, EAGAIN, EINTR, BY_HALF, 0 };
static const int reads_of_files[] = { EIO, EINTR, BY_HALF, 0 };
static const int writes_to_files[] = { ENOSPC, EIO, EINTR, BY_HALF, 0 };
static const int syncs[] = { EIO, ENOSPC, 0 };
static const int opens[] = { EMFILE, EACCES, ENOENT, 0 };
static const int looks[] = { EIO, ENOMEM, 0 };
static const int accepts[] = { EMFILE, ENOBUFS, ECONNABORTED, EINTR, 0 };
static const int connects[] = { ECONNREFUSED, ENETUNREACH, 0 };
static const int makes[] = { EMFILE, ENOMEM, 0 };
static const int starts[] = { ENOMEM, 0 };
static const int options[] = { ENOBUFS, 0 };
static const int locks[] = { EAGAIN, ENOLCK, 0 };
static const int threads[] = { EAGAIN, 0 };
static const int watches[] = { ENOSPC, 0 };

static unsigned count_of(const int *ways)
{
	unsigned n = 0;

	while (ways[n])
		n++;
	return n;
}

/* How this call fails; 0: it doesn't. */
static int fails(const char *name, const int *ways)
{
	const unsigned way = ways ? points_fail(POINTS_IO, name, count_of(ways)) : 0;

	return way ? ways[way - 1] : 0;
}

/* Eventfds, pipes and the like have no type among files: sockets and files have. NULL: it never fails. */
static const int *ways_of(int fd, const int *of_sockets, const int *of_files)
{
	struct stat stat;

	if (fd <= STDERR_FILENO || fstat(fd, &stat))
		return NULL;
	if (S_ISSOCK(stat.st_mode))
		return of_sockets;
	return S_ISREG(stat.st_mode) ? of_files : NULL;
}

static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* A call of n bytes; what `half` is of its arguments when they are to be n / 2. */
#define MOVING(type, name, params, args, half, ways)                                                         \
	type name params;                                                                                    \
	type name params                                                                                     \
	{                                                                                                    \
		static type(*real) params;                                                                   \
		const int failure = fails(#name, ways);                                                      \
		if (!real)                                                                                   \
			real = (type(*) params)next(#name);                                                  \
		if (failure == BY_HALF)                                                                      \
			return real half;                                                                    \
		if (failure == AT_THE_END)                                                                   \
			return 0;                                                                            \
		if (!failure)                                                                                \
			return real args;                                                                    \
		errno = failure;                                                                             \
		return -1;                                                                                   \
	}

#define READS ways_of(fd, reads_of_sockets, reads_of_files)
#define WRITES ways_of(fd, writes_to_sockets, writes_to_files)
#define HALF (n > 1 ? n / 2 : n)

MOVING(ssize_t, read, (int fd, void *p, size_t n), (fd, p, n), (fd, p, HALF), READS)
MOVING(ssize_t, pread64, (int fd, void *p, size_t n, off64_t at), (fd, p, n, at), (fd, p, HALF, at), READS)
MOVING(ssize_t, recv, (int fd, void *p, size_t n, int flags), (fd, p, n, flags), (fd, p, HALF, flags), READS)
MOVING(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags),
       (fd, message, flags), READS)
MOVING(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n), (fd, p, HALF), WRITES)
MOVING(ssize_t, pwrite64, (int fd, const void *p, size_t n, off64_t at), (fd, p, n, at), (fd, p, HALF, at),
       WRITES)
MOVING(ssize_t, send, (int fd, const void *p, size_t n, int flags), (fd, p, n, flags), (fd, p, HALF, flags),
       WRITES)
/* The half of several pieces is the first one, unless there is one only. */
MOVING(ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n), (fd, v, HALF), WRITES)
MOVING(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags),
       (fd, message, flags), WRITES)

#define FAILING(type, name, params, args, ways) MOVING(type, name, params, args, args, ways)

FAILING(int, accept4, (int fd, struct sockaddr *from, socklen_t *n, int flags), (fd, from, n, flags), accepts)
FAILING(int, socket, (int domain, int type, int protocol), (domain, type, protocol), makes)
FAILING(int, connect, (int fd, const struct sockaddr *to, socklen_t n), (fd, to, n), connects)
FAILING(int, bind, (int fd, const struct sockaddr *to, socklen_t n), (fd, to, n), makes)
FAILING(int, listen, (int fd, int n), (fd, n), makes)
FAILING(int, getsockname, (int fd, struct sockaddr *name, socklen_t *n), (fd, name, n), options)
FAILING(int, getpeername, (int fd, struct sockaddr *name, socklen_t *n), (fd, name, n), options)
FAILING(int, setsockopt, (int fd, int level, int option, const void *value, socklen_t n),
	(fd, level, option, value, n), options)
FAILING(int, fsync, (int fd), (fd), syncs)
FAILING(int, fdatasync, (int fd), (fd), syncs)
FAILING(int, ftruncate64, (int fd, off64_t n), (fd, n), writes_to_files)

/* ---- of Muster's own code only, by the linker ---- */

int __real_pthread_create(pthread_t *ret_thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg);
int __wrap_pthread_create(pthread_t *ret_thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg);

int __wrap_pthread_create(pthread_t *ret_thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
	const int failure = fails("pthread_create", threads);

	return failure ? failure : __real_pthread_create(ret_thread, attr, run, arg);
}

/* What lies in a directory. */
int __real_openat(int directory, const char *name, int flags);
int __wrap_openat(int directory, const char *name, int flags);
int __real_fstatat(int directory, const char *name, struct stat *ret_stat, int flags);
int __wrap_fstatat(int directory, const char *name, struct stat *ret_stat, int flags);
DIR *__real_fdopendir(int fd);
DIR *__wrap_fdopendir(int fd);
struct dirent *__real_readdir(DIR *directory);
struct dirent *__wrap_readdir(DIR *directory);

static bool fails_to_look(const char *name, const int *ways)
{
	const int failure = fails(name, ways);

	if (failure)
		errno = failure;
	return failure;
}

int __wrap_openat(int directory, const char *name, int flags)
{
	return fails_to_look("openat", makes) ? -1 : __real_openat(directory, name, flags);
}

int __wrap_fstatat(int directory, const char *name, struct stat *ret_stat, int flags)
{
	return fails_to_look("fstatat", looks) ? -1 : __real_fstatat(directory, name, ret_stat, flags);
}

DIR *__wrap_fdopendir(int fd)
{
	return fails_to_look("fdopendir", looks) ? NULL : __real_fdopendir(fd);
}

struct dirent *__wrap_readdir(DIR *directory)
{
	return fails_to_look("readdir", looks) ? NULL : __real_readdir(directory);
}

/* A stream for reading, by the calls above: the C library's own don't come here. */
void *__real_malloc(size_t n);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen64(const char *path, const char *mode);

static ssize_t read_stream(void *cookie, char *p, size_t n)
{
	return read(*(int *)cookie, p, n);
}

static int close_stream(void *cookie)
{
	const int error = close(*(int *)cookie);

	free(cookie);
	return error;
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	const cookie_io_functions_t calls = { .read = read_stream, .close = close_stream };
	const int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return NULL;

	int *cookie = __real_malloc(sizeof(*cookie));

	*cookie = fd;
	return fopencookie(cookie, mode, calls);
}

FILE *__wrap_fopen64(const char *path, const char *mode)
{
	return __wrap_fopen(path, mode);
}

/* getline, as the C library's header has it. Its memory is the library's own, too. */
ssize_t __real___getdelim(char **line, size_t *room, int end, FILE *file);
ssize_t __wrap___getdelim(char **line, size_t *room, int end, FILE *file);

ssize_t __wrap___getdelim(char **line, size_t *room, int end, FILE *file)
{
	if (!points_fail(POINTS_MEMORY, "getline", 1))
		return __real___getdelim(line, room, end, file);
	errno = ENOMEM;
	return -1;
}

/* A library that can't start leaves files open or even crashes: its start fails as a whole. */
int __real_uv_loop_init(uv_loop_t *loop);
int __wrap_uv_loop_init(uv_loop_t *loop);
struct lws_context;
struct lws_context_creation_info;
struct lws_context *__real_lws_create_context(const struct lws_context_creation_info *info)
	__attribute__((weak));
struct lws_context *__wrap_lws_create_context(const struct lws_context_creation_info *info);

int __wrap_uv_loop_init(uv_loop_t *loop)
{
	if (fails("uv_loop_init", starts))
		return UV_EMFILE;

	const bool before = points_spare(true);
	const int error = __real_uv_loop_init(loop);

	points_spare(before);
	return error;
}

struct lws_context *__wrap_lws_create_context(const struct lws_context_creation_info *info)
{
	if (fails("lws_create_context", starts))
		return NULL;

	const bool before = points_spare(true);
	struct lws_context *context = __real_lws_create_context(info);

	points_spare(before);
	return context;
}

/* libuv ends the program over most of its own, and libwebsockets doesn't
 * look at what becomes of others. */
int __real_epoll_ctl(int fd, int what, int of, struct epoll_event *event);
int __wrap_epoll_ctl(int fd, int what, int of, struct epoll_event *event);

int __wrap_epoll_ctl(int fd, int what, int of, struct epoll_event *event)
{
	const int failure = fails("epoll_ctl", watches);

	if (!failure)
		return __real_epoll_ctl(fd, what, of, event);
	errno = failure;
	return -1;
}

/* ---- those of variable arguments ---- */

#define OPENING(name)                                                                                        \
	int name(const char *path, int flags, ...);                                                          \
	int name(const char *path, int flags, ...)                                                           \
	{                                                                                                    \
		static int (*real)(const char *, int, ...);                                                  \
		const int failure = fails(#name, opens);                                                     \
		mode_t mode = 0;                                                                             \
		va_list args;                                                                                \
		if (flags & O_CREAT) {                                                                       \
			va_start(args, flags);                                                               \
			mode = va_arg(args, mode_t);                                                         \
			va_end(args);                                                                        \
		}                                                                                            \
		if (!real)                                                                                   \
			real = (int (*)(const char *, int, ...))next(#name);                                 \
		if (!failure)                                                                                \
			return real(path, flags, mode);                                                      \
		errno = failure;                                                                             \
		return -1;                                                                                   \
	}

OPENING(open)
OPENING(open64)

/* Of all that fcntl does, only the taking of locks fails. */
static int fails_to_lock(const char *name, int what, const void *with)
{
	const struct flock *lock = with;

	return what == F_SETLK && lock->l_type != F_UNLCK ? fails(name, locks) : 0;
}

#define LOCKING(name)                                                                                        \
	int name(int fd, int what, ...);                                                                     \
	int name(int fd, int what, ...)                                                                      \
	{                                                                                                    \
		static int (*real)(int, int, ...);                                                           \
		va_list args;                                                                                \
		va_start(args, what);                                                                        \
		void *with = va_arg(args, void *);                                                           \
		va_end(args);                                                                                \
		const int failure = fails_to_lock(#name, what, with);                                        \
		if (!real)                                                                                   \
			real = (int (*)(int, int, ...))next(#name);                                          \
		if (!failure)                                                                                \
			return real(fd, what, with);                                                         \
		errno = failure;                                                                             \
		return -1;                                                                                   \
	}

LOCKING(fcntl)
LOCKING(fcntl64)
