/* A message between edge and hub frees what is its own and nothing else. Leaks are found by the address
 * sanitizer; here the counts of what is shared are looked at. */
#include "testing.h"

#include "muster/auth/token.h"
#include "muster/wire/port.h"

#include "failing_alloc.h"
#include "port.c"

static void a_fresh_message_is_empty(void **state)
{
	for (int kind = MU_UP_REQUEST; kind <= MU_UP_KEYS; kind++) {
		struct mu_up *up = mu_up_create((enum mu_up_kind)kind);

		assert_int_equal(up->kind, kind);
		assert_null(up->msg.next);
		mu_up_destroy(up);
	}
	for (int kind = MU_DOWN_ANSWER; kind <= MU_DOWN_STOP; kind++) {
		struct mu_down *down = mu_down_create((enum mu_down_kind)kind);

		assert_int_equal(down->kind, kind);
		assert_null(down->msg.next);
		mu_down_destroy(down);
	}
	mu_up_destroy(NULL);
	mu_down_destroy(NULL);
}

static void a_request_owns_its_parameters_and_key(void **state)
{
	struct mu_up *up = mu_up_create(MU_UP_REQUEST);
	json_t *params = json_object();
	long before = frees;

	up->request.params = json_incref(params);
	up->request.idempotency_key = strdup("k-1");
	mu_up_destroy(up);
	assert_int_equal(frees, before + 2);
	assert_int_equal(params->refcount, 1);
	json_decref(params);
}

static void an_answer_owns_its_body_and_fault(void **state)
{
	struct mu_down *down = mu_down_create(MU_DOWN_ANSWER);
	long before = frees;

	down->answer.body = strdup("{}");
	down->answer.fault = calloc(1, sizeof(*down->answer.fault));
	mu_down_destroy(down);
	assert_int_equal(frees, before + 3);
}

static void frames_are_given_back(void **state)
{
	struct mu_frame *frame = mu_frame_create(4), *brief = mu_frame_create(2);
	struct mu_down *send = mu_down_create(MU_DOWN_SEND);
	struct mu_down *cast = mu_down_create(MU_DOWN_CAST);
	long before;

	send->send.frame = mu_frame_ref(frame);
	cast->cast.frame = mu_frame_ref(frame);
	cast->cast.brief = mu_frame_ref(brief);
	cast->cast.topics = calloc(2, sizeof(uint32_t));
	assert_int_equal(atomic_load(&frame->refs), 3);
	mu_down_destroy(send);
	assert_int_equal(atomic_load(&frame->refs), 2);
	before = frees;
	mu_down_destroy(cast);
	assert_int_equal(frees, before + 2);
	assert_int_equal(atomic_load(&frame->refs), 1);
	assert_int_equal(atomic_load(&brief->refs), 1);
	mu_frame_unref(frame);
	mu_frame_unref(brief);
}

static void a_keyring_is_given_back_and_may_be_missing(void **state)
{
	struct mu_keyring *keyring = mu_keyring_create("acme");
	struct mu_down *with = mu_down_create(MU_DOWN_KEYS);
	struct mu_down *without = mu_down_create(MU_DOWN_KEYS);

	with->keys.keyring = mu_keyring_ref(keyring);
	mu_down_destroy(with);
	mu_down_destroy(without);
	assert_string_equal(mu_keyring_workspace(keyring), "acme");
	mu_keyring_unref(keyring);
}

static void what_an_opening_owes_is_given_back(void **state)
{
	atomic_size_t debt = 100;
	struct mu_down *owing = mu_down_create(MU_DOWN_OPENED);
	struct mu_down *owing_nothing = mu_down_create(MU_DOWN_OPENED);

	owing->opened.debt = &debt;
	owing->opened.bytes = 70;
	mu_down_destroy(owing);
	mu_down_destroy(owing_nothing);
	assert_int_equal(atomic_load(&debt), 30);
}

static void without_memory_there_is_no_message(void **state)
{
	failing_after(0);
	assert_null(mu_up_create(MU_UP_CLOSED));
	assert_null(mu_down_create(MU_DOWN_STOP));
	failing_never();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fresh_message_is_empty),
		cmocka_unit_test(a_request_owns_its_parameters_and_key),
		cmocka_unit_test(an_answer_owns_its_body_and_fault),
		cmocka_unit_test(frames_are_given_back),
		cmocka_unit_test(a_keyring_is_given_back_and_may_be_missing),
		cmocka_unit_test(what_an_opening_owes_is_given_back),
		cmocka_unit_test(without_memory_there_is_no_message),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
