#include "catalog/manifest/literal.h"

#include <string.h>

#define DECIMAL_PLACES 4
#define DECIMAL_ONE 10000

/* Text such as -12.34, as YAML's core schema lets a float look, to ten-thousandths. */
static bool parse_decimal(const char *s, int64_t *ret)
{
	bool negative = *s == '-', digits = false;
	int places = -1;
	int64_t v = 0;

	if (*s == '-' || *s == '+')
		s++;
	for (; *s; s++) {
		if (*s == '.' && places < 0) {
			places = 0;
			continue;
		}
		if (*s < '0' || *s > '9' || places == DECIMAL_PLACES)
			return false;
		digits = true;
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *s - '0', &v))
			return false;
		places += places >= 0;
	}
	for (int i = places < 0 ? 0 : places; i < DECIMAL_PLACES; i++)
		if (__builtin_mul_overflow(v, 10, &v))
			return false;
	*ret = negative ? -v : v;
	return digits;
}

static bool read_float(struct reader *r, const struct yaml_node *n, struct value *ret)
{
	int64_t v;

	if (!parse_decimal(n->text, &v)) {
		reader_error(r, "policy-literal", n,
		    "%s is no exact number: write an integer or a decimal of at most %d places",
		    n->text, DECIMAL_PLACES);
		return false;
	}
	ret->type = VALUE_DECIMAL;
	ret->i = v;
	return true;
}

bool literal_scalar(struct reader *r, const struct yaml_node *n, struct value *ret)
{
	struct value v = {.type = VALUE_MISSING};

	switch (n->type) {
	case YAML_BOOL:
		v.type = VALUE_BOOL;
		v.i = n->i;
		break;
	case YAML_INT:
		v.type = VALUE_INT;
		v.i = n->i;
		break;
	case YAML_FLOAT:
		if (!read_float(r, n, &v))
			return false;
		break;
	case YAML_STRING:
		v.type = VALUE_STRING;
		v.s = reader_copy(r, n->text);
		break;
	default:
		reader_error(r, "policy-literal", n, "expected a string, number or boolean, not %s",
		    yaml_type_name(n->type));
		return false;
	}
	*ret = v;
	return !r->oom;
}

bool literal_set(struct reader *r, const struct yaml_node *n, struct value *ret)
{
	struct value *items;
	bool ok = true;

	if (n->type != YAML_SEQ) {
		reader_error(
		    r, "policy-literal", n, "expected a list, not %s", yaml_type_name(n->type));
		return false;
	}
	items = reader_array(r, n->len, sizeof(*items));
	if (!items)
		return false;
	for (size_t i = 0; i < n->len; i++)
		ok &= literal_scalar(r, n->items[i], &items[i]);
	if (!ok)
		return false;
	ret->type = VALUE_SET;
	ret->set = items;
	ret->set_len = n->len;
	return true;
}
