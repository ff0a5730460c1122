#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/base/cleanup.h"
#include "fs/log.h"
#include "fs/storage/checksum.h"
#include "fs/storage/local.h"

/* A domain's directory with a port below it, and a secret outside. */
struct fixture {
	char top[64];	 /* holds domain/ and secret */
	char domain[96]; /* what the domain may use */
	struct domain d;
	struct object objects[2];
	struct port port;
	struct server server;
	char path[160];
	struct arena arena;
	struct local_port lp;
};

static void put(const struct fixture *f, const char *rel, const char *text)
{
	char path[256];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", f->top, rel);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	(void)close(fd);
}

static void make_dir(const struct fixture *f, const char *rel)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", f->top, rel);
	assert_int_equal(mkdir(path, 0755), 0);
}

static void make_link(const struct fixture *f, const char *rel, const char *target)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", f->top, rel);
	assert_int_equal(symlink(target, path), 0);
}

static void aim(struct fixture *f, const char *location)
{
	(void)snprintf(f->path, sizeof(f->path), "%s/%s", f->domain, location);
	f->server.path = f->path;
	assert_int_equal(local_port_init(&f->lp, &f->d, &f->port, &f->server, &f->arena), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	log_open(false, LOG_LEVEL_ERROR);
	strcpy(f->top, "/tmp/meshfs-local-XXXXXX");
	assert_non_null(mkdtemp(f->top));
	(void)snprintf(f->domain, sizeof(f->domain), "%s/domain", f->top);
	arena_init(&f->arena);
	f->d.dir = f->domain;
	f->objects[0].name = "orders";
	f->objects[1].name = "lines";
	f->objects[1].physical_name = "detail-*.csv";
	f->port.objects = f->objects;
	f->port.objects_len = 2;
	make_dir(f, "domain");
	make_dir(f, "domain/data");
	make_dir(f, "domain/data/sub");
	put(f, "secret", "top secret\n");
	put(f, "domain/data/orders.csv", "id\n1\n");
	put(f, "domain/data/detail-1.csv", "id\n2\n");
	put(f, "domain/data/sub/note.txt", "note\n");
	make_link(f, "domain/data/inside", "sub/note.txt");
	make_link(f, "domain/data/outside", "../../secret");
	make_link(f, "domain/data/absolute", "/etc/passwd");
	make_link(f, "domain/data/dangling", "nowhere");
	make_link(f, "domain/data/self", "self");
	make_link(f, "domain/data/sub/up", "..");
	make_link(f, "domain/data/magic", "/proc/self/root/etc/passwd");
	aim(f, "data");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", f->top);
	assert_int_equal(system(command), 0);
	arena_clear(&f->arena);
	free(f);
	return 0;
}

static int open_rel(struct fixture *f, const char *rel)
{
	struct stat st;
	int fd = -1;
	int rc = local_open(&f->lp, rel, &fd, &st);

	if (rc == 0)
		(void)close(fd);
	return rc;
}

static void test_files(void **state)
{
	struct fixture *f = *state;
	struct local_entry e;

	assert_int_equal(local_stat(&f->lp, "", &e), 0);
	assert_int_equal(e.type, LOCAL_DIR);
	assert_int_equal(local_stat(&f->lp, "orders.csv", &e), 0);
	assert_int_equal(e.type, LOCAL_FILE);
	assert_int_equal(e.st.st_size, 5);
	assert_int_equal(local_stat(&f->lp, "sub", &e), 0);
	assert_int_equal(e.type, LOCAL_DIR);
	assert_int_equal(local_stat(&f->lp, "nothing", &e), -ENOENT);
	assert_int_equal(local_stat(&f->lp, "orders.csv/x", &e), -ENOENT);
	assert_int_equal(open_rel(f, "orders.csv"), 0);
	assert_int_equal(open_rel(f, "sub"), -EISDIR);
	assert_int_equal(open_rel(f, "nothing"), -ENOENT);
}

static void check_link(struct fixture *f, const char *rel, int error)
{
	struct local_entry e;

	assert_int_equal(local_stat(&f->lp, rel, &e), 0);
	assert_int_equal(e.type, LOCAL_BROKEN_LINK);
	assert_true(S_ISLNK(e.st.st_mode));
	assert_int_equal(e.link_error, error);
	assert_true(open_rel(f, rel) < 0);
}

static void test_links(void **state)
{
	struct fixture *f = *state;
	struct local_entry e;

	assert_int_equal(local_stat(&f->lp, "inside", &e), 0);
	assert_int_equal(e.type, LOCAL_FILE);
	assert_int_equal(open_rel(f, "inside"), 0);
	check_link(f, "outside", -EACCES);
	check_link(f, "absolute", -EACCES);
	check_link(f, "dangling", -ENOENT);
	check_link(f, "self", -ELOOP);
	check_link(f, "sub/up", -ELOOP);
	check_link(f, "magic", -EACCES);
	assert_int_equal(open_rel(f, "outside"), -EACCES);
	assert_int_equal(open_rel(f, "../../secret"), -EACCES);
}

static void test_not_files(void **state)
{
	struct fixture *f = *state;
	struct local_entry e;
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/data/fifo", f->domain);
	assert_int_equal(mkfifo(path, 0644), 0);
	assert_int_equal(local_stat(&f->lp, "fifo", &e), -ENOENT);
	/* Must not wait for a writer. */
	assert_int_equal(open_rel(f, "fifo"), -ENOENT);
}

struct names {
	char text[512];
};

static int add_name(void *arg, const char *name, enum local_type type)
{
	static const char *const marks[] = {[LOCAL_FILE] = "", [LOCAL_DIR] = "/", [LOCAL_BROKEN_LINK] = "@"};
	struct names *n = arg;

	(void)snprintf(n->text + strlen(n->text), sizeof(n->text) - strlen(n->text), "%s%s ", name, marks[type]);
	return 0;
}

static void test_list(void **state)
{
	struct fixture *f = *state;
	struct names n = {""};
	unsigned long skipped = 0;

	put(f, "domain/data/bad\nname.csv", "x");
	put(f, "domain/data/bad\xff.csv", "x");
	assert_int_equal(local_list(&f->lp, "", add_name, &n, &skipped), 0);
	assert_int_equal(skipped, 2);
	assert_non_null(strstr(n.text, "orders.csv "));
	assert_non_null(strstr(n.text, "sub/ "));
	assert_non_null(strstr(n.text, "inside "));
	assert_non_null(strstr(n.text, "outside@ "));
	assert_non_null(strstr(n.text, "self@ "));
	assert_null(strstr(n.text, "bad"));
	assert_int_equal(local_list(&f->lp, "nothing", add_name, &n, &skipped), -ENOENT);
}

/* What is not listed cannot be had by its name either. */
static void test_unshown_names(void **state)
{
	static const char *const names[] = {"bad\nname.csv", "bad\xff.csv", "bad\x7f", "sub\xc0\xaf/x", "bad\xed\xa0\x80"};
	struct fixture *f = *state;
	struct local_entry e;

	make_dir(f, "domain/data/sub\xc0\xaf");
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "domain/data/%s", names[i]);
		put(f, path, "x");
		assert_int_equal(local_stat(&f->lp, names[i], &e), -ENOENT);
		assert_int_equal(open_rel(f, names[i]), -ENOENT);
	}
}

