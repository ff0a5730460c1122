/*
 * Any bytes as a CSV file, plain or compressed; the first byte says which, and the delimiter. What
 * is rendered raw must read back as the very same file; what is rendered through masks and filters
 * must hold no row of which the filter knows that it is hidden, and no column more than the view
 * has.
 */

#include "tests/unit/table_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"t.csv", "t.csv", "t.csv.gz", "t.csv.zst", "t.tsv"};

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* NULL: refused. */
static char *render(struct rendering *r, size_t *ret_len)
{
	int in = memfd_create("in", MFD_CLOEXEC), out = memfd_create("out", MFD_CLOEXEC);
	struct source_text_options opt = {in, r->name, r->delimiter, NULL};
	struct table_source *s;
	char *text = NULL;
	off_t size;
	int rc;

	must(in >= 0 && out >= 0 && write(in, r->data, r->len) == (ssize_t)r->len);
	rc = source_text_open_with(&opt, &s, &r->err);
	if (rc == 0) {
		rc = s->schema.len > FIXTURE_COLUMNS ? -E2BIG : fixture_run(r, s, out);
		s->ops->close(s);
	}
	size = lseek(out, 0, SEEK_END);
	if (rc == 0) {
		text = malloc((size_t)size + 1);
		must(text && pread(out, text, (size_t)size, 0) == size);
		text[size] = '\0';
		*ret_len = (size_t)size;
	} else {
		must(rc == -E2BIG || r->err.code == rc);
	}
	close(in);
	close(out);
	return text;
}

static void raw(const uint8_t *data, size_t size, const char *name, char delimiter)
{
	struct rendering r = {
	    .name = name, .data = (const char *)data, .len = size, .delimiter = delimiter};
	size_t len, again_len;
	char *text = render(&r, &len), *again;

	if (!text)
		return;
	/* Told the delimiter: names may suggest another. */
	r = (struct rendering){.name = "t.csv", .data = text, .len = len, .delimiter = ','};
	again = render(&r, &again_len);
	must(again && again_len == len && memcmp(text, again, len) == 0);
	free(again);
	free(text);
}

static void viewed(const uint8_t *data, size_t size, const char *name, char delimiter)
{
	const struct cond shown = {.kind = COND_ATOM,
	    .left = {OPERAND_ROW, "a"},
	    .op = OP_NE,
	    .literal = {.type = VALUE_STRING, .s = "secret"}};
	const struct cond *list[] = {&shown};
	struct view_column columns[3] = {{.name = "a"},
	    {.name = "b", .mask = {.fn = MASK_HASH, .length = 8}},
	    {.name = "c", .mask = {.fn = MASK_PARTIAL, .keep_first = 1}}};
	const struct view view = {.columns = columns,
	    .columns_len = 3,
	    .limit = 100,
	    .min_group = delimiter == '|' ? 2 : 0};
	struct rendering r = {.name = name,
	    .data = (const char *)data,
	    .len = size,
	    .delimiter = delimiter,
	    .view = &view,
	    .format = TABLE_JSONL};
	size_t len;
	char *text;

	for (size_t i = 0; i < 3; i++)
		columns[i].rows = (struct row_filter){.restricts = list, .restricts_len = 1};
	text = render(&r, &len);
	if (text)
		must(!strstr(text, "{\"a\":\"secret\"") && !strstr(text, "\"a\":null"));
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *name;
	char delimiter;

	if (size < 1)
		return 0;
	name = names[data[0] % 5];
	delimiter = "\0,;|\t"[data[0] / 5 % 5];
	raw(data + 1, size - 1, name, delimiter);
	viewed(data + 1, size - 1, name, delimiter);
	return 0;
}
