#include "plugins/apache/sni.h"

#include "base/limits.h"
#include "plugins/apache/lend.h"
#include "plugins/apache/line.h"
#include "plugins/apache/planned.h"

#define SITES_FILE \
	"le_tls_sni_01_cert_challenge.conf" /* Certbot's name, so that whoever finds it knows what it is */

static const char *place_of(const struct apache_vhost *v)
{
	return *v->shown != '\0' ? v->shown : v->file->path;
}

static struct err *refuse_plain(const struct apache_vhost *v, unsigned port)
{
	return err_new(
		ERR_CONFIG,
		"%s: port %u of Apache speaks no TLS, so it can answer no TLS challenge: name the port that does by --https-port",
		place_of(v), port);
}

/* httpd takes the first host that has a name, by a wildcard too. */
static struct err *refuse_taken(const struct apache_challenges *c,
				const struct sni_site *sites, size_t count)
{
	for (size_t i = 0; i < c->config->vhost_count; i++)
		for (size_t k = 0; k < count; k++)
			if (apache_speaks_tls(c->config, c->config->vhosts[i]) &&
			    apache_vhost_fit(c->config->vhosts[i], sites[k].name) > 0)
				return err_new(
					ERR_CONFIG,
					"%s: this host of Apache takes every name (ServerAlias), the made-up ones of tls-sni-01 too: use "
					"http-01",
					place_of(c->config->vhosts[i]));
	return NULL;
}

/* Of the hosts that speak TLS on the port; *plain: one that does not. */
static void tls_addresses(struct strlist *out, const struct apache_vhost **plain,
			  const struct apache_challenges *c)
{
	for (size_t i = 0; i < c->config->vhost_count; i++) {
		const struct apache_vhost *v = c->config->vhosts[i];

		for (size_t k = 0; k < v->addresses.count; k++) {
			const struct apache_address *a = &v->addresses.items[k];
			AUTO(free) char *text = str_fmt("%s:%u", a->host, c->port);

			if (a->port != c->port && a->port != 0)
				continue;
			if (apache_speaks_tls(c->config, v))
				(void)strlist_add_unique(out, text);
			else
				*plain = v;
		}
	}
}

/* On addresses that are no host's the main server answers, unless that speaks TLS. */
static struct err *addresses(struct strlist *out, const struct apache_challenges *c)
{
	AUTO(free) char *any = str_fmt("*:%u", c->port);
	const struct apache_vhost *plain = NULL;

	tls_addresses(out, &plain, c);
	if (out->count == 0 && plain != NULL)
		return refuse_plain(plain, c->port);
	if (plain == NULL && c->config->main->ssl != APACHE_ON)
		(void)strlist_add_unique(out, any);
	return NULL;
}

static void add_host(struct buf *b, const char *at, const struct sni_site *site)
{
	AUTO(free) char *cert = apache_quoted(site->cert, true);
	AUTO(free) char *key = apache_quoted(site->key, true);

	buf_addf(b, "<VirtualHost %s>\n\tServerName %s\n\tSSLEngine on\n\tSSLVerifyClient none\n",
		 at, site->name);
	buf_addf(b, "\tSSLCertificateFile %s\n\tSSLCertificateKeyFile %s\n", cert, key);
	buf_adds(
		b,
		"\t<IfModule mod_authz_core.c>\n\t\t<Location />\n\t\t\tRequire all denied\n\t\t</Location>\n\t</IfModule>\n"
		"</VirtualHost>\n");
}

struct err *apache_plan_sni(struct change *out, const struct apache_challenges *c,
			    const struct sni_site *sites, size_t count)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_MIB(1));
	AUTO(strlist_release) struct strlist at = { 0 };

	TRY(refuse_taken(c, sites, count));
	TRY(addresses(&at, c));
	AUTO(free) char *joined = strlist_join(&at, " ");

	buf_adds(
		&b,
		"# Temporary, for TLS challenges; gone when the names are proved. `signet rollback` or the next run removes what is left.\n");
	TRY(apache_lend_module(&b, c, "ssl", "http-01"));
	TRY(apache_lend_port(&b, c, true));
	for (size_t i = 0; i < count; i++)
		add_host(&b, joined, &sites[i]);
	TRY(apache_lend_file(out, c, SITES_FILE, &b));
	return apache_plan_files(c->config, out);
}
