/* What nodes tell each other: two hubs on one log whose words get lost, come twice or out of order, are held
 * back, and words of a third node that may say anything. An input is lines of tame.h for hub a, and
 *
 *   @LINE                 the same for hub b
 *   ~NODE WORD JSON       a word of some node that both hear; a part of its text may be $0 … $9
 *   ?hold, ?go            words wait from now on, and no longer
 *   ?lose, ?twice, ?turn  the oldest that waits is lost, comes twice, or comes last
 *   ?away, ?back          the bus doesn't reach any more, and does again
 *   ^came N, ^went N, ^left N, ^given_up   what the bus says of node c with that epoch, or of hub a itself
 *
 * In the end all was answered and, unless somebody told of rows that aren't in the log, both hubs have the
 * state that the log says and show everybody alike. */
#include "tame.h"

#include "unit/hub/shared_store.h"

#include "hub/room.h"
#include "hub/share_inner.h"
#include "hub/turn.h"
#include "muster/bus/bus.h"
#include "muster/hub/hub.h"
#include "muster/model/event.h"
#include "muster/wire/codec.h"

#define LINES_MOST 24
#define WAITING_MOST 4096
/* After this long nothing waits for another node any more. */
#define PATIENCE_MS 20000

/* ---- the bus ---- */

struct mu_bus {
	const struct mu_bus_handler *handler;
	void *arg;
	char node[2];
	bool joined;
};

struct word {
	size_t to;
	char node[8];
	char *text;
};

static struct mu_bus buses[2];
static struct word waiting[WAITING_MOST];
static size_t n_waiting;
static bool holding, away;
static bool foreign; /* a node that is none has spoken */

static struct tame *tames[2];

static size_t index_of(const struct mu_bus *bus)
{
	return (size_t)(bus - buses);
}

enum mu_err mu_bus_create(const struct mu_bus_setup *setup, struct mu_bus **ret_bus,
			  struct mu_fault *ret_fault)
{
	struct mu_bus *bus = &buses[*setup->node == 'b'];

	*bus = (struct mu_bus){ .handler = setup->handler, .arg = setup->arg, .node = { *setup->node } };
	*ret_bus = bus;
	return MU_OK;
}

void mu_bus_destroy(struct mu_bus *bus, void (*done)(void *arg), void *arg)
{
	*bus = (struct mu_bus){ 0 };
}

enum mu_err mu_bus_join(struct mu_bus *bus, const char *workspace)
{
	const bool news = !bus->joined && !strcmp(workspace, "acme");

	bus->joined = bus->joined || news;
	return MU_OK;
}

void mu_bus_leave(struct mu_bus *bus, const char *workspace)
{
	bus->joined = bus->joined && strcmp(workspace, "acme") != 0;
}

bool mu_bus_reaches(const struct mu_bus *bus, const char *workspace)
{
	return bus->joined && !away && !strcmp(workspace, "acme");
}

static void put(size_t to, const char *node, const char *text, size_t bytes)
{
	struct word *word = &waiting[n_waiting];

	HOLDS(n_waiting < WAITING_MOST && bytes <= MU_BUS_TEXT_MAX);
	n_waiting++;
	word->to = to;
	snprintf(word->node, sizeof(word->node), "%s", node);
	word->text = strndup(text, bytes);
	HOLDS(word->text);
}

enum mu_err mu_bus_say(struct mu_bus *bus, const char *workspace, const char *text, size_t bytes)
{
	const size_t other = !index_of(bus);

	HOLDS(bytes <= MU_BUS_TEXT_MAX && strlen(text) >= bytes);
	if (!mu_bus_reaches(bus, workspace))
		return MU_UNAVAILABLE;
	if (buses[other].joined)
		put(other, bus->node, text, bytes);
	return MU_OK;
}

size_t mu_bus_peers(const struct mu_bus *bus)
{
	return 1;
}

size_t mu_bus_rank(const struct mu_bus *bus)
{
	return index_of(bus);
}

void mu_bus_give_up(struct mu_bus *bus, const char *node, int64_t epoch)
{
}

bool mu_bus_up(const struct mu_bus *bus)
{
	return !away;
}

void mu_bus_awake(struct mu_bus *bus)
{
}

void mu_bus_renew(struct mu_bus *bus, int64_t epoch)
{
}

void mu_bus_goodbye(struct mu_bus *bus)
{
}

