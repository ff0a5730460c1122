/*
 * Any bytes as a JSON Lines file. What is rendered raw must read back as the very same file, and
 * hold a whole JSON value in each line.
 */

#include "fs/table/json_scan.h"
#include "tests/unit/table_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct column columns[] = {
    {.name = "a", .logical_type = "string"},
    {.name = "b.c", .logical_type = "integer"},
    {.name = "b.d.e", .logical_type = "number", .physical_name = "f"},
    {.name = "g", .logical_type = "boolean"},
    {.name = "h", .logical_type = "array"},
    {.name = "i", .logical_type = "timestamp"},
    {.name = "j"},
};
static const struct object object = {.name = "t", .columns = columns, .columns_len = 7};

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* NULL: refused. */
static char *render(struct rendering *r, size_t *ret_len)
{
	int in = memfd_create("in", MFD_CLOEXEC), out = memfd_create("out", MFD_CLOEXEC);
	struct table_source *s;
	char *text = NULL;
	off_t size;
	int rc;

	must(in >= 0 && out >= 0 && write(in, r->data, r->len) == (ssize_t)r->len);
	must(source_text_open(in, "t.jsonl", &object, &s, &r->err) == 0);
	rc = fixture_run(r, s, out);
	s->ops->close(s);
	size = lseek(out, 0, SEEK_END);
	if (rc == 0) {
		text = malloc((size_t)size + 1);
		must(text && pread(out, text, (size_t)size, 0) == size);
		text[size] = '\0';
		*ret_len = (size_t)size;
	} else {
		must(r->err.code == rc);
	}
	close(in);
	close(out);
	return text;
}

static void check_lines(const char *text, size_t len)
{
	const char *end = text + len;

	must(str_is_utf8(text, len));
	while (text < end) {
		const char *lf = memchr(text, '\n', (size_t)(end - text));

		must(lf && json_scan_is_value(text, (size_t)(lf - text)));
		text = lf + 1;
	}
}

/* Through masks of every kind: nothing but whole lines comes out. */
static void masked(const uint8_t *data, size_t size)
{
	struct view_column shown[7] = {0};
	const struct view view = {.columns = shown, .columns_len = 7};
	struct rendering r = {
	    .data = (const char *)data, .len = size, .view = &view, .format = TABLE_JSONL};
	size_t len;
	char *text;

	for (size_t i = 0; i < 7; i++)
		shown[i].name = columns[i].name;
	shown[0].mask = (struct mask){.fn = MASK_EMAIL};
	shown[1].mask = (struct mask){.fn = MASK_BUCKET, .width = 7};
	shown[2].mask = (struct mask){.fn = MASK_ROUND, .to = 3};
	shown[5].mask = (struct mask){.fn = MASK_DATE_TRUNCATE, .unit = UNIT_QUARTER};
	shown[6].mask = (struct mask){.fn = MASK_PARTIAL, .keep_first = 1, .keep_last = 1};
	text = render(&r, &len);
	if (text)
		check_lines(text, len);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rendering r = {.data = (const char *)data, .len = size, .format = TABLE_JSONL};
	size_t len, again_len;
	char *text = render(&r, &len), *again;

	masked(data, size);
	if (!text)
		return 0;
	check_lines(text, len);
	r = (struct rendering){.data = text, .len = len, .format = TABLE_JSONL};
	again = render(&r, &again_len);
	must(again && again_len == len && memcmp(text, again, len) == 0);
	free(again);
	free(text);
	return 0;
}
