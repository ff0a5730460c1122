#include "fs/table/jsonl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fs/table/cell.h"
#include "fs/table/json_path.h"
#include "fs/table/json_scan.h"

struct jsonl_reader {
	struct table_reader base;
	struct window window;
	struct arena arena; /* of what follows */
	struct json_path root;
	size_t *cell_of; /* by column of the object; JSON_PATH_NONE: not wanted */
	enum cell_meaning *meaning; /* by cell */
	uint64_t *filled; /* by cell: the last row that had it */
	uint64_t line; /* the number of the current one */
	struct cell *cells; /* the caller's, while a row is read */
};

static struct jsonl_reader *self(struct table_reader *r)
{
	return (struct jsonl_reader *)r;
}

static int bad_line(const struct jsonl_reader *r, const char *what, struct mesh_err *err)
{
	return mesh_err_set(err, -EINVAL, "line %llu %s", (unsigned long long)r->line, what);
}

/* ---- values ---- */

/* An integer stays one where its digits are what would be written for it; any other number keeps
 * its text. */
static void number_cell(const char *s, size_t len, enum cell_meaning m, struct cell *ret)
{
	char text[CELL_NUMBER_CAP], copy[CELL_NUMBER_CAP];

	ret->type = m == CELL_MEANS_INTEGER || m == CELL_MEANS_NUMBER ? CELL_TEXT : CELL_JSON;
	ret->s = s;
	ret->len = len;
	if (len >= sizeof(copy))
		return;
	*(char *)mempcpy(copy, s, len) = '\0';
	errno = 0;
	ret->i = strtoll(copy, NULL, 10);
	if (errno == 0 && cell_print_int(ret->i, text) == len && memcmp(text, s, len) == 0)
		ret->type = CELL_INT;
}

/* False: not well-formed. */
static bool take_value(struct json_scan *s, enum cell_meaning m, struct cell *ret)
{
	enum json_kind kind = json_scan_kind(s);
	char *text = s->at;

	if (kind == JSON_STRING) {
		ret->type = CELL_TEXT;
		if (!json_scan_string(s, &text, &ret->len))
			return false;
		ret->s = text;
		return true;
	}
	if (!json_scan_value(s, JSON_SCAN_LEVELS))
		return false;
	ret->s = text;
	ret->len = (size_t)(s->at - text);
	if (kind == JSON_NUMBER) {
		number_cell(text, ret->len, m, ret);
	} else if (kind == JSON_TRUE || kind == JSON_FALSE) {
		ret->type = CELL_BOOL;
		ret->i = kind == JSON_TRUE;
	} else {
		ret->type = kind == JSON_NULL ? CELL_NULL : CELL_JSON;
	}
	return true;
}

/* ---- objects ---- */

enum taken { TAKEN, TAKEN_BAD, TAKEN_TWICE };

static enum taken take_object(
    struct jsonl_reader *r, struct json_scan *s, struct json_path *p, int levels);

static enum taken take_cell(struct jsonl_reader *r, struct json_scan *s, size_t cell)
{
	if (r->filled[cell] == r->line)
		return TAKEN_TWICE;
	r->filled[cell] = r->line;
	return take_value(s, r->meaning[cell], &r->cells[cell]) ? TAKEN : TAKEN_BAD;
}

/* Where columns lie inside of a member, it is not shown as a whole: some of them may be hidden. */
static enum taken take_member(
    struct jsonl_reader *r, struct json_scan *s, struct json_path *p, int levels)
{
	enum json_kind kind = json_scan_kind(s);
	size_t cell = p && p->column != JSON_PATH_NONE ? r->cell_of[p->column] : JSON_PATH_NONE;

	if (p && p->seen == r->line)
		return TAKEN_TWICE;
	if (p)
		p->seen = r->line;
	if (p && p->kids_len > 0 && kind == JSON_OBJECT)
		return levels > 0 ? take_object(r, s, p, levels - 1) : TAKEN_BAD;
	if (cell != JSON_PATH_NONE && (p->kids_len == 0 || kind != JSON_ARRAY))
		return take_cell(r, s, cell);
	return json_scan_value(s, levels) ? TAKEN : TAKEN_BAD;
}

