#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "catalog/audit/logdir.h"
#include "catalog/audit/logtail.h"
#include "catalog/audit/writer.h"
#include "catalog/base/cleanup.h"

static int refuse(const struct audit *a, struct mesh_err *err, const char *name, const char *what)
{
	return mesh_err_set(err, -EINVAL,
	    "%s/%s: %s; nothing is appended to a broken log: look at it with "
	    "'meshfs audit verify', then move the directory away, and a new log begins",
	    a->dir, name, what);
}

static int failed(
    const struct audit *a, struct mesh_err *err, const char *doing, const char *name, int r)
{
	return mesh_err_set(err, r, "cannot %s %s/%s: %s", doing, a->dir, name, strerror(-r));
}

/* Reads the end of the file that begins with record `first`. */
static int read_tail(struct audit *a, uint64_t first, struct logtail *ret, struct mesh_err *err)
{
	char name[LOGDIR_NAME_CAP];

	logdir_name(first, name);

	AUTOFD int fd = logdir_open_file(a->dir_fd, name, O_RDONLY);
	int r = fd < 0 ? fd : logtail_read(fd, a->digest, ret);

	if (r == -EINVAL)
		return refuse(a, err, name, "the last line is no record");
	if (r < 0)
		return failed(a, err, "read", name, r);
	if (ret->has_line && !ret->is_record)
		return refuse(a, err, name, "the last line is no record or was changed");
	return 0;
}

/* The last file has no whole line: a crash came between its creation and the first record. The chain stands where the
 * file before ends. */
static int step_back(struct audit *a, const struct logdir_files *f, struct mesh_err *err)
{
	struct logtail before;
	char name[LOGDIR_NAME_CAP];

	if (f->len < 2)
		return 0;

	int r = read_tail(a, f->first[f->len - 2], &before, err);

	if (r < 0)
		return r;
	a->last = before.last;
	if (before.end == before.size_bytes)
		return 0;
	logdir_name(f->first[f->len - 2], name);
	return refuse(a, err, name, "the file ends within a line, and another follows");
}

/* The end of the log against its last file's name and against the head. */
static int check_end(const struct audit *a, const char *name, uint64_t first,
    const struct chain_point *head, struct mesh_err *err)
{
	char what[160];

	if (a->last.seq < head->seq) {
		(void)snprintf(what, sizeof(what),
		    "the log ends with record %" PRIu64 ", but its head names %" PRIu64,
		    a->last.seq, head->seq);
		return refuse(a, err, name, what);
	}
	if (a->last.seq == head->seq && strcmp(a->last.hash, head->hash) != 0)
		return refuse(a, err, name, "the last record is not the one that the head names");
	if (first > 0 && (a->size_bytes > 0 ? first > a->last.seq : first != a->last.seq + 1))
		return refuse(a, err, name, "the name of the last file does not fit its records");
	return 0;
}

/* Keeps the bytes in [end, size) of the last file in audit-SEQ.torn, SEQ being the number that the record would have had. A
 * second torn record of that number goes behind the first. */
static int keep_torn(struct audit *a, int fd, const struct logtail *t, struct mesh_err *err)
{
	char name[LOGDIR_NAME_CAP], chunk[8192];
	uint64_t at = t->end;

	(void)snprintf(name, sizeof(name), "audit-%010" PRIu64 ".torn", a->last.seq + 1);

	AUTOFD int out = logdir_open_file(a->dir_fd, name, O_WRONLY | O_APPEND | O_CREAT);

	if (out < 0)
		return failed(a, err, "write", name, out);
	while (at < t->size_bytes) {
		ssize_t n = pread(fd, chunk, sizeof(chunk), (off_t)at);
		int r = n > 0 ? logdir_write(out, chunk, (size_t)n) : n < 0 ? -errno : -EIO;

		if (r < 0)
			return failed(a, err, "write", name, r);
		at += (uint64_t)n;
	}

	int r = logdir_write(out, "\n", 1);

	if (r == 0 && fdatasync(out) < 0)
		r = -errno;
	return r < 0 ? failed(a, err, "write", name, r) : 0;
}

/* Opens the last file for appending behind its last whole line. */
static int open_last(
    struct audit *a, const char *name, const struct logtail *t, struct mesh_err *err)
{
	AUTOFD int fd = logdir_open_file(a->dir_fd, name, O_RDWR | O_APPEND);

	if (fd < 0)
		return failed(a, err, "open", name, fd);
	if (t->end < t->size_bytes) {
		int r = keep_torn(a, fd, t, err);

		if (r < 0)
			return r;
		if (ftruncate(fd, (off_t)t->end) < 0)
			return failed(a, err, "cut the torn line off", name, -errno);
	}
	a->fd = take_fd(&fd);
	return 0;
}

static int begin_log(struct audit *a, struct mesh_err *err)
{
	int r = logdir_set_head(a->dir_fd, &a->last);

	if (r == 0 && fsync(a->dir_fd) < 0)
		r = -errno;
	return r < 0 ? failed(a, err, "write", LOGDIR_HEAD, r) : 0;
}

static int recover_files(struct audit *a, const struct logdir_files *f, struct mesh_err *err)
{
	struct chain_point head;
	struct logtail t = {0};
	uint64_t first = f->len > 0 ? f->first[f->len - 1] : 0;
	char name[LOGDIR_NAME_CAP] = LOGDIR_HEAD;
	int has_head = logdir_head(a->dir_fd, &head);

	chain_genesis(&a->last);
	if (has_head == -ENOENT && f->len == 0)
		return begin_log(a, err);
	if (has_head == -ENOENT || has_head == -EINVAL)
		return refuse(a, err, LOGDIR_HEAD, "the head is missing or cannot be read");
	if (has_head < 0)
		return failed(a, err, "read", LOGDIR_HEAD, has_head);
	if (first > 0) {
		int r = read_tail(a, first, &t, err);

		if (r < 0)
			return r;
		logdir_name(first, name);
	}
	a->size_bytes = t.end;
	if (t.is_record)
		a->last = t.last;

	int r = t.is_record ? 0 : step_back(a, f, err);

	if (r == 0)
		r = check_end(a, name, first, &head, err);
	a->dirty = a->last.seq != head.seq;
	return r < 0 || first == 0 ? r : open_last(a, name, &t, err);
}

int recover_log(struct audit *a, struct mesh_err *err)
{
	struct logdir_files f;
	int r = logdir_files(a->dir_fd, &f);

	if (r < 0)
		return mesh_err_set(err, r, "cannot list %s: %s", a->dir, strerror(-r));
	r = recover_files(a, &f, err);
	logdir_files_clear(&f);
	return r;
}
