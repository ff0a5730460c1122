/* timeout: 240 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/str.h"
#include "tests/unit/postgres_fixture.h"

#define PASSWORD "hunter2-s3cret"

/* Large enough that its end cannot be on the way before its start was looked at. */
static int make_tables(void **state)
{
	(void)state;
	pg_sql(
	    "CREATE TABLE big AS SELECT i, repeat('x', 500) AS t FROM generate_series(1, 200000) i");
	pg_sql(
	    "CREATE VIEW slow AS SELECT i, pg_sleep(0.2)::text AS s FROM generate_series(1, 1000) i");
	pg_sql("CREATE VIEW stuck AS SELECT pg_sleep(1000)::text AS s");
	pg_sql(
	    "CREATE ROLE bob LOGIN PASSWORD '" PASSWORD "'; CREATE TABLE own (id int, secret text);"
	    "INSERT INTO own VALUES (1, 'raw'); GRANT SELECT (id) ON own TO bob");
	return 0;
}

/* Backends that are still busy, or hold a transaction open, beside the test's own. */
static int busy(void)
{
	AUTOFREE char *n = pg_ask(
	    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
	    " AND pid <> pg_backend_pid() AND application_name = 'meshfs'");

	return atoi(n);
}

static void check_nothing_runs(double seconds)
{
	double until = pg_seconds() + seconds;

	while (busy() > 0) {
		assert_true(pg_seconds() < until);
		(void)usleep(20000);
	}
}

static void fails_to_open(struct pg_reading *g, int code, const char *what)
{
	assert_int_equal(pg_open(g), code);
	assert_null(g->source);
	assert_int_equal(g->err.code, code);
	if (!strstr(g->err.text, what))
		fail_msg("'%s' does not say '%s'", g->err.text, what);
	assert_null(strstr(g->err.text, "s3cret"));
}

/* ---- it cannot be opened ---- */

static void test_nothing_there(void **state)
{
	struct server server = pg_server;
	struct pg_reading g = {.table = "absent"}, other = {.table = "big", .server = &server};

	(void)state;
	fails_to_open(&g, -ENOENT, "absent");
	server.schema = "elsewhere";
	fails_to_open(&other, -ENOENT, "elsewhere");
	server.schema = NULL;
	assert_int_equal(pg_open(&other), 0);
	pg_close(&other);
	server.database = "nowhere";
	fails_to_open(&other, -EIO, "nowhere");
	/* Neither a parameter nor SQL. */
	server.database = "host=elsewhere dbname=postgres";
	fails_to_open(&other, -EIO, "does not exist");
	g.table = "x\"; DROP TABLE big; --";
	fails_to_open(&g, -ENOENT, "DROP");
	g.table = "\xff";
	fails_to_open(&g, -EIO, "");
}

static void test_no_server(void **state)
{
	struct server server = pg_server;
	struct pg_reading g = {.table = "big", .server = &server};

	(void)state;
	server.host = "127.0.0.1";
	server.port = "1";
	fails_to_open(&g, -EIO, "refused");
	server.host = "/nonexistent";
	fails_to_open(&g, -EIO, "No such file");
	server.host = "name.invalid";
	fails_to_open(&g, -EIO, "name.invalid");
}

/* A name with more than one address is tried at each, and asks for a password as 127.0.0.1 does. */
static void test_host_name(void **state)
{
	struct server server = pg_server;
	struct pg_reading g = {.table = "own", .server = &server};
	table_cancel set = true;

	(void)state;
	server.host = "localhost";
	server.credential_ref = "env:PG_TEST_BOB";
	assert_int_equal(setenv("PG_TEST_BOB", "bob:" PASSWORD, 1), 0);
	if (pg_open(&g) < 0)
		fail_msg("%s", g.err.text);
	pg_close(&g);
	server.port = "1";
	fails_to_open(&g, -EIO, "refused");
	g.cancel = &set;
	fails_to_open(&g, -EINTR, "cancelled");
	assert_int_equal(unsetenv("PG_TEST_BOB"), 0);
}

static void test_credentials(void **state)
{
	struct server server = pg_server;
	struct pg_reading g = {.table = "own", .server = &server};

	(void)state;
	server.host = "127.0.0.1";
	server.credential_ref = "env:PG_TEST_BOB";
	assert_int_equal(setenv("PG_TEST_BOB", "bob:" PASSWORD, 1), 0);
	assert_int_equal(pg_open(&g), 0);
	pg_close(&g);
	assert_int_equal(setenv("PG_TEST_BOB", "user=bob password=" PASSWORD, 1), 0);
	assert_int_equal(pg_open(&g), 0);
	pg_close(&g);
	assert_int_equal(setenv("PG_TEST_BOB", "bob:" PASSWORD "x", 1), 0);
	fails_to_open(&g, -EIO, "authentication failed");
	assert_int_equal(setenv("PG_TEST_BOB", "user=bob", 1), 0);
	fails_to_open(&g, -EIO, "no password");
	assert_int_equal(unsetenv("PG_TEST_BOB"), 0);
	fails_to_open(&g, -EACCES, "PG_TEST_BOB");
}

