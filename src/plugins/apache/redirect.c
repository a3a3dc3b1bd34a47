/* The redirect from a plain host to HTTPS (certbot.md 16.6). */
#include <string.h>

#include "plugins/apache/choice.h"
#include "plugins/apache/edit.h"
#include "plugins/apache/install.h"
#include "plugins/apache/line.h"
#include "plugins/apache/listen.h"
#include "plugins/apache/reach.h"

/* --- the host --- */

/* On the port of plain HTTP, or on another one, which something in front of Apache may lead to. */
static struct apache_vhost *best_plain(const struct apache_sites *s, const char *name, bool on_port)
{
	struct apache_vhost *found = NULL;
	unsigned top = 0;

	for (size_t i = 0; i < s->config->vhost_count; i++) {
		struct apache_vhost *v = s->config->vhosts[i];
		bool right = !on_port || apache_addresses_have_port(&v->addresses, s->http_port);
		unsigned fit = v->of_macro || apache_vhost_is_tls(v) || !right
				     ? 0
				     : apache_vhost_fit(v, name);

		if (fit > top) {
			top = fit;
			found = v;
		}
	}
	return found;
}

/* The host that the requests for this name come to. */
static struct apache_vhost *plain_host(const struct apache_sites *s, const char *name)
{
	struct apache_vhost *found = best_plain(s, name, true);
	struct apache_pair only = { 0 };

	if (found == NULL)
		found = best_plain(s, name, false);
	return found != NULL || !apache_only_site(&only, s) ? found : only.plain;
}

/* --- the rule --- */

static const char redirect_rule[] =
	"RewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} [END,NE,R=permanent]\n";

static bool is_our_rule(const struct apache_node *n)
{
	return apache_is(n, "RewriteRule") &&
	       str_starts(n->args, "^ https://%{SERVER_NAME}%{REQUEST_URI} ");
}

static struct apache_node *our_rule(const struct apache_node *host)
{
	struct apache_node *n = host->first;

	while (n != NULL && !is_our_rule(n))
		n = n->next;
	return n;
}

/* "*.a.test" stands for one label, as in the certificate. */
static char *condition_for(const char *name)
{
	AUTO(buf_release) struct buf b = BUF_INIT(1024);
	const char *rest = str_starts(name, "*.") ? name + 1 : NULL;

	if (rest == NULL)
		return str_fmt("%%{SERVER_NAME} =%s", name);
	buf_adds(&b, "%{SERVER_NAME} ^[^.]+");
	for (; *rest != '\0'; rest++)
		buf_addf(&b, *rest == '.' ? "\\%c" : "%c", *rest);
	buf_addc(&b, '$');
	return buf_detach(&b);
}

/* What Certbot or we have written before: for another name of the same host its conditions are extended. */
static struct err *extend(struct apache_file *f, struct apache_node *last, const char *name)
{
	AUTO(free) char *args = condition_for(name);
	AUTO(free) char *line = str_fmt("RewriteCond %s\n", args);
	struct apache_node *first = last;

	while (first->prev != NULL && apache_is(first->prev, "RewriteCond"))
		first = first->prev;
	for (struct apache_node *n = first; n != last; n = n->next) {
		AUTO(free) char *with_or = NULL;

		if (streq(n->args, args) ||
		    (str_starts(n->args, args) && n->args[strlen(args)] == ' '))
			return NULL;
		if (strstr(n->args, "[OR]") == NULL && n->next == last) {
			with_or = str_fmt("%s [OR]", n->args);
			apache_set_args(f, n, with_or);
		}
	}
	return first != last ? apache_add_after(f, last->prev, line) : NULL;
}

static bool may_rewrite(const struct apache_node *n)
{
	static const char *const names[] = { "RewriteCond", "RewriteRule", "Include",
					     "IncludeOptional", "Use" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (apache_is(n, names[i]))
			return true;
	return false;
}

/* The child of the host before which no rule can have taken the request; NULL: there are no rules. */
static struct apache_node *first_rule(const struct apache_node *host)
{
	struct apache_node *found = NULL;

	for (struct apache_node *n = host->first; n != NULL && found == NULL;
	     n = apache_next(n, host))
		found = may_rewrite(n) ? n : NULL;
	while (found != NULL && found->parent != host)
		found = found->parent;
	return found;
}

/* In front of rules that take every request, like those of a front controller. */
static struct err *add_rule(struct apache_vhost *v, const char *text)
{
	const struct apache_node *rule = first_rule(v->node);

	if (rule == NULL)
		return apache_add_last(v->file, v->node, text);
	if (rule->prev == NULL)
		return apache_add_first(v->file, v->node, text);
	return apache_add_after(v->file, rule->prev, text);
}

static struct err *redirect_at(struct apache_sites *s, struct apache_vhost *v, const char *name)
{
	struct apache_node *there = our_rule(v->node);

	if (there != NULL)
		return extend(v->file, there, name);
	bool on = (v->rewrite != APACHE_UNSET ? v->rewrite : s->config->main->rewrite) == APACHE_ON;
	AUTO(free) char *condition = condition_for(name);
	AUTO(free)
	char *text = str_fmt("%sRewriteCond %s\n%s", on ? "" : "RewriteEngine on\n", condition,
			     redirect_rule);

	v->rewrite = APACHE_ON;
	return add_rule(v, text);
}

static bool is_heard_at(const struct apache_vhost *v, const char *host)
{
	bool any = apache_host_same(host, "*");

	for (size_t i = 0; i < v->addresses.count; i++)
		if (any || apache_host_same(v->addresses.items[i].host, host) ||
		    apache_host_same(v->addresses.items[i].host, "*"))
			return true;
	return false;
}

/* Is the name served by TLS where this host is? */
static bool has_tls(const struct apache_sites *s, const struct apache_vhost *plain,
		    const char *name)
{
	for (size_t i = 0; i < s->config->vhost_count; i++) {
		const struct apache_vhost *v = s->config->vhosts[i];

		if (!apache_vhost_is_tls(v) || apache_vhost_fit(v, name) == 0)
			continue;
		for (size_t k = 0; k < plain->addresses.count; k++)
			if (is_heard_at(v, plain->addresses.items[k].host))
				return true;
	}
	return false;
}

/* Of a macro too: it is not edited. */
static struct err *need_tls(const struct apache_sites *s, const char *name)
{
	struct apache_vhost *tls = NULL;

	for (size_t i = 0; i < s->config->vhost_count; i++)
		if (apache_vhost_is_tls(s->config->vhosts[i]) &&
		    apache_vhost_fit(s->config->vhosts[i], name) > 0)
			return NULL;
	return apache_pick_tls(&tls, s, name);
}

struct err *apache_redirect(struct apache_sites *s, const char *name)
{
	AUTO(apache_choice_release) struct apache_choice hosts = { 0 };
	struct apache_vhost *v = plain_host(s, name);

	TRY(need_tls(s, name));
	TRY(apache_check_https(s, name));
	if (v == NULL)
		TRY(apache_refuse_macro(s->config, name, true));
	TRY(apache_need_module(s, "rewrite"));
	if (v == NULL)
		TRY(apache_make_plain(&v, s, name));
	apache_choose_alike(&hosts, s->config, v, name, s->http_port);
	for (size_t i = 0; i < hosts.count; i++)
		if (hosts.items[i] == v || has_tls(s, hosts.items[i], name))
			TRY(redirect_at(s, hosts.items[i], name));
	apache_reach_tell(s, name);
	return NULL;
}