static struct word take(size_t i)
{
	const struct word word = waiting[i];

	n_waiting--;
	memmove(&waiting[i], &waiting[i + 1], (n_waiting - i) * sizeof(word));
	return word;
}

static void deliver(void)
{
	struct word word = take(0);
	const struct mu_bus *bus = &buses[word.to];

	if (bus->joined && !away)
		bus->handler->heard(bus->arg, "acme", word.node, word.text, strlen(word.text));
	free(word.text);
}

static void settle(void)
{
	tame_settle();
	while (n_waiting && !holding) {
		while (n_waiting)
			deliver();
		tame_settle();
	}
}

static void reach(bool reaches)
{
	away = !reaches;
	for (size_t i = 0; i < MU_COUNT(buses); i++)
		if (buses[i].joined)
			buses[i].handler->reach(buses[i].arg, "acme", reaches);
	settle();
}

/* ---- lines ---- */

static void change_waiting(const char *how)
{
	struct word word;

	if (!n_waiting)
		return;
	word = take(0);
	if (!strcmp(how, "lose")) {
		free(word.text);
		return;
	}
	waiting[n_waiting++] = word;
	if (!strcmp(how, "twice"))
		put(word.to, word.node, word.text, strlen(word.text));
}

static void bus_line(const char *how)
{
	if (!strcmp(how, "hold"))
		holding = true;
	else if (!strcmp(how, "go"))
		holding = false;
	else if (!strcmp(how, "away"))
		reach(false);
	else if (!strcmp(how, "back"))
		reach(true);
	else
		change_waiting(how);
}

static void node_line(char *line)
{
	const struct mu_bus *bus = &buses[0];
	const char *what = strsep(&line, " ");
	const int64_t epoch = line ? atoll(line) : 1;

	if (!strcmp(what, "came"))
		bus->handler->came(bus->arg, "c", epoch);
	else if (!strcmp(what, "went"))
		bus->handler->went(bus->arg, "c", epoch);
	else if (!strcmp(what, "left"))
		bus->handler->left(bus->arg, "c", epoch);
	else if (!strcmp(what, "given_up"))
		bus->handler->given_up(bus->arg, epoch % 2 ? MU_GIVEN_UP_TOLD : MU_GIVEN_UP_SLEPT);
}

static void foreign_line(char *line)
{
	const char *node = strsep(&line, " ");

	if (!line || strlen(node) != 1)
		return;
	foreign = true;
	fuzz_rows_forged = fuzz_rows_forged || !strncmp(line, "events", 6);
	for (size_t i = 0; i < MU_COUNT(buses); i++)
		if (buses[i].joined && *node != *buses[i].node)
			put(i, node, line, strlen(line));
}

static void take_line(void *arg, char *line)
{
	switch (*line) {
	case '?':
		bus_line(line + 1);
		break;
	case '^':
		node_line(line + 1);
		break;
	case '~':
		foreign_line(line + 1);
		break;
	case '@':
		tame_line(tames[1], line + 1);
		break;
	default:
		tame_line(tames[0], line);
		break;
	}
	settle();
}

/* ---- what must hold ---- */

static void pass_in_steps(int64_t ms)
{
	for (; ms > 0; ms -= 250) {
		tame_pass(250);
		settle();
	}
}

static void check_shown(void)
{
	const struct room *a = room_find(tame_hub(tames[0]), "acme"),
			  *b = room_find(tame_hub(tames[1]), "acme");
	struct mu_person *person = mu_presence_first(a->presence);

	for (; person; person = person->hh.next) {
		const struct mu_person *other = mu_presence_find(b->presence, person->user);

		HOLDS(other && !strcmp(person->shown.status, other->shown.status));
	}
}

static void check(bool thorough)
{
	AUTO_FREE char *a = NULL, *b = NULL;

	holding = false;
	settle();
	reach(true);
	pass_in_steps(PATIENCE_MS);
	if (fuzz_rows_forged) /* by the log's own rows it comes to the log's state again, or is read anew */
		return;
	for (size_t i = 0; i < MU_COUNT(tames); i++)
		tame_check(tames[i], thorough);
	a = tame_text(tames[0]);
	b = tame_text(tames[1]);
	HOLDS(a && b && !strcmp(a, b));
	if (!foreign)
		check_shown();
}

/* ---- life ---- */

