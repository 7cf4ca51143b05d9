/* Metrics as a Prometheus server reads them (text format 0.0.4), also while threads add. */
#include "testing.h"

#include "muster/base/err.h"
#include "muster/base/mem.h"
#include "muster/base/metrics.h"

#include <pthread.h>

/* One sample line taken apart: name, the value of `le` or "", whether it has another label, value. */
struct sample {
	char name[64];
	char le[32];
	bool labelled;
	double value;
};

static void parse_sample(const char *line, struct sample *ret_sample)
{
	struct sample sample = { 0 };
	size_t n = strspn(line, "abcdefghijklmnopqrstuvwxyz_");
	char *end;

	assert_in_range(n, 1, sizeof(sample.name) - 1);
	memcpy(sample.name, line, n);
	line += n;
	if (*line == '{') {
		char label[32], text[64];

		sample.labelled = sscanf(line, "{le=\"%31[0-9.+Inf]\"}", sample.le) != 1;
		if (sample.labelled)
			assert_int_equal(sscanf(line, "{%31[a-z]=\"%63[a-z0-9_]\"} ", label, text), 2);
		line = strchr(line, '}') + 1;
	}
	assert_int_equal(*line, ' ');
	sample.value = strtod(line + 1, &end);
	assert_true(end > line + 1);
	assert_string_equal(end, "");
	*ret_sample = sample;
}

static bool belongs_to(const char *name, const char *family)
{
	static const char *const suffixes[] = { "", "_bucket", "_sum", "_count" };
	size_t n = strlen(family);

	if (strncmp(name, family, n) != 0)
		return false;
	for (size_t i = 0; i < MU_COUNT(suffixes); i++) {
		if (strcmp(name + n, suffixes[i]) == 0)
			return true;
	}
	return false;
}

static bool is_new_family(const char *text, const char *family)
{
	char line[96];
	const char *first;

	snprintf(line, sizeof(line), "# HELP %s ", family);
	first = strstr(text, line);
	return first && !strstr(first + 1, line);
}

/* Walk a whole text: each family starts once with HELP and TYPE, samples belong to it, with labels exactly if
 * it has several, buckets are cumulative and +Inf equals the count. Returns the number of rows. */
static int check_exposition(const char *text)
{
	AUTO_FREE char *copy = strdup(text);
	char *rest = copy;
	char *line;
	char family[64] = "", type[16] = "";
	double last_le = -1, last_bucket = 0, infinite = -1;
	int rows = 0, of_family = 0;

	assert_int_equal(copy[strlen(copy) - 1], '\n');
	copy[strlen(copy) - 1] = '\0';
	while ((line = strsep(&rest, "\n"))) {
		struct sample sample;

		if (sscanf(line, "# HELP %63s ", family) == 1) {
			char typed[64];

			assert_true(strlen(line) > strlen("# HELP ") + strlen(family) + 1);
			line = strsep(&rest, "\n");
			assert_int_equal(sscanf(line, "# TYPE %63s %15s", typed, type), 2);
			assert_string_equal(typed, family);
			assert_true(is_new_family(text, family));
			last_le = -1;
			last_bucket = 0;
			infinite = -1;
			of_family = 0;
			continue;
		}
		parse_sample(line, &sample);
		if (!strcmp(type, "histogram"))
			rows += strstr(sample.name, "_count") != NULL;
		else
			rows++;
		assert_true(sample.labelled || !of_family++ || !strcmp(type, "histogram"));
		assert_true(belongs_to(sample.name, family));
		assert_int_equal(strcmp(sample.name, family) == 0, strcmp(type, "histogram") != 0);
		if (strstr(sample.name, "_bucket")) {
			double le = strcmp(sample.le, "+Inf") == 0 ? 1e300 : strtod(sample.le, NULL);

			assert_true(le > last_le);
			assert_true(sample.value >= last_bucket);
			last_le = le;
			last_bucket = infinite = sample.value;
		} else if (strstr(sample.name, "_count")) {
			assert_true(last_le > 1e299);
			assert_true(sample.value == infinite);
		} else {
			assert_string_equal(sample.le, "");
		}
	}
	return rows;
}

static bool has_line(const char *text, const char *line)
{
	const char *found = strstr(text, line);

	return found && (found == text || found[-1] == '\n') && found[strlen(line)] == '\n';
}

