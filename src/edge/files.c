/* Reading the web directory into memory.
 * Invariant: only regular files that are reached without following a link get in, and all that this program
 * may read; the array is sorted by path.
 * Thread: one while loading; then read-only. */
#include "files.h"

#include "muster/base/hash.h"
#include "muster/base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_DEPTH 8
#define MAX_FILE_BYTES ((off_t)16 << 20)
#define MAX_ALL_BYTES ((size_t)64 << 20)
#define MAX_PATH_BYTES 512

static const struct {
	const char *ending, *type;
} types[] = {
	{ ".html", "text/html; charset=utf-8" },
	{ ".js", "text/javascript; charset=utf-8" },
	{ ".mjs", "text/javascript; charset=utf-8" },
	{ ".css", "text/css; charset=utf-8" },
	{ ".json", "application/json" },
	{ ".map", "application/json" },
	{ ".webmanifest", "application/manifest+json" },
	{ ".svg", "image/svg+xml" },
	{ ".png", "image/png" },
	{ ".jpg", "image/jpeg" },
	{ ".webp", "image/webp" },
	{ ".ico", "image/x-icon" },
	{ ".woff2", "font/woff2" },
	{ ".txt", "text/plain; charset=utf-8" },
	{ ".d.ts", "text/plain; charset=utf-8" },
	{ ".ts", "text/plain; charset=utf-8" },
	{ ".mp3", "audio/mpeg" },
	{ ".wav", "audio/wav" },
	{ ".ogg", "audio/ogg" },
	{ ".wasm", "application/wasm" },
};

static const char *type_of(const char *path)
{
	size_t n = strlen(path);

	for (size_t i = 0; i < MU_COUNT(types); i++) {
		size_t ending = strlen(types[i].ending);

		if (n > ending && strcasecmp(path + n - ending, types[i].ending) == 0)
			return types[i].type;
	}
	return "application/octet-stream";
}

static enum mu_err out_of_memory(struct mu_fault *ret_fault)
{
	return mu_fail(ret_fault, MU_NO_MEMORY, "Memory is out");
}

static enum mu_err unreadable(struct mu_fault *ret_fault, const char *path, const char *why)
{
	return mu_fail(ret_fault, MU_UNAVAILABLE, "%s in the web directory can't be read: %s",
		       *path ? path : "/", why);
}

/* Whether what can't be opened is no file of the site: it is gone by now, became a link, or isn't for this
 * program. Anything else is a failure of the machine. */
static bool is_left_out(int error)
{
	return error == ENOENT || error == ELOOP || error == ENOTDIR || error == EACCES || error == ENXIO;
}

static enum mu_err read_frame(int fd, size_t bytes, const char *path, struct mu_frame **ret_frame,
			      struct mu_fault *ret_fault)
{
	struct mu_frame *frame = mu_frame_create(bytes);
	size_t got = 0;

	if (!frame)
		return out_of_memory(ret_fault);
	while (got < bytes) {
		ssize_t n = read(fd, frame->data + got, bytes - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			mu_frame_unref(frame);
			return unreadable(ret_fault, path, n ? strerror(errno) : "it shrank meanwhile");
		}
		got += (size_t)n;
	}
	*ret_frame = frame;
	return MU_OK;
}

static bool room_for_file(struct mu_files *files)
{
	size_t cap = files->cap ? files->cap * 2 : 16;
	struct mu_file *v;

	if (files->n < files->cap)
		return true;
	v = realloc(files->v, cap * sizeof(*v));
	if (!v)
		return false;
	files->v = v;
	files->cap = cap;
	return true;
}

static void make_etag(struct mu_file *file)
{
	uint8_t digest[MU_DIGEST_BYTES];

	mu_digest(file->frame->data, file->frame->n, digest);
	snprintf(file->etag, sizeof(file->etag), "\"%02x%02x%02x%02x%02x%02x%02x%02x\"", digest[0], digest[1],
		 digest[2], digest[3], digest[4], digest[5], digest[6], digest[7]);
}

/* The file that is open as fd; path is its name in a URL. */
static enum mu_err take_file(struct mu_files *files, int fd, const char *path, struct mu_fault *ret_fault)
{
	struct mu_file file = { .type = type_of(path), .immutable = strncmp(path, "/assets/", 8) == 0 };
	struct stat status;
	enum mu_err err;

	if (fstat(fd, &status) < 0)
		return unreadable(ret_fault, path, strerror(errno));
	if (!S_ISREG(status.st_mode) || status.st_size > MAX_FILE_BYTES ||
	    files->bytes + (size_t)status.st_size > MAX_ALL_BYTES)
		return MU_OK;
	if (!room_for_file(files))
		return out_of_memory(ret_fault);
	file.path = strdup(path);
	if (!file.path)
		return out_of_memory(ret_fault);
	err = read_frame(fd, (size_t)status.st_size, path, &file.frame, ret_fault);
	if (err) {
		free(file.path);
		return err;
	}
	make_etag(&file);
	files->bytes += file.frame->n;
	files->v[files->n++] = file;
	return MU_OK;
}

static enum mu_err add_file(struct mu_files *files, int directory, const char *name, const char *path,
			    struct mu_fault *ret_fault)
{
	const int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return is_left_out(errno) ? MU_OK : unreadable(ret_fault, path, strerror(errno));

