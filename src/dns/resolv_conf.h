/* The name servers of the system, as resolv.conf(5) lists them. */
#pragma once

#include "net/resolver.h"

#define RESOLV_CONF "/etc/resolv.conf"

/* Lines that name no address are left out; without any it is this machine. */
void resolv_conf_parse(struct address_list *out, const char *text);
/* A missing file is like an empty one. */
MUST_CHECK struct err *resolv_conf_read(struct address_list *out, const char *path);
