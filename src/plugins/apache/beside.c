#include "plugins/apache/beside.h"

#include <string.h>

#include "srv/key_family.h"

static void add_name(struct strlist *out, const char *name)
{
	const char *rest = name + (str_starts(name, "*.") ? 2 : 0);

	if (*rest != '\0' && strpbrk(rest, "*?$") == NULL)
		(void)strlist_add_unique(out, name);
}

static void add_names_of(struct strlist *out, const struct apache_vhost *v)
{
	if (v->name != NULL)
		add_name(out, v->name);
	for (size_t i = 0; i < v->aliases.count; i++)
		add_name(out, v->aliases.items[i]);
}

/* Those that go when this one comes: of its kind, where it has that among others. */
static void add_displaced(struct strlist *out, const struct apache_vhost *v, const char *fullchain)
{
	const char *kind = v->certificates.count > 1 ? key_family_of(fullchain) : NULL;

	for (size_t i = 0; i < v->certificates.count && kind != NULL; i++) {
		const char *there = key_family_of(v->certificates.items[i]);

		if (there != NULL && streq(there, kind))
			strlist_add(out, v->certificates.items[i]);
	}
	if (out->count == 0)
		strlist_add_all(out, &v->certificates);
}

/* What a pattern takes cannot be listed: but the names of the certificate that it shows. */
static void add_certified(struct strlist *out, struct bystanders *known,
			  const struct apache_vhost *v, const struct strlist *displaced)
{
	for (size_t i = 0; i < displaced->count; i++) {
		const struct strlist *names = bystanders_certified(known, displaced->items[i]);

		for (size_t n = 0; n < names->count; n++)
			if (apache_vhost_fit(v, names->items[n]) > 0)
				(void)strlist_add_unique(out, names->items[n]);
	}
}

/* By the others of its name. */
static void add_shown(struct strlist *out, const struct apache_sites *s,
		      const struct apache_vhost *but, const char *name)
{
	for (size_t i = 0; i < s->config->vhost_count; i++) {
		const struct apache_vhost *v = s->config->vhosts[i];

		if (v != but && apache_vhost_is_tls(v) && apache_vhost_fit(v, name) > 0)
			strlist_add_all(out, &v->certificates);
	}
}

void apache_beside_note(const struct apache_sites *s, const struct apache_vhost *host,
			const char *fullchain)
{
	AUTO(strlist_release) struct strlist names = { 0 }, displaced = { 0 };
	bool in_place = apache_vhost_is_tls(host);

	if (s->beside == NULL)
		return;
	if (in_place)
		add_displaced(&displaced, host, fullchain);
	add_names_of(&names, host);
	add_certified(&names, s->beside, host, &displaced);
	/* a host that names no certificate has one from a module */
	for (size_t i = 0; i < names.count; i++) {
		AUTO(strlist_release) struct strlist shown = { 0 };

		strlist_add_all(&shown, &displaced);
		if (!in_place)
			add_shown(&shown, s, host, names.items[i]);
		bystanders_note(
			s->beside, names.items[i],
			&(struct bystander_service){ .place = host->shown,
						     .fullchains = &shown,
						     .displaced = in_place,
						     .unknown = in_place && shown.count == 0 });
	}
}

void apache_beside_note_showing(const struct apache_sites *s, const char *fullchain)
{
	for (size_t i = 0; i < s->config->vhost_count; i++) {
		const struct apache_vhost *v = s->config->vhosts[i];

		if (apache_vhost_is_tls(v) && strlist_has(&v->certificates, fullchain))
			apache_beside_note(s, v, fullchain);
	}
}