	const enum mu_err err = take_file(files, fd, path, ret_fault);

	close(fd);
	return err;
}

static enum mu_err add_directory(struct mu_files *files, int fd, const char *prefix, unsigned depth,
				 struct mu_fault *ret_fault);

static enum mu_err add_entry(struct mu_files *files, int directory, const char *name, const char *prefix,
			     unsigned depth, struct mu_fault *ret_fault)
{
	char path[MAX_PATH_BYTES];
	struct stat status;
	int fd;

	if (*name == '.' || snprintf(path, sizeof(path), "%s/%s", prefix, name) >= (int)sizeof(path))
		return MU_OK;
	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return is_left_out(errno) ? MU_OK : unreadable(ret_fault, path, strerror(errno));
	if (S_ISREG(status.st_mode))
		return add_file(files, directory, name, path, ret_fault);
	if (!S_ISDIR(status.st_mode) || depth == MAX_DEPTH)
		return MU_OK;
	fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return is_left_out(errno) ? MU_OK : unreadable(ret_fault, path, strerror(errno));
	return add_directory(files, fd, path, depth + 1, ret_fault);
}

/* Takes fd over. */
static enum mu_err add_directory(struct mu_files *files, int fd, const char *prefix, unsigned depth,
				 struct mu_fault *ret_fault)
{
	DIR *directory = fdopendir(fd);
	enum mu_err err = MU_OK;
	struct dirent *entry;

	if (!directory) {
		err = unreadable(ret_fault, prefix, strerror(errno));
		close(fd);
		return err;
	}
	while (!err) {
		errno = 0; /* the end leaves it so */
		entry = readdir(directory);
		if (!entry)
			break;
		err = add_entry(files, fd, entry->d_name, prefix, depth, ret_fault);
	}
	if (!err && errno)
		err = unreadable(ret_fault, prefix, strerror(errno));
	closedir(directory);
	return err;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct mu_file *)a)->path, ((const struct mu_file *)b)->path);
}

enum mu_err mu_files_load(const char *directory, struct mu_files *ret_files, struct mu_fault *ret_fault)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct mu_files files = { 0 };
	enum mu_err err;

	if (fd < 0)
		return mu_fail(ret_fault, is_left_out(errno) ? MU_NOT_FOUND : MU_UNAVAILABLE,
			       "The web directory %s can't be read: %s", directory, strerror(errno));
	err = add_directory(&files, fd, "", 0, ret_fault);
	if (err != MU_OK) {
		mu_files_finish(&files);
		return err;
	}
	if (files.n)
		qsort(files.v, files.n, sizeof(*files.v), by_path);
	*ret_files = files;
	return MU_OK;
}

enum mu_err mu_files_add(struct mu_files *files, const char *path, const char *text)
{
	struct mu_file file = { .type = type_of(path), .path = strdup(path) };
	size_t n = strlen(text);

	if (!file.path || !room_for_file(files) || !(file.frame = mu_frame_create(n))) {
		free(file.path);
		return MU_NO_MEMORY;
	}
	memcpy(file.frame->data, text, n);
	make_etag(&file);
	files->v[files->n++] = file;
	qsort(files->v, files->n, sizeof(*files->v), by_path);
	return MU_OK;
}

void mu_files_finish(struct mu_files *files)
{
	for (size_t i = 0; i < files->n; i++) {
		free(files->v[i].path);
		mu_frame_unref(files->v[i].frame);
	}
	free(files->v);
	*files = (struct mu_files){ 0 };
}

static const struct mu_file *find_exact(const struct mu_files *files, const char *path)
{
	struct mu_file key = { .path = (char *)path };

	return files->n ? bsearch(&key, files->v, files->n, sizeof(*files->v), by_path) : NULL;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decode %XX; false for what is broken, too long or gives control characters. */
static bool decode(const char *path, size_t n, char out[static MAX_PATH_BYTES])
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		int c = (unsigned char)path[i];

		if (c == '%') {
			if (i + 2 >= n || hex(path[i + 1]) < 0 || hex(path[i + 2]) < 0)
				return false;
			c = hex(path[i + 1]) << 4 | hex(path[i + 2]);
			i += 2;
		}
		if (c < ' ' || c == 0x7f || used + 1 >= MAX_PATH_BYTES)
			return false;
		out[used++] = (char)c;
	}
	out[used] = '\0';
	return true;
}

/* Whether a segment of the path is "." or "..": no file has such a name, and no page either. */
static bool has_dots(const char *path)
{
	for (const char *at = path; (at = strstr(at, "/.")); at++) {
		size_t n = strcspn(at + 1, "/");

		if (n == 1 || (n == 2 && at[2] == '.'))
			return true;
	}
	return false;
}

const struct mu_file *mu_files_find(const struct mu_files *files, const char *path, size_t n, bool navigates)
{
	char decoded[MAX_PATH_BYTES];
	const struct mu_file *file;

	if (!decode(path, n, decoded) || decoded[0] != '/' || has_dots(decoded))
		return NULL;
	file = find_exact(files, decoded);
	if (file || (decoded[1] && (!navigates || strchr(strrchr(decoded, '/'), '.'))))
		return file;
	return find_exact(files, "/index.html");
}
