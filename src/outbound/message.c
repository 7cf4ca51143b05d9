/* Mails on the wire: headers by RFC 5322, a subject beyond ASCII as encoded words (RFC 2047 §4.2), the
 * text as quoted-printable (RFC 2045 §6.7).
 * Invariant: no line is longer than 76 characters and CRLF, but for addresses; nothing that comes from
 * outside begins a line of the header.
 * Thread: any. */
#include "message.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define LINE_MAX_BYTES 76
#define WORD_MAX_BYTES 75 /* of an encoded word, with what is around it */
#define WORD_BEGIN "=?UTF-8?Q?"
#define WORD_END "?="
#define SUBJECT "Subject: "
#define SUBJECT_MAX_BYTES 66 /* stands on the line of its name */

static bool is_address(const char *text)
{
	const char *at = strchr(text, '@');

	for (const char *c = text; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 127 || strchr("<>()[]:;,\\\"", *c))
			return false;
	return at && at > text && at[1] && !strchr(at + 1, '@');
}

/* ---- header ---- */

static void write_date(int64_t now_ms, struct mu_buf *out)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	const time_t seconds = (time_t)(now_ms / 1000);
	struct tm tm = { 0 };

	gmtime_r(&seconds, &tm);
	mu_buf_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday], tm.tm_mday,
		      months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static bool is_control(char c)
{
	return (unsigned char)c < ' ' || c == 127;
}

static bool is_plain_subject(const char *text)
{
	for (const char *c = text; *c; c++)
		if (is_control(*c) || (unsigned char)*c > 126)
			return false;
	return strlen(text) <= SUBJECT_MAX_BYTES && !strstr(text, "=?");
}

/* Bytes of the character at `text`: what must not be torn apart. */
static size_t character(const char *text)
{
	size_t n = 1;

	while (n < 4 && (text[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* One character as an encoded word has it; gives how many bytes that are. */
static size_t encode(const char *text, size_t n, char out[static 13])
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		const char c = is_control(text[i]) ? ' ' : text[i];
		if (c == ' ')
			out[used++] = '_';
		else if ((unsigned char)c < 127 && !strchr("\"#$%&'(),.:;<=>?@[\\]^_`{|}~", c))
			out[used++] = c;
		else
			used += (size_t)snprintf(out + used, 4, "=%02X", (unsigned char)c);
	}
	return used;
}

static void write_subject(const char *text, struct mu_buf *out)
{
	const size_t room = WORD_MAX_BYTES - strlen(WORD_BEGIN WORD_END);
	size_t used = strlen(SUBJECT); /* of the line of the first word */

	mu_buf_str(out, SUBJECT);
	if (is_plain_subject(text)) {
		mu_buf_str(out, text);
		mu_buf_str(out, "\r\n");
		return;
	}
	mu_buf_str(out, WORD_BEGIN);
	for (size_t n; *text; text += n) {
		char encoded[13];
		n = character(text);
		const size_t bytes = encode(text, n, encoded);
		if (used + bytes > room) {
			mu_buf_str(out, WORD_END "\r\n " WORD_BEGIN);
			used = 0;
		}
		mu_buf_add(out, encoded, bytes);
		used += bytes;
	}
	mu_buf_str(out, WORD_END "\r\n");
}

/* ---- text ---- */

static bool is_literal(const char *text)
{
	if (*text == ' ' || *text == '\t') /* lost by some on the way if it ends a line */
		return text[1] && text[1] != '\n';
	return *text > ' ' && *text <= '~' && *text != '=';
}

static void write_text(const char *text, struct mu_buf *out)
{
	size_t used = 0;

	for (; *text; text++) {
		const size_t bytes = is_literal(text) ? 1 : 3;
		if (*text == '\n') {
			mu_buf_str(out, "\r\n");
			used = 0;
			continue;
		}
		if (used + bytes > LINE_MAX_BYTES - 1) { /* one is for the = that says: goes on */
			mu_buf_str(out, "=\r\n");
			used = 0;
		}
		if (bytes == 1)
			mu_buf_char(out, *text);
		else
			mu_buf_printf(out, "=%02X", (unsigned char)*text);
		used += bytes;
	}
	if (used)
		mu_buf_str(out, "\r\n");
}

enum mu_err message_write(const char *from, const char *to, const char *subject, const char *text,
			  const char *id, int64_t now_ms, struct mu_buf *out)
{
	if (!is_address(from) || !is_address(to))
		return MU_INVALID_PARAMS;
	write_date(now_ms, out);
	mu_buf_printf(out, "From: <%s>\r\nTo: <%s>\r\n", from, to);
	write_subject(subject, out);
	mu_buf_printf(out, "Message-ID: <%s%s>\r\n", id, strchr(from, '@'));
	mu_buf_str(out, "MIME-Version: 1.0\r\n"
			"Content-Type: text/plain; charset=utf-8\r\n"
			"Content-Transfer-Encoding: quoted-printable\r\n"
			"Auto-Submitted: auto-generated\r\n"
			"\r\n");
	write_text(text, out);
	return mu_buf_error(out);
}
