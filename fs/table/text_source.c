#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "catalog/base/digest.h"
#include "fs/table/csv.h"
#include "fs/table/jsonl.h"
#include "fs/table/source.h"

#define COLUMNS_MAX 16384

enum text_format { TEXT_NONE, TEXT_CSV, TEXT_JSONL };

struct text_source {
	struct table_source base;
	int fd; /* borrowed */
	enum text_format format;
	enum feed_kind kind;
	struct stat opened;
	char delimiter;
	const struct object *object; /* JSON Lines; borrowed */
};

static struct text_source *self(struct table_source *s)
{
	return (struct text_source *)s;
}

/* ---- names ---- */

/* True where the first `*len` bytes of the name end so and there is more before it; takes the
 * ending off. */
static bool take_ending(const char *name, size_t *len, const char *ending)
{
	size_t n = strlen(ending);

	if (*len <= n || strncasecmp(name + *len - n, ending, n) != 0)
		return false;
	*len -= n;
	return true;
}

static enum text_format format_of(const char *name, enum feed_kind *ret_kind, char *ret_delimiter)
{
	size_t len = strlen(name);
	const char *slash = strrchr(name, '/');

	/* ".csv" is a hidden file, not one of a format. */
	if (slash) {
		len -= (size_t)(slash + 1 - name);
		name = slash + 1;
	}
	*ret_delimiter = '\0';
	*ret_kind = take_ending(name, &len, ".gz") ? FEED_GZIP
	    : take_ending(name, &len, ".zst")      ? FEED_ZSTD
						   : FEED_PLAIN;
	if (take_ending(name, &len, ".csv"))
		return TEXT_CSV;
	if (take_ending(name, &len, ".tsv") || take_ending(name, &len, ".tab")) {
		*ret_delimiter = '\t';
		return TEXT_CSV;
	}
	if (take_ending(name, &len, ".jsonl") || take_ending(name, &len, ".ndjson"))
		return TEXT_JSONL;
	return TEXT_NONE;
}

int source_text_format(const char *name)
{
	enum feed_kind kind;
	char delimiter;

	switch (format_of(name, &kind, &delimiter)) {
	case TEXT_CSV:
		return delimiter ? TABLE_TSV : TABLE_CSV;
	case TEXT_JSONL:
		return TABLE_JSONL;
	case TEXT_NONE:
		break;
	}
	return -1;
}

bool source_is_text_table(const char *name)
{
	return source_text_format(name) >= 0;
}

/* ---- reading ---- */

static int new_reader(struct text_source *s, const struct table_request *rq,
    struct table_schema schema, struct table_reader **ret, struct mesh_err *err)
{
	struct csv_reader_options csv = {.delimiter = s->delimiter,
	    .fields_len = s->base.schema.len,
	    .wanted = rq->columns,
	    .schema = schema,
	    .cancel = rq->cancel};
	struct jsonl_reader_options jsonl = {
	    .object = s->object, .wanted = rq->columns, .schema = schema, .cancel = rq->cancel};
	struct feed *feed = NULL;
	int rc = feed_open(s->fd, s->kind, &s->opened, &feed, err);

	(void)posix_fadvise(s->fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* a hint */
	csv.take_feed = jsonl.take_feed = feed;
	if (rc == 0)
		rc = s->format == TEXT_CSV ? csv_reader_new(&csv, ret, err)
					   : jsonl_reader_new(&jsonl, ret, err);
	return rc;
}

static int read_rows(struct table_source *base, const struct table_request *rq,
    struct table_reader **ret, struct mesh_err *err)
{
	struct text_source *s = self(base);
	struct table_schema schema = {.len = rq->columns_len};

	schema.columns = arena_array(&base->arena, rq->columns_len, sizeof(*schema.columns));
	if (!schema.columns)
		return mesh_err_nomem(err);
	for (size_t i = 0; i < rq->columns_len; i++)
		schema.columns[i] = base->schema.columns[rq->columns[i]];
	return new_reader(s, rq, schema, ret, err);
}

static void source_close(struct table_source *base)
{
	arena_clear(&base->arena);
	free(self(base));
}

static const struct table_source_ops ops = {.read = read_rows, .close = source_close};

/* ---- opening ---- */

static int csv_schema(struct text_source *s, const struct csv_header *h, struct mesh_err *err)
{
	struct table_schema *schema = &s->base.schema;

	if (h->len > COLUMNS_MAX)
		return mesh_err_set(err, -EINVAL, "more than %d columns", COLUMNS_MAX);
	s->delimiter = s->base.delimiter = h->delimiter;
	schema->columns = arena_array(&s->base.arena, h->len, sizeof(*schema->columns));
	if (!schema->columns)
		return mesh_err_nomem(err);
	for (size_t i = 0; i < h->len; i++)
		schema->columns[i] = (struct table_column){
		    .name = h->names[i], .source_name = h->names[i]};
	schema->len = h->len;
	return 0;
}

static int open_csv(
    struct text_source *s, char delimiter, const struct object *object, struct mesh_err *err)
{
	struct csv_header h;
	struct window w;
	struct feed *feed;
	int rc = feed_open(s->fd, s->kind, &s->opened, &feed, err);

