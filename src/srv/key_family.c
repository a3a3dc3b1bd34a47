#include "srv/key_family.h"

#include "base/fs.h"
#include "base/limits.h"
#include "pki/chain.h"

const char *key_family_of(const char *path)
{
	AUTO(chain_free) struct chain *chain = NULL;
	AUTO(free) char *pem = NULL;
	size_t len = 0;
	struct err *e = fs_read(&pem, &len, path, LIMIT_CHAIN_BYTES);

	if (e == NULL)
		e = chain_parse_file(&chain, pem, len);
	err_ignore(e);
	return chain != NULL ? cert_key_family(chain->certs[0]) : NULL;
}
