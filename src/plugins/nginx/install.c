#include "plugins/nginx/install.h"

#include <stdarg.h>
#include <string.h>

#include "plugins/nginx/beside.h"
#include "plugins/nginx/copy.h"
#include "plugins/nginx/fallback.h"
#include "plugins/nginx/insert.h"
#include "plugins/nginx/listener.h"
#include "plugins/nginx/loop.h"
#include "plugins/nginx/pair.h"
#include "plugins/nginx/sharing.h"
#include "plugins/nginx/snippet.h"
#include "plugins/nginx/word.h"
#include "srv/key_family.h"
#include "srv/vouch.h"

#define MANAGED " # managed by Certbot"

struct install {
	struct config *config;
	struct vhosts vhosts;
	struct targets targets;
	struct sharing sharing;
	struct edits edits;
	struct bystanders *beside;
	struct fallbacks before; /* the defaults of the https port */
	const char *name;
	const struct install_files *files;
	const struct target_ports *ports;
};

static void install_release(struct install *s)
{
	fallbacks_release(&s->before);
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

static bool is_edited(const struct splices *s, size_t at)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->items[i].start <= at && at < s->items[i].end)
			return true;
	return false;
}

static void replace_in(struct install *s, const struct directive *d, const char *value)
{
	AUTO(free) char *word = word_quoted(value);
	struct splices *edit = edits_in(&s->edits, d->doc);

	if (!streq(d->words[1].value, value) && !is_edited(edit, d->words[1].start))
		splices_replace(edit, d->words[1].start, d->words[1].end, word);
}

/* --- lines that are others' too --- */

/* A certificate for who takes another kind of key is none of ours, if it is good for the name. */
static bool stays(const struct install *s, const struct pair *p)
{
	AUTO(free) char *path = pair_path(p, s->config);
	const char *family = path != NULL ? key_family_of(path) : NULL,
		   *ours = key_family_of(s->files->fullchain);

	return family != NULL && ours != NULL && !streq(family, ours) && s->beside != NULL &&
	       names_hold(bystanders_certified(s->beside, path), s->name);
}

static void gather_changes(struct snippet *out, const struct install *s, const struct pairs *there,
			   const struct pair *old)
{
	AUTO(free)
	char *fullchain = word_quoted(s->files->fullchain), *key = word_quoted(s->files->key);

	snippet_change(out, old->certificate, managed_line("ssl_certificate %s;", fullchain));
	snippet_change(out, old->key, managed_line("ssl_certificate_key %s;", key));
	for (size_t i = 0; i < there->count; i++) {
		const struct pair *p = &there->items[i];

		if (p->certificate == old->certificate || stays(s, p))
			continue;
		snippet_change(out, p->certificate, NULL);
		snippet_change(out, p->key, NULL);
	}
}

static struct err *take_in(struct install *s, const struct vhost *h, const struct snippet *changes,
			   const struct directive *line)
{
	const struct directive *include = sharing_own_include(&s->sharing, h->block, line);
	AUTO(free) char *place = directive_place(include);

	if (is_edited(edits_in(&s->edits, include->doc), include->words[0].start))
		return NULL;
	TRY(snippet_take_in(changes, &s->edits, include));
	if (s->files->notices != NULL)
		strlist_take(
			s->files->notices,
			str_fmt("%s: `include %s` has been replaced by what it includes, with another certificate: other server blocks "
				"have theirs from there too",
				place, include->words[1].value));
	return NULL;
}

/* The block gets its own copy of what it shares with blocks of other certificates. */
static struct err *part(struct install *s, const struct vhost *h, const struct pairs *there,
			const struct pair *old)
{
	AUTO(snippet_release) struct snippet changes = { 0 };

	gather_changes(&changes, s, there, old);
	for (size_t i = 0; i < changes.count; i++)
		if (sharing_has_others(&s->sharing, changes.lines[i].instead_of))
			TRY(take_in(s, h, &changes, changes.lines[i].instead_of));
	return NULL;
}

static bool is_ours(const struct install *s, const struct directive *d, const char *value)
{
	return d == NULL || streq(d->words[1].value, value) || !sharing_has_others(&s->sharing, d);
}

static struct err *put_in_place(struct install *s, const struct vhost *h, const struct pairs *there,
				const struct pair *old)
{
	bool own_certificate = is_ours(s, old->certificate, s->files->fullchain),
	     own_key = is_ours(s, old->key, s->files->key);

	if (!own_certificate || !own_key)
		TRY(part(s, h, there, old));
	if (old->certificate != NULL && own_certificate)
		replace_in(s, old->certificate, s->files->fullchain);
	if (old->key != NULL && own_key)
		replace_in(s, old->key, s->files->key);
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

	TRY(put_in_place(s, h, &there, &old));
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

static struct err *note_beside(struct install *s)
{
	const struct beside b = { s->config, &s->vhosts, &s->targets, s->files->fullchain };

	TRY(beside_note(s->beside, &b));
	return fallbacks_note(&s->before, s->beside, &b, s->ports->https);
}

static struct err *follow_beside(const struct install *s)
{
	TRY(beside_follow(s->beside, s->config, s->files->fullchain));
	return fallbacks_follow(s->beside, &s->before, s->config, s->files->fullchain);
}

struct err *install_certificate(struct config *c, const char *name,
				const struct install_files *files, const struct target_ports *ports,
				struct bystanders *beside)
{
	AUTO(install_release)
	struct install s = {
		.config = c, .name = name, .files = files, .ports = ports, .beside = beside
	};

	TRY(gather(&s));
	if (s.targets.count == 0)
		TRY(make_target(&s));
	s.sharing = (struct sharing){ &s.vhosts, &s.targets, files->names };
	if (beside != NULL)
		TRY(note_beside(&s));
	for (size_t i = 0; i < s.targets.count; i++)
		TRY(edit_target(&s, s.targets.items[i]));
	TRY(config_apply(c, &s.edits));
	return beside != NULL ? follow_beside(&s) : NULL;
}
