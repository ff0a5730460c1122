#include <errno.h>
#include <stdlib.h>

#include "fs/table/csv.h"
#include "fs/table/csv_scan.h"

struct csv_reader {
	struct table_reader base;
	struct window window;
	struct csv_scan scan;
	const size_t *wanted; /* borrowed */
	size_t wanted_len;
	struct csv_field *fields; /* owned: fields_len of them */
	size_t fields_len;
	uint64_t records; /* begun so far, the header included */
};

static struct csv_reader *self(struct table_reader *r)
{
	return (struct csv_reader *)r;
}

static int more(struct csv_reader *r, struct mesh_err *err)
{
	int rc;

	r->window.at = r->scan.at;
	rc = window_more(&r->window, err);
	if (rc < 0)
		return mesh_err_wrap(err, "record %llu", (unsigned long long)r->records);
	r->scan.at = r->window.at;
	r->scan.end = r->window.end;
	r->scan.eof = r->window.eof;
	csv_scan_moved(&r->scan);
	return 0;
}

static int refuse(const struct csv_reader *r, enum csv_found found, struct mesh_err *err)
{
	unsigned long long n = r->records;

	switch (found) {
	case CSV_UNCLOSED:
		return mesh_err_set(err, -EINVAL,
		    "record %llu: a quote is not closed before the end of the file", n);
	case CSV_BEHIND_QUOTE:
		return mesh_err_set(
		    err, -EINVAL, "record %llu: a field goes on behind its closing quote", n);
	default:
		return mesh_err_set(err, -EINVAL,
		    "record %llu has more fields than the %zu of the first", n, r->fields_len);
	}
}

/* 1: a record of *ret_len fields; 0: the end. */
static int record(struct csv_reader *r, size_t *ret_len, struct mesh_err *err)
{
	enum csv_found found;

	r->records++;
	while ((found = csv_scan_record(&r->scan, r->fields, r->fields_len, ret_len)) == CSV_MORE) {
		int rc = more(r, err);

		if (rc < 0)
			return rc;
	}
	if (found == CSV_RECORD && !r->scan.surplus)
		return 1;
	return found == CSV_END ? 0 : refuse(r, found, err);
}

static inline void to_cell(struct csv_field *f, struct cell *ret)
{
	if (f->doubled)
		csv_field_settle(f);
	ret->type = f->len > 0 || f->quoted ? CELL_TEXT : CELL_NULL;
	ret->s = f->s;
	ret->len = f->len;
}

static int next(struct table_reader *base, struct cell *ret_cells, struct mesh_err *err)
{
	struct csv_reader *r = self(base);
	size_t len, i;
	int rc;

	/* An empty line is no row, unless it is all that a row of one column can be. */
	do
		rc = record(r, &len, err);
	while (rc == 1 && len == 1 && r->fields_len > 1 && r->fields[0].len == 0 &&
	    !r->fields[0].quoted);
	if (rc != 1)
		return rc;
	for (i = 0; i < r->wanted_len && r->wanted[i] < len; i++)
		to_cell(&r->fields[r->wanted[i]], &ret_cells[i]);
	for (; i < r->wanted_len; i++)
		ret_cells[i].type = CELL_NULL;
	return 1;
}

static void reader_close(struct table_reader *base)
{
	struct csv_reader *r = self(base);

	window_clear(&r->window);
	free(r->fields);
	free(r);
}

static const struct table_reader_ops ops = {.next = next, .close = reader_close};

int csv_reader_new(
    const struct csv_reader_options *opt, struct table_reader **ret, struct mesh_err *err)
{
	struct csv_reader *r = calloc(1, sizeof(*r));
	size_t len;
	int rc;

	if (!r) {
		feed_close(opt->take_feed);
		return mesh_err_nomem(err);
	}
	r->base = (struct table_reader){.ops = &ops, .schema = opt->schema};
	r->wanted = opt->wanted;
	r->wanted_len = opt->schema.len;
	r->fields_len = opt->fields_len;
	r->scan.delimiter = opt->delimiter;
	r->fields = calloc(opt->fields_len + 1, sizeof(*r->fields));
	rc = window_init(&r->window, opt->take_feed, opt->cancel, WINDOW_RECORD_MAX, err);
	if (rc == 0 && !r->fields)
		rc = mesh_err_nomem(err);
	if (rc == 0) {
		r->scan.at = r->window.at;
		rc = more(r, err);
	}
	if (rc == 0)
		rc = record(r, &len, err);
	if (rc < 0) {
		reader_close(&r->base);
		return rc;
	}
	*ret = &r->base;
	return 0;
}
