/* The keys of [renewalparams] that options keep their values in, in the order of a fresh file. */
#pragma once

#include <stddef.h>

extern const char *const renewal_keys[];
extern const size_t renewal_key_count;
