#include <errno.h>
#include <string.h>

#include "fs/table/csv.h"
#include "fs/table/csv_scan.h"

static const char candidates[] = ",;\t|";

/* The most frequent candidate in the first record. Which of them delimits is not known yet, so that
 * a quote opens after any. */
static char guess_delimiter(const char *s, const char *end)
{
	size_t counts[sizeof(candidates) - 1] = {0};
	bool open = false, begins = true;
	size_t best = 0;

	for (; s < end && (open || (*s != '\n' && *s != '\r')); s++) {
		const char *which = *s ? strchr(candidates, *s) : NULL;

		if (*s == '"' && (open || begins))
			open = !open;
		begins = which && !open;
		if (begins)
			counts[which - candidates]++;
	}
	for (size_t i = 1; i < sizeof(candidates) - 1; i++)
		if (counts[i] > counts[best])
			best = i;
	return candidates[best];
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* NULL: no name, or out of memory (*ret_nomem). */
static const char *name_of(struct csv_field *f, struct arena *a, bool *ret_nomem)
{
	const char *s, *end;
	char *name;

	csv_field_settle(f);
	s = f->s;
	end = s + f->len;
	while (s < end && is_blank(*s))
		s++;
	while (s < end && is_blank(end[-1]))
		end--;
	if (memchr(s, '\0', (size_t)(end - s)) || !str_is_utf8(s, (size_t)(end - s)))
		return NULL;
	name = arena_alloc(a, (size_t)(end - s) + 1);
	*ret_nomem = !name;
	if (name)
		memcpy(name, s, (size_t)(end - s));
	return name;
}

static int quote_error(const char *what, struct mesh_err *err)
{
	return mesh_err_set(
	    err, -EINVAL, "the first record, which names the columns, has a quote that %s", what);
}

/* The names in the record that begins at s->at; it is whole. */
static int take_names(
    struct csv_scan *s, size_t cap, struct arena *a, struct csv_header *ret, struct mesh_err *err)
{
	struct csv_field *fields = arena_array(a, cap, sizeof(*fields));
	size_t len = 0;

	ret->names = arena_array(a, cap, sizeof(*ret->names));
	if (!fields || !ret->names)
		return mesh_err_nomem(err);
	if (csv_scan_record(s, fields, cap, &len) == CSV_BEHIND_QUOTE)
		return quote_error("closes before its field ends", err);
	for (size_t i = 0; i < len; i++) {
		bool nomem = false;

		ret->names[i] = name_of(&fields[i], a, &nomem);
		if (nomem)
			return mesh_err_nomem(err);
		if (!ret->names[i])
			return mesh_err_set(err, -EINVAL,
			    "the name of column %zu in the first record is not UTF-8 text", i + 1);
	}
	ret->len = len;
	return 0;
}

/* Reads until the first record is whole. *ret_scan stands at it, *ret_cap is at least the number of
 * its fields. */
static int whole_record(struct window *w, char delimiter, struct csv_scan *ret_scan,
    size_t *ret_cap, struct mesh_err *err)
{
	enum csv_found found;
	struct csv_scan s;
	size_t len, cap = 1;

	do {
		int rc = window_more(w, err);

		if (rc == -E2BIG)
			return mesh_err_set(
			    err, -EINVAL, "the first record, which names the columns, is too long");
		if (rc < 0)
			return rc;
		s = (struct csv_scan){.at = w->at, .end = w->end, .eof = w->eof};
		s.delimiter = delimiter ? delimiter : guess_delimiter(w->at, w->end);
		csv_scan_moved(&s);
		found = csv_scan_record(&s, NULL, 0, &len);
	} while (found == CSV_MORE);
	if (found != CSV_RECORD && found != CSV_END)
		return quote_error(
		    found == CSV_UNCLOSED ? "is not closed" : "closes before its field ends", err);
	for (const char *p = w->at; p < s.at; p++)
		cap += *p == s.delimiter;
	s.at = w->at;
	csv_scan_moved(&s);
	*ret_scan = s;
	*ret_cap = cap;
	return 0;
}

int csv_header_read(
    struct window *w, char delimiter, struct arena *a, struct csv_header *ret, struct mesh_err *err)
{
	struct csv_header h = {0};
	struct csv_scan s;
	size_t cap = 0;
	int rc = whole_record(w, delimiter, &s, &cap, err);

	if (rc == 0)
		rc = take_names(&s, cap, a, &h, err);
	if (rc < 0)
		return rc;
	h.delimiter = s.delimiter;
	*ret = h;
	return 0;
}
