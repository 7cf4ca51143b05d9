/* The topic index against a plain table of who joined what. */
#include "testing.h"

#include "muster/base/mem.h"

#include "failing_alloc.h"
#include "topics.c"

#define MEMBERS 40
#define TOPICS 300

struct scene {
	struct mu_topics topics;
	struct mu_joined joined[MEMBERS];
};

static struct mu_joined *joined_of(void *arg, uint32_t slot)
{
	return &((struct scene *)arg)->joined[slot];
}

static void start(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	mu_topics_init(&scene->topics, joined_of, scene);
}

static void end(struct scene *scene)
{
	for (uint32_t slot = 0; slot < MEMBERS; slot++)
		mu_topics_leave_all(&scene->topics, slot);
	assert_int_equal(scene->topics.n, 0);
	mu_topics_finish(&scene->topics);
}

static bool is_member(const struct scene *scene, uint32_t slot, uint32_t id)
{
	const struct mu_topic *topic = mu_topics_find(&scene->topics, id);
	unsigned times = 0;

	for (uint32_t i = 0; topic && i < topic->n; i++)
		times += topic->members[i].slot == slot;
	assert_true(times < 2);
	return times;
}

static void test_joining_and_leaving(void **state)
{
	struct scene scene;

	start(&scene);
	assert_null(mu_topics_find(&scene.topics, 7));
	assert_int_equal(mu_topics_join(&scene.topics, 1, 7), MU_OK);
	assert_int_equal(mu_topics_join(&scene.topics, 2, 7), MU_OK);
	assert_int_equal(mu_topics_join(&scene.topics, 1, 7), MU_OK); /* twice is once */
	assert_int_equal(mu_topics_find(&scene.topics, 7)->n, 2);
	mu_topics_leave(&scene.topics, 1, 7);
	mu_topics_leave(&scene.topics, 1, 7);
	mu_topics_leave(&scene.topics, 3, 7);
	assert_true(is_member(&scene, 2, 7));
	mu_topics_leave(&scene.topics, 2, 7);
	assert_null(mu_topics_find(&scene.topics, 7)); /* an empty topic is gone */
	end(&scene);
}

static void test_topic_zero_and_the_largest(void **state)
{
	struct scene scene;

	start(&scene);
	assert_int_equal(mu_topics_join(&scene.topics, 0, 0), MU_OK);
	assert_int_equal(mu_topics_join(&scene.topics, 0, UINT32_MAX), MU_OK);
	assert_true(is_member(&scene, 0, 0));
	assert_true(is_member(&scene, 0, UINT32_MAX));
	end(&scene);
}

static void test_memory_out_changes_nothing(void **state)
{
	struct scene scene;

	start(&scene);
	assert_int_equal(mu_topics_join(&scene.topics, 1, 1), MU_OK);
	for (long n = 0;; n++) {
		enum mu_err err;

		failing_after(n);
		err = mu_topics_join(&scene.topics, 2, 2);
		failing_never();
		if (err == MU_OK)
			break;
		assert_int_equal(err, MU_NO_MEMORY);
		assert_null(mu_topics_find(&scene.topics, 2));
		assert_int_equal(scene.topics.n, 1);
	}
	assert_true(is_member(&scene, 2, 2));
	end(&scene);
}

static void test_random(void **state)
{
	static bool want[MEMBERS][TOPICS];
	struct random random = random_start();
	struct scene scene;

	start(&scene);
	memset(want, 0, sizeof(want));
	for (unsigned step = 0; step < 40000; step++) {
		uint32_t slot = (uint32_t)random_below(&random, MEMBERS),
			 id = (uint32_t)random_below(&random, TOPICS);

		switch (random_below(&random, 20)) {
		case 0:
			mu_topics_leave_all(&scene.topics, slot);
			memset(want[slot], 0, sizeof(want[slot]));
			break;
		case 1:
		case 2:
		case 3:
		case 4:
		case 5:
		case 6:
		case 7:
		case 8:
			mu_topics_leave(&scene.topics, slot, id * 64); /* numbers that share low bits */
			want[slot][id] = false;
			break;
		default:
			assert_int_equal(mu_topics_join(&scene.topics, slot, id * 64), MU_OK);
			want[slot][id] = true;
			break;
		}
		CHECK_RANDOM(&random, is_member(&scene, slot, id * 64) == want[slot][id]);
	}
	for (uint32_t slot = 0; slot < MEMBERS; slot++)
		for (uint32_t id = 0; id < TOPICS; id++)
			CHECK_RANDOM(&random, is_member(&scene, slot, id * 64) == want[slot][id]);
	end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_joining_and_leaving),
		cmocka_unit_test(test_topic_zero_and_the_largest),
		cmocka_unit_test(test_memory_out_changes_nothing),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