/* The two that libpq reads itself. */
static void test_libpq_files(void **state)
{
	struct server server = pg_server;
	struct pg_reading g = {.table = "own", .server = &server};
	char path[PATH_MAX + 16];
	FILE *f;

	(void)state;
	server.host = "127.0.0.1";
	(void)snprintf(path, sizeof(path), "%s/pgpass", pg_dir);
	f = fopen(path, "w");
	assert_true(fprintf(f, "127.0.0.1:*:*:bob:" PASSWORD "\n") > 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(setenv("PGPASSFILE", path, 1), 0);
	assert_int_equal(setenv("PGUSER", "bob", 1), 0);
	server.credential_ref = "pgpass";
	assert_int_equal(pg_open(&g), 0);
	pg_close(&g);
	assert_int_equal(unsetenv("PGPASSFILE"), 0);
	assert_int_equal(unsetenv("PGUSER"), 0);
	(void)snprintf(path, sizeof(path), "%s/service", pg_dir);
	f = fopen(path, "w");
	/* Where to connect to stays what the contract says. */
	assert_true(
	    fprintf(f, "[sales]\nuser=bob\npassword=" PASSWORD "\nport=1\ndbname=nowhere\n") > 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(setenv("PGSERVICEFILE", path, 1), 0);
	server.credential_ref = "profile:sales";
	assert_int_equal(pg_open(&g), 0);
	pg_close(&g);
	server.credential_ref = "profile:absent";
	fails_to_open(&g, -EIO, "absent");
	assert_int_equal(unsetenv("PGSERVICEFILE"), 0);
}

/* Who may read one column reads that one. */
static void test_privileges(void **state)
{
	static const size_t first[] = {0};
	struct server server = pg_server;
	struct pg_reading g = {.table = "own", .server = &server};

	(void)state;
	server.credential_ref = "env:PG_TEST_BOB";
	assert_int_equal(setenv("PG_TEST_BOB", "user=bob", 1), 0);
	assert_int_equal(pg_open(&g), 0);
	assert_int_equal(pg_read(&g, (struct table_request){first, 1, NULL, 0, NULL}), 0);
	assert_int_equal(pg_drain(&g), 1);
	pg_close(&g);
	assert_int_equal(pg_open(&g), 0);
	assert_int_equal(pg_read(&g, (struct table_request){.limit = 0}), -EIO);
	assert_non_null(strstr(g.err.text, "permission denied"));
	pg_close(&g);
	assert_int_equal(unsetenv("PG_TEST_BOB"), 0);
}

/* ---- it stops in the middle ---- */

static void read_some(struct pg_reading *g)
{
	pg_start(g);
	for (int i = 0; i < 10; i++)
		assert_int_equal(pg_next(g), 1);
}

static void test_backend_terminated(void **state)
{
	struct pg_reading g = {.table = "big"};

	(void)state;
	read_some(&g);
	pg_sql(
	    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'meshfs'");
	assert_int_equal(pg_drain(&g), -EIO);
	assert_non_null(strstr(g.err.text, "big"));
	g.reader->ops->close(g.reader);
	g.reader = NULL;
	assert_int_equal(pg_read(&g, (struct table_request){.limit = 0}), -EBUSY);
	pg_close(&g);
}

static void test_statement_cancelled(void **state)
{
	struct pg_reading g = {.table = "big"};

	(void)state;
	read_some(&g);
	pg_sql(
	    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'meshfs'");
	assert_int_equal(pg_drain(&g), -ETIMEDOUT);
	pg_close(&g);
}

/* The administrator's limit on a role or database holds for the rows, ours for the rest. */
static void test_statement_limit(void **state)
{
	struct pg_reading g = {.table = "stuck"};

	(void)state;
	pg_sql("ALTER ROLE postgres SET statement_timeout = '300ms'");
	pg_start(&g);
	assert_int_equal(pg_drain(&g), -ETIMEDOUT);
	assert_non_null(strstr(g.err.text, "57014"));
	pg_close(&g);
	pg_sql("ALTER ROLE postgres RESET statement_timeout");
}

static void test_silence(void **state)
{
	struct pg_reading g = {.table = "stuck", .deadline_sec = 1};
	double start;

	(void)state;
	assert_int_equal(pg_open(&g), 0);
	start = pg_seconds();
	assert_int_equal(pg_read_all(&g), -ETIMEDOUT);
	assert_true(pg_seconds() - start < 5);
	pg_close(&g);
	check_nothing_runs(10);
}

/* A table that somebody holds is waited for no longer than for anything else. */
static void test_locked(void **state)
{
	struct pg_reading g = {.table = "own", .deadline_sec = 1};

	(void)state;
	pg_sql("BEGIN; LOCK TABLE own IN ACCESS EXCLUSIVE MODE");
	fails_to_open(&g, -ETIMEDOUT, "own");
	pg_sql("ROLLBACK");
}

/* Neither the value that a view stumbles over nor its neighbours are ever told. */
static void test_values_stay_out(void **state)
{
	struct pg_reading g = {.table = "bad"};

	(void)state;
	pg_sql(
	    "CREATE VIEW bad AS SELECT i, ('value-' || i)::text::int AS n FROM generate_series(1, 9) i");
	pg_start(&g);
	assert_int_equal(pg_drain(&g), -EIO);
	assert_non_null(strstr(g.err.text, "22P02"));
	assert_null(strstr(g.err.text, "value-"));
	pg_close(&g);
	pg_sql("CREATE VIEW late AS SELECT 1000 / (1000 - i) AS n FROM generate_series(1, 1000) i");
	g.table = "late";
	pg_start(&g);
	assert_int_equal(pg_drain(&g), -EIO);
	pg_close(&g);
}

static void test_long_row(void **state)
{
	struct pg_reading g = {.table = "wide"};

	(void)state;
	pg_sql("CREATE VIEW wide AS SELECT repeat('x', 20000000) AS t");
	pg_start(&g);
	assert_int_equal(pg_drain(&g), -E2BIG);
	pg_close(&g);
	pg_sql("CREATE VIEW broad AS SELECT repeat('x', 10000000) AS t");
	g.table = "broad";
	pg_start(&g);
	assert_int_equal(pg_next(&g), 1);
	assert_int_equal(g.cells[0].len, 10000000);
	assert_int_equal(pg_next(&g), 0);
	pg_close(&g);
}

/* ---- cancelled ---- */

struct canceller {
	table_cancel flag;
	double at;
};

static void *cancel_soon(void *arg)
{
	struct canceller *c = arg;

	(void)usleep(200000);
	c->at = pg_seconds();
	atomic_store(&c->flag, true);
	return NULL;
}

static void check_cancelled(const char *table)
{
	struct canceller c = {.flag = false};
	struct pg_reading g = {.table = table, .cancel = &c.flag};
	pthread_t thread;
	double end;

	assert_int_equal(pg_open(&g), 0);
	assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &c), 0);
	assert_int_equal(pg_read_all(&g), -EINTR);
	end = pg_seconds();
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(end - c.at < 1);
	pg_close(&g);
	check_nothing_runs(10);
}

static void test_cancel(void **state)
{
	table_cancel set = true;
	struct pg_reading g = {.table = "big", .cancel = &set};

	(void)state;
	check_cancelled("stuck");
	check_cancelled("slow");
	fails_to_open(&g, -EINTR, "cancelled");
}

static void test_closed_early(void **state)
{
	struct pg_reading g = {.table = "big"};

	(void)state;
	read_some(&g);
	pg_close(&g);
	check_nothing_runs(10);
}

/* ---- the server goes; this comes last ---- */

static void test_server_killed(void **state)
{
	struct pg_reading g = {.table = "big"}, again = {.table = "big"};

	(void)state;
	read_some(&g);
	assert_int_equal(pg_script("down", NULL, 0), 0);
	assert_int_equal(pg_drain(&g), -EIO);
	pg_close(&g);
	fails_to_open(&again, -EIO, "big");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nothing_there),
	    cmocka_unit_test(test_no_server),
	    cmocka_unit_test(test_host_name),
	    cmocka_unit_test(test_credentials),
	    cmocka_unit_test(test_libpq_files),
	    cmocka_unit_test(test_privileges),
	    cmocka_unit_test(test_backend_terminated),
	    cmocka_unit_test(test_statement_cancelled),
	    cmocka_unit_test(test_statement_limit),
	    cmocka_unit_test(test_silence),
	    cmocka_unit_test(test_locked),
	    cmocka_unit_test(test_values_stay_out),
	    cmocka_unit_test(test_long_row),
	    cmocka_unit_test(test_cancel),
	    cmocka_unit_test(test_closed_early),
	    cmocka_unit_test(test_server_killed),
	};
	int status = pg_up();

	if (status == 0)
		status = cmocka_run_group_tests(tests, make_tables, NULL);
	if (status != 77)
		pg_down();
	return status;
}
