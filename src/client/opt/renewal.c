/* [renewalparams] of a lineage's renewal file: what is read from it, and what is written (certbot.md 8.2). */
#include <string.h>

#include "base/limits.h"
#include "client/opt/option.h"
#include "client/opt/renewal_keys.h"
#include "proto/challenge.h"

static const char params[] = "renewalparams";
static const char roots[] = "renewalparams/webroot_map";

/* The order of a fresh file. The keys of plugins stand in the order of the plugins' names. */
const char *const renewal_keys[] = {
	"reuse_key",
	"allow_subset_of_names",
	"account",
	"http01_port",
	"http01_address",
	"https_port",
	"tls_alpn_01_address",
	"rsa_key_size",
	"key_type",
	"elliptic_curve",
	"must_staple",
	"required_profile",
	"preferred_profile",
	"preferred_chain",
	"pref_challs",
	"pre_hook",
	"post_hook",
	"autorenew",
	"user_agent",
	"config_dir",
	"work_dir",
	"logs_dir",
	"server",
	"authenticator",
	"installer",
	"apache_enmod",
	"apache_dismod",
	"apache_le_vhost_ext",
	"apache_server_root",
	"apache_vhost_root",
	"apache_logs_root",
	"apache_challenge_location",
	"apache_handle_modules",
	"apache_handle_sites",
	"apache_ctl",
	"apache_bin",
	"manual_auth_hook",
	"manual_cleanup_hook",
	"nginx_server_root",
	"nginx_ctl",
	"nginx_sleep_seconds",
	"webroot_path",
	"renew_hook",
};
const size_t renewal_key_count = ARRAY_LEN(renewal_keys);

static bool find_row(size_t *row, const char *key)
{
	for (size_t i = 0; i < option_row_count; i++) {
		if (option_rows[i].conf_key == NULL || !streq(option_rows[i].conf_key, key))
			continue;
		*row = i;
		return true;
	}
	return false;
}

static size_t row_of_key(const char *key)
{
	size_t row = 0;

	if (!find_row(&row, key))
		abort(); /* a key in our own list */
	return row;
}

/* One value of the file on its way into the options. */
struct stored {
	const struct option_row *row;
	const char *text;
	const struct strlist *list;
};

static struct err *check_choice(const struct stored *v)
{
	AUTO(strlist_release) struct strlist choices = { 0 };

	strlist_split(&choices, v->row->choices, ' ');
	for (size_t i = 0; i < choices.count; i++)
		if (streq_nocase(choices.items[i], v->text))
			return NULL;
	AUTO(free) char *all = strlist_join(&choices, ", ");

	return err_new(ERR_CONFIG, "%s is none of %s: %s", v->row->conf_key, all, v->text);
}

static struct err *load_text(void *member, const struct stored *v)
{
	char **text = member;

	if (v->row->choices != NULL && !streq(v->text, "None"))
		TRY(check_choice(v));
	free(*text);
	*text = streq(v->text, "None") ? NULL : xstrdup(v->text);
	return NULL;
}

static struct err *load_bool(void *member, const struct stored *v)
{
	bool yes = streq_nocase(v->text, "true");

	if (!yes && !streq_nocase(v->text, "false"))
		return err_new(ERR_CONFIG, "%s is neither True nor False: %s", v->row->conf_key,
			       v->text);
	*(bool *)member = yes;
	return NULL;
}

static struct err *load_int(void *member, const struct stored *v)
{
	const char *text = streq(v->text, "None") && v->row->preset != NULL ? v->row->preset
									    : v->text;

	if (!str_to_int(text, 0, INT32_MAX, member))
		return err_new(ERR_CONFIG, "%s is not a number: %s", v->row->conf_key, v->text);
	return NULL;
}

static struct err *load_challenges(struct strlist *out, const struct strlist *stored)
{
	for (size_t i = 0; i < stored->count; i++) {
		const struct challenge_type *type = challenge_type_by_name(stored->items[i]);

		if (type == NULL)
			return err_new(ERR_CONFIG, "Unrecognized challenges: %s", stored->items[i]);
		strlist_add_unique(out, type->name);
	}
	return NULL;
}

