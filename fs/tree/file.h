#ifndef FS_TREE_FILE_H
#define FS_TREE_FILE_H

/*
 * Open files. An open decides for its caller, records, and only then has a handle; reads go by the handle alone, so that what
 * was granted stays what it was.
 */

#include "fs/tree/tree.h"

struct file {
	struct handle handle;
	struct tree *tree;  /* borrowed */
	struct node *node;  /* held */
	struct asker asker; /* who opened */
	int fd;		    /* a stored or rendered file; -1: `bytes` */
	struct stat opened; /* of fd, as it was at the open */
	struct stat source; /* of the stored file that was decided about, where there is one */
	struct bytes *bytes;
	struct stat attr;   /* as shown at the open */
	bool keep_cache;    /* the kernel's pages of this node are of this version */
	bool rendered;	    /* fd is a file of the view cache: it never changes */
	bool recheck;	    /* every read is decided again */
	bool passthrough;   /* the mount registered fd as the node's backing */
	bool in_node;	    /* counted in node->opens */
	bool counted;	    /* among the open files of the status */
};

/* Opens a file for the caller. `flags` as open(2): anything but reading is -EROFS. -EACCES, -ESTALE (another content than the node's: look
 * up again), -EISDIR, -EIO, -ENOENT, -EWOULDBLOCK (ask again where waiting is allowed). file_close frees. */
int file_open(struct tree *t, struct asker who, uint64_t id, int flags, struct file **ret);
void file_close(struct file *f); /* NULL is fine */

/*
 * Reads up to `size` bytes at `off`: into `buf` for a stored file, else *ret_data points into the file's bytes. Returns the count; -ESTALE where
 * the stored file changed since the open; of a file with `recheck` -EACCES and -ESTALE as at an open; -EIO.
 */
ssize_t file_read(struct file *f, char *buf, size_t size, off_t off, const char **ret_data);

/* The attributes of the open file, as fstat(2) shows them: of what was opened, even where another file lies at the path by now. -ESTALE as
 * file_read, but for a file that the kernel reads itself; -EIO. */
int file_getattr(const struct file *f, struct stat *ret);

#endif
