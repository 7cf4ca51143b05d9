/* Points where a program can fail, and one of them that does: allocations of Muster's own code and of the
 * libraries that let themselves be given an allocator, and calls of the system (points_io.c). A program of
 * tests/faults links with wrappers (see CMakeLists.txt) that ask here each time. Invariant: of the points
 * that are passed while armed, one fails at most, in whatever thread it is; the memory of the test itself is
 * never refused. Thread: any; points_arm and points_disarm from the test's. */
#ifndef MUSTER_FAULTS_POINTS_H
#define MUSTER_FAULTS_POINTS_H

#include <stdbool.h>
#include <stddef.h>

/* Memory: of SQLite apart, whose ways to run out of it while it reads a schema are more than all others. */
enum points_kind { POINTS_MEMORY = 1, POINTS_IO = 2, POINTS_SQLITE_MEMORY = 4, POINTS_ALL = 7 };

/* Give libraries the allocator that fails; once, before any of them is used. Nothing of this thread fails
 * until it is unspared. */
void points_start(void);

/* From now on count points of these kinds; the n-th (from 0) fails, and no other. POINTS_NEW: the first one
 * that is reached in a way in which none has failed yet. */
#define POINTS_NEW (-1)
/* None at all. */
#define POINTS_NONE (-2)
void points_arm(unsigned kinds, long n);

/* Whether every single point has to fail (MU_FAULTS=all in the environment), rather than one for each way. */
bool points_all(void);

/* What to arm for the n-th try of a scene: n, or POINTS_NEW. */
long points_nth(long n);

/* Nothing fails any more. Whether one did since points_arm. */
bool points_disarm(void);

/* Whether one has failed since points_arm. */
bool points_fired(void);

/* The name of the call that failed last. */
const char *points_call(void);

/* Call this in the failing thread when a point fails; it may not allocate. */
void points_on_fire(void (*fired)(void *arg), void *arg);

/* Calls in this thread never fail, or do again; it begins unspared. Answers how it was before. */
bool points_spare(bool spare);

/* Show, on stderr, the call that failed last and from where. */
void points_show(void);

/* How many points have failed so far. */
size_t points_failed(void);

/* Say how many have failed in a scene, since so many had. Whether it tried anything: where each point has to
 * fail, some must have; where only new ways do, others may have had them all. */
bool points_scene(const char *name, size_t before);

/* What main answers: `failed` of its tests, or 1 when none of the points of one of these kinds has failed,
 * as then nothing was tried. Says how many have. */
int points_result(int failed, unsigned kinds);

/* How many files this program has open. */
size_t points_open_files(void);

/* For the wrappers of a call that can fail in so many ways: in which of them, from 1, it does; 0: in none.
 * Each is a point of its own. */
unsigned points_fail(enum points_kind kind, const char *name, unsigned n_ways);

#endif
