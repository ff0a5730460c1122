#ifndef FS_TABLE_TABLE_H
#define FS_TABLE_TABLE_H

/*
 * Rows on their way from storage to a file: a reader gives them, a plan filters and masks them, a writer writes them. One row at a
 * time, in constant memory. Knows columns and cells, not callers, rules or paths.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/base/arena.h"
#include "catalog/base/err.h"
#include "catalog/model.h"

enum cell_type {
	CELL_NULL,
	CELL_TEXT, /* s, len: as storage wrote it; what it means follows from the column's logical type */
	CELL_INT,  /* i */
	CELL_REAL, /* f */
	CELL_BOOL, /* i: 0 or 1 */
	CELL_JSON, /* s, len: a nested value as JSON text (JSON Lines) */
	CELL_BLOB, /* s, len: bytes that are no text */
};

/* Borrowed from the reader until its next row. Text is not NUL-terminated. */
struct cell {
	enum cell_type type;
	const char *s;
	size_t len;
	int64_t i;
	double f;
};

struct table_column {
	const char *name;	  /* as it is called in the mesh: the contract's name, else storage's */
	const char *source_name; /* as storage calls it */
	const char *logical_type; /* the contract's: string, integer, number, boolean, date, timestamp, time, object, array; NULL: unknown */
};

struct table_schema {
	struct table_column *columns; /* in storage's order; in the arena it was made with */
	size_t len;
};

/* Set by another thread to end a rendering early: reading answers -EINTR soon after. */
typedef atomic_bool table_cancel;

/* ---- readers ---- */

struct table_reader;

struct table_reader_ops {
	/* Writes one cell for each column of the reader's schema. 1: a row; 0: the end; negative errno: the source failed, and *err says
	 * how (-EINTR: cancelled; -ESTALE: the source changed meanwhile). */
	int (*next)(struct table_reader *r, struct cell *ret_cells, struct mesh_err *err);
	void (*close)(struct table_reader *r); /* frees the reader */
};

/* The first member of each reader's own struct. */
struct table_reader {
	const struct table_reader_ops *ops;
	struct table_schema schema; /* of the rows that next gives: what was asked for, in that order */
};

/* What a reader is asked for. All borrowed for the reader's life. */
struct table_request {
	const size_t *columns; /* indices into the source's schema, ascending; the only ones needed */
	size_t columns_len;
	const struct cond *keep; /* rows that fail this predicate (row operands by mesh name) may be left out by the source; NULL: none may. A
				  * reader may ignore it: the plan tests every row again */
	int64_t limit;		 /* 0: none. Only a hint as well */
	const table_cancel *cancel; /* may be NULL */
};

/* ---- writers ---- */

struct table_writer;

struct table_writer_ops {
	int (*row)(struct table_writer *w, const struct cell *cells, struct mesh_err *err); /* one a column of its schema */
	int (*finish)(struct table_writer *w, struct mesh_err *err); /* everything is in the file descriptor afterwards */
	void (*close)(struct table_writer *w);			       /* frees the writer, finished or not */
};

struct table_writer {
	const struct table_writer_ops *ops;
};

/* Formats that a table can be rendered in. */
enum table_format { TABLE_CSV, TABLE_TSV, TABLE_JSONL, TABLE_PARQUET, TABLE_FORMAT_COUNT };
/* "csv", ...; also the file's ending. */
const char *table_format_name(enum table_format f);
/* -1: none. */
int table_format_parse(const char *s);

/*
 * Writers to a descriptor (borrowed), through a buffer of their own. CSV: RFC 4180, header first, LF line ends, quoted where needed; NULL is an
 * empty field, the empty string is "". JSON Lines: one object a row, NULL is null. The schema is borrowed for the writer's life.
 */
int table_csv_writer(int fd, char delimiter, const struct table_schema *schema, struct table_writer **ret, struct mesh_err *err);
int table_jsonl_writer(int fd, const struct table_schema *schema, struct table_writer **ret, struct mesh_err *err);

#endif
