#include "tests/unit/audit_fixture.h"

/* Large enough for one file. */
#define ONE_FILE ((uint64_t)1 << 20)
/* Three records each. */
#define SMALL_FILES ((uint64_t)2000)

#define NAME_4 "audit-0000000004.jsonl"
#define NAME_7 "audit-0000000007.jsonl"

static void sound_log(void **state)
{
	struct fixture *f = *state;

	make_log(f, 7, SMALL_FILES);
	assert_int_equal(access(path_of(f, NAME_1), F_OK), 0);
	assert_int_equal(access(path_of(f, NAME_4), F_OK), 0);
	assert_int_equal(access(path_of(f, NAME_7), F_OK), 0);

	struct audit_verdict v = verify(f);

	assert_true(v.ok);
	assert_int_equal(v.records, 7);
	assert_int_equal(v.files, 3);
	assert_string_equal(v.text, "");
}

static void empty_directory_is_sound(void **state)
{
	assert_sound(*state, 0);
}

static void log_without_records_is_sound(void **state)
{
	make_log(*state, 0, ONE_FILE);
	assert_sound(*state, 0);
}

static void missing_directory_is_an_error(void **state)
{
	struct audit_verdict v = {.records = 99};
	struct mesh_err err = {0};

	(void)state;
	assert_int_equal(audit_verify("/nonexistent/audit", &v, &err), -ENOENT);
	assert_non_null(strstr(err.text, "/nonexistent/audit"));
	assert_int_equal(v.records, 99);
}

/* Each byte of the third of five lines, newline included: the verdict names that line. */
static void flipped_byte(void **state)
{
	struct fixture *f = *state;
	struct text t;
	size_t len, from, to;

	make_log(f, 5, ONE_FILE);
	t = read_text(f, NAME_1);
	from = strlen(t.line[0]) + strlen(t.line[1]);
	to = from + strlen(t.line[2]);
	write_text(f, NAME_1, &t);

	char *data = slurp(f, NAME_1, &len);

	for (size_t i = from; i < to; i++) {
		data[i] ^= 1;
		spit(f, NAME_1, data, len);
		data[i] ^= 1;

		struct audit_verdict v = verify(f);

		assert_false(v.ok);
		assert_int_equal(v.records, 2);
		if (strncmp(v.text, NAME_1 ":3: seq ", strlen(NAME_1) + 8) != 0)
			fail_msg("byte %d: %s", (int)(i - from), v.text);
	}
	spit(f, NAME_1, data, len);
	free(data);
	assert_sound(f, 5);
}

static void changed_value_is_named(void **state)
{
	struct fixture *f = *state;

	make_log(f, 5, ONE_FILE);
	struct text t = read_text(f, NAME_1);
	char *deny = strstr(t.line[3], "\"deny\"");

	assert_non_null(deny);
	memcpy(deny, "\"DENY\"", 6);
	write_text(f, NAME_1, &t);
	assert_broken(f, NAME_1 ":4: seq 4: changed: the record does not have its hash");
}

static void drop(struct fixture *f, const char *name, size_t from, size_t n)
{
	struct text t = read_text(f, name);

	for (size_t i = from; i < from + n; i++) {
		free(t.line[i]);
		t.line[i] = NULL;
	}
	write_text(f, name, &t);
}

static void dropped_line(void **state)
{
	make_log(*state, 5, ONE_FILE);
	drop(*state, NAME_1, 2, 1);
	assert_broken(*state, NAME_1 ":3: seq 4: record 3 is missing before this record");
}

static void dropped_first_line(void **state)
{
	make_log(*state, 5, ONE_FILE);
	drop(*state, NAME_1, 0, 2);
	assert_broken(*state, NAME_1 ":1: seq 3: records 1 to 2 are missing before this record");
}

static void dropped_line_at_the_start_of_a_file(void **state)
{
	make_log(*state, 7, SMALL_FILES);
	drop(*state, NAME_4, 0, 1);
	assert_broken(*state, NAME_4 ":1: seq 5: record 4 is missing before this record");
}

