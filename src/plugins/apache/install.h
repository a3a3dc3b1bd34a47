/* Certificates and enhancements in virtual hosts (certbot.md 16.5, 16.6). */
#pragma once

#include "plugins/apache/site.h"
#include "srv/endpoint.h"

/* Has the host of this name show the certificate, making the TLS host where there is only a plain one. */
MUST_CHECK struct err *apache_deploy(struct apache_sites *s, const char *name,
				     const struct deployment *files);
MUST_CHECK struct err *apache_enhance(struct apache_sites *s, const char *name,
				      enum enhancement what);
/* The TLS hosts of this name, and the certificate files they name. */
MUST_CHECK struct err *apache_endpoints(const struct apache_config *c, const char *name,
					struct endpoints *out);

/* The TLS settings: <config dir>/options-ssl-apache.conf. The caller's. */
char *apache_options_path(const struct options *o);
/* Plans the file, or a new version of one that nobody has changed. */
MUST_CHECK struct err *apache_options_plan(struct apache_sites *s);
