#include "plugins/apache/publish.h"

#include <string.h>

#include "plugins/apache/challenge.h"
#include "plugins/apache/self_check.h"
#include "plugins/apache/sni.h"

static struct err *check_names(const struct task *tasks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strchr(tasks[i].identifier, ':') != NULL ||
		    strspn(tasks[i].identifier, "0123456789.") == strlen(tasks[i].identifier))
			return err_new(
				ERR_CONFIG,
				"%s is an address: the apache plugin proves names; use --standalone or --webroot for it",
				tasks[i].identifier);
	return NULL;
}

static struct apache_challenges challenges_of(const struct apache_publication *p, int64_t port)
{
	return (struct apache_challenges){
		.config = p->config,
		.root = p->config->files[0],
		.dir = p->place->challenge_dir,
		.modules_dir = p->place->modules_dir,
		.port = (unsigned)port,
	};
}

/* --- http-01 --- */

struct http_plan {
	struct apache_answer *answers; /* answers[i] is for names[i] */
	struct strlist names;
};

static void http_plan_release(struct http_plan *h)
{
	free(h->answers);
	strlist_release(&h->names);
}

AUTO_RELEASE(struct http_plan, http_plan_release)

static void gather(struct http_plan *h, const struct task *tasks, size_t n)
{
	h->answers = xcalloc(n, sizeof(*h->answers));
	for (size_t i = 0; i < n; i++) {
		if (tasks[i].proof.medium != MEDIUM_HTTP)
			continue;
		h->answers[h->names.count] = (struct apache_answer){
			.path = tasks[i].proof.http_path, .body = tasks[i].proof.http_body
		};
		strlist_add(&h->names, tasks[i].identifier);
	}
}

static struct err *plan_http(struct change *out, const struct apache_publication *p,
			     const struct task *tasks, size_t n)
{
	const struct apache_challenges c = challenges_of(p, p->env->opt->http01_port);
	AUTO(apache_choice_release) struct apache_choice hosts = { 0 };
	AUTO(http_plan_release) struct http_plan h = { 0 };

	gather(&h, tasks, n);
	if (h.names.count == 0)
		return NULL;
	for (size_t i = 0; i < h.names.count; i++)
		apache_choose_for_http(&hosts, p->config, h.names.items[i], c.port);
	return apache_plan_answers(out, &c, &hosts, h.answers, h.names.count);
}

/* --- tls-sni-01 --- */

static struct err *plan_sni(struct change *out, const struct apache_publication *p,
			    const struct task *tasks, size_t n)
{
	const struct apache_challenges c = challenges_of(p, p->env->opt->https_port);
	AUTO(sni_sites_release) struct sni_sites s = { 0 };

	TRY(sni_sites_gather(&s, out, p->env, tasks, n));
	return s.count > 0 ? apache_plan_sni(out, &c, s.items, s.count) : NULL;
}

struct err *apache_publication_plan(struct change *out, const struct apache_publication *p,
				    const struct task *tasks, size_t n)
{
	TRY(check_names(tasks, n));
	TRY(plan_http(out, p, tasks, n));
	return plan_sni(out, p, tasks, n);
}

/* The CA may come by another way than we do. */
struct err *apache_publication_look(const struct apache_publication *p, const struct task *tasks,
				    size_t n)
{
	AUTO(http_plan_release) struct http_plan h = { 0 };
	AUTO(free) char *doubt = NULL;

	gather(&h, tasks, n);
	TRY(apache_self_check(&doubt, p->env->world, (unsigned)p->env->opt->http01_port, &h.names,
			      h.answers));
	if (doubt != NULL)
		ui_emit(p->env->ui, EVENT_WARNING_TEXT, NO_FIELDS,
			"the answers to the challenges are in place, but seen from this machine %s",
			doubt);
	return NULL;
}
