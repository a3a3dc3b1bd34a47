/* The certificate of the CA's own HTTPS server, signed by one of its issuers. */
#pragma once

#include "base/err.h"
#include "base/world.h"
#include "ca/config/config.h"
#include "proto/ident.h"

/*
 * A new key and certificate with its chain, for the paths of tls_certificate and tls_key. replace: files that are there are
 * replaced (a renewal), else they are an error.
 */
MUST_CHECK struct err *server_cert_issue(const struct ca_config *config, const struct world *world,
					 const struct idents *idents, bool replace);
/* The names of the certificate that is there. */
MUST_CHECK struct err *server_cert_names(struct idents *out, const struct ca_config *config);
/* When the certificate that is there ends. */
MUST_CHECK struct err *server_cert_end(time_t *out, const struct ca_config *config);
/* Do the files of [server] belong together, and is the certificate in its dates? A configuration without is fine. */
MUST_CHECK struct err *server_cert_check(const struct ca_config *config, const struct world *world);
