#include "ca/sign/serial.h"

#include <string.h>

static int digit(char c)
{
	return c >= 'a' ? c - 'a' + 10 : c - '0';
}

struct err *serial_read(struct serial *out, const char *hex)
{
	size_t digits = strlen(hex);

	if (digits == 0 || digits % 2 != 0 || digits > 2 * SERIAL_BYTES_MAX ||
	    hex[strspn(hex, "0123456789abcdef")] != '\0')
		return err_new(ERR_INTERNAL, "\"%s\" is no serial number", hex);
	out->len = digits / 2;
	for (size_t i = 0; i < out->len; i++)
		out->bytes[i] = (unsigned char)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
	return NULL;
}
