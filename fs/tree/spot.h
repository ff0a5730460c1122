#ifndef FS_TREE_SPOT_H
#define FS_TREE_SPOT_H

/*
 * One request at one place: the world it sees, the question to the gate, and the domain, product and port that the place's names
 * stand for in this world.
 */

#include "fs/storage/local.h"
#include "fs/tree/tree.h"

struct source_text_options; /* fs/table/source.h */

struct spot {
	const struct tree *tree;   /* borrowed */
	const struct place *place; /* borrowed */
	struct world *world;	   /* owned reference */
	struct ask ask;		   /* owned; aimed at the place's deepest resource */
	const struct snapshot_domain *domain; /* borrowed from the world */
	struct product *product;	      /* owned reference */
	const struct port *port;	      /* borrowed from the product */
	const struct server *server;	      /* the port's; NULL: none. Borrowed from the product */
	bool has_local;			      /* the port's files are on local storage, described in `local` */
	bool has_tables;		      /* the port is a database: its objects are rendered. SQLite, DuckDB: the file is `local` */
	struct local_port local;	      /* in `arena` */
	int format;		     /* of a file of a database's port: enum table_format; -1: none */
	const struct object *object; /* STORED: which it belongs to; NULL: opaque, or not asked for yet */
	struct arena arena;
};

/* Resolves the place's names. 0, -ENOENT (no such domain, product, port, purpose), -EIO, -ENOMEM. Clear after success and
 * failure alike. */
int spot_init(struct spot *s, const struct tree *t, struct asker who, const struct place *p);
void spot_clear(struct spot *s);

/* Runs `fn` for a node that the caller may discover: what it returns, as the caller may see it; -ESTALE: no such node, -ENOENT. */
int tree_with_spot(struct tree *t, struct asker who, uint64_t id, int (*fn)(struct node *n, struct spot *s, void *arg),
		   void *arg);

/* Whether the caller may discover the place and everything on the way to it. */
bool spot_visible(struct spot *s);

/* Whether a domain is visible: to whom may discover it, or any product in it. Leaves the question aimed at the domain. */
bool spot_domain_visible(struct spot *s, const char *domain);

/* True where the name's visibility does not differ among those who can reach its parent: it may be cached. */
bool spot_uniform(struct spot *s);

/* Hands on what storage answered; counts it where storage failed. */
int spot_storage(const struct spot *s, int rc);

/* Aims the question. */
void spot_ask_product(struct spot *s);
void spot_ask_port(struct spot *s);
void spot_ask_object(struct spot *s, const struct object *o);

/* How the stored file `fd` of this place is read as text. */
struct source_text_options spot_text(const struct spot *s, int fd);

/* The columns that the stored file `fd` of this place has, for policy to decide on; "*" where they cannot be told, and for a file that belongs to no
 * object. In `arena`. 0 or -ENOMEM. */
int spot_columns(struct spot *s, int fd, struct strlist *ret);

/* What the documents' renderers need, for a DOCS place. */
struct doc_env spot_doc_env(struct spot *s);

#endif
