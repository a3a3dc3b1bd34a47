/*
 * A certificate, read by another reader than ours: each of its parts by OpenSSL, and its signature by the issuer's key. The
 * subject's key alone is not decoded again, which would cost more than all else (a request was verified with it before).
 */
#pragma once

#include "ca/sign/issuer.h"

MUST_CHECK struct err *proof_certificate(const struct issuer *i, const void *der, size_t len);
MUST_CHECK struct err *proof_crl(const struct issuer *i, const void *der, size_t len);