static void counters_and_gauges_count(void **state)
{
	AUTO_FREE struct mu_metrics *metrics = malloc(sizeof(*metrics));
	AUTO_BUF struct mu_buf out = { 0 };

	mu_metrics_init(metrics);
	mu_metrics_add(metrics, MU_METRIC_EVENTS_TOTAL, 3);
	mu_metrics_add(metrics, MU_METRIC_EVENTS_TOTAL, 4);
	mu_metrics_set(metrics, MU_METRIC_SESSIONS, 10);
	mu_metrics_add(metrics, MU_METRIC_SESSIONS, -1);
	assert_int_equal(mu_metrics_get(metrics, MU_METRIC_EVENTS_TOTAL), 7);
	assert_int_equal(mu_metrics_get(metrics, MU_METRIC_SESSIONS), 9);
	assert_int_equal(mu_metrics_get(metrics, MU_METRIC_COMMITS_TOTAL), 0);

	mu_metrics_write(metrics, &out);
	const char *text = mu_buf_text(&out);
	assert_true(has_line(text, "muster_events_total 7"));
	assert_true(has_line(text, "# TYPE muster_events_total counter"));
	assert_true(has_line(text, "muster_sessions 9"));
	assert_true(has_line(text, "# TYPE muster_sessions gauge"));
	assert_true(has_line(text, "# HELP muster_sessions Open authenticated sessions"));
	assert_true(has_line(text, "muster_commits_total 0"));
}

static void every_metric_is_written_validly(void **state)
{
	AUTO_FREE struct mu_metrics *metrics = malloc(sizeof(*metrics));
	AUTO_BUF struct mu_buf out = { 0 };

	mu_metrics_init(metrics);
	mu_metrics_write(metrics, &out);
	assert_int_equal(mu_buf_error(&out), MU_OK);
	assert_int_equal(check_exposition(mu_buf_text(&out)), MU_METRIC_COUNT);
}

static void rows_of_a_family_differ_in_their_labels(void **state)
{
	AUTO_FREE struct mu_metrics *metrics = malloc(sizeof(*metrics));
	AUTO_BUF struct mu_buf out = { 0 }, all = { 0 };

	mu_metrics_init(metrics);
	mu_metrics_add(metrics, MU_METRIC_REFUSED_ADDRESS, 2);
	for (unsigned i = 0; mu_close_row(i); i++)
		mu_metrics_closed(metrics, (int)mu_close_row(i)->code);
	mu_metrics_closed(metrics, MU_CLOSE_SLOW_READER);
	mu_metrics_closed(metrics, 1005); /* nobody says that */
	mu_metrics_write(metrics, &out);
	const char *text = mu_buf_text(&out);
	assert_true(has_line(text, "# TYPE muster_connections_refused_total counter"));
	assert_true(has_line(text, "muster_connections_refused_total{limit=\"max_connections\"} 0"));
	assert_true(
		has_line(text, "muster_connections_refused_total{limit=\"max_connections_per_address\"} 2"));
	assert_true(has_line(text, "muster_websockets_closed_total{kind=\"normal\"} 1"));
	assert_true(has_line(text, "muster_websockets_closed_total{kind=\"slow_reader\"} 2"));
	assert_true(has_line(text, "muster_websockets_closed_total{kind=\"resync\"} 1"));

	mu_metrics_describe(&all);
	text = mu_buf_text(&all);
	assert_true(has_line(text, "muster_sessions (gauge): Open authenticated sessions"));
	assert_true(has_line(text, "muster_websockets_closed_total{kind=\"too_large\"} (counter): "
				   "WebSockets that the hub closed, by what it told the client"));
}

static void numbers_fall_into_powers_of_two(void **state)
{
	static const int64_t values[] = { -5, 0, 1, 2, 3, 4, 5, 1024, 524288, 524289, 1 << 30 };
	AUTO_FREE struct mu_metrics *metrics = malloc(sizeof(*metrics));
	AUTO_BUF struct mu_buf out = { 0 };

	mu_metrics_init(metrics);
	for (size_t i = 0; i < MU_COUNT(values); i++)
		mu_metrics_observe(metrics, MU_METRIC_BATCH_EVENTS, values[i]);
	mu_metrics_write(metrics, &out);

	const char *text = mu_buf_text(&out);
	assert_true(has_line(text, "# TYPE muster_batch_events histogram"));
	assert_true(has_line(text, "muster_batch_events_bucket{le=\"1\"} 3"));
	assert_true(has_line(text, "muster_batch_events_bucket{le=\"2\"} 4"));
	assert_true(has_line(text, "muster_batch_events_bucket{le=\"4\"} 6"));
	assert_true(has_line(text, "muster_batch_events_bucket{le=\"8\"} 7"));
	assert_true(has_line(text, "muster_batch_events_bucket{le=\"524288\"} 9"));
	assert_true(has_line(text, "muster_batch_events_bucket{le=\"+Inf\"} 11"));
	assert_true(has_line(text, "muster_batch_events_count 11"));
	assert_true(has_line(text, "muster_batch_events_sum 1074791440"));
	check_exposition(text);
}

