#include "ca/setup/setup.h"

#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "ca/config/form.h"
#include "ca/setup/server_cert.h"
#include "net/url.h"

static const char *const files[] = { "root.pem",   "root.key",   "issuer.pem", "issuer.key",
				     "server.pem", "server.key", SETUP_CONFIG };

/* --- what was asked for */

static unsigned port_of(const char *endpoint)
{
	int64_t port = 0;

	(void)!str_to_int(strrchr(endpoint, ':') + 1, 0, 65535, &port);
	return (unsigned)port;
}

struct err *setup_url(char **out, const struct setup *s)
{
	if (s->url != NULL)
		*out = xstrdup(s->url);
	else if (port_of(s->listen) == 443)
		*out = xstrdup("https://localhost");
	else
		*out = str_fmt("https://localhost:%u", port_of(s->listen));
	return NULL;
}

static struct err *check_text(const char *option, const char *value, bool (*fits)(const char *),
			      const char *form)
{
	if (value == NULL || fits(value))
		return NULL;
	return err_new(ERR_USAGE, "%s takes %s, not \"%s\"", option, form, value);
}

static struct err *check_networks(const char *list)
{
	AUTO(strlist_release) struct strlist networks = { 0 };

	strlist_split(&networks, list, ',');
	for (size_t i = 0; i < networks.count; i++)
		TRY(check_text("--allow", networks.items[i], form_network, FORM_NETWORK));
	return NULL;
}

/* A free port is another one each time, and certificates say where the CA is. */
static struct err *check_port(const char *option, const char *endpoint)
{
	return endpoint == NULL || port_of(endpoint) != 0
		     ? NULL
		     : err_new(ERR_USAGE, "%s needs a port other than 0", option);
}

static struct err *check(const struct setup *s)
{
	TRY(authority_name_check(s->name));
	TRY(check_text("--listen", s->listen, form_endpoint, FORM_ENDPOINT));
	TRY(check_text("--http-listen", s->http_listen, form_endpoint, FORM_ENDPOINT));
	TRY(check_text("--url", s->url, form_url, FORM_URL));
	TRY(check_port("--listen", s->listen));
	TRY(check_port("--http-listen", s->http_listen));
	return check_networks(s->allow);
}

static struct err *check_free(const struct setup *s)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		TRY(authority_file_check_free(s->dir, files[i]));
	return NULL;
}

/* --- root and issuer */

static struct err *make_authority(struct authority *out, const struct setup *s,
				  const struct world *world, const char *file,
				  const struct authority *by)
{
	AUTO(free) char *name = str_fmt("%s %s", s->name, by == NULL ? "Root" : "Issuer");
	const struct authority_wish wish = {
		.dir = s->dir, .file = file, .name = name, .keys = s->keys, .by = by
	};

	return authority_files_make(out, &wish, world);
}

static struct err *make_authorities(const struct setup *s, const struct world *world)
{
	AUTO(authority_release) struct authority root = { 0 };
	AUTO(authority_release) struct authority issuer = { 0 };

	TRY(make_authority(&root, s, world, "root", NULL));
	return make_authority(&issuer, s, world, "issuer", &root);
}

/* --- the configuration */

static struct err *host_of(char **out, const struct setup *s)
{
	AUTO(free) char *text = NULL;
	AUTO(url_release) struct url url = { 0 };

	TRY(setup_url(&text, s));
	TRY(url_parse(&url, text));
	*out = MOVE(url.host);
	return NULL;
}

/* "http://ca.example.org:14080" */
static struct err *plain_url(char **out, const struct setup *s)
{
	AUTO(free) char *host = NULL;
	unsigned port = port_of(s->http_listen);

	TRY(host_of(&host, s));
	bool literal = strchr(host, ':') != NULL;

	*out = port == 80 ? str_fmt("http://%s%s%s", literal ? "[" : "", host, literal ? "]" : "")
			  : str_fmt("http://%s%s%s:%u", literal ? "[" : "", host,
				    literal ? "]" : "", port);
	return NULL;
}

static void add_server(struct buf *b, const struct setup *s)
{
	buf_adds(b, "[server]\n");
	buf_addf(b, "listen = %s\n", s->listen);
	if (s->http_listen != NULL)
		buf_addf(
			b,
			"# Plain HTTP, for CRLs and the issuer's certificate only.\nhttp_listen = %s\n",
			s->http_listen);
	buf_adds(b, "tls_certificate = server.pem\ntls_key = server.key\n");
	buf_adds(
		b,
		"# What stands before the paths in URLs; not set: the name that a client asked for.\n");
	buf_addf(b, s->url != NULL ? "url = %s\n" : "#url = %s\n",
		 s->url != NULL ? s->url : "https://ca.example.org");
}

