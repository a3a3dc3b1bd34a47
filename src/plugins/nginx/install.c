#include "plugins/nginx/install.h"

#include <stdarg.h>
#include <string.h>

#include "plugins/nginx/beside.h"
#include "plugins/nginx/copy.h"
#include "plugins/nginx/insert.h"
#include "plugins/nginx/listener.h"
#include "plugins/nginx/loop.h"
#include "plugins/nginx/pair.h"
#include "plugins/nginx/word.h"
#include "srv/vouch.h"

#define MANAGED " # managed by Certbot"

struct install {
	struct config *config;
	struct vhosts vhosts;
	struct targets targets;
	struct edits edits;
	const char *name;
	const struct install_files *files;
	const struct target_ports *ports;
};

static void install_release(struct install *s)
{
	edits_release(&s->edits);
	targets_release(&s->targets);
	vhosts_release(&s->vhosts);
}

AUTO_RELEASE(struct install, install_release)

char *managed_line(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	AUTO(free) char *line = str_vfmt(fmt, args);
	va_end(args);
	return str_fmt("%s" MANAGED, line);
}

/* --- files in the place of others --- */

struct search {
	const struct directive *wanted;
	bool found;
};

static struct err *visit_search(void *search, struct directive *d)
{
	struct search *s = search;

	s->found |= d == s->wanted;
	return NULL;
}

static bool is_target(const struct install *s, const struct vhost *h)
{
	for (size_t i = 0; i < s->targets.count; i++)
		if (s->targets.items[i]->block == h->block)
			return true;
	return false;
}

/* All that it serves is for this certificate: it is to show that too. Names that nobody can ask for do not count. */
static bool is_of_certificate(const struct install *s, const struct vhost *h)
{
	const struct strlist *held = s->files->names;

	for (size_t i = 0; held != NULL && i < h->names.count; i++) {
		const char *name = h->names.items[i];
		AUTO(free) char *below = *name == '.' ? str_fmt("*%s", name) : xstrdup(name);

		if (*name == '\0' || streq(name, "_"))
			continue;
		if (!names_hold(held, name + (*name == '.')) || !names_hold(held, below))
			return false;
	}
	return held != NULL;
}

static struct err *is_in_others(bool *out, const struct install *s, const struct directive *d)
{
	struct search search = { .wanted = d };

	for (size_t i = 0; i < s->vhosts.count && !search.found; i++)
		if (!is_target(s, s->vhosts.items[i]) && !is_of_certificate(s, s->vhosts.items[i]))
			TRY(config_each(s->config, s->vhosts.items[i]->block, visit_search,
					&search));
	*out = search.found;
	return NULL;
}

/* A line of a snippet speaks for every block that includes it: all of them are to be of this certificate. */
static struct err *check_own(const struct install *s, const struct directive *d)
{
	AUTO(free) char *place = NULL;
	bool shared = false;

	if (d->parent == NULL)
		TRY(is_in_others(&shared, s, d));
	if (!shared)
		return NULL;
	return err_new(
		ERR_CONFIG,
		"%s: other server blocks have their certificate from this line too, so it cannot be changed for %s alone: give its "
		"block an ssl_certificate and an ssl_certificate_key of its own, or change the line to %s by hand",
		place = directive_place(d), s->name, s->files->fullchain);
}

static bool is_edited(const struct splices *s, size_t start)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->items[i].start == start)
			return true;
	return false;
}

static struct err *replace_in(struct install *s, const struct directive *d, const char *value)
{
	AUTO(free) char *word = word_quoted(value);
	struct splices *edit = edits_in(&s->edits, d->doc);

	if (streq(d->words[1].value, value) || is_edited(edit, d->words[1].start))
		return NULL;
	TRY(check_own(s, d));
	splices_replace(edit, d->words[1].start, d->words[1].end, word);
	return NULL;
}

/* --- making it speak TLS --- */

/* What is there of it already. */
struct wanted {
	struct pair old;
	bool dhparam, options;
};

