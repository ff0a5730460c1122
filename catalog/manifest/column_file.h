#ifndef CATALOG_MANIFEST_COLUMN_FILE_H
#define CATALOG_MANIFEST_COLUMN_FILE_H

/*
 * The properties of a contract's schema object as flat columns: nested ones become dotted leaves that inherit their
 * parents' tags and higher classification (POLICY.md section 1).
 */

#include "catalog/manifest/reader.h"
#include "catalog/model.h"

struct column_want {
	const struct mesh *mesh; /* NULL: vocabulary is not checked */
	const struct yaml_node
	    *columns; /* the list: `properties`, or `columns` of ODCS v2.2.x; may be NULL */
	struct strlist tags; /* what each column inherits */
};

/* Fills object->columns and object->rank. */
void column_file_read(struct reader *r, const struct column_want *want, struct object *object);

/* The properties that stand in a property, or in what its arrays hold; NULL: it is a column itself. */
const struct yaml_node *column_file_inner(const struct yaml_node *property);

/* A property's own name; NULL: it has none, and is no column. */
const char *column_file_name(const struct yaml_node *property);

#endif
