/* The log as others read it: whole lines, valid JSON, and nothing that an outsider could forge. */
#include "testing.h"

#include "muster/base/clock.h"
#include "muster/base/log.h"
#include "muster/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#define TIME_BYTES 24 /* "2026-11-21T12:00:00.123Z" */

/* stderr goes into memory from start to text; nothing may be asserted in between. */
static struct {
	int memory;
	int real_stderr;
} capture;

static void capture_start(void)
{
	capture.memory = memfd_create("log", MFD_CLOEXEC);
	/* Many threads write at once: without O_APPEND they would share one place, too, but be sure. */
	fcntl(capture.memory, F_SETFL, O_APPEND);
	capture.real_stderr = dup(STDERR_FILENO);
	dup2(capture.memory, STDERR_FILENO);
}

static char *capture_text(void)
{
	char *text;
	off_t n;

	dup2(capture.real_stderr, STDERR_FILENO);
	close(capture.real_stderr);
	n = lseek(capture.memory, 0, SEEK_END);
	text = calloc(1, (size_t)n + 1);
	if (pread(capture.memory, text, (size_t)n, 0) != n)
		text[0] = '\0';
	close(capture.memory);
	return text;
}

static void a_text_line_says_when_where_and_what(void **state)
{
	int64_t wall_ms;

	mu_log_setup(MU_LOG_INFO, MU_LOG_TEXT);
	capture_start();
	mu_log(MU_LOG_WARN, "edge", "connection refused", MU_KS("address", "10.0.0.7"), MU_KI("limit", -5),
	       MU_KS("why", "too many"), MU_KS("none", NULL), MU_KS("pair", "a=b"));
	AUTO_FREE char *text = capture_text();

	assert_string_equal(text + TIME_BYTES, " warn edge: connection refused address=10.0.0.7 limit=-5 "
					       "why=\"too many\" none=\"\" pair=\"a=b\"\n");
	text[TIME_BYTES] = '\0';
	assert_true(mu_time_parse(text, &wall_ms));
}

static void a_json_line_has_the_same(void **state)
{
	mu_log_setup(MU_LOG_INFO, MU_LOG_JSON);
	capture_start();
	mu_log(MU_LOG_ERROR, "hub", "store failed", MU_KS("path", "a \"b\" \\c"), MU_KI("n", INT64_MIN));
	mu_log(MU_LOG_INFO, "cli", "ready");
	AUTO_FREE char *text = capture_text();
	char *second = strchr(text, '\n') + 1;

	assert_memory_equal(text, "{\"time\":\"", 9);
	assert_string_equal(second + 9 + TIME_BYTES,
			    "\",\"level\":\"info\",\"room\":\"cli\",\"what\":\"ready\"}\n");
	*second = '\0';
	assert_string_equal(text + 9 + TIME_BYTES,
			    "\",\"level\":\"error\",\"room\":\"hub\",\"what\":\"store failed\","
			    "\"path\":\"a \\\"b\\\" \\\\c\",\"n\":-9223372036854775808}\n");
}

static void a_line_without_keys_array_is_fine(void **state)
{
	mu_log_setup(MU_LOG_INFO, MU_LOG_TEXT);
	capture_start();
	mu_log_write(MU_LOG_INFO, "hub", "started", NULL);
	AUTO_FREE char *text = capture_text();

	assert_string_equal(text + TIME_BYTES, " info hub: started\n");
}

static void less_important_lines_are_left_out(void **state)
{
	mu_log_setup(MU_LOG_WARN, MU_LOG_TEXT);
	assert_true(mu_log_enabled(MU_LOG_ERROR));
	assert_true(mu_log_enabled(MU_LOG_WARN));
	assert_false(mu_log_enabled(MU_LOG_INFO));
	capture_start();
	mu_log(MU_LOG_INFO, "hub", "hidden");
	mu_log(MU_LOG_DEBUG, "hub", "hidden");
	mu_log(MU_LOG_WARN, "hub", "shown");
	AUTO_FREE char *text = capture_text();

	assert_string_equal(text + TIME_BYTES, " warn hub: shown\n");
}

static void levels_are_read_by_name(void **state)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };
	enum mu_log_level level;

	for (int i = 0; i < 4; i++) {
		assert_true(mu_log_level_parse(names[i], &level));
		assert_int_equal(level, i);
	}
	level = MU_LOG_WARN;
	assert_false(mu_log_level_parse("INFO", &level));
	assert_false(mu_log_level_parse("", &level));
	assert_int_equal(level, MU_LOG_WARN);
}

