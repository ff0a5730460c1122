#ifndef CATALOG_AUDIT_LOGDIR_H
#define CATALOG_AUDIT_LOGDIR_H

/*
 * The directory of a log: its files in order, and its head. Knows names, not what the lines say.
 *
 * DIR/audit-NNNNNNNNNN.jsonl: the lines from seq N on, to the one before the next file's N. DIR/head: the last record
 * that is known to be on the disk, {"seq":N,"hash":"H"}; written anew and renamed, so it is always whole. Lines after
 * it are fine, fewer lines are a loss. It exists before the first line does.
 */

#include <stddef.h>
#include <stdint.h>

#include "catalog/audit/chain.h"
#include "catalog/base/err.h"

#define LOGDIR_NAME_CAP 40
#define LOGDIR_HEAD "head"

/* The name of the file that begins with record `first`. */
void logdir_name(uint64_t first, char out[LOGDIR_NAME_CAP]);

/* Opens the directory: a descriptor to close, or negative errno with the sentence. */
int logdir_open(const char *dir, struct mesh_err *err);

/* Makes the directory and its missing parents, mode 0700; fine where it exists. 0 or negative errno. */
int logdir_make(const char *dir, struct mesh_err *err);

struct logdir_files {
	uint64_t *first; /* owned; ascending */
	size_t len;
};

/* The log's files; other names are passed over. 0 or negative errno. logdir_files_clear frees. */
int logdir_files(int dir_fd, struct logdir_files *ret);
void logdir_files_clear(struct logdir_files *f);

/* Opens a file of the log with O_CLOEXEC and `flags`, O_CREAT with mode 0600. Symbolic links and anything that is no
 * regular file are refused. A descriptor to close, or negative errno. */
int logdir_open_file(int dir_fd, const char *name, int flags);

/* Writes all bytes at the descriptor's position. 0 or negative errno, after which some may be written. */
int logdir_write(int fd, const char *data, size_t len);

/* -ENOENT: there is none; -EINVAL: it is not of the form above; else 0 or another negative errno. */
int logdir_head(int dir_fd, struct chain_point *ret);

/* Replaces the head by `p`, on the disk before it takes the old one's place. One caller at a time. After an error the
 * old one stands. 0 or negative errno. */
int logdir_set_head(int dir_fd, const struct chain_point *p);

#endif
