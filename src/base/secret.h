/* Bytes that must not be printed and are cleansed when freed (a MAC key, an API token). */
#pragma once

#include <stddef.h>

#include "base/mem.h"

struct secret {
	unsigned char *data;
	size_t len;
};

void secret_set(struct secret *s, const void *data, size_t len); /* copies */
void secret_release(struct secret *s);

AUTO_RELEASE(struct secret, secret_release)
