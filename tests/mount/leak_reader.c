/*
 * One user who asks a mount for everything that his plan names, in every way there is, and dies of the first name, size or
 * byte that is not his (leak_plan.h).
 *
 *	leak_reader hammer MOUNT PLAN WHO SECONDS SOCKETS PEER...
 *		at random for that long. Descriptors go to and come from the peers, through sockets in the directory
 *		SOCKETS. Prints how often each way was taken.
 *	leak_reader flip MOUNT PLAN WHO
 *		For each word on standard input, "read", "masked", "denied" or "hidden", finds out whether the plan's items
 *		are that from now on, by path as well as by descriptors from earlier. Answers "ok" or ends.
 */

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "tests/mount/leak_plan.h"
#include "tests/mount/leak_socket.h"

#define HELD_MAX 24
#define BUF_BYTES (1 << 20)
#define FLIP_SEC 0.4

enum way {
	WAY_READ,
	WAY_STAT,
	WAY_LIST,
	WAY_MMAP,
	WAY_REOPEN,
	WAY_AT,
	WAY_ACCESS,
	WAY_XATTR,
	WAY_LINK,
	WAY_PASS,
	WAY_COUNT
};

struct held {
	int fd; /* a directory; -1: none */
	char path[512];
};

struct reader {
	struct leak_plan plan;
	int mount; /* O_PATH */
	int socket; /* -1: none */
	const char *sockets;
	char **peers;
	int peers_len;
	struct held held[HELD_MAX];
	int kept
	    [LEAK_ITEMS_MAX]; /* flip: O_PATH descriptors of the items, from when they could be seen; -1: none */
	unsigned seed;
	char *buf;
	long done[WAY_COUNT], got, refused, unseen, received;
};

static unsigned pick(struct reader *r, size_t n)
{
	return (unsigned)rand_r(&r->seed) % (unsigned)n;
}

static void count(struct reader *r, const struct leak_item *item, bool got)
{
	r->got += got;
	r->refused += item->kind == LEAK_DENIED;
	r->unseen += item->kind == LEAK_HIDDEN;
}

/* ---- files ---- */

static size_t read_all(struct reader *r, const struct leak_item *item, int fd)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, r->buf + len, BUF_BYTES - len)) > 0)
		len += (size_t)n;
	if (n < 0)
		leak_end(&r->plan, "FAULT", "%s: read", item->path);
	return len;
}

/* Takes the descriptor over. */
static void look_at_file(struct reader *r, struct leak_item *item, int fd, const char *how)
{
	struct stat st;
	size_t len;

	if (item->kind != LEAK_FREE && item->kind != LEAK_DIR)
		(void)leak_check_stat(&r->plan, item, fstat(fd, &st), &st, how);
	len = read_all(r, item, fd);
	leak_check_bytes(&r->plan, item, r->buf, len, how);
	(void)close(fd);
}

static bool is_file(const struct leak_item *item)
{
	return item->kind != LEAK_DIR && item->kind != LEAK_LINK;
}

