#include "tests/unit/audit_fixture.h"

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define ONES "1111111111111111111111111111111111111111111111111111111111111111"

static void close_line(struct buf *b, const struct chain_point *last, struct chain_point *ret)
{
	struct digest *d = digest_new();

	chain_open(b, last);
	buf_puts(b, "\"a\":1");
	assert_int_equal(chain_close(b, d, ret), 0);
	digest_free(d);
}

static void line_has_the_documented_form(void **state)
{
	static const char hashed[] = "{\"seq\":1,\"prev\":\"" ZEROS "\",\"a\":1}";
	struct chain_point genesis, p;
	char hash[DIGEST_HEX_CAP], expected[512];
	struct buf b;

	(void)state;
	buf_init(&b);
	chain_genesis(&genesis);
	close_line(&b, &genesis, &p);
	assert_int_equal(digest_hex(hashed, strlen(hashed), hash), 0);
	(void)snprintf(expected, sizeof(expected),
	    "{\"seq\":1,\"prev\":\"" ZEROS "\",\"hash\":\"%s\",\"a\":1}\n", hash);
	assert_string_equal(b.data, expected);
	assert_int_equal(p.seq, 1);
	assert_string_equal(p.hash, hash);
	buf_clear(&b);
}

static void line_names_the_one_before(void **state)
{
	struct chain_point p = {.seq = UINT64_MAX - 1, .hash = ONES}, next;
	struct chain_line l;
	struct buf b;

	(void)state;
	buf_init(&b);
	close_line(&b, &p, &next);
	assert_true(chain_parse(b.data, b.len - 1, &l));
	assert_true(l.self.seq == UINT64_MAX);
	assert_string_equal(l.prev, ONES);
	assert_string_equal(l.self.hash, next.hash);
	assert_int_equal(l.body_len, strlen("\"a\":1}"));
	assert_memory_equal(l.body, "\"a\":1}", l.body_len);
	buf_clear(&b);
}

static void line_may_not_be_too_long(void **state)
{
	struct digest *d = digest_new();
	struct chain_point genesis, p;
	struct buf b;

	(void)state;
	buf_init(&b);
	chain_genesis(&genesis);
	for (int extra = 0; extra < 2; extra++) {
		buf_reset(&b);
		chain_open(&b, &genesis);
		while (b.len + 2 < CHAIN_LINE_MAX_BYTES)
			buf_addc(&b, ' ');
		buf_add(&b, "x", (size_t)extra);
		assert_int_equal(chain_close(&b, d, &p), extra ? -EMSGSIZE : 0);
	}
	buf_clear(&b);
	digest_free(d);
}

static void parse_refuses_other_forms(void **state)
{
#define REST "\"prev\":\"" ZEROS "\",\"hash\":\"" ONES "\",\"a\":1}"
	static const char *const bad[] = {
	    "",
	    "{}",
	    "{\"seq\":1}",
	    "{\"seq\":1,\"prev\":\"" ZEROS "\",\"hash\":\"" ONES "\"}",
	    "{\"seq\":1,\"prev\":\"" ZEROS "\",\"hash\":\"" ONES "\",}",
	    "{\"seq\":1,\"prev\":\"" ZEROS "\",\"hash\":\"" ONES "\",\"a\":1",
	    "{\"seq\":0," REST,
	    "{\"seq\":01," REST,
	    "{\"seq\":-1," REST,
	    "{\"seq\":+1," REST,
	    "{\"seq\":\"1\"," REST,
	    "{\"seq\":18446744073709551616," REST,
	    "{\"seq\":99999999999999999999999999," REST,
	    "{\"seq\":," REST,
	    " {\"seq\":1," REST,
	    "{ \"seq\":1," REST,
	    "{\"seq\":1, " REST,
	    "{\"seq\":1," REST " ",
	    "{\"seq\":1,\"hash\":\"" ONES "\",\"prev\":\"" ZEROS "\",\"a\":1}",
	    "{\"seq\":1,\"prev\":\"" ZEROS "0\",\"hash\":\"" ONES "\",\"a\":1}",
	    "{\"seq\":1,\"prev\":\"F" ZEROS "\",\"hash\":\"" ONES "\",\"a\":1}",
	};
	struct chain_line l;

	(void)state;
	assert_true(chain_parse("{\"seq\":1," REST, strlen("{\"seq\":1," REST), &l));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		/* A copy of just the bytes, so that reading beyond them is seen. */
		char *line = malloc(strlen(bad[i]) + 1);

		memcpy(line, bad[i], strlen(bad[i]));
		if (chain_parse(line, strlen(bad[i]), &l))
			fail_msg("taken: %s", bad[i]);
		free(line);
	}
	assert_false(chain_parse("{\"seq\":1," REST "\0}", strlen("{\"seq\":1," REST) + 2, &l));
}

static void parse_refuses_each_prefix(void **state)
{
	static const char line[] = "{\"seq\":1," REST;
	struct chain_line l;

	(void)state;
	for (size_t len = 0; len < sizeof(line) - 1; len++) {
		char *part = malloc(len + 1);

		memcpy(part, line, len);
		assert_false(chain_parse(part, len, &l));
		free(part);
	}
}

static void rehash_sees_each_change(void **state)
{
	struct digest *d = digest_new();
	struct chain_point genesis, p;
	struct chain_line l;
	struct buf b;
	bool fits;

	(void)state;
	buf_init(&b);
	chain_genesis(&genesis);
	close_line(&b, &genesis, &p);
	assert_true(chain_parse(b.data, b.len - 1, &l));
	assert_int_equal(chain_rehash(&l, d, &fits), 0);
	assert_true(fits);
	for (size_t i = 0; i < b.len - 1; i++) {
		for (int bit = 0; bit < 8; bit++) {
			b.data[i] ^= (char)(1 << bit);
			if (chain_parse(b.data, b.len - 1, &l)) {
				assert_int_equal(chain_rehash(&l, d, &fits), 0);
				assert_false(fits);
			}
			b.data[i] ^= (char)(1 << bit);
		}
	}
	buf_clear(&b);
	digest_free(d);
}

static void numbers(void **state)
{
	static const struct {
		const char *text;
		size_t digits;
		uint64_t value;
	} cases[] = {
	    {"0", 1, 0},
	    {"7,", 1, 7},
	    {"18446744073709551615", 20, UINT64_MAX},
	    {"18446744073709551616", 0, 0},
	    {"00", 0, 0},
	    {"x", 0, 0},
	    {"", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t n = 0;

		assert_int_equal(
		    chain_number(cases[i].text, strlen(cases[i].text), &n), cases[i].digits);
		assert_true(n == cases[i].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(line_has_the_documented_form),
	    cmocka_unit_test(line_names_the_one_before),
	    cmocka_unit_test(line_may_not_be_too_long),
	    cmocka_unit_test(parse_refuses_other_forms),
	    cmocka_unit_test(parse_refuses_each_prefix),
	    cmocka_unit_test(rehash_sees_each_change),
	    cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