static struct tame *make_node(struct common *common, const char *node)
{
	const struct mu_hub_seat seat = { .epoch = 1 };
	struct tame *tame = tame_create(share_of(common), node);
	struct mu_fault fault = { 0 };
	char line[] = "0 workspace.get";

	HOLDS(mu_hub_join(tame_hub(tame), &seat, &fault) == MU_OK);
	tame_line(tame, line);
	return tame;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct common *common;

	tame_begin();
	common = common_create(tame_store());
	holding = away = foreign = fuzz_rows_forged = false;
	tames[0] = make_node(common, "a");
	tames[1] = make_node(common, "b");
	reach(true);
	lines_each(data, size, LINES_MOST, take_line, NULL);
	check(tame_thorough(data, size));
	tame_destroy(tames[1]);
	tame_destroy(tames[0]);
	while (n_waiting)
		free(take(0).text);
	return 0;
}

/* ---- new lines ---- */

static void make_events(struct draw *draw, struct mu_buf *out)
{
	AUTO_BUF struct mu_buf data = { 0 };
	const struct mu_event_type *type;
	unsigned n = 0;
	const int seq = 10 + (int)draw_below(draw, 30);

	while (mu_event_type(n))
		n++;
	type = mu_event_type((unsigned)draw_below(draw, n));
	if (type->shape)
		make_record(draw, type->shape, &data);
	mu_buf_printf(
		out,
		"events {\"seq\":%d,\"rows\":[{\"seq\":%d,\"at_ms\":1700000002000,\"type\":\"%s\",\"actor\":"
		"\"{}\",\"audience\":\"everyone\",\"payload\":",
		seq, seq, type->name);
	mu_json_string(out, mu_buf_text(&data));
	mu_buf_str(out, "}]}");
}

static void make_pen(struct draw *draw, struct mu_buf *out)
{
	static const char *const queues[] = { "", "\"a\"", "\"b\"", "\"c\",\"a\"", "\"a\",\"b\",\"c\"" };

	mu_buf_printf(out, "pen {\"to\":\"%c\",\"seq\":%d,\"queue\":[%s]}", (int)('a' + draw_below(draw, 4)),
		      (int)draw_below(draw, 40), queues[draw_below(draw, MU_COUNT(queues))]);
}

static void make_ticket(struct draw *draw, struct mu_buf *out)
{
	mu_buf_printf(
		out,
		"ticket.grant {\"to\":\"%c\",\"digest\":\"$%d\",\"subject\":\"ann\",\"token\":\"t\",\"kid\":"
		"\"\",\"by_password\":true,\"issued\":1700000001000,\"expires\":1700000100000}",
		(int)('a' + draw_below(draw, 2)), (int)draw_below(draw, 3));
}

static void make_foreign(struct draw *draw, struct mu_buf *out)
{
	static const struct mu_shape *const shapes[] = { &share_here_shape, &share_all_shape,
							 &share_ask_shape };
	static const char *const names[] = { "here ", "here.all ", "here.ask " };
	const size_t i = (size_t)draw_below(draw, 8);

	mu_buf_printf(out, "~%c ", (int)('a' + draw_below(draw, 4)));
	if (i < MU_COUNT(shapes)) {
		mu_buf_str(out, names[i]);
		make_record(draw, shapes[i], out);
	} else if (i == 3) {
		make_events(draw, out);
	} else if (i == 4) {
		mu_buf_str(out, "pen.want {}");
	} else if (i == 5) {
		make_pen(draw, out);
	} else if (i == 6) {
		make_ticket(draw, out);
	} else {
		mu_buf_str(out, "now {\"audience\":\"everyone\",\"full\":{\"n\":1},\"personal\":false}");
	}
}

static void make_line(struct draw *draw, struct mu_buf *out)
{
	static const char *const lines[] = { "?hold",   "?hold",   "?go",       "?go",    "?lose",
					     "?twice",  "?turn",   "?away",     "?back",  "^came 1",
					     "^went 1", "^left 1", "^given_up", "^came 2" };

	switch (draw_below(draw, 8)) {
	case 0:
	case 1:
		mu_buf_str(out, lines[draw_below(draw, MU_COUNT(lines))]);
		break;
	case 2:
		make_foreign(draw, out);
		break;
	case 3:
	case 4:
	case 5:
		mu_buf_char(out, '@');
		tame_make(draw, out);
		break;
	default:
		tame_make(draw, out);
		break;
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
	return lines_mutate(data, size, most, seed, make_line);
}
