#include "fs/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/digest.h"
#include "fs/log.h"

#define KEY_BYTES 32
#define KEY_MAX 4096 /* a key that an operator put there */

struct key {
	struct hash_key key; /* first; what is handed out */
	char digest[DIGEST_HEX_CAP];
	char *name;	     /* owned */
	unsigned char bytes[KEY_MAX];
	struct key *next;
};

struct keys {
	char *dir; /* owned */
	pthread_mutex_t lock; /* guards the list; a key's own bytes never change */
	struct key *list;
};

struct keys *keys_new(const char *dir)
{
	struct keys *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->dir = strdup(dir);
	if (!k->dir || pthread_mutex_init(&k->lock, NULL) != 0) {
		free(k->dir);
		free(k);
		return NULL;
	}
	return k;
}

static void key_free(struct key *key)
{
	explicit_bzero(key->bytes, sizeof(key->bytes));
	free(key->name);
	free(key);
}

void keys_free(struct keys *k)
{
	if (!k)
		return;
	for (struct key *key = k->list, *next; key; key = next) {
		next = key->next;
		key_free(key);
	}
	(void)pthread_mutex_destroy(&k->lock);
	free(k->dir);
	free(k);
}

/* Makes DIR/name with new random bytes, whole or not at all: another process that makes it at the same time wins or loses entirely. */
static int make_file(int dir, const char *name)
{
	unsigned char bytes[KEY_BYTES];
	uint64_t suffix; /* threads make keys at the same time too, and a crash leaves its own behind */
	char tmp[300];
	AUTOFD int fd = -1;
	int rc = 0;

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes) ||
	    getrandom(&suffix, sizeof(suffix), 0) != (ssize_t)sizeof(suffix))
		return -EIO;
	(void)snprintf(tmp, sizeof(tmp), ".%s.%016" PRIx64, name, suffix);
	fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (write(fd, bytes, sizeof(bytes)) != (ssize_t)sizeof(bytes) || fsync(fd) < 0)
		rc = -EIO;
	explicit_bzero(bytes, sizeof(bytes));
	if (rc == 0 && linkat(dir, tmp, dir, name, 0) < 0 && errno != EEXIST)
		rc = -errno;
	(void)unlinkat(dir, tmp, 0);
	return rc;
}

static int open_key(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int rc;

	if (fd >= 0 || errno != ENOENT)
		return fd >= 0 ? fd : -errno;
	rc = make_file(dir, name);
	if (rc < 0)
		return rc;
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 ? fd : -errno;
}

static int read_key(const char *path, const char *name, struct key *key)
{
	AUTOFD int dir = -1;
	AUTOFD int fd = -1;
	struct stat st;
	ssize_t n;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	fd = open_key(dir, name);
	if (fd < 0)
		return fd;
	/* A key that others can read protects nobody. */
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (st.st_mode & 077))
		return -EPERM;
	n = read(fd, key->bytes, sizeof(key->bytes));
	if (n < 16)
		return n < 0 ? -errno : -EINVAL;
	key->key = (struct hash_key){.bytes = key->bytes, .len = (size_t)n};
	return digest_hex(key->bytes, (size_t)n, key->digest);
}

static struct key *key_new(const struct keys *k, const char *name)
{
	struct key *key = calloc(1, sizeof(*key));
	int rc;

	if (!key)
		return NULL;
	key->name = strdup(name);
	rc = key->name ? read_key(k->dir, name, key) : -ENOMEM;
	if (rc == 0)
		return key;
	log_error("hash key %s in %s: %s; it must be a file of at least 16 bytes that only its owner can read", name, k->dir,
		  strerror(-rc));
	key_free(key);
	return NULL;
}

static struct key *find_locked(struct keys *k, const char *name)
{
	struct key *key = k->list;

	while (key && strcmp(key->name, name) != 0)
		key = key->next;
	return key;
}

const struct hash_key *keys_get(struct keys *k, const char *name)
{
	struct key *key, *made;

	if (!str_is_name(name))
		return NULL;
	(void)pthread_mutex_lock(&k->lock);
	key = find_locked(k, name);
	(void)pthread_mutex_unlock(&k->lock);
	if (key)
		return &key->key;
	made = key_new(k, name);
	if (!made)
		return NULL;
	(void)pthread_mutex_lock(&k->lock);
	key = find_locked(k, name);
	if (!key) {
		key = take_ptr(made);
		key->next = k->list;
		k->list = key;
	}
	(void)pthread_mutex_unlock(&k->lock);
	if (made)
		key_free(made);
	return &key->key;
}

const char *keys_digest(struct keys *k, const char *name)
{
	const struct hash_key *key = keys_get(k, name);

	return key ? ((const struct key *)key)->digest : NULL;
}