	if (rc == 0)
		rc = window_init(&w, feed, NULL, CSV_HEADER_MAX, err);
	if (rc < 0)
		return rc;
	rc = csv_header_read(&w, delimiter, &s->base.arena, &h, err);
	window_clear(&w);
	if (rc == 0)
		rc = csv_schema(s, &h, err);
	if (rc == 0)
		source_apply_contract(&s->base.schema, object);
	return rc;
}

static int open_jsonl(struct text_source *s, const struct object *object, struct mesh_err *err)
{
	struct table_schema *schema = &s->base.schema;

	if (!object || object->columns_len == 0)
		return mesh_err_set(err, -EOPNOTSUPP,
		    "the columns of JSON Lines are those of a contract, and there is none");
	schema->columns = arena_array(
	    &s->base.arena, object->columns_len, sizeof(*schema->columns));
	if (!schema->columns)
		return mesh_err_nomem(err);
	s->object = object;
	for (size_t i = 0; i < object->columns_len; i++) {
		const struct column *c = &object->columns[i];

		schema->columns[i] = (struct table_column){.name = c->name,
		    .source_name = c->physical_name ? c->physical_name : c->name,
		    .logical_type = c->logical_type};
	}
	schema->len = object->columns_len;
	return 0;
}

static int open_table(
    struct text_source *s, char delimiter, const struct object *object, struct mesh_err *err)
{
	int rc = 0;

	if (s->format == TEXT_CSV)
		rc = open_csv(s, delimiter, object, err);
	if (s->format == TEXT_JSONL)
		rc = open_jsonl(s, object, err);
	return rc;
}

/* Equal only for files that nobody wrote to in between. */
static int set_version(struct text_source *s, struct mesh_err *err)
{
	const struct stat *st = &s->opened;
	const long long numbers[] = {(long long)st->st_dev, (long long)st->st_ino,
	    (long long)st->st_size, st->st_mtim.tv_sec, st->st_mtim.tv_nsec, st->st_ctim.tv_sec,
	    st->st_ctim.tv_nsec, s->format, s->kind, s->delimiter};

	if (digest_hex(numbers, sizeof(numbers), s->base.version) < 0)
		return mesh_err_nomem(err);
	return 0;
}

int source_text_open_with(
    const struct source_text_options *opt, struct table_source **ret, struct mesh_err *err)
{
	struct text_source *s = calloc(1, sizeof(*s));
	char delimiter;
	int rc = 0;

	if (!s)
		return mesh_err_nomem(err);
	s->base.ops = &ops;
	s->fd = opt->fd;
	arena_init(&s->base.arena);
	s->format = format_of(opt->name, &s->kind, &delimiter);
	if (opt->delimiter)
		delimiter = opt->delimiter;
	if (s->format == TEXT_NONE)
		rc = mesh_err_set(err, -EOPNOTSUPP, "not a table that can be read: %s", opt->name);
	else if (fstat(opt->fd, &s->opened) < 0)
		rc = mesh_err_set(err, -errno, "%s", strerror(errno));
	if (rc == 0)
		rc = open_table(s, delimiter, opt->object, err);
	if (rc == 0)
		rc = set_version(s, err);
	if (rc < 0) {
		source_close(&s->base);
		return rc;
	}
	*ret = &s->base;
	return 0;
}

static const char *const unknown[] = {"*"};

int source_text_columns(const struct source_text_options *opt, struct arena *a, struct strlist *ret)
{
	struct table_source *s = NULL;
	int rc = source_text_open_with(opt, &s, NULL);
	bool csv = rc == 0 && ((struct text_source *)s)->format == TEXT_CSV;
	size_t len = csv ? s->schema.len : 0;
	const char **names = arena_array(a, len, sizeof(*names));
	bool nomem = rc == -ENOMEM || !names;

	for (size_t i = 0; !nomem && i < len; i++) {
		names[i] = arena_strdup(a, s->schema.columns[i].name);
		nomem |= !names[i];
	}
	if (s)
		source_close(s);
	if (nomem)
		return -ENOMEM;
	*ret = csv ? (struct strlist){.items = names, .len = len}
		   : (struct strlist){.items = (const char **)unknown, .len = 1};
	return 0;
}

int source_text_open(int fd, const char *name, const struct object *object,
    struct table_source **ret, struct mesh_err *err)
{
	return source_text_open_with(
	    &(struct source_text_options){.fd = fd, .name = name, .object = object}, ret, err);
}
