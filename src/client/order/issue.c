#include "client/order/issue.h"

#include <string.h>

#include "base/limits.h"
#include "client/auth/auth.h"
#include "client/hook/hook.h"
#include "client/install/reload.h"
#include "client/lineage/misfit.h"
#include "client/order/ca.h"
#include "client/order/certkey.h"
#include "client/order/csr_files.h"
#include "client/order/issuance.h"
#include "client/order/journal.h"
#include "client/order/owed.h"
#include "client/order/report.h"
#include "client/order/setback.h"
#include "pki/csr.h"

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
	TRY(issuance_choose(i));
	TRY(issuance_order(i));
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
	if (i->journal != NULL && !issuance_is_transient(e))
		err_ignore(issuance_drop_journal(i));
}

/* Of the same server, once the certificate is there. */
static bool reload_follows(const struct issuance *i)
{
	return i->r->csr == NULL && !i->opt->dry_run && reload_is_owed(i->opt) &&
	       streq(i->opt->installer, i->opt->authenticator);
}

static struct err *attempt(struct issued *out, struct client *c, struct options *opt, const struct issue_request *r,
			   struct cert_names *left)
{
	AUTO(issuance_release) struct issuance i = { .c = c, .opt = opt, .r = r, .key_pem = BUF_INIT(LIMIT_KIB(16)) };

	strlist_add_all(&i.names.dns, &r->names->dns);
	strlist_add_all(&i.names.ip, &r->names->ip);
	TRY(ca_open_with_account(&i.ca, c, opt));
	TRY(authenticator_for(&i.authenticator, c, opt));
	i.authenticator->open->env.reload_follows = reload_follows(&i);
	out->begun = r->csr == NULL;
	if (out->begun)
		hooks_run_pre(c, opt);
	report_requesting(c->ui, opt, r->names, r->existing != NULL);
	struct err *e = go(&i, out);

	if (e == NULL)
		return NULL;
	close_failed(&i, e);
	authenticator_settle(i.authenticator, c);
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
