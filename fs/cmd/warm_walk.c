#include "fs/cmd/warm_walk.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "fs/cmd/cmd.h"

#define DATA_DEPTH 3 /* domain/product/data */
#define MAX_DEPTH 128

struct walk {
	const struct warm_job *job;
	char **files; /* owned, each too */
	size_t len, cap;
	atomic_size_t next; /* of the files, for the threads */
	atomic_bool failed;
	pthread_mutex_t lock; /* one message at a time: a long one is not written atomically */
};

int warm_depth(const char *path)
{
	int depth = 0;

	for (const char *s = path; *s; depth++) {
		size_t len = strcspn(s, "/");

		if (depth < DATA_DEPTH && s[0] == '.')
			return -1;
		if (depth == DATA_DEPTH - 1 && (len != 4 || strncmp(s, "data", 4) != 0))
			return -1;
		s += len;
		s += *s == '/';
	}
	return depth;
}

/* ---- saying it ---- */

static void say(struct walk *w, const char *text)
{
	size_t len = strlen(text) + 1;

	(void)pthread_mutex_lock(&w->lock);
	while (len > 0) {
		ssize_t n = write(w->job->out, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		/* Nobody listens any more. */
		if (n < 0)
			_exit(EXIT_ENVIRONMENT);
		text += n;
		len -= (size_t)n;
	}
	(void)pthread_mutex_unlock(&w->lock);
}

static void say_path(struct walk *w, char kind, int error, const char *path)
{
	char text[PATH_MAX + 64];

	if (kind == WARM_FAILED) {
		atomic_store(&w->failed, true);
		(void)snprintf(text, sizeof(text), "%c%d %s", kind, error, path);
	} else {
		(void)snprintf(text, sizeof(text), "%c%s", kind, path);
	}
	say(w, text);
}

/* ---- finding the files ---- */

static void add(struct walk *w, const char *path)
{
	if (w->len == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 256;
		char **more = reallocarray(w->files, cap, sizeof(*more));

		if (!more) {
			say_path(w, WARM_FAILED, ENOMEM, path);
			return;
		}
		w->files = more;
		w->cap = cap;
	}
	w->files[w->len] = strdup(path);
	if (w->files[w->len])
		w->len++;
	else
		say_path(w, WARM_FAILED, ENOMEM, path);
}

/* Above data/ only what leads there. */
static bool leads_to_data(const char *name, int depth)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	if (depth == DATA_DEPTH - 1)
		return strcmp(name, "data") == 0;
	return depth >= DATA_DEPTH || name[0] != '.';
}

static void find(struct walk *w, const char *path, int depth);

static void find_in(struct walk *w, DIR *dir, const char *path, int depth)
{
	const struct dirent *e;

	while ((errno = 0, e = readdir(dir))) {
		char below[PATH_MAX];

		if (!leads_to_data(e->d_name, depth))
			continue;
		if (snprintf(below, sizeof(below), "%s/%s", path, e->d_name) >= (int)sizeof(below))
			say_path(w, WARM_FAILED, ENAMETOOLONG, path);
		else if (e->d_type == DT_DIR)
			find(w, below, depth + 1);
		else if (e->d_type == DT_REG && depth >= DATA_DEPTH)
			add(w, below);
	}
	if (errno)
		say_path(w, WARM_FAILED, errno, path);
}

/* A directory that may not be listed holds nothing that could be rendered for this user. */
static void find(struct walk *w, const char *path, int depth)
{
	DIR *dir = depth < MAX_DEPTH ? opendir(path) : NULL;

	if (dir) {
		find_in(w, dir, path, depth);
		(void)closedir(dir);
	} else if (depth >= MAX_DEPTH || (errno != EACCES && errno != ENOENT)) {
		say_path(w, WARM_FAILED, depth >= MAX_DEPTH ? ELOOP : errno, path);
	}
}

/* What was named is due to be there. */
static void find_named(struct walk *w, const struct warm_path *p)
{
	int depth = warm_depth(p->path);
	DIR *dir = opendir(p->file);

	if (dir) {
		find_in(w, dir, p->file, depth);
		(void)closedir(dir);
	} else if (errno == ENOTDIR && depth > DATA_DEPTH) {
		add(w, p->file);
	} else {
		say_path(w, WARM_FAILED, errno, p->file);
	}
}

/* ---- rendering them ---- */

static void *stat_files(void *arg)
{
	struct walk *w = arg;
	size_t i;

	while ((i = atomic_fetch_add(&w->next, 1)) < w->len) {
		struct stat st;

		if (stat(w->files[i], &st) < 0 && errno != ENOENT)
			say_path(w, WARM_FAILED, errno, w->files[i]);
		else
			say_path(w, WARM_DONE, 0, w->files[i]);
	}
	return NULL;
}

static void stat_all(struct walk *w)
{
	pthread_t threads[WARM_MAX_JOBS];
	size_t n = 0;

	while (n + 1 < w->job->jobs && n + 1 < w->len && n < WARM_MAX_JOBS &&
	    pthread_create(&threads[n], NULL, stat_files, w) == 0)
		n++;
	(void)stat_files(w);
	while (n > 0)
		(void)pthread_join(threads[--n], NULL);
}

int warm_walk(const struct warm_job *job)
{
	struct walk w = {.job = job, .lock = PTHREAD_MUTEX_INITIALIZER};
	char total[32];

	for (size_t i = 0; i < job->paths_len; i++)
		find_named(&w, &job->paths[i]);
	(void)snprintf(total, sizeof(total), "%c%zu", WARM_TOTAL, w.len);
	say(&w, total);
	stat_all(&w);
	for (size_t i = 0; i < w.len; i++)
		free(w.files[i]);
	free(w.files);
	return atomic_load(&w.failed) ? EXIT_NO : EXIT_DONE;
}
