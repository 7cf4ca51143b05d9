/* Casts that are held and put together, against a model that gives each one out at once: everybody hears the
 * same bytes in the same order. */
#include "testing.h"

#include "inner.h"

static bool memory_is_out;

static struct mu_frame *scarce_frame_create(size_t n)
{
	return memory_is_out ? NULL : mu_frame_create(n);
}

#define mu_frame_create(n) scarce_frame_create(n)
#include "cast.c"
#undef mu_frame_create

#define CONNS 6
#define TOPICS 4
#define FULL_TOPIC 1
#define BRIEF_TOPIC 2

static struct mu_config config;
static struct mu_edge edge;
static struct conn conns[CONNS];
static struct mu_buf heard[CONNS], expected[CONNS];
static bool slow[CONNS]; /* to be closed by the next frame it gets */
static int entries;      /* in outboxes */

const struct mu_config *limits_config(struct mu_edge_shared *shared)
{
	(void)shared;
	return &config;
}

struct conn *conn_at(struct mu_edge *of, uint32_t slot)
{
	assert_ptr_equal(of, &edge);
	return &conns[slot];
}

static void leave(uint32_t slot)
{
	conns[slot].state = CONN_CLOSING;
	mu_topics_leave_all(&edge.topics, slot);
}

void send_frame(struct conn *conn, struct mu_frame *frame, enum mu_class class)
{
	assert_int_equal(class, MU_CLASS_EPHEMERAL);
	if (conn->state != CONN_OPEN)
		return;
	mu_buf_add(&heard[conn->slot], frame->data, frame->n);
	assert_int_equal(frame->count, frame->n / 4); /* each cast is 4 bytes here */
	entries++;
	if (slow[conn->slot])
		leave(conn->slot);
}

void send_at_once(struct conn *conn, struct mu_frame *frame, enum mu_class class)
{
	send_frame(conn, frame, class);
}

static struct mu_joined *joined_of(void *arg, uint32_t slot)
{
	(void)arg;
	return &conns[slot].joined;
}

static void open_conn(uint32_t slot)
{
	conns[slot] = (struct conn){ .edge = &edge, .slot = slot, .state = CONN_OPEN };
	slow[slot] = false;
}

static int start(void **state)
{
	(void)state;
	edge = (struct mu_edge){ 0 };
	config.send_budget_bytes = 1 << 20;
	mu_topics_init(&edge.topics, joined_of, NULL);
	for (uint32_t slot = 0; slot < CONNS; slot++) {
		open_conn(slot);
		mu_buf_init(&heard[slot]);
		mu_buf_init(&expected[slot]);
	}
	entries = 0;
	return 0;
}

static int stop(void **state)
{
	(void)state;
	for (uint32_t slot = 0; slot < CONNS; slot++) {
		mu_topics_leave_all(&edge.topics, slot);
		mu_buf_finish(&heard[slot]);
		mu_buf_finish(&expected[slot]);
	}
	mu_topics_finish(&edge.topics);
	return 0;
}

static struct mu_frame *make_frame(char mark, unsigned number)
{
	char text[8];
	struct mu_frame *frame = mu_frame_create(4);

	snprintf(text, sizeof(text), "%c%03u", mark, number % 1000);
	memcpy(frame->data, text, 4);
	return frame;
}

/* A cast of F<number> to the topics in the mask `full`, and of B<number> to the others in `brief`. */
static void cast(unsigned number, unsigned full, unsigned brief)
{
	struct mu_down *down = mu_down_create(MU_DOWN_CAST);
	size_t n = 0;

	down->cast.class = MU_CLASS_EPHEMERAL;
	down->cast.topics = calloc(2 * TOPICS, sizeof(uint32_t));
	for (uint32_t topic = 0; topic < TOPICS; topic++)
		if (full & 1u << topic)
			down->cast.topics[n++] = topic + 1;
	down->cast.n_topics = n;
	for (uint32_t topic = 0; topic < TOPICS; topic++)
		if (brief & ~full & 1u << topic)
			down->cast.topics[n++] = topic + 1;
	down->cast.n_brief = n - down->cast.n_topics;
	/* The hub makes a form for whom it may concern, of whom perhaps nobody is there. */
	down->cast.frame = down->cast.n_topics || number % 2 ? make_frame('F', number) : NULL;
	down->cast.brief = down->cast.n_brief || number % 2 ? make_frame('B', number) : NULL;
	cast_hold(&edge, down);
}

