/* Who answers at an address for names that no host there has. */
#include <string.h>

#include "base/fs.h"
#include "plugins/apache/order.h"
#include "plugins/apache/site.h"
#include "srv/bystander.h"

static bool has_host_of(const struct apache_sites *s, const char *host, const char *name)
{
	for (size_t i = 0; i < s->config->vhost_count; i++)
		if (apache_vhost_is_at(s->config->vhosts[i], host, s->https_port) &&
		    apache_vhost_fit(s->config->vhosts[i], name) > 0)
			return true;
	return false;
}

static bool is_installed_now(const struct apache_sites *s, const char *name)
{
	return s->certified != NULL && strlist_has(s->certified, name);
}

/* A name of its certificate that it serves there as the first one alone; NULL: there is none. Lent until the next call. */
static const char *stray_name(const struct apache_sites *s, const struct apache_vhost *first,
			      const char *host)
{
	for (size_t i = 0; s->beside != NULL && i < first->certificates.count; i++) {
		const struct strlist *names = bystanders_certified(s->beside,
								   first->certificates.items[i]);

		for (size_t n = 0; n < names->count; n++)
			if (!is_installed_now(s, names->items[n]) &&
			    !has_host_of(s, host, names->items[n]))
				return names->items[n];
	}
	return NULL;
}

static struct err *refuse(const char *path, const struct apache_vhost *first, const char *name)
{
	return err_new(
		ERR_CONFIG,
		"the TLS host for this name, %s, would be read before that at %s, which answers for %s too as long as it is the first one "
		"there: give that one a `ServerAlias %s`, or name another directory by --apache-vhost-root; then run this again",
		path, first->shown, name, name);
}

struct err *apache_enable_behind(const struct apache_sites *s, const struct apache_vhost *plain,
				 const char *path)
{
	AUTO(free) char *dir = apache_site_dir(s, path), *beside = fs_parent(path);
	AUTO(free) char *read = dir != NULL ? fs_join(dir, strrchr(path, '/') + 1) : NULL;

	for (size_t i = 0; read != NULL && i < plain->addresses.count; i++) {
		const char *host = apache_tls_place(s, plain->addresses.items[i].host);
		const struct apache_vhost *first = apache_first_at(s->config, host, s->https_port);
		const char *name = first != NULL ? stray_name(s, first, host) : NULL;

		if (name == NULL || apache_follows(s->config, first, dir, read))
			continue;
		return streq(dir, beside) ? refuse(path, first, name)
					  : apache_site_include(s, path);
	}
	return apache_site_enable(s, path);
}
