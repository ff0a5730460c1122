#include "catalog/policy/canon.h"

#include <inttypes.h>
#include <string.h>

#include "catalog/policy/condition.h"

static const char *const kind_names[] = {
    [COND_ALL] = "all",
    [COND_ANY] = "any",
    [COND_NOT] = "not",
    [COND_ATOM] = "atom",
};

static void canon_scalar(const struct value *v, struct buf *out)
{
	if (v->type == VALUE_STRING)
		buf_json(out, v->s);
	else
		buf_printf(out, "%d:%" PRId64, (int)v->type, v->i);
}

static void canon_value(const struct value *v, struct buf *out)
{
	if (v->type != VALUE_SET) {
		canon_scalar(v, out);
		return;
	}
	buf_addc(out, '[');
	for (size_t i = 0; i < v->set_len; i++) {
		canon_scalar(&v->set[i], out);
		buf_addc(out, ',');
	}
	buf_addc(out, ']');
}

static void canon_operand(const struct operand *o, struct buf *out)
{
	buf_printf(out, "%d.", (int)o->space);
	buf_json(out, o->name);
}

void canon_cond(const struct cond *c, struct buf *out)
{
	if (c->kind == COND_ATOM) {
		buf_printf(out, "%s(", cond_op_name(c->op));
		canon_operand(&c->left, out);
		buf_addc(out, ',');
		if (c->has_ref)
			canon_operand(&c->ref, out);
		else
			canon_value(&c->literal, out);
		buf_addc(out, ')');
		return;
	}
	buf_printf(out, "%s(", kind_names[c->kind]);
	for (size_t i = 0; i < (c->kind == COND_NOT ? 1 : c->len); i++) {
		canon_cond(&c->kids[i], out);
		buf_addc(out, ',');
	}
	buf_addc(out, ')');
}

/* Only what the function uses: the rest of the struct may hold anything. */
void canon_mask(const struct mask *m, struct buf *out)
{
	buf_printf(out, "%d(", (int)m->fn);
	switch (m->fn) {
	case MASK_PARTIAL:
		buf_printf(out, "%" PRId64 ",%" PRId64 ",", m->keep_first, m->keep_last);
		buf_json(out, m->text ? m->text : "*");
		break;
	case MASK_IP_TRUNCATE:
		buf_printf(out, "%d,%d", m->v4, m->v6);
		break;
	case MASK_DATE_TRUNCATE:
		buf_printf(out, "%d", (int)m->unit);
		break;
	case MASK_ROUND:
		buf_printf(out, "%" PRId64, m->to);
		break;
	case MASK_BUCKET:
		buf_printf(out, "%" PRId64 ",%" PRId64, m->width, m->origin);
		break;
	case MASK_HASH:
		buf_printf(out, "%" PRId64 ",", m->length);
		buf_json(out, m->text ? m->text : "mesh");
		break;
	case MASK_REDACT:
		buf_json(out, m->text ? m->text : "REDACTED");
		break;
	case MASK_NONE:
	case MASK_EMAIL:
	case MASK_NULL:
		break;
	}
	buf_addc(out, ')');
}

int canon_value_order(const void *a, const void *b)
{
	const struct value *x = a;
	const struct value *y = b;

	if (x->type != y->type)
		return x->type > y->type ? 1 : -1;
	if (x->type == VALUE_STRING)
		return strcmp(x->s ? x->s : "", y->s ? y->s : "");
	return (x->i > y->i) - (x->i < y->i);
}
