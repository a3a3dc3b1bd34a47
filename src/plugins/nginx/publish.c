#include "plugins/nginx/publish.h"

#include "net/process.h"
#include "plugins/nginx/challenge.h"
#include "plugins/nginx/handover.h"
#include "plugins/nginx/sni.h"

static bool is_http(const struct task *t)
{
	return t->proof.medium == MEDIUM_HTTP;
}

static bool is_alpn(const struct task *t)
{
	return t->proof.medium == MEDIUM_TLS && t->proof.tls_protocol != NULL;
}

/* --- http-01 --- */

/* Nothing is known of a name that cannot be looked up here. */
static void addresses_of(const void *world, const char *name, struct strlist *out)
{
	const struct world *w = world;
	AUTO(address_list_release) struct address_list found = { 0 };

	err_ignore(w->resolver->lookup(w->resolver, name, 80, &found));
	for (size_t i = 0; i < found.count; i++) {
		char *text = address_text(&found.items[i]);

		if (found.items[i].addr.ss_family != AF_INET6) {
			strlist_take(out, text);
			continue;
		}
		strlist_take(out, str_fmt("[%s]", text));
		free(text);
	}
}

static struct challenge_ports ports_of(const struct plugin_env *env)
{
	struct challenge_ports ports = { .http = env->opt->http01_port,
					 .https = env->opt->https_port,
					 .addresses = addresses_of,
					 .ctx = env->world };
	AUTO(address_list_release) struct address_list listeners = { 0 };

	process_listeners(&listeners, (unsigned)ports.http);
	for (size_t i = 0; i < listeners.count; i++) {
		ports.v4_taken |= listeners.items[i].addr.ss_family == AF_INET;
		ports.v6_taken |= listeners.items[i].addr.ss_family == AF_INET6;
	}
	return ports;
}

static struct err *plan_http(const struct publication *p, const struct task *tasks, size_t n)
{
	const struct challenge_ports ports = ports_of(p->env);
	AUTO(free) struct challenge_answer *answers = xcalloc(n, sizeof(*answers));
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (is_http(&tasks[i]))
			answers[count++] = (struct challenge_answer){ tasks[i].identifier,
								      tasks[i].token,
								      tasks[i].proof.http_body };
	return count > 0 ? challenge_edit(p->config, answers, count, &ports) : NULL;
}

/* --- tls-sni-01 --- */

static struct err *plan_sni(const struct publication *p, const struct task *tasks, size_t n)
{
	AUTO(sni_sites_release) struct sni_sites s = { 0 };

	TRY(sni_sites_gather(&s, p->change, p->env, tasks, n));
	return s.count > 0 ? sni_edit(p->config, s.items, s.count, p->env->opt->https_port) : NULL;
}

/* --- tls-alpn-01 --- */

static struct err *plan_alpn(const struct publication *p, const struct task *tasks, size_t n)
{
	AUTO(strlist_release) struct strlist names = { 0 };

	for (size_t i = 0; i < n; i++)
		if (is_alpn(&tasks[i]))
			strlist_add(&names, tasks[i].proof.tls_server_name);
	if (names.count == 0)
		return NULL;
	TRY(tls_door_open(p->door, tasks, n, world_now(p->env->world)));
	return handover_edit(p->config, &names, p->env->opt->https_port, tls_door_port(*p->door));
}

struct err *publication_plan(const struct publication *p, const struct task *tasks, size_t n)
{
	TRY(plan_http(p, tasks, n));
	TRY(plan_sni(p, tasks, n));
	return plan_alpn(p, tasks, n);
}
