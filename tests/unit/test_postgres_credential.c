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
#include "catalog/base/str.h"
#include "fs/storage/postgres_credential.h"
#include "tests/lib/oom.h"

#define SECRET "s3cret:=word"

static char dir[] = "/tmp/postgres-credential-XXXXXX";
static char path[64], ref[80];

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/login", dir);
	(void)snprintf(ref, sizeof(ref), "file:%s", path);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir);
}

static void put(const char *data, size_t len, mode_t mode)
{
	AUTOFD int fd = -1;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
}

static const char *find(const struct postgres_credential *c, const char *keyword)
{
	for (size_t i = 0; i < c->len; i++) {
		if (str_eq(c->parameters[i].keyword, keyword))
			return c->parameters[i].value;
	}
	return NULL;
}

static void check(const char *r, const char *user, const char *password)
{
	struct postgres_credential c;
	struct mesh_err err;

	assert_int_equal(postgres_credential_read(r, &c, &err), 0);
	assert_true(str_eq(find(&c, "user"), user));
	assert_true(str_eq(find(&c, "password"), password));
	postgres_credential_clear(&c);
	assert_int_equal(c.len, 0);
}

/* Refused with a sentence that says `what` and none of the secret. */
static void refused(const char *r, const char *what)
{
	struct postgres_credential c;
	struct mesh_err err;

	mesh_err_clear(&err);
	assert_int_equal(postgres_credential_read(r, &c, &err), -EACCES);
	assert_int_equal(err.code, -EACCES);
	assert_non_null(strstr(err.text, what));
	assert_null(strstr(err.text, "s3cret"));
	postgres_credential_clear(&c);
}

static void refused_content(const char *text, const char *what)
{
	put(text, strlen(text), 0600);
	refused(ref, what);
}

static void test_line(void **state)
{
	(void)state;
	put("bob:" SECRET "\n", strlen("bob:" SECRET "\n"), 0600);
	check(ref, "bob", SECRET);
	put("bob:" SECRET "\r\n\n", strlen("bob:" SECRET "\r\n\n"), 0400);
	check(ref, "bob", SECRET);
	put("bob:", 4, 0600);
	check(ref, "bob", "");
}

static void test_parameters(void **state)
{
	static const char text[] = "user=bob\npassword='" SECRET "' sslmode=verify-full\n";
	struct postgres_credential c;

	(void)state;
	put(text, strlen(text), 0600);
	check(ref, "bob", SECRET);
	assert_int_equal(postgres_credential_read(ref, &c, NULL), 0);
	assert_string_equal(find(&c, "sslmode"), "verify-full");
	assert_int_equal(c.len, 3);
	postgres_credential_clear(&c);
}

static void test_environment(void **state)
{
	(void)state;
	assert_int_equal(setenv("MESHFS_TEST_LOGIN", "bob:" SECRET, 1), 0);
	check("env:MESHFS_TEST_LOGIN", "bob", SECRET);
	assert_int_equal(unsetenv("MESHFS_TEST_LOGIN"), 0);
	refused("env:MESHFS_TEST_LOGIN", "MESHFS_TEST_LOGIN");
}

static void test_left_to_libpq(void **state)
{
	struct postgres_credential c;

	(void)state;
	check(NULL, NULL, NULL);
	check("pgpass", NULL, NULL);
	assert_int_equal(postgres_credential_read("profile:sales", &c, NULL), 0);
	assert_string_equal(find(&c, "service"), "sales");
	postgres_credential_clear(&c);
}

static void test_file_refused(void **state)
{
	(void)state;
	put("bob:" SECRET, strlen("bob:" SECRET), 0640);
	refused(ref, "0600");
	put("bob:" SECRET, strlen("bob:" SECRET), 0604);
	refused(ref, "0600");
	put("bob:s3cret\0x", 12, 0600);
	refused(ref, "not a text file");
	assert_int_equal(truncate(path, 100 << 10), 0);
	refused(ref, "too large");
	(void)unlink(path);
	refused(ref, path);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	refused(ref, "cannot be opened");
	refused("file:login", "absolute");
	refused("file:/dev/null", "not a file");
	refused("file:/", "not a file");
	refused("vault:x", "credentialRef");
	if (geteuid() != 0)
		return;
	put("bob:" SECRET, strlen("bob:" SECRET), 0600);
	assert_int_equal(chown(path, 65534, 65534), 0);
	refused(ref, "does not belong");
}

/* Where to connect to is not the credentials' business: a host here would go past what the operator allows. */
static void test_content_refused(void **state)
{
	(void)state;
	refused_content("", "neither");
	refused_content("s3cret", "neither");
	refused_content(":s3cret", "neither");
	refused_content("bob:s3cret\nmore\n", "neither");
	refused_content("bob\n:s3cret", "neither");
	refused_content("postgresql://bob:s3cret@elsewhere/db", "neither");
	refused_content("postgres://bob:s3cret@elsewhere/db?sslmode=disable", "neither");
	refused_content("user=bob password='s3cret", "neither");
	refused_content("user=bob s3cret", "neither");
	refused_content("s3cretword=x", "neither");
	refused_content("user=bob password=s3cret host=elsewhere", "'host'");
	refused_content("user=bob password=s3cret hostaddr=192.0.2.1", "'hostaddr'");
	refused_content("user=bob port=1", "'port'");
	refused_content("dbname=other password=s3cret", "'dbname'");
	refused_content("service=other", "'service'");
	refused_content("options='-c x=y'", "'options'");
}

static void test_password_is_found(void **state)
{
	struct postgres_credential c;

	(void)state;
	put("bob:" SECRET, strlen("bob:" SECRET), 0600);
	assert_int_equal(postgres_credential_read(ref, &c, NULL), 0);
	assert_true(postgres_credential_in(&c, "no such password: " SECRET "!"));
	assert_false(postgres_credential_in(&c, "no such user: bob"));
	postgres_credential_clear(&c);
	put("bob:", 4, 0600);
	assert_int_equal(postgres_credential_read(ref, &c, NULL), 0);
	assert_false(postgres_credential_in(&c, "anything"));
	postgres_credential_clear(&c);
}

/* libpq says of a string that it could not copy that it could not parse it. */
static int read_once(void *arg)
{
	struct postgres_credential c;
	int rc = postgres_credential_read(arg, &c, NULL);

	postgres_credential_clear(&c);
	return rc == -EACCES ? -ENOMEM : rc;
}

static void test_short_memory(void **state)
{
	(void)state;
	put("bob:" SECRET, strlen("bob:" SECRET), 0600);
	oom_sweep(read_once, ref, 50);
	put("user=bob password=x", strlen("user=bob password=x"), 0600);
	oom_sweep(read_once, ref, 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_line),
	    cmocka_unit_test(test_parameters),
	    cmocka_unit_test(test_environment),
	    cmocka_unit_test(test_left_to_libpq),
	    cmocka_unit_test(test_file_refused),
	    cmocka_unit_test(test_content_refused),
	    cmocka_unit_test(test_password_is_found),
	    cmocka_unit_test(test_short_memory),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
