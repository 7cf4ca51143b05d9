/* Mails on the wire: whatever they are made of, the header stays ours, lines stay short, and what a reader
 * decodes is what was given. */
#include "testing.h"

#include "message.h"

#include <ctype.h>

#define AT_MS 1700000000000 /* a Tuesday */

static char *write(const char *to, const char *subject, const char *text)
{
	struct mu_buf out = { 0 };

	assert_int_equal(message_write("muster@acme.test", to, subject, text, "id-1", AT_MS, &out), MU_OK);
	return mu_buf_take(&out);
}

static int hex(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : c - 'A' + 10;
}

/* Undo quoted-printable up to `end`; in a word _ is a blank. */
static size_t decode(const char *from, const char *end, bool word, char *to)
{
	size_t n = 0;

	while (from < end) {
		if (*from == '=' && from[1] == '\r') {
			from += 3;
		} else if (*from == '=') {
			to[n++] = (char)(hex(from[1]) * 16 + hex(from[2]));
			from += 3;
		} else {
			to[n++] = word && *from == '_' ? ' ' : *from;
			from++;
		}
	}
	to[n] = '\0';
	return n;
}

/* What stands in a header, unfolded; its end is in *ret_end. */
static const char *header(const char *message, const char *name, const char **ret_end)
{
	const char *at = strstr(message, name);

	assert_non_null(at);
	assert_true(at == message || at[-1] == '\n');
	at += strlen(name);
	const char *end = strstr(at, "\r\n");
	while (end[2] == ' ')
		end = strstr(end + 2, "\r\n");
	*ret_end = end;
	return at;
}

static void read_subject(const char *message, char *out)
{
	const char *end, *at = header(message, "Subject:", &end);

	for (const char *word = strstr(at, "=?UTF-8?Q?"); word && word < end;
	     word = strstr(at, "=?UTF-8?Q?")) {
		const char *stop = strstr(word + 10, "?=");
		out += decode(word + 10, stop, true, out);
		at = stop;
	}
}

static void every_line_is_short_and_ends_well(const char *message)
{
	for (const char *line = message; *line;) {
		const char *end = strstr(line, "\r\n");
		if (!end)
			fail_msg("a line without an end: %s", line);
		assert_true(end - line <= 76);
		assert_null(memchr(line, '\n', (size_t)(end - line)));
		assert_null(memchr(line, '\r', (size_t)(end - line)));
		for (const char *c = line; c < end; c++)
			assert_true((*c >= ' ' && *c <= '~') || *c == '\t');
		assert_true(end == line || end[-1] != ' ' || line[0] == 'S'); /* "Subject: " is folded */
		line = end + 2;
	}
}

static void a_plain_mail_reads_as_it_is(void **state)
{
	char *message = write("ada@acme.test", "Welcome to Acme", "Hello,\n\na = b\nhttp://x/#/y/z\n");

	assert_string_equal(message, "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
				     "From: <muster@acme.test>\r\n"
				     "To: <ada@acme.test>\r\n"
				     "Subject: Welcome to Acme\r\n"
				     "Message-ID: <id-1@acme.test>\r\n"
				     "MIME-Version: 1.0\r\n"
				     "Content-Type: text/plain; charset=utf-8\r\n"
				     "Content-Transfer-Encoding: quoted-printable\r\n"
				     "Auto-Submitted: auto-generated\r\n"
				     "\r\n"
				     "Hello,\r\n\r\na =3D b\r\nhttp://x/#/y/z\r\n");
	free(message);
}

static void subjects_survive(void **state)
{
	static const char *const subjects[] = {
		"Ünïcödé für Zoë",
		"日本語の件名がここに長く続いていくと折り返されなければならないのである、まだまだ続く",
		"😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀",
		"=?UTF-8?Q?not_a_word?=",
		"a plain one that is longer than fits onto one line, and so is cut up",
		"e\xcc\x81",
	};

	for (size_t i = 0; i < sizeof(subjects) / sizeof(*subjects); i++) {
		char *message = write("ada@acme.test", subjects[i], "x\n"), read[512];
		every_line_is_short_and_ends_well(message);
		read_subject(message, read);
		assert_string_equal(read, subjects[i]);
		free(message);
	}
}

