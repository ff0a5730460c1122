#ifndef TESTS_UNIT_SQLITE_FIXTURE_H
#define TESTS_UNIT_SQLITE_FIXTURE_H

/*
 * A directory of its own for databases, programs that write them, and what a source reads. For the tests of the sqlite files of
 * fs/storage; to be included after cmocka.h.
 */

#include <dirent.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/base/buf.h"
#include "catalog/base/cleanup.h"
#include "fs/storage/sqlite_source.h"

struct fixture {
	char dir[64];
	struct mesh_err err;
};

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	(void)snprintf(f->dir, sizeof(f->dir), "%s/meshfs-sqlite-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(f->dir));
	*state = f;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf %s", f->dir);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static inline const char *at(const struct fixture *f, const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	return path;
}

/* ---- the other side: a program that writes ---- */

static inline void sql(sqlite3 *db, const char *text)
{
	char *message = NULL;

	if (sqlite3_exec(db, text, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", text, message);
}

static inline sqlite3 *writer(const struct fixture *f, const char *name)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(at(f, name), &db), SQLITE_OK);
	return db;
}

static inline void make_db(const struct fixture *f, const char *name, const char *text)
{
	sqlite3 *db = writer(f, name);

	sql(db, text);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static inline void copy_file(const struct fixture *f, const char *from, const char *to)
{
	char command[600], source[256];

	(void)snprintf(source, sizeof(source), "%s", at(f, from));
	(void)snprintf(command, sizeof(command), "cp %s %s", source, at(f, to));
	assert_int_equal(system(command), 0);
}

static inline void write_bytes(
    const struct fixture *f, const char *name, const char *bytes, size_t len)
{
	FILE *file = fopen(at(f, name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

/* ---- reading ---- */

static inline int open_table(
    struct fixture *f, const char *name, const char *table, struct table_source **ret)
{
	struct sqlite_place place = {
	    .prefix = f->dir, .rel = name, .timeout_ns = 1000 * 1000 * 1000};

	mesh_err_clear(&f->err);
	return sqlite_source_open(&place, table, NULL, ret, &f->err);
}

static inline struct table_source *must_open(struct fixture *f, const char *name, const char *table)
{
	struct table_source *s;

	if (open_table(f, name, table, &s) < 0)
		fail_msg("%s", f->err.text);
	return s;
}

static inline void assert_refused(
    struct fixture *f, const char *name, const char *table, int code, const char *part)
{
	struct table_source *s = NULL;

	assert_int_equal(open_table(f, name, table, &s), code);
	assert_null(s);
	if (!strstr(f->err.text, part))
		fail_msg("'%s' does not say '%s'", f->err.text, part);
}

static inline struct table_reader *start(
    struct fixture *f, struct table_source *s, struct table_request *rq)
{
	static size_t every[64];
	struct table_reader *r;

	if (!rq->columns) {
		assert_true(s->schema.len <= 64);
		for (size_t i = 0; i < s->schema.len; i++)
			every[i] = i;
		rq->columns = every;
		rq->columns_len = s->schema.len;
	}
	if (s->ops->read(s, rq, &r, &f->err) < 0)
		fail_msg("%s", f->err.text);
	return r;
}

static inline void print_cell(const struct cell *c, struct buf *out)
{
	switch (c->type) {
	case CELL_NULL:
		buf_puts(out, "-");
		break;
	case CELL_INT:
		buf_printf(out, "%lld", (long long)c->i);
		break;
	case CELL_REAL:
		buf_printf(out, "r%g", c->f);
		break;
	case CELL_TEXT:
		buf_printf(out, "'%.*s'%zu", (int)c->len, c->s, c->len);
		break;
	case CELL_BLOB:
		buf_printf(out, "b%zu", c->len);
		break;
	default:
		buf_puts(out, "?");
	}
}

/* Rows from here to the end, as "cell cell|cell cell|"; what the last call returned. */
static inline int drain(struct fixture *f, struct table_reader *r, struct buf *out)
{
	struct cell cells[64];
	int rc;

	while ((rc = r->ops->next(r, cells, &f->err)) == 1) {
		for (size_t i = 0; i < r->schema.len; i++) {
			if (i > 0)
				buf_addc(out, ' ');
			print_cell(&cells[i], out);
		}
		buf_addc(out, '|');
	}
	return rc;
}

static inline void assert_rows(
    struct fixture *f, const char *name, const char *table, const char *want)
{
	struct table_source *s = must_open(f, name, table);
	struct table_request rq = {0};
	struct table_reader *r = start(f, s, &rq);
	struct buf out;

	buf_init(&out);
	if (drain(f, r, &out) < 0)
		fail_msg("%s", f->err.text);
	assert_int_equal(r->ops->next(r, NULL, NULL), 0); /* the end stays the end */
	assert_string_equal(out.data ? out.data : "", want);
	buf_clear(&out);
	r->ops->close(r);
	s->ops->close(s);
}

static inline void assert_fails(
    struct fixture *f, struct table_source *s, int code, const char *part)
{
	struct table_request rq = {0};
	struct table_reader *r = NULL;
	struct buf out;
	size_t column = 0;
	int rc;

	rq.columns = &column;
	rq.columns_len = 1;
	buf_init(&out);
	rc = s->ops->read(s, &rq, &r, &f->err);
	if (rc == 0)
		rc = drain(f, r, &out);
	assert_int_equal(rc, code);
	if (!strstr(f->err.text, part))
		fail_msg("'%s' does not say '%s'", f->err.text, part);
	if (r)
		r->ops->close(r);
	buf_clear(&out);
	s->ops->close(s);
}

/* Names in the directory, sorted. */
static inline void list_dir(const struct fixture *f, char *out)
{
	struct dirent **names;
	int n = scandir(f->dir, &names, NULL, alphasort);

	out[0] = '\0';
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.')
			strcat(strcat(out, names[i]->d_name), " ");
		free(names[i]);
	}
	free(names);
}

static inline void assert_dir(const struct fixture *f, const char *want)
{
	char names[1024];

	list_dir(f, names);
	assert_string_equal(names, want);
}

#endif