static enum taken take_object(
    struct jsonl_reader *r, struct json_scan *s, struct json_path *p, int levels)
{
	p->next = 0;
	if (!json_scan_take(s, '{'))
		return TAKEN_BAD;
	if (json_scan_take(s, '}'))
		return TAKEN;
	do {
		enum taken taken;
		size_t len;
		char *key;

		if (!json_scan_string(s, &key, &len) || !json_scan_take(s, ':'))
			return TAKEN_BAD;
		taken = take_member(r, s, json_path_find(p, key, len), levels);
		if (taken != TAKEN)
			return taken;
	} while (json_scan_take(s, ','));
	return json_scan_take(s, '}') ? TAKEN : TAKEN_BAD;
}

static int take_line(struct jsonl_reader *r, struct json_scan s, struct mesh_err *err)
{
	if (!str_is_utf8(s.at, (size_t)(s.end - s.at)))
		return bad_line(r, "is not UTF-8", err);
	for (size_t i = 0; i < r->base.schema.len; i++)
		r->cells[i].type = CELL_NULL;
	switch (take_object(r, &s, &r->root, JSON_SCAN_LEVELS - 1)) {
	case TAKEN_TWICE:
		return bad_line(r, "has a member twice", err);
	case TAKEN:
		(void)json_scan_kind(&s);
		if (s.at == s.end)
			return 1;
		break;
	case TAKEN_BAD:
		break;
	}
	return bad_line(r, "is not one JSON object", err);
}

/* ---- lines ---- */

/* 1: a line, without its end; 0: the end. */
static int next_line(struct jsonl_reader *r, struct json_scan *ret, struct mesh_err *err)
{
	struct window *w = &r->window;

	r->line++;
	for (;;) {
		char *lf = memchr(w->at, '\n', (size_t)(w->end - w->at));
		int rc;

		if (lf || (w->eof && w->at < w->end)) {
			*ret = (struct json_scan){w->at, lf ? lf : w->end};
			w->at = lf ? lf + 1 : w->end;
			return 1;
		}
		if (w->eof)
			return 0;
		rc = window_more(w, err);
		if (rc < 0)
			return mesh_err_wrap(err, "line %llu", (unsigned long long)r->line);
	}
}

static int next(struct table_reader *base, struct cell *ret_cells, struct mesh_err *err)
{
	struct jsonl_reader *r = self(base);
	struct json_scan line;
	int rc;

	do {
		rc = next_line(r, &line, err);
		if (rc != 1)
			return rc;
		(void)json_scan_kind(&line);
	} while (line.at == line.end);
	r->cells = ret_cells;
	return take_line(r, line, err);
}

static void reader_close(struct table_reader *base)
{
	struct jsonl_reader *r = self(base);

	window_clear(&r->window);
	arena_clear(&r->arena);
	free(r);
}

static const struct table_reader_ops ops = {.next = next, .close = reader_close};

static int build(struct jsonl_reader *r, const struct jsonl_reader_options *opt)
{
	size_t len = opt->schema.len;

	r->cell_of = arena_array(&r->arena, opt->object->columns_len, sizeof(*r->cell_of));
	r->meaning = arena_array(&r->arena, len, sizeof(*r->meaning));
	r->filled = arena_array(&r->arena, len, sizeof(*r->filled));
	if (!r->cell_of || !r->meaning || !r->filled)
		return -ENOMEM;
	for (size_t i = 0; i < opt->object->columns_len; i++)
		r->cell_of[i] = JSON_PATH_NONE;
	for (size_t i = 0; i < len; i++) {
		r->cell_of[opt->wanted[i]] = i;
		r->meaning[i] = cell_meaning(opt->schema.columns[i].logical_type);
	}
	return json_path_build(opt->object, &r->arena, &r->root);
}

int jsonl_reader_new(
    const struct jsonl_reader_options *opt, struct table_reader **ret, struct mesh_err *err)
{
	struct jsonl_reader *r = calloc(1, sizeof(*r));
	int rc;

	if (!r) {
		feed_close(opt->take_feed);
		return mesh_err_nomem(err);
	}
	r->base = (struct table_reader){.ops = &ops, .schema = opt->schema};
	arena_init(&r->arena);
	rc = window_init(&r->window, opt->take_feed, opt->cancel, WINDOW_RECORD_MAX, err);
	if (rc == 0 && build(r, opt) < 0)
		rc = mesh_err_nomem(err);
	if (rc < 0) {
		reader_close(&r->base);
		return rc;
	}
	*ret = &r->base;
	return 0;
}
