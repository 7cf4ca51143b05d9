/* The board of a client.
 * Thread: main. */
#include "board.h"

#include "muster/base/clock.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

void board_init(struct board *board)
{
	*board = (struct board){ 0 };
}

/* ---- people ---- */

static void person_free(struct board_person *person)
{
	if (!person)
		return;
	free(person->user);
	free(person->name);
	free(person->status);
	free(person->folded);
	free(person->note);
	free(person->devices);
	free(person);
}

/* One character; what the locale can't read counts as itself. */
static size_t next_letter(const char *text, wchar_t *ret_letter)
{
	mbstate_t state = { 0 };
	size_t n = mbrtowc(ret_letter, text, strlen(text), &state);

	if (n != 0 && n <= MB_LEN_MAX)
		return n;
	*ret_letter = (unsigned char)*text;
	return 1;
}

static wchar_t *fold(const char *text)
{
	wchar_t *folded = calloc(strlen(text) + 1, sizeof(*folded));
	size_t n = 0;

	while (folded && *text) {
		text += next_letter(text, &folded[n]);
		folded[n] = (wchar_t)towlower((wint_t)folded[n]);
		n++;
	}
	return folded;
}

static wchar_t *fold_person(const struct board_person *person)
{
	AUTO_BUF struct mu_buf both = { 0 };

	mu_buf_printf(&both, "%s\n%s", person->name, person->user);
	return mu_buf_error(&both) ? NULL : fold(mu_buf_text(&both));
}

