#include "srv/chain_file.h"

#include <openssl/crypto.h>

#include "base/fs.h"
#include "base/limits.h"

struct err *chain_file_load(struct chain **out, const char *path)
{
	AUTO(free) char *pem = NULL;
	size_t len = 0;

	TRY(fs_read(&pem, &len, path, LIMIT_CHAIN_BYTES));
	struct err *e = chain_parse_file(out, pem, len);

	OPENSSL_cleanse(pem, len); /* a site may have its key in the same file */
	return err_wrap(e, "%s", path);
}

struct err *cert_file_load(struct cert **out, const char *path)
{
	AUTO(free) char *pem = NULL;
	size_t len = 0;

	TRY(fs_read(&pem, &len, path, LIMIT_CHAIN_BYTES));
	struct err *e = cert_from_pem(out, pem, len);

	OPENSSL_cleanse(pem, len);
	return err_wrap(e, "%s", path);
}
