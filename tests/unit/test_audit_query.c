#include "tests/unit/audit_fixture.h"

/* Three records each. */
#define SMALL_FILES ((uint64_t)2000)

static const struct audit_filter everything = {.since_ns = WHEN_NONE};

/* Checks that the query gives the records with these epochs (= seq), in this order, and each as it stands. */
static void assert_found(
    struct fixture *f, const struct audit_filter *filter, size_t n, const uint64_t seqs[])
{
	struct buf out;
	struct mesh_err err = {0};
	struct chain_line l;

	buf_init(&out);
	buf_puts(&out, "kept\n");
	if (audit_query(f->dir, filter, &out, &err) < 0)
		fail_msg("%s", err.text);
	assert_memory_equal(out.data, "kept\n", 5);

	char *at = out.data + 5;

	for (size_t i = 0; i < n; i++) {
		size_t len = strcspn(at, "\n");

		assert_int_equal(at[len], '\n');
		assert_true(chain_parse(at, len, &l));
		assert_int_equal(l.self.seq, seqs[i]);
		at += len + 1;
	}
	assert_string_equal(at, "");
	buf_clear(&out);
}

#define FOUND(f, filter, ...)                                                     \
	do {                                                                      \
		const uint64_t seqs_[] = {__VA_ARGS__};                           \
		assert_found(f, filter, sizeof(seqs_) / sizeof(seqs_[0]), seqs_); \
	} while (0)

static void all_records(void **state)
{
	struct fixture *f = *state;
	struct buf out;
	size_t len;

	make_log(f, 7, SMALL_FILES);
	FOUND(f, &everything, 1, 2, 3, 4, 5, 6, 7);
	empty_dir(f);
	make_log(f, 7, 0);
	buf_init(&out);
	assert_int_equal(audit_query(f->dir, &everything, &out, NULL), 0);
	char *data = slurp(f, NAME_1, &len);

	assert_int_equal(out.len, len);
	assert_memory_equal(out.data, data, len);
	free(data);
	buf_clear(&out);
}

static void by_user(void **state)
{
	struct audit_filter filter = {.user = "u1", .since_ns = WHEN_NONE};

	make_log(*state, 8, SMALL_FILES);
	FOUND(*state, &filter, 1, 4, 7);
	filter.user = "u";
	assert_found(*state, &filter, 0, NULL);
	filter.user = "";
	assert_found(*state, &filter, 0, NULL);
}

static void by_product(void **state)
{
	struct audit_filter filter = {.product = "p/1", .since_ns = WHEN_NONE};

	make_log(*state, 6, SMALL_FILES);
	FOUND(*state, &filter, 1, 3, 5);
}

static void since(void **state)
{
	struct audit_filter filter = {.since_ns = 1700000004 * WHEN_NS_PER_SEC};

	make_log(*state, 6, SMALL_FILES);
	FOUND(*state, &filter, 4, 5, 6);
	filter.since_ns++;
	FOUND(*state, &filter, 5, 6);
	filter.since_ns = INT64_MAX;
	assert_found(*state, &filter, 0, NULL);
	filter.since_ns = INT64_MIN + 1;
	FOUND(*state, &filter, 1, 2, 3, 4, 5, 6);
}

static void denied_only(void **state)
{
	struct audit_filter filter = {.denied_only = true, .since_ns = WHEN_NONE};

	make_log(*state, 9, SMALL_FILES);
	FOUND(*state, &filter, 4, 8);
}

static void all_filters_at_once(void **state)
{
	struct audit_filter filter = {.user = "u2",
	    .product = "p/0",
	    .since_ns = 1700000009 * WHEN_NS_PER_SEC,
	    .denied_only = true,
	    .last = 1};

	make_log(*state, 40, SMALL_FILES);
	FOUND(*state, &filter, 32);
	filter.last = 0;
	FOUND(*state, &filter, 20, 32);
}

static void last_ones(void **state)
{
	struct audit_filter filter = {.since_ns = WHEN_NONE};

	make_log(*state, 7, SMALL_FILES);
	filter.last = 1;
	FOUND(*state, &filter, 7);
	filter.last = 2;
	FOUND(*state, &filter, 6, 7);
	filter.last = 4;
	FOUND(*state, &filter, 4, 5, 6, 7);
	filter.last = 6;
	FOUND(*state, &filter, 2, 3, 4, 5, 6, 7);
	filter.last = 7;
	FOUND(*state, &filter, 1, 2, 3, 4, 5, 6, 7);
	filter.last = 8;
	FOUND(*state, &filter, 1, 2, 3, 4, 5, 6, 7);
	filter.last = UINT64_MAX;
	FOUND(*state, &filter, 1, 2, 3, 4, 5, 6, 7);
	filter.user = "u0";
	filter.last = 2;
	FOUND(*state, &filter, 3, 6);
}

