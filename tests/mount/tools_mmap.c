/*
 * tools_mmap FILE...: prints each file's name, its size and a sum of its bytes, read through a private and a shared mapping. Fails
 * where the two differ or the last page is not zero behind the end of the file.
 */

#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char *path, const char *what)
{
	(void)fprintf(stderr, "%s: %s\n", path, what);
	return 1;
}

static uint64_t sum(const unsigned char *p, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* The rest of the last page. */
static int is_zero_behind(const unsigned char *p, size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	for (size_t i = len; i % page != 0; i++)
		if (p[i])
			return 0;
	return 1;
}

static int map(const char *path, int fd, size_t len)
{
	unsigned char *a = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
	unsigned char *b = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
	uint64_t h;

	if (a == MAP_FAILED || b == MAP_FAILED)
		return fail(path, "mmap failed");
	h = sum(a, len);
	if (h != sum(b, len))
		return fail(path, "two mappings differ");
	if (!is_zero_behind(a, len) || !is_zero_behind(b, len))
		return fail(path, "bytes behind the end");
	(void)printf("%s %zu %016" PRIx64 "\n", path, len, h);
	(void)munmap(a, len);
	(void)munmap(b, len);
	return 0;
}

static int read_one(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	int rc = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(path, "open failed");
	if (st.st_size > 0)
		rc = map(path, fd, (size_t)st.st_size);
	else
		(void)printf("%s 0\n", path);
	(void)close(fd);
	return rc;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (read_one(argv[i]) != 0)
			return 1;
	return 0;
}
