/* Which lines name files of a certificate, in every file that httpd reads. */
#pragma once

#include "plugins/apache/config.h"
#include "srv/mention.h"

void apache_mentions_add(const struct mentions *m, const struct apache_config *c);
