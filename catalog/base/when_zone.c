#include "catalog/base/when.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/str.h"
#include "catalog/base/when_rule.h"

#define ZONEINFO_DIR "/usr/share/zoneinfo"
#define MAX_NAME_BYTES 255
#define MAX_FILE_BYTES (256 << 10) /* the largest of the tz database has some 4 KiB */
#define SEC_PER_DAY 86400

/* RFC 8536, section 3.1 */
#define HEADER_BYTES 44
#define MAX_TYPES 256
#define TYPE_BYTES 6

/* RFC 8536, section 3.2: offsets SHOULD lie between -25 and +26 hours, both excluded. */
#define MIN_OFFSET_SEC (-89999)
#define MAX_OFFSET_SEC 93599

struct when_zone {
	size_t n_changes;
	int64_t *changes_sec; /* owned; rising; the local time type changes at each */
	int32_t *offsets_sec; /* owned; in force from the change of the same index on */
	int32_t first_offset_sec; /* in force before the first change */
	bool has_rule;
	struct when_rule rule; /* in force after the last change, if has_rule */
};

/* One half of a TZif file: a header's counts and the data block behind it. */
struct block {
	char version;
	uint64_t n_ut, n_std, n_leap, n_times, n_types, n_chars;
	uint64_t size; /* of the data block */
	const unsigned char *data; /* borrowed from the file */
};

