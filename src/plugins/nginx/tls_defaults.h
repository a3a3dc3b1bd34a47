/* The files that blocks made to speak TLS include: Mozilla's intermediate recommendation, and RFC 7919's group (certbot.md 15.7). */
#pragma once

#include "base/buf.h"
#include "plugins/nginx/daemon.h"

#define TLS_OPTIONS_FILE "options-ssl-nginx.conf"
#define TLS_DHPARAMS_FILE "ssl-dhparams.pem"

/* Without what this nginx does not know. */
void tls_options_text(struct buf *out, const struct daemon *d);
/* The bytes that Certbot's file has. */
void tls_dhparams_text(struct buf *out);
