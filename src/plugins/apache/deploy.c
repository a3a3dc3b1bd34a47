#include "plugins/apache/install.h"

#include "plugins/apache/beside.h"
#include "plugins/apache/choice.h"
#include "plugins/apache/edit.h"
#include "plugins/apache/line.h"
#include "plugins/apache/listen.h"
#include "plugins/apache/occurrence.h"
#include "plugins/apache/pair.h"
#include "plugins/apache/plain_port.h"

/* --- options --- */

static bool includes(const struct apache_node *host, const char *path)
{
	for (const struct apache_node *n = host->first; n != NULL; n = n->next) {
		const char *rest = n->args;
		AUTO(free) char *word = apache_is(n, "Include") ? apache_word(&rest) : NULL;

		if (word != NULL && streq(word, path))
			return true;
	}
	return false;
}

/* Who has written such a line has a style of their own. */
static bool has_options(const struct apache_vhost *v)
{
	static const char *const names[] = { "SSLProtocol", "SSLCipherSuite", "SSLHonorCipherOrder",
					     "SSLSessionTickets", "SSLOpenSSLConfCmd" };
	AUTO(apache_occurrences_release) struct apache_occurrences l = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		apache_occurrences_find(&l, v, names[i], APACHE_OF_HOST);
	return l.count > 0;
}

static struct err *switch_on(const struct apache_sites *s, struct apache_vhost *v)
{
	if (v->ssl != APACHE_ON)
		TRY(apache_set_directive(s, v, "SSLEngine", "on"));
	v->ssl = APACHE_ON;
	return NULL;
}

static struct err *include_options(struct apache_sites *s, struct apache_vhost *v)
{
	AUTO(free) char *path = kept_file_path(&apache_options_file, s->env->opt);
	AUTO(free) char *quoted = apache_quoted(path, false);
	AUTO(free) char *line = str_fmt("Include %s\n", quoted);

	if (!includes(v->node, path) && has_options(v))
		return switch_on(s, v);
	TRY(apache_options_create(s));
	if (!includes(v->node, path))
		TRY(apache_add_last(v->file, v->node, line));
	if (v->ssl == APACHE_OFF)
		return switch_on(s, v);
	v->ssl = APACHE_ON;
	return NULL;
}

/* --- deploying --- */

/* A host that was picked though it does not have the name gets it. */
static struct err *have_name(struct apache_vhost *v, const char *name)
{
	AUTO(free)
	char *line = str_fmt("%s %s\n", v->name == NULL ? "ServerName" : "ServerAlias", name);

	if (apache_vhost_fit(v, name) > 0)
		return NULL;
	TRY(apache_add_last(v->file, v->node, line));
	if (v->name == NULL)
		v->name = xstrdup(name);
	else
		strlist_add(&v->aliases, name);
	return NULL;
}

static struct err *deploy_to(struct apache_sites *s, struct apache_vhost *v, const char *name,
			     const struct deployment *files)
{
	const struct apache_vhost *plain = v;

	if (!apache_speaks_tls(s->config, v))
		TRY(apache_check_plain_port(s, v, name));
	apache_beside_note(s, v, files->fullchain);
	if (apache_is_half_tls(s, v))
		TRY(apache_split_tls(&v, s, v));
	else if (!apache_vhost_is_tls(v))
		TRY(apache_have_tls(&v, s, v, name));
	TRY(apache_listen_for(s, v, v != plain ? plain : NULL, name));
	TRY(have_name(v, name));
	TRY(apache_set_pair(s, v, files));
	return include_options(s, v);
}

struct err *apache_deploy(struct apache_sites *s, const char *name, const struct deployment *files)
{
	AUTO(apache_choice_release) struct apache_choice hosts = { 0 };
	struct apache_vhost *v = NULL;

	TRY(apache_prepare_tls(s, name));
	TRY(apache_pick(&v, s, name));
	apache_choose_alike(&hosts, s->config, v, name,
			    apache_vhost_is_tls(v) ? s->https_port : s->http_port);
	for (size_t i = 0; i < hosts.count; i++)
		TRY(deploy_to(s, hosts.items[i], name, files));
	return apache_check_heard(s, name);
}
