#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "catalog/audit/audit.h"
#include "catalog/audit/logdir.h"
#include "catalog/audit/loglines.h"
#include "catalog/audit/logmatch.h"
#include "catalog/audit/logtail.h"
#include "catalog/audit/query.h"
#include "catalog/base/cleanup.h"

#define POLL_NS 200000000L

struct follow {
	int dir_fd;
	struct logmatch match;
	struct loglines lines; /* of the file that begins with `first` */
	uint64_t first; /* 0: no file yet */
	uint64_t skip; /* matches to pass over first */
	int (*fn)(void *arg, const char *line, size_t len);
	void *arg;
	const volatile bool *stop; /* NULL: never */
};

static bool is_stopped(const struct follow *f)
{
	return f->stop && *f->stop;
}

static int go_to(struct follow *f, uint64_t first, uint64_t offset)
{
	struct loglines l;
	int r = query_open_file(f->dir_fd, first, offset, &l);

	if (r < 0)
		return r;
	loglines_clear(&f->lines);
	f->lines = l;
	f->first = first;
	return 0;
}

/* Behind the last whole line of the log: a line that is being written now will be seen as a whole. */
static int go_to_end(struct follow *f, uint64_t first)
{
	struct logtail tail;
	struct digest *d = digest_new();

	if (!d)
		return -ENOMEM;

	int r = go_to(f, first, 0);

	if (r == 0)
		r = logtail_read(f->lines.fd, d, &tail);
	if (r == 0)
		f->lines.offset = tail.end;
	digest_free(d);
	return r;
}

static int go_to_start(struct follow *f, uint64_t last)
{
	struct logdir_files files;
	size_t i;
	int r = logdir_files(f->dir_fd, &files);

	if (r < 0)
		return r;
	if (files.len > 0 && last == 0)
		r = go_to_end(f, files.first[files.len - 1]);
	if (files.len > 0 && last > 0) {
		r = query_find_last(f->dir_fd, &files, &f->match, last, &i, &f->skip);
		if (r == 0)
			r = go_to(f, files.first[i], 0);
	}
	logdir_files_clear(&files);
	return r;
}

/* Hands out what the current file has. Returns what fn returned where not 0, or negative errno. */
static int drain(struct follow *f)
{
	const char *line;
	size_t len;
	int r = 0;

	while (f->first > 0 && !is_stopped(f)) {
		r = query_next(&f->lines, &f->match, &line, &len);
		if (r <= 0)
			break;
		if (f->skip > 0) {
			f->skip--;
			continue;
		}
		r = f->fn(f->arg, line, len);
		if (r != 0)
			break;
	}
	return r;
}

/* The file after the current one: 1 with its number, 0 where there is none yet, or negative errno. */
static int find_next(const struct follow *f, uint64_t *ret_first)
{
	struct logdir_files files;
	int r = logdir_files(f->dir_fd, &files);

	if (r < 0)
		return r;
	for (size_t i = 0; i < files.len && r == 0; i++) {
		if (files.first[i] <= f->first)
			continue;
		*ret_first = files.first[i];
		r = 1;
	}
	logdir_files_clear(&files);
	return r;
}

static void wait_poll(void)
{
	const struct timespec t = {0, POLL_NS};

	/* A signal ends it early, so that *stop is seen at once. */
	(void)nanosleep(&t, NULL);
}

static int run(struct follow *f)
{
	while (!is_stopped(f)) {
		uint64_t next = 0;
		int found = find_next(f, &next);

		if (found < 0)
			return found;

		/* After find_next: a file that has a successor does not grow any more, so this is all of it. */
		int r = drain(f);

		if (r == 0 && found > 0)
			r = go_to(f, next, 0);
		if (r != 0)
			return r;
		if (found == 0)
			wait_poll();
	}
	return 0;
}

int audit_follow(const char *dir, const struct audit_filter *filter,
    int (*fn)(void *arg, const char *line, size_t len), void *arg, const volatile bool *stop)
{
	AUTOFD int dir_fd = logdir_open(dir, NULL);
	struct follow f = {.dir_fd = dir_fd, .fn = fn, .arg = arg, .stop = stop};

	if (dir_fd < 0)
		return dir_fd;
	loglines_init(&f.lines, -1, 0);

	int r = logmatch_init(&f.match, filter);

	if (r == 0)
		r = go_to_start(&f, filter->last);
	if (r == 0)
		r = run(&f);
	loglines_clear(&f.lines);
	logmatch_clear(&f.match);
	return r;
}