static void add_tls_lines(struct strlist *out, const struct install *s, const struct wanted *w)
{
	AUTO(free)
	char *fullchain = word_quoted(s->files->fullchain), *key = word_quoted(s->files->key);
	AUTO(free)
	char *options = word_quoted(s->files->options), *dhparams = word_quoted(s->files->dhparams);

	if (w->old.certificate == NULL)
		strlist_take(out, managed_line("ssl_certificate %s;", fullchain));
	if (w->old.key == NULL)
		strlist_take(out, managed_line("ssl_certificate_key %s;", key));
	if (!w->options)
		strlist_take(out, managed_line("include %s;", options));
	if (!w->options && !w->dhparam)
		strlist_take(out, managed_line("ssl_dhparam %s;", dhparams));
}

/* On the https port; but one that has TLS elsewhere, and no plain HTTP or somebody in front of it, stands where it does for a reason. */
static bool has_to_listen(const struct install *s, const struct vhost *h)
{
	bool plain = false;

	if (targets_are_behind(s->ports) && vhost_has_ssl(&s->vhosts, h))
		return false;
	for (size_t i = 0; i < h->listen_count; i++)
		plain |= h->listens[i].port == s->ports->http && !h->listens[i].ssl;
	return !vhost_has_ssl_on(&s->vhosts, h, s->ports->https) &&
	       (plain || !vhost_has_ssl(&s->vhosts, h));
}

static struct err *make_it_listen(struct strlist *out, struct install *s, const struct vhost *h)
{
	const struct listener listener = { &s->vhosts, h, s->ports, s->name };
	const struct loop_guard guard = { s->config, h, s->name, s->files->fullchain,
					  s->files->key };

	TRY(loop_prevent(&guard, &s->edits));
	return listener_plan(&listener, out, &s->edits);
}

static struct err *add_lines(struct install *s, const struct vhost *h, const struct wanted *w)
{
	AUTO(strlist_release) struct strlist lines = { 0 };
	bool speaks_tls = vhost_has_ssl(&s->vhosts, h);
	struct wanted wanted = *w;

	strlist_add(&lines, "");
	if (has_to_listen(s, h))
		TRY(make_it_listen(&lines, s, h));
	wanted.options |= speaks_tls; /* it works as it is */
	add_tls_lines(&lines, s, &wanted);
	if (lines.count > 1)
		insert_last(edits_in(&s->edits, h->block->doc), h->block, &lines);
	return NULL;
}

static struct err *edit_target(struct install *s, const struct vhost *h)
{
	AUTO(pairs_release) struct pairs there = { 0 };

	TRY(pairs_read(&there, s->config, h));
	const struct pair old = pairs_replaced(&there, s->config, s->files->fullchain);

	if (old.certificate != NULL)
		TRY(replace_in(s, old.certificate, s->files->fullchain));
	if (old.key != NULL)
		TRY(replace_in(s, old.key, s->files->key));
	return add_lines(s, h, &(struct wanted){ old, there.dhparam != NULL, there.options });
}

static struct err *gather(struct install *s)
{
	TRY(vhosts_gather(&s->vhosts, s->config));
	return targets_find(&s->targets, &s->vhosts, s->name, s->ports);
}

/* No block has the name: one is made of the default. */
static struct err *make_target(struct install *s)
{
	TRY(copy_default(s->config, &s->vhosts, s->name, s->ports));
	vhosts_release(&s->vhosts);
	return gather(s);
}

struct err *install_certificate(struct config *c, const char *name,
				const struct install_files *files, const struct target_ports *ports,
				struct bystanders *beside)
{
	AUTO(install_release)
	struct install s = { .config = c, .name = name, .files = files, .ports = ports };

	TRY(gather(&s));
	if (s.targets.count == 0)
		TRY(make_target(&s));
	if (beside != NULL)
		TRY(beside_note(beside,
				&(struct beside){ c, &s.vhosts, &s.targets, files->fullchain }));
	for (size_t i = 0; i < s.targets.count; i++)
		TRY(edit_target(&s, s.targets.items[i]));
	TRY(config_apply(c, &s.edits));
	return beside != NULL ? beside_follow(beside, c, files->fullchain) : NULL;
}
