#ifndef FS_CMD_TERM_H
#define FS_CMD_TERM_H

/*
 * What every command says and how: notes for a person on standard error, data on standard output, colours for terminals alone,
 * and the check at the end that the data really went out.
 */

#include <stdbool.h>
#include <stdio.h>

#include "catalog/base/buf.h"

/* Before anything is opened: puts /dev/null in the place of standard descriptors that are closed, the wrong way round, so that no file of
 * ours gets their numbers and using them fails as it should. */
void term_init(void);

/* What -q and -v set; notes are shown unless quiet. */
void term_set_quiet(void);
bool term_is_quiet(void);
void term_set_verbose(void);
bool term_is_verbose(void);

/* One line for a person, prefixed with "meshfs: ", to standard error; nothing where quiet. */
void term_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

enum term_colour { OUT_PLAIN, OUT_RED, OUT_GREEN, OUT_YELLOW, OUT_BOLD };

/* The escape sequence that begins the colour (OUT_PLAIN: that ends all) on `f`, a terminal on which NO_COLOR does not forbid it;
 * else "". */
const char *term_colour(FILE *f, enum term_colour c);

/* Writes the bytes to standard output. False where the output is broken, so that a long answer can stop early. */
bool term_write(const void *data, size_t len);

/* Writes and clears the buffer. 0, or -ENOMEM where the buffer had failed; a broken output is term_finish's to report. */
int term_buf(struct buf *b);

/*
 * Flushes standard output. Returns `status`, or EXIT_ENVIRONMENT where anything that was written to it was lost, with a sentence
 * unless its reader simply went away.
 */
int term_finish(int status);

#endif
