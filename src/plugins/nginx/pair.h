/*
 * What a block says of TLS: certificates with their keys, one for each kind of key, and the style of the people who wrote it.
 */
#pragma once

#include "plugins/nginx/vhost.h"

/* nginx reads the n-th certificate with the n-th key. Either may be missing. */
struct pair {
	struct directive *certificate, *key;
};

struct pairs {
	struct pair *items;
	size_t count;
	struct directive *dhparam;
	bool options; /* one of those that options-ssl-nginx.conf has: the people who wrote it have a style of their own */
};

/* Of the block and its includes. */
MUST_CHECK struct err *pairs_read(struct pairs *out, struct config *c, const struct vhost *h);
/* Those that it shows: its own, else what the http block has for all. */
MUST_CHECK struct err *pairs_shown(struct pairs *out, struct config *c, const struct vhosts *v,
				   const struct vhost *h);
/* The one that a new certificate takes the place of: where there are several the last with the same kind of key, which nginx shows. None: empty. */
struct pair pairs_replaced(const struct pairs *p, const struct config *c, const char *fullchain);
/* The certificate's file, the caller's; NULL: none that is named here, but perhaps found by a variable. */
char *pair_path(const struct pair *p, const struct config *c);
/* The certificates' files, those that nginx finds by variables left out. */
void pairs_paths(const struct pairs *p, const struct config *c, struct strlist *out);
void pairs_release(struct pairs *p);

AUTO_RELEASE(struct pairs, pairs_release)
