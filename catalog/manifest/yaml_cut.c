#include "catalog/manifest/yaml_cut.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that go, and what stands in their place. */
struct span {
	size_t start, end;
	const char *instead;
};

static const struct yaml_pair *pair_of(const struct yaml_cut *c)
{
	return &c->map->pairs[c->pair];
}

/* ---- the list ---- */

static int compare(const void *x, const void *y)
{
	const struct yaml_cut *a = x, *b = y;
	size_t i = pair_of(a)->start, k = pair_of(b)->start;

	return i != k ? (i < k ? -1 : 1) : (int)a->blank - (int)b->blank;
}

/* Sorted by place, each once, none inside another. */
static void tidy(struct yaml_cut_job *job)
{
	size_t kept = 0, end = 0;

	qsort(job->cuts, job->cuts_len, sizeof(*job->cuts), compare);
	for (size_t i = 0; i < job->cuts_len; i++) {
		const struct yaml_pair *p = pair_of(&job->cuts[i]);

		if (kept > 0 && p->start < end)
			continue;
		end = p->end;
		job->cuts[kept++] = job->cuts[i];
	}
	job->cuts_len = kept;
}

static const struct yaml_cut *find(const struct yaml_cut_job *job, const struct yaml_pair *p)
{
	size_t low = 0, high = job->cuts_len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		size_t start = pair_of(&job->cuts[middle])->start;

		if (start == p->start)
			return &job->cuts[middle];
		if (start < p->start)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* ---- lines, as libyaml sees them: NEL, LS and PS end one too ---- */

static size_t break_at(const struct yaml_cut_job *job, size_t at)
{
	const char *s = job->bytes + at;
	size_t left = job->len - at;

	if (left >= 2 && (memcmp(s, "\r\n", 2) == 0 || memcmp(s, "\xc2\x85", 2) == 0))
		return 2;
	if (left >= 3 && (memcmp(s, "\xe2\x80\xa8", 3) == 0 || memcmp(s, "\xe2\x80\xa9", 3) == 0))
		return 3;
	return left > 0 && (*s == '\n' || *s == '\r');
}

static bool is_line_start(const struct yaml_cut_job *job, size_t at)
{
	return at == 0 || (at >= 1 && break_at(job, at - 1) == 1) ||
	    (at >= 2 && break_at(job, at - 2) == 2) || (at >= 3 && break_at(job, at - 3) == 3);
}

static size_t line_start(const struct yaml_cut_job *job, size_t at)
{
	while (!is_line_start(job, at))
		at--;
	return at;
}

static size_t next_line(const struct yaml_cut_job *job, size_t at)
{
	while (at < job->len && !break_at(job, at))
		at++;
	return at < job->len ? at + break_at(job, at) : at;
}

static size_t skip_blanks(const struct yaml_cut_job *job, size_t at)
{
	while (at < job->len && (job->bytes[at] == ' ' || job->bytes[at] == '\t'))
		at++;
	return at;
}

/* ---- spans ---- */

/* Past the value's last line and the comments that belong to it, but not beyond `limit`. */
static size_t block_end(const struct yaml_cut_job *job, const struct yaml_pair *p, size_t limit)
{
	size_t end = is_line_start(job, p->end) ? p->end : next_line(job, p->end);
	size_t indent = p->start - line_start(job, p->start);

	for (size_t line = end; line < limit; line = next_line(job, line)) {
		size_t text = skip_blanks(job, line);

		if (text >= job->len)
			break;
		if (job->bytes[text] == '#' && text - line >= indent)
			end = next_line(job, line);
		else if (job->bytes[text] == '#' || !break_at(job, text))
			break;
	}
	return end < limit ? end : limit;
}

/* A run of pairs of one map, next to each other. */
struct run {
	const struct yaml_node *map;
	size_t first, last;
};

static size_t after(const struct yaml_cut_job *job, const struct run *r)
{
	const struct yaml_node *m = r->map;

	return r->last + 1 < m->len ? m->pairs[r->last + 1].start : job->len;
}

/* A flow map's members end where the next begins, or at the brace, with the comments in between. */
static int flow_end(const struct yaml_cut_job *job, const struct run *r, size_t *ret)
{
	const struct yaml_node *m = r->map;

	*ret = r->last + 1 < m->len ? m->pairs[r->last + 1].start : m->end - 1;
	return r->last + 1 < m->len || job->bytes[*ret] == '}' ? 0 : -EOPNOTSUPP;
}

static int flow_span(const struct yaml_cut_job *job, const struct run *r, struct span *ret)
{
	const struct yaml_pair *pairs = r->map->pairs;
	bool trailing = r->last + 1 == r->map->len && r->first > 0;

	ret->start = trailing ? pairs[r->first - 1].end : pairs[r->first].start;
	return flow_end(job, r, &ret->end);
}

static int block_span(const struct yaml_cut_job *job, const struct run *r, struct span *ret)
{
	const struct yaml_pair *first = &r->map->pairs[r->first];
	size_t line = line_start(job, first->start);
	size_t next = after(job, r);
	bool own_line = skip_blanks(job, line) == first->start;
	bool all = r->first == 0 && r->last + 1 == r->map->len;

	if (all) {
		ret->start = first->start;
		ret->instead = "{}\n";
	} else if (own_line) {
		ret->start = line;
		next = next < job->len ? line_start(job, next) : next;
	} else if (r->first == 0) {
		/* Behind a dash: the next pair takes its place. */
		ret->start = first->start;
		ret->end = next;
		return 0;
	} else {
		return -EOPNOTSUPP;
	}
	ret->end = block_end(job, &r->map->pairs[r->last], next);
	return 0;
}

static int blank_span(const struct yaml_cut_job *job, const struct run *r, struct span *ret)
{
	const struct yaml_pair *p = &r->map->pairs[r->first];
	size_t next = after(job, r);

	ret->start = p->key_end;
	if (r->map->flow) {
		ret->instead = r->last + 1 < r->map->len ? ": null, " : ": null";
		return flow_end(job, r, &ret->end);
	}
	ret->end = block_end(job, p, next < job->len ? line_start(job, next) : next);
	ret->instead = ": null\n";
	return 0;
}

/* The span of the cuts from *i on that go together; moves *i behind them. */
static int next_span(const struct yaml_cut_job *job, size_t *i, struct span *ret)
{
	const struct yaml_cut *c = &job->cuts[(*i)++];
	struct run r = {.map = c->map, .first = c->pair, .last = c->pair};

	ret->instead = "";
	if (c->blank)
		return blank_span(job, &r, ret);
	for (; *i < job->cuts_len; (*i)++, r.last++) {
		const struct yaml_cut *more = &job->cuts[*i];

		if (more->map != r.map || more->pair != r.last + 1 || more->blank)
			break;
	}
	return r.map->flow ? flow_span(job, &r, ret) : block_span(job, &r, ret);
}

static int write_rest(const struct yaml_cut_job *job, struct buf *out)
{
	size_t at = 0;

	for (size_t i = 0; i < job->cuts_len;) {
		struct span s;
		int rc = next_span(job, &i, &s);

		if (rc == 0 && (s.start < at || s.end < s.start || s.end > job->len))
			rc = -EOPNOTSUPP;
		if (rc < 0)
			return rc;
		buf_add(out, job->bytes + at, s.start - at);
		buf_puts(out, s.instead);
		at = s.end;
	}
	buf_add(out, job->bytes + at, job->len - at);
	return buf_error(out);
}

/* ---- the proof ---- */

/* Whether what is cut stands where it is cut, all of it. */
static bool goes_with(const struct yaml_node *n, const struct yaml_cut_job *job)
{
	bool inside = false;

	for (size_t low = 0, high = job->cuts_len; low < high && !inside;) {
		size_t middle = low + (high - low) / 2;
		const struct yaml_pair *p = pair_of(&job->cuts[middle]);

		inside = p->start <= n->start && n->end <= p->end;
		if (p->start <= n->start)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t i = 0; inside && i < n->len; i++)
		inside = goes_with(n->type == YAML_MAP ? n->pairs[i].value : n->items[i], job);
	return inside;
}

static bool all_go(const struct yaml_cut_job *job)
{
	for (size_t i = 0; i < job->cuts_len; i++)
		if (!goes_with(pair_of(&job->cuts[i])->value, job))
			return false;
	return true;
}

static bool same(
    const struct yaml_node *a, const struct yaml_node *b, const struct yaml_cut_job *job);

static bool same_map(
    const struct yaml_node *a, const struct yaml_node *b, const struct yaml_cut_job *job)
{
	size_t k = 0;

	for (size_t i = 0; i < a->len; i++) {
		const struct yaml_pair *p = &a->pairs[i];
		const struct yaml_cut *c = find(job, p);

		if (c && !c->blank)
			continue;
		if (k == b->len || strcmp(p->key, b->pairs[k].key) != 0)
			return false;
		if (c ? b->pairs[k].value->type != YAML_NULL
		      : !same(p->value, b->pairs[k].value, job))
			return false;
		k++;
	}
	return k == b->len;
}

static bool same(
    const struct yaml_node *a, const struct yaml_node *b, const struct yaml_cut_job *job)
{
	if (a->type != b->type)
		return false;
	if (a->type == YAML_MAP)
		return same_map(a, b, job);
	if (a->type != YAML_SEQ)
		return a->text_len == b->text_len && memcmp(a->text, b->text, a->text_len) == 0;
	for (size_t i = 0; i < a->len && a->len == b->len; i++)
		if (!same(a->items[i], b->items[i], job))
			return false;
	return a->len == b->len;
}

static int check(const struct yaml_cut_job *job, const struct buf *cut)
{
	const struct yaml_node *root;
	struct diag_list diags;
	struct arena a;
	int rc = 0;

	arena_init(&a);
	diag_list_init(&diags);
	root = yaml_parse("cut", cut->data, cut->len, &a, &diags);
	if (!root)
		rc = diags.oom ? -ENOMEM : -EOPNOTSUPP;
	else if (!same(job->root, root, job))
		rc = -EOPNOTSUPP;
	diag_list_clear(&diags);
	arena_clear(&a);
	return rc;
}

int yaml_cut(struct yaml_cut_job *job, struct buf *out)
{
	struct buf cut;
	int rc;

	tidy(job);
	if (!all_go(job))
		return -EOPNOTSUPP;
	buf_init(&cut);
	rc = write_rest(job, &cut);
	if (rc == 0)
		rc = check(job, &cut);
	if (rc == 0)
		buf_add(out, cut.data, cut.len);
	buf_clear(&cut);
	return rc < 0 ? rc : buf_error(out);
}
