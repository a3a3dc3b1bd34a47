#include "pki/x509.h"

X509 *x509_of(const struct cert *c)
{
	const unsigned char *at = (const unsigned char *)c->der.data;

	return d2i_X509(NULL, &at, (long)c->der.len);
}
