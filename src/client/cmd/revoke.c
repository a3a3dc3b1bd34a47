/* revoke: by the account that has the names, or by the certificate's own key (certbot.md 13.3). */
#include <string.h>

#include "acme/cert.h"
#include "acme/key.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/shell.h"
#include "client/client.h"
#include "client/cmd/cmd.h"
#include "client/cmd/registry.h"
#include "client/install/mentions.h"
#include "client/lineage/find.h"
#include "client/lineage/remove.h"
#include "client/order/ca.h"
#include "client/order/discard.h"
#include "client/ui/prompt.h"
#include "pki/cert.h"
#include "pki/pem.h"

/* RFC 5280 §5.3.1 */
static const struct {
	const char *name;
	int code;
} reasons[] = {
	{ "unspecified", 0 }, { "keycompromise", 1 },        { "affiliationchanged", 3 },
	{ "superseded", 4 },  { "cessationofoperation", 5 },
};

struct revocation {
	struct client *c;
	struct options *opt;
	char *path;     /* of the certificate */
	char *lineage;  /* its name; NULL: not known yet */
	struct buf pem; /* the certificate */
	struct cert *cert;
	struct acme_key *key; /* NULL: the account signs */
};

static void revocation_release(struct revocation *r)
{
	free(r->path);
	free(r->lineage);
	buf_release(&r->pem);
	cert_free(r->cert);
	acme_key_free(r->key);
}

AUTO_RELEASE(struct revocation, revocation_release)

static int reason_code(const char *name)
{
	int code = -1;

	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (streq(reasons[i].name, name))
			code = reasons[i].code;
	return code;
}

/* The lineage's account revokes, if it is still there; else the choice is as always. */
static struct err *prefer_account(struct revocation *r, const struct lineage *l)
{
	AUTO(stored_account_free) struct stored_account *a = NULL;
	AUTO(free) char *id = NULL;

	TRY(ini_get(&id, l->conf, "renewalparams", "account"));
	if (id == NULL || options_set_by_user(r->opt, &r->opt->account))
		return NULL;
	err_ignore(account_load(&a, r->c->tree, r->opt->server, id));
	if (a != NULL)
		options_set_runtime(r->opt, &r->opt->account, id);
	return NULL;
}

static struct err *choose_by_name(struct revocation *r)
{
	AUTO(lineage_free) struct lineage *l = NULL;
	AUTO(free) char *server = NULL;

	TRY(lineage_load(&l, r->c->tree, r->opt->cert_name));
	TRY(ini_get(&server, l->conf, "renewalparams", "server"));
	if (server != NULL && !options_set_by_user(r->opt, &r->opt->server))
		options_set_runtime(r->opt, &r->opt->server, server);
	TRY(prefer_account(r, l));
	r->path = xstrdup(l->live[KIND_CERT]);
	r->lineage = xstrdup(l->name);
	return NULL;
}

static struct err *choose(struct revocation *r)
{
	if ((r->opt->cert_name != NULL) == (r->opt->cert_path != NULL))
		return err_new(ERR_CONFIG,
			       "Exactly one of --cert-path or --cert-name must be specified!");
	if (r->opt->cert_name != NULL)
		return choose_by_name(r);
	r->path = xstrdup(r->opt->cert_path);
	return NULL;
}

/* PEM or DER. */
static struct err *read_certificate(struct revocation *r)
{
	static const char begin[] = "-----BEGIN";
	AUTO(free) char *text = NULL;
	size_t len = 0;

	TRY(fs_read(&text, &len, r->path, LIMIT_FILE));
	bool is_pem = memmem(text, len, begin, sizeof(begin) - 1) != NULL;

	TRY_WRAP(is_pem ? cert_from_pem(&r->cert, text, len) : cert_from_der(&r->cert, text, len),
		 "certificate %s", r->path);
	pem_add(&r->pem, "CERTIFICATE", r->cert->der.data, r->cert->der.len);
	return buf_check(&r->pem, r->path);
}

static struct err *load_key(struct revocation *r, const char *pem, size_t len)
{
	bool fits = false;

	TRY(cert_has_key_file(&fits, r->cert, pem, len));
	if (!fits)
		return err_new(ERR_CONFIG, "%s is not the key of the certificate %s",
			       r->opt->key_path, r->path);
	return acme_key_from_pem(&r->key, pem, len);
}

