#include "client/order/issue.h"

#include <string.h>

#include "acme/cert.h"
#include "acme/order.h"
#include "base/limits.h"
#include "client/auth/auth.h"
#include "client/hook/hook.h"
#include "client/lineage/misfit.h"
#include "client/order/ca.h"
#include "client/order/certkey.h"
#include "client/order/csr_files.h"
#include "client/order/journal.h"
#include "client/order/owed.h"
#include "client/order/profile.h"
#include "client/order/report.h"
#include "client/order/setback.h"
#include "pki/csr.h"

/* One issuance under way. */
struct issuance {
	struct client *c;
	struct options *opt;
	const struct issue_request *r;
	struct cert_names names; /* what is still asked for */
	struct ca *ca;
	struct authenticator *authenticator;
	char *profile;  /* NULL: none */
	char *replaces; /* NULL: none */
	struct journal *journal; /* NULL in a dry run, and with --csr */
	struct acme_order *order;
	EVP_PKEY *key;
	struct buf key_pem;
	struct chain *chain;
};

static void issuance_release(struct issuance *i)
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

AUTO_RELEASE(struct issuance, issuance_release)

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

/* Trouble on the way, not an answer: the same order may be fine a minute later. */
static bool is_transient(const struct err *e)
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

	if (e != NULL && is_transient(e))
		return e;
	err_ignore(e);
	if (i->order != NULL && streq(acme_order_status(i->order), "invalid"))
		acme_order_free(MOVE(i->order));
	return NULL;
}

/* Names no lineage has yet may have been half written by the run that left this journal. */
static struct err *drop_journal(struct issuance *i)
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
		return drop_journal(i);
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

static struct err *request_certificate(struct buf *csr, struct issuance *i)
{
	if (i->r->csr == NULL)
		return csr_build(csr, i->key, &i->names, i->opt->must_staple);
	buf_add(csr, i->r->csr->der.data, i->r->csr->der.len);
	return NULL;
}

static void note_telling(void *ctx, const char *challenge_url)
{
	err_ignore(journal_add_told(ctx, challenge_url));
}

static bool was_told(void *ctx, const char *challenge_url)
{
	const struct journal *j = ctx;

	return strlist_has(&j->told, challenge_url);
}

static struct err *prove(struct issuance *i)
{
	const struct session_memory memory = { .telling = note_telling, .was_told = was_told, .ctx = i->journal };

	session_set_memory(i->ca->session, i->journal != NULL ? &memory : NULL);
	struct err *e = prove_control(i->authenticator, i->c, i->opt, i->ca->session, i->order);

	session_set_memory(i->ca->session, NULL);
	return e;
}

static struct err *finalize(struct issuance *i)
{
	AUTO(buf_release) struct buf csr = BUF_INIT(LIMIT_MIB(1));

	TRY(request_certificate(&csr, i));
	if (i->journal != NULL)
		TRY(journal_sync(i->journal));
	return acme_order_finalize(i->ca->session, i->order, csr.data, csr.len, (unsigned)i->opt->issuance_timeout_s);
}

static struct err *download(struct issuance *i)
{
	AUTO(free) char *pem = NULL;
	bool preferred = true;

	TRY(acme_order_certificate(i->ca->session, i->order, i->opt->preferred_chain, &pem, &preferred));
	if (!preferred)
		ui_emit(i->c->ui, EVENT_WARNING_TEXT, FIELDS(STR("preferred_chain", i->opt->preferred_chain)),
			"The CA offers no chain whose root is issued by '%s'; the default chain was taken.",
			i->opt->preferred_chain);
	TRY(chain_parse(&i->chain, pem, strlen(pem)));
	return chain_check(i->chain, i->key, &i->names, world_now(i->c->world));
}

static void save_options(void *ctx, struct ini *conf)
{
	options_save_renewal(ctx, conf);
}

static struct err *save(struct issuance *i, struct lineage **out)
{
	const struct lineage_material m = {
		.key_pem = i->key_pem.data,
		.key_len = i->key_pem.len,
		.chain = i->chain,
		.save_options = save_options,
		.ctx = i->opt,
	};

	options_set_runtime(i->opt, &i->opt->server, i->ca->server);
	TRY(lineage_commit(out, i->c->tree, i->r->name, i->r->existing, &m));
	TRY(journal_set_saved(i->journal));
	report_saved(i->c->ui, *out);
	return NULL;
}

static void finish_dry_run(const struct issuance *i, struct issued *out)
{
	if (!i->opt->run_deploy_hooks || i->r->existing == NULL)
		return;
	out->rehearsed_in = xstrdup(i->r->existing->live_dir);
	strlist_add_all(&out->rehearsed, &i->names.dns);
	strlist_add_all(&out->rehearsed, &i->names.ip);
}

