#include "catalog/manifest/version.h"

#include <stdbool.h>
#include <string.h>

/* One dotted part: numbers by value (of any length), before words; words by bytes. */
static int part_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	bool a_number = a_len && strspn(a, "0123456789") >= a_len;
	bool b_number = b_len && strspn(b, "0123456789") >= b_len;
	int order;

	if (a_number != b_number)
		return a_number ? -1 : 1;
	if (a_number) {
		for (; a_len > 1 && *a == '0'; a_len--)
			a++;
		for (; b_len > 1 && *b == '0'; b_len--)
			b++;
		if (a_len != b_len)
			return a_len < b_len ? -1 : 1;
	}
	order = memcmp(a, b, a_len < b_len ? a_len : b_len);
	if (order)
		return order;
	return (a_len > b_len) - (a_len < b_len);
}

/* Dotted parts up to `len` bytes. Where all parts agree, the longer list is later. */
static int list_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	while (a_len && b_len) {
		size_t i = strcspn(a, "."), j = strcspn(b, ".");
		int order;

		i = i < a_len ? i : a_len;
		j = j < b_len ? j : b_len;
		order = part_compare(a, i, b, j);
		if (order)
			return order;
		a += i;
		a_len -= i;
		b += j;
		b_len -= j;
		if (a_len)
			a++, a_len--;
		if (b_len)
			b++, b_len--;
	}
	return (a_len > 0) - (b_len > 0);
}

int version_compare(const char *a, const char *b)
{
	size_t a_core, b_core, a_pre, b_pre;
	int order;

	if (!a || !b)
		return (a != NULL) - (b != NULL);
	a += *a == 'v';
	b += *b == 'v';
	a_core = strcspn(a, "-+");
	b_core = strcspn(b, "-+");
	order = list_compare(a, a_core, b, b_core);
	if (order)
		return order;
	if ((a[a_core] == '-') != (b[b_core] == '-'))
		return a[a_core] == '-' ? -1 : 1;
	if (a[a_core] != '-')
		return 0;
	a += a_core + 1;
	b += b_core + 1;
	a_pre = strcspn(a, "+");
	b_pre = strcspn(b, "+");
	return list_compare(a, a_pre, b, b_pre);
}
