#include "catalog/audit/record.h"

#include "catalog/audit/chain.h"
#include "catalog/base/when.h"

void record_time(int64_t ns, char out[RECORD_TIME_CAP])
{
	when_format(ns, 9, out, RECORD_TIME_CAP);
}

static void add_text(struct buf *b, const char *member, const char *value)
{
	buf_puts(b, member);
	buf_json(b, value);
}

static void add_list(struct buf *b, const char *member, const struct strlist *l)
{
	buf_puts(b, member);
	buf_addc(b, '[');
	for (size_t i = 0; i < l->len; i++) {
		if (i > 0)
			buf_addc(b, ',');
		buf_json(b, l->items[i]);
	}
	buf_addc(b, ']');
}

static void add_signed(struct buf *b, const char *member, int64_t n)
{
	buf_puts(b, member);
	if (n < 0)
		buf_addc(b, '-');
	chain_add_number(b, n < 0 ? -(uint64_t)n : (uint64_t)n);
}

static void add_who(struct buf *b, const struct audit_record *r)
{
	if (r->uid == -1)
		buf_puts(b, ",\"uid\":null");
	else
		add_signed(b, ",\"uid\":", r->uid);
	add_text(b, RECORD_USER, r->user);
	add_list(b, ",\"groups\":", &r->groups);
	add_signed(b, ",\"pid\":", r->pid);
	add_text(b, ",\"exe\":", r->exe);
	add_text(b, ",\"host\":", r->host);
	add_text(b, ",\"purpose\":", r->purpose);
	buf_puts(b, r->break_glass ? ",\"breakGlass\":true" : ",\"breakGlass\":false");
}

static void add_what(struct buf *b, const struct audit_record *r)
{
	add_text(b, ",\"action\":", r->action);
	add_text(b, ",\"resource\":", r->resource);
	add_text(b, RECORD_PRODUCT, r->product);
	add_list(b, ",\"columns\":", &r->columns);
}

static void add_decision(struct buf *b, const struct audit_record *r)
{
	add_text(b, ",\"decision\":", r->decision);
	add_list(b, ",\"rules\":", &r->rules);
	add_list(b, ",\"masks\":", &r->masks);
	add_list(b, ",\"rowFilters\":", &r->row_filters);
	buf_puts(b, ",\"epoch\":");
	chain_add_number(b, r->epoch);
	add_signed(b, ",\"errno\":", r->error);
	add_text(b, ",\"reason\":", r->reason);
}

void record_add(struct buf *b, const struct audit_record *r)
{
	char time[RECORD_TIME_CAP];

	record_time(r->time_ns, time);
	buf_puts(b, RECORD_TIME);
	buf_puts(b, time);
	buf_addc(b, '"');
	add_who(b, r);
	add_what(b, r);
	add_decision(b, r);
}