static struct err *load_list(void *member, const struct stored *v)
{
	AUTO(strlist_release) struct strlist list = { 0 };

	if (v->row->kind == &kind_challenges)
		TRY(load_challenges(&list, v->list));
	else
		strlist_add_all(&list, v->list);
	strlist_release(member);
	*(struct strlist *)member = list;
	list = (struct strlist){ 0 };
	return NULL;
}

static struct err *load_nothing(void *member, const struct stored *v)
{
	(void)member;
	(void)v;
	return NULL;
}

static struct err *(*const loaders[])(void *member, const struct stored *v) = {
	[STORE_NONE] = load_nothing, [STORE_TEXT] = load_text, [STORE_BOOL] = load_bool,
	[STORE_INT] = load_int,      [STORE_LIST] = load_list, [STORE_MAP] = load_nothing,
};

/* They would be shown as lines of their own; a hook may have several. */
static struct err *check_shown(const struct strlist *values, const struct option_row *row)
{
	for (size_t i = 0; row->kind != &kind_command && i < values->count; i++)
		if (str_has_controls(values->items[i]))
			return err_new(ERR_CONFIG, "%s holds control characters", row->conf_key);
	return NULL;
}

/* The pieces of a list may come to %(name)s where they are one text: it could not be written back. */
static struct err *check_kept(const char *text, const struct option_row *row)
{
	if (row->kind->store != STORE_TEXT || !ini_has_names(text))
		return NULL;
	return err_new(ERR_CONFIG,
		       "%s is a list that comes to %%(name)s: write it as one text, in quotes",
		       row->conf_key);
}

static struct err *load_key(struct options *o, const struct ini *conf, size_t row)
{
	AUTO(strlist_release) struct strlist list = { 0 };
	const struct option_row *r = &option_rows[row];
	bool found = false;

	TRY(ini_get_list(&list, &found, conf, params, r->conf_key));
	if (!found)
		return NULL;
	TRY(check_shown(&list, r));
	AUTO(free) char *text = strlist_join(&list, ", ");

	TRY(check_kept(text, r));
	TRY(loaders[r->kind->store](option_member(o, r), &(struct stored){ r, text, &list }));
	o->sources[option_home(row)] = SOURCE_RENEWAL;
	return NULL;
}

/* A plugin's options are only taken where the lineage uses the plugin, whatever the command line wants this time. */
static bool is_of_lineage(const struct ini *conf, const struct option_row *row)
{
	static const char *const roles[] = { "authenticator", "installer" };

	for (size_t i = 0; row->plugin != NULL && i < ARRAY_LEN(roles); i++) {
		AUTO(free) char *stored = NULL;
		struct err *e = ini_get(&stored, conf, params, roles[i]);

		err_ignore(e); /* comes up again when the role itself is loaded */
		if (stored != NULL && streq(stored, row->plugin))
			return true;
	}
	return row->plugin == NULL;
}

/* A file has a dozen of all the keys there are. */
static struct err *load_keys(struct options *o, const struct ini *conf)
{
	AUTO(strlist_release) struct strlist keys = { 0 };

	ini_keys(&keys, conf, params);
	for (size_t i = 0; i < keys.count; i++) {
		size_t row = 0;

		if (find_row(&row, keys.items[i]) &&
		    o->sources[option_home(row)] == SOURCE_DEFAULT &&
		    is_of_lineage(conf, &option_rows[row]))
			TRY(load_key(o, conf, row));
	}
	return NULL;
}

static struct err *load_map(struct options *o, const struct ini *conf)
{
	AUTO(strlist_release) struct strlist names = { 0 };
	size_t row = option_index("webroot-map");

	if (o->sources[row] != SOURCE_DEFAULT)
		return NULL;
	ini_keys(&names, conf, roots);
	for (size_t i = 0; i < names.count; i++) {
		char *root = NULL;

		TRY(ini_get(&root, conf, roots, names.items[i]));
		strlist_add(&o->webroot_map.names, names.items[i]);
		strlist_take(&o->webroot_map.roots, root);
		o->sources[row] = SOURCE_RENEWAL;
	}
	return NULL;
}

