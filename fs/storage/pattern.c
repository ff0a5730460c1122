#include "fs/storage/pattern.h"

#include <fnmatch.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* One component starting at *p, copied to `out`; *p moves behind it and its slash. False: none left, or too long. */
static bool next_component(const char **p, char *out, size_t cap)
{
	size_t n;

	while (**p == '/')
		(*p)++;
	n = strcspn(*p, "/");
	if (n == 0 || n >= cap)
		return false;
	memcpy(out, *p, n);
	out[n] = '\0';
	*p += n;
	return true;
}

struct components {
	char names[PATTERN_MAX_COMPONENTS][256];
	int len; /* -1: too many */
};

static void split(const char *pattern, struct components *c)
{
	c->len = 0;
	while (c->len < PATTERN_MAX_COMPONENTS && next_component(&pattern, c->names[c->len], sizeof(c->names[0])))
		c->len++;
	while (*pattern == '/')
		pattern++;
	if (*pattern)
		c->len = -1;
}

/* A `**` also stands for no directory at all: the state behind it is reached at once. */
static uint64_t close_over(const struct components *c, uint64_t states)
{
	for (int i = 0; i < c->len; i++)
		if ((states >> i & 1) && strcmp(c->names[i], "**") == 0)
			states |= UINT64_C(1) << (i + 1);
	return states;
}

static uint64_t step(const struct components *c, uint64_t states, const char *name)
{
	uint64_t next = 0;

	for (int i = 0; i < c->len; i++) {
		if (!(states >> i & 1))
			continue;
		if (strcmp(c->names[i], "**") == 0)
			next |= name[0] == '.' ? 0 : UINT64_C(1) << i;
		else if (fnmatch(c->names[i], name, FNM_PERIOD) == 0)
			next |= UINT64_C(1) << (i + 1);
	}
	return close_over(c, next);
}

/* The pattern as an automaton: state i means that i components have been matched. */
enum pattern_match pattern_match(const char *pattern, const char *rel)
{
	struct components c;
	uint64_t states, done;
	char name[256];

	split(pattern, &c);
	if (c.len < 0)
		return PATTERN_NONE;
	done = UINT64_C(1) << c.len;
	states = close_over(&c, 1);
	while (next_component(&rel, name, sizeof(name))) {
		if (states & done)
			return PATTERN_MATCH;
		states = step(&c, states, name);
		if (!states)
			return PATTERN_NONE;
	}
	if (*rel)
		return PATTERN_NONE;
	return states & done ? PATTERN_MATCH : PATTERN_ON_WAY;
}

unsigned long pattern_root_len(const char *path)
{
	size_t len = 0;

	for (size_t at = 0; path[at];) {
		size_t from = at + (path[at] == '/');
		size_t n = strcspn(path + from, "/");
		char name[4096];

		(void)snprintf(name, sizeof(name), "%.*s", (int)n, path + from);
		if (strpbrk(name, "*?[") || strstr(name, "{model}"))
			break;
		at = from + n;
		if (n > 0)
			len = at;
	}
	return len;
}
