/* JSON on standard output. */
#include "report.h"
#include "util.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

static bool first = true;

static void key_of(const char *key)
{
	printf("%s\n  \"%s\": ", first ? "" : ",", key);
	first = false;
}

void lg_report_open(void)
{
	printf("{");
}

void lg_report_text(const char *key, const char *value)
{
	key_of(key);
	printf("\"%s\"", value);
}

void lg_report_count(const char *key, uint64_t value)
{
	key_of(key);
	printf("%" PRIu64, value);
}

void lg_report_number(const char *key, double value)
{
	key_of(key);
	printf("%.9g", value);
}

void lg_report_close(void)
{
	printf("\n}\n");
	if (fflush(stdout) != 0 || ferror(stdout))
		lg_die("cannot write the result");
}
