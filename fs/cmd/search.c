#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/cleanup.h"
#include "fs/cmd/cmd.h"
#include "fs/cmd/look.h"
#include "fs/cmd/term.h"
#include "fs/cmd/table.h"
#include "fs/tree/search.h"

enum { PATH, TITLE, SNIPPET, SCORE, COLUMNS };

static const struct table_column columns[COLUMNS] = {
    [PATH] = {"PATH", "path", false},
    [TITLE] = {"TITLE", "title", false},
    [SNIPPET] = {"MATCH", "snippet", false},
    [SCORE] = {NULL, "score", true},
};

/* A mount has no more than the links. */
static const struct table_column mount_columns[COLUMNS] = {
    [PATH] = {"PATH", "path", false},
    [TITLE] = {NULL, "title", false},
    [SNIPPET] = {NULL, "snippet", false},
    [SCORE] = {NULL, "score", true},
};

#define LINES_DEFAULT 20

struct search {
	const char *mesh_option, *as, *lines;
	enum opt_format format;
	size_t max;
	char *words; /* owned */
	struct target target;
	struct table table;
};

static void add(
    struct search *se, const char *domain, const char *entry, const struct search_hit *h)
{
	AUTOFREE char *path = NULL;
	char score[32];
	const char *cells[COLUMNS] = {0};

	if (asprintf(&path, "%s/%s", domain, entry) < 0) {
		path = NULL;
		se->table.oom = true;
		return;
	}
	cells[PATH] = path;
	if (h) {
		(void)snprintf(score, sizeof(score), "%.4f", h->score);
		cells[TITLE] = h->title;
		cells[SNIPPET] = h->snippet;
		cells[SCORE] = score;
	}
	table_add(&se->table, cells);
}

/* ---- in the catalog ---- */

static int add_hit(void *arg, const struct search_hit *h)
{
	struct search *se = arg;

	add(se, h->domain, h->entry, h);
	return se->table.rows >= se->max;
}

static int search_look(struct look *look, struct search *se)
{
	/* What place_parse would make of .meshfs/search/WORDS, but that words may hold a slash. */
	const struct place place = {
	    .kind = PLACE_SEARCH_WORDS, .path = "", .rel = se->words, .section = DOC_ABOUT};
	struct spot s;
	int rc = spot_init(&s, &look->tree, look->asker, &place);

	if (rc == 0)
		rc = search_visible(&s, add_hit, se);
	spot_clear(&s);
	return rc;
}

static int search_catalog(struct search *se, struct mesh_err *err)
{
	struct look look;
	int rc = look_open(&look, se->target.mesh, se->as, err);

	if (rc == 0) {
		rc = search_look(&look, se);
		if (rc < 0)
			(void)mesh_err_set(err, rc, "searching: %s", strerror(-rc));
	}
	look_clear(&look);
	return rc < 0 ? rc : 0;
}

/* ---- in the mount ---- */

/* The order of the directory is the rank. */
static int read_hits(struct search *se, DIR *d)
{
	const struct dirent *e;

	errno = 0;
	while (se->table.rows < se->max && (e = readdir(d)) != NULL) {
		const char *colon = strchr(e->d_name, ':');
		AUTOFREE char *domain = colon ? strndup(e->d_name, (size_t)(colon - e->d_name))
					      : NULL;

		if (domain)
			add(se, domain, colon + 1, NULL);
	}
	return -errno;
}

static int search_mount(struct search *se, struct mesh_err *err)
{
	AUTOFREE char *path = NULL;
	AUTODIR DIR *d = NULL;
	int rc;

	for (char *p = se->words; *p; p++)
		if (*p == '/')
			*p = ' ';
	if (asprintf(&path, "%s/.meshfs/search/%s", se->target.mountpoint, se->words) < 0) {
		path = NULL;
		return mesh_err_nomem(err);
	}
	d = opendir(path);
	rc = d ? read_hits(se, d) : -errno;
	return rc < 0 ? mesh_err_set(err, rc, "%s: %s", path, strerror(-rc)) : 0;
}

/* ---- the command ---- */

static int run(struct search *se, struct mesh_err *err)
{
	int rc = target_find(se->mesh_option, NULL, &se->target, err);

	if (rc < 0)
		return rc;
	if (se->target.mesh)
		return search_catalog(se, err);
	if (se->as)
		return mesh_err_set(err, -EACCES,
		    "--as needs a mesh whose catalog you may read; this mount answers for you alone");
	se->table.columns = mount_columns;
	return search_mount(se, err);
}

static int print(struct search *se, struct mesh_err *err)
{
	struct buf out;

	buf_init(&out);
	table_print(&se->table, se->format, &out);
	if (term_buf(&out) < 0) {
		(void)mesh_err_nomem(err);
		return cmd_fail("search", err);
	}
	if (se->table.rows > 0)
		return EXIT_DONE;
	term_note("nothing that you may know of matches '%s'", se->words);
	return EXIT_NO;
}

/* All words in one string, separated by blanks; malloc'ed. */
static char *join(const struct operands *o)
{
	struct buf b;

	buf_init(&b);
	for (int i = 0; i < o->len; i++) {
		buf_puts(&b, i ? " " : "");
		buf_puts(&b, o->items[i]);
	}
	return buf_take(&b, NULL);
}

int cmd_search(int argc, char **argv)
{
	struct search se = {.max = LINES_DEFAULT};
	const struct opt list[] = {
	    {"mesh", 0, OPT_TEXT, &se.mesh_option},
	    {"as", 0, OPT_TEXT, &se.as},
	    {"lines", 'n', OPT_TEXT, &se.lines},
	    {"format", 0, OPT_FORMAT, &se.format},
	    {0},
	};
	const struct opts opts = {
	    .command = "search", .list = list, .min = 1, .max = OPTS_ANY_NUMBER};
	struct operands operands;
	struct mesh_err err = {0};
	int rc = opts_parse(&opts, argc, argv, &operands);

	if (rc == OPTS_RUN && se.lines && !opts_number(se.lines, 1, 100, &se.max))
		rc = cmd_wrong("search", "-n is a number from 1 to 100, not '%s'", se.lines);
	if (rc != OPTS_RUN)
		return rc;
	se.words = join(&operands);
	table_init(&se.table, columns, COLUMNS);
	rc = se.words ? run(&se, &err) : mesh_err_nomem(&err);
	rc = rc < 0 ? cmd_fail("search", &err) : print(&se, &err);
	table_clear(&se.table);
	target_clear(&se.target);
	free(se.words);
	return rc;
}
