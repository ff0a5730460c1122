#ifndef TESTS_UNIT_TABLE_FIXTURE_H
#define TESTS_UNIT_TABLE_FIXTURE_H

/*
 * Tables in memory files, and one call from stored bytes to rendered bytes.
 */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/base/buf.h"
#include "fs/table/plan.h"

#define FIXTURE_COLUMNS 16

/* What is rendered, and how. */
struct rendering {
	const char *name; /* NULL: t.csv */
	const char *data;
	size_t len; /* 0: strlen(data) */
	char delimiter;
	const struct object *object;
	const struct view *view; /* NULL: every column of the source, raw */
	enum table_format format;
	const table_cancel *cancel;
	bool no_key;
	/* the outcome */
	struct mesh_err err;
	unsigned long rows;
};

static inline int fixture_file(const char *data, size_t len)
{
	int fd = memfd_create("table", MFD_CLOEXEC);

	assert_true(fd >= 0);
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		assert_true(n > 0);
		data += n;
		len -= (size_t)n;
	}
	return fd;
}

static inline const struct hash_key *fixture_key(void *arg, const char *name)
{
	static const struct hash_key mesh = {"0123456789abcdef", 16};

	(void)arg;
	return strcmp(name, "mesh") == 0 ? &mesh : NULL;
}

/* Every column of the schema, raw; in `columns`, which has room for FIXTURE_COLUMNS. */
static inline struct view fixture_identity(
    const struct table_schema *s, struct view_column *columns)
{
	assert_true(s->len <= FIXTURE_COLUMNS);
	memset(columns, 0, FIXTURE_COLUMNS * sizeof(*columns));
	for (size_t i = 0; i < s->len; i++)
		columns[i].name = s->columns[i].name;
	return (struct view){.identity = true, .columns = columns, .columns_len = s->len};
}

static inline int fixture_writer(
    struct rendering *r, int fd, const struct table_schema *s, struct table_writer **ret)
{
	if (r->format == TABLE_JSONL)
		return table_jsonl_writer(fd, s, ret, &r->err);
	return table_csv_writer(fd, r->format == TABLE_TSV ? '\t' : ',', s, ret, &r->err);
}

static inline int fixture_run(struct rendering *r, struct table_source *s, int out)
{
	struct view_column columns[FIXTURE_COLUMNS];
	struct plan_options opt = {.view = r->view, .object = r->object, .source = &s->schema};
	struct table_writer *w;
	struct table_plan *p;
	struct view all;
	atomic_ulong rows = 0;
	int rc;

	if (!r->no_key)
		opt.key = fixture_key;
	if (!r->view) {
		all = fixture_identity(&s->schema, columns);
		opt.view = &all;
	}
	rc = plan_new(&opt, &p, &r->err);
	if (rc < 0)
		return rc;
	rc = fixture_writer(r, out, plan_schema(p), &w);
	if (rc == 0) {
		rc = plan_run(p, s, w, r->cancel, &rows, &r->err);
		w->ops->close(w);
	}
	plan_free(p);
	r->rows = atomic_load(&rows);
	return rc;
}

/* The rendered bytes, NUL-terminated, to be freed; *ret_rc is what failed. */
static inline char *fixture_render(struct rendering *r, int *ret_rc)
{
	int in = fixture_file(r->data, r->len ? r->len : strlen(r->data));
	int out = memfd_create("out", MFD_CLOEXEC);
	struct source_text_options opt = {in, r->name ? r->name : "t.csv", r->delimiter, r->object};
	struct table_source *s;
	off_t size;
	char *text;

	assert_true(out >= 0);
	r->err = (struct mesh_err){0};
	*ret_rc = source_text_open_with(&opt, &s, &r->err);
	if (*ret_rc == 0) {
		*ret_rc = fixture_run(r, s, out);
		s->ops->close(s);
	}
	size = lseek(out, 0, SEEK_END);
	text = calloc(1, (size_t)size + 1);
	if (text)
		assert_int_equal(pread(out, text, (size_t)size, 0), size);
	else
		*ret_rc = -ENOMEM;
	close(in);
	close(out);
	return text;
}

static inline void check_rendering(struct rendering r, const char *want)
{
	int rc;
	char *got = fixture_render(&r, &rc);

	if (rc < 0)
		fail_msg("%s: %s", r.data, r.err.text);
	assert_string_equal(got, want);
	free(got);
}

static inline void check_refused(struct rendering r, int code, const char *part)
{
	int rc;
	char *got = fixture_render(&r, &rc);

	if (rc != code || !strstr(r.err.text, part))
		fail_msg("%d %s, not %d %s", rc, r.err.text, code, part);
	assert_int_equal(r.err.code, code);
	free(got);
}

#endif
