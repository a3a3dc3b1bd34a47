#include "client/order/issuance.h"

#include "acme/cert.h"
#include "base/limits.h"
#include "client/auth/auth.h"
#include "client/order/ca.h"
#include "client/order/certkey.h"
#include "client/order/journal.h"
#include "client/order/profile.h"
#include "client/order/report.h"
#include "pki/csr.h"

void issuance_release(struct issuance *i)
{
	chain_free(i->chain);
	EVP_PKEY_free(i->key);
	if (i->key_pem.data != NULL)
		OPENSSL_cleanse(i->key_pem.data, i->key_pem.cap);
	buf_release(&i->key_pem);
	acme_order_free(i->order);
	journal_free(i->journal);
	authenticator_free(i->authenticator);
	free(i->profile);
	free(i->replaces);
	cert_names_release(&i->names);
}

/* RFC 9773 §5: the certificate this order is to take the place of, where CA and server know of it. */
static struct err *choose_replaces(struct issuance *i)
{
	const struct directory *d = NULL;
	const struct lineage *old = i->r->existing;
	AUTO(free) char *pem = NULL;
	size_t len = 0;

	if (old == NULL || i->opt->dry_run)
		return NULL;
	TRY(session_directory(i->ca->session, &d));
	if (d->renewal_info == NULL)
		return NULL;
	TRY(lineage_read(&pem, &len, old, KIND_CERT));
	err_ignore(acme_cert_id(pem, len, &i->replaces));
	return NULL;
}

static void order_request(struct acme_order_request *out, const struct issuance *i)
{
	*out = (struct acme_order_request){
		.dns = (const char *const *)i->names.dns.items,
		.dns_count = i->names.dns.count,
		.ip = (const char *const *)i->names.ip.items,
		.ip_count = i->names.ip.count,
		.profile = i->profile,
		.replaces = i->replaces,
	};
}

/* "replaces" is a courtesy: a CA that refuses it (another account's certificate, already replaced) is asked without. */
static bool refused_replaces(const struct issuance *i, const struct err *e)
{
	const struct err *problem = err_problem(e);

	if (i->replaces == NULL || problem == NULL || problem->subproblem_count > 0)
		return false;
	return err_has_type(e, "alreadyReplaced") || err_has_type(e, "malformed") || err_has_type(e, "unauthorized") ||
	       err_has_type(e, "conflict");
}

/* newOrder went out and no answer came: the order may be there. It is looked for before another is placed. */
static struct err *recover_order(struct issuance *i, const struct acme_order_request *request, struct err *lost)
{
	if (lost == NULL || (!err_is(lost, ERR_NETWORK) && !err_is(lost, ERR_TIMEOUT)))
		return lost;
	struct err *e = acme_order_find(i->ca->session, request, &i->order);

	if (e != NULL) {
		err_ignore(e);
		return lost;
	}
	err_ignore(lost);
	return i->order != NULL ? NULL : acme_order_new(i->ca->session, request, &i->order);
}

/* The order to go on with; resumed: of a killed run. */
static struct err *adopt_order(struct issuance *i, bool resumed)
{
	const char *url = acme_order_url(i->order);

	if (i->journal != NULL && i->journal->order_url == NULL)
		TRY(journal_set_order(i->journal, url));
	report_order(i->c->ui, url, resumed);
	return profile_check(i->c->ui, i->opt, i->profile, i->order);
}

static struct err *place_order(struct issuance *i)
{
	struct acme_order_request request;

	order_request(&request, i);
	struct err *e = recover_order(i, &request, acme_order_new(i->ca->session, &request, &i->order));

	if (e != NULL && refused_replaces(i, e)) {
		err_ignore(e);
		request.replaces = NULL;
		e = acme_order_new(i->ca->session, &request, &i->order);
	}
	TRY(e);
	return adopt_order(i, false);
}

static struct err *adopt_key(struct issuance *i, EVP_PKEY *key)
{
	EVP_PKEY_up_ref(key);
	EVP_PKEY_free(i->key);
	i->key = key;
	buf_reset(&i->key_pem);
	return key_to_pem(&i->key_pem, key);
}

/* 5xx and 429, with or without a problem document. */
static bool is_overload(const struct err *e)
{
	for (; e != NULL; e = e->cause)
		if (e->http_status >= 500 || e->http_status == 429)
			return true;
	return false;
}

