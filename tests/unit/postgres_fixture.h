#ifndef TESTS_UNIT_POSTGRES_FIXTURE_H
#define TESTS_UNIT_POSTGRES_FIXTURE_H

/*
 * A PostgreSQL server for the length of a test program, and a table of it opened and read. The server's superuser `postgres` is trusted on the
 * socket; on 127.0.0.1 a password is asked for. Needs cmocka.h before it.
 */

#include <libpq-fe.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "catalog/base/buf.h"
#include "fs/storage/postgres_source.h"

static char pg_dir[PATH_MAX]; /* holds the cluster and its socket */
static char pg_port[16];
static struct server pg_server; /* by the socket */
static PGconn *pg_conn; /* the superuser's */

static inline int pg_script(const char *verb, char *ret_line, size_t cap)
{
	char command[PATH_MAX + 64];
	FILE *f;

	(void)snprintf(
	    command, sizeof(command), "exec bash tests/lib/postgres.sh %s %s", verb, pg_dir);
	f = popen(command, "r");
	if (!f)
		return -1;
	if (ret_line && fgets(ret_line, (int)cap, f))
		ret_line[strcspn(ret_line, "\n")] = '\0';
	return WEXITSTATUS(pclose(f));
}

/* The rows' first column, one a line, is the caller's to free; NULL where it gives none. */
static inline char *pg_ask(const char *sql)
{
	PGresult *res = PQexec(pg_conn, sql);
	char *first = NULL;

	if (PQresultStatus(res) != PGRES_COMMAND_OK && PQresultStatus(res) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(pg_conn));
	if (PQntuples(res) > 0)
		first = strdup(PQgetvalue(res, 0, 0));
	PQclear(res);
	return first;
}

static inline void pg_sql(const char *sql)
{
	free(pg_ask(sql));
}

static inline void pg_no_notice(void *arg, const char *text)
{
	(void)arg;
	(void)text;
}

static inline void pg_connect(const char *database)
{
	PQfinish(pg_conn);
	pg_conn = PQsetdbLogin(pg_dir, pg_port, NULL, NULL, database, "postgres", NULL);
	assert_int_equal(PQstatus(pg_conn), CONNECTION_OK);
	(void)PQsetNoticeProcessor(pg_conn, pg_no_notice, NULL);
}

/* 77: there are no server programs here. */
static inline int pg_up(void)
{
	const char *top = getenv("T");
	int status;

	(void)snprintf(
	    pg_dir, sizeof(pg_dir), "%s/pg-%ld", top && top[0] ? top : "/tmp", (long)getpid());
	status = pg_script("up", pg_port, sizeof(pg_port));
	if (status == 77)
		puts(pg_port);
	if (status != 0)
		return status;
	(void)setenv("PG_TEST_LOGIN", "user=postgres", 1);
	pg_server = (struct server){
	    .name = "test",
	    .kind = SERVER_POSTGRES,
	    .host = pg_dir,
	    .port = pg_port,
	    .database = "postgres",
	    .schema = "public",
	    .credential_ref = "env:PG_TEST_LOGIN",
	};
	pg_conn = PQsetdbLogin(pg_dir, pg_port, NULL, NULL, "postgres", "postgres", NULL);
	if (PQstatus(pg_conn) != CONNECTION_OK)
		return 1;
	(void)PQsetNoticeProcessor(pg_conn, pg_no_notice, NULL);
	return 0;
}

static inline void pg_down(void)
{
	PQfinish(pg_conn);
	pg_conn = NULL;
	(void)pg_script("down", NULL, 0);
}

/* ---- a source and its reader ---- */

struct pg_reading {
	const struct server *server;
	const char *table;
	const struct object *object;
	const table_cancel *cancel;
	int deadline_sec;
	struct table_source *source;
	struct table_reader *reader;
	struct cell cells[64];
	struct mesh_err err;
};

static inline int pg_open(struct pg_reading *g)
{
	struct postgres_place at = {
	    .server = g->server ? g->server : &pg_server,
	    .table = g->table,
	    .object = g->object,
	    .cancel = g->cancel,
	    .deadline_sec = g->deadline_sec ? g->deadline_sec : 10,
	};

	mesh_err_clear(&g->err);
	return source_postgres_open(&at, &g->source, &g->err);
}

/* Of all columns. */
static inline int pg_read(struct pg_reading *g, struct table_request rq)
{
	static const size_t all[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
	    18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29};

	if (!rq.columns) {
		rq.columns = all;
		rq.columns_len = g->source->schema.len;
	}
	assert_true(rq.columns_len <= 64);
	return g->source->ops->read(g->source, &rq, &g->reader, &g->err);
}

static inline int pg_next(struct pg_reading *g)
{
	return g->reader->ops->next(g->reader, g->cells, &g->err);
}

static inline void pg_close(struct pg_reading *g)
{
	if (g->reader)
		g->reader->ops->close(g->reader);
	if (g->source)
		g->source->ops->close(g->source);
	g->reader = NULL;
	g->source = NULL;
}

static inline void pg_start(struct pg_reading *g)
{
	if (pg_open(g) < 0 || pg_read(g, (struct table_request){.limit = 0}) < 0)
		fail_msg("%s", g->err.text);
}

/* Reads on to the end; the number of rows, or what it failed with. */
static inline long pg_drain(struct pg_reading *g)
{
	long rows = 0;
	int rc;

	while ((rc = pg_next(g)) == 1)
		rows++;
	return rc < 0 ? rc : rows;
}

/* All rows of an opened source; what starting or going on failed with. A server says that it starts only when it has something to send. */
static inline long pg_read_all(struct pg_reading *g)
{
	int rc = pg_read(g, (struct table_request){.cancel = g->cancel});

	return rc < 0 ? rc : pg_drain(g);
}

static inline double pg_seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

#endif
