/* Which lines name files of a certificate, in every block there is. */
#pragma once

#include "plugins/nginx/config.h"
#include "srv/mention.h"

MUST_CHECK struct err *mentions_add(const struct mentions *m, struct config *c);
