#ifndef FS_RENDER_RENDITION_H
#define FS_RENDER_RENDITION_H

/*
 * Of the files that data are served as: which there are of a table, and whether a view that takes something away can be
 * made of them. Goes by the contract and by names; touches no storage. The tree asks here at each look-up and open.
 */

#include "fs/gate.h"

/* The server that a port's data are on; NULL: its contract has none. */
const struct server *rendition_server(const struct product *p, const struct port *port);

/* Whether the port is a database: its objects are rendered, each in the port's formats. */
bool rendition_is_database(const struct product *p, const struct port *port);

/* "orders.csv", "orders.jsonl": the files of a database port's object, in `a`. 0 or -ENOMEM. */
int rendition_files(
    const struct port *port, const struct object *o, struct arena *a, struct strlist *ret);

/*
 * Whether content that something is taken from can be served. ask->resource is aimed at port and object; `file` is the file's path in the port,
 * NULL: the object as such, judged by the contract. False: *ret_why says why, static.
 */
bool rendition_possible(const struct ask *ask, const char *file, const char **ret_why);
/* The same of a file that is there: its own name tells the format, and nothing else. */
bool rendition_of_file_possible(const struct ask *ask, const char *file, const char **ret_why);

#endif