bool issuance_is_transient(const struct err *e)
{
	if (err_is(e, ERR_CHALLENGE))
		return false;
	return is_overload(e) || err_is(e, ERR_NETWORK) || err_is(e, ERR_TIMEOUT) || err_is(e, ERR_INTERRUPTED) ||
	       err_is(e, ERR_IO) || err_is(e, ERR_PERMISSION);
}

/* The order of a killed run, by its URL or, where that was lost, from the account's list; NULL when it cannot be used. */
static struct err *find_order_of_journal(struct issuance *i)
{
	struct acme_order_request request;

	order_request(&request, i);
	struct err *e = i->journal->order_url != NULL
				? acme_order_open(i->ca->session, i->journal->order_url, &i->order)
				: acme_order_find(i->ca->session, &request, &i->order);

	if (e != NULL && issuance_is_transient(e))
		return e;
	err_ignore(e);
	if (i->order != NULL && streq(acme_order_status(i->order), "invalid"))
		acme_order_free(MOVE(i->order));
	return NULL;
}

/* Names no lineage has yet may have been half written by the run that left this journal. */
struct err *issuance_drop_journal(struct issuance *i)
{
	if (i->r->existing == NULL)
		TRY(lineage_discard_unfinished(i->c->tree, i->r->name, i->journal->key_pem));
	TRY(journal_remove(i->journal));
	journal_free(MOVE(i->journal));
	return NULL;
}

static struct err *resume(struct issuance *i, const struct journal_request *request)
{
	TRY(journal_open(&i->journal, i->c, i->r->name));
	if (i->journal == NULL)
		return NULL;
	if (!i->journal->saved && journal_matches(i->journal, request))
		TRY(find_order_of_journal(i));
	if (i->order == NULL)
		return issuance_drop_journal(i);
	TRY(adopt_key(i, i->journal->key));
	return adopt_order(i, true);
}

/* A request that was made elsewhere brings its key; what is lost of such an order is had again by the same command. */
static struct err *choose_key(struct issuance *i)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;

	if (i->r->csr != NULL) {
		EVP_PKEY_up_ref(i->r->csr->key);
		i->key = i->r->csr->key;
		return NULL;
	}
	TRY(certkey_make(&key, i->opt, i->r->existing));
	return adopt_key(i, key);
}

static bool makes_lineage(const struct issuance *i)
{
	return !i->opt->dry_run && i->r->csr == NULL;
}

static struct err *begin(struct issuance *i, const struct journal_request *request)
{
	if (i->r->existing == NULL && makes_lineage(i))
		TRY(lineage_check_unused(i->c->tree, i->r->name));
	TRY(choose_key(i));
	if (makes_lineage(i))
		TRY(journal_begin(&i->journal, i->c->tree, i->r->name, request, i->key));
	return place_order(i);
}

static struct err *open_order(struct issuance *i)
{
	AUTO(free) char *key_spec = NULL;
	struct journal_request request = {
		.server = i->ca->server,
		.account_id = i->ca->account->id,
		.profile = i->profile,
		.names = &i->names,
		.must_staple = i->opt->must_staple,
	};

	TRY(certkey_spec(&key_spec, i->opt, i->r->existing));
	request.key_spec = key_spec;
	if (makes_lineage(i))
		TRY(resume(i, &request));
	return i->order != NULL ? NULL : begin(i, &request);
}

/* A dry run is to show that the names can be proved now, not that they once were (certbot.md 7.5). */
static struct err *forget_valid_authorizations(struct issuance *i)
{
	size_t count = 0;
	bool any = false;

	if (!i->opt->dry_run)
		return NULL;
	TRY(acme_order_authorizations(i->ca->session, i->order, &count));
	for (size_t a = 0; a < count; a++) {
		struct acme_authz *authz = acme_order_authz(i->order, a);

		if (!streq(acme_authz_status(authz), "valid"))
			continue;
		TRY(acme_authz_deactivate(i->ca->session, authz));
		any = true;
	}
	if (!any)
		return NULL;
	acme_order_free(MOVE(i->order));
	return place_order(i);
}

struct err *issuance_choose(struct issuance *i)
{
	TRY(profile_choose(&i->profile, i->ca->session, i->opt));
	return choose_replaces(i);
}

struct err *issuance_order(struct issuance *i)
{
	TRY_WRAP(open_order(i), "ordering a certificate");
	return forget_valid_authorizations(i);
}
