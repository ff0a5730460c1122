#include "fs/storage/postgres_error.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "catalog/base/cleanup.h"

static int code_of(const char *state)
{
	static const struct {
		const char *state;
		int code;
	} known[] = {
	    {"42P01", -ENOENT}, /* undefined_table */
	    {"3F000", -ENOENT}, /* invalid_schema_name */
	    {"57014", -ETIMEDOUT}, /* query_canceled: statement_timeout, or the administrator */
	    {"55P03", -ETIMEDOUT}, /* lock_not_available: lock_timeout */
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (strcmp(known[i].state, state) == 0)
			return known[i].code;
	}
	return -EIO;
}

/* Classes whose messages name connections, objects and limits, never values. */
static bool is_quotable(const char *state)
{
	static const char *const classes[] = {"08", "28", "3D", "3F", "42", "53", "55", "57"};

	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		if (strncmp(state, classes[i], 2) == 0)
			return true;
	}
	return false;
}

int postgres_error_result(
    const PGresult *res, char ret_state[POSTGRES_STATE_CAP], struct mesh_err *err)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *said = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	(void)snprintf(ret_state, POSTGRES_STATE_CAP, "%s", state ? state : "");
	if (!state)
		return mesh_err_set(err, -EIO, "the connection to the server was lost");
	if (!said || !is_quotable(ret_state))
		return mesh_err_set(
		    err, code_of(ret_state), "the server failed with SQLSTATE %s", ret_state);
	return mesh_err_set(
	    err, code_of(ret_state), "the server says: %s (SQLSTATE %s)", said, ret_state);
}

/* libpq writes a line for each address that it tried. */
int postgres_error_connection(const PGconn *conn, struct mesh_err *err)
{
	const char *said = PQerrorMessage(conn);
	char line[512];
	size_t len;

	(void)snprintf(line, sizeof(line), "%s", said[0] ? said : "the connection was lost");
	len = strlen(line);
	while (len > 0 && line[len - 1] == '\n')
		line[--len] = '\0';
	for (char *p = line; (p = strchr(p, '\n'));)
		*p = ';';
	return mesh_err_set(err, -EIO, "%s", line);
}
