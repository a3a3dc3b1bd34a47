/*
 * A certificate in the blocks that serve a name: blocks that speak TLS get its files in the place of those they have, others are made
 * to listen for TLS too, on the addresses on which they are heard now (certbot.md 15.5).
 */
#pragma once

#include "plugins/nginx/config.h"
#include "plugins/nginx/target.h"
#include "srv/bystander.h"

struct install_files {
	const char *fullchain, *key;
	const char *
		options; /* what else a block needs that speaks no TLS yet: options-ssl-nginx.conf */
	const char *dhparams;        /* ssl-dhparams.pem */
	const struct strlist *names; /* of the certificate; NULL: not known */
	struct strlist *notices;     /* out: what people are to know; NULL: nobody asks */
};

/* Edits c. Nothing to do is fine. beside (may be NULL): the names of the blocks that are edited are noted. */
MUST_CHECK struct err *install_certificate(struct config *c, const char *name,
					   const struct install_files *files,
					   const struct target_ports *ports,
					   struct bystanders *beside);
/* A line as Certbot marks those that it wrote. */
char *managed_line(const char *fmt, ...) PRINTF_LIKE(1, 2);
