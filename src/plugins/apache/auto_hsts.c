#include "plugins/apache/auto_hsts.h"

#include <string.h>

#include "plugins/apache/edit.h"
#include "plugins/apache/install.h"
#include "plugins/apache/line.h"
#include "plugins/plugin_storage.h"

#define MARK "DO NOT REMOVE - Managed by Certbot, VirtualHost id: "
#define MAX_AGE "max-age="
#define FOR_GOOD 31536000

enum { ID_BYTES = 16, WAIT_S = 48 * 60 * 60 };

static const int64_t steps[] = { 60, 300, 900, 3600, 21600, 43200, 86400 };

/* What is remembered of one host. */
struct progress {
	int64_t last; /* index of its step */
	double since;
};

static void read_progress(struct progress *out, json_t *entry)
{
	*out = (struct progress){ .since = json_number_value(json_object_get(entry, "timestamp")) };
	err_ignore(json_get_int(&out->last, entry, "laststep", JSON_OPTIONAL));
	out->last = out->last < 0 ? 0 : out->last;
}

static void write_progress(json_t *all, const char *id, int64_t last, time_t now)
{
	json_t *entry = json_pack("{s:I, s:I}", "laststep", (json_int_t)last, "timestamp",
				  (json_int_t)now);

	if (entry == NULL || json_object_set_new(all, id, entry) != 0)
		abort();
}

static bool is_last(const struct progress *p)
{
	return p->last + 1 >= (int64_t)ARRAY_LEN(steps);
}

static bool is_owed(const struct progress *p, time_t now)
{
	return !is_last(p) && p->since + WAIT_S <= (double)now;
}

static json_t *all_of(struct plugin_storage *s)
{
	return plugin_storage_object(s, "apache", "autohsts");
}

/* --- hosts --- */

/* The id in a comment of the host; NULL: none. The caller's. */
static char *id_of(const struct apache_vhost *v)
{
	for (const struct apache_node *n = v->node->first; n != NULL; n = apache_next(n, v->node)) {
		AUTO(free)
		char *text = n->kind == APACHE_COMMENT ? xstrndup(n->head.data, n->head.len) : NULL;
		const char *mark = text != NULL ? strstr(text, MARK) : NULL;

		if (mark != NULL) {
			const char *id = mark + strlen(MARK);

			return xstrndup(id, strspn(id, "0123456789abcdefABCDEF"));
		}
	}
	return NULL;
}

static struct apache_vhost *host_with(const struct apache_sites *s, const char *wanted)
{
	for (size_t i = 0; i < s->config->vhost_count; i++) {
		struct apache_vhost *v = s->config->vhosts[i];
		AUTO(free) char *id = v->of_macro ? NULL : id_of(v);

		if (id != NULL && streq(id, wanted))
			return v;
	}
	return NULL;
}

