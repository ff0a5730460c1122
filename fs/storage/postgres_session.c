#include "fs/storage/postgres_session.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/str.h"
#include "catalog/base/when.h"
#include "fs/storage/postgres_credential.h"
#include "fs/storage/postgres_resolve.h"
#include "fs/storage/postgres_wait.h"

static struct postgres_wait patience(const struct postgres_session *s)
{
	return (struct postgres_wait){
	    .cancel = s->cancel,
	    .until_ns = postgres_wait_now() + s->deadline_sec * WHEN_NS_PER_SEC,
	};
}

/* ---- connecting ---- */

struct parameters {
	const char *keywords[POSTGRES_PARAMETERS_MAX + 8], *values[POSTGRES_PARAMETERS_MAX + 8];
	size_t len;
};

static void add(struct parameters *p, const char *keyword, const char *value)
{
	if (!value || p->len + 1 >= ARRAY_LEN(p->keywords))
		return;
	p->keywords[p->len] = keyword;
	p->values[p->len++] = value;
}

static void quiet(void *arg, const PGresult *res)
{
	(void)arg;
	(void)res;
}

/* The name of the database is never looked at as a connection string. */
static PGconn *start(const struct server *server, const struct postgres_credential *c,
    const struct buf *hosts, const struct buf *addresses)
{
	struct parameters p = {.len = 0};

	add(&p, "host", hosts->len > 0 ? hosts->data : server->host);
	add(&p, "hostaddr", addresses->data);
	add(&p, "port", server->port);
	add(&p, "dbname", server->database);
	add(&p, "application_name", "meshfs");
	add(&p, "client_encoding", "UTF8");
	for (size_t i = 0; i < c->len; i++)
		add(&p, c->parameters[i].keyword, c->parameters[i].value);
	return PQconnectStartParams(p.keywords, p.values, 0);
}

static int failed(const PGconn *conn, const struct postgres_credential *c, struct mesh_err *err)
{
	if (postgres_credential_in(c, PQerrorMessage(conn)))
		return mesh_err_set(err, -EIO, "the server refuses the connection");
	return postgres_error_connection(conn, err);
}

static int poll_until_connected(struct postgres_session *s, const struct postgres_credential *c,
    const struct postgres_wait *w, struct mesh_err *err)
{
	PostgresPollingStatusType want = PGRES_POLLING_WRITING;

	if (PQstatus(s->conn) == CONNECTION_BAD)
		return failed(s->conn, c, err);
	while (want != PGRES_POLLING_OK) {
		short events = want == PGRES_POLLING_READING ? POLLIN : POLLOUT;
		int rc = postgres_wait(PQsocket(s->conn), events, w, err);

		if (rc < 0)
			return rc;
		want = PQconnectPoll(s->conn);
		if (want == PGRES_POLLING_FAILED)
			return failed(s->conn, c, err);
	}
	return PQsetnonblocking(s->conn, 1) == 0 ? 0 : postgres_error_connection(s->conn, err);
}

static int connect_by(struct postgres_session *s, const struct server *server,
    const struct postgres_credential *c, struct mesh_err *err)
{
	struct postgres_wait w = patience(s);
	struct buf hosts, addresses;
	int rc;

	buf_init(&hosts);
	buf_init(&addresses);
	rc = postgres_resolve(server->host, &w, &hosts, &addresses, err);
	if (rc == 0) {
		s->conn = start(server, c, &hosts, &addresses);
		rc = s->conn ? poll_until_connected(s, c, &w, err) : mesh_err_nomem(err);
	}
	buf_clear(&hosts);
	buf_clear(&addresses);
	return rc;
}

/* Windows servers refuse the setting; then what a closed connection leaves behind ends with its next row. */
static int watch_client(struct postgres_session *s, struct mesh_err *err)
{
	int rc;

	if (PQserverVersion(s->conn) < 140000)
		return 0;
	rc = postgres_session_run(s, "SET client_connection_check_interval = 1000", err);
	return rc < 0 && s->state[0] ? 0 : rc;
}

int postgres_session_open(
    struct postgres_session *s, const struct server *server, struct mesh_err *err)
{
	struct postgres_credential c;
	int rc = postgres_credential_read(server->credential_ref, &c, err);

