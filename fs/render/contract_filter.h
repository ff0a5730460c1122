#ifndef FS_RENDER_CONTRACT_FILTER_H
#define FS_RENDER_CONTRACT_FILTER_H

/*
 * A contract as its authors wrote it, less the sample values that the caller could not read in the data: those of columns that some port
 * drops for him, masks or filters by rows. Decides through the gate and records nothing.
 */

#include "fs/render/docs.h"

/* Whether the contract's bytes differ by caller. Remembers the answer for the bytes. */
bool contract_filter_needed(const struct doc_env *env, const struct contract *c);

/* Appends the contract for the caller of env->ask. -EACCES: the samples cannot be taken out of it exactly (noted in the log). Negative errno. */
int contract_filter(const struct doc_env *env, const struct contract *c, struct buf *out);

#endif
