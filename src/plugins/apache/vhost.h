/* A virtual host as the running server has it, and which names it answers for. */
#pragma once

#include "base/str.h"
#include "plugins/apache/address.h"
#include "plugins/apache/tree.h"

enum apache_switch { APACHE_UNSET, APACHE_OFF, APACHE_ON };

struct apache_vhost {
	struct apache_file
		*file; /* where its section stands: the file's own path, links followed; a loan */
	struct apache_node *node; /* NULL: the main server */
	char *shown;              /* "path:line" as the server tells it; "" when a macro makes it */
	char *name;               /* ServerName without scheme and port; NULL: none */
	struct strlist aliases;   /* may hold * and ? */
	struct apache_addresses addresses;
	struct strlist certificates;     /* each SSLCertificateFile, absolute */
	enum apache_switch ssl, rewrite; /* SSLEngine, RewriteEngine: what is said last */
	bool of_macro;
};

#define APACHE_FIT_NAME 3

/* How well it fits a name: 3 by its ServerName or an alias that is the same, 2 by an alias with wildcards, 0 not. */
unsigned apache_vhost_fit(const struct apache_vhost *v, const char *name);
bool apache_vhost_is_tls(const struct apache_vhost *v); /* SSLEngine on, or port 443 */
/* By its <VirtualHost>. */
bool apache_vhost_is_at(const struct apache_vhost *v, const char *host, unsigned port);
struct apache_vhost *apache_vhost_new(void);
void apache_vhost_free(struct apache_vhost *v);

AUTO_FREE(struct apache_vhost, apache_vhost_free)
