/* OpenSSL, started without surprises, and its error queue turned into `struct err`. */
#pragma once

#include "base/err.h"

/*
 * For a program's first line: OpenSSL reads no configuration file (which may load providers and
 * engines, and costs more than all else a short command does) and leaves its clean-up at exit to
 * the kernel. A library must not decide this for its host, so nothing here calls it.
 */
void openssl_start(void);

/*
 * ERR_CRYPTO with OpenSSL's own reason behind the message, if it has one; empties OpenSSL's error
 * queue.
 */
MUST_CHECK struct err *openssl_err(const char *fmt, ...) PRINTF_LIKE(1, 2);
