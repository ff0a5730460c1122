#ifndef TESTS_MOUNT_LEAK_PLAN_H
#define TESTS_MOUNT_LEAK_PLAN_H

/*
 * What one user may and may not meet below a mount, as a file of lines says it, and the judgement of what he met. The
 * first thing that is not his ends the program with one line that begins with LEAK, or with FAULT where something that is
 * his was kept from him. Knows nothing of how the mount is asked.
 *
 *	read PATH FILE [TEXT]    opens, with the bytes and the size of FILE
 *	masked PATH FILE TEXT    opens, with the same bytes each time, among which TEXT is not
 *	maybe PATH FILE TEXT     as read, as masked, as denied or as hidden; never anything else
 *	free PATH          opens; its bytes are searched for tokens
 *	denied PATH        is seen, with size 0, and does not open
 *	hidden PATH        does not exist
 *	dir PATH           can be listed
 *	link PATH TARGET   a symbolic link
 *	token TEXT         is never met: in names, bytes, attributes, targets
 *	size BYTES         is the size of nothing
 */

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LEAK_ITEMS_MAX 128

enum leak_kind {
	LEAK_READ,
	LEAK_MASKED,
	LEAK_MAYBE,
	LEAK_FREE,
	LEAK_DENIED,
	LEAK_HIDDEN,
	LEAK_DIR,
	LEAK_LINK
};

struct leak_item {
	enum leak_kind kind;
	char path[512]; /* relative to the mount */
	char *bytes; /* READ, MASKED, MAYBE: of FILE, owned; LINK: the target */
	size_t len;
	char *text; /* READ, MASKED, MAYBE: owned; NULL: none */
	char *view; /* MASKED: what was read first, owned; NULL: nothing yet */
	size_t view_len;
};

struct leak_plan {
	const char *who;
	struct leak_item items[LEAK_ITEMS_MAX];
	size_t items_len;
	char *tokens[LEAK_ITEMS_MAX]; /* owned */
	size_t tokens_len;
	off_t sizes[LEAK_ITEMS_MAX];
	size_t sizes_len;
};

__attribute__((noreturn, format(printf, 3, 4))) static void leak_end(
    const struct leak_plan *p, const char *what, const char *fmt, ...)
{
	int error = errno;
	va_list args;

	printf("%s %s: ", what, p->who);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf(" (%s)\n", strerror(error));
	(void)fflush(stdout);
	exit(1);
}

/* ---- reading the plan ---- */

static void leak_load_bytes(struct leak_plan *p, struct leak_item *item, const char *file)
{
	struct stat st;
	FILE *f = fopen(file, "re");

	if (!f || fstat(fileno(f), &st) < 0)
		leak_end(p, "FAULT", "%s cannot be read", file);
	item->len = (size_t)st.st_size;
	item->bytes = malloc(item->len + 1);
	if (!item->bytes || fread(item->bytes, 1, item->len, f) != item->len)
		leak_end(p, "FAULT", "%s cannot be read", file);
	(void)fclose(f);
}

static void leak_add_item(struct leak_plan *p, int kind, char words[4][512])
{
	const char *path = words[1], *extra = words[2];
	struct leak_item *item = &p->items[p->items_len];

	if (p->items_len == LEAK_ITEMS_MAX)
		leak_end(p, "FAULT", "the plan is too long");
	item->kind = (enum leak_kind)kind;
	(void)snprintf(item->path, sizeof(item->path), "%s", path);
	if (kind == LEAK_READ || kind == LEAK_MASKED || kind == LEAK_MAYBE)
		leak_load_bytes(p, item, extra);
	item->text = *words[3] ? strdup(words[3]) : NULL;
	if (kind == LEAK_LINK) {
		item->bytes = strdup(extra);
		item->len = strlen(extra);
	}
	p->items_len++;
}

