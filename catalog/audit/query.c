#include "catalog/audit/query.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "catalog/base/cleanup.h"

int query_open_file(int dir_fd, uint64_t first, uint64_t offset, struct loglines *ret)
{
	char name[LOGDIR_NAME_CAP];

	logdir_name(first, name);

	int fd = logdir_open_file(dir_fd, name, O_RDONLY);

	if (fd < 0)
		return fd;
	loglines_init(ret, fd, offset);
	return 0;
}

int query_next(struct loglines *l, const struct logmatch *m, const char **ret_line, size_t *ret_len)
{
	for (;;) {
		int r = loglines_next(l, ret_line, ret_len);

		if (r <= 0 || logmatch_line(m, *ret_line, *ret_len))
			return r;
	}
}

static int count(int dir_fd, uint64_t first, const struct logmatch *m, uint64_t *ret)
{
	struct loglines l;
	const char *line;
	size_t len;
	uint64_t n = 0;
	int r = query_open_file(dir_fd, first, 0, &l);

	if (r < 0)
		return r;
	while ((r = query_next(&l, m, &line, &len)) > 0)
		n++;
	loglines_clear(&l);
	if (r == 0)
		*ret = n;
	return r;
}

int query_find_last(int dir_fd, const struct logdir_files *files, const struct logmatch *m,
    uint64_t last, size_t *ret_file, uint64_t *ret_skip)
{
	uint64_t wanted = last, skip = 0, n = 0;
	size_t i = files->len;

	while (i > 0) {
		int r = count(dir_fd, files->first[--i], m, &n);

		if (r < 0)
			return r;
		if (n >= wanted) {
			skip = n - wanted;
			break;
		}
		wanted -= n;
	}
	*ret_file = i;
	*ret_skip = skip;
	return 0;
}

/* What one query goes on with from file to file. */
struct query {
	int dir_fd;
	struct logmatch match;
	uint64_t skip; /* matches to pass over first */
	uint64_t left; /* matches to give out */
	struct buf *out;
};

static int add_file(struct query *q, uint64_t first)
{
	struct loglines l;
	const char *line;
	size_t len;
	int r = query_open_file(q->dir_fd, first, 0, &l);

	if (r < 0)
		return r;
	/* q->left: a log that grows meanwhile may hold more than the last N by now. */
	while (q->left > 0 && (r = query_next(&l, &q->match, &line, &len)) > 0) {
		if (q->skip > 0) {
			q->skip--;
			continue;
		}
		q->left--;
		buf_add(q->out, line, len);
		buf_addc(q->out, '\n');
		if (buf_error(q->out) < 0)
			break;
	}
	loglines_clear(&l);
	return buf_error(q->out) < 0 ? buf_error(q->out) : r < 0 ? r : 0;
}

static int run(struct query *q, uint64_t last)
{
	struct logdir_files files;
	size_t i = 0;
	int r = logdir_files(q->dir_fd, &files);

	if (r < 0)
		return r;
	q->left = last > 0 ? last : UINT64_MAX;
	if (last > 0)
		r = query_find_last(q->dir_fd, &files, &q->match, last, &i, &q->skip);
	for (; r == 0 && i < files.len; i++)
		r = add_file(q, files.first[i]);
	logdir_files_clear(&files);
	return r;
}

int audit_query(
    const char *dir, const struct audit_filter *f, struct buf *out, struct mesh_err *err)
{
	AUTOFD int dir_fd = logdir_open(dir, err);
	struct query q = {.dir_fd = dir_fd, .out = out};

	if (dir_fd < 0)
		return dir_fd;

	int r = logmatch_init(&q.match, f);

	if (r == 0)
		r = run(&q, f->last);
	logmatch_clear(&q.match);
	if (r < 0)
		return mesh_err_set(
		    err, r, "cannot read the audit log in %s: %s", dir, strerror(-r));
	return 0;
}
