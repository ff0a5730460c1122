#include "catalog/manifest/yaml.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/manifest/yaml_build.h"
#include "catalog/manifest/yaml_scalar.h"

#define MAX_BYTES ((size_t)4 << 20)
#define MAX_TAG_DIRECTIVES 16

/* Skips the event that the grammar has here (stream and document starts and ends). */
static bool skip_event(struct yaml_build *b, yaml_event_type_t *ret_type, yaml_mark_t *ret_mark)
{
	yaml_event_t event;

	if (!yaml_build_event(b, &event))
		return false;
	*ret_type = event.type;
	*ret_mark = event.start_mark;
	yaml_event_delete(&event);
	return true;
}

/* The stream's one document; NULL after a problem that ended the parse. */
static const struct yaml_node *build_stream(struct yaml_build *b)
{
	const struct yaml_node *root = NULL;
	yaml_event_type_t type;
	yaml_mark_t mark;

	if (!skip_event(b, &type, &mark) || !skip_event(b, &type, &mark))
		return NULL;
	if (type == YAML_DOCUMENT_START_EVENT && !yaml_build_root(b, &root))
		return NULL;
	if (!root || root->type == YAML_NULL) {
		yaml_build_problem(b, ((yaml_mark_t){0}), "yaml-empty",
		    "the file holds no value; write the manifest or remove the file");
		return NULL;
	}
	if (!skip_event(b, &type, &mark) || !skip_event(b, &type, &mark))
		return NULL;
	if (type != YAML_STREAM_END_EVENT)
		yaml_build_problem(b, mark, "yaml-documents",
		    "a second document begins here; keep one document in a file");
	return root;
}

/* True where libyaml sees a line begin at `at`: it breaks lines at NEL, LS and PS too. */
static bool begins_line(const char *bytes, const char *at)
{
	size_t n = (size_t)(at - bytes);

	return n == 0 || at[-1] == '\n' || at[-1] == '\r' ||
	    (n >= 2 && !memcmp(at - 2, "\xc2\x85", 2)) ||
	    (n >= 3 && (!memcmp(at - 3, "\xe2\x80\xa8", 3) || !memcmp(at - 3, "\xe2\x80\xa9", 3)));
}

/* libyaml compares every %TAG with all before it, before it shows the first event. */
static bool few_directives(const char *bytes, size_t len)
{
	const char *end = bytes + len;
	const char *at = bytes;
	int found = 0;

	while ((at = memmem(at, (size_t)(end - at), "%TAG", 4))) {
		found += begins_line(bytes, at);
		if (found > MAX_TAG_DIRECTIVES)
			return false;
		at += 4;
	}
	return true;
}

static bool check_bytes(const char *file, const char *bytes, size_t len, struct diag_list *diags)
{
	struct yaml_flaw flaw;

	if (len > MAX_BYTES) {
		diag_add(diags, DIAG_ERROR, "yaml-size", (struct diag_pos){file, 0, 0},
		    "%zu bytes, more than the %zu a manifest may have; split the file", len,
		    MAX_BYTES);
		return false;
	}
	if (!yaml_scalar_stream_ok(bytes, len, &flaw)) {
		diag_add(diags, DIAG_ERROR, flaw.utf8 ? "yaml-encoding" : "yaml-character",
		    (struct diag_pos){file, flaw.line, flaw.column}, "%s; %s", flaw.what,
		    flaw.utf8 ? "save the file as UTF-8" : "take it out");
		return false;
	}
	if (!few_directives(bytes, len)) {
		diag_add(diags, DIAG_ERROR, "yaml-directives", (struct diag_pos){file, 0, 0},
		    "more than %d %%TAG directives; take them out, manifests need no tags",
		    MAX_TAG_DIRECTIVES);
		return false;
	}
	return true;
}

const struct yaml_node *yaml_parse(
    const char *file, const char *bytes, size_t len, struct arena *a, struct diag_list *diags)
{
	struct yaml_build b = {.file = file, .arena = a, .diags = diags};
	const struct yaml_node *root;

	if (len == 0)
		bytes = ""; /* an empty buffer's bytes are NULL */
	if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		bytes += 3;
		len -= 3;
		b.skipped = 3;
	}
	b.bytes = bytes;
	b.bytes_len = len;
	if (!check_bytes(file, bytes, len, diags))
		return NULL;
	if (!yaml_parser_initialize(&b.parser)) {
		yaml_build_no_memory(&b);
		return NULL;
	}
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.parser, (const unsigned char *)bytes, len);
	root = build_stream(&b);
	yaml_parser_delete(&b.parser);
	free(b.stack);
	return b.failed ? NULL : root;
}
