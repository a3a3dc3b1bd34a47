/* A socket that listens: what a server is made of. */
#pragma once

#include "base/err.h"

/* address is numeric or a name; another socket with reuse_port may share the port. ERR_CONFIG, ERR_BUSY (names who has it), ERR_PERMISSION. */
MUST_CHECK struct err *server_socket_open(int *out, const char *address, unsigned port,
					  bool reuse_port);
