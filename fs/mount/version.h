#ifndef FS_MOUNT_VERSION_H
#define FS_MOUNT_VERSION_H

/*
 * What the libfuse in this program is and can do. Asks the library alone, no kernel and no mount.
 */

#include <stdbool.h>

/* "3.17.2". Static. */
const char *version_libfuse(void);

/* Whether it was built against a libfuse that knows kernel passthrough (3.17). */
bool version_has_passthrough(void);

#endif
