#include "fs/cmd/audit_line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/json.h"
#include "catalog/base/str.h"
#include "catalog/base/when.h"
#include "fs/cmd/term.h"

/* A value on its line: what JSON had to escape must not reach a terminal. */
static void add_word(struct buf *out, const char *s)
{
	for (; *s; s++)
		buf_addc(out, (unsigned char)*s < ' ' || *s == 0x7f ? '?' : *s);
}

static void add_field(struct buf *out, const struct json *record, const char *key, int width)
{
	const char *s = json_text(json_get(record, key));
	size_t before = out->len;

	add_word(out, s && *s ? s : "-");
	buf_printf(out, "%*s ",
	    before + (size_t)width > out->len ? (int)(before + (size_t)width - out->len) : 0, "");
}

/* To the second: the fraction is in the record. */
static void add_time(struct buf *out, const char *s)
{
	size_t len = s ? strcspn(s, ".Z") : 0;

	for (size_t i = 0; i < len; i++)
		buf_addc(out, (unsigned char)s[i] < ' ' || s[i] == 0x7f ? '?' : s[i]);
	buf_puts(out, "Z ");
}

void audit_line_text(const char *line, size_t len, struct buf *out)
{
	struct json *record;
	const char *resource, *reason, *purpose;
	bool denied;

	if (json_parse(line, len, &record, NULL) < 0) {
		buf_add(out, line, len);
		buf_addc(out, '\n');
		return;
	}
	denied = str_eq(json_text(json_get(record, "decision")), "deny");
	resource = json_text(json_get(record, "resource"));
	reason = json_text(json_get(record, "reason"));
	purpose = json_text(json_get(record, "purpose"));
	add_time(out, json_text(json_get(record, "time")));
	add_field(out, record, "user", 10);
	buf_puts(out, term_colour(stdout, denied ? OUT_RED : OUT_GREEN));
	add_field(out, record, "decision", 5);
	buf_puts(out, term_colour(stdout, OUT_PLAIN));
	add_field(out, record, "action", 12);
	add_word(out, resource && *resource ? resource : "the mesh");
	if (purpose) {
		buf_puts(out, " for ");
		add_word(out, purpose);
	}
	if (reason) {
		buf_puts(out, ": ");
		add_word(out, reason);
	}
	buf_addc(out, '\n');
	json_free(record);
}

/* "90m"; false where it is nothing of the kind. */
static bool parse_short(const char *s, int64_t *ret_ns)
{
	static const struct {
		char letter;
		int64_t sec;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 7 * 86400}};
	char *end;
	long long n;

	if (s[0] < '0' || s[0] > '9')
		return false;
	errno = 0;
	n = strtoll(s, &end, 10);
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (errno == 0 && end[0] == units[i].letter && end[1] == '\0')
			return !__builtin_mul_overflow(n, units[i].sec * WHEN_NS_PER_SEC, ret_ns);
	return false;
}

int audit_line_since(const char *s, int64_t now_ns, int64_t *ret_ns)
{
	size_t len = strlen(s);
	char duration[64];
	int64_t ns;

	if (when_parse(s, ret_ns) == 0)
		return 0;
	if (str_ends(s, " ago") || str_ends(s, "-ago"))
		len -= strlen(" ago");
	if (len >= sizeof(duration))
		return -EINVAL;
	(void)snprintf(duration, sizeof(duration), "%.*s", (int)len, s);
	if (!parse_short(duration, &ns) && when_parse_duration(duration, &ns) < 0)
		return -EINVAL;
	return __builtin_sub_overflow(now_ns, ns, ret_ns) ? -EINVAL : 0;
}
