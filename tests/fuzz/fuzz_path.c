/*
 * Any bytes as a path in the mount, a location's glob, a path in storage and the target of a symbolic link there. Whatever they are, what is
 * opened lies in the directory that the domain may use, a pattern selects below what it selects, and a place's parts are parts of its path.
 *
 * The input is four texts, ended by NUL: path, glob, path in storage, link target.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "fs/log.h"
#include "fs/storage/local.h"
#include "fs/storage/pattern.h"
#include "fs/tree/place.h"

#define LINK_NAME "link"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* ---- storage to look into: top/domain is allowed, everything beside it is not ---- */

static char top[64];

static int at(const char *rel)
{
	static int fd = -1;

	if (fd < 0)
		fd = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	must(fd >= 0);
	return openat(fd, rel, O_PATH | O_CLOEXEC);
}

static void make_dir(const char *rel)
{
	AUTOFD int fd = at(".");

	must(mkdirat(fd, rel, 0755) == 0);
}

static void make_file(const char *rel, const char *text)
{
	AUTOFD int dir = at(".");
	AUTOFD int fd = openat(dir, rel, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static void make_link(const char *rel, const char *target)
{
	AUTOFD int dir = at(".");

	must(symlinkat(target, dir, rel) == 0);
}

static void remove_storage(void)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", top);
	(void)!system(command);
}

static void make_storage(void)
{
	if (top[0])
		return;
	log_open(false, LOG_LEVEL_ERROR);
	strcpy(top, "/tmp/meshfs-fuzz-XXXXXX");
	must(mkdtemp(top) != NULL);
	(void)atexit(remove_storage);
	make_dir("outside");
	make_file("outside/f.csv", "outside");
	make_file("secret", "outside");
	make_dir("domain");
	make_dir("domain/data");
	make_dir("domain/data/a");
	make_dir("domain/data/a/b");
	make_file("domain/beside", "inside");
	make_file("domain/data/f.csv", "inside");
	make_file("domain/data/a/g.csv", "inside");
	make_file("domain/data/a/b/h.txt", "inside");
	make_link("domain/data/in", "a/b");
	make_link("domain/data/up", "..");
	make_link("domain/data/out", "../../outside");
	make_link("domain/data/root", "/");
	make_link("domain/data/self", "self");
	make_link("domain/data/magic", "/proc/self/cwd");
	make_link("domain/data/a/b/top", "../..");
	make_file("domain/data/bad\nname", "inside");
}

/* ---- what must hold ---- */

static bool is_suffix(const char *s, const char *whole)
{
	size_t a = strlen(s), b = strlen(whole);

	return a <= b && strcmp(whole + b - a, s) == 0;
}

static bool is_component(const char *s)
{
	return !s || (*s && !strchr(s, '/'));
}

static void try_place(const char *path)
{
	struct place p;

	must(is_suffix(place_in_mesh(path), path));
	if (place_parse(path, &p) < 0)
		return;
	must(strcmp(p.path, path) == 0);
	must(!p.domain || str_is_name(p.domain));
	must(!p.purpose || str_is_name(p.purpose));
	must(!p.product || p.domain);
	must(!p.port || p.product);
	if (!strstr(path, "//")) { /* as no request has it */
		must(is_component(p.port) && is_component(p.hit));
		must(!p.product || !strchr(p.product, '/'));
	}
	must((p.kind != PLACE_STORED && p.kind != PLACE_DOCS) || (p.rel && is_suffix(p.rel, path)));
	must(p.kind != PLACE_STORED || *p.rel);
	place_clear(&p);
}

static void try_pattern(const char *glob, const char *rel)
{
	enum pattern_match whole = pattern_match(glob, rel), above;
	AUTOFREE char *parent = strdup(rel);
	unsigned long root = pattern_root_len(glob);
	char *slash = parent ? strrchr(parent, '/') : NULL;

	must(parent && root <= strlen(glob));
	must(!memchr(glob, '*', root) && !memchr(glob, '?', root) && !memchr(glob, '[', root));
	if (!slash)
		return;
	*slash = '\0';
	above = pattern_match(glob, parent);
	/* Below what is selected all is; below what is not, and not on the way, nothing. */
	must(above != PATTERN_MATCH || whole == PATTERN_MATCH || strlen(slash + 1) > NAME_MAX);
	must(above != PATTERN_NONE || whole == PATTERN_NONE);
}

static void must_be_inside(int fd)
{
	char link[64], path[PATH_MAX], allowed[80];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	must(n > 0);
	path[n] = '\0';
	(void)snprintf(allowed, sizeof(allowed), "%s/domain/", top);
	must(strncmp(path, allowed, strlen(allowed)) == 0);
}

struct listed {
	const struct local_port *lp;
	const char *rel;
};

static int look_at(void *arg, const char *name, enum local_type type)
{
	const struct listed *l = arg;
	struct local_entry e;
	char path[2 * PATH_MAX];

	must(*name && !strchr(name, '/') && !strchr(name, '\n') && strcmp(name, ".") != 0 &&
	    strcmp(name, "..") != 0);
	(void)snprintf(path, sizeof(path), "%s%s%s", l->rel, *l->rel ? "/" : "", name);
	must(local_stat(l->lp, path, &e) == 0 && e.type == type);
	return 0;
}

static void try_storage(const struct local_port *lp, const char *rel)
{
	struct listed l = {.lp = lp, .rel = rel};
	struct local_entry e;
	unsigned long skipped = 0;
	struct stat st;
	int fd;
	bool is_there = local_stat(lp, rel, &e) == 0;

	must(!is_there || !strpbrk(rel, "\n\r\t\x1b\x7f"));
	must(!is_there || e.type != LOCAL_BROKEN_LINK || e.link_error < 0);
	if (local_open(lp, rel, &fd, &st) == 0) {
		must(is_there && e.type == LOCAL_FILE && S_ISREG(st.st_mode) &&
		    e.st.st_ino == st.st_ino);
		must_be_inside(fd);
		(void)close(fd);
	}
	(void)local_object(lp, rel);
	if (!strstr(rel, "..")) /* no request has it; a listing is compared by name */
		(void)local_list(lp, rel, look_at, &l, &skipped);
}

static void try_port(const char *glob, const char *rel, const char *target)
{
	AUTOFD int data = at("domain/data");
	AUTOFREE char *domain = NULL;
	AUTOFREE char *path = NULL;
	struct object objects[] = {{.name = glob}, {.name = "f", .physical_name = glob}};
	struct port port = {.objects = objects, .objects_len = ARRAY_LEN(objects)};
	struct domain d = {0};
	struct server server = {0};
	struct local_port lp;
	struct arena a;

	must(asprintf(&domain, "%s/domain", top) > 0 &&
	    asprintf(&path, "%s/domain/data/%s", top, glob) > 0);
	arena_init(&a);
	d.dir = domain;
	server.path = path;
	(void)unlinkat(data, LINK_NAME, 0);
	if (*target)
		(void)!symlinkat(target, data, LINK_NAME);
	if (local_port_init(&lp, &d, &port, &server, &a) == 0)
		try_storage(&lp, rel);
	arena_clear(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 4), *texts[4];
	char *p = copy;

	must(copy != NULL);
	make_storage();
	memcpy(copy, data, size);
	memset(copy + size, 0, 4);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		texts[i] = p;
		p += strlen(p) + (p + strlen(p) < copy + size + 3);
	}
	try_place(texts[0]);
	try_pattern(texts[1], texts[2]);
	try_port("", texts[2], texts[3]);
	try_port(texts[1], texts[2], texts[3]);
	free(copy);
	return 0;
}
