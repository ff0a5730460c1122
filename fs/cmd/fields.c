#include "fs/cmd/fields.h"

#include <string.h>

#include "fs/cmd/term.h"

void fields_init(struct fields *f, enum opt_format format)
{
	memset(f, 0, sizeof(*f));
	buf_init(&f->out);
	f->json = format == FORMAT_JSON;
	f->first = true;
	if (f->json)
		buf_addc(&f->out, '{');
}

/* Two blanks for each open object or list of JSON; YAML's list items stand below their key. */
static void new_line(struct fields *f)
{
	if (f->json) {
		buf_printf(&f->out, "%s\n%*s", f->first ? "" : ",", 2 * f->depth + 2, "");
	} else if (f->item) {
		buf_printf(&f->out, "%*s- ", 2 * f->depth - 2, "");
		f->item = false;
	} else {
		buf_printf(&f->out, "%*s", 2 * f->depth, "");
	}
	f->first = false;
}

static void key_line(struct fields *f, const char *key)
{
	new_line(f);
	if (f->json)
		buf_json(&f->out, key);
	else
		buf_puts(&f->out, key);
	buf_puts(&f->out, ":");
}

static void end_line(struct fields *f)
{
	if (!f->json)
		buf_addc(&f->out, '\n');
}

static void scalar(struct fields *f, const char *s)
{
	if (f->json)
		buf_json(&f->out, s);
	else
		buf_yaml(&f->out, s);
}

void fields_text(struct fields *f, const char *key, const char *value)
{
	if (!f->json && (!value || !*value))
		return;
	key_line(f, key);
	buf_addc(&f->out, ' ');
	scalar(f, value);
	end_line(f);
}

void fields_number(struct fields *f, const char *key, long long value)
{
	key_line(f, key);
	buf_printf(&f->out, " %lld", value);
	end_line(f);
}

void fields_bool(struct fields *f, const char *key, bool value)
{
	key_line(f, key);
	buf_puts(&f->out, value ? " true" : " false");
	end_line(f);
}

void fields_list(struct fields *f, const char *key, const struct strlist *values)
{
	if (!f->json && values->len == 0)
		return;
	key_line(f, key);
	buf_puts(&f->out, " [");
	for (size_t i = 0; i < values->len; i++) {
		buf_puts(&f->out, i ? ", " : "");
		scalar(f, values->items[i]);
	}
	buf_addc(&f->out, ']');
	end_line(f);
}

void fields_open(struct fields *f, const char *key)
{
	key_line(f, key);
	if (f->json)
		buf_puts(&f->out, " [");
	end_line(f);
	f->depth++;
	f->first = true;
}

void fields_begin(struct fields *f)
{
	if (f->json) {
		new_line(f);
		buf_addc(&f->out, '{');
	}
	f->depth++;
	f->first = true;
	f->item = true;
}

void fields_end(struct fields *f)
{
	f->depth--;
	if (f->json)
		buf_printf(&f->out, "\n%*s}", 2 * f->depth + 2, "");
	f->first = false;
	f->item = false;
}

void fields_close(struct fields *f)
{
	f->depth--;
	if (f->json)
		buf_printf(
		    &f->out, "%s%*s]", f->first ? "" : "\n", f->first ? 0 : 2 * f->depth + 2, "");
	f->first = false;
}

int fields_print(struct fields *f)
{
	if (f->json)
		buf_puts(&f->out, "\n}\n");
	return term_buf(&f->out);
}
