#ifndef FS_CMD_FIELDS_H
#define FS_CMD_FIELDS_H

/*
 * One thing's properties, printed as YAML for people or as a JSON object: whatever a command shows in full goes through here.
 */

#include "catalog/base/buf.h"
#include "catalog/base/str.h"
#include "fs/cmd/opts.h"

struct fields {
	struct buf out;
	bool json;
	int depth; /* of objects and lists that are open */
	bool first; /* nothing was written yet in the innermost of them */
	bool item; /* YAML: the next key stands behind a dash */
};

void fields_init(struct fields *f, enum opt_format format);

/* A key that has no value (NULL, an empty list) is left out of the text and null or [] in JSON. */
void fields_text(struct fields *f, const char *key, const char *value);
void fields_number(struct fields *f, const char *key, long long value);
void fields_bool(struct fields *f, const char *key, bool value);
void fields_list(struct fields *f, const char *key, const struct strlist *values);

/* A list of objects: open, then begin and end each, then close. */
void fields_open(struct fields *f, const char *key);
void fields_begin(struct fields *f);
void fields_end(struct fields *f);
void fields_close(struct fields *f);

/* Ends the whole and writes it to standard output. 0 or -ENOMEM. */
int fields_print(struct fields *f);

#endif
