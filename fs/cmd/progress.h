#ifndef FS_CMD_PROGRESS_H
#define FS_CMD_PROGRESS_H

/*
 * How far a long command is: a bar that moves on a terminal, else nothing; what is said beside it never gets mixed up with it. On standard
 * error. Knows counts and words, not what they mean.
 */

#include <stdbool.h>
#include <stddef.h>

struct progress {
	bool shown; /* a bar stands on the terminal's last line */
	bool active; /* there is a terminal, and the command is not quiet */
};

void progress_init(struct progress *p);

/* Draws the bar: `done` of `total`, then the text, cut to the terminal's width. */
void progress_draw(struct progress *p, size_t done, size_t total, const char *text);

/* Takes the bar away; what is printed next starts on an empty line. */
void progress_clear(struct progress *p);

/* The bar as text without its escape sequences, in at most `width` columns: for progress_draw, and for its test. */
void progress_print(
    char *out, size_t cap, size_t width, size_t done, size_t total, const char *text);

#endif
