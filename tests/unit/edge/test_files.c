/* The files that are served: what gets in when they are read, and which path finds which. */
#include "testing.h"

#include "muster/base/hash.h"
#include "muster/base/mem.h"

#include "files.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];

static void put(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void make_directory(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void put_link(const char *to, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	assert_int_equal(symlink(to, path), 0);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	return remove(path);
}

static int start(void **state)
{
	snprintf(root, sizeof(root), "files-XXXXXX");
	assert_non_null(mkdtemp(root));
	make_directory("web");
	make_directory("web/assets");
	make_directory("web/.git");
	put("secret.txt", "secret");
	put("web/index.html", "<title>console</title>");
	put("web/assets/app-1a2b.js", "app");
	put("web/assets/a b.css", "css");
	put("web/README", "no dot");
	put("web/.env", "secret");
	put("web/.git/config.txt", "secret");
	put("web/empty.txt", "");
	put_link("../secret.txt", "web/link.txt");
	put_link("../", "web/up");
	put_link("index.html", "web/inner.html");
	return mu_hash_start() == MU_OK ? 0 : -1;
}

static int end(void **state)
{
	return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void load(struct mu_files *files)
{
	struct mu_fault fault = { 0 };
	char path[256];

	snprintf(path, sizeof(path), "%s/web", root);
	assert_int_equal(mu_files_load(path, files, &fault), MU_OK);
}

static const char *find(const struct mu_files *files, const char *path)
{
	const struct mu_file *file = mu_files_find(files, path, strlen(path), true);

	return file ? file->path : NULL;
}

static void test_what_gets_in(void **state)
{
	static const char *const in[] = { "/README", "/assets/a b.css", "/assets/app-1a2b.js", "/empty.txt",
					  "/index.html" };
	struct mu_files files;

	load(&files);
	assert_int_equal(files.n, MU_COUNT(in));
	for (size_t i = 0; i < files.n; i++)
		assert_string_equal(files.v[i].path, in[i]);
	mu_files_finish(&files);
}

static void test_paths(void **state)
{
	static const struct {
		const char *path, *finds;
	} rows[] = {
		{ "/", "/index.html" },
		{ "/index.html", "/index.html" },
		{ "/board", "/index.html" }, /* the console finds its way itself */
		{ "/a/b/c", "/index.html" },
		{ "/assets/app-1a2b.js", "/assets/app-1a2b.js" },
		{ "/assets/a%20b.css", "/assets/a b.css" },
		{ "/%61ssets/app-1a2b.js", "/assets/app-1a2b.js" },
		{ "/empty.txt", "/empty.txt" },
		{ "/nothing.js", NULL },
		{ "/link.txt", NULL },
		{ "/inner.html", NULL },
		{ "/up/secret.txt", NULL },
		{ "/.env", NULL },
		{ "/.git/config.txt", NULL },
		{ "/../secret.txt", NULL },
		{ "/assets/../../secret.txt", NULL },
		{ "/%2e%2e/secret.txt", NULL },
		{ "/%2e%2e%2fsecret.txt", NULL },
		{ "/..", NULL },
		{ "/../etc/passwd", NULL },
		{ "/a/./b", NULL },
		{ "/a/..%00", NULL },
		{ "/index.html%00", NULL },
		{ "/%", NULL },
		{ "/%2", NULL },
		{ "/%zz", NULL },
		{ "/a\\..\\b.txt", NULL },
		{ "", NULL },
		{ "x", NULL },
	};
	struct mu_files files;

	load(&files);
	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		const char *found = find(&files, rows[i].path);

		if ((found == NULL) != (rows[i].finds == NULL) ||
		    (found && strcmp(found, rows[i].finds) != 0))
			fail_msg("%s finds %s, not %s", rows[i].path, found, rows[i].finds);
	}
	mu_files_finish(&files);
}

/* Only who navigates is led to the console; a program that mistakes a path hears so. */
static void test_programs_are_not_led_astray(void **state)
{
	struct mu_files files;

	load(&files);
	assert_non_null(mu_files_find(&files, "/", 1, false));
	assert_non_null(mu_files_find(&files, "/README", 7, false));
	assert_null(mu_files_find(&files, "/v2/users", 9, false));
	assert_non_null(mu_files_find(&files, "/v2/users", 9, true));
	mu_files_finish(&files);
}

static void test_types_tags_and_content(void **state)
{
	struct mu_files files, again;
	const struct mu_file *app, *page;

	load(&files);
	load(&again);
	app = mu_files_find(&files, "/assets/app-1a2b.js", 19, false);
	page = mu_files_find(&files, "/", 1, false);
	assert_string_equal(app->type, "text/javascript; charset=utf-8");
	assert_string_equal(page->type, "text/html; charset=utf-8");
	assert_true(app->immutable);
	assert_false(page->immutable);
	assert_int_equal(app->frame->n, 3);
	assert_memory_equal(app->frame->data, "app", 3);
	assert_int_equal(page->etag[0], '"');
	assert_string_equal(page->etag, mu_files_find(&again, "/", 1, false)->etag);
	assert_string_not_equal(page->etag, app->etag);
	mu_files_finish(&files);
	mu_files_finish(&again);
}

static void test_a_missing_directory_is_named(void **state)
{
	struct mu_files files = { 0 };
	struct mu_fault fault = { 0 };

	assert_int_equal(mu_files_load("/nowhere/at/all", &files, &fault), MU_NOT_FOUND);
	assert_contains(fault.message, "/nowhere/at/all");
	assert_null(mu_files_find(&files, "/", 1, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_gets_in),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_programs_are_not_led_astray),
		cmocka_unit_test(test_types_tags_and_content),
		cmocka_unit_test(test_a_missing_directory_is_named),
	};

	return cmocka_run_group_tests(tests, start, end);
}
