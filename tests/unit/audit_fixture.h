#ifndef TESTS_UNIT_AUDIT_FIXTURE_H
#define TESTS_UNIT_AUDIT_FIXTURE_H

/* What the tests of the audit share: a directory of their own, records, and the editing of files. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/audit/audit.h"
#include "catalog/audit/chain.h"
#include "catalog/audit/logdir.h"
#include "catalog/base/json.h"
#include "catalog/base/when.h"

#define NAME_1 "audit-0000000001.jsonl"

struct fixture {
	char dir[512]; /* exists and is empty */
	char path[800]; /* what path_of returned last */
};

static inline const char *path_of(struct fixture *f, const char *name)
{
	(void)snprintf(f->path, sizeof(f->path), "%s/%s", f->dir, name);
	return f->path;
}

static inline int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(f->dir, sizeof(f->dir), "%s/audit-XXXXXX", tmp ? tmp : "/tmp");
	*state = f;
	return mkdtemp(f->dir) ? 0 : -1;
}

static inline void empty_dir(struct fixture *f)
{
	DIR *d = opendir(f->dir);

	for (struct dirent *e = readdir(d); e; e = readdir(d)) {
		if (e->d_name[0] != '.')
			(void)unlink(path_of(f, e->d_name));
	}
	(void)closedir(d);
}

static inline int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	empty_dir(f);
	int r = rmdir(f->dir);

	free(f);
	return r;
}

#define AUDIT_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

/* The i-th record of a log: user u<i % 3>, product p/<i % 2>, every fourth denied, one second after the other. */
struct sample {
	struct audit_record record;
	char user[16], product[16];
};

static inline const struct audit_record *sample(struct sample *s, uint64_t i)
{
	static const char *groups[] = {"employees", "marketing"};
	static const char *rules[] = {"mesh:everyone"};

	(void)snprintf(s->user, sizeof(s->user), "u%d", (int)(i % 3));
	(void)snprintf(s->product, sizeof(s->product), "p/%d", (int)(i % 2));
	s->record = (struct audit_record){
	    .time_ns = 1700000000 * WHEN_NS_PER_SEC + (int64_t)i * WHEN_NS_PER_SEC,
	    .uid = 1000 + (int64_t)(i % 3),
	    .user = s->user,
	    .groups = {groups, 2},
	    .pid = 4711,
	    .exe = "/usr/bin/cat",
	    .host = "h",
	    .action = "read",
	    .resource = "p/0/data/orders/2026.csv",
	    .product = s->product,
	    .decision = i % 4 == 0 ? "deny" : "allow",
	    .rules = {rules, 1},
	    .epoch = i,
	    .error = i % 4 == 0 ? 13 : 0,
	};
	return &s->record;
}

static inline struct audit *open_log(struct fixture *f, uint64_t rotate_bytes)
{
	struct audit_options opt = {.dir = f->dir, .rotate_bytes = rotate_bytes};
	struct mesh_err err = {0};
	struct audit *a = NULL;
	int r = audit_open(&opt, &a, &err);

	if (r < 0)
		fail_msg("audit_open: %d %s", r, err.text);
	return a;
}

/* Appends records from..to, both included. */
static inline void append(struct audit *a, uint64_t from, uint64_t to)
{
	struct sample s;

	for (uint64_t i = from; i <= to; i++) {
		struct mesh_err err = {0};

		if (audit_append(a, sample(&s, i), &err) < 0)
			fail_msg("audit_append %d: %s", (int)i, err.text);
	}
}

/* A closed log of records 1..n. */
static inline void make_log(struct fixture *f, uint64_t n, uint64_t rotate_bytes)
{
	struct audit *a = open_log(f, rotate_bytes);

	append(a, 1, n);
	audit_close(a);
}

static inline char *slurp(struct fixture *f, const char *name, size_t *ret_len)
{
	FILE *in = fopen(path_of(f, name), "re");
	char *data = calloc(1, 1 << 22);

	if (!in)
		fail_msg("no file %s", f->path);
	*ret_len = fread(data, 1, (1 << 22) - 1, in);
	(void)fclose(in);
	return data;
}

static inline void spit(struct fixture *f, const char *name, const char *data, size_t len)
{
	FILE *out = fopen(path_of(f, name), "we");

	assert_non_null(out);
	assert_int_equal(fwrite(data, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
}

/* A file's lines, each with its newline. */
struct text {
	char *line[256]; /* owned */
	size_t len;
};

static inline struct text read_text(struct fixture *f, const char *name)
{
	struct text t = {.len = 0};
	size_t len;
	char *data = slurp(f, name, &len);

	for (char *at = data; *at && t.len < 256;) {
		size_t n = strcspn(at, "\n");

		n += at[n] == '\n';
		t.line[t.len++] = strndup(at, n);
		at += n;
	}
	free(data);
	return t;
}

/* Writes the lines that are not NULL, and frees them. */
static inline void write_text(struct fixture *f, const char *name, struct text *t)
{
	FILE *out = fopen(path_of(f, name), "we");

	for (size_t i = 0; i < t->len; i++) {
		if (t->line[i])
			(void)fputs(t->line[i], out);
		free(t->line[i]);
	}
	assert_int_equal(fclose(out), 0);
}

static inline struct audit_verdict verify(struct fixture *f)
{
	struct audit_verdict v;
	struct mesh_err err = {0};
	int r = audit_verify(f->dir, &v, &err);

	if (r < 0)
		fail_msg("audit_verify: %d %s", r, err.text);
	return v;
}

static inline void assert_sound(struct fixture *f, uint64_t records)
{
	struct audit_verdict v = verify(f);

	if (!v.ok)
		fail_msg("%s", v.text);
	assert_int_equal(v.records, records);
}

static inline void assert_broken(struct fixture *f, const char *text)
{
	struct audit_verdict v = verify(f);

	assert_false(v.ok);
	assert_string_equal(v.text, text);
}

/* Opening must be refused with -EINVAL, with `part` in the sentence, and the way to mend it. */
static inline void assert_refused(struct fixture *f, const char *part)
{
	struct audit_options opt = {.dir = f->dir};
	struct mesh_err err = {0};
	struct audit *a = NULL;

	assert_int_equal(audit_open(&opt, &a, &err), -EINVAL);
	assert_null(a);
	if (!strstr(err.text, part) || !strstr(err.text, "meshfs audit verify") ||
	    !strstr(err.text, "move the directory away"))
		fail_msg("sentence: %s", err.text);
}

#endif
