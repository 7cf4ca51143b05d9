/* The growing buffer.
 * Invariant: data is NULL and cap is 0, or cap > n, so that there is always room for the closing NUL.
 * Thread: one owner. */
#include "muster/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BYTES ((size_t)128)

void mu_buf_init(struct mu_buf *buf)
{
	*buf = (struct mu_buf){ 0 };
}

void mu_buf_finish(struct mu_buf *buf)
{
	free(buf->data);
	mu_buf_init(buf);
}

void mu_buf_reset(struct mu_buf *buf)
{
	buf->n = 0;
	buf->failed = false;
	if (buf->data)
		buf->data[0] = '\0';
}

/* Make cap greater than n + more. At least doubling keeps the cost of an append constant on average. */
static bool grow(struct mu_buf *buf, size_t more)
{
	size_t cap = buf->cap ? buf->cap : FIRST_BYTES;
	char *data;

	if (more >= SIZE_MAX / 2 - buf->n)
		return false;
	while (cap <= buf->n + more)
		cap *= 2;
	data = realloc(buf->data, cap);
	if (!data)
		return false;
	buf->data = data;
	buf->cap = cap;
	return true;
}

char *mu_buf_room(struct mu_buf *buf, size_t n)
{
	if (buf->failed)
		return NULL;
	if (n >= buf->cap - buf->n && !grow(buf, n)) {
		buf->failed = true;
		return NULL;
	}
	return buf->data + buf->n;
}

void mu_buf_add(struct mu_buf *buf, const void *bytes, size_t n)
{
	char *room = mu_buf_room(buf, n);

	if (!room)
		return;
	if (n)
		memcpy(room, bytes, n);
	buf->n += n;
	buf->data[buf->n] = '\0';
}

void mu_buf_str(struct mu_buf *buf, const char *text)
{
	mu_buf_add(buf, text, strlen(text));
}

void mu_buf_char(struct mu_buf *buf, char c)
{
	char *room = mu_buf_room(buf, 1);

	if (!room)
		return;
	room[0] = c;
	room[1] = '\0';
	buf->n++;
}

void mu_buf_i64(struct mu_buf *buf, int64_t value)
{
	char digits[24], *at = digits + sizeof(digits);
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

	do {
		*--at = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (value < 0)
		*--at = '-';
	mu_buf_add(buf, at, (size_t)(digits + sizeof(digits) - at));
}

/* What there is room for is nearly always enough, so the text is made twice only where it isn't. */
void mu_buf_printf(struct mu_buf *buf, const char *format, ...)
{
	va_list args;
	char *room = mu_buf_room(buf, 0);
	int n;

	if (!room)
		return;
	va_start(args, format);
	n = vsnprintf(room, buf->cap - buf->n, format, args);
	va_end(args);
	if (n >= 0 && (size_t)n >= buf->cap - buf->n) {
		*room = '\0';
		room = mu_buf_room(buf, (size_t)n);
		if (!room)
			return;
		va_start(args, format);
		n = vsnprintf(room, (size_t)n + 1, format, args);
		va_end(args);
	}
	if (n < 0)
		buf->failed = true;
	else
		buf->n += (size_t)n;
}

const char *mu_buf_text(const struct mu_buf *buf)
{
	if (!buf->data)
		return "";
	buf->data[buf->n] = '\0'; /* whoever wrote into mu_buf_room did not */
	return buf->data;
}

enum mu_err mu_buf_error(const struct mu_buf *buf)
{
	return buf->failed ? MU_NO_MEMORY : MU_OK;
}

char *mu_buf_take(struct mu_buf *buf)
{
	char *data = NULL;

	mu_buf_add(buf, NULL, 0); /* an empty buffer gives an empty text, not NULL */
	if (!buf->failed) {
		data = buf->data;
		buf->data = NULL;
	}
	mu_buf_finish(buf);
	return data;
}
