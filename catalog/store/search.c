#include "catalog/store/search.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "catalog/base/buf.h"
#include "catalog/store/stmt.h"

/* ---- what is found ---- */

/* On one line, because snippets are cut from it. */
static void add_text(struct buf *b, const char *s)
{
	if (!s || !*s)
		return;
	for (; *s; s++)
		buf_addc(b, (unsigned char)*s < 0x20 ? ' ' : *s);
	buf_addc(b, ' ');
}

static void add_list(struct buf *b, const struct strlist *l)
{
	for (size_t i = 0; i < l->len; i++)
		add_text(b, l->items[i]);
}

/* The four texts of a product; the title stands as it is. */
struct texts {
	struct buf name, description, columns, tags;
};

static void add_column(struct texts *t, const struct column *c)
{
	add_text(&t->columns, c->name);
	add_text(&t->columns, c->description);
	add_list(&t->tags, &c->tags);
}

static void add_object(struct texts *t, const struct object *o)
{
	add_text(&t->name, o->name);
	add_text(&t->description, o->description);
	add_list(&t->tags, &o->tags);
	for (size_t i = 0; i < o->columns_len; i++)
		add_column(t, &o->columns[i]);
}

static void add_port(struct texts *t, const struct port *p)
{
	add_text(&t->name, p->name);
	add_text(&t->description, p->description);
	add_list(&t->tags, &p->tags);
	for (size_t i = 0; i < p->objects_len; i++)
		add_object(t, &p->objects[i]);
}

static void add_product(struct texts *t, const struct product *p)
{
	add_text(&t->name, p->domain);
	add_text(&t->name, p->entry);
	add_text(&t->description, p->purpose);
	add_text(&t->description, p->limitations);
	add_text(&t->description, p->usage);
	add_list(&t->tags, &p->tags);
	for (size_t i = 0; i < p->contracts_len; i++)
		add_text(&t->description, p->contracts[i].purpose);
	for (size_t i = 0; i < p->ports_len; i++)
		add_port(t, &p->ports[i]);
}

static const char *text_or_empty(const struct buf *b)
{
	return b->data ? b->data : "";
}

int search_add(struct db *db, int64_t pid, const struct product *p, struct mesh_err *err)
{
	struct texts t = {0};
	struct stmt q = {.db = db, .err = err};
	int rc;

	add_product(&t, p);
	if (buf_error(&t.name) || buf_error(&t.description) || buf_error(&t.columns) ||
	    buf_error(&t.tags))
		rc = mesh_err_nomem(err);
	else
		rc = stmt_run(&q,
		    "INSERT INTO search (rowid, name, title, description, columns, tags)"
		    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
		    "itttt"
		    "t",
		    pid, text_or_empty(&t.name), p->title ? p->title : "",
		    text_or_empty(&t.description), text_or_empty(&t.columns),
		    text_or_empty(&t.tags));
	buf_clear(&t.name);
	buf_clear(&t.description);
	buf_clear(&t.columns);
	buf_clear(&t.tags);
	return rc;
}

/* ---- what is asked ---- */

/* A word in which the tokenizer may find a token; FTS5 would take another one for a phrase that
 * never occurs. */
static bool has_token(const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)word[i];

		if (isalnum(c) || c >= 0x80)
			return true;
	}
	return false;
}

/* FTS5 strings (section 3.1 of its manual) know one special character, which is doubled; the star
 * after the string makes it a prefix. */
static void add_phrase(struct buf *b, const char *word, size_t len)
{
	buf_puts(b, b->len ? " \"" : "\"");
	for (size_t i = 0; i < len; i++) {
		if (word[i] == '"')
			buf_addc(b, '"');
		buf_addc(b, word[i]);
	}
	buf_puts(b, "\" *");
}

static int build_match(const char *words, struct buf *ret, struct mesh_err *err)
{
	static const char blanks[] = " \t\n\r\f\v";
	size_t count = 0;

	if (strlen(words) > SEARCH_MAX_BYTES)
		return mesh_err_set(
		    err, -E2BIG, "a search takes at most %d bytes", SEARCH_MAX_BYTES);
	while (*(words += strspn(words, blanks))) {
		size_t len = strcspn(words, blanks);

		if (has_token(words, len)) {
			add_phrase(ret, words, len);
			count++;
		}
		words += len;
	}
	if (count > SEARCH_MAX_WORDS)
		return mesh_err_set(
		    err, -E2BIG, "a search takes at most %d words", SEARCH_MAX_WORDS);
	return buf_error(ret) ? mesh_err_nomem(err) : 0;
}

static int read_found(struct stmt *q, struct search_found *ret)
{
	int rc = stmt_need(q, 0, &ret->domain);

	if (rc == 0)
		rc = stmt_need(q, 1, &ret->entry);
	if (rc == 0)
		rc = stmt_need(q, 3, &ret->snippet);
	ret->title = stmt_text(q, 2);
	ret->score = -sqlite3_column_double(q->handle, 4); /* bm25() is lower for a better hit */
	return rc;
}

static int run_match(struct stmt *q, const char *match, const struct search_request *rq,
    int (*fn)(void *arg, const struct search_found *found), void *arg)
{
	int64_t limit = rq->limit > INT32_MAX ? INT32_MAX : (int64_t)rq->limit;
	int stop = 0;
	int rc = stmt_begin(q,
	    "SELECT s.domain, s.name, nullif(search.title, ''), snippet(search, -1, '', '', '…', 16),"
	    " bm25(search, 10.0, 8.0, 2.0, 3.0, 5.0) AS score"
	    " FROM search JOIN product_span s ON s.ref = search.rowid"
	    " WHERE search MATCH ?1 AND s.since <= ?2 AND ?2 < s.until"
	    " ORDER BY score, s.domain, s.name LIMIT ?3",
	    "tii", match, rq->epoch, limit);

	while (rc == 0 && !stop && (rc = stmt_next(q)) > 0) {
		struct search_found found;

		rc = read_found(q, &found);
		if (rc == 0)
			stop = fn(arg, &found);
	}
	stmt_end(q);
	return rc < 0 ? rc : stop;
}

int search_run(struct db *db, const struct search_request *rq,
    int (*fn)(void *arg, const struct search_found *found), void *arg, struct mesh_err *err)
{
	struct stmt q = {.db = db, .err = err};
	struct buf match;

	buf_init(&match);

	int rc = build_match(rq->words, &match, err);

	if (rc == 0 && match.len > 0)
		rc = run_match(&q, match.data, rq, fn, arg);
	buf_clear(&match);
	return rc;
}
