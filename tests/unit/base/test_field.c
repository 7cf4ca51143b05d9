/* The macros that describe a record put the right things into the table. */
#include "testing.h"

#include "muster/base/field.h"

struct person {
	uint64_t given;
	char *name;
	int64_t capacity;
	struct mu_strs roles;
};

static const struct mu_field person_fields[] = {
	MU_FIELD(struct person, name, MU_STRING, MU_REQUIRED, .max = 80, .help = "Shown to others"),
	MU_FIELD(struct person, capacity, MU_INT, 0, .min = 1, .max = 9),
	MU_FIELD(struct person, roles, MU_STRINGS, MU_NULLABLE | MU_OMIT_ZERO),
};

static const struct mu_shape person_shape =
	MU_SHAPE(struct person, "PERSON", person_fields, .tracks_given = true);

static void a_field_knows_its_member(void **state)
{
	assert_string_equal(person_fields[0].name, "name");
	assert_int_equal(person_fields[0].offset, offsetof(struct person, name));
	assert_int_equal(person_fields[0].flags, MU_REQUIRED);
	assert_int_equal(person_fields[0].max, 80);
	assert_string_equal(person_fields[0].help, "Shown to others");
	assert_int_equal(person_fields[1].kind, MU_INT);
	assert_int_equal(person_fields[1].min, 1);
	assert_int_equal(person_fields[2].offset, offsetof(struct person, roles));
	assert_int_equal(person_fields[2].flags, MU_NULLABLE | MU_OMIT_ZERO);
}

static void a_shape_knows_its_fields(void **state)
{
	assert_string_equal(person_shape.name, "PERSON");
	assert_ptr_equal(person_shape.fields, person_fields);
	assert_int_equal(person_shape.n, 3);
	assert_int_equal(person_shape.size, sizeof(struct person));
	assert_true(person_shape.tracks_given);
}

static void given_is_bit_by_bit(void **state)
{
	const uint64_t given = UINT64_C(1) << 63 | 1 << 1;

	assert_false(mu_given(given, 0));
	assert_true(mu_given(given, 1));
	assert_true(mu_given(given, 63));
	assert_false(mu_given(0, 63));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_field_knows_its_member),
		cmocka_unit_test(a_shape_knows_its_fields),
		cmocka_unit_test(given_is_bit_by_bit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
