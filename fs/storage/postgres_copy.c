#include "fs/storage/postgres_copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/str.h"
#include "fs/storage/postgres_wait.h"

void postgres_copy_clear(struct postgres_copy *c)
{
	PQfreemem(c->row);
	c->row = NULL;
}

/* ---- one row ---- */

static char unescaped(char c)
{
	switch (c) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'v':
		return '\v';
	default:
		return c;
	}
}

/* In place; a backslash is followed by another byte of the field. */
static size_t unescape(char *s, size_t len)
{
	char *from = memchr(s, '\\', len), *to = from, *end = s + len;

	if (!from)
		return len;
	while (from < end) {
		if (*from == '\\' && from + 1 < end)
			*to++ = unescaped(*++from);
		else
			*to++ = *from;
		from++;
	}
	return (size_t)(to - s);
}

static struct cell cell_of(const struct postgres_copy *c, size_t column, char *s, size_t len)
{
	struct cell cell;

	if (len == 2 && s[0] == '\\' && s[1] == 'N')
		return (struct cell){.type = CELL_NULL};
	cell = postgres_cell(c->kinds[column], s, unescape(s, len));
	if (c->any_bytes && (cell.type == CELL_TEXT || cell.type == CELL_JSON) &&
	    !str_is_utf8(cell.s, cell.len))
		cell.type = CELL_BLOB;
	return cell;
}

static int malformed(struct mesh_err *err)
{
	return mesh_err_set(err, -EIO, "the server sent a row that is not in COPY's text format");
}

/* A tab ends a field, a line feed the row: inside of values both are escaped. */
static int split(struct postgres_copy *c, size_t len, struct cell *ret_cells, struct mesh_err *err)
{
	char *s = c->row, *end = c->row + len - 1;

	if (*end != '\n')
		return malformed(err);
	if (c->columns_len == 0)
		return len == 1 ? 1 : malformed(err);
	for (size_t i = 0; i < c->columns_len; i++) {
		bool last = i + 1 == c->columns_len;
		char *stop = last ? end : memchr(s, '\t', (size_t)(end - s));

		if (!stop || (last && memchr(s, '\t', (size_t)(end - s))))
			return malformed(err);
		ret_cells[i] = cell_of(c, i, s, (size_t)(stop - s));
		s = stop + 1;
	}
	return 1;
}

/* ---- the stream ---- */

/* Without the server's word that COPY came to its end what was read is only a part. */
static int finish(struct postgres_copy *c, struct mesh_err *err)
{
	PGresult *res;
	int rc = postgres_session_result(c->session, 1, &res, err);

	if (rc < 0)
		return rc;
	if (PQresultStatus(res) != PGRES_COMMAND_OK ||
	    strtoull(PQcmdTuples(res), NULL, 10) != c->rows)
		rc = mesh_err_set(err, -EIO, "the server sent fewer or more rows than it says");
	PQclear(res);
	c->over = rc == 0;
	return rc;
}

/* The length of the next row; 0: there are no more. */
static int receive_row(struct postgres_copy *c, struct mesh_err *err)
{
	PGconn *conn = c->session->conn;
	int len;

	while ((len = PQgetCopyData(conn, &c->row, 1)) == 0) {
		int rc = postgres_session_receive(c->session, err);

		if (rc < 0)
			return rc;
	}
	if (len == -1)
		return 0;
	return len > 0 ? len : postgres_error_connection(conn, err);
}

int postgres_copy_next(struct postgres_copy *c, struct cell *ret_cells, struct mesh_err *err)
{
	int rc = postgres_wait_cancelled(c->session->cancel, err);

	postgres_copy_clear(c);
	if (rc < 0 || c->over)
		return rc;
	rc = receive_row(c, err);
	if (rc <= 0)
		return rc < 0 ? rc : finish(c, err);
	if ((size_t)rc > POSTGRES_ROW_MAX)
		return mesh_err_set(err, -E2BIG, "row %llu is longer than %zu MiB",
		    (unsigned long long)c->rows + 1, POSTGRES_ROW_MAX >> 20);
	c->rows++;
	return split(c, (size_t)rc, ret_cells, err);
}