/* What a record says must not pass for a member of it. */
static void values_are_no_members(void **state)
{
	struct fixture *f = *state;
	struct audit *a = open_log(f, 0);
	struct sample s;
	struct audit_record r = *sample(&s, 1);
	const char *list[] = {"\",\"user\":\"eve\",\"", "x"};
	struct audit_filter filter = {.user = "eve", .since_ns = WHEN_NONE};

	r.exe = "x\",\"user\":\"eve\",\"product\":\"q\",\"decision\":\"deny\",\"";
	r.resource = ",\"user\":\"eve\",\"decision\":\"deny\",";
	r.columns = (struct strlist){list, 2};
	assert_int_equal(audit_append(a, &r, NULL), 0);
	audit_close(a);
	assert_found(f, &filter, 0, NULL);
	filter = (struct audit_filter){.product = "q", .since_ns = WHEN_NONE};
	assert_found(f, &filter, 0, NULL);
	filter = (struct audit_filter){.denied_only = true, .since_ns = WHEN_NONE};
	assert_found(f, &filter, 0, NULL);
	FOUND(f, &everything, 1);
}

static void unusual_user_is_found(void **state)
{
	static const char *const users[] = {"a\"b", "a\\", "\xc3\xa9\n", "uid:4711", "*"};
	struct fixture *f = *state;
	struct audit *a = open_log(f, 0);
	struct sample s;

	for (uint64_t i = 0; i < 5; i++) {
		struct audit_record r = *sample(&s, i + 1);

		r.user = users[i];
		assert_int_equal(audit_append(a, &r, NULL), 0);
	}
	audit_close(a);
	for (uint64_t i = 0; i < 5; i++) {
		struct audit_filter filter = {.user = users[i], .since_ns = WHEN_NONE};

		FOUND(f, &filter, i + 1);
	}
}

static void other_lines_are_passed_over(void **state)
{
	struct fixture *f = *state;
	struct audit_filter filter = {.since_ns = WHEN_NONE, .last = 2};
	char *garbage = malloc(CHAIN_LINE_MAX_BYTES + 1);
	char *line;

	make_log(f, 3, 0);
	struct text t = read_text(f, NAME_1);

	memset(garbage, 'g', CHAIN_LINE_MAX_BYTES);
	garbage[CHAIN_LINE_MAX_BYTES] = '\0';
	/* The end of the line that is too long is a record, and yet none. */
	assert_true(asprintf(&line, "hello\n\n{}\n%s%s%s", t.line[1], garbage, t.line[0]) > 0);
	free(t.line[1]);
	t.line[1] = line;
	t.line[t.len++] = strdup("{\"seq\":4,\"torn");
	write_text(f, NAME_1, &t);
	free(garbage);
	FOUND(f, &everything, 1, 2, 3);
	FOUND(f, &filter, 2, 3);
}

static void empty_log(void **state)
{
	struct audit_filter filter = {.since_ns = WHEN_NONE, .last = 3};

	assert_found(*state, &everything, 0, NULL);
	assert_found(*state, &filter, 0, NULL);
	make_log(*state, 0, 0);
	assert_found(*state, &everything, 0, NULL);
}

static void missing_directory(void **state)
{
	struct mesh_err err = {0};
	struct buf out;

	(void)state;
	buf_init(&out);
	assert_int_equal(audit_query("/nonexistent/audit", &everything, &out, &err), -ENOENT);
	assert_non_null(strstr(err.text, "/nonexistent/audit"));
	assert_int_equal(out.len, 0);
}

static void full_buffer_is_an_error(void **state)
{
	struct mesh_err err = {0};
	struct buf out;

	make_log(*state, 3, 0);
	buf_init(&out);
	out.error = -ENOMEM;
	assert_int_equal(
	    audit_query(((struct fixture *)*state)->dir, &everything, &out, &err), -ENOMEM);
	buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    AUDIT_TEST(all_records),
	    AUDIT_TEST(by_user),
	    AUDIT_TEST(by_product),
	    AUDIT_TEST(since),
	    AUDIT_TEST(denied_only),
	    AUDIT_TEST(all_filters_at_once),
	    AUDIT_TEST(last_ones),
	    AUDIT_TEST(values_are_no_members),
	    AUDIT_TEST(unusual_user_is_found),
	    AUDIT_TEST(other_lines_are_passed_over),
	    AUDIT_TEST(empty_log),
	    AUDIT_TEST(missing_directory),
	    AUDIT_TEST(full_buffer_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
