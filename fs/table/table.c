#include "fs/table/table.h"

#include <string.h>

static const char *const names[TABLE_FORMAT_COUNT] = {
    [TABLE_CSV] = "csv",
    [TABLE_TSV] = "tsv",
    [TABLE_JSONL] = "jsonl",
    [TABLE_PARQUET] = "parquet",
};

const char *table_format_name(enum table_format f)
{
	return names[f];
}

int table_format_parse(const char *s)
{
	for (int i = 0; s && i < TABLE_FORMAT_COUNT; i++)
		if (strcmp(s, names[i]) == 0)
			return i;
	return -1;
}
