/* Filling in a fault.
 * Invariant: every text in a fault ends in a NUL and, cut short or not, on the border of a UTF-8 character,
 * so that it can go into JSON as it is.
 * Thread: any; a fault belongs to its caller. */
#include "muster/base/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* How many bytes the UTF-8 character needs that starts with this byte; 1 for anything else. */
static size_t character_bytes(unsigned char lead)
{
	if (lead >= 0xf0)
		return 4;
	if (lead >= 0xe0)
		return 3;
	return lead >= 0xc0 ? 2 : 1;
}

/* Drop a character that was cut in the middle at the end of the text. */
static void trim_cut_character(char *text)
{
	size_t n = strlen(text);
	size_t start = n;

	while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start == 0)
		return;
	start--;
	if (start + character_bytes((unsigned char)text[start]) > n)
		text[start] = '\0';
}

/* An argument may point into the very text that is replaced, hence the copy. */
__attribute__((format(printf, 3, 0))) static void format_text(char *text, size_t bytes, const char *format,
							      va_list args)
{
	char fresh[sizeof(((struct mu_fault *)0)->message)];
	int n = vsnprintf(fresh, bytes < sizeof(fresh) ? bytes : sizeof(fresh), format, args);

	if (n < 0)
		fresh[0] = '\0';
	else if ((size_t)n >= bytes)
		trim_cut_character(fresh);
	memcpy(text, fresh, strlen(fresh) + 1);
}

enum mu_err mu_fail(struct mu_fault *fault, enum mu_err err, const char *format, ...)
{
	va_list args;

	if (!fault)
		return err;
	if (format) {
		va_start(args, format);
		format_text(fault->message, sizeof(fault->message), format, args);
		va_end(args);
	} else {
		fault->message[0] = '\0';
	}
	fault->err = err;
	fault->retry_after_ms = 0;
	return err;
}

enum mu_err mu_fail_field(struct mu_fault *fault, const char *field, const char *format, ...)
{
	va_list args;

	if (!fault)
		return MU_INVALID_PARAMS;
	fault->err = MU_INVALID_PARAMS;
	fault->retry_after_ms = 0;
	fault->message[0] = '\0';
	if (fault->n_fields >= MU_FAULT_FIELDS)
		return MU_INVALID_PARAMS;

	char *name = fault->fields[fault->n_fields].name;
	char *reason = fault->fields[fault->n_fields].reason;
	if (snprintf(name, sizeof(fault->fields[0].name), "%s", field) >= (int)sizeof(fault->fields[0].name))
		trim_cut_character(name);
	va_start(args, format);
	format_text(reason, sizeof(fault->fields[0].reason), format, args);
	va_end(args);
	fault->n_fields++;
	return MU_INVALID_PARAMS;
}

enum mu_err mu_fail_later(struct mu_fault *fault, enum mu_err err, int64_t retry_after_ms, const char *text)
{
	mu_fail(fault, err, "%s", text);
	if (fault)
		fault->retry_after_ms = retry_after_ms;
	return err;
}

const char *mu_fault_text(const struct mu_fault *fault)
{
	return fault->message[0] ? fault->message : mu_err_info(fault->err)->text;
}
