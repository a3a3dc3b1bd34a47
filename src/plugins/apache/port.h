/* May Apache be told to listen on one more port? One that is taken ends it: a graceful restart that cannot bind is its last. */
#pragma once

#include "base/err.h"

/* ERR_BUSY names who has the port, and the option that names another one. */
MUST_CHECK struct err *apache_port_check(unsigned port, const char *option);
