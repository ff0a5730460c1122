#ifndef FS_STORAGE_SQL_MAKER_H
#define FS_STORAGE_SQL_MAKER_H

/*
 * The text and the parameters of a predicate while it is made, within bounds. For the files of sql_predicate.h alone.
 */

#include "fs/storage/sql_predicate.h"

enum sql_kind {
	SQL_NONE, /* no row */
	SQL_ALL, /* every row */
	SQL_TEXT, /* those that `text` keeps */
};

struct sql_part {
	enum sql_kind kind;
	const char *text;
	bool exact; /* keeps no row too many */
};

struct sql_maker {
	const struct sql_ask *ask;
	struct arena *a;
	struct value *params; /* SQL_MAX_PARAMS of them */
	size_t params_len;
	size_t bytes; /* of all texts so far */
	int error; /* sticky: -ENOMEM; -E2BIG: beyond SQL_MAX_PARAMS or SQL_MAX_BYTES */
};

/* Text in the arena; "" after an error. */
const char *sql_maker_text(struct sql_maker *m, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A part of this text; SQL_ALL after an error. */
struct sql_part sql_maker_part(struct sql_maker *m, bool exact, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The place holder of a new parameter, a string or an integer. */
const char *sql_maker_param(struct sql_maker *m, struct value v);
/* The column without its affinity, which would make SQLite take a number for text. */
const char *sql_maker_plain(struct sql_maker *m, const char *x);

#endif
