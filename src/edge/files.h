/* The files of the console and the SDK, read at start and at each reload, and held in memory: serving them
 * touches no disk (so no thread that talks to clients ever waits for one) and no path from outside is ever
 * given to the file system.
 *
 * Left out when they are read: links of any kind, names that start with a dot, what this program may not
 * open, files over 16 MiB; all together 64 MiB at most. Whatever else can't be read is an error, so that no
 * site is ever served without some of its files. Thread: made by one, then read-only. */
#ifndef MU_EDGE_FILES_H
#define MU_EDGE_FILES_H

#include "muster/base/fault.h"
#include "muster/base/frame.h"

struct mu_file {
	char *path;             /* as in a URL: "/assets/app.js" */
	const char *type;       /* Content-Type */
	char etag[24];          /* quoted */
	bool immutable;         /* its name changes with its content */
	struct mu_frame *frame; /* its bytes */
};

struct mu_files {
	struct mu_file *v; /* sorted by path */
	size_t n, cap;
	size_t bytes;
};

/* Read a directory.
 * Errors: MU_NOT_FOUND (no such directory, or not for this program), MU_NO_MEMORY, MU_UNAVAILABLE (a file or
 * the directory can't be read; the fault says which, and why). */
MU_MUST enum mu_err mu_files_load(const char *directory, struct mu_files *ret_files,
				  struct mu_fault *ret_fault);
/* Add a document that this program made, under a path that isn't there yet. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err mu_files_add(struct mu_files *files, const char *path, const char *text);
void mu_files_finish(struct mu_files *files);

/* The file for a path as it stands in a request, percent-encoded or not; nothing in it means "up". "/" is
 * /index.html, and so is, when somebody navigates, every path whose last segment has no dot: the console has
 * pages there. NULL: none. */
const struct mu_file *mu_files_find(const struct mu_files *files, const char *path, size_t n, bool navigates);

#endif