/* Two links to each directory: the ways through them multiply, so that a path may have only a few. */
static void test_multiplying_links(void **state)
{
	struct fixture *f = *state;
	struct local_entry e;

	for (int i = 0; i < 8; i++) {
		char path[64], target[64];

		(void)snprintf(path, sizeof(path), "domain/data/%d", i);
		make_dir(f, path);
		for (int link = 0; link < 2; link++) {
			(void)snprintf(path, sizeof(path), "domain/data/%d/%c", i, 'a' + link);
			(void)snprintf(target, sizeof(target), "../%d", i + 1);
			make_link(f, path, target);
		}
	}
	assert_int_equal(local_stat(&f->lp, "0/a/b/a/b", &e), 0);
	assert_int_equal(e.type, LOCAL_DIR);
	assert_int_equal(local_stat(&f->lp, "0/a/b/a/b/a", &e), 0);
	assert_int_equal(e.type, LOCAL_BROKEN_LINK);
	assert_int_equal(e.link_error, -ELOOP);
}

/* An object may be named like the variable that it stands for. */
static void test_model_names(void **state)
{
	struct fixture *f = *state;
	char location[sizeof("{model}") * 800] = "/x/";
	char name[64];

	f->objects[0].name = "{model}";
	f->objects[1].name = "a{model}b{model}";
	aim(f, "data/{model}.csv");
	assert_string_equal(f->lp.patterns[0].glob, "/{model}.csv");
	assert_string_equal(f->lp.patterns[1].glob, "/a{model}b{model}.csv");
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	f->objects[0].name = name;
	for (int i = 0; i < 500; i++)
		strcat(location, "{model}");
	f->server.path = location;
	f->d.dir = "/x";
	assert_int_equal(local_port_init(&f->lp, &f->d, &f->port, &f->server, &f->arena), -ENAMETOOLONG);
	memset(location + 3, 'x', sizeof(location) - 4);
	assert_int_equal(local_port_init(&f->lp, &f->d, &f->port, &f->server, &f->arena), -ENAMETOOLONG);
}

