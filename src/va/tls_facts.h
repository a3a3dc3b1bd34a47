/* What a finished handshake showed, for the record. */
#pragma once

#include <openssl/ssl.h>

#include "va/record.h"

void tls_facts(struct va_tls *out, const SSL *ssl);
