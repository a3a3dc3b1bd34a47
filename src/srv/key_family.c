#include "srv/key_family.h"

#include "srv/chain_file.h"

const char *key_family_of(const char *path)
{
	AUTO(chain_free) struct chain *chain = NULL;

	err_ignore(chain_file_load(&chain, path));
	return chain != NULL ? cert_key_family(chain->certs[0]) : NULL;
}