/* {model} of a contract without objects stands for nothing, not for everything. */
static void test_model_without_objects(void **state)
{
	struct fixture *f = *state;
	struct names n = {""};
	unsigned long skipped = 0;
	struct local_entry e;

	f->port.objects_len = 0;
	aim(f, "data/{model}.csv");
	assert_int_equal(local_stat(&f->lp, "", &e), 0);
	assert_int_equal(local_stat(&f->lp, "orders.csv", &e), -ENOENT);
	assert_int_equal(open_rel(f, "orders.csv"), -ENOENT);
	assert_int_equal(local_list(&f->lp, "", add_name, &n, &skipped), 0);
	assert_string_equal(n.text, "");
}

/* The operator may write the directory with a slash at its end. */
static void test_slash_at_the_end(void **state)
{
	struct fixture *f = *state;
	char storage[128];
	const char *items[] = {storage};

	(void)snprintf(storage, sizeof(storage), "%s/", f->domain);
	f->d.dir = "/nowhere";
	f->d.storage = (struct strlist){.items = items, .len = 1};
	aim(f, "data");
	assert_int_equal(open_rel(f, "orders.csv"), 0);
	(void)snprintf(f->path, sizeof(f->path), "%s", f->domain);
	assert_int_equal(local_port_init(&f->lp, &f->d, &f->port, &f->server, &f->arena), 0);
	assert_string_equal(f->lp.root, ".");
	assert_int_equal(open_rel(f, "data/orders.csv"), 0);
}

/* A mount whose mount point lies in its own storage must not wait for itself. */
static void test_own_mount(void **state)
{
	struct fixture *f = *state;
	struct local_entry e;
	struct stat st;

	assert_int_equal(stat(f->domain, &st), 0);
	local_avoid(st.st_dev);
	assert_int_equal(local_stat(&f->lp, "orders.csv", &e), -EIO);
	assert_int_equal(open_rel(f, "orders.csv"), -EIO);
	local_avoid(0);
	assert_int_equal(local_stat(&f->lp, "orders.csv", &e), 0);
}

