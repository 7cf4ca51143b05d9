/* Metrics and their Prometheus text.
 * Invariant: what is written is valid however adds race with it: the buckets of a histogram grow towards its
 * count.
 * Thread: any; every value is a relaxed atomic of its own. */
#include "muster/base/metrics.h"

#include "muster/base/mem.h"

#include <inttypes.h>
#include <string.h>

/* The first bucket of a histogram of numbers ends at 1; of one in seconds at 32 µs, so that the last ends at
 * 17 s. */
#define SECONDS_SHIFT 5
#define MICROSECONDS INT64_C(1000000)

enum kind { KIND_GAUGE, KIND_COUNTER, KIND_HISTOGRAM };

static const char *const kind_names[] = {
	[KIND_GAUGE] = "gauge",
	[KIND_COUNTER] = "counter",
	[KIND_HISTOGRAM] = "histogram",
};

static const struct row {
	const char *name;
	const char *help;
	enum kind kind;
} rows[MU_METRIC_COUNT] = {
#define X(name, kind, text, help) [MU_METRIC_##name] = { (text), (help), KIND_##kind },
	MU_METRICS(X)
#undef X
#define X(name, code, kind, retry, text)                                                                     \
	[MU_METRIC_CLOSED_##name] = { MU_METRIC_CLOSED_NAME "{kind=\"" kind "\"}", MU_METRIC_CLOSED_HELP,    \
				      KIND_COUNTER },
		MU_CLOSES(X)
#undef X
};

void mu_metrics_init(struct mu_metrics *metrics)
{
	for (int metric = 0; metric < MU_METRIC_COUNT; metric++) {
		atomic_init(&metrics->value[metric], 0);
		atomic_init(&metrics->sum[metric], 0);
		for (int i = 0; i < MU_METRIC_BUCKETS; i++)
			atomic_init(&metrics->bucket[metric][i], 0);
	}
}

void mu_metrics_add(struct mu_metrics *metrics, enum mu_metric metric, int64_t n)
{
	atomic_fetch_add_explicit(&metrics->value[metric], n, memory_order_relaxed);
}

void mu_metrics_set(struct mu_metrics *metrics, enum mu_metric metric, int64_t value)
{
	atomic_store_explicit(&metrics->value[metric], value, memory_order_relaxed);
}

int64_t mu_metrics_get(struct mu_metrics *metrics, enum mu_metric metric)
{
	return atomic_load_explicit(&metrics->value[metric], memory_order_relaxed);
}

void mu_metrics_closed(struct mu_metrics *metrics, int code)
{
	static const struct {
		int code;
		enum mu_metric metric;
	} all[] = {
#define X(name, code, kind, retry, text) { (code), MU_METRIC_CLOSED_##name },
		MU_CLOSES(X)
#undef X
	};

	for (size_t i = 0; i < MU_COUNT(all); i++)
		if (all[i].code == code)
			mu_metrics_add(metrics, all[i].metric, 1);
}

static bool in_seconds(const struct row *row)
{
	const size_t n = strlen(row->name);
	const size_t suffix = strlen("_seconds");

	return n > suffix && strcmp(row->name + n - suffix, "_seconds") == 0;
}

/* The upper bound of bucket i, which belongs to the bucket. */
static int64_t bound(const struct row *row, int i)
{
	return INT64_C(1) << (in_seconds(row) ? i + SECONDS_SHIFT : i);
}

void mu_metrics_observe(struct mu_metrics *metrics, enum mu_metric metric, int64_t value)
{
	int i = 0;

	if (value < 0)
		value = 0;
	while (i < MU_METRIC_BUCKETS && value > bound(&rows[metric], i))
		i++;
	if (i < MU_METRIC_BUCKETS)
		atomic_fetch_add_explicit(&metrics->bucket[metric][i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&metrics->sum[metric], value, memory_order_relaxed);
	mu_metrics_add(metrics, metric, 1);
}

/* A value in the histogram's unit: microseconds as seconds, a number as it is. */
static void write_amount(const struct row *row, int64_t value, struct mu_buf *out)
{
	if (in_seconds(row))
		mu_buf_printf(out, "%" PRId64 ".%06" PRId64, value / MICROSECONDS, value % MICROSECONDS);
	else
		mu_buf_i64(out, value);
}

static void write_histogram(struct mu_metrics *metrics, enum mu_metric metric, struct mu_buf *out)
{
	const struct row *row = &rows[metric];
	int64_t so_far = 0;
	int64_t count;

	for (int i = 0; i < MU_METRIC_BUCKETS; i++) {
		so_far += atomic_load_explicit(&metrics->bucket[metric][i], memory_order_relaxed);
		mu_buf_printf(out, "%s_bucket{le=\"", row->name);
		write_amount(row, bound(row, i), out);
		mu_buf_printf(out, "\"} %" PRId64 "\n", so_far);
	}
	/* An observation may have reached its bucket and not yet the count. */
	count = mu_metrics_get(metrics, metric);
	if (count < so_far)
		count = so_far;
	mu_buf_printf(out, "%s_bucket{le=\"+Inf\"} %" PRId64 "\n%s_sum ", row->name, count, row->name);
	write_amount(row, atomic_load_explicit(&metrics->sum[metric], memory_order_relaxed), out);
	mu_buf_printf(out, "\n%s_count %" PRId64 "\n", row->name, count);
}

/* How long the name of a row's family is: without labels. */
static int family_n(const struct row *row)
{
	return (int)strcspn(row->name, "{");
}

static bool begins_family(int i)
{
	const int n = family_n(&rows[i]);

	return i == 0 || family_n(&rows[i - 1]) != n ||
	       memcmp(rows[i].name, rows[i - 1].name, (size_t)n) != 0;
}

void mu_metrics_describe(struct mu_buf *out)
{
	const char *help = "";

	for (int i = 0; i < MU_METRIC_COUNT; i++) {
		if (begins_family(i))
			help = rows[i].help;
		mu_buf_printf(out, "%s (%s): %s%s", rows[i].name, kind_names[rows[i].kind], help,
			      i + 1 < MU_METRIC_COUNT ? "\n" : "");
	}
}

void mu_metrics_write(struct mu_metrics *metrics, struct mu_buf *out)
{
	for (int i = 0; i < MU_METRIC_COUNT; i++) {
		const struct row *row = &rows[i];

		if (begins_family(i))
			mu_buf_printf(out, "# HELP %.*s %s\n# TYPE %.*s %s\n", family_n(row), row->name,
				      row->help, family_n(row), row->name, kind_names[row->kind]);
		if (row->kind == KIND_HISTOGRAM)
			write_histogram(metrics, (enum mu_metric)i, out);
		else
			mu_buf_printf(out, "%s %" PRId64 "\n", row->name,
				      mu_metrics_get(metrics, (enum mu_metric)i));
	}
}