static const struct {
	const char *value;
	const char *text; /* within quotes in a text line */
	const char *json;
} escapes[] = {
	{ "a\nb", "a\\u000ab", "a\\u000ab" },
	{ "\x1b[2J", "\\u001b[2J", "\\u001b[2J" },
	{ "\x7f", "\\u007f", "\\u007f" },
	{ "\xc2\x9b"
	  "2J",
	  "\\u009b2J", "\\u009b2J" },             /* a C1 control, in UTF-8 */
	{ "\xe2\x80\xa8", "\\u2028", "\\u2028" }, /* line separator */
	{ "\"\\", "\\\"\\\\", "\\\"\\\\" },
	{ "Zoë € 𝄞", "Zoë € 𝄞", "Zoë € 𝄞" },
	{ "\xff", "\\xff", "\\\\xff" },
	{ "\xc3", "\\xc3", "\\\\xc3" },                                                 /* cut */
	{ "\xc0\xaf", "\\xc0\\xaf", "\\\\xc0\\\\xaf" },                                 /* overlong */
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80", "\\\\xed\\\\xa0\\\\x80" },                 /* a surrogate */
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\\\\xf4\\\\x90\\\\x80\\\\x80" }, /* beyond Unicode */
};

static void values_cannot_break_out(void **state)
{
	for (size_t i = 0; i < MU_COUNT(escapes); i++) {
		char expected[256];

		mu_log_setup(MU_LOG_INFO, MU_LOG_TEXT);
		capture_start();
		mu_log(MU_LOG_INFO, "hub", "x", MU_KS("k", escapes[i].value));
		AUTO_FREE char *text = capture_text();
		snprintf(expected, sizeof(expected), " info hub: x k=\"%s\"\n", escapes[i].text);
		assert_string_equal(text + TIME_BYTES, expected);

		mu_log_setup(MU_LOG_INFO, MU_LOG_JSON);
		capture_start();
		mu_log(MU_LOG_INFO, "hub", "x", MU_KS("k", escapes[i].value));
		AUTO_FREE char *json = capture_text();
		snprintf(expected, sizeof(expected), "\"what\":\"x\",\"k\":\"%s\"}\n", escapes[i].json);
		assert_string_equal(strstr(json, "\"what\""), expected);
	}
}

/* Step over a JSON string that holds no control character and only escapes that JSON knows; NULL if it isn't
 * one. */
static const char *skip_string(const char *at)
{
	if (*at++ != '"')
		return NULL;
	for (; *at != '"'; at++) {
		if ((unsigned char)*at < 0x20)
			return NULL;
		if (*at != '\\')
			continue;
		at++;
		if (*at == 'u') {
			if (strspn(at + 1, "0123456789abcdefABCDEF") < 4)
				return NULL;
			at += 4;
		} else if (!strchr("\"\\/bfnrt", *at)) {
			return NULL;
		}
	}
	return at + 1;
}

/* Whether a line is one JSON object of strings, whole numbers and `true`. */
static bool is_json_line(const char *at)
{
	if (*at++ != '{')
		return false;
	for (;;) {
		at = skip_string(at);
		if (!at || *at++ != ':')
			return false;
		if (*at == '"') {
			at = skip_string(at);
			if (!at)
				return false;
		} else if (strncmp(at, "true", 4) == 0) {
			at += 4;
		} else {
			at += *at == '-';
			if (strspn(at, "0123456789") == 0)
				return false;
			at += strspn(at, "0123456789");
		}
		if (*at == ',') {
			at++;
			continue;
		}
		return strcmp(at, "}\n") == 0;
	}
}

static void random_bytes_give_one_json_line(void **state)
{
	struct random random = random_start();

	mu_log_setup(MU_LOG_INFO, MU_LOG_JSON);
	for (int i = 0; i < 2000; i++) {
		char value[4][1500] = { 0 };

		for (int v = 0; v < 4; v++) {
			size_t n = random_below(&random, random_below(&random, 4) ? 20 : sizeof(value[v]));

			for (size_t b = 0; b < n; b++)
				value[v][b] = (char)(1 + random_below(&random, 255));
		}
		capture_start();
		mu_log(MU_LOG_INFO, value[0], value[1], MU_KS("a", value[2]), MU_KI("n", 7),
		       MU_KS("b", value[3]));
		AUTO_FREE char *text = capture_text();
		CHECK_RANDOM(&random, is_json_line(text) && strlen(text) <= 4096);
	}
}

