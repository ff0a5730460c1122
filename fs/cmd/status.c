#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/cleanup.h"
#include "fs/cmd/cmd.h"
#include "fs/cmd/fields.h"
#include "fs/cmd/term.h"
#include "fs/cmd/probe.h"
#include "fs/cmd/table.h"
#include "fs/cmd/target.h"
#include "fs/mount/mountpoint.h"

struct mounted {
	char *mountpoint, *source; /* owned */
	struct probe probe;
};

struct mounts {
	const char *only; /* NULL: all of them */
	struct mounted *items;
	size_t len, cap;
};

/* ---- finding them ---- */

static int add(void *arg, const struct mount_info *mi)
{
	struct mounts *ms = arg;
	struct mounted *m;

	if (ms->only && strcmp(ms->only, mi->mountpoint) != 0)
		return 0;
	if (ms->len == ms->cap) {
		size_t cap = ms->cap ? ms->cap * 2 : 8;
		struct mounted *more = reallocarray(ms->items, cap, sizeof(*more));

		if (!more)
			return -ENOMEM;
		ms->items = more;
		ms->cap = cap;
	}
	m = &ms->items[ms->len++];
	memset(m, 0, sizeof(*m));
	m->mountpoint = strdup(mi->mountpoint);
	m->source = strdup(mi->source);
	return m->mountpoint && m->source ? 0 : -ENOMEM;
}

/* All are asked at once, so that many silent ones cost no more time than one. */
static void ask(struct mounts *ms)
{
	int64_t deadline_ns;

	for (size_t i = 0; i < ms->len; i++)
		(void)probe_start(&ms->items[i].probe, ms->items[i].mountpoint);
	deadline_ns = probe_deadline_ns();
	for (size_t i = 0; i < ms->len; i++)
		probe_finish(&ms->items[i].probe, deadline_ns);
}

static void clear(struct mounts *ms)
{
	for (size_t i = 0; i < ms->len; i++) {
		free(ms->items[i].mountpoint);
		free(ms->items[i].source);
		probe_clear(&ms->items[i].probe);
	}
	free(ms->items);
}

/* ---- what they said ---- */

static int64_t number(const struct mounted *m, const char *key)
{
	return json_int(json_get(m->probe.json, key), -1);
}

static const char *text(const struct mounted *m, const char *key)
{
	return json_text(json_get(m->probe.json, key));
}

static int64_t errors_of(const struct mounted *m)
{
	return json_int(json_get(json_get(m->probe.json, "problems"), "errors"), -1);
}

static bool passthrough_of(const struct mounted *m)
{
	return json_bool(json_get(json_get(m->probe.json, "passthrough"), "used"));
}

/* ---- the table ---- */

enum { MOUNTPOINT, SOURCE, STATE, EPOCH, OPEN, READS, CACHE, PROBLEMS, COLUMNS };

static const struct table_column columns[COLUMNS] = {
    [MOUNTPOINT] = {"MOUNTPOINT", NULL, false},
    [SOURCE] = {"MESH", NULL, false},
    [STATE] = {"STATE", NULL, false},
    [EPOCH] = {"EPOCH", NULL, false},
    [OPEN] = {"OPEN", NULL, false},
    [READS] = {"READS", NULL, false},
    [CACHE] = {"CACHE", NULL, false},
    [PROBLEMS] = {"ERRORS", NULL, false},
};

static const char *decimal(int64_t n, char out[24])
{
	if (n < 0)
		return NULL;
	(void)snprintf(out, 24, "%lld", (long long)n);
	return out;
}

static int64_t cache_number(const struct mounted *m, const char *key)
{
	return json_int(json_get(json_get(m->probe.json, "cache"), key), -1);
}

/* 1536 is "1.5K"; NULL for what is not known. */
static const char *bytes_text(int64_t n, char out[24])
{
	static const char units[] = "KMGTPE";
	double size = (double)n;
	int unit = -1;

	if (n < 1024)
		return decimal(n, out);
	for (; size >= 1024; size /= 1024)
		unit++;
	(void)snprintf(out, 24, "%.1f%c", size, units[unit]);
	return out;
}

