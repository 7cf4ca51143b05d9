/* The one JSON object that a run prints: flat, keys are our own plain words, so nothing needs escaping. */
#ifndef MUSTER_BENCH_REPORT_H
#define MUSTER_BENCH_REPORT_H

#include <stdint.h>

void lg_report_open(void);
void lg_report_text(const char *key, const char *value);
void lg_report_count(const char *key, uint64_t value);
void lg_report_number(const char *key, double value);

/* Closes the object; a run that cannot write its result fails. */
void lg_report_close(void);

#endif
