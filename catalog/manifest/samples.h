#ifndef CATALOG_MANIFEST_SAMPLES_H
#define CATALOG_MANIFEST_SAMPLES_H

/*
 * Sample values in the authored bytes of a contract: `examples` and `enum` of a property (`sampleValues` in ODCS v2.2.x), and custom
 * properties whose name speaks of samples or statistics (sample, example, statistic, histogram, distinct, or min and max as words), of columns,
 * of objects and of the contract. Rules under `quality` are no data. Knows which columns may be seen only by being told.
 */

#include <stdbool.h>

#include "catalog/base/buf.h"
#include "catalog/base/str.h"

/* Whether there are any, of whatever column. True also where the bytes cannot be understood. */
bool samples_any(const char *bytes, size_t len);

/*
 * Appends the contract without the sample values of all columns but those in `raw` ("object/column", dotted as in the model, in any order): the
 * very bytes where nothing has to go, else the same less those keys; a custom property keeps its name and loses its value. What belongs to
 * several columns, as an object's custom properties do, stays only where all of them are raw. 0, -ENOMEM, or -EOPNOTSUPP where the values
 * cannot be taken out exactly; then nothing was appended.
 */
int samples_remove(const char *bytes, size_t len, const struct strlist *raw, struct buf *out);

#endif
