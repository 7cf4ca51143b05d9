/* muster-store-fill: many workspaces that are like one that is there, each with a long log.
 *
 *     muster-store-fill TEMPLATE_DIRECTORY WORKSPACE DIRECTORY COUNT EVENTS_IN_ALL
 *
 * What P10 starts with. The events of the template come first; the rest of a log are people who come and go,
 * as a hub notes it. One thread. */
#include "util.h"

#include "muster/base/mem.h"
#include "muster/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 4096, ROWS_MAX = 100000, TEXT_BYTES = 256, PEOPLE_MAX = 1000 };

struct fill {
	struct mu_store *from, *to;
	struct mu_arena arena;
	struct mu_row *rows; /* of a workspace: the template's, then the others */
	size_t n_template, n;
	char *people[PEOPLE_MAX];
	size_t n_people;
};

static size_t number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (end == text || *end || value == 0)
		lg_die("not a number above 0: %s", text);
	return value;
}

static struct mu_store *open_store(const char *directory)
{
	char url[PATH_BYTES];
	struct mu_fault fault = { 0 };
	struct mu_store *store = NULL;

	if (snprintf(url, sizeof(url), "sqlite:%s/muster.db", directory) >= (int)sizeof(url))
		lg_die("the path is too long");
	if (mu_store_open(url, &store, &fault))
		lg_die("the store in %s: %s", directory, mu_fault_text(&fault));
	return store;
}

static const char *copy(struct fill *fill, const char *text)
{
	char *made = text ? mu_arena_strdup(&fill->arena, text) : NULL;

	if (text && !made)
		lg_die("out of memory");
	return made;
}

static bool keep_row(void *arg, const struct mu_row *row)
{
	struct fill *fill = arg;
	struct mu_row *kept = &fill->rows[fill->n_template++];

	*kept = *row;
	kept->type = copy(fill, row->type);
	kept->actor = copy(fill, row->actor);
	kept->audience = copy(fill, row->audience);
	kept->payload = copy(fill, row->payload);
	kept->action = copy(fill, row->action);
	kept->who = copy(fill, row->who);
	kept->about = copy(fill, row->about);
	kept->origin = copy(fill, row->origin);
	kept->before = copy(fill, row->before);
	if (strcmp(row->type, "user.created") == 0 && row->about && fill->n_people < PEOPLE_MAX)
		fill->people[fill->n_people++] = (char *)kept->about;
	return fill->n_template < fill->n;
}

/* Somebody comes, then goes, then the next. */
static void add_change(struct fill *fill, size_t i)
{
	const char *user = fill->people[i / 2 % fill->n_people];
	const struct mu_row *last = &fill->rows[fill->n_template - 1];
	char payload[TEXT_BYTES];

	snprintf(payload, sizeof(payload),
		 "{\"user\":\"%s\",\"from\":\"%s\",\"to\":\"%s\",\"base\":\"%s\",\"cause\":\"%s\",\"since\":"
		 "\"2026-01-01T08:00:00.000Z\"}",
		 user, i % 2 ? "available" : "offline", i % 2 ? "offline" : "available",
		 i % 2 ? "offline" : "available", i % 2 ? "disconnect" : "connect");
	fill->rows[fill->n_template + i] = (struct mu_row){
		.seq = last->seq + 1 + (int64_t)i,
		.at_ms = last->at_ms,
		.type = "presence.changed",
		.actor = "{\"system\":true}",
		.audience = "",
		.payload = copy(fill, payload),
		.about = user,
	};
}

static void prepare(struct fill *fill, const char *workspace)
{
	const size_t wanted = fill->n;

	fill->rows = lg_alloc(wanted, sizeof(*fill->rows));
	if (mu_store_read(fill->from, workspace, 0, (int64_t)wanted, keep_row, fill) || !fill->n_people)
		lg_die("the template has no people");
	for (size_t i = 0; fill->n_template + i < wanted; i++)
		add_change(fill, i);
}

static void add_workspace(struct fill *fill, size_t number_of_it)
{
	char id[32];
	struct mu_append append = { id, 0, fill->rows, fill->n, MU_OK };

	snprintf(id, sizeof(id), "w%zu", number_of_it);
	if (mu_store_create(fill->to, id, 0) || mu_store_append(fill->to, &append, 1) || append.err)
		lg_die("%s can't be written: %s", id, mu_fault_text(mu_store_fault(fill->to)));
}

int main(int argc, char **argv)
{
	struct fill fill = { 0 };

	if (argc != 6)
		lg_die("usage: muster-store-fill TEMPLATE_DIRECTORY WORKSPACE DIRECTORY COUNT EVENTS_IN_ALL");
	const size_t count = number(argv[4]);
	fill.n = number(argv[5]) / count;
	if (fill.n == 0 || fill.n > ROWS_MAX)
		lg_die("a workspace has %d events at most, and one at least", ROWS_MAX);
	fill.from = open_store(argv[1]);
	fill.to = open_store(argv[3]);
	prepare(&fill, argv[2]);
	for (size_t i = 0; i < count; i++)
		add_workspace(&fill, i);
	mu_store_close(fill.from);
	mu_store_close(fill.to);
	mu_arena_finish(&fill.arena);
	free(fill.rows);
	return 0;
}
