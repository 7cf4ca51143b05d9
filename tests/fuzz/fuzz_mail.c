/* Mails: recipient, subject and text, a line each but for the text. Whatever stands in them, the message has
 * the headers that it should have and no other, its lines are short and end as they must, and the text is in
 * it. */
#include "fuzz.h"

#include "outbound/message.h"
#include "muster/base/mem.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define LINE_MOST 76
#define NOW_MS INT64_C(1700000000000)

static const char *const headers[] = {
	"From: ",          "To: ",           "Subject: ",      "Date: ",
	"Message-ID: ",    "MIME-Version: ", "Content-Type: ", "Content-Transfer-Encoding: ",
	"Auto-Submitted: "
};

static bool is_known(const char *line)
{
	for (size_t i = 0; i < MU_COUNT(headers); i++)
		if (!strncmp(line, headers[i], strlen(headers[i])))
			return true;
	return false;
}

/* An address stays as it is, however long and in whatever script. */
static void check_line(const char *line, size_t n)
{
	const bool address = !strncmp(line, "To: <", 5);

	HOLDS(address || n <= LINE_MOST);
	for (size_t i = 0; i < n; i++)
		HOLDS((line[i] >= ' ' && line[i] <= '~') || line[i] == '\t' || (address && line[i] & 0x80));
}

/* What quoted-printable stands for. */
static void decode(const char *text, struct mu_buf *out)
{
	for (; *text; text++) {
		unsigned byte;

		if (*text != '=') {
			mu_buf_char(out, *text);
		} else if (!strncmp(text, "=\r\n", 3)) {
			text += 2;
		} else {
			HOLDS(isxdigit((unsigned char)text[1]) && isxdigit((unsigned char)text[2]));
			HOLDS(sscanf(text + 1, "%2x", &byte) == 1);
			mu_buf_char(out, (char)byte);
			text += 2;
		}
	}
}

/* The letters and digits of a text, in order. */
static void add_solid(const char *text, struct mu_buf *out)
{
	for (; *text; text++)
		if (isalnum((unsigned char)*text))
			mu_buf_char(out, *text);
}

static void check_text(const char *body, const char *text)
{
	AUTO_BUF struct mu_buf plain = { 0 }, is = { 0 }, should = { 0 };

	decode(body, &plain);
	add_solid(mu_buf_text(&plain), &is);
	add_solid(text, &should);
	HOLDS(!strcmp(mu_buf_text(&is), mu_buf_text(&should)));
}

static void check(const char *message, const char *text)
{
	bool in_header = true;
	const char *end;

	for (; (end = strstr(message, "\r\n")); message = end + 2) {
		const bool folded = *message == ' ';

		if (in_header && end == message) {
			in_header = false;
			check_text(end + 2, text);
			continue;
		}
		HOLDS(!in_header || folded || is_known(message));
		check_line(message, (size_t)(end - message));
	}
	HOLDS(!in_header && !*message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *copy = strndup((const char *)data, size);
	AUTO_BUF struct mu_buf message = { 0 };
	char *text = copy, *to = strsep(&text, "\n"), *subject = text ? strsep(&text, "\n") : NULL;

	if (!text)
		return 0;
	if (message_write("hub@acme.test", to, subject, text, "id", NOW_MS, &message) == MU_OK)
		check(mu_buf_text(&message), text);
	return 0;
}
