/* A server that does not do what servers do: rows, ends and errors that no PostgreSQL sends, and silence. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/base/buf.h"
#include "catalog/base/cleanup.h"
#include "fs/storage/postgres_source.h"
#include "tests/lib/oom.h"
#include "tests/lib/postgres_fake.h"

static struct postgres_fake fake;
static struct postgres_fake_say say;
static struct buf wire; /* what it sends */

static int setup(void **state)
{
	(void)state;
	fake = (struct postgres_fake){.columns = 2};
	say = (struct postgres_fake_say){.point = POSTGRES_FAKE_COPY};
	buf_init(&wire);
	return postgres_fake_start(&fake);
}

static int teardown(void **state)
{
	(void)state;
	postgres_fake_stop(&fake);
	buf_clear(&wire);
	return 0;
}

/* ---- what it sends ---- */

static void send_message(char type, const void *body, size_t len)
{
	const unsigned char head[] = {(unsigned char)type, 0, 0, (unsigned char)((len + 4) >> 8),
	    (unsigned char)((len + 4) & 255)};

	buf_add(&wire, head, sizeof(head));
	buf_add(&wire, body, len);
}

static void send_text(char type, const char *text)
{
	send_message(type, text, strlen(text) + 1);
}

static void send_start(void)
{
	send_text('C', "SET");
	send_message('H', "\0\0\2\0\0\0\0", 7);
}

static void send_row(const char *row)
{
	send_message('d', row, strlen(row));
}

static void send_end(const char *tag)
{
	send_message('c', NULL, 0);
	send_text('C', tag);
	send_message('Z', "T", 1);
}

static void send_error(const char *state, const char *text)
{
	char body[256];
	int len = snprintf(body, sizeof(body), "SERROR%cC%s%cM%s%c", 0, state, 0, text, 0);

	send_message('E', body, (size_t)len + 1);
}

/* ---- what is made of it ---- */

static struct mesh_err err;
static struct cell cells[2];
static const table_cancel *cancel;
static const char *login;

static int read_all(void)
{
	static const size_t columns[] = {0, 1};
	const struct table_request rq = {.columns = columns, .columns_len = 2};
	const struct server server = {
	    .host = fake.dir, .port = "5432", .database = "db", .credential_ref = login};
	const struct postgres_place at = {
	    .server = &server, .table = "t", .deadline_sec = 1, .cancel = cancel};
	struct table_source *s;
	struct table_reader *r;
	int rows = 0, rc;

	say.bytes = wire.data;
	say.len = wire.len;
	postgres_fake_say(&fake, say);
	mesh_err_clear(&err);
	rc = source_postgres_open(&at, &s, &err);
	if (rc < 0)
		return rc;
	rc = s->ops->read(s, &rq, &r, &err);
	if (rc == 0) {
		while ((rc = r->ops->next(r, cells, &err)) == 1)
			rows++;
		r->ops->close(r);
	}
	s->ops->close(s);
	return rc < 0 ? rc : rows;
}

static void fails(int code, const char *what)
{
	assert_int_equal(read_all(), code);
	assert_int_equal(err.code, code);
	if (!strstr(err.text, what))
		fail_msg("'%s' does not say '%s'", err.text, what);
}

static void test_good(void **state)
{
	(void)state;
	send_start();
	send_row("a\tb\n");
	send_row("\\N\t\n");
	send_end("COPY 2");
	assert_int_equal(read_all(), 2);
	assert_int_equal(cells[0].type, CELL_NULL);
	assert_int_equal(cells[1].type, CELL_TEXT);
	assert_int_equal(cells[1].len, 0);
}

static void test_odd_escapes(void **state)
{
	(void)state;
	send_start();
	send_row("\\q\\\\\tx\\\n");
	send_end("COPY 1");
	assert_int_equal(read_all(), 1);
}

static void bad_row(const char *row)
{
	buf_reset(&wire);
	send_start();
	send_row("a\tb\n");
	send_row(row);
	send_end("COPY 2");
	fails(-EIO, "not in COPY's text format");
}

