#include <inttypes.h>
#include <string.h>

#include "catalog/base/when.h"
#include "catalog/policy/print.h"

static bool is_word(const char *s)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.*@/:+";

	return *s && s[strspn(s, plain)] == '\0';
}

/* Four places at most, without the zeros at the end but one. */
static void print_decimal(int64_t i, struct buf *out)
{
	uint64_t magnitude = i < 0 ? -(uint64_t)i : (uint64_t)i;
	unsigned int rest = (unsigned int)(magnitude % 10000);
	int places = 4;

	for (; places > 1 && rest % 10 == 0; places--)
		rest /= 10;
	buf_printf(out, "%s%" PRIu64 ".%0*u", i < 0 ? "-" : "", magnitude / 10000, places, rest);
}

void print_time(int64_t ns, struct buf *out)
{
	char text[40];

	when_format(ns, ns % WHEN_NS_PER_SEC ? 9 : 0, text, sizeof(text));
	buf_puts(out, text);
}

static void print_set(const struct value *v, struct buf *out)
{
	buf_addc(out, '{');
	for (size_t i = 0; i < v->set_len; i++) {
		buf_puts(out, i > 0 ? ", " : "");
		if (v->set[i].type == VALUE_SET)
			buf_puts(out, "...");
		else
			print_value(&v->set[i], out);
	}
	buf_addc(out, '}');
}

void print_value(const struct value *v, struct buf *out)
{
	switch (v->type) {
	case VALUE_MISSING:
		buf_puts(out, "missing");
		break;
	case VALUE_NULL:
		buf_puts(out, "null");
		break;
	case VALUE_BOOL:
		buf_puts(out, v->i ? "true" : "false");
		break;
	case VALUE_INT:
		buf_printf(out, "%" PRId64, v->i);
		break;
	case VALUE_DECIMAL:
		print_decimal(v->i, out);
		break;
	case VALUE_STRING:
		if (v->s && is_word(v->s))
			buf_puts(out, v->s);
		else
			buf_json(out, v->s);
		break;
	case VALUE_TIME:
		print_time(v->i, out);
		break;
	case VALUE_SET:
		print_set(v, out);
		break;
	}
}

void print_operand(const struct operand *o, struct buf *out)
{
	static const char *const spaces[] = {
	    [OPERAND_CONTEXT] = "",
	    [OPERAND_PRINCIPAL] = "principal.",
	    [OPERAND_RESOURCE] = "resource.",
	    [OPERAND_ROW] = "row.",
	};

	buf_puts(out, spaces[o->space]);
	buf_puts(out, o->name);
}
