/* The User-Agent header: who asks, on what, with which plugins (certbot.md 7). */
#pragma once

#include "client/client.h"

char *user_agent(const struct options *opt);
