/* Was a key reported as compromised? */
#pragma once

#include <openssl/evp.h>

#include "ca/res/step.h"

/* next gets store_key_blocked's answer: DONE is yes. */
MUST_CHECK struct err *blocked_ask(struct ca_request *r, const EVP_PKEY *key, res_step *next);
