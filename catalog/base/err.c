#include "catalog/base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The length of `text` without a UTF-8 sequence that its end cuts in two. */
static size_t whole_length(const char *text, size_t len)
{
	size_t start = len;

	while (start > 0 && len - start < 3 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start == 0)
		return len;

	unsigned char lead = (unsigned char)text[start - 1];
	size_t need = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;

	return len - (start - 1) < need ? start - 1 : len;
}

/* Sentences quote names from manifests and storage, and end on terminals: no byte of C0, DEL or C1
 * (which UTF-8 writes as c2 80 to c2 9f) may get there. */
static void tame(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		unsigned char next = (unsigned char)text[i + 1];

		if (c < 0x20 || c == 0x7f)
			text[i] = '?';
		else if (c == 0xc2 && next >= 0x80 && next < 0xa0)
			text[i] = text[i + 1] = '?';
	}
}

/* Moves a formatted sentence of `wanted` bytes (more than fit: it was cut) into `err`. */
static void store(struct mesh_err *err, char *text, int wanted)
{
	size_t len = strlen(text);

	if (wanted < 0)
		len = 0;
	else if ((size_t)wanted > len)
		len = whole_length(text, len);
	while (len > 0 && text[len - 1] == '\n')
		len--;
	text[len] = '\0';
	tame(text, len);
	memcpy(err->text, text, len + 1);
}

void mesh_err_clear(struct mesh_err *err)
{
	if (!err)
		return;
	err->code = 0;
	err->text[0] = '\0';
}

int mesh_err_set(struct mesh_err *err, int code, const char *fmt, ...)
{
	char text[sizeof(err->text)] = "";
	va_list args;

	if (!err)
		return code;

	va_start(args, fmt);
	int wanted = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	store(err, text, wanted);
	err->code = code;
	return code;
}

int mesh_err_wrap(struct mesh_err *err, const char *fmt, ...)
{
	char text[sizeof(err->text)] = "";
	va_list args;

	if (!err)
		return -EIO;

	va_start(args, fmt);
	int wanted = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (wanted < 0)
		return err->code;
	if ((size_t)wanted < sizeof(text))
		wanted += snprintf(text + wanted, sizeof(text) - (size_t)wanted, ": %s", err->text);
	store(err, text, wanted);
	return err->code;
}

int mesh_err_nomem(struct mesh_err *err)
{
	return mesh_err_set(err, -ENOMEM, "out of memory");
}