static void add_row(struct table *t, const struct mounted *m)
{
	char epoch[24], open[24], cache[24], errors[24];
	bool alive = m->probe.state == PROBE_ALIVE;
	const char *cells[COLUMNS] = {
	    [MOUNTPOINT] = m->mountpoint,
	    [SOURCE] = m->source,
	    [STATE] = probe_state_text(m->probe.state),
	    [EPOCH] = decimal(number(m, "epoch"), epoch),
	    [OPEN] = decimal(number(m, "open_files"), open),
	    [READS] = !alive        ? NULL
		: passthrough_of(m) ? "passthrough"
				    : "cached",
	    [CACHE] = bytes_text(cache_number(m, "bytes"), cache),
	    [PROBLEMS] = decimal(errors_of(m), errors),
	};

	table_add(t, cells);
}

static int print_table(const struct mounts *ms)
{
	struct table t;
	struct buf out;

	table_init(&t, columns, COLUMNS);
	t.with_heads = true;
	for (size_t i = 0; i < ms->len; i++)
		add_row(&t, &ms->items[i]);
	buf_init(&out);
	table_print(&t, FORMAT_TEXT, &out);
	table_clear(&t);
	return term_buf(&out);
}

/* ---- one mount in full ---- */

static void print_problems(struct fields *f, const struct mounted *m)
{
	const struct json *details = json_get(json_get(m->probe.json, "problems"), "details");

	if (json_len(details) == 0)
		return;
	fields_open(f, "problems");
	for (size_t i = 0; i < json_len(details); i++) {
		const struct json *d = json_at(details, i);

		fields_begin(f);
		fields_text(f, "file", json_text(json_get(d, "file")));
		fields_number(f, "line", json_int(json_get(d, "line"), 0));
		fields_text(f, "severity", json_text(json_get(d, "severity")));
		fields_text(f, "rule", json_text(json_get(d, "rule")));
		fields_text(f, "text", json_text(json_get(d, "text")));
		fields_end(f);
	}
	fields_close(f);
}

static void print_cache(struct fields *f, const struct mounted *m)
{
	static const char *const counters[] = {"files", "hits", "misses", "evictions", "corrupt"};
	char size[24], room[24], both[64];

	if (!json_text(json_get(json_get(m->probe.json, "cache"), "dir")))
		return;
	fields_text(f, "cache", json_text(json_get(json_get(m->probe.json, "cache"), "dir")));
	if (bytes_text(cache_number(m, "bytes"), size) &&
	    bytes_text(cache_number(m, "max_bytes"), room)) {
		(void)snprintf(both, sizeof(both), "%s of %s", size, room);
		fields_text(f, "cache_size", both);
	}
	for (size_t i = 0; i < ARRAY_LEN(counters); i++) {
		char key[32];

		(void)snprintf(key, sizeof(key), "cache_%s", counters[i]);
		fields_number(f, key, cache_number(m, counters[i]));
	}
}

static void print_engines(struct fields *f, const struct mounted *m)
{
	const struct json *lib = json_get(m->probe.json, "libduckdb");

	if (lib && json_bool(json_get(lib, "available")))
		fields_text(f, "libduckdb", "available");
	else if (json_text(json_get(lib, "why")))
		fields_text(f, "libduckdb", json_text(json_get(lib, "why")));
}

static void print_renderings(struct fields *f, const struct mounted *m)
{
	const struct json *list = json_get(m->probe.json, "renderings");

	if (json_len(list) == 0)
		return;
	fields_open(f, "renderings");
	for (size_t i = 0; i < json_len(list); i++) {
		fields_begin(f);
		fields_text(f, "path", json_text(json_get(json_at(list, i), "path")));
		fields_number(f, "rows", json_int(json_get(json_at(list, i), "rows"), 0));
		fields_end(f);
	}
	fields_close(f);
}

static void print_answer(struct fields *f, const struct mounted *m)
{
	static const char *const counters[] = {
	    "open_files", "open_dirs", "opens", "denials", "skipped_names", "storage_errors"};

	fields_text(f, "name", json_text(json_get(json_get(m->probe.json, "mesh"), "name")));
	fields_number(f, "epoch", number(m, "epoch"));
	fields_text(f, "epoch_time", text(m, "epoch_time"));
	fields_text(f, "version", text(m, "version"));
	fields_text(f, "started", text(m, "started"));
	fields_text(f, "catalog", text(m, "catalog"));
	fields_text(f, "audit", json_text(json_get(json_get(m->probe.json, "audit"), "dir")));
	fields_text(f, "reads", json_text(json_get(json_get(m->probe.json, "passthrough"), "why")));
	for (size_t i = 0; i < ARRAY_LEN(counters); i++)
		fields_number(f, counters[i], number(m, counters[i]));
	print_cache(f, m);
	print_engines(f, m);
	print_renderings(f, m);
	fields_number(f, "errors", errors_of(m));
	print_problems(f, m);
}

