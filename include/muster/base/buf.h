/* A growing byte buffer for text and frames. It remembers a failed allocation, so that a writer can append
 * freely and look once at the end (mu_buf_error).
 * Thread: one owner. */
#ifndef MUSTER_BASE_BUF_H
#define MUSTER_BASE_BUF_H

#include "muster/base/err.h"

#include <stddef.h>

struct mu_buf {
	char *data; /* NUL-terminated whenever n > 0 or data was asked for */
	size_t n;   /* bytes used, without the NUL */
	size_t cap;
	bool failed;
};

void mu_buf_init(struct mu_buf *buf);
void mu_buf_finish(struct mu_buf *buf); /* frees; the buffer is empty and usable afterwards */
void mu_buf_reset(struct mu_buf *buf);  /* forgets the content, keeps the memory, clears `failed` */

/* Append. After a failed allocation the content stays as it was and further appends do nothing. */
void mu_buf_add(struct mu_buf *buf, const void *bytes, size_t n);
void mu_buf_str(struct mu_buf *buf, const char *text);
void mu_buf_char(struct mu_buf *buf, char c);
void mu_buf_i64(struct mu_buf *buf, int64_t value);
__attribute__((format(printf, 2, 3))) void mu_buf_printf(struct mu_buf *buf, const char *format, ...);

/* Room for n more bytes, at the end; the caller writes them and adds n to buf->n. NULL when memory is out. */
char *mu_buf_room(struct mu_buf *buf, size_t n);

/* The text so far, never NULL. */
const char *mu_buf_text(const struct mu_buf *buf);

/* MU_NO_MEMORY if any append failed since init or reset, else MU_OK. */
MU_MUST enum mu_err mu_buf_error(const struct mu_buf *buf);

/* Hand the memory over to the caller, who frees it; the buffer is empty afterwards. NULL if it failed. */
char *mu_buf_take(struct mu_buf *buf);

#define AUTO_BUF __attribute__((cleanup(mu_buf_finish)))

#endif
