#include "catalog/catalog.h"
#include "catalog/store/version.h"

const char *catalog_sqlite_version(void)
{
	return version_sqlite();
}
