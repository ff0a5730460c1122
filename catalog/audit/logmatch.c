#include "catalog/audit/logmatch.h"

#include <string.h>

#include "catalog/audit/chain.h"
#include "catalog/base/when.h"

static void compile(struct buf *b, const char *member, const char *value)
{
	if (!value)
		return;
	buf_puts(b, member);
	buf_json(b, value);
}

int logmatch_init(struct logmatch *m, const struct audit_filter *f)
{
	buf_init(&m->user);
	buf_init(&m->product);
	compile(&m->user, RECORD_USER, f->user);
	compile(&m->product, RECORD_PRODUCT, f->product);
	m->denied_only = f->denied_only;
	m->since[0] = '\0';
	if (f->since_ns != WHEN_NONE)
		record_time(f->since_ns, m->since);
	return buf_error(&m->user) < 0 ? buf_error(&m->user) : buf_error(&m->product);
}

void logmatch_clear(struct logmatch *m)
{
	buf_clear(&m->user);
	buf_clear(&m->product);
}

static bool has(const struct chain_line *l, const char *bytes, size_t len)
{
	return len == 0 || memmem(l->body, l->body_len, bytes, len);
}

/* Not before `since`. Both texts have one form, so the order of bytes is the order of times. */
static bool is_since(const struct chain_line *l, const char *since)
{
	size_t key_len = strlen(RECORD_TIME), len = strlen(since);

	if (len == 0)
		return true;
	if (l->body_len < key_len + len || memcmp(l->body, RECORD_TIME, key_len) != 0)
		return false;
	return memcmp(l->body + key_len, since, len) >= 0;
}

bool logmatch_line(const struct logmatch *m, const char *line, size_t len)
{
	struct chain_line l;

	if (!chain_parse(line, len, &l) || !is_since(&l, m->since))
		return false;
	if (m->denied_only && !has(&l, RECORD_DENIED, strlen(RECORD_DENIED)))
		return false;
	return has(&l, m->user.data, m->user.len) && has(&l, m->product.data, m->product.len);
}