static void join(uint32_t slot, uint32_t topic)
{
	cast_catch_up(&conns[slot]);
	assert_int_equal(mu_topics_join(&edge.topics, slot, topic), MU_OK);
}

/* What comes for one connection alone. */
static void say(uint32_t slot, const char *text)
{
	cast_catch_up(&conns[slot]);
	mu_buf_str(&heard[slot], text);
}

static void a_burst_is_one_entry(void **state)
{
	join(0, 1);
	join(1, 1);
	join(2, 2);
	for (unsigned i = 0; i < 32; i++)
		cast(i, 1, 0);
	assert_int_equal(entries, 0);
	cast_flush(&edge, true);
	assert_int_equal(entries, 2);
	assert_int_equal(heard[0].n, 32 * 4);
	assert_memory_equal(heard[0].data, "F000F001F002", 12);
	assert_memory_equal(heard[0].data, heard[1].data, 32 * 4);
	assert_int_equal(heard[2].n, 0);
	cast_flush(&edge, true);
	assert_int_equal(entries, 2);
}

static void what_is_for_one_comes_behind_the_casts_before(void **state)
{
	join(0, 1);
	join(1, 1);
	cast(0, 1, 0);
	say(0, "<a>");
	cast(1, 1, 0);
	cast(2, 1, 0);
	say(0, "<b>");
	cast(3, 1, 0);
	cast_flush(&edge, true);
	assert_string_equal(mu_buf_text(&heard[0]), "F000<a>F001F002<b>F003");
	assert_string_equal(mu_buf_text(&heard[1]), "F000F001F002F003");
	assert_int_equal(entries, 4 + 1);
}

static void who_joins_hears_from_then_on(void **state)
{
	join(0, 1);
	cast(0, 1, 0);
	join(1, 1);
	cast(1, 1, 0);
	cast_catch_up(&conns[0]);
	mu_topics_leave(&edge.topics, 0, 1);
	cast(2, 1, 0);
	cast_flush(&edge, true);
	assert_string_equal(mu_buf_text(&heard[0]), "F000F001");
	assert_string_equal(mu_buf_text(&heard[1]), "F001F002");
}

static void other_people_end_a_burst(void **state)
{
	join(0, 1);
	join(0, 2);
	cast(0, 1, 0);
	cast(1, 1, 0);
	cast(2, 2, 0);
	cast(3, 1, 0);
	cast_flush(&edge, true);
	assert_string_equal(mu_buf_text(&heard[0]), "F000F001F002F003");
	assert_int_equal(entries, 3);
}

/* Much is not put together for readers who may have little waiting. */
static void a_burst_keeps_within_a_part_of_the_budget(void **state)
{
	config.send_budget_bytes = 8 * BUDGET_PARTS; /* two casts */
	join(0, 1);
	for (unsigned i = 0; i < 10; i++)
		cast(i, 1, 0);
	cast_flush(&edge, true);
	assert_int_equal(heard[0].n, 40);
	assert_int_equal(entries, 5);
}

static void without_memory_they_go_one_by_one(void **state)
{
	join(0, 1);
	for (unsigned i = 0; i < 3; i++)
		cast(i, 1, 0);
	memory_is_out = true;
	cast_flush(&edge, true);
	memory_is_out = false;
	assert_string_equal(mu_buf_text(&heard[0]), "F000F001F002");
	assert_int_equal(entries, 3);
}