static char *new_id(const struct world *w)
{
	unsigned char bytes[ID_BYTES];
	AUTO(buf_release) struct buf b = BUF_INIT(2 * sizeof(bytes));

	w->random->bytes(w->random, bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		buf_addf(&b, "%02x", bytes[i]);
	return buf_detach(&b);
}

/* What else the header says stays: a person may have added includeSubDomains. false: there is no such header. */
static bool set_max_age(struct apache_vhost *v, int64_t seconds)
{
	struct apache_occurrence o = { 0 };
	struct apache_node *n = apache_find_header(&o, v, APACHE_HSTS) ? o.node : NULL;
	const char *age = n != NULL ? strstr(n->args, MAX_AGE) : NULL;

	if (age == NULL)
		return false;
	const char *digits = age + strlen(MAX_AGE);
	AUTO(free)
	char *args = str_fmt("%.*s%lld%s", (int)(digits - n->args), n->args, (long long)seconds,
			     digits + strspn(digits, "0123456789"));

	apache_set_args(o.file, n, args);
	return true;
}

/* --- enabling --- */

static struct err *begin(struct apache_sites *s, struct apache_vhost *v, json_t *all)
{
	AUTO(free) char *id = new_id(s->env->world);
	AUTO(free)
	char *lines = str_fmt("# " MARK "%s\nHeader always set " APACHE_HSTS " \"" MAX_AGE
			      "%lld\"\n",
			      id, (long long)steps[0]);

	TRY(apache_need_module(s, "headers"));
	TRY(apache_add_last(v->file, v->node, lines));
	write_progress(all, id, 0, world_now(s->env->world));
	return NULL;
}

static struct err *enable(struct apache_sites *s, const char *name, json_t *all)
{
	struct apache_vhost *v = NULL;
	struct apache_occurrence there;

	TRY(apache_pick_tls(&v, s, name));
	AUTO(free) char *id = id_of(v);

	if (id != NULL) /* by another of its names, or long ago */
		return NULL;
	if (apache_find_header(&there, v, APACHE_HSTS))
		return err_new(
			ERR_CONFIG,
			"the virtual host at %s sends " APACHE_HSTS
			" already: remove that line first if its time shall grow step by step",
			v->shown);
	return begin(s, v, all);
}

struct err *apache_auto_hsts_enable(struct apache_sites *s, const struct strlist *names)
{
	AUTO(plugin_storage_release) struct plugin_storage store = { 0 };

	TRY(plugin_storage_open(&store, s->env->opt));
	json_t *all = all_of(&store);
	size_t before = json_object_size(all);

	for (size_t i = 0; i < names->count; i++)
		TRY(enable(s, names->items[i], all));
	if (json_object_size(all) > before)
		plugin_storage_plan(&store, s->change);
	return NULL;
}

/* --- later --- */

struct err *apache_auto_hsts_owed(bool *out, const struct options *o, time_t now)
{
	AUTO(plugin_storage_release) struct plugin_storage store = { 0 };
	const char *id = NULL;
	json_t *entry = NULL;
	bool owed = false;

	TRY(plugin_storage_open(&store, o));
	json_object_foreach(all_of(&store), id, entry)
	{
		struct progress p;

		read_progress(&p, entry);
		owed |= is_owed(&p, now);
	}
	*out = owed;
	return NULL;
}

/* Nobody has to be told a second time. */
static void forget(struct apache_sites *s, json_t *all, const char *id)
{
	ui_emit(s->env->ui, EVENT_WARNING_TEXT, NO_FIELDS,
		"no virtual host of Apache has the id %s and a " APACHE_HSTS
		" header any more: its time is not raised further",
		id);
	(void)json_object_del(all, id);
}

static bool has_key(const struct apache_vhost *v, const char *key)
{
	AUTO(apache_occurrences_release) struct apache_occurrences l = { 0 };
	bool found = false;

	apache_occurrences_find(&l, v, "SSLCertificateKeyFile", APACHE_OF_HOST);
	for (size_t i = 0; i < l.count; i++) {
		const char *rest = l.items[i].node->args;
		AUTO(free) char *word = apache_word(&rest);

		found |= word != NULL && streq(word, key);
	}
	return found;
}

/* One host at its next step, or key: at the end of the last one. false: nothing is to be done with it. */
static bool go_on(struct apache_sites *s, json_t *all, const char *id, const char *key)
{
	time_t now = world_now(s->env->world);
	struct progress p;

	read_progress(&p, json_object_get(all, id));
	if (key != NULL ? !is_last(&p) : !is_owed(&p, now))
		return false;
	struct apache_vhost *v = host_with(s, id);

	if (v != NULL && key != NULL && !has_key(v, key))
		return false;
	if (v == NULL || !set_max_age(v, key != NULL ? FOR_GOOD : steps[p.last + 1]))
		forget(s, all, id);
	else if (key != NULL)
		(void)json_object_del(all, id);
	else
		write_progress(all, id, p.last + 1, now);
	return true;
}

static struct err *each_goes_on(struct apache_sites *s, const char *key)
{
	AUTO(plugin_storage_release) struct plugin_storage store = { 0 };
	AUTO(strlist_release) struct strlist ids = { 0 };
	const char *id = NULL;
	json_t *entry = NULL;
	bool changed = false;

	TRY(plugin_storage_open(&store, s->env->opt));
	json_object_foreach(all_of(&store), id, entry) strlist_add(&ids, id);
	for (size_t i = 0; i < ids.count; i++)
		changed |= go_on(s, all_of(&store), ids.items[i], key);
	if (changed)
		plugin_storage_plan(&store, s->change);
	return NULL;
}

struct err *apache_auto_hsts_step(struct apache_sites *s)
{
	return each_goes_on(s, NULL);
}

struct err *apache_auto_hsts_finish(struct apache_sites *s, const char *key)
{
	return each_goes_on(s, key);
}
