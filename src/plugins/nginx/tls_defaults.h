/* The files that blocks made to speak TLS include: Mozilla's intermediate recommendation, and RFC 7919's group (certbot.md 15.7). */
#pragma once

#include "base/buf.h"
#include "plugins/kept_file.h"
#include "plugins/nginx/daemon.h"

extern const struct kept_file tls_options_file, tls_dhparams_file;

/* Without what this nginx does not know. */
void tls_options_text(struct buf *out, const struct daemon *d);
/* The bytes that Certbot's file has. */
void tls_dhparams_text(struct buf *out);
