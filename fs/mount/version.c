#include "fs/mount/version.h"

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

const char *version_libfuse(void)
{
	return fuse_pkgversion();
}

bool version_has_passthrough(void)
{
#ifdef FUSE_CAP_PASSTHROUGH
	return true;
#else
	return false;
#endif
}