static void dropped_last_line(void **state)
{
	make_log(*state, 5, ONE_FILE);
	drop(*state, NAME_1, 4, 1);
	assert_broken(*state, NAME_1 ": seq 5: record 5 is missing at the end of the log");
}

static void dropped_last_line_of_a_former_file(void **state)
{
	make_log(*state, 7, SMALL_FILES);
	drop(*state, NAME_1, 2, 1);
	assert_broken(*state,
	    NAME_4 ": record 3 is missing before this file: a file is gone, or " NAME_1 " was cut");
}

static void emptied_log(void **state)
{
	make_log(*state, 5, ONE_FILE);
	spit(*state, NAME_1, "", 0);
	assert_broken(*state, NAME_1 ": seq 1: records 1 to 5 are missing at the end of the log");
}

static void removed_log(void **state)
{
	make_log(*state, 5, ONE_FILE);
	assert_int_equal(unlink(path_of(*state, NAME_1)), 0);
	assert_broken(*state, "head: seq 1: records 1 to 5 are missing at the end of the log");
}

static void swapped_lines(void **state)
{
	struct fixture *f = *state;

	make_log(f, 5, ONE_FILE);
	struct text t = read_text(f, NAME_1);
	char *kept = t.line[1];

	t.line[1] = t.line[2];
	t.line[2] = kept;
	write_text(f, NAME_1, &t);
	assert_broken(
	    f, NAME_1 ":2: seq 3: out of order: record 2 belongs here and stands in line 3");
}

static void duplicated_line(void **state)
{
	struct fixture *f = *state;

	make_log(f, 5, ONE_FILE);
	struct text t = read_text(f, NAME_1);

	free(t.line[3]);
	t.line[3] = strdup(t.line[1]);
	write_text(f, NAME_1, &t);
	assert_broken(f, NAME_1 ":4: seq 2: repeated: record 3 stands before it");
}

static void duplicated_last_line(void **state)
{
	struct fixture *f = *state;

	make_log(f, 5, ONE_FILE);
	struct text t = read_text(f, NAME_1);

	t.line[t.len++] = strdup(t.line[4]);
	write_text(f, NAME_1, &t);
	assert_broken(f, NAME_1 ":6: seq 5: repeated: record 5 stands before it");
}

static void cut_end(struct fixture *f, const char *name, off_t bytes)
{
	struct stat st;

	assert_int_equal(stat(path_of(f, name), &st), 0);
	assert_int_equal(truncate(f->path, st.st_size - bytes), 0);
}

static void last_file_cut_within_a_line(void **state)
{
	make_log(*state, 5, ONE_FILE);
	cut_end(*state, NAME_1, 10);
	assert_broken(*state, NAME_1 ": seq 5: record 5 is missing at the end of the log");
}

static void former_file_cut_within_a_line(void **state)
{
	make_log(*state, 7, SMALL_FILES);
	cut_end(*state, NAME_4, 10);
	assert_broken(*state, NAME_4 ":3: seq 6: cut off: the file ends within the record");
}

static void missing_first_file(void **state)
{
	make_log(*state, 7, SMALL_FILES);
	assert_int_equal(unlink(path_of(*state, NAME_1)), 0);
	assert_broken(
	    *state, NAME_4 ": records 1 to 3 are missing before this file: the first file is gone");
}

static void missing_file_in_the_middle(void **state)
{
	make_log(*state, 7, SMALL_FILES);
	assert_int_equal(unlink(path_of(*state, NAME_4)), 0);
	assert_broken(*state,
	    NAME_7 ": records 4 to 6 are missing before this file: a file is "
		   "gone, or " NAME_1 " was cut");
}

static void missing_last_file(void **state)
{
	make_log(*state, 7, SMALL_FILES);
	assert_int_equal(unlink(path_of(*state, NAME_7)), 0);
	assert_broken(*state, NAME_4 ": seq 7: record 7 is missing at the end of the log");
}

