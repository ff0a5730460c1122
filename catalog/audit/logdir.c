#include "catalog/audit/logdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/str.h"

#define NAME_PREFIX "audit-"
#define NAME_SUFFIX ".jsonl"
#define HEAD_NEW "head.new"
#define HEAD_CAP_BYTES 128

void logdir_name(uint64_t first, char out[LOGDIR_NAME_CAP])
{
	(void)snprintf(out, LOGDIR_NAME_CAP, NAME_PREFIX "%010" PRIu64 NAME_SUFFIX, first);
}

/* The number in a file's name; 0 where it is no name that logdir_name makes. */
static uint64_t number_of(const char *name)
{
	char again[LOGDIR_NAME_CAP];

	if (!str_starts(name, NAME_PREFIX))
		return 0;

	const char *digits = name + strlen(NAME_PREFIX);
	uint64_t first = 0;

	digits += strspn(digits, "0");
	if (chain_number(digits, strlen(digits), &first) == 0)
		return 0;
	logdir_name(first, again);
	return str_eq(name, again) ? first : 0;
}

int logdir_open(const char *dir, struct mesh_err *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return mesh_err_set(
		    err, -errno, "cannot open the audit directory %s: %s", dir, strerror(errno));
	return fd;
}

int logdir_make(const char *dir, struct mesh_err *err)
{
	AUTOFREE char *path = strdup(dir);

	if (!path)
		return mesh_err_nomem(err);
	for (char *at = path; *at;) {
		at += strspn(at, "/");
		at += strcspn(at, "/");

		char kept = *at;

		*at = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return mesh_err_set(
			    err, -errno, "cannot make the directory %s: %s", path, strerror(errno));
		*at = kept;
	}
	return 0;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int add_file(struct logdir_files *f, size_t *cap, uint64_t first)
{
	if (f->len == *cap) {
		size_t more = *cap ? *cap * 2 : 16;
		uint64_t *grown = reallocarray(f->first, more, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		f->first = grown;
		*cap = more;
	}
	f->first[f->len++] = first;
	return 0;
}

static int read_names(DIR *d, struct logdir_files *f)
{
	size_t cap = 0;

	for (;;) {
		errno = 0;
		struct dirent *e = readdir(d);

		if (!e)
			return -errno;

		uint64_t first = number_of(e->d_name);

		if (first > 0 && add_file(f, &cap, first) < 0)
			return -ENOMEM;
	}
}

int logdir_files(int dir_fd, struct logdir_files *ret)
{
	struct logdir_files f = {NULL, 0};
	/* An open file description of its own: readdir moves the position. */
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;

	DIR *d = fdopendir(fd);

	if (!d) {
		int r = -errno;

		(void)close(fd);
		return r;
	}

	int r = read_names(d, &f);

	(void)closedir(d);
	if (r < 0) {
		logdir_files_clear(&f);
		return r;
	}
	if (f.len > 0)
		qsort(f.first, f.len, sizeof(*f.first), by_number);
	*ret = f;
	return 0;
}

void logdir_files_clear(struct logdir_files *f)
{
	free(f->first);
	*f = (struct logdir_files){NULL, 0};
}

int logdir_open_file(int dir_fd, const char *name, int flags)
{
	/* O_NONBLOCK: opening a FIFO must not wait; on a regular file it means nothing. */
	AUTOFD int fd = openat(dir_fd, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return take_fd(&fd);
}

int logdir_write(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static bool parse_head(const char *s, size_t len, struct chain_point *ret)
{
	static const char seq_key[] = "{\"seq\":", hash_key[] = ",\"hash\":\"", end[] = "\"}\n";
	struct chain_point p;

	if (!str_starts(s, seq_key))
		return false;
	s += sizeof(seq_key) - 1;
	len -= sizeof(seq_key) - 1;

	size_t digits = chain_number(s, len, &p.seq);

	s += digits;
	len -= digits;
	if (digits == 0 || !str_starts(s, hash_key))
		return false;
	s += sizeof(hash_key) - 1;
	len -= sizeof(hash_key) - 1;
	if (!chain_is_hash(s, len) || !str_eq(s + sizeof(p.hash) - 1, end))
		return false;
	memcpy(p.hash, s, sizeof(p.hash) - 1);
	p.hash[sizeof(p.hash) - 1] = '\0';
	*ret = p;
	return true;
}

int logdir_head(int dir_fd, struct chain_point *ret)
{
	char text[HEAD_CAP_BYTES];
	AUTOFD int fd = logdir_open_file(dir_fd, LOGDIR_HEAD, O_RDONLY);

	if (fd < 0)
		return fd;

	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	return parse_head(text, (size_t)n, ret) ? 0 : -EINVAL;
}

static int write_head(int dir_fd, const char *text, size_t len)
{
	AUTOFD int fd = logdir_open_file(dir_fd, HEAD_NEW, O_WRONLY | O_CREAT | O_TRUNC);

	if (fd < 0)
		return fd;

	int r = logdir_write(fd, text, len);

	if (r < 0)
		return r;
	return fdatasync(fd) < 0 ? -errno : 0;
}

int logdir_set_head(int dir_fd, const struct chain_point *p)
{
	char text[HEAD_CAP_BYTES];
	int len = snprintf(
	    text, sizeof(text), "{\"seq\":%" PRIu64 ",\"hash\":\"%s\"}\n", p->seq, p->hash);
	int r = write_head(dir_fd, text, (size_t)len);

	if (r < 0)
		return r;
	return renameat(dir_fd, HEAD_NEW, dir_fd, LOGDIR_HEAD) < 0 ? -errno : 0;
}
