#include "catalog/manifest/storage_rights.h"

void storage_rights_refuse(struct reader *r, const struct yaml_node *n, const char *place,
    const struct storage_rights *rights)
{
	reader_error(r, "storage-not-allowed", n,
	    "'%s' lies outside what the domain may use; the operator can allow it by adding a prefix of it to the "
	    "domain's 'storage' in mesh.yaml:%d",
	    place, rights->line);
}
