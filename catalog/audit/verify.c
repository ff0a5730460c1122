#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "catalog/audit/audit.h"
#include "catalog/audit/chain.h"
#include "catalog/audit/logdir.h"
#include "catalog/audit/loglines.h"
#include "catalog/base/cleanup.h"

struct verify {
	int dir_fd;
	struct digest *digest;
	bool has_head;
	struct chain_point head;
	struct chain_point last; /* the last record that was found good */
	char name[LOGDIR_NAME_CAP]; /* the current file; "": none yet */
	bool is_last_file;
	struct loglines lines;
	struct audit_verdict verdict;
};

/* Each step returns 0: go on; 1: the chain is broken, and the verdict says where; negative errno: cannot tell. */

__attribute__((format(printf, 2, 3))) static int broken(struct verify *v, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(v->verdict.text, sizeof(v->verdict.text), fmt, args);
	va_end(args);
	v->verdict.ok = false;
	return 1;
}

/* "N is" or "N to M are". */
static const char *range(uint64_t from, uint64_t to, char out[64])
{
	if (from == to)
		(void)snprintf(out, 64, "record %" PRIu64 " is", from);
	else
		(void)snprintf(out, 64, "records %" PRIu64 " to %" PRIu64 " are", from, to);
	return out;
}

/* A later record stands where another was expected: is that one further down in this file (lines changed their
 * order), or nowhere in it? */
static int name_gap(struct verify *v, uint64_t seq)
{
	uint64_t expected = v->last.seq + 1, line_no = v->lines.line;
	struct chain_line later;
	const char *line;
	char missing[64];
	size_t len;
	int r;

	while ((r = loglines_next(&v->lines, &line, &len)) > 0) {
		if (chain_parse(line, len, &later) && later.self.seq == expected)
			return broken(v,
			    "%s:%" PRIu64 ": seq %" PRIu64 ": out of order: record %" PRIu64
			    " belongs here and stands in line %" PRIu64,
			    v->name, line_no, seq, expected, v->lines.line);
	}
	if (r < 0)
		return r;
	return broken(v, "%s:%" PRIu64 ": seq %" PRIu64 ": %s missing before this record", v->name,
	    line_no, seq, range(expected, seq - 1, missing));
}

/* The record by itself is good; is it the one that must come here? */
static int check_place(struct verify *v, const struct chain_line *l)
{
	uint64_t seq = l->self.seq, line_no = v->lines.line;

	if (seq > v->last.seq + 1)
		return name_gap(v, seq);
	if (seq <= v->last.seq)
		return broken(v,
		    "%s:%" PRIu64 ": seq %" PRIu64 ": repeated: record %" PRIu64
		    " stands before it",
		    v->name, line_no, seq, v->last.seq);
	if (strcmp(l->prev, v->last.hash) != 0)
		return broken(v,
		    "%s:%" PRIu64 ": seq %" PRIu64 ": does not follow from record %" PRIu64
		    ": one of the two was replaced",
		    v->name, line_no, seq, v->last.seq);
	if (seq == v->head.seq && strcmp(l->self.hash, v->head.hash) != 0)
		return broken(v,
		    "%s:%" PRIu64 ": seq %" PRIu64 ": replaced: the head names another record",
		    v->name, line_no, seq);
	return 0;
}

static int check_line(struct verify *v, const char *line, size_t len)
{
	struct chain_line l;
	bool fits = false;

	if (!chain_parse(line, len, &l))
		return broken(v, "%s:%" PRIu64 ": seq %" PRIu64 ": not a record", v->name,
		    v->lines.line, v->last.seq + 1);

	int r = chain_rehash(&l, v->digest, &fits);

	if (r < 0)
		return r;
	if (!fits)
		return broken(v,
		    "%s:%" PRIu64 ": seq %" PRIu64 ": changed: the record does not have its hash",
		    v->name, v->lines.line, l.self.seq);
	r = check_place(v, &l);
	if (r == 0) {
		v->last = l.self;
		v->verdict.records++;
	}
	return r;
}

