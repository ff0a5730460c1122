/*
 * Runs a fuzz target over the files that are named, for compilers without libFuzzer and for looking at one input with a
 * debugger: cc ... tests/fuzz/fuzz_yaml.c tests/fuzz/driver.c. Exits 1 where a file cannot be read.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "catalog/base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
	FILE *f = fopen(path, "re");
	struct buf bytes;
	char chunk[4096];
	size_t n;
	int failed;

	if (!f) {
		perror(path);
		return -1;
	}
	buf_init(&bytes);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&bytes, chunk, n);
	failed = ferror(f) || buf_error(&bytes);
	(void)fclose(f);
	if (failed)
		(void)fprintf(stderr, "%s: cannot be read\n", path);
	else
		(void)LLVMFuzzerTestOneInput((const uint8_t *)bytes.data, bytes.len);
	buf_clear(&bytes);
	return failed ? -1 : 0;
}

int main(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++) {
		if (run_file(argv[i]) < 0)
			status = 1;
	}
	return status;
}
