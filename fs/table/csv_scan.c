#include "fs/table/csv_scan.h"

#include <string.h>

void csv_scan_moved(struct csv_scan *s)
{
	s->block = s->at;
	s->special = s->at < s->end ? scan_block(s->at, s->delimiter) : 0;
	s->skip = NULL;
}

/* The record being scanned. */
struct record {
	struct csv_field *fields;
	size_t cap, len;
	char *field; /* where the current one begins */
	char *closed; /* its closing quote; NULL: none so far */
	bool open; /* inside of quotes */
	bool doubled; /* it holds a doubled quote */
	bool surplus;
	bool behind; /* a field went on behind its closing quote */
	bool any; /* a field has ended, whether or not there was room for it */
};

static inline void end_field(struct record *r, char *end)
{
	size_t len = (size_t)(end - r->field);

	r->any = true;
	if (r->closed)
		r->behind |= r->closed + 1 != end;
	if (r->len == r->cap)
		r->surplus |= len > 0;
	else if (!r->closed)
		r->fields[r->len++] = (struct csv_field){.s = r->field, .len = len};
	else
		r->fields[r->len++] = (struct csv_field){
		    .s = r->field + 1, .len = len - 2, .quoted = true, .doubled = r->doubled};
	r->field = end + 1;
	r->closed = NULL;
	r->doubled = false;
}

/* A quote at `p`. False: what it means depends on a byte that is not there yet. */
static inline bool take_quote(struct csv_scan *s, struct record *r, char *p)
{
	if (!r->open) {
		r->open = p == r->field;
		return true;
	}
	if (p + 1 == s->end && !s->eof)
		return false;
	if (p + 1 < s->end && p[1] == '"') {
		r->doubled = true;
		s->skip = p + 1;
	} else {
		r->open = false;
		r->closed = p;
	}
	return true;
}

/* A CR or LF at `p`. False as above. */
static inline bool take_line_end(struct csv_scan *s, struct record *r, char *p)
{
	char *next = p + 1;

	if (*p == '\r' && next == s->end && !s->eof)
		return false;
	if (*p == '\r' && next < s->end && *next == '\n')
		s->skip = next++;
	end_field(r, p);
	s->at = next;
	return true;
}

static enum csv_found take_end(struct csv_scan *s, struct record *r)
{
	if (!s->eof)
		return CSV_MORE;
	if (r->open)
		return CSV_UNCLOSED;
	if (!r->any && r->field == s->end)
		return CSV_END;
	end_field(r, s->end);
	s->at = s->end;
	return CSV_RECORD;
}

/* The next special byte from here on, or NULL where there is none before the end. */
static inline char *next_special(struct csv_scan *s)
{
	char *p;

	while (!s->special) {
		if (s->end - s->block <= SCAN_BLOCK)
			return NULL;
		s->block += SCAN_BLOCK;
		s->special = scan_block(s->block, s->delimiter);
	}
	p = s->block + __builtin_ctzll(s->special);
	s->special &= s->special - 1;
	return p < s->end ? p : NULL;
}

static enum csv_found scan(struct csv_scan *s, struct record *r)
{
	char *p;

	while ((p = next_special(s))) {
		if (p == s->skip)
			continue;
		if (*p == '"') {
			if (!take_quote(s, r, p))
				return CSV_MORE;
		} else if (r->open) {
			continue;
		} else if (*p == s->delimiter) {
			end_field(r, p);
		} else {
			return take_line_end(s, r, p) ? CSV_RECORD : CSV_MORE;
		}
	}
	return take_end(s, r);
}

enum csv_found csv_scan_record(
    struct csv_scan *s, struct csv_field *fields, size_t cap, size_t *ret_len)
{
	struct record r = {.fields = fields, .cap = cap, .field = s->at};
	enum csv_found found = scan(s, &r);

	s->surplus = r.surplus;
	*ret_len = r.len;
	return found == CSV_RECORD && r.behind ? CSV_BEHIND_QUOTE : found;
}

void csv_field_settle(struct csv_field *f)
{
	char *in = f->s, *out = f->s, *end = f->s + f->len, *quote;

	if (!f->doubled)
		return;
	while ((quote = memchr(in, '"', (size_t)(end - in)))) {
		size_t n = (size_t)(quote + 1 - in);

		memmove(out, in, n);
		out += n;
		in = quote + 2 < end ? quote + 2 : end;
	}
	memmove(out, in, (size_t)(end - in));
	f->len = (size_t)(out + (end - in) - f->s);
	f->doubled = false;
}
