#ifndef FS_TABLE_SOURCE_H
#define FS_TABLE_SOURCE_H

/*
 * Where a table's rows come from, whatever holds it: a CSV or JSON Lines file (also compressed), a table of SQLite or PostgreSQL, a Parquet
 * file or a table of a DuckDB file. A source is opened for one rendering.
 */

#include "fs/table/table.h"

struct table_source;

struct table_source_ops {
	/* A reader of the columns asked for. The source must outlive it. */
	int (*read)(struct table_source *s, const struct table_request *rq, struct table_reader **ret, struct mesh_err *err);
	void (*close)(struct table_source *s); /* frees the source */
};

/* The first member of each source's own struct. */
struct table_source {
	const struct table_source_ops *ops;
	struct arena arena;	    /* of the schema */
	struct table_schema schema; /* all columns that storage has, in its order; names and types from the contract where it knows them */
	char version[65]; /* SHA-256 hex: equal versions, equal rows */
	char delimiter;	  /* of CSV; 0: the source has none */
};

/* True where the file's name says Parquet (.parquet, .pq). */
bool source_is_parquet(const char *name);

/*
 * A stored file: `name` gives the format (.csv .tsv .tab .jsonl .ndjson, each also .gz and .zst). `fd` is borrowed and read by pread. `object` (may be
 * NULL) is the contract's, borrowed for the source's life. -EOPNOTSUPP: not a format that can be read, or JSON Lines without a contract; -EINVAL: CSV
 * whose first record does not name columns. Of JSON Lines the schema is the contract's, of CSV the file's; of equal names the first counts and the others
 * are never shown.
 */
bool source_is_text_table(const char *name);
/* The format of a text file's table by its name; -1: none. */
int source_text_format(const char *name);
int source_text_open(int fd, const char *name, const struct object *object, struct table_source **ret, struct mesh_err *err);

/* The same, told the delimiter of CSV. */
struct source_text_options {
	int fd;
	const char *name;
	char delimiter; /* 0: a tab for .tsv and .tab, else what the first record suggests */
	const struct object *object;
};
int source_text_open_with(const struct source_text_options *opt, struct table_source **ret, struct mesh_err *err);

/* The names that a file has for policy to decide on, in `a`: CSV's columns, by the contract's names where it knows them; "*" where they cannot be told
 * without reading everything (JSON Lines, a damaged first record, any other format). 0 or -ENOMEM. */
int source_text_columns(const struct source_text_options *opt, struct arena *a, struct strlist *ret);

/* Fills name and logical_type of a schema from the contract: by name, else by physicalName. */
void source_apply_contract(struct table_schema *schema, const struct object *object);

#endif
