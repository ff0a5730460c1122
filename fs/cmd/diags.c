#include "fs/cmd/diags.h"

#include <string.h>

#include "catalog/base/str.h"
#include "fs/cmd/term.h"

/* Files of a domain in a repository of its own are named "<domain>:/<path>". */
static bool is_elsewhere(const char *file)
{
	const char *colon = strchr(file, ':');

	return colon && colon[1] == '/' && memchr(file, '/', (size_t)(colon - file)) == NULL;
}

void diags_rebase(struct diag_list *diags, size_t first, const char *dir)
{
	size_t len = strlen(dir);

	while (len > 1 && dir[len - 1] == '/')
		len--;
	if (len == 1 && dir[0] == '.')
		return;
	for (size_t i = first; i < diags->len; i++) {
		struct diag *d = &diags->items[i];
		const char *file;

		if (d->file[0] == '/' || is_elsewhere(d->file))
			continue;
		file = arena_printf(&diags->arena, "%.*s%s%s", (int)len, dir,
		    d->file[0] && dir[len - 1] != '/' ? "/" : "", d->file);
		if (file)
			d->file = file;
	}
}

/* Each line "WHERE: SEVERITY [rule]: text", with the severity in its colour. */
static void print_coloured(const char *text, FILE *to)
{
	static const struct {
		const char *word;
		enum term_colour colour;
	} words[] = {{"error [", OUT_RED}, {"warning [", OUT_YELLOW}};

	while (*text) {
		size_t len = strcspn(text, "\n");
		size_t before = 0, word = 0;
		enum term_colour colour = OUT_PLAIN;

		for (size_t i = 0; i < 2 && word == 0; i++) {
			const char *at = memmem(text, len, words[i].word, strlen(words[i].word));

			if (!at)
				continue;
			before = (size_t)(at - text);
			word = strlen(words[i].word) - 2;
			colour = words[i].colour;
		}
		(void)fprintf(to, "%.*s%s%.*s%s%.*s\n", (int)before, text, term_colour(to, colour),
		    (int)word, text + before, term_colour(to, OUT_PLAIN), (int)(len - before - word),
		    text + before + word);
		text += len + (text[len] == '\n');
	}
}

int diags_print(struct diag_list *diags, enum diag_format format, FILE *to)
{
	struct buf b;
	int rc;

	buf_init(&b);
	diag_print(diags, format, &b);
	rc = buf_error(&b);
	if (rc == 0 && b.len > 0) {
		if (format == DIAG_TEXT && term_colour(to, OUT_RED)[0])
			print_coloured(b.data, to);
		else if (to == stdout)
			(void)term_write(b.data, b.len);
		else
			(void)fwrite(b.data, 1, b.len, to);
	}
	buf_clear(&b);
	return rc;
}
