/* Serial numbers as the store and plans have them: hexadecimal, lower case. */
#pragma once

#include "base/err.h"

#define SERIAL_BYTES_MAX 20 /* RFC 5280 §4.1.2.2 */

struct serial {
	unsigned char bytes[SERIAL_BYTES_MAX];
	size_t len;
};

MUST_CHECK struct err *serial_read(struct serial *out, const char *hex);