static void test_glob(void **state)
{
	struct fixture *f = *state;
	struct names n = {""};
	unsigned long skipped = 0;
	struct local_entry e;

	aim(f, "data/*.csv");
	assert_int_equal(local_list(&f->lp, "", add_name, &n, &skipped), 0);
	assert_null(strstr(n.text, "inside"));
	assert_non_null(strstr(n.text, "orders.csv "));
	assert_int_equal(local_stat(&f->lp, "sub/note.txt", &e), -ENOENT);
	assert_int_equal(open_rel(f, "sub/note.txt"), -ENOENT);
}

static void test_single_file(void **state)
{
	struct fixture *f = *state;
	struct local_entry e;

	aim(f, "data/orders.csv");
	assert_int_equal(local_stat(&f->lp, "orders.csv", &e), 0);
	assert_int_equal(local_stat(&f->lp, "detail-1.csv", &e), -ENOENT);
}

static void test_object(void **state)
{
	struct fixture *f = *state;

	assert_ptr_equal(local_object(&f->lp, "orders.csv"), &f->objects[0]);
	assert_ptr_equal(local_object(&f->lp, "sub/orders.parquet"), &f->objects[0]);
	assert_ptr_equal(local_object(&f->lp, "detail-1.csv"), &f->objects[1]);
	assert_null(local_object(&f->lp, "readme.txt"));
	f->port.objects_len = 1;
	assert_ptr_equal(local_object(&f->lp, "readme.txt"), &f->objects[0]);
	f->port.objects_len = 2;
	aim(f, "data/{model}.csv");
	assert_ptr_equal(local_object(&f->lp, "lines.csv"), &f->objects[1]);
	assert_null(local_object(&f->lp, "other.csv"));
}

static void test_outside(void **state)
{
	struct fixture *f = *state;
	struct local_port lp;

	f->server.path = "/etc";
	assert_int_equal(local_port_init(&lp, &f->d, &f->port, &f->server, &f->arena), -EACCES);
	/* A directory whose name merely begins alike. */
	(void)snprintf(f->path, sizeof(f->path), "%s-other/data", f->domain);
	f->server.path = f->path;
	assert_int_equal(local_port_init(&lp, &f->d, &f->port, &f->server, &f->arena), -EACCES);
}

/* The root itself may be a link: it is resolved beneath what the domain may use. */
static void test_root_is_a_link(void **state)
{
	struct fixture *f = *state;
	struct local_entry e;

	make_link(f, "domain/out", "..");
	make_link(f, "domain/in", "data");
	aim(f, "out");
	assert_int_equal(local_stat(&f->lp, "secret", &e), -EACCES);
	aim(f, "in");
	assert_int_equal(local_stat(&f->lp, "orders.csv", &e), 0);
}

static void test_checksum(void **state)
{
	struct fixture *f = *state;
	char sums[160];
	struct stat st;
	int fd;

	put(f, "domain/data/SHA256SUMS",
	    "e5f85c5d8af5bb9bf8f2a6d7d4c6a7a1b6cbb2c5e4c6e9f6e6b1b2a3c4d5e6f7  detail-1.csv\n"
	    "0000000000000000000000000000000000000000000000000000000000000000 *sub/note.txt\n");
	(void)snprintf(sums, sizeof(sums), "%s/data/SHA256SUMS", f->domain);
	f->server.sha256sums = sums;
	aim(f, "data");
	assert_int_equal(local_open(&f->lp, "detail-1.csv", &fd, &st), 0);
	assert_int_equal(checksum_verify(&f->lp, "detail-1.csv", fd, &st), -EIO);
	(void)close(fd);
	assert_int_equal(local_open(&f->lp, "orders.csv", &fd, &st), 0);
	assert_int_equal(checksum_verify(&f->lp, "orders.csv", fd, &st), -EIO); /* not listed */
	/* sha256sum(1) of "id\n1\n" */
	put(f, "domain/data/SHA256SUMS", "7cde7fb64fd82bd152710cf238e017b9ab46c0592483edc067ba4f6c75fac108  orders.csv\n");
	assert_int_equal(checksum_verify(&f->lp, "orders.csv", fd, &st), 0);
	(void)close(fd);
	assert_int_equal(local_open(&f->lp, "SHA256SUMS", &fd, &st), 0);
	assert_int_equal(checksum_verify(&f->lp, "SHA256SUMS", fd, &st), 0);
	(void)close(fd);
}