	s->conn = NULL;
	if (rc == 0)
		rc = connect_by(s, server, &c, err);
	postgres_credential_clear(&c);
	if (rc == 0) {
		(void)PQsetNoticeReceiver(s->conn, quiet, NULL);
		rc = watch_client(s, err);
	}
	if (rc < 0)
		postgres_session_close(s);
	return rc;
}

bool postgres_session_is_ascii(const struct postgres_session *s)
{
	return str_eq(PQparameterStatus(s->conn, "server_encoding"), "SQL_ASCII");
}

void postgres_session_close(struct postgres_session *s)
{
	PQfinish(s->conn);
	s->conn = NULL;
}

/* ---- statements ---- */

static int flush(struct postgres_session *s, const struct postgres_wait *w, struct mesh_err *err)
{
	int left;

	while ((left = PQflush(s->conn)) > 0) {
		int rc = postgres_wait(PQsocket(s->conn), POLLIN | POLLOUT, w, err);

		if (rc < 0)
			return rc;
		if (!PQconsumeInput(s->conn))
			return postgres_error_connection(s->conn, err);
	}
	return left < 0 ? postgres_error_connection(s->conn, err) : 0;
}

static int receive(struct postgres_session *s, const struct postgres_wait *w, struct mesh_err *err)
{
	int rc = postgres_wait(PQsocket(s->conn), POLLIN, w, err);

	if (rc < 0)
		return rc;
	return PQconsumeInput(s->conn)
	    ? 0
	    : mesh_err_set(err, -EIO, "the connection to the server was lost");
}

int postgres_session_receive(struct postgres_session *s, struct mesh_err *err)
{
	struct postgres_wait w = patience(s);

	return receive(s, &w, err);
}

/* NULL in *ret: there are no more. */
static int next_result(
    struct postgres_session *s, const struct postgres_wait *w, PGresult **ret, struct mesh_err *err)
{
	while (PQisBusy(s->conn)) {
		int rc = receive(s, w, err);

		if (rc < 0)
			return rc;
	}
	*ret = PQgetResult(s->conn);
	return 0;
}

static bool is_error(const PGresult *res)
{
	ExecStatusType status = PQresultStatus(res);

	return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_OUT;
}

/* COPY of any direction gives one and the same result until it is done. */
static bool is_last(const struct postgres_session *s, const PGresult *res)
{
	ExecStatusType status = PQresultStatus(res);

	return PQstatus(s->conn) != CONNECTION_OK ||
	    (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK &&
		status != PGRES_FATAL_ERROR);
}

/* The rest of the results of a statement is read even after an error: the connection is ready for another one then. A server may send results without
 * end. */
static int last_result(
    struct postgres_session *s, const struct postgres_wait *w, PGresult **ret, struct mesh_err *err)
{
	int failure = 0;

	for (;;) {
		PGresult *res = NULL;
		int rc = next_result(s, w, &res, err);

		if (rc == 0 && res && *ret)
			rc = postgres_wait_over(w, err);
		if (rc < 0) {
			PQclear(res);
			return rc;
		}
		if (!res)
			return failure;
		PQclear(*ret);
		*ret = res;
		if (is_error(res) && failure == 0)
			failure = postgres_error_result(res, s->state, err);
		if (is_last(s, res))
			return failure;
	}
}

int postgres_session_result(
    struct postgres_session *s, int sent, PGresult **ret, struct mesh_err *err)
{
	struct postgres_wait w = patience(s);
	PGresult *res = NULL;
	int rc;

	s->state[0] = '\0';
	if (!sent)
		return postgres_error_connection(s->conn, err);
	rc = flush(s, &w, err);
	if (rc == 0)
		rc = last_result(s, &w, &res, err);
	if (rc == 0 && !res)
		rc = mesh_err_set(err, -EIO, "the server gave no answer");
	if (rc < 0)
		PQclear(res);
	else
		*ret = res;
	return rc;
}

int postgres_session_run(struct postgres_session *s, const char *sql, struct mesh_err *err)
{
	PGresult *res;
	int rc = postgres_session_result(s, PQsendQuery(s->conn, sql), &res, err);

	if (rc == 0)
		PQclear(res);
	return rc;
}
