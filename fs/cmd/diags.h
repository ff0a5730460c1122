#ifndef FS_CMD_DIAGS_H
#define FS_CMD_DIAGS_H

/*
 * The problems of manifests as a command prints them: under names that lead to the files from where the user stands.
 */

#include <stdio.h>

#include "catalog/catalog.h"

/* Puts the mesh's directory, as the user gave it, in front of the files of those from the `first` on, which are relative to it. */
void diags_rebase(struct diag_list *diags, size_t first, const char *dir);

/* Prints all, in colour on a terminal. 0 or -ENOMEM. */
int diags_print(struct diag_list *diags, enum diag_format format, FILE *to);

#endif
