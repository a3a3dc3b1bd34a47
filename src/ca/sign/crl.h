/* CertificateList (RFC 5280 §5) of one shard of an issuer, written and signed. */
#pragma once

#include "ca/sign/issuer.h"
#include "ca/sign/sign.h"

MUST_CHECK struct err *crl_write(struct buf *der, const struct issuer *i,
				 const struct sign_crl_ask *ask);
