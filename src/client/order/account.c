#include "client/order/account.h"

#include "acme/account.h"
#include "client/order/contact.h"
#include "client/ui/prompt.h"
#include "pki/key.h"

static struct err *ask_which(struct stored_account **out, struct client *c, const struct options *opt,
			     const struct strlist *ids)
{
	AUTO(strlist_release) struct strlist labels = { 0 };
	const struct question q = { .text = "Please choose an account", .flag = "--account", .safe = true };
	size_t choice = 0;

	for (size_t i = 0; i < ids->count; i++) {
		AUTO(stored_account_free) struct stored_account *a = NULL;

		TRY(account_load(&a, c->tree, opt->server, ids->items[i]));
		strlist_take(&labels, account_label(a));
	}
	TRY(prompt_menu(c->ui, &choice, &q, &labels, -1));
	if (choice == PROMPT_CANCELLED)
		return err_new(ERR_CONFIG, "no account chosen; name one with --account");
	return account_load(out, c->tree, opt->server, ids->items[choice]);
}

struct err *account_choose(struct stored_account **out, struct client *c, const struct options *opt)
{
	AUTO(strlist_release) struct strlist ids = { 0 };

	*out = NULL;
	if (opt->account != NULL)
		return account_load(out, c->tree, opt->server, opt->account);
	TRY(accounts_list(&ids, c->tree, opt->server));
	if (ids.count == 0)
		return NULL;
	if (ids.count > 1)
		return ask_which(out, c, opt, &ids);
	return account_load(out, c->tree, opt->server, ids.items[0]);
}

static struct err *agree_to_terms(struct client *c, const struct options *opt, struct acme_session *s)
{
	const char *terms = NULL;
	bool yes = opt->agree_tos;

	TRY(acme_terms_of_service(s, &terms));
	if (terms == NULL || yes)
		return NULL;
	AUTO(free) char *shown = str_printable(terms, 512);
	AUTO(free) char *text = str_fmt("The certificate authority has terms of service:\n%s\nDo you agree to them?", shown);
	const struct question q = { .text = text, .flag = "--agree-tos", .safe = true };

	TRY(prompt_yes_no(c->ui, &yes, &q, PROMPT_NONE));
	return yes ? NULL : err_new(ERR_CONFIG, "the terms of service of %s were not agreed to", opt->server);
}

static struct err *check_binding(const struct options *opt, struct acme_session *s)
{
	bool required = false;

	if ((opt->eab_kid == NULL) != (opt->eab_hmac_key == NULL))
		return err_new(ERR_CONFIG, "--eab-kid and --eab-hmac-key belong together: give both");
	TRY(acme_eab_required(s, &required));
	if (required && opt->eab_kid == NULL)
		return err_new(ERR_CONFIG, "%s registers accounts only with an external account binding: "
			       "get a key id and a MAC key from the CA and give --eab-kid and --eab-hmac-key", opt->server);
	return NULL;
}

static struct err *register_with_ca(struct acme_session *s, const struct stored_account *a, const struct options *opt)
{
	AUTO(strlist_release) struct strlist contacts = { 0 };
	struct acme_registration r = {
		.terms_agreed = true,
		.eab_kid = opt->eab_kid,
		.eab_hmac_key = opt->eab_hmac_key,
		.eab_hmac_alg = opt->eab_hmac_alg,
	};

	contacts_of(&contacts, opt);
	r.contacts = (const char *const *)contacts.items;
	r.contact_count = contacts.count;
	session_set_signer(s, a->signer, NULL);
	return acme_account_register(s, &r, NULL);
}

/* A definite no: the CA made no account for this key. After anything else it may have, and the key is kept. */
static bool is_refusal(const struct err *e)
{
	const struct err *problem = err_problem(e);

	return problem != NULL && problem->http_status >= 400 && problem->http_status < 429 &&
	       !err_has_type(problem, "badNonce"); /* sent again after a lost answer */
}

/* A key that a killed run wrote is used again: the CA may know it already. */
static struct err *prepare(struct stored_account **out, struct client *c, const struct options *opt)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;

	TRY(account_prepared(out, c->tree, opt->server));
	if (*out != NULL)
		return NULL;
	if (options_set_by_user(opt, &opt->rsa_key_size))
		TRY(key_generate(&key, "rsa", (unsigned)opt->rsa_key_size));
	else
		TRY(key_generate(&key, "secp256r1", 0));
	return account_prepare(out, c->tree, opt->server, key, c->world);
}

struct err *account_register(struct stored_account **out, struct client *c, struct options *opt, struct acme_session *s)
{
	AUTO(stored_account_free) struct stored_account *a = NULL;

	TRY(contact_ask(c, opt));
	TRY(check_binding(opt, s));
	TRY(agree_to_terms(c, opt, s));
	TRY(prepare(&a, c, opt));
	struct err *refused = register_with_ca(s, a, opt);

	while (refused != NULL && contact_is_refused(c, refused)) {
		AUTO(err_free) struct err *why = MOVE(refused);

		TRY(contact_demand(c, opt, why));
		refused = register_with_ca(s, a, opt);
	}
	if (refused != NULL) {
		if (is_refusal(refused))
			err_ignore(account_remove(c->tree, opt->server, a->id));
		return refused;
	}
	TRY(account_confirm(a, c->tree, opt->server, acme_session_account_url(s)));
	ui_emit(c->ui, EVENT_ACCOUNT_REGISTERED, FIELDS(STR("url", a->url), STR("id", a->id), STR("server", opt->server)),
		"Account registered.");
	*out = MOVE(a);
	return NULL;
}
