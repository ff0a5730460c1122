#include "catalog/audit/logtail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"

/* How much of the end is looked at, growing fourfold: the last holds a torn line behind a whole one, each at its
 * longest. */
#define FIRST_WINDOW_BYTES ((uint64_t)32 << 10)
#define LAST_WINDOW_BYTES ((uint64_t)32 << 20)

/* Reads data[0..len) from `offset`; a file that has become shorter meanwhile is -EIO. */
static int read_at(int fd, char *data, size_t len, uint64_t offset)
{
	while (len > 0) {
		ssize_t n = pread(fd, data, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		data += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

static int look_at_line(const char *line, size_t len, struct digest *d, struct logtail *t)
{
	struct chain_line parts;
	bool fits = false;

	t->has_line = true;
	if (!chain_parse(line, len, &parts))
		return 0;

	int r = chain_rehash(&parts, d, &fits);

	if (r < 0 || !fits)
		return r;
	t->is_record = true;
	t->last = parts.self;
	return 0;
}

/* Looks for the last line in the file's last `len` bytes. 1: found, or found that there is none; 0: needs more bytes. */
static int search(const char *data, size_t len, struct digest *d, struct logtail *t)
{
	bool whole = len == t->size_bytes;
	const char *newline = len > 0 ? memrchr(data, '\n', len) : NULL;

	if (!newline)
		return whole;

	size_t line_end = (size_t)(newline - data);
	const char *before = line_end > 0 ? memrchr(data, '\n', line_end) : NULL;

	if (!before && !whole)
		return 0;

	const char *line = before ? before + 1 : data;
	int r = look_at_line(line, (size_t)(newline - line), d, t);

	t->end = t->size_bytes - len + line_end + 1;
	return r < 0 ? r : 1;
}

static int search_from(int fd, size_t len, struct digest *d, struct logtail *t)
{
	AUTOFREE char *data = malloc(len + 1);

	if (!data)
		return -ENOMEM;

	int r = read_at(fd, data, len, t->size_bytes - len);

	return r < 0 ? r : search(data, len, d, t);
}

int logtail_read(int fd, struct digest *d, struct logtail *ret)
{
	struct logtail t = {0};
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	t.size_bytes = (uint64_t)st.st_size;
	chain_genesis(&t.last);
	for (uint64_t window = FIRST_WINDOW_BYTES; window <= LAST_WINDOW_BYTES; window *= 4) {
		int r = search_from(fd, window < t.size_bytes ? window : t.size_bytes, d, &t);

		if (r < 0)
			return r;
		if (r > 0) {
			*ret = t;
			return 0;
		}
	}
	return -EINVAL;
}
