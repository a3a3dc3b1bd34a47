/* The blocks that a certificate for a name goes into. */
#pragma once

#include "plugins/nginx/vhost.h"
#include "srv/front.h"
#include "srv/sites.h"

struct target_ports {
	int64_t http, https;
	const struct directive *
		stream; /* a server of the stream block that has the https port and goes on to TLS elsewhere; NULL: none */
	const struct front *
		front; /* another program that has the https port, and may go on to TLS elsewhere; NULL: none */
	bool runs; /* nginx does, with the sockets that it has now */
};

/* Lent; empty: no block has the name. */
struct targets {
	const struct vhost **items;
	size_t count;
};

/*
 * Where the name is served by TLS on the https port; if nowhere, the blocks that serve it on the http port, then those that serve it by
 * TLS elsewhere, and else those that have it at all. Where a stream block or another program has the https port, TLS elsewhere comes first. name may be a wildcard: then the blocks that have exactly that.
 */
MUST_CHECK struct err *targets_find(struct targets *out, const struct vhosts *v, const char *name,
				    const struct target_ports *ports);
/* Those that answer for it by TLS, on the https port; if there are none, on others. */
MUST_CHECK struct err *targets_tls(struct targets *out, const struct vhosts *v, const char *name,
				   const struct target_ports *ports);
/* The blocks that answer for it in plain HTTP, for a redirect. ERR_CONFIG: none answers where that would lead. */
MUST_CHECK struct err *targets_plain(struct targets *out, const struct vhosts *v, const char *name,
				     const struct target_ports *ports);
bool targets_have(const struct targets *t, const struct vhost *h);
/* Once. */
void targets_add(struct targets *t, const struct vhost *h);
/* The blocks that have the names a wildcard covers. */
MUST_CHECK struct err *targets_covered(struct sites *out, const struct vhosts *v,
				       const char *wildcard, const struct target_ports *ports);
/* Who comes to the https port is passed on to TLS on another one. */
bool targets_are_behind(const struct target_ports *ports);
void targets_release(struct targets *t);

AUTO_RELEASE(struct targets, targets_release)