static void way_read(struct reader *r, struct leak_item *item)
{
	int fd = openat(r->mount, item->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (!is_file(item)) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	if (leak_check_open(&r->plan, item, fd, false, "open"))
		look_at_file(r, item, fd, "open and read");
	count(r, item, fd >= 0);
}

static void way_mmap(struct reader *r, struct leak_item *item)
{
	int flags = pick(r, 2) ? MAP_PRIVATE : MAP_SHARED;
	struct stat st;
	void *map;
	int fd;

	if (!is_file(item))
		return;
	fd = openat(r->mount, item->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (!leak_check_open(&r->plan, item, fd, false, "open for mmap"))
		return;
	if (fstat(fd, &st) < 0)
		leak_end(&r->plan, "FAULT", "%s: fstat", item->path);
	if (st.st_size > 0) {
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, flags, fd, 0);
		if (map == MAP_FAILED)
			leak_end(&r->plan, "FAULT", "%s: mmap", item->path);
		leak_check_bytes(&r->plan, item, map, (size_t)st.st_size, "mmap");
		(void)munmap(map, (size_t)st.st_size);
	}
	(void)close(fd);
	count(r, item, true);
}

/* Opens what the descriptor stands for once more. `by_fd` as in leak_check_open. */
static void reopen(struct reader *r, struct leak_item *item, int fd, bool by_fd)
{
	char link[64];
	int again;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	again = open(link, O_RDONLY | O_CLOEXEC);
	if (leak_check_open(&r->plan, item, again, by_fd, "open of /proc/self/fd/N"))
		look_at_file(r, item, again, "read through /proc/self/fd/N");
	count(r, item, again >= 0);
}

static void way_reopen(struct reader *r, struct leak_item *item)
{
	int fd;

	if (!is_file(item))
		return;
	fd = openat(r->mount, item->path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0) {
		(void)leak_check_stat(&r->plan, item, fd, NULL, "open with O_PATH");
		return;
	}
	if (item->kind == LEAK_HIDDEN)
		leak_end(&r->plan, "LEAK", "%s: O_PATH of what is hidden", item->path);
	/* What changes with the policies can have done so in between. */
	reopen(r, item, fd, item->kind == LEAK_MAYBE || item->kind == LEAK_FREE);
	(void)close(fd);
}

/* ---- what stat, access and attributes tell ---- */

static int statx_as_stat(struct reader *r, const char *path, int flags, struct stat *st)
{
	struct statx x;
	int rc = statx(r->mount, path, flags | AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &x);

	if (rc == 0)
		*st = (struct stat){.st_size = (off_t)x.stx_size, .st_mode = x.stx_mode};
	return rc;
}

static void way_stat(struct reader *r, struct leak_item *item)
{
	struct stat st = {0};
	int rc;

	switch (pick(r, 3)) {
	case 0:
		rc = fstatat(r->mount, item->path, &st, AT_SYMLINK_NOFOLLOW);
		break;
	case 1:
		rc = statx_as_stat(r, item->path, AT_STATX_DONT_SYNC, &st);
		break;
	default:
		rc = statx_as_stat(r, item->path, AT_STATX_FORCE_SYNC, &st);
		break;
	}
	(void)leak_check_stat(&r->plan, item, rc, &st, "stat");
	count(r, item, false);
}

static void way_access(struct reader *r, struct leak_item *item)
{
	if (is_file(item))
		(void)leak_check_open(
		    &r->plan, item, faccessat(r->mount, item->path, R_OK, 0), false, "access");
}

static void attribute(
    struct reader *r, const struct leak_item *item, const char *path, const char *name)
{
	ssize_t n = lgetxattr(path, name, r->buf, BUF_BYTES);

	if (n >= 0 && item->kind == LEAK_HIDDEN)
		leak_end(&r->plan, "LEAK", "%s: an attribute of what is hidden", item->path);
	if (n > 0)
		leak_check_text(&r->plan, r->buf, (size_t)n, name);
}

static void way_xattr(struct reader *r, struct leak_item *item)
{
	char path[600], names[4096];
	ssize_t len;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", r->mount, item->path);
	len = llistxattr(path, names, sizeof(names));
	if (len >= 0 && item->kind == LEAK_HIDDEN)
		leak_end(&r->plan, "LEAK", "%s: the attributes of what is hidden", item->path);
	for (const char *name = names; name < names + len; name += strlen(name) + 1)
		attribute(r, item, path, name);
	attribute(r, item, path, "user.meshfs.explain");
}

static void way_link(struct reader *r, struct leak_item *item)
{
	ssize_t n = readlinkat(r->mount, item->path, r->buf, BUF_BYTES);

	if (n >= 0 && item->kind != LEAK_LINK)
		leak_end(&r->plan, "LEAK", "%s: a link", item->path);
	if (n >= 0 && ((size_t)n != item->len || memcmp(r->buf, item->bytes, item->len) != 0))
		leak_end(&r->plan, "LEAK", "%s: another target", item->path);
	if (n < 0 && item->kind == LEAK_LINK)
		leak_end(&r->plan, "FAULT", "%s: readlink", item->path);
	if (n < 0 && item->kind == LEAK_HIDDEN && errno != ENOENT)
		leak_end(
		    &r->plan, "LEAK", "%s: readlink: hidden, but this was no ENOENT", item->path);
}

/* ---- directories ---- */

static void look_at_name(struct reader *r, const char *dir, const char *name)
{
	char path[1024];
	struct leak_item *item;

	leak_check_text(&r->plan, name, strlen(name), dir);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	item = leak_find(&r->plan, path);
	if (item && item->kind == LEAK_HIDDEN)
		leak_end(&r->plan, "LEAK", "%s: listed", path);
}

/* Takes the descriptor over. */
static void list(struct reader *r, int fd, const char *path)
{
	DIR *d = fdopendir(fd);
	const struct dirent *e;
	long names = 0;

	if (!d)
		leak_end(&r->plan, "FAULT", "%s: fdopendir", path);
	while ((e = readdir(d))) {
		look_at_name(r, path, e->d_name);
		names++;
	}
	(void)closedir(d);
	if (names < 3)
		leak_end(&r->plan, "FAULT", "%s: an empty listing", path);
}

static void way_list(struct reader *r, struct leak_item *item)
{
	int fd = openat(r->mount, item->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && item->kind == LEAK_DIR)
		leak_end(&r->plan, "FAULT", "%s: opendir", item->path);
	if (fd >= 0 && item->kind == LEAK_HIDDEN)
		leak_end(&r->plan, "LEAK", "%s: a directory", item->path);
	if (fd >= 0)
		list(r, fd, item->path);
}

/* Cuts the path at a slash chosen at random; false where it has none. */
static bool cut(struct reader *r, const char *path, char dir[512], const char **ret_rest)
{
	size_t slashes = 0, n;
	const char *s = path;

	for (const char *c = path; *c; c++)
		slashes += *c == '/';
	if (slashes == 0)
		return false;
	n = pick(r, slashes);
	for (s = strchr(path, '/'); n > 0; n--)
		s = strchr(s + 1, '/');
	(void)snprintf(dir, 512, "%.*s", (int)(s - path), path);
	*ret_rest = s + 1;
	return true;
}

/* The directory's descriptor: one from earlier, mostly. -1: cannot be had. */
static int hold(struct reader *r, const char *dir)
{
	struct held *slot = &r->held[pick(r, HELD_MAX)];

	for (size_t i = 0; i < HELD_MAX; i++)
		if (r->held[i].fd >= 0 && strcmp(r->held[i].path, dir) == 0)
			return r->held[i].fd;
	if (slot->fd >= 0)
		(void)close(slot->fd);
	(void)snprintf(slot->path, sizeof(slot->path), "%s", dir);
	slot->fd = openat(r->mount, dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return slot->fd;
}

/* Below a directory that somebody holds: the item is opened and looked at from there. */
static void look_below(
    struct reader *r, struct leak_item *item, int dir, const char *rest, bool by_fd)
{
	int fd = openat(dir, rest, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (!leak_check_open(&r->plan, item, fd, by_fd, "openat"))
		return;
	look_at_file(r, item, fd, "openat and read");
	count(r, item, true);
}

static void way_at(struct reader *r, struct leak_item *item)
{
	char dir[512];
	const char *rest;
	struct stat st;
	int fd;

	if (!is_file(item) || !cut(r, item->path, dir, &rest))
		return;
	fd = hold(r, dir);
	if (fd < 0)
		return;
	look_below(r, item, fd, rest, false);
	(void)leak_check_stat(
	    &r->plan, item, fstatat(fd, rest, &st, AT_SYMLINK_NOFOLLOW), &st, "fstatat");
}

/* ---- passing descriptors ---- */

/* Whatever in the plan lies below a directory that was passed. */
static void look_below_received(struct reader *r, int fd, const char *dir)
{
	size_t n = strlen(dir);

	for (size_t i = 0; i < r->plan.items_len; i++) {
		struct leak_item *item = &r->plan.items[i];

		if (is_file(item) && strncmp(item->path, dir, n) == 0 && item->path[n] == '/')
			look_below(r, item, fd, item->path + n + 1, true);
	}
}

static void look_at_received(struct reader *r, int fd, const char *path)
{
	struct leak_item *item = leak_find(&r->plan, path);
	struct stat st;

	r->received++;
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		look_below_received(r, fd, path);
	else if (item && is_file(item))
		reopen(r, item, fd, true);
	(void)close(fd);
}

static void way_pass(struct reader *r, struct leak_item *item)
{
	char path[LEAK_PATH_CAP];
	struct sockaddr_un to;
	int fd;

	if (r->socket < 0 || item->kind == LEAK_LINK)
		return;
	fd = openat(
	    r->mount, item->path, (pick(r, 2) ? O_PATH : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0) {
		leak_socket_address(&to, r->sockets, r->peers[pick(r, (size_t)r->peers_len)]);
		leak_socket_send(r->socket, &to, item->path, fd);
		(void)close(fd);
	}
	for (int i = 0; i < 4 && (fd = leak_socket_receive(r->socket, path)) >= 0; i++)
		look_at_received(r, fd, path);
}

/* ---- the two programs ---- */

static double now_sec(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void (*const ways[WAY_COUNT])(struct reader *r, struct leak_item *item) = {
    [WAY_READ] = way_read,
    [WAY_STAT] = way_stat,
    [WAY_LIST] = way_list,
    [WAY_MMAP] = way_mmap,
    [WAY_REOPEN] = way_reopen,
    [WAY_AT] = way_at,
    [WAY_ACCESS] = way_access,
    [WAY_XATTR] = way_xattr,
    [WAY_LINK] = way_link,
    [WAY_PASS] = way_pass,
};

static void go(struct reader *r, double seconds)
{
	double end = now_sec() + seconds;

	while (now_sec() < end) {
		unsigned way = pick(r, WAY_COUNT);

		ways[way](r, &r->plan.items[pick(r, r->plan.items_len)]);
		r->done[way]++;
	}
}

static int hammer(struct reader *r, double seconds)
{
	static const char *const names[] = {
	    "read", "stat", "list", "mmap", "reopen", "at", "access", "xattr", "link", "pass"};

	r->socket = leak_socket_open(r->sockets, r->plan.who);
	if (r->socket < 0)
		leak_end(&r->plan, "FAULT", "%s: no socket", r->sockets);
	go(r, seconds);
	printf("DONE %s got=%ld refused=%ld unseen=%ld received=%ld", r->plan.who, r->got,
	    r->refused, r->unseen, r->received);
	for (int i = 0; i < WAY_COUNT; i++)
		printf(" %s=%ld", names[i], r->done[i]);
	printf("\n");
	return 0;
}

static void keep_descriptors(struct reader *r)
{
	for (size_t i = 0; i < r->plan.items_len; i++)
		if (r->kept[i] < 0)
			r->kept[i] = openat(
			    r->mount, r->plan.items[i].path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
}

static int flip(struct reader *r)
{
	char word[16];

	while (scanf("%15s", word) == 1) {
		int kind = leak_kind_of(word);

		for (size_t i = 0; i < r->plan.items_len; i++)
			r->plan.items[i].kind = (enum leak_kind)kind;
		for (size_t i = 0; i < r->plan.items_len; i++)
			if (r->kept[i] >= 0)
				reopen(r, &r->plan.items[i], r->kept[i], true);
		go(r, FLIP_SEC);
		keep_descriptors(r);
		printf("ok\n");
		(void)fflush(stdout);
	}
	return r->got > 0 ? 0 : 1;
}

static int usage(void)
{
	(void)fputs(
	    "usage: leak_reader hammer MOUNT PLAN WHO SECONDS SOCKETS PEER... | flip MOUNT PLAN WHO\n",
	    stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static struct reader r;
	bool hammers = argc >= 8 && strcmp(argv[1], "hammer") == 0;

	if (!hammers && (argc != 5 || strcmp(argv[1], "flip") != 0))
		return usage();
	leak_load(&r.plan, argv[4], argv[3]);
	r.mount = open(argv[2], O_PATH | O_DIRECTORY | O_CLOEXEC);
	r.socket = -1;
	r.seed = (unsigned)getpid();
	r.buf = malloc(BUF_BYTES);
	if (r.mount < 0 || !r.buf)
		leak_end(&r.plan, "FAULT", "%s cannot be opened", argv[2]);
	for (size_t i = 0; i < HELD_MAX; i++)
		r.held[i].fd = -1;
	for (size_t i = 0; i < LEAK_ITEMS_MAX; i++)
		r.kept[i] = -1;
	if (!hammers)
		return flip(&r);
	r.sockets = argv[6];
	r.peers = argv + 7;
	r.peers_len = argc - 7;
	return hammer(&r, atof(argv[5]));
}