static void replace_text(char **text, const char *value)
{
	free(*text);
	*text = xstrdup(value);
}

/* Files from before Certbot 1.25 name no key type: it was RSA. The first API of Let's Encrypt is gone. */
static void mend(struct options *o)
{
	size_t key_type = option_index("key-type");

	if (o->sources[key_type] == SOURCE_DEFAULT) {
		replace_text(&o->key_type, "rsa");
		o->sources[key_type] = SOURCE_RENEWAL;
	}
	if (streq(o->server, "https://acme-v01.api.letsencrypt.org/directory"))
		replace_text(&o->server, option_rows[option_index("server")].preset);
}

/* webroot_map counts as set when webroot_path does (certbot.md 2.3). */
static void mark_map(struct options *o)
{
	size_t map = option_index("webroot-map");
	size_t path = option_index("webroot-path");

	if (o->sources[map] == SOURCE_DEFAULT)
		o->sources[map] = o->sources[path];
}

struct err *options_apply_renewal(struct options *o, const struct ini *conf)
{
	if (!ini_has_section(conf, params))
		return err_new(ERR_CONFIG, "there is no [renewalparams] section");
	if (!ini_has(conf, params, "authenticator"))
		return err_new(ERR_CONFIG, "[renewalparams] names no authenticator");
	mark_map(o);
	TRY(load_keys(o, conf));
	TRY(load_map(o, conf));
	mend(o);
	return NULL;
}

static void save_text(struct ini *conf, const struct option_row *row, const void *member)
{
	const char *text = *(char *const *)member;

	if (text != NULL)
		ini_set(conf, params, row->conf_key, text);
	else
		ini_remove(conf, params, row->conf_key);
}

static void save_bool(struct ini *conf, const struct option_row *row, const void *member)
{
	ini_set(conf, params, row->conf_key, *(const bool *)member ? "True" : "False");
}

static void save_int(struct ini *conf, const struct option_row *row, const void *member)
{
	AUTO(free) char *text = str_fmt("%lld", (long long)*(const int64_t *)member);

	ini_set(conf, params, row->conf_key, text);
}

static void save_list(struct ini *conf, const struct option_row *row, const void *member)
{
	ini_set_list(conf, params, row->conf_key, member);
}

static void save_nothing(struct ini *conf, const struct option_row *row, const void *member)
{
	(void)conf;
	(void)row;
	(void)member;
}

static void (*const savers[])(struct ini *conf, const struct option_row *row,
			      const void *member) = {
	[STORE_NONE] = save_nothing, [STORE_TEXT] = save_text, [STORE_BOOL] = save_bool,
	[STORE_INT] = save_int,      [STORE_LIST] = save_list, [STORE_MAP] = save_nothing,
};

static void save_row(const struct options *o, struct ini *conf, const struct option_row *row)
{
	savers[row->kind->store](conf, row, option_member_const(o, row));
}

static void save_map(const struct options *o, struct ini *conf)
{
	const struct webroot_map *m = &o->webroot_map;

	if (m->names.count == 0)
		ini_remove_section(conf, roots);
	for (size_t i = 0; i < m->names.count; i++)
		ini_set(conf, roots, m->names.items[i], m->roots.items[i]);
}

void options_save_renewal(const struct options *o, struct ini *conf)
{
	for (size_t i = 0; i < renewal_key_count; i++) {
		size_t row = row_of_key(renewal_keys[i]);
		bool is_set = o->sources[option_home(row)] != SOURCE_DEFAULT;

		if (is_set || streq(renewal_keys[i], "server"))
			save_row(o, conf, &option_rows[row]);
		else if (!streq(renewal_keys[i], "key_type"))
			ini_remove(conf, params, renewal_keys[i]);
	}
	if (!options_set_by_user(o, &o->key_type)) /* always there; last when nobody chose it */
		save_row(o, conf, &option_rows[option_index("key-type")]);
	save_map(o, conf);
}
