#include "tests/unit/audit_fixture.h"

#include <pthread.h>
#include <sys/wait.h>

/* Three records of sample() each. */
#define SMALL_FILES ((uint64_t)2000)

#define NAME_4 "audit-0000000004.jsonl"

static struct json *parse_line(const char *line)
{
	struct json *root = NULL;
	struct mesh_err err = {0};

	if (json_parse(line, strlen(line), &root, &err) < 0)
		fail_msg("%s: %s", err.text, line);
	return root;
}

/* Appends one record to a new log and returns its line. */
static char *line_of(struct fixture *f, const struct audit_record *r)
{
	struct audit *a = open_log(f, 0);
	size_t len;

	assert_int_equal(audit_append(a, r, NULL), 0);
	audit_close(a);
	return slurp(f, NAME_1, &len);
}

static void assert_texts(const struct json *root, const char *key, size_t n, const char *second)
{
	const struct json *list = json_get(root, key);

	assert_non_null(list);
	assert_int_equal(json_len(list), n);
	if (n > 1)
		assert_string_equal(json_text(json_at(list, 1)), second);
}

static void each_field_is_recorded(void **state)
{
	const char *groups[] = {"x", "y\"\n\xe2\x82\xac"}, *columns[] = {"x", "c"},
		   *rules[] = {"x", "mesh:r"}, *masks[] = {"x", "m"}, *filters[] = {"x", "f"};
	const struct audit_record r = {
	    .time_ns = 1700000000123456789,
	    .uid = 4294967294,
	    .user = "ann \"\\\n",
	    .groups = {groups, 2},
	    .pid = 17,
	    .exe = "/bin/c\xff",
	    .host = "h",
	    .purpose = "billing",
	    .break_glass = true,
	    .action = "read",
	    .resource = "sales/orders/data/a b",
	    .product = "sales/orders",
	    .columns = {columns, 2},
	    .decision = "deny",
	    .rules = {rules, 2},
	    .masks = {masks, 2},
	    .row_filters = {filters, 2},
	    .epoch = 9007199254740991,
	    .error = 13,
	    .reason = "needs a filtered view",
	};
	char *line = line_of(*state, &r);
	struct json *j = parse_line(line);

	assert_int_equal(json_int(json_get(j, "seq"), -1), 1);
	assert_string_equal(json_text(json_get(j, "time")), "2023-11-14T22:13:20.123456789Z");
	assert_int_equal(json_int(json_get(j, "uid"), -1), 4294967294);
	assert_string_equal(json_text(json_get(j, "user")), "ann \"\\\n");
	assert_int_equal(json_int(json_get(j, "pid"), -1), 17);
	assert_string_equal(json_text(json_get(j, "exe")), "/bin/c\xef\xbf\xbd");
	assert_string_equal(json_text(json_get(j, "host")), "h");
	assert_string_equal(json_text(json_get(j, "purpose")), "billing");
	assert_true(json_bool(json_get(j, "breakGlass")));
	assert_string_equal(json_text(json_get(j, "action")), "read");
	assert_string_equal(json_text(json_get(j, "resource")), "sales/orders/data/a b");
	assert_string_equal(json_text(json_get(j, "product")), "sales/orders");
	assert_string_equal(json_text(json_get(j, "decision")), "deny");
	assert_int_equal(json_int(json_get(j, "epoch"), -1), 9007199254740991);
	assert_int_equal(json_int(json_get(j, "errno"), -1), 13);
	assert_string_equal(json_text(json_get(j, "reason")), "needs a filtered view");
	assert_texts(j, "groups", 2, groups[1]);
	assert_texts(j, "columns", 2, columns[1]);
	assert_texts(j, "rules", 2, rules[1]);
	assert_texts(j, "masks", 2, masks[1]);
	assert_texts(j, "rowFilters", 2, filters[1]);
	json_free(j);
	free(line);
}

static void what_is_missing_is_null(void **state)
{
	static const char *const nulls[] = {"uid", "user", "exe", "host", "purpose", "action",
	    "resource", "product", "decision", "reason"};
	static const char *const lists[] = {"groups", "columns", "rules", "masks", "rowFilters"};
	const struct audit_record r = {.uid = -1, .pid = -5};
	char *line = line_of(*state, &r);
	struct json *j = parse_line(line);
	char member[64];

	for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++) {
		(void)snprintf(member, sizeof(member), ",\"%s\":null", nulls[i]);
		assert_non_null(strstr(line, member));
	}
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		assert_texts(j, lists[i], 0, NULL);
	assert_non_null(strstr(line, ",\"breakGlass\":false,"));
	assert_int_equal(json_int(json_get(j, "pid"), 0), -5);
	assert_string_equal(json_text(json_get(j, "time")), "1970-01-01T00:00:00.000000000Z");
	json_free(j);
	free(line);
}

