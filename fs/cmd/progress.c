#include "fs/cmd/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "catalog/base/str.h"
#include "fs/cmd/term.h"

#define BAR_WIDTH 20
#define MAX_WIDTH 240

void progress_init(struct progress *p)
{
	const char *term = getenv("TERM");
	bool dumb = term && strcmp(term, "dumb") == 0;

	*p = (struct progress){.active = !term_is_quiet() && !dumb && isatty(STDERR_FILENO)};
}

static size_t terminal_width(void)
{
	struct winsize w;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) < 0 || w.ws_col < 20)
		return 80;
	return w.ws_col < MAX_WIDTH ? w.ws_col : MAX_WIDTH;
}

static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

/* By characters; control characters would steer the terminal. */
static void add_text(char *out, size_t cap, size_t width, const char *text)
{
	size_t len = strlen(text), at = 0;

	for (size_t i = 0, n; i < len && width > 0 && at + 5 <= cap; i += n, width--) {
		uint32_t code = 0;

		n = str_utf8_next(text + i, len - i, &code);
		if (n == 0 || is_control(code)) {
			out[at++] = '?';
			n = n ? n : 1;
		} else {
			memcpy(out + at, text + i, n);
			at += n;
		}
	}
	out[at] = '\0';
}

void progress_print(
    char *out, size_t cap, size_t width, size_t done, size_t total, const char *text)
{
	size_t filled = total ? done * BAR_WIDTH / total : 0;
	char bar[BAR_WIDTH + 1];
	size_t used;

	for (size_t i = 0; i < BAR_WIDTH; i++)
		bar[i] = i < filled ? '#' : '.';
	bar[BAR_WIDTH] = '\0';
	(void)snprintf(out, cap, "[%s] %zu/%zu  ", bar, done, total);
	used = strlen(out);
	if (used < width && used < cap)
		add_text(out + used, cap - used, width - used, text);
}

void progress_draw(struct progress *p, size_t done, size_t total, const char *text)
{
	char line[MAX_WIDTH * 4 + 64];

	if (!p->active)
		return;
	/* Not the last column, where some terminals wrap. */
	progress_print(line, sizeof(line), terminal_width() - 1, done, total, text);
	(void)fprintf(stderr, "\r%s\033[K", line);
	(void)fflush(stderr);
	p->shown = true;
}

void progress_clear(struct progress *p)
{
	if (p->shown)
		(void)fputs("\r\033[K", stderr);
	(void)fflush(stderr);
	p->shown = false;
}
