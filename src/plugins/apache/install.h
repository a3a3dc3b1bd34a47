/* Certificates and enhancements in virtual hosts (certbot.md 16.5, 16.6). */
#pragma once

#include "plugins/apache/occurrence.h"
#include "plugins/apache/site.h"
#include "plugins/kept_file.h"
#include "srv/endpoint.h"

/* Has the host of this name show the certificate, making the TLS host where there is only a plain one. */
MUST_CHECK struct err *apache_deploy(struct apache_sites *s, const char *name,
				     const struct deployment *files);
MUST_CHECK struct err *apache_enhance(struct apache_sites *s, const char *name,
				      enum enhancement what);
MUST_CHECK struct err *apache_redirect(struct apache_sites *s, const char *name);
#define APACHE_HSTS "Strict-Transport-Security"
/* The TLS host of a name. ERR_CONFIG: there is none yet. */
MUST_CHECK struct err *apache_pick_tls(struct apache_vhost **out, const struct apache_sites *s,
				       const char *name);
/* The line by which a host has its answers carry this header, wherever it stands. */
bool apache_find_header(struct apache_occurrence *out, const struct apache_vhost *v,
			const char *name);
/* The TLS hosts of this name, and the certificate files they name. */
MUST_CHECK struct err *apache_endpoints(const struct apache_config *c, const char *name,
					struct endpoints *out);

extern const struct kept_file apache_options_file;
void apache_options_text(struct buf *out);
/* Plan it where it is missing, and a new version of one that nobody has changed. */
MUST_CHECK struct err *apache_options_create(struct apache_sites *s);
MUST_CHECK struct err *apache_options_update(struct apache_sites *s);