static struct err *go(struct issuance *i, struct issued *out)
{
	TRY(profile_choose(&i->profile, i->ca->session, i->opt));
	TRY(choose_replaces(i));
	TRY_WRAP(open_order(i), "ordering a certificate");
	TRY(forget_valid_authorizations(i));
	TRY(prove(i));
	TRY_WRAP(finalize(i), "finalizing the order");
	TRY_WRAP(download(i), "checking the new certificate");
	if (i->r->csr != NULL && !i->opt->dry_run)
		return csr_files_save(i->c, i->opt, i->chain);
	if (i->opt->dry_run) {
		finish_dry_run(i, out);
		return NULL;
	}
	TRY_WRAP(save(i, &out->lineage), "saving the certificate");
	out->journal = MOVE(i->journal);
	return NULL;
}

static void keep_names(struct strlist *out, const struct strlist *names, const struct err *failure)
{
	for (size_t n = 0; n < names->count; n++) {
		bool failed = false;

		for (size_t s = 0; s < failure->subproblem_count; s++)
			failed |= failure->subproblems[s]->identifier != NULL &&
				  streq(failure->subproblems[s]->identifier, names->items[n]);
		if (!failed)
			strlist_add(out, names->items[n]);
	}
}

/* --allow-subset-of-names: the names that are left when those the CA named are dropped; false when that helps nothing. */
static bool drop_failed_names(struct cert_names *left, const struct cert_names *names, const struct err *e)
{
	for (; e != NULL; e = e->cause) {
		if (e->subproblem_count == 0)
			continue;
		keep_names(&left->dns, &names->dns, e);
		keep_names(&left->ip, &names->ip, e);
		break;
	}
	size_t count = left->dns.count + left->ip.count;

	return count > 0 && count < names->dns.count + names->ip.count;
}

/* The journal of an order is of no further use once the CA has said no, or handed out what cannot be used. */
static void close_failed(struct issuance *i, const struct err *e)
{
	if (i->journal != NULL && !is_transient(e))
		err_ignore(drop_journal(i));
}

static struct err *attempt(struct issued *out, struct client *c, struct options *opt, const struct issue_request *r,
			   struct cert_names *left)
{
	AUTO(issuance_release) struct issuance i = { .c = c, .opt = opt, .r = r, .key_pem = BUF_INIT(LIMIT_KIB(16)) };

	strlist_add_all(&i.names.dns, &r->names->dns);
	strlist_add_all(&i.names.ip, &r->names->ip);
	TRY(ca_open_with_account(&i.ca, c, opt));
	TRY(authenticator_for(&i.authenticator, c, opt));
	out->begun = r->csr == NULL;
	if (out->begun)
		hooks_run_pre(c, opt);
	report_requesting(c->ui, opt, r->names, r->existing != NULL);
	struct err *e = go(&i, out);

	if (e == NULL)
		return NULL;
	close_failed(&i, e);
	if (!opt->allow_subset_of_names || !drop_failed_names(left, r->names, e))
		return e;
	report_left_out(c->ui, e, left);
	err_ignore(e);
	return NULL;
}

struct err *issue_obtain(struct issued *out, struct client *c, struct options *opt, const struct issue_request *r)
{
	AUTO(cert_names_release) struct cert_names left = { 0 };

	if (r->existing != NULL)
		TRY(misfit_check_archive(r->existing, c->tree));
	if (r->existing != NULL && !opt->dry_run)
		TRY(owed_find(&out->lineage, &out->journal, c, r->existing));
	out->begun |= out->lineage != NULL;
	if (out->lineage != NULL)
		return NULL;
	TRY(attempt(out, c, opt, r, &left));
	if (out->lineage != NULL || left.dns.count + left.ip.count == 0)
		return NULL;
	const struct issue_request rest = { .name = r->name, .existing = r->existing, .names = &left };

	return issue_obtain(out, c, opt, &rest);
}

struct err *issue_deploy(struct client *c, const struct options *opt, struct issued *i)
{
	bool all_well = true;

	if (i->lineage != NULL) {
		err_ignore(setback_forget(c->tree, i->lineage->name)); /* it is about another certificate */
		return owed_deploy(c, opt, i->lineage, i->journal);
	}
	if (i->rehearsed_in != NULL)
		hooks_run_deploy(c, opt, i->rehearsed_in, &i->rehearsed, &all_well);
	return NULL;
}

void issued_release(struct issued *i)
{
	lineage_free(i->lineage);
	journal_free(i->journal);
	free(i->rehearsed_in);
	strlist_release(&i->rehearsed);
	*i = (struct issued){ 0 };
}

struct err *issue(struct issued *out, struct client *c, struct options *opt, const struct issue_request *r)
{
	TRY(issue_obtain(out, c, opt, r));
	return issue_deploy(c, opt, out);
}
