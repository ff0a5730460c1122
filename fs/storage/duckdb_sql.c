#include "fs/storage/duckdb_sql.h"

static void quoted(struct buf *sql, const char *s, char quote)
{
	buf_addc(sql, quote);
	for (; *s; s++) {
		if (*s == quote)
			buf_addc(sql, quote);
		buf_addc(sql, *s);
	}
	buf_addc(sql, quote);
}

void duckdb_sql_text(struct buf *sql, const char *text)
{
	quoted(sql, text, '\'');
}

void duckdb_sql_name(struct buf *sql, const char *name)
{
	quoted(sql, name, '"');
}