/* The word's place among the kinds; -1: none of them. */
static int leak_kind_of(const char *word)
{
	static const char *const words[] = {
	    "read", "masked", "maybe", "free", "denied", "hidden", "dir", "link"};

	for (int i = 0; i < (int)(sizeof(words) / sizeof(words[0])); i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

static void leak_add_line(struct leak_plan *p, char *line)
{
	char words[4][512] = {"", "", "", ""};
	int n = sscanf(line, "%511s %511s %511s %511s", words[0], words[1], words[2], words[3]);

	if (n < 2)
		return;
	if (leak_kind_of(words[0]) >= 0)
		leak_add_item(p, leak_kind_of(words[0]), words);
	else if (strcmp(words[0], "token") == 0 && p->tokens_len < LEAK_ITEMS_MAX)
		p->tokens[p->tokens_len++] = strdup(words[1]);
	else if (strcmp(words[0], "size") == 0 && p->sizes_len < LEAK_ITEMS_MAX)
		p->sizes[p->sizes_len++] = (off_t)atoll(words[1]);
	else
		leak_end(p, "FAULT", "the plan has no such line as '%s'", line);
}

static void leak_load(struct leak_plan *p, const char *who, const char *file)
{
	char line[2048];
	FILE *f = fopen(file, "re");

	memset(p, 0, sizeof(*p));
	p->who = who;
	if (!f)
		leak_end(p, "FAULT", "%s cannot be read", file);
	while (fgets(line, sizeof(line), f))
		leak_add_line(p, line);
	(void)fclose(f);
}

static struct leak_item *leak_find(struct leak_plan *p, const char *path)
{
	for (size_t i = 0; i < p->items_len; i++)
		if (strcmp(p->items[i].path, path) == 0)
			return &p->items[i];
	return NULL;
}

/* ---- judging ---- */

static void leak_check_text(
    const struct leak_plan *p, const char *data, size_t len, const char *where)
{
	for (size_t i = 0; i < p->tokens_len; i++)
		if (memmem(data, len, p->tokens[i], strlen(p->tokens[i])))
			leak_end(p, "LEAK", "%s: '%s' was met", where, p->tokens[i]);
}

/* The masked view: without the text, and the same to everyone each time. */
static void leak_check_view(const struct leak_plan *p, struct leak_item *item, const char *data,
    size_t len, const char *how)
{
	if (item->text && memmem(data, len, item->text, strlen(item->text)))
		leak_end(p, "LEAK", "%s: %s: '%s' was met in the masked view", item->path, how,
		    item->text);
	if (len == 0)
		leak_end(p, "FAULT", "%s: %s: an empty view", item->path, how);
	if (!item->view) {
		item->view = malloc(len);
		item->view_len = len;
		if (item->view)
			memcpy(item->view, data, len);
	} else if (len != item->view_len || memcmp(data, item->view, len) != 0) {
		leak_end(p, "LEAK", "%s: %s: another view than before", item->path, how);
	}
}

static void leak_check_bytes(const struct leak_plan *p, struct leak_item *item, const char *data,
    size_t len, const char *how)
{
	bool same = item->bytes && len == item->len && memcmp(data, item->bytes, len) == 0;

	leak_check_text(p, data, len, item->path);
	if (item->kind == LEAK_READ && !same)
		leak_end(p, "LEAK", "%s: %s: other bytes (%zu) than its own (%zu)", item->path, how,
		    len, item->len);
	if (item->kind == LEAK_MASKED || (item->kind == LEAK_MAYBE && !same))
		leak_check_view(p, item, data, len, how);
}

/* `rc`: what a call that looks at the item gave, 0 or above for success; errno is of it. `by_fd`: through a descriptor that
 * another user may have passed: a content that is not the caller's answers ESTALE there, since nothing is looked up again.
 * True: there are bytes to look at. */
static bool leak_check_open(
    const struct leak_plan *p, const struct leak_item *item, int rc, bool by_fd, const char *how)
{
	int e = rc < 0 ? errno : 0;
	bool shut = e == ENOENT || e == EACCES || (by_fd && e == ESTALE);

	switch (item->kind) {
	case LEAK_HIDDEN:
		if (rc >= 0 || (by_fd ? !shut : e != ENOENT))
			leak_end(
			    p, "LEAK", "%s: %s: hidden, but this was no ENOENT", item->path, how);
		return false;
	case LEAK_DENIED:
		if (rc >= 0 || (by_fd ? !shut : e != EACCES))
			leak_end(
			    p, "LEAK", "%s: %s: denied, but this was no EACCES", item->path, how);
		return false;
	case LEAK_MAYBE:
		if (rc < 0 && !shut)
			leak_end(p, "FAULT", "%s: %s", item->path, how);
		return rc >= 0;
	case LEAK_READ:
	case LEAK_MASKED:
	case LEAK_FREE:
		if (rc < 0 && !(by_fd && shut))
			leak_end(p, "FAULT", "%s: %s: it is his", item->path, how);
		return rc >= 0;
	default:
		return false;
	}
}

static bool leak_size_fits(const struct leak_item *item, off_t size)
{
	switch (item->kind) {
	case LEAK_READ:
		return size == (off_t)item->len;
	case LEAK_MASKED:
		return size > 0 && (!item->view || size == (off_t)item->view_len);
	case LEAK_DENIED:
		return size == 0;
	default:
		return true;
	}
}

/* `rc` as above, of a call that filled `st`. True: the item is there. */
static bool leak_check_stat(const struct leak_plan *p, const struct leak_item *item, int rc,
    const struct stat *st, const char *how)
{
	if (rc < 0) {
		if (errno != ENOENT || (item->kind != LEAK_HIDDEN && item->kind != LEAK_MAYBE))
			leak_end(p, "FAULT", "%s: %s", item->path, how);
		return false;
	}
	if (item->kind == LEAK_HIDDEN)
		leak_end(p, "LEAK", "%s: %s: hidden, but it is there", item->path, how);
	for (size_t i = 0; i < p->sizes_len; i++)
		if (st->st_size == p->sizes[i])
			leak_end(p, "LEAK", "%s: %s: a size of %lld", item->path, how,
			    (long long)st->st_size);
	if (!leak_size_fits(item, st->st_size))
		leak_end(
		    p, "LEAK", "%s: %s: a size of %lld", item->path, how, (long long)st->st_size);
	return true;
}

#endif
