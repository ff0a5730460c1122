#ifndef FS_CMD_WARM_WALK_H
#define FS_CMD_WARM_WALK_H

/*
 * Finds the files of data/ below paths of a mount and stats each, which makes the mount render it. Runs in a process of its own, as the user
 * for whom is rendered, and reports through a pipe.
 */

#include <stddef.h>

struct warm_path {
	const char *file; /* as the system sees it */
	const char *path; /* in the mesh, without a purpose */
};

#define WARM_MAX_JOBS 64

struct warm_job {
	const struct warm_path *paths;
	size_t paths_len;
	size_t jobs; /* stats at a time, 1 to WARM_MAX_JOBS */
	int out; /* the pipe */
};

/* What is said through the pipe, each message ended by a NUL: the kind, and what follows it. */
#define WARM_TOTAL 'T' /* how many files there are */
#define WARM_DONE 'D' /* a file's path */
#define WARM_FAILED 'F' /* errno, a blank, and a path that could not be read or rendered */

/* Does it all and returns the process's exit status: 0, or 1 where something failed. */
int warm_walk(const struct warm_job *job);

/* How many levels below the mesh the path is; -1 where nothing at or below it is data. */
int warm_depth(const char *path);

#endif