/* The CA's own name, as far as others can write it in their zones. */
static struct err *add_directory(struct buf *b, const struct setup *s)
{
	AUTO(free) char *host = NULL;

	TRY(host_of(&host, s));
	bool usable = form_domain(host) && strchr(host, '.') != NULL && !form_address(host);

	buf_adds(
		b,
		"\n[directory]\n# CAA records (RFC 8659) that name a CA allow this one by this name.\n");
	buf_addf(b, "%scaa_identities = %s\n", usable ? "" : "#", usable ? host : "ca.example.org");
	return NULL;
}

static struct err *add_issuer(struct buf *b, const struct setup *s)
{
	AUTO(free) char *url = NULL;

	buf_adds(
		b,
		"\n[issuer main]\ncertificate = issuer.pem\nkey = issuer.key\nchains = root.pem\n");
	if (s->http_listen == NULL)
		return NULL;
	TRY(plain_url(&url, s));
	buf_addf(b,
		 "# Certificates say these; clients have to reach them.\n"
		 "crl_url = %s/crl/main\ncaissuers_url = %s/issuer/main\n",
		 url, url);
	return NULL;
}

static void add_policy(struct buf *b, const struct setup *s)
{
	buf_addf(
		b,
		"\n[policy]\n"
		"# For networks of one's own: names that are not public, addresses that are special.\n"
		"private_names = yes\nallow_ip = %s\n"
		"# Only these domains, if there are any:\n#allow = example.org, example.lan\n",
		s->allow);
	buf_addf(b,
		 "\n[va]\n"
		 "# Where hosts that ask for certificates may be, besides public addresses.\n"
		 "allow = %s\nredirect_to_any_name = yes\n"
		 "# DNS servers to ask; not set: the system's.\n#resolvers = 192.0.2.53\n",
		 s->allow);
}

static struct err *write_config(struct buf *b, const struct setup *s)
{
	buf_addf(
		b,
		"# Configuration of signet-ca for %s. `signet-ca config` prints every key there is with its\n"
		"# default, `signet-ca check-config` judges a file. Paths are relative to this file.\n\n",
		s->name);
	add_server(b, s);
	TRY(add_directory(b, s));
	buf_adds(b, "\n[store]\npath = ca.db\n");
	TRY(add_issuer(b, s));
	add_policy(b, s);
	return buf_check(b, "the configuration");
}

/* --- the server's certificate */

static void add_host(struct idents *out, const char *host)
{
	struct ident i = { form_address(host) ? IDENT_IP : IDENT_DNS, xstrdup(host) };
	bool there = false;

	for (size_t n = 0; n < out->count; n++)
		there = there || ident_same(&out->items[n], &i);
	if (!there && (i.type == IDENT_IP || form_domain(host)))
		idents_add(out, i.type, i.value);
	ident_release(&i);
}

/* The name of its URL, those of this machine, and the address it listens at. */
static struct err *server_names(struct idents *out, const struct setup *s)
{
	AUTO(free) char *host = NULL;
	AUTO(free) char *address = NULL;
	char own[256] = "";

	TRY(host_of(&host, s));
	add_host(out, host);
	add_host(out, "localhost");
	if (gethostname(own, sizeof(own) - 1) == 0) {
		str_lower(own);
		add_host(out, own);
	}
	add_host(out, "127.0.0.1");
	add_host(out, "::1");
	address = s->listen[0] == '[' ? xstrndup(s->listen + 1, strcspn(s->listen, "]") - 1)
				      : xstrndup(s->listen, strcspn(s->listen, ":"));
	if (!streq(address, "0.0.0.0") && !streq(address, "::"))
		add_host(out, address);
	return NULL;
}

static struct err *issue_server(const struct setup *s, const struct world *world,
				const struct buf *text)
{
	AUTO(free) char *path = fs_join(s->dir, SETUP_CONFIG);
	AUTO(ca_config_free) struct ca_config *config = NULL;
	AUTO(idents_release) struct idents names = { 0 };

	TRY(ca_config_parse(&config, buf_str(text), text->len, path));
	TRY(server_names(&names, s));
	return server_cert_issue(config, world, &names, false);
}

struct err *setup_make(const struct setup *s, const struct world *world)
{
	AUTO(buf_release) struct buf config = BUF_INIT(LIMIT_FILE);

	TRY(check(s));
	TRY(check_free(s));
	TRY(write_config(&config, s));
	TRY(fs_mkdirs(s->dir, 0700));
	TRY(make_authorities(s, world));
	TRY(issue_server(s, world, &config));
	AUTO(free) char *path = fs_join(s->dir, SETUP_CONFIG);

	TRY(fs_create(path, config.data, config.len, 0644)); /* last: with it the CA is whole */
	return fs_sync_dir(s->dir);
}
