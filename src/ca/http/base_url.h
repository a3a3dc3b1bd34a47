/* What stands before our paths in the URLs of an answer: configured, or how the client reached us. */
#pragma once

#include "base/err.h"
#include "ca/config/config.h"
#include "net/http1.h"

/* "https://ca.example.org:14000". Malformed: the authority that the client names is none. */
MUST_CHECK struct err *base_url_of(char **out, const struct server_config *c,
				   const struct http_message *m, bool tls);