/* A word that is cut within a character can't be read (RFC 2047 §5). */
static void no_character_is_torn(void **state)
{
	char *message = write("ada@acme.test", "äöüäöüäöüäöüäöüäöüäöüäöüäöüäöü", "x\n"), read[128];
	const char *end, *at = header(message, "Subject:", &end);
	unsigned words = 0;

	for (const char *word; (word = strstr(at, "=?UTF-8?Q?")) && word < end; words++) {
		at = strstr(word + 10, "?=");
		assert_int_equal(decode(word + 10, at, true, read) % 2, 0);
	}
	assert_true(words > 1);
	free(message);
}

static void nothing_from_outside_becomes_a_header(void **state)
{
	static const char *const attacks[] = {
		"x\r\nBcc: eve@evil.test",
		"x\nBcc: eve@evil.test",
		"x\rBcc: eve@evil.test",
		"x\r\n\r\n<script>",
		"\r\nSubject: another one",
		"x\x7f\x01\x1b[2J",
		"=?UTF-8?Q?=0D=0ABcc:_eve@evil.test?=",
	};

	for (size_t i = 0; i < sizeof(attacks) / sizeof(*attacks); i++) {
		char *message = write("ada@acme.test", attacks[i], "x\n");
		const char *end = strstr(message, "\r\n\r\n");
		unsigned lines = 0;
		every_line_is_short_and_ends_well(message);
		for (const char *c = message; c < end; c++)
			lines += *c == '\n' && c[1] != ' ';
		assert_int_equal(lines, 8);
		assert_null(strstr(message, "\nBcc"));
		free(message);
	}
}

static void addresses_are_addresses(void **state)
{
	static const char *const bad[] = { "",
					   "ada",
					   "ada@",
					   "@acme.test",
					   "a@b@c.test",
					   "a b@c.test",
					   "a@b.test\r\n",
					   "a@b.test>\r\nRCPT TO:<e@e.test",
					   "<a@b.test>",
					   "a@b.test,c@d.test",
					   "a\t@b.test",
					   "a@b.test\n.\n" };
	struct mu_buf out = { 0 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(message_write("m@acme.test", bad[i], "s", "t", "i", AT_MS, &out),
				 MU_INVALID_PARAMS);
		assert_int_equal(message_write(bad[i], "m@acme.test", "s", "t", "i", AT_MS, &out),
				 MU_INVALID_PARAMS);
		assert_int_equal(out.n, 0);
	}
	mu_buf_finish(&out);
}

/* Any text, long lines, blanks before line ends and bytes that are no ASCII included. */
static void texts_survive(void **state)
{
	static const char alphabet[] = "abc =\t.\n\xc3\xa4-_/#~?";
	struct random random = random_start();

	for (int round = 0; round < 300; round++) {
		char text[400], read[800], *at = read;
		size_t n = (size_t)random_below(&random, sizeof(text) - 2);
		for (size_t i = 0; i < n; i++)
			text[i] = alphabet[random_below(&random, sizeof(alphabet) - 1)];
		text[n] = '\n';
		text[n + 1] = '\0';
		char *message = write("ada@acme.test", "s", text);
		const char *body = strstr(message, "\r\n\r\n") + 4;
		every_line_is_short_and_ends_well(body);
		n = decode(body, body + strlen(body), false, read);
		for (size_t i = 0; i <= n; i++)
			if (read[i] != '\r')
				*at++ = read[i];
		CHECK_RANDOM(&random, !strcmp(read, text));
		free(message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_mail_reads_as_it_is),
		cmocka_unit_test(subjects_survive),
		cmocka_unit_test(no_character_is_torn),
		cmocka_unit_test(nothing_from_outside_becomes_a_header),
		cmocka_unit_test(addresses_are_addresses),
		cmocka_unit_test(texts_survive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
