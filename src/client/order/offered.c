#include "client/order/offered.h"

#include <string.h>

#include "base/limits.h"
#include "client/install/opened.h"
#include "dns/name.h"

static bool is_label(const char *label, size_t len)
{
	return len > 0 && label[0] != '-' && label[len - 1] != '-';
}

/* Public CAs take it: two labels or more of letters, digits and inner hyphens. */
static bool is_public(const char *name)
{
	size_t labels = 0, len;

	if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") != strlen(name))
		return false;
	for (const char *label = name;; label += len + 1, labels++) {
		len = strcspn(label, ".");
		if (!is_label(label, len))
			return false;
		if (label[len] == '\0')
			return labels > 0;
	}
}

static void add_offered(struct strlist *out, const char *written)
{
	AUTO(free) char *name = NULL;
	AUTO(err_free) struct err *e = name_canonical(&name, written);

	if (e == NULL && is_public(name))
		(void)strlist_add_unique(out, name);
}

/*
 * Certbot's order: by the labels in front of the last one, the one next to it first. "b!www www.b.test" compares so: ' ' and '!' are
 * less than what names are made of.
 */
static char *keyed(const char *name)
{
	AUTO(strlist_release) struct strlist labels = { 0 };
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(1));

	strlist_split(&labels, name, '.');
	for (size_t i = labels.count - 1; i-- > 0;)
		buf_addf(&b, "%s%s", b.len > 0 ? "!" : "", labels.items[i]);
	buf_addf(&b, " %s", name);
	return xstrdup(buf_str(&b));
}

static void sort_by_domain(struct strlist *names)
{
	for (size_t i = 0; i < names->count; i++) {
		AUTO(free) char *name = names->items[i];

		names->items[i] = keyed(name);
	}
	strlist_sort(names);
	for (size_t i = 0; i < names->count; i++) {
		AUTO(free) char *key = names->items[i];

		names->items[i] = xstrdup(strchr(key, ' ') + 1);
	}
}

struct err *names_offered(struct strlist *out, struct client *c)
{
	const struct plugin *p = c->opt->installer != NULL ? plugin_by_name(c->opt->installer)
							   : NULL;
	AUTO(opened_put) struct opened *o = NULL;
	AUTO(strlist_release) struct strlist written = { 0 };

	if (p == NULL || p->installer == NULL)
		return NULL;
	TRY(opened_get(&o, c, c->opt, p));
	TRY(p->installer->names(o->state, &written));
	for (size_t i = 0; i < written.count; i++)
		add_offered(out, written.items[i]);
	sort_by_domain(out);
	return NULL;
}