/* What does not fit is left out whole, what comes after it and fits is kept, and the line says so. */
static void long_lines_are_cut_by_keys(void **state)
{
	char value[3000];

	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	mu_log_setup(MU_LOG_INFO, MU_LOG_JSON);
	capture_start();
	mu_log(MU_LOG_INFO, "hub", "long", MU_KS("a", value), MU_KS("b", value), MU_KS("c", value),
	       MU_KS("d", value), MU_KI("n", 7));
	AUTO_FREE char *text = capture_text();

	assert_true(is_json_line(text));
	assert_true(strlen(text) <= 4096);
	assert_non_null(strstr(text, "vvv...\",\"b\":"));
	assert_non_null(strstr(text, "\"c\":\"vvv"));
	assert_null(strstr(text, "\"d\":"));
	assert_non_null(strstr(text, "...\",\"n\":7,\"cut\":true}\n"));

	mu_log_setup(MU_LOG_INFO, MU_LOG_TEXT);
	capture_start();
	mu_log(MU_LOG_INFO, "hub", "long", MU_KS("a", value), MU_KS("b", value));
	AUTO_FREE char *plain = capture_text();
	assert_true(strlen(plain) <= 4096);
	assert_string_equal(plain + strlen(plain) - 1, "\n");
}

/* Around the limit every length gives a whole line, with the mark of a cut exactly if the last key is
 * missing. */
static void lines_of_every_length_are_whole(void **state)
{
	char full[1001], last[1101];

	memset(full, 'f', sizeof(full) - 1);
	full[sizeof(full) - 1] = '\0';
	for (int format = MU_LOG_TEXT; format <= MU_LOG_JSON; format++) {
		mu_log_setup(MU_LOG_INFO, (enum mu_log_format)format);
		for (size_t n = 900; n < sizeof(last); n++) {
			memset(last, 'x', n);
			last[n] = '\0';
			capture_start();
			mu_log(MU_LOG_INFO, "hub", "long", MU_KS("a", full), MU_KS("b", full),
			       MU_KS("c", full), MU_KS("d", last));
			AUTO_FREE char *text = capture_text();

			assert_true(strlen(text) <= 4096);
			assert_true(format == MU_LOG_TEXT || is_json_line(text));
			assert_int_equal(text[strlen(text) - 1], '\n');
			assert_int_equal(strstr(text, "cut") != NULL, strchr(text, 'x') == NULL);
		}
	}
}

static void errno_is_left_alone(void **state)
{
	mu_log_setup(MU_LOG_INFO, MU_LOG_TEXT);
	capture_start();
	close(STDERR_FILENO);
	errno = ENOENT;
	mu_log(MU_LOG_INFO, "hub", "nobody hears this");
	int after = errno;
	AUTO_FREE char *text = capture_text();

	assert_int_equal(after, ENOENT);
	assert_string_equal(text, "");
}

enum { THREADS = 4, LINES = 500 };

static void *write_lines(void *arg)
{
	for (int i = 0; i < LINES; i++) {
		mu_log(MU_LOG_INFO, "hub", "line", MU_KI("thread", (intptr_t)arg), MU_KI("n", i));
		if (i % 100 == 0)
			mu_log_setup(MU_LOG_INFO, MU_LOG_JSON);
	}
	return NULL;
}

static void lines_of_threads_stay_whole(void **state)
{
	pthread_t threads[THREADS];
	int next[THREADS] = { 0 };
	int failures = 0;
	int lines = 0;

	mu_log_setup(MU_LOG_INFO, MU_LOG_JSON);
	capture_start();
	for (intptr_t i = 0; i < THREADS; i++)
		failures += pthread_create(&threads[i], NULL, write_lines, (void *)i) != 0;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	AUTO_FREE char *text = capture_text();

	assert_int_equal(failures, 0);
	for (char *line = text; *line; lines++) {
		char *end = strchr(line, '\n') + 1;
		char kept = *end;
		int thread, n;

		*end = '\0';
		assert_true(is_json_line(line));
		assert_int_equal(sscanf(strstr(line, "\"thread\""), "\"thread\":%d,\"n\":%d}", &thread, &n),
				 2);
		assert_int_equal(n, next[thread]++);
		*end = kept;
		line = end;
	}
	assert_int_equal(lines, THREADS * LINES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_line_says_when_where_and_what),
		cmocka_unit_test(a_json_line_has_the_same),
		cmocka_unit_test(a_line_without_keys_array_is_fine),
		cmocka_unit_test(less_important_lines_are_left_out),
		cmocka_unit_test(levels_are_read_by_name),
		cmocka_unit_test(values_cannot_break_out),
		cmocka_unit_test(random_bytes_give_one_json_line),
		cmocka_unit_test(long_lines_are_cut_by_keys),
		cmocka_unit_test(lines_of_every_length_are_whole),
		cmocka_unit_test(errno_is_left_alone),
		cmocka_unit_test(lines_of_threads_stay_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