static int verify(struct fixture *f, const char *rel)
{
	struct stat st;
	int fd, rc;

	assert_int_equal(local_open(&f->lp, rel, &fd, &st), 0);
	rc = checksum_verify(&f->lp, rel, fd, &st);
	(void)close(fd);
	return rc;
}

/* The list may lie in another directory that the domain may use; where it may not be used, nothing is read unverified. */
static void test_checksum_place(void **state)
{
	struct fixture *f = *state;
	char sums[200], lists[160];
	const char *items[] = {lists};

	make_dir(f, "lists");
	put(f, "lists/SUMS", "7cde7fb64fd82bd152710cf238e017b9ab46c0592483edc067ba4f6c75fac108  orders.csv\n");
	(void)snprintf(lists, sizeof(lists), "%s/lists", f->top);
	(void)snprintf(sums, sizeof(sums), "%s/SUMS", lists);
	f->server.sha256sums = sums;
	(void)snprintf(f->path, sizeof(f->path), "%s/data", f->domain);
	f->server.path = f->path;
	assert_int_equal(local_port_init(&f->lp, &f->d, &f->port, &f->server, &f->arena), -EACCES);
	f->d.storage = (struct strlist){.items = items, .len = 1};
	aim(f, "data");
	assert_int_equal(verify(f, "orders.csv"), 0);
	assert_int_equal(verify(f, "detail-1.csv"), -EIO);
}

/* A list that is no file of bearable size is no list. */
static void test_checksum_hostile(void **state)
{
	struct fixture *f = *state;
	char sums[160];

	(void)snprintf(sums, sizeof(sums), "%s/data/LIST", f->domain);
	f->server.sha256sums = sums;
	aim(f, "data");
	assert_int_equal(verify(f, "orders.csv"), -EIO);
	assert_int_equal(mkfifo(sums, 0644), 0);
	assert_int_equal(verify(f, "orders.csv"), -EIO);
	assert_int_equal(unlink(sums), 0);
	make_link(f, "domain/data/LIST", "/dev/zero");
	assert_int_equal(verify(f, "orders.csv"), -EIO);
	assert_int_equal(unlink(sums), 0);
	put(f, "domain/data/LIST", "7cde7fb64fd82bd152710cf238e017b9ab46c0592483edc067ba4f6c75fac108  orders.csv\n");
	assert_int_equal(verify(f, "orders.csv"), 0);
	assert_int_equal(truncate(sums, 1L << 40), 0);
	assert_int_equal(verify(f, "orders.csv"), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_files, setup, teardown),
		cmocka_unit_test_setup_teardown(test_links, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_files, setup, teardown),
		cmocka_unit_test_setup_teardown(test_list, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unshown_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_multiplying_links, setup, teardown),
		cmocka_unit_test_setup_teardown(test_model_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_model_without_objects, setup, teardown),
		cmocka_unit_test_setup_teardown(test_slash_at_the_end, setup, teardown),
		cmocka_unit_test_setup_teardown(test_own_mount, setup, teardown),
		cmocka_unit_test_setup_teardown(test_glob, setup, teardown),
		cmocka_unit_test_setup_teardown(test_single_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_object, setup, teardown),
		cmocka_unit_test_setup_teardown(test_outside, setup, teardown),
		cmocka_unit_test_setup_teardown(test_root_is_a_link, setup, teardown),
		cmocka_unit_test_setup_teardown(test_checksum, setup, teardown),
		cmocka_unit_test_setup_teardown(test_checksum_place, setup, teardown),
		cmocka_unit_test_setup_teardown(test_checksum_hostile, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