/* ---- the model ---- */

static void expect_cast(unsigned number, unsigned full, unsigned brief)
{
	for (uint32_t slot = 0; slot < CONNS; slot++) {
		unsigned member = 0;

		for (uint32_t topic = 0; topic < TOPICS; topic++)
			if (mu_topics_joined(&conns[slot].joined, topic + 1))
				member |= 1u << topic;
		if (member & (full | brief))
			mu_buf_printf(&expected[slot], "%c%03u", member & full ? 'F' : 'B', number % 1000);
	}
}

static void one_step(struct random *random, unsigned number)
{
	const uint32_t slot = (uint32_t)random_below(random, CONNS);
	const uint32_t topic = 1 + (uint32_t)random_below(random, TOPICS);
	static unsigned full = 1, brief;

	switch (random_below(random, 12)) {
	case 0:
		join(slot, topic);
		break;
	case 1:
		cast_catch_up(&conns[slot]);
		mu_topics_leave(&edge.topics, slot, topic);
		break;
	case 2:
		say(slot, "<>");
		mu_buf_str(&expected[slot], "<>");
		break;
	case 3:
		cast_flush(&edge, true);
		break;
	case 4:
		full = (unsigned)random_below(random, 1 << TOPICS);
		brief = (unsigned)random_below(random, 1 << TOPICS);
		break;
	default:
		expect_cast(number, full, brief);
		cast(number, full, brief);
	}
}

static void everybody_hears_what_they_would_without_it(void **state)
{
	struct random random = random_start();

	for (unsigned i = 0; i < 20000; i++)
		one_step(&random, i);
	cast_flush(&edge, true);
	for (uint32_t slot = 0; slot < CONNS; slot++) {
		CHECK_RANDOM(&random, heard[slot].n > 1000);
		CHECK_RANDOM(&random, !strcmp(mu_buf_text(&heard[slot]), mu_buf_text(&expected[slot])));
	}
}

/* Giving out closes slow readers, who leave their topics meanwhile; the others miss nothing. */
static void slow_readers_go_and_others_hear_all(void **state)
{
	struct random random = random_start();

	for (unsigned round = 0; round < 2000; round++) {
		for (uint32_t slot = 0; slot < CONNS; slot++) {
			mu_buf_reset(&heard[slot]);
			open_conn(slot);
			conns[slot].cast = edge.cast;
			join(slot, 1 + (uint32_t)random_below(&random, TOPICS));
			join(slot, 1 + (uint32_t)random_below(&random, TOPICS));
			slow[slot] = random_below(&random, 2);
		}
		cast(0, 0xf, 0);
		cast(1, 0xf, 0);
		if (random_below(&random, 2))
			cast_catch_up(&conns[random_below(&random, CONNS)]);
		cast_flush(&edge, true);
		for (uint32_t slot = 0; slot < CONNS; slot++) {
			const char *text = mu_buf_text(&heard[slot]);

			CHECK_RANDOM(&random,
				     !strcmp(text, "F000F001") || (slow[slot] && !strcmp(text, "F000")));
			mu_topics_leave_all(&edge.topics, slot);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_burst_is_one_entry, start, stop),
		cmocka_unit_test_setup_teardown(what_is_for_one_comes_behind_the_casts_before, start, stop),
		cmocka_unit_test_setup_teardown(who_joins_hears_from_then_on, start, stop),
		cmocka_unit_test_setup_teardown(other_people_end_a_burst, start, stop),
		cmocka_unit_test_setup_teardown(a_burst_keeps_within_a_part_of_the_budget, start, stop),
		cmocka_unit_test_setup_teardown(without_memory_they_go_one_by_one, start, stop),
		cmocka_unit_test_setup_teardown(everybody_hears_what_they_would_without_it, start, stop),
		cmocka_unit_test_setup_teardown(slow_readers_go_and_others_hear_all, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
