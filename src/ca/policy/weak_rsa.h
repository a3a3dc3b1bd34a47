/* RSA moduli that can be factored cheaply: by small factors, by Fermat's method, or by the flaw called ROCA. */
#pragma once

#include <openssl/bn.h>

#include "base/err.h"

MUST_CHECK struct err *weak_rsa_check(const BIGNUM *modulus);
