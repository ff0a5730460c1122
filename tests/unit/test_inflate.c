/* Files are made with gzip(1) and zstd(1)'s libraries, through the same headers as the code under
 * test. */
#include <stdio.h>
#include <zlib.h>
#include <zstd.h>

#include "fs/table/feed.h"
#include "tests/lib/oom.h"
#include "tests/unit/table_fixture.h"

#define ROWS 20000

struct bytes {
	char *data;
	size_t len;
};

static struct bytes a_table(void)
{
	struct bytes b = {.data = malloc(ROWS * 32)};
	char *p = b.data;

	assert_non_null(p);
	p = stpcpy(p, "id,name\n");
	for (int i = 0; i < ROWS; i++)
		p += sprintf(p, "%d,name %d\n", i, i * 7919 % 1000);
	b.len = (size_t)(p - b.data);
	return b;
}

/* Appends one gzip member to `out`. */
static void gzip(struct buf *out, const char *data, size_t len)
{
	z_stream z = {0};
	size_t cap;
	char *packed;

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	cap = deflateBound(&z, len) + 64;
	packed = malloc(cap);
	z.next_in = (Bytef *)data;
	z.avail_in = (uInt)len;
	z.next_out = (Bytef *)packed;
	z.avail_out = (uInt)cap;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	buf_add(out, packed, cap - z.avail_out);
	assert_int_equal(deflateEnd(&z), Z_OK);
	free(packed);
}

static void zstd(struct buf *out, const char *data, size_t len, int window_log)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	size_t cap = ZSTD_compressBound(len), n;
	char *packed = malloc(cap);

	assert_true(c && packed);
	if (window_log > 0) {
		ZSTD_inBuffer in = {data, len, 0};
		ZSTD_outBuffer o = {packed, cap, 0};

		assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, window_log)));
		assert_int_equal(ZSTD_compressStream2(c, &o, &in, ZSTD_e_flush), 0);
		assert_int_equal(ZSTD_compressStream2(c, &o, &in, ZSTD_e_end), 0);
		n = o.pos;
	} else {
		n = ZSTD_compress2(c, packed, cap, data, len);
	}
	assert_false(ZSTD_isError(n));
	buf_add(out, packed, n);
	ZSTD_freeCCtx(c);
	free(packed);
}

static void check(const char *name, const struct buf *packed, const struct bytes *want)
{
	struct rendering r = {.name = name, .data = packed->data, .len = packed->len};
	int rc;
	char *got = fixture_render(&r, &rc);

	if (rc < 0)
		fail_msg("%s", r.err.text);
	assert_string_equal(got, want->data);
	free(got);
}

static void check_bad(const char *name, const struct buf *packed, size_t len, const char *part)
{
	check_refused(
	    (struct rendering){.name = name, .data = packed->data, .len = len}, -EINVAL, part);
}

static void gzip_members(void **state)
{
	struct bytes table = a_table();
	struct buf packed;

	(void)state;
	buf_init(&packed);
	gzip(&packed, table.data, table.len);
	check("t.csv.gz", &packed, &table);
	buf_reset(&packed);
	gzip(&packed, table.data, 1001);
	gzip(&packed, "", 0);
	gzip(&packed, table.data + 1001, table.len - 1001);
	check("t.csv.gz", &packed, &table);
	buf_add(&packed, "\0\0\0\0\0", 5);
	check("t.CSV.GZ", &packed, &table);
	buf_clear(&packed);
	free(table.data);
}

static void gzip_damaged(void **state)
{
	struct bytes table = a_table();
	struct buf packed;

	(void)state;
	buf_init(&packed);
	gzip(&packed, table.data, table.len);
	check_bad("t.csv.gz", &packed, packed.len - 1, "ends too early");
	check_bad("t.csv.gz", &packed, packed.len / 2, "ends too early");
	check_bad("t.csv.gz", &packed, 5, "ends too early");
	packed.data[packed.len - 6] ^= 1; /* the checksum */
	check_bad("t.csv.gz", &packed, packed.len, "not a sound gzip file");
	packed.data[packed.len - 6] ^= 1;
	buf_addc(&packed, 'x');
	check_bad("t.csv.gz", &packed, packed.len, "ends too early");
	buf_puts(&packed, "xxxxxxxxxxxxxxxxxx");
	check_bad("t.csv.gz", &packed, packed.len, "not a sound gzip file");
	check_bad("t.csv.zst", &packed, packed.len, "not a sound zstd file");
	buf_reset(&packed);
	buf_puts(&packed, "a,b\n1,2\n");
	check_bad("t.csv.gz", &packed, packed.len, "not a sound gzip file");
	buf_clear(&packed);
	free(table.data);
}

static void zstd_frames(void **state)
{
	static const char skippable[] = "\x50\x2a\x4d\x18\x04\x00\x00\x00"
					"note";
	struct bytes table = a_table();
	struct buf packed;

	(void)state;
	buf_init(&packed);
	zstd(&packed, table.data, table.len, 0);
	check("t.csv.zst", &packed, &table);
	buf_reset(&packed);
	buf_add(&packed, skippable, sizeof(skippable) - 1);
	zstd(&packed, table.data, 1001, 0);
	zstd(&packed, table.data + 1001, table.len - 1001, 0);
	buf_add(&packed, skippable, sizeof(skippable) - 1);
	check("t.csv.zst", &packed, &table);
	buf_clear(&packed);
	free(table.data);
}

