#include "fs/storage/checksum.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/digest.h"
#include "catalog/base/str.h"
#include "fs/log.h"

#define SLOTS 1024
#define HEX_LEN 64

/* A version of a file, and the sum that it was found to have. */
struct verified {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime, ctime;
	char sum[DIGEST_HEX_CAP];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards `seen` */
static struct verified seen[SLOTS];

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_version(const struct verified *v, const struct stat *st)
{
	return v->sum[0] && v->dev == st->st_dev && v->ino == st->st_ino &&
	    v->size == st->st_size && same_time(v->mtime, st->st_mtim) &&
	    same_time(v->ctime, st->st_ctim);
}

/* The file's sum: remembered or taken now. */
static int sum_of(int fd, const struct stat *st, char out[DIGEST_HEX_CAP])
{
	struct verified *slot = &seen[(st->st_ino ^ st->st_dev) % SLOTS];
	bool known;
	int rc;

	(void)pthread_mutex_lock(&lock);
	known = is_version(slot, st);
	if (known)
		memcpy(out, slot->sum, DIGEST_HEX_CAP);
	(void)pthread_mutex_unlock(&lock);
	if (known)
		return 0;
	rc = digest_fd(fd, out);
	if (rc < 0)
		return rc;
	(void)pthread_mutex_lock(&lock);
	*slot = (struct verified){
	    .dev = st->st_dev,
	    .ino = st->st_ino,
	    .size = st->st_size,
	    .mtime = st->st_mtim,
	    .ctime = st->st_ctim,
	};
	memcpy(slot->sum, out, DIGEST_HEX_CAP);
	(void)pthread_mutex_unlock(&lock);
	return 0;
}

/* One line of sha256sum(1): 64 digits, a blank, a blank or '*', the path. */
static const char *line_path(char *line)
{
	line[strcspn(line, "\r\n")] = '\0';
	if (strspn(line, "0123456789abcdefABCDEF") != HEX_LEN || line[HEX_LEN] != ' ')
		return NULL;
	if (line[HEX_LEN + 1] != ' ' && line[HEX_LEN + 1] != '*')
		return NULL;
	line[HEX_LEN] = '\0';
	return line + HEX_LEN + 2;
}

/* The sum listed for `rel`, a path relative to the port's root. -ENOENT: not listed. */
static int listed_sum(const struct local_port *lp, const char *rel, char out[DIGEST_HEX_CAP])
{
	AUTOFREE char *line = NULL;
	AUTOFILE FILE *f = NULL;
	size_t cap = 0;
	int fd;
	int rc = local_open_sums(lp, &fd);

	if (rc < 0)
		return rc;
	f = fdopen(fd, "r");
	if (!f) {
		(void)close(fd);
		return -ENOMEM;
	}
	while (getline(&line, &cap, f) > 0) {
		const char *path = line_path(line);

		if (path && strncmp(path, "./", 2) == 0)
			path += 2;
		if (path && strcmp(path, rel) == 0) {
			memcpy(out, line, DIGEST_HEX_CAP);
			return 0;
		}
	}
	return -ENOENT;
}

/* True for the list itself, which cannot list its own sum. */
static bool is_the_list(const struct local_port *lp, const char *rel)
{
	char path[PATH_MAX];

	if (strcmp(lp->sums_prefix, lp->prefix) != 0)
		return false;
	if (strcmp(lp->root, ".") == 0)
		return strcmp(lp->sha256sums, rel) == 0;
	(void)snprintf(path, sizeof(path), "%s/%s", lp->root, rel);
	return strcmp(lp->sha256sums, path) == 0;
}

int checksum_verify(const struct local_port *lp, const char *rel, int fd, const struct stat *st)
{
	char want[DIGEST_HEX_CAP], got[DIGEST_HEX_CAP];
	int rc;

	if (!lp->sha256sums || is_the_list(lp, rel))
		return 0;
	rc = listed_sum(lp, rel, want);
	if (rc < 0) {
		log_error(
		    "%s/%s: no checksum in %s: %s", lp->root, rel, lp->sha256sums, strerror(-rc));
		return -EIO;
	}
	rc = sum_of(fd, st, got);
	if (rc < 0) {
		log_error("%s/%s: summing: %s", lp->root, rel, strerror(-rc));
		return -EIO;
	}
	if (strcasecmp(want, got) == 0)
		return 0;
	log_error("%s/%s: checksum mismatch: %s lists %s, the file has %s", lp->root, rel,
	    lp->sha256sums, want, got);
	return -EIO;
}
