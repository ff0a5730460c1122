#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "catalog/base/digest.h"
#include "tests/lib/oom.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define MILLION_A "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"

/* The examples that NIST publishes for FIPS 180-4. */
static void one_shot(void **state)
{
	char hex[DIGEST_HEX_CAP];

	(void)state;
	assert_int_equal(digest_hex("abc", 3, hex), 0);
	assert_string_equal(hex, ABC);
	assert_int_equal(digest_hex("", 0, hex), 0);
	assert_string_equal(hex, EMPTY);
	assert_int_equal(digest_hex(NULL, 0, hex), 0);
	assert_string_equal(hex, EMPTY);
}

static void running_and_run_again(void **state)
{
	struct digest *d = digest_new();
	char chunk[1000];
	char hex[DIGEST_HEX_CAP];

	(void)state;
	assert_non_null(d);
	memset(chunk, 'a', sizeof(chunk));
	for (int i = 0; i < 1000; i++)
		assert_int_equal(digest_add(d, chunk, sizeof(chunk)), 0);
	assert_int_equal(digest_finish(d, hex), 0);
	assert_string_equal(hex, MILLION_A);

	assert_int_equal(digest_add(d, "a", 1), 0);
	assert_int_equal(digest_add(d, "", 0), 0);
	assert_int_equal(digest_add(d, "bc", 2), 0);
	assert_int_equal(digest_finish(d, hex), 0);
	assert_string_equal(hex, ABC);
	assert_int_equal(digest_finish(d, hex), 0);
	assert_string_equal(hex, EMPTY);
	digest_free(d);
	digest_free(NULL);
}

static void files_from_their_start(void **state)
{
	FILE *file = tmpfile();
	char hex[DIGEST_HEX_CAP];

	(void)state;
	assert_non_null(file);
	int fd = fileno(file);

	assert_int_equal(digest_fd(fd, hex), 0);
	assert_string_equal(hex, EMPTY);
	for (int i = 0; i < 1000000; i++)
		(void)fputc('a', file);
	assert_int_equal(fflush(file), 0);
	assert_int_equal(lseek(fd, 10, SEEK_SET), 10);
	assert_int_equal(digest_fd(fd, hex), 0);
	assert_string_equal(hex, MILLION_A);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 10);
	(void)fclose(file);
}

static void unreadable_descriptors(void **state)
{
	char hex[DIGEST_HEX_CAP] = "untouched";
	int ends[2];

	(void)state;
	assert_int_equal(digest_fd(-1, hex), -EBADF);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(digest_fd(ends[0], hex), -ESPIPE);
	assert_string_equal(hex, "untouched");
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void check_hmac(const void *key, size_t key_len, const char *data, const char *wanted)
{
	struct digest_key *ready = digest_key_new(key, key_len);
	uint8_t mac[DIGEST_BYTES], again[DIGEST_BYTES];
	char hex[DIGEST_HEX_CAP];

	assert_non_null(ready);
	digest_key_hmac(ready, data, strlen(data), again);
	digest_key_hmac(ready, data, strlen(data), again);
	digest_key_free(ready);
	assert_int_equal(digest_hmac(key, key_len, data, strlen(data), mac), 0);
	assert_memory_equal(again, mac, sizeof(mac));
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", mac[i]);
	assert_string_equal(hex, wanted);
}

/* RFC 4231, test cases 1, 2 and 6, and the empty key. */
static void hmac(void **state)
{
	uint8_t key[131];
	uint8_t mac[DIGEST_BYTES];

	(void)state;
	memset(key, 0x0b, sizeof(key));
	check_hmac(key, 20, "Hi There",
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	check_hmac("Jefe", 4, "what do ya want for nothing?",
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	check_hmac(key, sizeof(key), "Test Using Larger Than Block-Size Key - Hash Key First",
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	check_hmac(NULL, 0, "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
	assert_int_equal(digest_hmac("k", SIZE_MAX, "", 0, mac), -EIO);
}

static int digest_once(void *arg)
{
	struct digest_key *key = digest_key_new("k", 1);
	char hex[DIGEST_HEX_CAP];
	int r = key ? digest_fd(*(int *)arg, hex) : -ENOMEM;

	digest_key_free(key);
	return r == 0 ? digest_hex("abc", 3, hex) : r;
}

static void short_memory(void **state)
{
	FILE *file = tmpfile();

	(void)state;
	assert_non_null(file);
	int fd = fileno(file);

	oom_sweep(digest_once, &fd, 50);
	(void)fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_shot),
	    cmocka_unit_test(running_and_run_again),
	    cmocka_unit_test(files_from_their_start),
	    cmocka_unit_test(unreadable_descriptors),
	    cmocka_unit_test(hmac),
	    cmocka_unit_test(short_memory),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