static void copied_file(void **state)
{
	struct fixture *f = *state;
	size_t len;

	make_log(f, 7, SMALL_FILES);
	char *data = slurp(f, NAME_4, &len);

	spit(f, "audit-0000000005.jsonl", data, len);
	free(data);
	assert_broken(
	    f, "audit-0000000005.jsonl: begins with record 5 by its name, but " NAME_4 " holds 6");
}

static void foreign_line(void **state)
{
	static const char *const foreign[] = {"\n", "{}\n", "hello\n", "\xff\xfe\n"};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		empty_dir(f);
		make_log(f, 5, ONE_FILE);
		struct text t = read_text(f, NAME_1);
		char *line;

		assert_true(asprintf(&line, "%s%s", t.line[1], foreign[i]) > 0);
		free(t.line[1]);
		t.line[1] = line;
		write_text(f, NAME_1, &t);
		assert_broken(f, NAME_1 ":3: seq 3: not a record");
	}
}

static void line_without_end(void **state)
{
	struct fixture *f = *state;
	size_t len = CHAIN_LINE_MAX_BYTES + 100;
	char *data = malloc(len + 1);

	memset(data, 'x', len);
	data[len] = '\n';
	make_log(f, 1, ONE_FILE);
	spit(f, NAME_1, data, len + 1);
	free(data);
	assert_broken(f, NAME_1 ":1: seq 1: not a record");
}

/* A record whose own hash is right, made by someone who knows how. */
static char *forge(uint64_t seq, const char *prev, struct chain_point *ret)
{
	struct chain_point last = {.seq = seq - 1};
	struct digest *d = digest_new();
	struct buf b;

	memcpy(last.hash, prev, sizeof(last.hash));
	buf_init(&b);
	chain_open(&b, &last);
	buf_puts(&b, "\"user\":\"nobody\"");
	assert_int_equal(chain_close(&b, d, ret), 0);
	digest_free(d);
	return buf_take(&b, NULL);
}

static void replaced_record(void **state)
{
	struct fixture *f = *state;
	struct chain_line l;
	struct chain_point p;

	make_log(f, 5, ONE_FILE);
	struct text t = read_text(f, NAME_1);

	assert_true(chain_parse(t.line[2], strlen(t.line[2]) - 1, &l));

	char *forged = forge(3, l.prev, &p);

	free(t.line[2]);
	t.line[2] = forged;
	write_text(f, NAME_1, &t);
	assert_broken(
	    f, NAME_1 ":4: seq 4: does not follow from record 3: one of the two was replaced");
}

/* The chain alone cannot see this; the head does. */
static void replaced_last_record(void **state)
{
	struct fixture *f = *state;
	struct chain_line l;
	struct chain_point p;

	make_log(f, 5, ONE_FILE);
	struct text t = read_text(f, NAME_1);

	assert_true(chain_parse(t.line[4], strlen(t.line[4]) - 1, &l));

	char *forged = forge(5, l.prev, &p);

	free(t.line[4]);
	t.line[4] = forged;
	write_text(f, NAME_1, &t);
	assert_broken(f, NAME_1 ":5: seq 5: replaced: the head names another record");
}

static void records_after_the_head_are_fine(void **state)
{
	struct fixture *f = *state;
	size_t len;

	make_log(f, 5, ONE_FILE);
	char *head = slurp(f, "head", &len);
	struct audit *a = open_log(f, ONE_FILE);

	append(a, 6, 9);
	audit_close(a);
	spit(f, "head", head, len);
	free(head);
	assert_sound(f, 9);
}

static void torn_line_behind_the_head_is_fine(void **state)
{
	struct fixture *f = *state;
	FILE *out;

	make_log(f, 5, ONE_FILE);
	out = fopen(path_of(f, NAME_1), "ae");
	assert_non_null(out);
	(void)fputs("{\"seq\":6,\"prev", out);
	(void)fclose(out);
	assert_sound(f, 5);
}

static void missing_head(void **state)
{
	make_log(*state, 5, ONE_FILE);
	assert_int_equal(unlink(path_of(*state, "head")), 0);
	assert_broken(*state, "head: missing: the end of the log cannot be proved");
}