static void zstd_damaged(void **state)
{
	struct bytes table = a_table();
	struct buf packed;

	(void)state;
	buf_init(&packed);
	zstd(&packed, table.data, table.len, 0);
	check_bad("t.csv.zst", &packed, packed.len - 1, "ends too early");
	check_bad("t.csv.zst", &packed, 3, "ends too early");
	buf_puts(&packed, "xxxxxxxxxx");
	check_bad("t.csv.zst", &packed, packed.len, "not a sound zstd file");
	buf_clear(&packed);
	free(table.data);
}

/* A frame may ask for a window of gigabytes: memory is for 8 MiB. */
static void zstd_window(void **state)
{
	struct bytes table = a_table();
	struct buf packed;

	(void)state;
	buf_init(&packed);
	zstd(&packed, table.data, table.len, 23);
	check("t.csv.zst", &packed, &table);
	buf_reset(&packed);
	zstd(&packed, table.data, table.len, 24);
	check_bad("t.csv.zst", &packed, packed.len, "too much memory");
	buf_clear(&packed);
	free(table.data);
}

static void empty(void **state)
{
	int fd = fixture_file("", 0);
	struct table_source *s;
	struct mesh_err err;

	(void)state;
	assert_int_equal(source_text_open(fd, "t.csv.gz", NULL, &s, &err), -EINVAL);
	assert_non_null(strstr(err.text, "empty"));
	assert_int_equal(source_text_open(fd, "t.csv.zst", NULL, &s, &err), -EINVAL);
	assert_int_equal(source_text_open(fd, "t.csv", NULL, &s, &err), 0);
	assert_int_equal(s->schema.len, 0);
	s->ops->close(s);
	close(fd);
}

static int render_once(void *arg)
{
	struct rendering *r = arg;
	int rc;

	free(fixture_render(r, &rc));
	return rc;
}

static void memory_runs_out(void **state)
{
	struct rendering r = {.name = "t.csv.gz"};
	struct buf packed;

	(void)state;
	buf_init(&packed);
	gzip(&packed, "a,b\n1,2\n", 8);
	r.data = packed.data;
	r.len = packed.len;
	oom_sweep(render_once, &r, 200);
	buf_reset(&packed);
	zstd(&packed, "a,b\n1,2\n", 8, 0);
	r.name = "t.csv.zst";
	r.data = packed.data;
	r.len = packed.len;
	oom_sweep(render_once, &r, 200);
	buf_clear(&packed);
}

/* Also where long nothing comes out of what goes in: frames that hold no table. */
static void cancelled(void **state)
{
	static const char skippable[] = "\x50\x2a\x4d\x18\x00\x00\x00\x00";
	struct buf packed;
	atomic_bool cancel;
	struct mesh_err err;
	struct stat st;
	struct feed *f;
	char data[64];
	int fd;

	(void)state;
	buf_init(&packed);
	for (int i = 0; i < 100000; i++)
		buf_add(&packed, skippable, sizeof(skippable) - 1);
	zstd(&packed, "a,b\n", 4, 0);
	fd = fixture_file(packed.data, packed.len);
	atomic_init(&cancel, false);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(feed_open(fd, FEED_ZSTD, &st, &f, &err), 0);
	feed_watch(f, &cancel);
	assert_int_equal(feed_read(f, data, sizeof(data), &err), 4);
	feed_close(f);
	assert_int_equal(feed_open(fd, FEED_ZSTD, &st, &f, &err), 0);
	feed_watch(f, &cancel);
	atomic_store(&cancel, true);
	assert_int_equal(feed_read(f, data, sizeof(data), &err), -EINTR);
	feed_close(f);
	close(fd);
	buf_clear(&packed);
}

/* A feed cannot be told from its reads that the bytes under it were replaced by as many others; the
 * times tell. */
static void replaced(void **state)
{
	const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
	int fd = fixture_file("a,b\n1,2\n", 8);
	struct feed *f;
	struct stat st;
	struct mesh_err err = {0};
	char data[64];

	(void)state;
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(feed_open(fd, FEED_PLAIN, &st, &f, &err), 0);
	assert_int_equal(feed_read(f, data, sizeof(data), &err), 8);
	assert_int_equal(feed_read(f, data, sizeof(data), &err), 0);
	assert_int_equal(futimens(fd, times), 0);
	assert_int_equal(feed_read(f, data, sizeof(data), &err), -ESTALE);
	feed_close(f);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gzip_members),
	    cmocka_unit_test(gzip_damaged),
	    cmocka_unit_test(zstd_frames),
	    cmocka_unit_test(zstd_damaged),
	    cmocka_unit_test(zstd_window),
	    cmocka_unit_test(empty),
	    cmocka_unit_test(memory_runs_out),
	    cmocka_unit_test(cancelled),
	    cmocka_unit_test(replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
