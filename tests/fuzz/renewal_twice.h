/* What the targets share that are about what a renewal file keeps. */
#pragma once

#include <stdint.h>

#include "client/opt/options.h"

struct options *renewal_options(void); /* of a plain `renew` */
/* o is written, read, written again and read again: from the first reading on the text stays the same. */
void renewal_twice(const struct options *o);
