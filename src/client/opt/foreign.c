/* --csr: a certificate request that was made elsewhere, and the names it asks for (certbot.md 2.4). */
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "client/cmd/cmd.h"
#include "client/opt/option.h"
#include "jose/base64url.h"
#include "pki/csr.h"

/* The file is read once: what is checked now is what will be sent. */
struct err *foreign_set(const struct option_setter *s, const char *value)
{
	AUTO(free) char *data = NULL;
	AUTO(csr_free) struct csr *csr = NULL;
	size_t len = 0;
	struct err *e = fs_read(&data, &len, value, LIMIT_FILE);

	if (e != NULL)
		return err_wrap_as(ERR_USAGE, e, "reading the request");
	e = csr_parse(&csr, data, len);
	if (e != NULL)
		return err_wrap_as(ERR_CONFIG, e, "--csr %s", value);
	free(s->o->csr);
	s->o->csr = base64url_encode(csr->der.data, csr->der.len);
	return NULL;
}

struct err *options_request(struct csr **out, const struct options *o)
{
	AUTO(buf_release) struct buf der = BUF_INIT(LIMIT_FILE);

	*out = NULL;
	if (o->csr == NULL)
		return NULL;
	TRY(base64url_decode(&der, o->csr, strlen(o->csr)));
	return csr_parse(out, der.data, der.len);
}

static struct err *add_names(struct options *o, const struct cert_names *names)
{
	AUTO(free) char *dns = strlist_join(&names->dns, ",");

	for (size_t i = 0; i < names->ip.count; i++)
		TRY(names_add_addresses(o, names->ip.items[i]));
	return names_add_domains(o, dns, NULL);
}

/* -d may repeat what the request says, no more. */
static struct err *check_same(const struct options *o, const struct cert_names *asked)
{
	AUTO(cert_names_release) struct cert_names all = { 0 };

	options_names(&all, o);
	if (strlist_subset(&all.dns, &asked->dns) && strlist_subset(&all.ip, &asked->ip))
		return NULL;
	AUTO(free) char *of_request = cert_names_text(asked);
	AUTO(free) char *of_options = cert_names_text(&all);

	return err_new(
		ERR_CONFIG,
		"Inconsistent domain requests: the request of --csr is for %s, the command line for %s",
		of_request, of_options);
}

struct err *foreign_check(struct options *o)
{
	AUTO(csr_free) struct csr *csr = NULL;

	TRY(options_request(&csr, o));
	if (csr == NULL)
		return NULL;
	if (!streq(o->verb->name, "certonly"))
		return err_new(ERR_CONFIG, "--csr can only be used with certonly, not with %s",
			       o->verb->name);
	if (o->allow_subset_of_names)
		return err_new(ERR_CONFIG, "--allow-subset-of-names cannot be used with --csr");
	if (csr->names.dns.count + csr->names.ip.count == 0)
		return err_new(
			ERR_CONFIG,
			"the request of --csr has no name: each has to be in its subjectAltName");
	TRY_WRAP(add_names(o, &csr->names), "the request of --csr");
	return check_same(o, &csr->names);
}