static int index_of(const char *const *names, const char *name)
{
	for (int i = 0; name && names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

/* "web, mobile (idle)"; several of a kind in the same state are one word and a number. */
static char *describe_devices(const json_t *devices)
{
	size_t counts[MU_DEVICE_API + 1][MU_BACKGROUND + 1] = { 0 }, i;
	struct mu_buf text;
	const json_t *device;

	json_array_foreach(devices, i, device)
	{
		int kind = index_of(mu_device_kind_names, mu_json_text(device, "kind"));
		int state = index_of(mu_activity_names, mu_json_text(device, "state"));

		if (kind >= 0 && state >= 0)
			counts[kind][state]++;
	}
	mu_buf_init(&text);
	for (int kind = 0; kind <= MU_DEVICE_API; kind++) {
		for (int state = 0; state <= MU_BACKGROUND; state++) {
			if (!counts[kind][state])
				continue;
			mu_buf_printf(&text, "%s%s", text.n ? ", " : "", mu_device_kind_names[kind]);
			if (counts[kind][state] > 1)
				mu_buf_printf(&text, " ×%zu", counts[kind][state]);
			if (state != MU_ACTIVE)
				mu_buf_printf(&text, " (%s)", mu_activity_names[state]);
		}
	}
	return text.n || text.failed ? mu_buf_take(&text) : strdup("");
}

static bool copy_texts(struct board_person *person, const json_t *presence)
{
	const char *name = mu_json_text(presence, "name"), *note = mu_json_text(presence, "note");

	person->user = strdup(mu_json_text(presence, "user"));
	person->status = strdup(mu_json_text(presence, "status"));
	if (!person->user || !person->status)
		return false;
	person->name = strdup(name && *name ? name : person->user);
	person->note = note ? strdup(note) : NULL;
	person->devices = describe_devices(json_object_get(presence, "devices"));
	if (!person->name || !person->devices || (note && !person->note))
		return false;
	person->folded = fold_person(person);
	return person->folded != NULL;
}

/* A person from PRESENCE. Errors: MU_INVALID_PARAMS, MU_NO_MEMORY. */
static enum mu_err person_read(const json_t *presence, struct board_person **ret_person)
{
	int base = index_of(mu_base_status_names, mu_json_text(presence, "base"));
	const char *since = mu_json_text(presence, "since");
	struct board_person *person;

	if (base < 0 || !mu_json_text(presence, "user") || !mu_json_text(presence, "status"))
		return MU_INVALID_PARAMS;
	person = calloc(1, sizeof(*person));
	if (!person)
		return MU_NO_MEMORY;
	person->base = (enum mu_base_status)base;
	if (since)
		(void)mu_time_parse(since, &person->since_ms);
	if (!copy_texts(person, presence)) {
		person_free(person);
		return MU_NO_MEMORY;
	}
	*ret_person = person;
	return MU_OK;
}

/* ---- the board ---- */

struct board_person *board_find(struct board *board, const char *user)
{
	struct board_person *person = NULL;

	HASH_FIND_STR(board->people, user, person);
	return person;
}

static void take_out(struct board *board, struct board_person *person)
{
	if (!person)
		return;
	HASH_DEL(board->people, person);
	board->counts[person->base]--;
	person_free(person);
}

/* Takes the person over, also when it fails. */
static enum mu_err put_in(struct board *board, struct board_person *person)
{
	take_out(board, board_find(board, person->user));
	HASH_ADD_KEYPTR(hh, board->people, person->user, strlen(person->user), person);
	if (!person->hh.tbl) {
		person_free(person);
		return MU_NO_MEMORY;
	}
	board->counts[person->base]++;
	return MU_OK;
}

void board_finish(struct board *board)
{
	struct board_person *person, *next;

	HASH_ITER (hh, board->people, person, next) {
		take_out(board, person);
	}
	free(board->version);
	board_init(board);
}

static enum mu_err put_in_all(struct board *board, const json_t *list)
{
	enum mu_err err = MU_OK;
	const json_t *presence;
	size_t i;

	json_array_foreach(list, i, presence)
	{
		struct board_person *person = NULL;

		err = person_read(presence, &person);
		if (!err)
			err = put_in(board, person);
		if (err)
			break;
	}
	return err;
}

enum mu_err board_replace(struct board *board, const json_t *snapshot)
{
	const json_t *users = json_object_get(snapshot, "users");
	const char *version = mu_json_text(snapshot, "version");
	struct board fresh;
	enum mu_err err;

	if (!version || !json_is_array(users))
		return MU_INVALID_PARAMS;
	board_init(&fresh);
	fresh.version = strdup(version);
	err = fresh.version ? put_in_all(&fresh, users) : MU_NO_MEMORY;
	if (err) {
		board_finish(&fresh);
		return err;
	}
	board_finish(board);
	*board = fresh;
	return MU_OK;
}

enum mu_err board_apply(struct board *board, const json_t *diff)
{
	const char *from = mu_json_text(diff, "from"), *version = mu_json_text(diff, "version"), *user;
	char *held;
	enum mu_err err;
	const json_t *gone;
	size_t i;

	if (!from || !version || !board->version || strcmp(from, board->version) != 0)
		return MU_CONFLICT;
	held = strdup(version);
	err = held ? put_in_all(board, json_object_get(diff, "up")) : MU_NO_MEMORY;
	json_array_foreach(json_object_get(diff, "down"), i, gone)
	{
		user = json_string_value(gone);
		if (user)
			take_out(board, board_find(board, user));
	}
	free(board->version);
	board->version = held;
	if (err) {
		free(held);
		board->version = NULL;
	}
	return err;
}

/* ---- lists ---- */

static int by_base_and_name(const void *a, const void *b)
{
	const struct board_person *left = *(const struct board_person *const *)a;
	const struct board_person *right = *(const struct board_person *const *)b;

	if (left->base != right->base)
		return left->base < right->base ? -1 : 1;
	return wcscmp(left->folded, right->folded);
}

enum mu_err board_list(const struct board *board, const char *filter, const struct board_person ***ret_people,
		       size_t *ret_n)
{
	const struct board_person **people = calloc(HASH_COUNT(board->people) + 1, sizeof(*people));
	AUTO_FREE wchar_t *wanted = fold(filter);
	size_t n = 0;

	if (!people || !wanted) {
		free(people);
		return MU_NO_MEMORY;
	}
	for (const struct board_person *person = board->people; person; person = person->hh.next)
		if (wcsstr(person->folded, wanted))
			people[n++] = person;
	qsort(people, n, sizeof(struct board_person *), by_base_and_name);
	*ret_people = people;
	*ret_n = n;
	return MU_OK;
}
