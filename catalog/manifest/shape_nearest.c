/*
 * shape_nearest: what a misspelt word may have meant.
 */

#include <ctype.h>
#include <string.h>

#include "catalog/manifest/shape.h"

/* Longer words get no suggestion, which bounds the work as well. */
#define MAX_WORD 40

static int min3(int a, int b, int c)
{
	int least = a < b ? a : b;

	return least < c ? least : c;
}

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Levenshtein's distance without regard to case, where two exchanged neighbours count as one step. */
static int distance(const char *a, const char *b)
{
	int rows[3][MAX_WORD + 1]; /* row i lies in rows[i % 3] */
	int a_len = (int)strlen(a), b_len = (int)strlen(b);

	for (int j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (int i = 1; i <= a_len; i++) {
		int *row = rows[i % 3];
		const int *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];

		row[0] = i;
		for (int j = 1; j <= b_len; j++) {
			bool swapped = i > 1 && j > 1 && same(a[i - 1], b[j - 2]) &&
			    same(a[i - 2], b[j - 1]);

			row[j] = min3(
			    above[j] + 1, row[j - 1] + 1, above[j - 1] + !same(a[i - 1], b[j - 1]));
			if (swapped && two_above[j - 2] + 1 < row[j])
				row[j] = two_above[j - 2] + 1;
		}
	}
	return rows[a_len % 3][b_len];
}

const char *shape_nearest(const char *word, const char *const *list)
{
	size_t len = strlen(word);
	int best = len < 4 ? 2 : len < 8 ? 3 : 4; /* the first distance that is too far */
	const char *nearest = NULL;

	if (len > MAX_WORD)
		return NULL;
	for (; *list; list++) {
		int steps = strlen(*list) > MAX_WORD ? best : distance(word, *list);

		if (steps < best) {
			best = steps;
			nearest = *list;
		}
	}
	return nearest;
}