static void microseconds_are_shown_as_seconds(void **state)
{
	AUTO_FREE struct mu_metrics *metrics = malloc(sizeof(*metrics));
	AUTO_BUF struct mu_buf out = { 0 };

	mu_metrics_init(metrics);
	mu_metrics_observe(metrics, MU_METRIC_COMMIT_SECONDS, 32);
	mu_metrics_observe(metrics, MU_METRIC_COMMIT_SECONDS, 33);
	mu_metrics_observe(metrics, MU_METRIC_COMMIT_SECONDS, 2000000);
	assert_int_equal(mu_metrics_get(metrics, MU_METRIC_COMMIT_SECONDS), 3);
	mu_metrics_write(metrics, &out);

	const char *text = mu_buf_text(&out);
	assert_true(has_line(text, "muster_commit_seconds_bucket{le=\"0.000032\"} 1"));
	assert_true(has_line(text, "muster_commit_seconds_bucket{le=\"0.000064\"} 2"));
	assert_true(has_line(text, "muster_commit_seconds_bucket{le=\"16.777216\"} 3"));
	assert_true(has_line(text, "muster_commit_seconds_sum 2.000065"));
	check_exposition(text);
}

/* A reader may come between an observation's bucket and its count. */
static void a_half_done_observation_is_valid(void **state)
{
	AUTO_FREE struct mu_metrics *metrics = malloc(sizeof(*metrics));
	AUTO_BUF struct mu_buf out = { 0 };

	mu_metrics_init(metrics);
	atomic_fetch_add(&metrics->bucket[MU_METRIC_BATCH_EVENTS][3], 1);
	mu_metrics_write(metrics, &out);
	check_exposition(mu_buf_text(&out));
	assert_true(has_line(mu_buf_text(&out), "muster_batch_events_count 1"));
}

enum { THREADS = 3, ROUNDS = 20000 };

static void *observe(void *arg)
{
	struct mu_metrics *metrics = arg;

	for (int i = 0; i < ROUNDS; i++) {
		mu_metrics_add(metrics, MU_METRIC_FRAMES_TOTAL, 1);
		mu_metrics_observe(metrics, MU_METRIC_BATCH_EVENTS, i % 2000);
	}
	return NULL;
}

/* However often one reads while threads observe, the text is valid, and in the end everything was counted. */
static void the_text_is_valid_while_threads_add(void **state)
{
	AUTO_FREE struct mu_metrics *metrics = malloc(sizeof(*metrics));
	AUTO_BUF struct mu_buf out = { 0 };
	pthread_t threads[THREADS];

	mu_metrics_init(metrics);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, observe, metrics), 0);
	do {
		mu_buf_reset(&out);
		mu_metrics_write(metrics, &out);
		check_exposition(mu_buf_text(&out));
	} while (mu_metrics_get(metrics, MU_METRIC_BATCH_EVENTS) < THREADS * ROUNDS / 2);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);

	mu_buf_reset(&out);
	mu_metrics_write(metrics, &out);
	assert_true(has_line(mu_buf_text(&out), "muster_frames_sent_total 60000"));
	assert_true(has_line(mu_buf_text(&out), "muster_batch_events_count 60000"));
	assert_true(has_line(mu_buf_text(&out), "muster_batch_events_bucket{le=\"+Inf\"} 60000"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_and_gauges_count),
		cmocka_unit_test(every_metric_is_written_validly),
		cmocka_unit_test(rows_of_a_family_differ_in_their_labels),
		cmocka_unit_test(numbers_fall_into_powers_of_two),
		cmocka_unit_test(microseconds_are_shown_as_seconds),
		cmocka_unit_test(a_half_done_observation_is_valid),
		cmocka_unit_test(the_text_is_valid_while_threads_add),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
