/*
 * Renders each CSV file of a directory, named 0, 1, 2, ..., through the whole pipeline with every
 * column raw: to N.csv and N.jsonl beside it, or, where it is refused, what was said to N.err.
 * csv_cells DIRECTORY COUNT
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs/table/plan.h"

static int render(struct table_source *s, int out, bool jsonl, struct mesh_err *err)
{
	struct view_column *columns = calloc(s->schema.len + 1, sizeof(*columns));
	struct view view = {.columns = columns, .columns_len = s->schema.len};
	const struct plan_options opt = {.view = &view, .source = &s->schema};
	struct table_writer *w;
	struct table_plan *p;
	int rc;

	for (size_t i = 0; columns && i < s->schema.len; i++)
		columns[i].name = s->schema.columns[i].name;
	rc = columns ? plan_new(&opt, &p, err) : -ENOMEM;
	if (rc == 0) {
		rc = jsonl ? table_jsonl_writer(out, plan_schema(p), &w, err)
			   : table_csv_writer(out, ',', plan_schema(p), &w, err);
		if (rc == 0) {
			rc = plan_run(p, s, w, NULL, NULL, err);
			w->ops->close(w);
		}
		plan_free(p);
	}
	free(columns);
	return rc;
}

static int create(const char *dir, int n, const char *ending)
{
	char path[4096];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%d.%s", dir, n, ending);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0) {
		perror(path);
		exit(1);
	}
	return fd;
}

static int render_as(const char *dir, int n, const char *ending, struct mesh_err *err)
{
	char path[4096];
	struct table_source *s;
	int in, out, rc;

	(void)snprintf(path, sizeof(path), "%s/%d", dir, n);
	in = open(path, O_RDONLY | O_CLOEXEC);
	out = create(dir, n, ending);
	rc = source_text_open(in, "t.csv", NULL, &s, err);
	if (rc == 0) {
		rc = render(s, out, strcmp(ending, "jsonl") == 0, err);
		s->ops->close(s);
	}
	close(in);
	close(out);
	return rc;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	for (int n = 0; n < atoi(argv[2]); n++) {
		struct mesh_err err = {0};

		if (render_as(argv[1], n, "csv", &err) == 0 &&
		    render_as(argv[1], n, "jsonl", &err) == 0)
			continue;
		int fd = create(argv[1], n, "err");

		(void)dprintf(fd, "%s", err.text);
		close(fd);
	}
	return 0;
}