static uint32_t read_be32(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

static int64_t read_be64(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return (int64_t)be64toh(v);
}

/* Reads the header at `p` and checks that its data block of times of `time_bytes` each lies within
 * the `len` bytes. The counts are 32 bits wide, so that the 64-bit sums cannot overflow. */
static bool read_block(const unsigned char *p, size_t len, uint64_t time_bytes, struct block *ret)
{
	if (len < HEADER_BYTES || memcmp(p, "TZif", 4) != 0)
		return false;

	struct block b = {
	    .version = (char)p[4],
	    .n_ut = read_be32(p + 20),
	    .n_std = read_be32(p + 24),
	    .n_leap = read_be32(p + 28),
	    .n_times = read_be32(p + 32),
	    .n_types = read_be32(p + 36),
	    .n_chars = read_be32(p + 40),
	    .data = p + HEADER_BYTES,
	};

	b.size = b.n_times * (time_bytes + 1) + b.n_types * TYPE_BYTES + b.n_chars +
	    b.n_leap * (time_bytes + 4) + b.n_std + b.n_ut;
	if (b.size > len - HEADER_BYTES)
		return false;
	*ret = b;
	return true;
}

/* Reads the offset of each local time type. */
static bool read_types(const struct block *b, int32_t offsets_sec[MAX_TYPES])
{
	const unsigned char *p = b->data + b->n_times * 9;

	for (size_t i = 0; i < b->n_types; i++, p += TYPE_BYTES) {
		offsets_sec[i] = (int32_t)read_be32(p);
		if (offsets_sec[i] < MIN_OFFSET_SEC || offsets_sec[i] > MAX_OFFSET_SEC)
			return false;
	}
	return true;
}

/* Fills the changes of `z`, for which there is room. */
static bool read_changes(
    const struct block *b, const int32_t type_offsets_sec[MAX_TYPES], struct when_zone *z)
{
	const unsigned char *types = b->data + b->n_times * 8;

	for (size_t i = 0; i < b->n_times; i++) {
		z->changes_sec[i] = read_be64(b->data + i * 8);
		if (types[i] >= b->n_types || (i > 0 && z->changes_sec[i] <= z->changes_sec[i - 1]))
			return false;
		z->offsets_sec[i] = type_offsets_sec[types[i]];
	}
	return true;
}

/* The footer: a TZ string between two newlines, which may be empty. */
static bool read_footer(const unsigned char *p, size_t len, struct when_zone *z)
{
	const unsigned char *end = len > 1 && p[0] == '\n' ? memchr(p + 1, '\n', len - 1) : NULL;

	if (!end)
		return false;

	size_t rule_len = (size_t)(end - p) - 1;

	z->has_rule = rule_len > 0;
	return !z->has_rule || when_rule_parse((const char *)p + 1, rule_len, &z->rule) == 0;
}

/* The sentence's end, or NULL where the counts are what a zone without leap seconds has. */
static const char *find_fault(const struct block *b)
{
	if (b->n_types < 1 || b->n_types > MAX_TYPES)
		return "has no sensible number of local time types";
	if ((b->n_ut != 0 && b->n_ut != b->n_types) || (b->n_std != 0 && b->n_std != b->n_types))
		return "has indicators that do not match its local time types";
	if (b->n_leap != 0)
		return "counts leap seconds, which are not served here";
	return NULL;
}

static struct when_zone *zone_alloc(size_t n_changes)
{
	struct when_zone *z = calloc(1, sizeof(*z));

	if (!z)
		return NULL;
	z->n_changes = n_changes;
	z->changes_sec = calloc(n_changes > 0 ? n_changes : 1, sizeof(*z->changes_sec));
	z->offsets_sec = calloc(n_changes > 0 ? n_changes : 1, sizeof(*z->offsets_sec));
	if (!z->changes_sec || !z->offsets_sec) {
		when_zone_free(z);
		return NULL;
	}
	return z;
}

/* Makes the zone of a second block that lies whole within the file, `rest` bytes behind it. */
static int zone_build(
    const struct block *b, size_t rest, struct when_zone **ret, struct mesh_err *err)
{
	int32_t type_offsets_sec[MAX_TYPES];
	const char *fault = find_fault(b);

	if (fault)
		return mesh_err_set(err, -EINVAL, "the time zone file %s", fault);

	struct when_zone *z = zone_alloc(b->n_times);

	if (!z)
		return mesh_err_nomem(err);
	if (!read_types(b, type_offsets_sec) || !read_changes(b, type_offsets_sec, z) ||
	    !read_footer(b->data + b->size, rest, z)) {
		when_zone_free(z);
		return mesh_err_set(err, -EINVAL, "the time zone file is damaged");
	}
	z->first_offset_sec = type_offsets_sec[0];
	*ret = z;
	return 0;
}

int when_zone_parse(const void *data, size_t len, struct when_zone **ret, struct mesh_err *err)
{
	const unsigned char *bytes = data;
	struct block old, b;

	if (!read_block(bytes, len, 4, &old))
		return mesh_err_set(err, -EINVAL, "not a whole TZif time zone file");
	if (old.version < '2')
		return mesh_err_set(
		    err, -EINVAL, "the time zone file has version 1, whose times end in 2038");

	size_t skip = HEADER_BYTES + old.size;

	if (!read_block(bytes + skip, len - skip, 8, &b))
		return mesh_err_set(err, -EINVAL, "not a whole TZif time zone file");
	return zone_build(&b, len - skip - HEADER_BYTES - b.size, ret, err);
}

void when_zone_free(struct when_zone *z)
{
	if (!z)
		return;
	free(z->changes_sec);
	free(z->offsets_sec);
	free(z);
}

/* Names become paths below the zoneinfo directory and must not leave it: no dots at all, no empty
 * part. */
static bool name_is_good(const char *name)
{
	static const char allowed[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
	size_t len = name ? strlen(name) : 0;

	return len > 0 && len <= MAX_NAME_BYTES && strspn(name, allowed) == len && name[0] != '/' &&
	    name[len - 1] != '/' && !strstr(name, "//");
}

/* Reads at most `cap` bytes. */
static int read_all(int fd, unsigned char *data, size_t cap, size_t *ret_len)
{
	size_t len = 0;

	while (len < cap) {
		ssize_t n = read(fd, data + len, cap - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*ret_len = len;
	return 0;
}

/* Opens a regular file of a size in bounds. -ENOENT also for a directory such as "Europe". */
static int open_zone(const char *path, size_t *ret_size)
{
	AUTOFD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return errno == ENOTDIR ? -ENOENT : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -ENOENT;
	if (!S_ISREG(st.st_mode) || st.st_size > MAX_FILE_BYTES)
		return -EINVAL;
	*ret_size = (size_t)st.st_size;
	return take_fd(&fd);
}

static int load(const char *path, struct when_zone **ret, struct mesh_err *err)
{
	size_t len = 0;
	AUTOFD int fd = open_zone(path, &len);

	if (fd < 0)
		return mesh_err_set(err, fd, "%s: %s", path, strerror(-fd));

	AUTOFREE unsigned char *data = malloc(len > 0 ? len : 1);

	if (!data)
		return mesh_err_nomem(err);

	int r = read_all(fd, data, len, &len);

	if (r < 0)
		return mesh_err_set(err, r, "%s: %s", path, strerror(-r));
	return when_zone_parse(data, len, ret, err);
}

static int make_utc(struct when_zone **ret, struct mesh_err *err)
{
	struct when_zone *z = zone_alloc(0);

	if (!z)
		return mesh_err_nomem(err);
	*ret = z;
	return 0;
}

int when_zone_new(const char *name, struct when_zone **ret, struct mesh_err *err)
{
	char path[sizeof(ZONEINFO_DIR) + 1 + MAX_NAME_BYTES];

	if (!name_is_good(name))
		return mesh_err_set(
		    err, -EINVAL, "\"%s\" cannot be the name of a time zone", name ? name : "");
	if (str_eq(name, "UTC"))
		return make_utc(ret, err);
	(void)snprintf(path, sizeof(path), "%s/%s", ZONEINFO_DIR, name);

	struct mesh_err why = {0};
	int r = load(path, ret, &why);

	if (r == -ENOENT)
		return mesh_err_set(err, r, "no time zone \"%s\" below %s (is tzdata installed?)",
		    name, ZONEINFO_DIR);
	if (r < 0)
		return mesh_err_set(err, r, "time zone \"%s\": %s", name, why.text);
	return 0;
}

/* The index of the last change at or before `utc_sec`, plus one; 0 where all are later. */
static size_t count_changes(const struct when_zone *z, int64_t utc_sec)
{
	size_t low = 0;
	size_t high = z->n_changes;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (z->changes_sec[mid] <= utc_sec)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* RFC 8536, section 3.2 (type 0 before the first change) and 3.3 (the footer after the last, or
 * always where there is none). */
static int32_t offset_sec(const struct when_zone *z, int64_t utc_sec)
{
	size_t n = z ? count_changes(z, utc_sec) : 0;

	if (!z)
		return 0;
	if (n == z->n_changes && z->has_rule)
		return when_rule_offset(&z->rule, utc_sec);
	return n > 0 ? z->offsets_sec[n - 1] : z->first_offset_sec;
}

void when_local(const struct when_zone *z, int64_t ns, struct when_local *ret)
{
	int64_t sec = ns / WHEN_NS_PER_SEC - (ns % WHEN_NS_PER_SEC < 0);

	sec += offset_sec(z, sec);

	int64_t days = sec / SEC_PER_DAY - (sec % SEC_PER_DAY < 0);

	ret->minute_of_day = (int)((sec - days * SEC_PER_DAY) / 60);
	ret->weekday = (int)(((days + 3) % 7 + 7) % 7) + 1; /* 1970-01-01 was a Thursday, 4 */
	when_civil(days, &ret->year, &ret->month, &ret->day);
}