/* The first sequence number of a record is 1, each names the hash of the one before. */
static void chain_goes_on_over_restarts(void **state)
{
	struct fixture *f = *state;

	for (uint64_t i = 1; i <= 5; i++) {
		struct audit *a = open_log(f, 0);

		append(a, 2 * i - 1, 2 * i);
		audit_close(a);
	}
	assert_sound(f, 10);
	struct text t = read_text(f, NAME_1);

	assert_int_equal(t.len, 10);
	write_text(f, NAME_1, &t);
}

static void chain_goes_on_over_files(void **state)
{
	struct fixture *f = *state;
	struct chain_line last, first;

	make_log(f, 4, SMALL_FILES);
	struct text before = read_text(f, NAME_1), after = read_text(f, NAME_4);

	assert_int_equal(before.len, 3);
	assert_true(chain_parse(before.line[2], strlen(before.line[2]) - 1, &last));
	assert_true(chain_parse(after.line[0], strlen(after.line[0]) - 1, &first));
	assert_int_equal(first.self.seq, 4);
	assert_string_equal(first.prev, last.self.hash);
	write_text(f, NAME_1, &before);
	write_text(f, NAME_4, &after);
}

static void line_larger_than_a_file_gets_one(void **state)
{
	struct fixture *f = *state;

	make_log(f, 3, 10);
	struct audit_verdict v = verify(f);

	assert_true(v.ok);
	assert_int_equal(v.files, 3);
}

