#include "fs/table/header.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"

#define HEADER_MAX (1 << 20)

static bool has_ending(const char *name, const char *ending)
{
	size_t n = strlen(name), e = strlen(ending);

	return n > e && strcasecmp(name + n - e, ending) == 0;
}

bool header_is_csv(const char *file_name)
{
	return has_ending(file_name, ".csv") || has_ending(file_name, ".tsv") || has_ending(file_name, ".tab");
}

char header_delimiter(const char *file_name, const char *record, size_t len)
{
	static const char candidates[] = ",;\t|";
	size_t counts[sizeof(candidates)] = {0};
	bool quoted = false;
	size_t best = 0;

	if (!has_ending(file_name, ".csv"))
		return '\t';
	for (size_t i = 0; i < len; i++) {
		const char *at = record[i] ? strchr(candidates, record[i]) : NULL;

		quoted ^= record[i] == '"';
		if (at && !quoted)
			counts[at - candidates]++;
	}
	for (size_t i = 1; i + 1 < sizeof(candidates); i++)
		if (counts[i] > counts[best])
			best = i;
	return candidates[best];
}

/* The length of the first record without its line end; -1: it does not end within `len`. */
static ssize_t record_len(const char *data, size_t len, bool at_eof)
{
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		quoted ^= data[i] == '"';
		if (!quoted && (data[i] == '\n' || data[i] == '\r'))
			return (ssize_t)i;
	}
	return at_eof ? (ssize_t)len : -1;
}

/* One field at *p, unquoted to *out; both move behind it. */
static const char *next_field(const char **p, const char *end, char delimiter, char **out)
{
	const char *field = *out;
	bool quoted = *p < end && **p == '"';

	if (quoted)
		(*p)++;
	while (*p < end) {
		if (quoted && **p == '"') {
			(*p)++;
			if (*p < end && **p == '"')
				*(*out)++ = *(*p)++;
			else
				quoted = false;
		} else if (!quoted && **p == delimiter) {
			break;
		} else {
			*(*out)++ = *(*p)++;
		}
	}
	if (*p < end)
		(*p)++;
	*(*out)++ = '\0';
	return field;
}

static int split(const char *record, size_t len, char delimiter, struct arena *a, struct strlist *ret)
{
	const char *p = record, *end = record + len;
	size_t fields = 1;
	const char **items;
	char *out;

	for (size_t i = 0; i < len; i++)
		fields += record[i] == delimiter;
	items = arena_array(a, fields, sizeof(*items));
	out = arena_alloc(a, len + fields);
	if (!items || !out)
		return -ENOMEM;
	ret->items = items;
	/* A delimiter at the very end announces one more, empty, field: nothing that policy could name. */
	for (ret->len = 0; p < end && ret->len < fields; ret->len++)
		items[ret->len] = next_field(&p, end, delimiter, &out);
	return 0;
}

int header_read(int fd, const char *file_name, struct arena *a, struct strlist *ret)
{
	AUTOFREE char *data = malloc(HEADER_MAX);
	ssize_t len, got = 0, record = -1;
	size_t chunk = 4096;
	const char *start = data;

	if (!data)
		return -ENOMEM;
	for (len = 0; record < 0 && len < HEADER_MAX; len += got, chunk = 65536) {
		size_t room = (size_t)(HEADER_MAX - len);

		got = pread(fd, data + len, chunk < room ? chunk : room, len);
		if (got < 0)
			return -errno;
		record = record_len(data, (size_t)(len + got), got == 0);
	}
	if (record < 0 || memchr(data, '\0', (size_t)record) || !str_is_utf8(data, (size_t)record))
		return -EINVAL;
	if (record >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
		start += 3;
		record -= 3;
	}
	ret->items = NULL;
	ret->len = 0;
	return split(start, (size_t)record, header_delimiter(file_name, start, (size_t)record), a, ret);
}
