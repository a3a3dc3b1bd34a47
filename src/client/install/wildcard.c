#include "client/install/wildcard.h"

#include <string.h>

#include "base/limits.h"
#include "base/shell.h"
#include "client/ui/prompt.h"

struct choice {
	const struct installer *installer;
	struct client *client;
	const char *wildcard;
	struct sites sites;
};

static void choice_release(struct choice *w)
{
	sites_release(&w->sites);
}

AUTO_RELEASE(struct choice, choice_release)

static void take(struct strlist *out, const struct strlist *names)
{
	for (size_t i = 0; i < names->count; i++)
		(void)strlist_add_unique(out, names->items[i]);
}

static void labels_of(struct strlist *out, const struct choice *w)
{
	for (size_t i = 0; i < w->sites.count; i++)
		strlist_add(out, w->sites.items[i].shown);
}

static struct err *ask(struct strlist *out, const struct choice *w)
{
	AUTO(free)
	char *text = str_fmt("%s (%s)", w->installer->ops->question_of_sites, w->wildcard);
	const struct question q = { .text = text, .flag = "--domains", .safe = true };
	AUTO(strlist_release) struct strlist labels = { 0 };
	AUTO(strlist_release) struct strlist picked = { 0 };

	labels_of(&labels, w);
	TRY(prompt_checklist(w->client->ui, &picked, &q, &labels));
	for (size_t i = 0; i < w->sites.count; i++)
		if (strlist_has(&picked, labels.items[i]))
			take(out, &w->sites.items[i].names);
	return picked.count > 0 ? NULL
				: err_new(ERR_CONFIG, "no site was chosen for %s", w->wildcard);
}

static bool has_itself(const struct choice *w)
{
	for (size_t i = 0; i < w->sites.count; i++)
		if (strlist_has(&w->sites.items[i].names, w->wildcard))
			return true;
	return false;
}

static struct err *nobody_to_ask(const struct choice *w)
{
	AUTO(strlist_release) struct strlist names = { 0 };
	const char *name = w->client->opt->cert_name;
	AUTO(free) char *lineage = shell_word(name != NULL ? name : "NAME");

	for (size_t i = 0; i < w->sites.count; i++)
		take(&names, &w->sites.items[i].names);
	AUTO(free) char *list = strlist_join(&names, ", ");
	AUTO(free) char *shown = str_printable(list, LIMIT_ERROR_TEXT);
	AUTO(free) char *first = xstrndup(list, strcspn(list, ","));

	return err_new(
		ERR_CONFIG,
		"%s covers more than one site (%s), and there is nobody to ask which of them shall get the certificate: name "
		"them, as by `signet install --cert-name %s -d %s`",
		w->wildcard, shown, lineage, first);
}

static struct err *without_questions(struct strlist *out, const struct choice *w)
{
	if (has_itself(w))
		(void)strlist_add_unique(out, w->wildcard);
	else if (w->sites.count == 1)
		take(out, &w->sites.items[0].names);
	else
		return nobody_to_ask(w);
	return NULL;
}

static struct err *settle(struct strlist *out, struct choice *w, enum wildcard_scope scope)
{
	const struct installer *i = w->installer;

	TRY(i->ops->covered(i->open->state, w->wildcard, &w->sites));
	if (scope == WILDCARD_TLS_SITES)
		sites_keep_tls(&w->sites);
	if (w->sites.count == 0)
		(void)strlist_add_unique(out, w->wildcard);
	else if (prompt_possible(w->client->ui, true))
		return ask(out, w);
	else
		return without_questions(out, w);
	return NULL;
}

struct err *wildcards_settle(struct strlist *out, const struct installer *i, struct client *c,
			     const struct strlist *names, enum wildcard_scope scope)
{
	for (size_t n = 0; n < names->count; n++) {
		AUTO(choice_release)
		struct choice w = { .installer = i, .client = c, .wildcard = names->items[n] };

		if (i->ops->covered == NULL || !str_starts(w.wildcard, "*."))
			(void)strlist_add_unique(out, w.wildcard);
		else
			TRY(settle(out, &w, scope));
	}
	return NULL;
}