static void bad_head(void **state)
{
	static const char *const bad[] = {
	    "", "\n", "{}", "{\"seq\":5}\n", "{\"seq\":5,\"hash\":\"00\"}\n"};
	struct fixture *f = *state;
	size_t len;

	make_log(f, 5, ONE_FILE);
	char *head = slurp(f, "head", &len);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		spit(f, "head", bad[i], strlen(bad[i]));
		assert_broken(f, "head: not a head: it names the last record on the disk");
	}
	for (size_t i = 0; i < len; i++) {
		spit(f, "head", head, i);
		assert_broken(f, "head: not a head: it names the last record on the disk");
	}
	spit(f, "head", head, len);
	free(head);
	assert_sound(f, 5);
}

static void symbolic_link_is_an_error(void **state)
{
	struct fixture *f = *state;
	struct audit_verdict v;
	struct mesh_err err = {0};

	make_log(f, 5, ONE_FILE);
	assert_int_equal(unlink(path_of(f, NAME_1)), 0);
	assert_int_equal(symlink("/etc/passwd", f->path), 0);
	assert_int_equal(audit_verify(f->dir, &v, &err), -ELOOP);
	assert_non_null(strstr(err.text, NAME_1));
}

static void fifo_is_an_error(void **state)
{
	struct fixture *f = *state;
	struct audit_verdict v;
	struct mesh_err err = {0};

	make_log(f, 5, ONE_FILE);
	assert_int_equal(unlink(path_of(f, NAME_1)), 0);
	assert_int_equal(mkfifo(f->path, 0600), 0);
	assert_int_equal(audit_verify(f->dir, &v, &err), -EINVAL);
}

static void other_names_are_passed_over(void **state)
{
	static const char *const names[] = {"audit-1.jsonl", "audit-0000000000.jsonl",
	    "audit-000000002.jsonl", "audit-00000000003.jsonl", "audit-0000000003.torn",
	    "audit-0000000003.jsonl~", "audit-.jsonl", "xaudit-0000000003.jsonl"};

	make_log(*state, 2, ONE_FILE);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		spit(*state, names[i], "x\n", 2);
	assert_sound(*state, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    AUDIT_TEST(sound_log),
	    AUDIT_TEST(empty_directory_is_sound),
	    AUDIT_TEST(log_without_records_is_sound),
	    AUDIT_TEST(missing_directory_is_an_error),
	    AUDIT_TEST(flipped_byte),
	    AUDIT_TEST(changed_value_is_named),
	    AUDIT_TEST(dropped_line),
	    AUDIT_TEST(dropped_first_line),
	    AUDIT_TEST(dropped_line_at_the_start_of_a_file),
	    AUDIT_TEST(dropped_last_line),
	    AUDIT_TEST(dropped_last_line_of_a_former_file),
	    AUDIT_TEST(emptied_log),
	    AUDIT_TEST(removed_log),
	    AUDIT_TEST(swapped_lines),
	    AUDIT_TEST(duplicated_line),
	    AUDIT_TEST(duplicated_last_line),
	    AUDIT_TEST(last_file_cut_within_a_line),
	    AUDIT_TEST(former_file_cut_within_a_line),
	    AUDIT_TEST(missing_first_file),
	    AUDIT_TEST(missing_file_in_the_middle),
	    AUDIT_TEST(missing_last_file),
	    AUDIT_TEST(copied_file),
	    AUDIT_TEST(foreign_line),
	    AUDIT_TEST(line_without_end),
	    AUDIT_TEST(replaced_record),
	    AUDIT_TEST(replaced_last_record),
	    AUDIT_TEST(records_after_the_head_are_fine),
	    AUDIT_TEST(torn_line_behind_the_head_is_fine),
	    AUDIT_TEST(missing_head),
	    AUDIT_TEST(bad_head),
	    AUDIT_TEST(symbolic_link_is_an_error),
	    AUDIT_TEST(fifo_is_an_error),
	    AUDIT_TEST(other_names_are_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
