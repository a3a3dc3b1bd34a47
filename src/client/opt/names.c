/* The names for a certificate, and which web root serves which (certbot.md 14.2). */
#include <arpa/inet.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/kept.h"
#include "client/opt/option.h"
#include "dns/idna.h"
#include "dns/name.h"
#include "pki/names.h"

static const char challenge_dir[] = "/.well-known/acme-challenge";

/* What people write in their own script is asked for by its A-labels (RFC 5890). */
static char *ascii_form(const char *typed)
{
	size_t star = str_starts(typed, "*.") ? 2 : 0;
	AUTO(free) char *ascii = NULL;

	for (const char *p = typed; *p != '\0' && ascii == NULL; p++)
		if ((unsigned char)*p >= 0x80)
			ascii = idna_ascii(typed + star);
	return ascii != NULL ? str_fmt("%.*s%s", (int)star, typed, ascii) : xstrdup(typed);
}

static struct err *add_domain(struct options *o, const char *typed, struct strlist *added)
{
	AUTO(free) char *name = NULL;
	AUTO(free) char *ascii = ascii_form(typed);
	struct err *e = name_canonical(&name, ascii);

	if (e != NULL)
		return err_wrap_as(ERR_CONFIG, e, "-d");
	strlist_add_unique(&o->domains, name);
	if (added != NULL)
		strlist_take(added, MOVE(name));
	return NULL;
}

struct err *names_add_domains(struct options *o, const char *typed, struct strlist *added)
{
	AUTO(strlist_release) struct strlist names = { 0 };

	strlist_split(&names, typed, ',');
	for (size_t i = 0; i < names.count; i++)
		TRY(add_domain(o, names.items[i], added));
	return NULL;
}

struct err *names_add_addresses(struct options *o, const char *typed)
{
	static const int families[] = { AF_INET, AF_INET6 };
	unsigned char raw[sizeof(struct in6_addr)];
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		if (inet_pton(families[i], typed, raw) != 1)
			continue;
		if (inet_ntop(families[i], raw, text, sizeof(text)) == NULL)
			break;
		strlist_add_unique(&o->ip_addresses, text);
		return NULL;
	}
	return err_new(ERR_USAGE, "'%s' is not an IP address", typed);
}

static size_t map_find(const struct webroot_map *m, const char *name)
{
	for (size_t i = 0; i < m->names.count; i++)
		if (streq(m->names.items[i], name))
			return i;
	return m->names.count;
}

static void map_set(struct webroot_map *m, const char *name, const char *root)
{
	size_t i = map_find(m, name);

	if (i == m->names.count) {
		strlist_add(&m->names, name);
		strlist_add(&m->roots, root);
		return;
	}
	free(m->roots.items[i]);
	m->roots.items[i] = xstrdup(root);
}

static void map_set_missing(struct webroot_map *m, const struct strlist *names, const char *root)
{
	for (size_t i = 0; i < names->count; i++)
		if (map_find(m, names->items[i]) == m->names.count)
			map_set(m, names->items[i], root);
}

void names_give_last_root(struct options *o)
{
	if (o->webroot_path.count == 0)
		return;
	const char *last = o->webroot_path.items[o->webroot_path.count - 1];

	map_set_missing(&o->webroot_map, &o->domains, last);
	map_set_missing(&o->webroot_map, &o->ip_addresses, last);
}

static struct err *check_root(char **root, const char *typed)
{
	AUTO(free) char *path = fs_absolute(typed);
	size_t above;

	TRY(kept_check_item(path));
	if (!fs_is_dir(path))
		return err_new(ERR_CONFIG, "%s does not exist or is not a directory", typed);
	if (str_ends(path, challenge_dir)) {
		above = strlen(path) - strlen(challenge_dir);
		return err_new(
			ERR_CONFIG,
			"%s is where signet makes the challenge files itself; give the directory that is served "
			"as /: %.*s",
			path, (int)(above > 0 ? above : 1), above > 0 ? path : "/");
	}
	*root = MOVE(path);
	return NULL;
}

/* A root serves the names that follow it: what came before goes to the root before it. */
struct err *names_add_root(const struct option_setter *s, const char *value)
{
	struct options *o = s->o;
	AUTO(free) char *root = NULL;

	if (s->names->names_before_root)
		return err_new(
			ERR_CONFIG,
			"with several -w one of them must precede all names: each is for the -d behind it");
	TRY(check_root(&root, value));
	if (o->webroot_path.count > 0)
		names_give_last_root(o);
	else
		s->names->names_before_root = o->domains.count + o->ip_addresses.count > 0;
	strlist_take(&o->webroot_path, MOVE(root));
	return NULL;
}

static struct err *add_mapping(struct options *o, const char *names, const json_t *value)
{
	AUTO(strlist_release) struct strlist added = { 0 };
	AUTO(free) char *root = NULL;

	if (!json_is_string(value))
		return err_new(ERR_USAGE, "the root of '%s' is not a string", names);
	TRY(check_root(&root, json_string_value(value)));
	TRY(names_add_domains(o, names, &added));
	for (size_t i = 0; i < added.count; i++)
		map_set(&o->webroot_map, added.items[i], root);
	return NULL;
}

struct err *names_add_root_map(const struct option_setter *s, const char *value)
{
	AUTO(json_release) json_t *map = NULL;
	struct err *e = json_parse(&map, value, strlen(value), "value");
	const char *names;
	json_t *root;

	if (e != NULL)
		return err_wrap_as(ERR_USAGE, e, "a JSON object is expected");
	if (!json_is_object(map))
		return err_new(ERR_USAGE, "a JSON object is expected");
	json_object_foreach(map, names, root) TRY(add_mapping(s->o, names, root));
	return NULL;
}

struct err *options_add_domains(struct options *o, const char *typed)
{
	TRY(names_add_domains(o, typed, NULL));
	names_give_last_root(o);
	return NULL;
}

void options_names(struct cert_names *out, const struct options *o)
{
	strlist_add_all(&out->dns, &o->domains);
	strlist_add_all(&out->ip, &o->ip_addresses);
}
