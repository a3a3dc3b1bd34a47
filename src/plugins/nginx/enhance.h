/* Redirects, HSTS and OCSP stapling in the blocks of a name (certbot.md 15.6). What a block has already is left as it is. */
#pragma once

#include "client/plugin.h"
#include "plugins/nginx/config.h"
#include "plugins/nginx/target.h"

/* Each edits c. */
MUST_CHECK struct err *enhance_redirect(struct config *c, const char *name,
					const struct target_ports *ports);
MUST_CHECK struct err *enhance_hsts(struct ui *ui, struct config *c, const char *name,
				    const struct target_ports *ports);
/* chain: the path of what signed the certificate. */
MUST_CHECK struct err *enhance_staple(struct config *c, const char *name, const char *chain,
				      const struct target_ports *ports);
