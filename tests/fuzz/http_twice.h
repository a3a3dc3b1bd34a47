/* What the two HTTP fuzz targets share: bytes at once and byte by byte must give the same, and what was read can be written. */
#pragma once

#include <stdint.h>

#include "net/http1.h"

void http_twice(enum http_parser_role role, const uint8_t *data, size_t size);
