#include "ca/jws/signed.h"

void signed_request_free(struct signed_request *s)
{
	if (s == NULL)
		return;
	EVP_PKEY_free(s->key);
	free(s->thumbprint);
	json_decref(s->payload);
	jws_free(s->jws);
	free(s);
}
