#ifndef FS_STORAGE_PATTERN_H
#define FS_STORAGE_PATTERN_H

/*
 * Which paths below a port's root a location selects. A pattern is a relative path whose components are fnmatch(3)
 * globs, `**` standing for any number of directories. Pure.
 */

enum pattern_match {
	PATTERN_NONE,	/* not selected */
	PATTERN_ON_WAY, /* a directory that leads to what is selected */
	PATTERN_MATCH,	/* selected, or below a selected directory */
};

#define PATTERN_MAX_COMPONENTS 62

/* `rel` is a relative path without empty, `.` or `..` components; "" is the root, which is always on the way. A pattern of more than
 * PATTERN_MAX_COMPONENTS components selects nothing. */
enum pattern_match pattern_match(const char *pattern, const char *rel);

/* The length of the leading part of `path` (absolute or relative) whose components have neither glob characters nor {model};
 * without a final slash. */
unsigned long pattern_root_len(const char *path);

#endif
