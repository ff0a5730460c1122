#ifndef CATALOG_BASE_CLEANUP_H
#define CATALOG_BASE_CLEANUP_H

/*
 * Cleanup attributes for single owners, and the take_* that hand ownership on. A function uses
 * these or goto labels, not both.
 */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close(int *fd)
{
	if (*fd >= 0) {
		int saved = errno;

		(void)close(*fd);
		errno = saved;
	}
}

static inline void cleanup_fclose(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

static inline void cleanup_closedir(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

#define AUTOFREE __attribute__((cleanup(cleanup_free)))
#define AUTOFD __attribute__((cleanup(cleanup_close)))
#define AUTOFILE __attribute__((cleanup(cleanup_fclose)))
#define AUTODIR __attribute__((cleanup(cleanup_closedir)))

/* Returns *fd and leaves -1 in its place. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* Returns the pointer and leaves NULL in its place. */
#define take_ptr(p)                         \
	({                                  \
		__typeof__(p) _taken = (p); \
		(p) = NULL;                 \
		_taken;                     \
	})

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
