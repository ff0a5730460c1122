#include "fs/tree/place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Cuts the first component off *rest and returns it; *rest is "" when it was the last. */
static char *cut(char **rest)
{
	char *first = *rest;
	char *slash = strchr(first, '/');

	if (slash) {
		*slash = '\0';
		*rest = slash + 1;
	} else {
		*rest = first + strlen(first);
	}
	return first;
}

static int parse_about(char *rest, struct place *p)
{
	char *search = rest;

	p->kind = PLACE_DOCS;
	p->section = DOC_ABOUT;
	p->rel = rest;
	if (strncmp(rest, "search", 6) != 0 || (rest[6] != '/' && rest[6] != '\0'))
		return 0;
	(void)cut(&search);
	p->kind = PLACE_SEARCH;
	if (!*search)
		return 0;
	p->kind = PLACE_SEARCH_WORDS;
	p->rel = cut(&search);
	if (!*search)
		return 0;
	p->kind = PLACE_SEARCH_HIT;
	p->hit = search;
	return strchr(search, '/') ? -ENOENT : 0;
}

static int parse_data(char *rest, struct place *p)
{
	p->kind = PLACE_DATA;
	if (!*rest)
		return 0;
	p->kind = PLACE_PORT;
	p->port = cut(&rest);
	p->rel = rest;
	if (*rest)
		p->kind = PLACE_STORED;
	return 0;
}

static int parse_product(char *rest, struct place *p)
{
	const char *section;

	p->kind = PLACE_PRODUCT;
	if (!*rest)
		return 0;
	section = cut(&rest);
	if (strcmp(section, "data") == 0)
		return parse_data(rest, p);
	p->kind = PLACE_DOCS;
	p->rel = rest;
	if (strcmp(section, "metadata") == 0)
		p->section = DOC_METADATA;
	else if (strcmp(section, "policy") == 0)
		p->section = DOC_POLICY;
	else
		return -ENOENT;
	return 0;
}

static int parse_mesh(char *rest, struct place *p)
{
	p->kind = PLACE_ROOT;
	if (!*rest)
		return 0;
	p->domain = cut(&rest);
	if (!str_is_name(p->domain))
		return -ENOENT;
	p->kind = PLACE_DOMAIN;
	if (!*rest)
		return 0;
	p->product = cut(&rest);
	return parse_product(rest, p);
}

static int parse(char *rest, struct place *p)
{
	char *first;

	if (strcmp(rest, PIN_DIR) == 0) {
		p->kind = PLACE_PINS;
		return 0;
	}
	if (strcmp(rest, ".meshfs") == 0 || strncmp(rest, ".meshfs/", 8) == 0) {
		(void)cut(&rest);
		return parse_about(rest, p);
	}
	if (strcmp(rest, ".purpose") != 0 && strncmp(rest, ".purpose/", 9) != 0)
		return parse_mesh(rest, p);
	first = cut(&rest);
	p->kind = PLACE_PURPOSES;
	if (!*rest)
		return 0;
	p->purpose = first = cut(&rest);
	return str_is_name(first) ? parse_mesh(rest, p) : -ENOENT;
}

int place_parse(const char *path, struct place *ret)
{
	size_t len = strlen(path) + 1;
	struct place p = {.buf = malloc(2 * len)};
	int rc;

	if (!p.buf)
		return -ENOMEM;
	memcpy(p.buf, path, len);
	memcpy(p.buf + len, path, len);
	p.path = p.buf;
	rc = parse(p.buf + len, &p);
	if (rc < 0) {
		place_clear(&p);
		return rc;
	}
	*ret = p;
	return 0;
}

void place_clear(struct place *p)
{
	free(p->buf);
	memset(p, 0, sizeof(*p));
}

const char *place_in_mesh(const char *path)
{
	const char *slash;

	if (strncmp(path, ".purpose/", 9) != 0)
		return path;
	slash = strchr(path + 9, '/');
	return slash ? slash + 1 : "";
}