static void files_are_private(void **state)
{
	static const char *const names[] = {NAME_1, "head", "lock"};
	struct fixture *f = *state;
	char sub[600];
	struct audit_options opt = {.dir = sub};
	struct audit *a = NULL;
	struct stat st;
	mode_t mask = umask(0);

	make_log(f, 1, 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(stat(path_of(f, names[i]), &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
	}
	(void)snprintf(sub, sizeof(sub), "%s/.deep/er/", f->dir);
	assert_int_equal(audit_open(&opt, &a, NULL), 0);
	audit_close(a);
	assert_int_equal(stat(sub, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	(void)umask(mask);
	(void)unlink(path_of(f, ".deep/er/head"));
	(void)unlink(path_of(f, ".deep/er/lock"));
	assert_int_equal(rmdir(path_of(f, ".deep/er")), 0);
	assert_int_equal(rmdir(path_of(f, ".deep")), 0);
}

static void second_writer_is_refused(void **state)
{
	struct fixture *f = *state;
	struct audit *a = open_log(f, 0), *second = NULL;
	struct audit_options opt = {.dir = f->dir};
	struct mesh_err err = {0};

	assert_int_equal(audit_open(&opt, &second, &err), -EBUSY);
	assert_null(second);
	assert_non_null(strstr(err.text, f->dir));
	append(a, 1, 1);
	audit_close(a);
	a = open_log(f, 0);
	append(a, 2, 2);
	audit_close(a);
	assert_sound(f, 2);
}

static void add_bytes(struct fixture *f, const char *name, const char *bytes)
{
	FILE *out = fopen(path_of(f, name), "ae");

	assert_non_null(out);
	(void)fputs(bytes, out);
	(void)fclose(out);
}

static void torn_line_is_cut_and_kept(void **state)
{
	struct fixture *f = *state;
	size_t len;

	make_log(f, 2, 0);
	for (int i = 0; i < 2; i++) {
		add_bytes(f, NAME_1, "{\"seq\":3,\"pr");
		audit_close(open_log(f, 0));
		assert_sound(f, 2);
	}
	struct audit *a = open_log(f, 0);

	append(a, 3, 3);
	audit_close(a);
	assert_sound(f, 3);

	char *torn = slurp(f, "audit-0000000003.torn", &len);

	assert_string_equal(torn, "{\"seq\":3,\"pr\n{\"seq\":3,\"pr\n");
	free(torn);
}

/* Longer than what is read first from behind, both the torn line and the record before it. */
static void long_torn_line(void **state)
{
	struct fixture *f = *state;
	struct sample s;
	struct audit_record r = *sample(&s, 1);
	struct audit *a = open_log(f, 0);
	char *text = malloc(100001);
	size_t len;

	memset(text, 'x', 100000);
	text[100000] = '\0';
	r.resource = text;
	assert_int_equal(audit_append(a, &r, NULL), 0);
	audit_close(a);
	add_bytes(f, NAME_1, text);
	a = open_log(f, 0);
	append(a, 2, 2);
	audit_close(a);
	assert_sound(f, 2);

	char *torn = slurp(f, "audit-0000000002.torn", &len);

	assert_int_equal(len, 100001);
	assert_memory_equal(torn, text, 100000);
	free(torn);
	free(text);
}

static void torn_first_line(void **state)
{
	struct fixture *f = *state;

	make_log(f, 0, 0);
	spit(f, NAME_1, "{\"se", 4);
	make_log(f, 2, 0);
	assert_sound(f, 2);
}

/* A crash between the creation of a file and its first record. */
static void empty_last_file_is_used(void **state)
{
	struct fixture *f = *state;
	struct audit *a;

	make_log(f, 3, SMALL_FILES);
	spit(f, NAME_4, "", 0);
	assert_sound(f, 3);
	a = open_log(f, SMALL_FILES);
	append(a, 4, 4);
	audit_close(a);
	assert_sound(f, 4);
	assert_int_equal(verify(f).files, 2);
}

static void torn_line_in_a_new_file(void **state)
{
	struct fixture *f = *state;
	struct audit *a;

	make_log(f, 3, SMALL_FILES);
	spit(f, NAME_4, "{\"seq", 5);
	a = open_log(f, SMALL_FILES);
	append(a, 4, 4);
	audit_close(a);
	assert_sound(f, 4);
	assert_int_equal(access(path_of(f, "audit-0000000004.torn"), F_OK), 0);
}

static void empty_file_of_another_number_is_refused(void **state)
{
	struct fixture *f = *state;

	make_log(f, 3, SMALL_FILES);
	spit(f, "audit-0000000006.jsonl", "", 0);
	assert_refused(f, "audit-0000000006.jsonl: the name of the last file");
}

static void renamed_file_is_refused(void **state)
{
	struct fixture *f = *state;
	char to[800];

	make_log(f, 3, 0);
	strcpy(to, path_of(f, "audit-0000000009.jsonl"));
	assert_int_equal(rename(path_of(f, NAME_1), to), 0);
	assert_refused(f, "audit-0000000009.jsonl: the name of the last file");
}

static void two_empty_files_are_refused(void **state)
{
	struct fixture *f = *state;

	make_log(f, 0, 0);
	spit(f, NAME_1, "", 0);
	spit(f, "audit-0000000002.jsonl", "", 0);
	assert_refused(f, "the name of the last file");
}

static void torn_former_file_is_refused(void **state)
{
	struct fixture *f = *state;

	make_log(f, 3, SMALL_FILES);
	add_bytes(f, NAME_1, "{\"seq\":4");
	spit(f, NAME_4, "", 0);
	assert_refused(f, NAME_1 ": the file ends within a line");
}

static void changed_last_record_is_refused(void **state)
{
	struct fixture *f = *state;
	size_t len, after;
	char *data, *same;

	make_log(f, 3, 0);
	data = slurp(f, NAME_1, &len);
	data[len - 10] ^= 1;
	spit(f, NAME_1, data, len);
	add_bytes(f, NAME_1, "{\"torn");
	assert_refused(f, NAME_1 ": the last line is no record or was changed");
	/* Refused means untouched, torn line included. */
	same = slurp(f, NAME_1, &after);
	assert_int_equal(after, len + 6);
	assert_memory_equal(same, data, len);
	free(same);
	free(data);
}

static void foreign_last_line_is_refused(void **state)
{
	struct fixture *f = *state;

	make_log(f, 3, 0);
	add_bytes(f, NAME_1, "hello\n");
	assert_refused(f, NAME_1 ": the last line is no record");
}

static void endless_last_line_is_refused(void **state)
{
	struct fixture *f = *state;

	make_log(f, 3, 0);
	assert_int_equal(truncate(path_of(f, NAME_1), 40 << 20), 0);
	assert_refused(f, NAME_1 ": the last line is no record");
}

static void lost_records_are_refused(void **state)
{
	struct fixture *f = *state;

	make_log(f, 3, 0);
	struct text t = read_text(f, NAME_1);

	free(t.line[2]);
	t.line[2] = NULL;
	write_text(f, NAME_1, &t);
	assert_refused(f, NAME_1 ": the log ends with record 2, but its head names 3");
	assert_int_equal(unlink(path_of(f, NAME_1)), 0);
	assert_refused(f, "the log ends with record 0, but its head names 3");
}

static void missing_or_bad_head_is_refused(void **state)
{
	struct fixture *f = *state;

	make_log(f, 3, 0);
	spit(f, "head", "", 0);
	assert_refused(f, "head: the head is missing or cannot be read");
	assert_int_equal(unlink(path_of(f, "head")), 0);
	assert_refused(f, "head: the head is missing or cannot be read");
}

static void other_head_is_refused(void **state)
{
	struct fixture *f = *state;
	size_t len;

	make_log(f, 3, 0);
	char *head = slurp(f, "head", &len);
	char *digit = strstr(head, "hash\":\"") + 7;

	*digit = *digit == '0' ? '1' : '0';
	spit(f, "head", head, len);
	free(head);
	assert_refused(f, NAME_1 ": the last record is not the one that the head names");
}

/* A head of an earlier time, as a crash leaves it: goes on, and brings the head up to date. */
static void old_head_is_brought_up_to_date(void **state)
{
	struct fixture *f = *state;
	struct chain_point p;
	size_t len;

	make_log(f, 3, 0);
	char *head = slurp(f, "head", &len);
	struct audit *a = open_log(f, 0);

	append(a, 4, 6);
	audit_close(a);
	spit(f, "head", head, len);
	free(head);
	audit_close(open_log(f, 0));

	int dir = logdir_open(f->dir, NULL);

	assert_int_equal(logdir_head(dir, &p), 0);
	assert_int_equal(p.seq, 6);
	(void)close(dir);
}

static void link_in_place_of_a_file_is_refused(void **state)
{
	struct fixture *f = *state;
	struct audit_options opt = {.dir = f->dir};
	struct audit *a = NULL;
	struct mesh_err err = {0};

	make_log(f, 3, 0);
	assert_int_equal(unlink(path_of(f, NAME_1)), 0);
	assert_int_equal(symlink("/etc/passwd", f->path), 0);
	assert_int_equal(audit_open(&opt, &a, &err), -ELOOP);
	assert_non_null(strstr(err.text, NAME_1));
}

static void directory_that_is_a_file_is_refused(void **state)
{
	struct fixture *f = *state;
	struct audit_options opt = {.dir = f->path};
	struct audit *a = NULL;
	struct mesh_err err = {0};

	spit(f, "file", "", 0);
	assert_int_equal(audit_open(&opt, &a, &err), -ENOTDIR);
	assert_non_null(strstr(err.text, f->path));
}

static void record_that_is_too_long_is_refused(void **state)
{
	struct fixture *f = *state;
	struct audit *a = open_log(f, 0);
	struct sample s;
	struct audit_record r = *sample(&s, 1);
	struct mesh_err err = {0};
	char *text = malloc(CHAIN_LINE_MAX_BYTES);
	uint64_t records;
	int error;

	memset(text, 'x', CHAIN_LINE_MAX_BYTES - 1);
	text[CHAIN_LINE_MAX_BYTES - 1] = '\0';
	r.resource = text;
	append(a, 1, 1);
	assert_int_equal(audit_append(a, &r, &err), -EMSGSIZE);
	assert_non_null(strstr(err.text, f->dir));
	audit_stats(a, &records, &error);
	assert_int_equal(records, 1);
	assert_int_equal(error, -EMSGSIZE);
	append(a, 2, 2);
	audit_stats(a, &records, &error);
	assert_int_equal(records, 2);
	assert_int_equal(error, 0);
	audit_close(a);
	free(text);
	assert_sound(f, 2);
}

/* The kernel's maximum of groups, with long names. */
static void record_with_all_groups_fits(void **state)
{
	struct fixture *f = *state;
	struct audit *a = open_log(f, 0);
	struct sample s;
	struct audit_record r = *sample(&s, 1);
	const char **groups = calloc(65536, sizeof(*groups));

	for (size_t i = 0; i < 65536; i++)
		groups[i] = "group-of-thirty-two-characters--";
	r.groups = (struct strlist){groups, 65536};
	assert_int_equal(audit_append(a, &r, NULL), 0);
	append(a, 2, 2);
	audit_close(a);
	free(groups);
	assert_sound(f, 2);
	audit_close(open_log(f, 0));
}

static void head_of(struct fixture *f, struct chain_point *ret)
{
	int dir = logdir_open(f->dir, NULL);

	assert_int_equal(logdir_head(dir, ret), 0);
	(void)close(dir);
}

/* The thread does it by itself: waited for, with a bound that only a hanging thread reaches. */
static void head_follows_without_close(void **state)
{
	struct fixture *f = *state;
	struct audit *a = open_log(f, SMALL_FILES);
	struct chain_point p = {0};

	for (uint64_t n = 5; n <= 10; n += 5) {
		append(a, n - 4, n);
		for (int i = 0; i < 3000 && p.seq < n; i++) {
			(void)usleep(10000);
			head_of(f, &p);
		}
		assert_int_equal(p.seq, n);
	}
	audit_close(a);
	assert_sound(f, 10);
}

static void sync_always(void **state)
{
	struct fixture *f = *state;
	struct audit_options opt = {
	    .dir = f->dir, .sync_always = true, .rotate_bytes = SMALL_FILES};
	struct audit *a = NULL;
	uint64_t records;
	int error;

	assert_int_equal(audit_open(&opt, &a, NULL), 0);
	append(a, 1, 10);
	audit_stats(a, &records, &error);
	assert_int_equal(records, 10);
	assert_int_equal(error, 0);
	audit_close(a);
	assert_sound(f, 10);
}

#define THREADS 4
#define PER_THREAD 500

static void *append_many(void *audit)
{
	struct sample s;

	for (uint64_t i = 1; i <= PER_THREAD; i++) {
		if (audit_append(audit, sample(&s, i), NULL) < 0)
			return audit;
	}
	return NULL;
}

static void threads_append(void **state)
{
	struct fixture *f = *state;
	struct audit *a = open_log(f, 20000);
	pthread_t threads[THREADS];
	void *failed;

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, append_many, a), 0);
	for (int i = 0; i < 20; i++)
		assert_true(verify(f).ok);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	audit_close(a);
	assert_sound(f, THREADS * PER_THREAD);
}

static void close_takes_null(void **state)
{
	(void)state;
	audit_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    AUDIT_TEST(each_field_is_recorded),
	    AUDIT_TEST(what_is_missing_is_null),
	    AUDIT_TEST(chain_goes_on_over_restarts),
	    AUDIT_TEST(chain_goes_on_over_files),
	    AUDIT_TEST(line_larger_than_a_file_gets_one),
	    AUDIT_TEST(files_are_private),
	    AUDIT_TEST(second_writer_is_refused),
	    AUDIT_TEST(torn_line_is_cut_and_kept),
	    AUDIT_TEST(long_torn_line),
	    AUDIT_TEST(torn_first_line),
	    AUDIT_TEST(empty_last_file_is_used),
	    AUDIT_TEST(torn_line_in_a_new_file),
	    AUDIT_TEST(empty_file_of_another_number_is_refused),
	    AUDIT_TEST(renamed_file_is_refused),
	    AUDIT_TEST(two_empty_files_are_refused),
	    AUDIT_TEST(torn_former_file_is_refused),
	    AUDIT_TEST(changed_last_record_is_refused),
	    AUDIT_TEST(foreign_last_line_is_refused),
	    AUDIT_TEST(endless_last_line_is_refused),
	    AUDIT_TEST(lost_records_are_refused),
	    AUDIT_TEST(missing_or_bad_head_is_refused),
	    AUDIT_TEST(other_head_is_refused),
	    AUDIT_TEST(old_head_is_brought_up_to_date),
	    AUDIT_TEST(link_in_place_of_a_file_is_refused),
	    AUDIT_TEST(directory_that_is_a_file_is_refused),
	    AUDIT_TEST(record_that_is_too_long_is_refused),
	    AUDIT_TEST(record_with_all_groups_fits),
	    AUDIT_TEST(head_follows_without_close),
	    AUDIT_TEST(sync_always),
	    AUDIT_TEST(threads_append),
	    AUDIT_TEST(close_takes_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
