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

struct pet {
	char *name;
	bool big;
};

static const struct mu_field pet_fields[] = {
	MU_FIELD(struct pet, name, MU_STRING, MU_REQUIRED),
	MU_FIELD(struct pet, big, MU_BOOL, 0),
};
static const struct mu_shape pet_shape = MU_SHAPE(struct pet, "PET", pet_fields);

struct home {
	uint64_t given;
	char *id, *json, *nothing;
	int64_t rooms;
	struct mu_strs people;
	struct pet *cat, *dog;
	struct mu_records others;
};

static const struct mu_field home_fields[] = {
	MU_FIELD(struct home, id, MU_ID, 0),
	MU_FIELD(struct home, json, MU_JSON, 0),
	MU_FIELD(struct home, nothing, MU_STRING, 0),
	MU_FIELD(struct home, rooms, MU_INT, 0),
	MU_FIELD(struct home, people, MU_STRINGS, 0),
	MU_FIELD(struct home, cat, MU_RECORD, 0, .shape = &pet_shape),
	MU_FIELD(struct home, dog, MU_RECORD, 0, .shape = &pet_shape),
	MU_FIELD(struct home, others, MU_RECORDS, 0, .shape = &pet_shape),
};
static const struct mu_shape home_shape = MU_SHAPE(struct home, "HOME", home_fields, .tracks_given = true);

static void a_copy_shares_nothing_with_its_original(void **state)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	char id[] = "h1", json[] = "{}", ann[] = "ann", tom[] = "Tom", rex[] = "Rex", *people[] = { ann };
	struct pet cat = { .name = tom, .big = true }, others[] = { { .name = rex }, { .name = tom } };
	const struct home home = { .given = 5,
				   .id = id,
				   .json = json,
				   .rooms = 3,
				   .people = { .v = people, .n = 1 },
				   .cat = &cat,
				   .others = { others, 2 } };
	struct home copy;

	assert_int_equal(mu_record_copy(&home_shape, &arena, &home, &copy), MU_OK);
	memset(id, 'x', 2);
	memset(json, 'x', 2);
	memset(ann, 'x', 3);
	memset(tom, 'x', 3);
	memset(rex, 'x', 3);
	cat.big = false;
	memset(others, 0, sizeof(others));
	assert_int_equal(copy.given, 5);
	assert_string_equal(copy.id, "h1");
	assert_string_equal(copy.json, "{}");
	assert_null(copy.nothing);
	assert_int_equal(copy.rooms, 3);
	assert_int_equal(copy.people.n, 1);
	assert_string_equal(copy.people.v[0], "ann");
	assert_string_equal(copy.cat->name, "Tom");
	assert_true(copy.cat->big);
	assert_null(copy.dog);
	assert_int_equal(copy.others.n, 2);
	assert_string_equal(((struct pet *)copy.others.v)[0].name, "Rex");
	assert_string_equal(((struct pet *)copy.others.v)[1].name, "Tom");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_field_knows_its_member),
		cmocka_unit_test(a_shape_knows_its_fields),
		cmocka_unit_test(given_is_bit_by_bit),
		cmocka_unit_test(a_copy_shares_nothing_with_its_original),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