static struct err *read_key(struct revocation *r)
{
	char *pem = NULL;
	size_t len = 0;

	if (r->opt->key_path == NULL)
		return NULL;
	TRY(fs_read(&pem, &len, r->opt->key_path, LIMIT_FILE));
	struct err *e = load_key(r, pem, len);

	OPENSSL_cleanse(pem, len);
	free(pem);
	return err_wrap(e, "key %s", r->opt->key_path);
}

static struct err *open_ca(struct revocation *r, struct ca **out)
{
	if (r->key != NULL)
		return ca_open(out, r->c, r->opt);
	return err_wrap(ca_open_existing(out, r->c, r->opt),
			"revoking needs an account, or the certificate's key with --key-path");
}

static struct err *send_revocation(struct revocation *r)
{
	struct ca *ca = NULL;

	TRY(open_ca(r, &ca));
	struct err *e = acme_revoke(ca->session, buf_str(&r->pem), r->pem.len, r->key,
				    reason_code(r->opt->reason));

	if (e != NULL && r->lineage != NULL && err_has_type(e, "alreadyRevoked")) {
		AUTO(free) char *name = shell_word(r->lineage);

		return err_wrap(e,
				"certificate %s (`signet delete --cert-name %s` removes its files)",
				r->lineage, name);
	}
	TRY(e);
	ui_emit(r->c->ui, EVENT_CERTIFICATE_REVOKED,
		FIELDS(STR("certificate_path", r->path), STR("lineage", r->lineage),
		       STR("serial", r->cert->serial_hex), STR("reason", r->opt->reason),
		       STR("server", ca->server)),
		"Congratulations! You have successfully revoked the certificate that was located at %s.",
		r->path);
	return NULL;
}

static struct err *wants_deletion(bool *yes, struct revocation *r)
{
	static const char *const labels[2] = { "Yes (recommended)", "No" };
	static const struct question q = {
		.text = "Would you like to delete the certificate(s) you just revoked, along with all earlier and later "
			"versions of the certificate?",
		.flag = "--delete-after-revoke",
		.safe = true,
	};

	*yes = r->opt->delete_after_revoke;
	if (options_set_by_user(r->opt, &r->opt->delete_after_revoke))
		return NULL;
	return prompt_either(r->c->ui, yes, &q, labels, PROMPT_YES);
}

static struct err *is_shared(bool *shared, struct revocation *r)
{
	AUTO(lineage_free) struct lineage *l = NULL;
	AUTO(free) char *other = NULL;

	TRY(lineage_load(&l, r->c->tree, r->lineage));
	TRY(lineage_sharing_archive(&other, r->c->tree, l));
	*shared = other != NULL;
	if (*shared)
		ui_emit(r->c->ui, EVENT_WARNING_TEXT, FIELDS(STR("lineage", r->lineage)),
			"Not deleting revoked certificates due to overlapping archive dirs. More than one certificate is using %s",
			l->archive_dir);
	return NULL;
}

static struct err *warn_of_servers(struct revocation *r)
{
	AUTO(readers_close) struct readers servers = { 0 };
	AUTO(strlist_release) struct strlist places = { 0 };

	TRY(readers_open(&servers, r->c));
	readers_find(&places, &servers, r->c, r->lineage);
	mentions_warn(r->c, r->lineage, &places);
	return NULL;
}

static struct err *delete_if_wanted(struct revocation *r)
{
	bool yes = false, shared = false;

	TRY(wants_deletion(&yes, r));
	if (!yes)
		return NULL;
	if (r->lineage == NULL)
		TRY(lineage_find_by_file(&r->lineage, r->c->tree, r->path));
	TRY(is_shared(&shared, r));
	if (shared)
		return NULL;
	TRY(warn_of_servers(r));
	return discard_certificate(r->c, r->lineage);
}

static struct err *revoke_certificate(struct client *c)
{
	AUTO(revocation_release)
	struct revocation r = { .c = c, .opt = c->opt, .pem = BUF_INIT(LIMIT_FILE) };

	TRY(lineages_settle(c->tree));
	TRY(choose(&r));
	TRY(read_certificate(&r));
	TRY(read_key(&r));
	TRY(send_revocation(&r));
	return delete_if_wanted(&r);
}

const struct subcommand subcommand_revoke = {
	.name = "revoke",
	.summary = "Revoke a certificate",
	.needs_tree = true,
	.run = revoke_certificate,
};
