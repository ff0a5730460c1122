#ifndef TESTS_LIB_MESH_DIR_H
#define TESTS_LIB_MESH_DIR_H

/*
 * A mesh repository of its own for a test: made of fixture directories laid over each other, changed at will, and gone in
 * the end. Every failure fails the test, by cmocka. Runs at the root of the tree.
 */

#include <stddef.h>

struct mesh_dir {
	char path[4096]; /* absolute */
};

/* Makes an empty one in $T, else in /tmp. */
void mesh_dir_init(struct mesh_dir *d);
void mesh_dir_clear(struct mesh_dir *d);

/* Lays tests/fixtures/meshes/<name> over it; links stay links. */
void mesh_dir_add(struct mesh_dir *d, const char *name);

/* Writes a file, with the directories above it. */
void mesh_dir_write(struct mesh_dir *d, const char *path, const void *bytes, size_t len);
void mesh_dir_text(struct mesh_dir *d, const char *path, const char *text);

/* The absolute path; in a buffer that the next call uses again. */
const char *mesh_dir_at(struct mesh_dir *d, const char *path);

#endif