static void test_bad_rows(void **state)
{
	(void)state;
	bad_row("a\tb");
	bad_row("a\n");
	bad_row("\n");
	bad_row("a\tb\tc\n");
}

/* A part of a table is never taken for the whole. */
static void test_bad_ends(void **state)
{
	(void)state;
	send_start();
	send_row("a\tb\n");
	send_end("COPY 2");
	fails(-EIO, "fewer or more");
	buf_reset(&wire);
	send_start();
	send_row("a\tb\n");
	send_end("SELECT");
	fails(-EIO, "fewer or more");
	buf_reset(&wire);
	send_start();
	send_row("a\tb\n");
	send_message('c', NULL, 0);
	fails(-EIO, "connection");
	buf_reset(&wire);
	send_start();
	send_row("a\tb\n");
	fails(-EIO, "connection");
	buf_reset(&wire);
	send_start();
	send_row("a\tb\n");
	send_error("XX001", "page 7 of x holds 'raw value'");
	send_message('Z', "E", 1);
	fails(-EIO, "XX001");
	assert_null(strstr(err.text, "raw value"));
}

static void test_other_answers(void **state)
{
	(void)state;
	send_text('C', "SET");
	send_message('H', "\1\0\2\0\1\0\1", 7);
	fails(-EIO, "as it should");
	buf_reset(&wire);
	send_text('C', "SET");
	send_message('H', "\0\0\3\0\0\0\0\0\0", 9);
	fails(-EIO, "as it should");
	buf_reset(&wire);
	send_text('C', "SET");
	send_message('Z', "T", 1);
	fails(-EIO, "as it should");
	buf_reset(&wire);
	send_message('Z', "T", 1);
	fails(-EIO, "no answer");
	buf_reset(&wire);
	send_message('G', "\0\0\2\0\0\0\0", 7);
	fails(-EIO, "");
	buf_reset(&wire);
	buf_puts(&wire, "HTTP/1.1 400 Bad Request\r\n\r\n");
	fails(-EIO, "");
}

static void test_silence(void **state)
{
	table_cancel set = true;

	(void)state;
	say.hang = true;
	send_start();
	send_row("a\tb\n");
	fails(-ETIMEDOUT, "in time");
	say.point = POSTGRES_FAKE_STARTUP;
	buf_reset(&wire);
	fails(-ETIMEDOUT, "in time");
	cancel = &set;
	fails(-EINTR, "cancelled");
	cancel = NULL;
}

/* A server that asks for the password in plain text knows it, and may say it. */
static void test_password_echoed(void **state)
{
	(void)state;
	say.point = POSTGRES_FAKE_STARTUP;
	say.hang = true;
	assert_int_equal(setenv("PG_TEST_LOGIN", "bob:s3cret", 1), 0);
	login = "env:PG_TEST_LOGIN";
	send_message('R', "\0\0\0\3", 4);
	send_error("28P01", "who said s3cret?");
	fails(-EIO, "refuses");
	assert_null(strstr(err.text, "s3cret"));
	buf_reset(&wire);
	send_error("28000", "not you");
	fails(-EIO, "not you");
	login = NULL;
}

/* Short memory is -ENOMEM, or what libpq makes of it, and never fewer rows. */
static int read_once(void *arg)
{
	int rc = read_all();

	(void)arg;
	if (rc == 3)
		return 0;
	return rc < 0 ? -ENOMEM : rc;
}

static void test_short_memory(void **state)
{
	(void)state;
	send_start();
	send_row("a\tb\n");
	send_row("c\td\n");
	send_row("e\tf\n");
	send_end("COPY 3");
	oom_sweep(read_once, NULL, 2000);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_good),
	    TEST(test_odd_escapes),
	    TEST(test_bad_rows),
	    TEST(test_bad_ends),
	    TEST(test_other_answers),
	    TEST(test_silence),
	    TEST(test_password_echoed),
	    TEST(test_short_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