/* A torn line ends the log where the writer is at work or has crashed; it never counted. Elsewhere it is damage. */
static int check_end_of_file(struct verify *v)
{
	int torn = v->is_last_file ? 0 : loglines_torn(&v->lines);

	if (torn <= 0)
		return torn;
	return broken(v,
	    "%s:%" PRIu64 ": seq %" PRIu64 ": cut off: the file ends within the record", v->name,
	    v->lines.line + 1, v->last.seq + 1);
}

static int check_lines(struct verify *v)
{
	const char *line;
	size_t len;

	for (;;) {
		int r = loglines_next(&v->lines, &line, &len);

		if (r == 0)
			return check_end_of_file(v);
		if (r > 0)
			r = check_line(v, line, len);
		if (r != 0)
			return r;
	}
}

static int check_name(struct verify *v, const char *name, uint64_t first)
{
	char missing[64];

	if (first == v->last.seq + 1)
		return 0;
	if (first <= v->last.seq)
		return broken(v,
		    "%s: begins with record %" PRIu64 " by its name, but %s holds %" PRIu64, name,
		    first, v->name, v->last.seq);
	(void)range(v->last.seq + 1, first - 1, missing);
	if (v->last.seq == 0)
		return broken(
		    v, "%s: %s missing before this file: the first file is gone", name, missing);
	return broken(v, "%s: %s missing before this file: a file is gone, or %s was cut", name,
	    missing, v->name);
}

static int check_file(struct verify *v, uint64_t first)
{
	char name[LOGDIR_NAME_CAP];

	logdir_name(first, name);

	int r = check_name(v, name, first);

	if (r != 0)
		return r;
	(void)snprintf(v->name, sizeof(v->name), "%s", name);

	int fd = logdir_open_file(v->dir_fd, name, O_RDONLY);

	if (fd < 0)
		return fd;
	loglines_init(&v->lines, fd, 0);
	r = check_lines(v);
	loglines_clear(&v->lines);
	if (r == 0)
		v->verdict.files++;
	return r;
}

/* Read before the files: a log that is being written only grows beyond it. */
static int read_head(struct verify *v)
{
	int r = logdir_head(v->dir_fd, &v->head);

	if (r == -EINVAL)
		return broken(v, LOGDIR_HEAD ": not a head: it names the last record on the disk");
	v->has_head = r == 0;
	return r == -ENOENT ? 0 : r;
}

static int check_head(struct verify *v)
{
	char missing[64];

	if (!v->has_head && v->last.seq > 0)
		return broken(v, LOGDIR_HEAD ": missing: the end of the log cannot be proved");
	if (v->last.seq >= v->head.seq)
		return 0;
	return broken(v, "%s: seq %" PRIu64 ": %s missing at the end of the log",
	    v->name[0] ? v->name : LOGDIR_HEAD, v->last.seq + 1,
	    range(v->last.seq + 1, v->head.seq, missing));
}

static int run(struct verify *v)
{
	struct logdir_files files;
	int r = read_head(v);

	if (r != 0)
		return r;
	r = logdir_files(v->dir_fd, &files);
	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < files.len; i++) {
		v->is_last_file = i + 1 == files.len;
		r = check_file(v, files.first[i]);
	}
	logdir_files_clear(&files);
	return r == 0 ? check_head(v) : r;
}

int audit_verify(const char *dir, struct audit_verdict *ret, struct mesh_err *err)
{
	AUTOFD int dir_fd = logdir_open(dir, err);
	struct verify v = {.dir_fd = dir_fd, .verdict = {.ok = true}};

	if (dir_fd < 0)
		return dir_fd;
	v.digest = digest_new();
	if (!v.digest)
		return mesh_err_nomem(err);
	chain_genesis(&v.last);
	chain_genesis(&v.head);

	int r = run(&v);

	digest_free(v.digest);
	if (r < 0)
		return mesh_err_set(err, r, "cannot read the audit log in %s%s%s: %s", dir,
		    v.name[0] ? ", file " : "", v.name, strerror(-r));
	*ret = v.verdict;
	return 0;
}