static int print_one(const struct mounted *m)
{
	struct fields f;

	fields_init(&f, FORMAT_TEXT);
	fields_text(&f, "mountpoint", m->mountpoint);
	fields_text(&f, "mesh", m->source);
	fields_text(&f, "state", probe_state_text(m->probe.state));
	if (m->probe.state == PROBE_ALIVE)
		print_answer(&f, m);
	return fields_print(&f);
}

/* ---- JSON: what each mount says goes in whole ---- */

static size_t trimmed(const struct buf *b)
{
	size_t len = b->len;

	while (len > 0 && (b->data[len - 1] == '\n' || b->data[len - 1] == ' '))
		len--;
	return len;
}

static int print_json(const struct mounts *ms)
{
	struct buf out;

	buf_init(&out);
	buf_puts(&out, "[");
	for (size_t i = 0; i < ms->len; i++) {
		const struct mounted *m = &ms->items[i];

		buf_puts(&out, i ? ",\n{\"mountpoint\": " : "\n{\"mountpoint\": ");
		buf_json(&out, m->mountpoint);
		buf_puts(&out, ", \"source\": ");
		buf_json(&out, m->source);
		buf_printf(
		    &out, ", \"state\": \"%s\", \"status\": ", probe_state_name(m->probe.state));
		if (m->probe.state == PROBE_ALIVE)
			buf_add(&out, m->probe.data.data, trimmed(&m->probe.data));
		else
			buf_puts(&out, "null");
		buf_addc(&out, '}');
	}
	buf_puts(&out, ms->len ? "\n]\n" : "]\n");
	return term_buf(&out);
}

static int run(struct mounts *ms, enum opt_format format, struct mesh_err *err)
{
	int rc = mountpoint_each(add, ms);

	if (rc < 0)
		return mesh_err_set(err, rc, "the list of mounts: %s", strerror(-rc));
	if (ms->only && ms->len == 0)
		return mesh_err_set(err, -EINVAL, "no mesh is mounted at %s", ms->only);
	ask(ms);
	if (format == FORMAT_JSON)
		rc = print_json(ms);
	else
		rc = ms->only ? print_one(&ms->items[ms->len - 1]) : print_table(ms);
	if (ms->len == 0)
		term_note("no mesh is mounted");
	return rc < 0 ? mesh_err_nomem(err) : 0;
}

/* The mount that the argument is in; the argument itself where it is in none. malloc'ed. */
static char *mountpoint_for(const char *arg)
{
	char *absolute = target_absolute(arg);
	char *mountpoint = absolute ? target_mountpoint(absolute) : NULL;

	if (!mountpoint)
		return absolute;
	free(absolute);
	return mountpoint;
}

int cmd_status(int argc, char **argv)
{
	enum opt_format format = FORMAT_TEXT;
	const struct opt list[] = {{"format", 0, OPT_FORMAT, &format}, {0}};
	const struct opts opts = {.command = "status", .list = list, .min = 0, .max = 1};
	AUTOFREE char *only = NULL;
	struct operands operands;
	struct mounts ms = {0};
	struct mesh_err err = {0};
	int rc = opts_parse(&opts, argc, argv, &operands);

	if (rc != OPTS_RUN)
		return rc;
	if (operands.len > 0) {
		only = mountpoint_for(operands.items[0]);
		ms.only = only ? only : operands.items[0];
	}
	rc = run(&ms, format, &err);
	rc = rc < 0 ? cmd_fail("status", &err) : EXIT_DONE;
	for (size_t i = 0; i < ms.len; i++)
		if (rc == EXIT_DONE && ms.items[i].probe.state != PROBE_ALIVE &&
		    ms.items[i].probe.state != PROBE_REFUSED)
			rc = EXIT_NO;
	clear(&ms);
	return rc;
}
