#include "plugins/apache/plain_port.h"

static const struct apache_vhost *other_plain(const struct apache_sites *s,
					      const struct apache_vhost *v, const char *name,
					      const char *host)
{
	for (size_t i = 0; i < s->config->vhost_count; i++) {
		const struct apache_vhost *other = s->config->vhosts[i];

		if (other != v && apache_vhost_fit(other, name) == 0 &&
		    apache_vhost_is_at(other, host, s->https_port) && !apache_speaks_tls(s->config, other))
			return other;
	}
	return NULL;
}

static struct err *refuse(const struct apache_sites *s, const struct apache_vhost *other,
			  const char *name)
{
	return err_new(
		ERR_CONFIG,
		"%s: port %u speaks plain HTTP for this virtual host, and would speak TLS for it too with a certificate for %s there: move "
		"this host to another port, or give it `SSLEngine on` and a certificate, or name another port by --https-port; then run this "
		"again",
		*other->shown != '\0' ? other->shown : other->file->path, s->https_port, name);
}

struct err *apache_check_plain_port(const struct apache_sites *s, const struct apache_vhost *v,
				    const char *name)
{
	for (size_t i = 0; i < v->addresses.count; i++) {
		const char *host = v->addresses.items[i].host;
		const struct apache_vhost *first = apache_first_at(s->config, host, s->https_port);
		const struct apache_vhost *other = other_plain(s, v, name, host);

		if (first != NULL && other != NULL && !apache_speaks_tls(s->config, first))
			return refuse(s, other, name);
	}
	return NULL;
}
