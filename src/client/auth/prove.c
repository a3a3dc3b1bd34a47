/* Publish, tell the CA, wait, withdraw. */
#include "acme/order.h"
#include "base/buf.h"
#include "base/limits.h"
#include "client/auth/auth.h"
#include "client/auth/choice.h"
#include "client/auth/failure.h"
#include "client/ui/prompt.h"

struct work {
	struct authenticator *a;
	struct acme_session *session;
	struct acme_order *order;
	/* tasks[i] answers challenges[i] */
	struct task *tasks;
	struct acme_challenge **challenges;
	size_t count;
	bool published; /* and told so */
};

static void work_release(struct work *w)
{
	for (size_t i = 0; i < w->count; i++) {
		proof_release(&w->tasks[i].proof);
		free(w->tasks[i].identifier);
		free(w->tasks[i].token);
		free(w->tasks[i].note);
	}
	free(w->tasks);
	free(w->challenges);
}

AUTO_RELEASE(struct work, work_release)

static struct err *add_task(struct work *w, struct acme_authz *authz, const struct options *opt)
{
	struct acme_challenge *c = NULL;
	struct task *t = &w->tasks[w->count];

	TRY(choose_challenge(&c, authz, w->a->plugin, opt));
	TRY(session_prove(&t->proof, w->session, c));
	t->type = challenge_of(c)->known;
	t->identifier = xstrdup(authz_of(authz)->ident.value);
	t->token = acme_challenge_token(c) != NULL ? xstrdup(acme_challenge_token(c)) : NULL;
	w->challenges[w->count++] = c;
	return NULL;
}

static struct err *refuse_status(const struct authz *a)
{
	AUTO(free) char *name = authz_name(a);

	return err_new(ERR_PROTOCOL,
		       "the CA's authorization for %s is %s although the order is pending", name,
		       authz_status_name(a->status));
}

static struct err *plan(struct work *w, const struct options *opt)
{
	size_t count = 0;

	TRY(acme_order_authorizations(w->session, w->order, &count));
	w->tasks = xcalloc(count, sizeof(*w->tasks));
	w->challenges = xcalloc(count, sizeof(struct acme_challenge *));
	for (size_t i = 0; i < count; i++) {
		struct acme_authz *authz = acme_order_authz(w->order, i);
		enum authz_status status = authz_of(authz)->status;

		if (status == AUTHZ_PENDING)
			TRY(add_task(w, authz, opt));
		else if (status != AUTHZ_VALID && status != AUTHZ_INVALID)
			return refuse_status(authz_of(authz));
	}
	return NULL;
}

/* Once for all names. */
static void warn_of_history(struct ui *ui, const struct work *w)
{
	for (size_t i = 0; i < w->count; i++) {
		if (!w->tasks[i].type->historical)
			continue;
		ui_emit(ui, EVENT_WARNING_TEXT, NO_FIELDS,
			"%s proves nothing where several people share a server, and no public CA has it any more: it is for labs",
			w->tasks[i].type->name);
		return;
	}
}

static void report_published(struct ui *ui, struct work *w)
{
	w->published = true;
	for (size_t i = 0; i < w->count; i++) {
		const struct task *t = &w->tasks[i];

		ui_emit(ui, EVENT_CHALLENGE_PUBLISHED,
			FIELDS(STR("identifier", t->identifier), STR("type", t->type->name)),
			"%s challenge for %s", t->type->name, t->identifier);
	}
}

static void add_expectation(struct buf *b, const struct task *t)
{
	if (t->proof.medium == MEDIUM_HTTP)
		buf_addf(b, "URL: http://%s%s\nExpected value: %s\n\n", t->identifier,
			 t->proof.http_path, t->proof.http_body);
	else if (t->proof.medium == MEDIUM_DNS)
		buf_addf(b, "FQDN: %s\nExpected value: %s\n\n", t->proof.dns_owner,
			 t->proof.dns_txt);
	else
		buf_addf(b, "TLS server: %s\nServer name: %s\nProtocol: %s\n\n", t->identifier,
			 t->proof.tls_server_name,
			 t->proof.tls_protocol != NULL ? t->proof.tls_protocol : "any");
}

/* --debug-challenges: people can look before the CA does; -v shows what it will look for. */
static struct err *pause_for_people(struct client *c, const struct options *opt,
				    const struct work *w)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_MIB(1));

	if (!opt->debug_challenges)
		return NULL;
	buf_adds(&text, "Challenges loaded. Press continue to submit to CA.\n");
	if (opt->verbosity == 0)
		buf_adds(&text, "Pass \"-v\" for more info about challenges.\n");
	for (size_t i = 0; i < w->count && opt->verbosity > 0; i++)
		add_expectation(&text, &w->tasks[i]);
	return prompt_enter(c->ui, buf_str(&text), false);
}

static struct err *publish_and_wait(struct client *c, const struct options *opt, struct work *w)
{
	if (w->count > 0) {
		warn_of_history(c->ui, w);
		TRY(w->a->plugin->authenticator->publish(w->a->state, w->tasks, w->count));
		report_published(c->ui, w);
		TRY(pause_for_people(c, opt, w));
		TRY(acme_challenges_ready(w->session, w->challenges, w->count));
	}
	return acme_order_wait_ready(w->session, w->order, (unsigned)opt->issuance_timeout_s);
}

/* Each stands behind one that was published: where publishing failed, what was done by then is undone without a word. */
static void report_withdrawn(struct ui *ui, const struct work *w)
{
	for (size_t i = 0; w->published && i < w->count; i++) {
		const struct task *t = &w->tasks[i];

		ui_emit(ui, EVENT_CHALLENGE_WITHDRAWN,
			FIELDS(STR("identifier", t->identifier), STR("type", t->type->name)),
			"%s challenge for %s withdrawn", t->type->name, t->identifier);
	}
}

/* Nobody can stop this: a proof that stays behind is for ever. Its own failure is told, the certificate may still be fine. */
static void withdraw(struct client *c, struct work *w)
{
	if (w->count == 0)
		return;
	w->a->open->world.stop = NULL;
	AUTO(err_free)
	struct err *e = w->a->plugin->authenticator->withdraw(w->a->state, w->tasks, w->count);
	w->a->open->world.stop = c->world->stop;

	report_withdrawn(c->ui, w);
	if (e == NULL)
		return;
	AUTO(free) char *text = err_text(e);

	ui_emit(c->ui, EVENT_WARNING_TEXT, FIELDS(ERROR("error", e)),
		"cleaning up after the challenges: %s", text);
}

static struct err *explain(struct client *c, const struct work *w, struct err *e)
{
	if (e == NULL || e->subproblem_count == 0)
		return e;
	report_failure(c->ui, w->a, w->tasks, w->count, e);
	return failure_in_short(e);
}

struct err *prove_control(struct authenticator *a, struct client *c, const struct options *opt,
			  struct acme_session *s, struct acme_order *order)
{
	AUTO(work_release) struct work w = { .a = a, .session = s, .order = order };

	if (!streq(acme_order_status(order), "pending"))
		return NULL;
	struct err *e = plan(&w, opt);

	if (e == NULL) {
		e = publish_and_wait(c, opt, &w);
		withdraw(c, &w);
	}
	return explain(c, &w, e);
}
