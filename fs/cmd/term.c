#include "fs/cmd/term.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "fs/cmd/cmd.h"

static bool quiet, verbose;
static int write_error; /* errno of the first failed write to standard output */

void term_init(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

void term_set_quiet(void)
{
	quiet = true;
}

bool term_is_quiet(void)
{
	return quiet;
}

void term_set_verbose(void)
{
	verbose = true;
}

bool term_is_verbose(void)
{
	return verbose;
}

void term_note(const char *fmt, ...)
{
	char line[2048];
	va_list ap;

	if (quiet)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	/* Names from outside must not steer the terminal. */
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	(void)fprintf(stderr, "meshfs: %s\n", line);
}

const char *term_colour(FILE *f, enum term_colour c)
{
	static const char *const codes[] = {
	    "\033[0m", "\033[31m", "\033[32m", "\033[33m", "\033[1m"};
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if ((no_color && *no_color) || (term && strcmp(term, "dumb") == 0) || !isatty(fileno(f)))
		return "";
	return codes[c];
}

static void note_error(void)
{
	if (write_error == 0)
		write_error = errno ? errno : EIO;
}

bool term_write(const void *data, size_t len)
{
	errno = 0;
	if (len > 0 && write_error == 0 && fwrite(data, 1, len, stdout) != len)
		note_error();
	return write_error == 0;
}

int term_buf(struct buf *b)
{
	int rc = buf_error(b);

	if (rc == 0)
		(void)term_write(b->data, b->len);
	buf_clear(b);
	return rc;
}

int term_finish(int status)
{
	errno = 0;
	if (fflush(stdout) != 0 || ferror(stdout))
		note_error();
	if (write_error == 0)
		return status;
	if (write_error != EPIPE)
		(void)fprintf(stderr, "meshfs: writing the output: %s\n", strerror(write_error));
	return EXIT_ENVIRONMENT;
}
