/*
 * Another program that has a port of a server's: it may stand in front and pass connections on to it, as haproxy, sslh and the proxy
 * of a container do, or just be in its way.
 */
#pragma once

#include "net/resolver.h"
#include "srv/webserver.h"

struct front {
	char *who; /* "haproxy (PID 812)"; NULL: nobody else has the port */
	unsigned port;
	struct address_list at; /* where; IPv4 too where [::] takes that */
};

/* In the network that the server is seen to run in. Where it is not seen nothing is known, and nobody is found. */
void front_find(struct front *out, const struct webserver *s, unsigned port);
/* Does it keep the server from listening there? host: "*" (IPv4), "[::]", or an address. */
bool front_is_at(const struct front *f, const char *host);
/* May people be led there? f NULL: nobody else is there. ERR_CONFIG: it does not show this certificate for the name; and what instead. */
MUST_CHECK struct err *front_prove(const struct front *f, const struct world *w,
				   const struct webserver *s, const char *name,
				   const char *fullchain);
void front_release(struct front *f);

AUTO_RELEASE(struct front, front_release)

/* Those that people meet: at the server's own port for HTTPS, and at 443, where every redirect leads. */
struct fronts {
	struct front own, public; /* public: only where 443 is not the server's own port */
	bool known;
};

/* Looks once, until they are released. */
void fronts_look(struct fronts *f, const struct webserver *s, unsigned https_port);
bool fronts_are_there(const struct fronts *f);
/* NULL: nobody else has the port. */
const struct front *fronts_own(const struct fronts *f);
const struct front *fronts_public(const struct fronts *f);
void fronts_release(struct fronts *f);
