/*
 * hosts nginx ROOT | hosts apache ROOT CTL: the virtual hosts that our parsers see, as JSON, one a line, in the server's order.
 * tests/e2e/test_hosts.py compares them with what the servers say of themselves.
 */
#include <stdio.h>

#include "base/json.h"
#include "plugins/apache/config.h"
#include "plugins/nginx/vhost.h"

static struct err *print_line(json_t *host)
{
	AUTO(json_release) json_t *owned = host;
	AUTO(free) char *line = json_compact(owned);

	return puts(line) >= 0 ? NULL : err_new(ERR_IO, "standard output cannot be written");
}

static json_t *texts(const struct strlist *l)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->count; i++)
		json_array_append_new(list, json_string(l->items[i]));
	return list;
}

/* --- nginx --- */

static json_t *nginx_listens(const struct vhost *h)
{
	json_t *list = json_array();

	for (size_t i = 0; i < h->listen_count; i++) {
		const struct listen *l = &h->listens[i];

		json_array_append_new(list,
				      json_pack("{s:s, s:i, s:i, s:b, s:b}", "host", l->host,
						"port", (int)l->port, "last", (int)l->last_port,
						"default", l->is_default, "ssl", l->ssl));
	}
	return list;
}

static struct err *print_nginx(char **words)
{
	AUTO(config_free) struct config *c = NULL;
	AUTO(vhosts_release) struct vhosts v = { 0 };

	TRY(config_load(&c, words[0]));
	TRY(vhosts_gather(&v, c));
	for (size_t i = 0; i < v.count; i++) {
		AUTO(free) char *place = directive_place(v.items[i]->block);

		TRY(print_line(json_pack("{s:s, s:o, s:o}", "at", place, "listens",
					 nginx_listens(v.items[i]), "names",
					 texts(&v.items[i]->names))));
	}
	return NULL;
}

/* --- Apache --- */

static json_t *apache_listens(const struct apache_vhost *h)
{
	json_t *list = json_array();

	for (size_t i = 0; i < h->addresses.count; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:i}", "host", h->addresses.items[i].host,
						"port", (int)h->addresses.items[i].port));
	return list;
}

static struct err *print_hosts(const struct apache_config *c)
{
	for (size_t i = 0; i < c->vhost_count; i++) {
		const struct apache_vhost *h = c->vhosts[i];

		TRY(print_line(json_pack("{s:s, s:o, s:s?, s:o}", "at", h->shown, "listens",
					 apache_listens(h), "name", h->name, "aliases",
					 texts(&h->aliases))));
	}
	for (size_t i = 0; i < c->doubts.count; i++)
		TRY(print_line(json_pack("{s:s}", "doubt", c->doubts.items[i])));
	return NULL;
}

static struct err *print_apache(char **words)
{
	static const struct world world = { .clock = &system_clock, .spawner = &system_spawner };
	AUTO(apache_config_free) struct apache_config *c = NULL;
	AUTO(apache_facts_release) struct apache_facts facts = { 0 };
	AUTO(strlist_release) struct strlist environment = { 0 };
	AUTO(apache_place_release)
	struct apache_place p = { .server_root = xstrdup(words[0]), .bin = xstrdup(words[1]) };

	strlist_add(&p.httpd, p.bin);
	TRY(apache_facts_ask(&facts, &world, &p));
	TRY(apache_place_environment(&environment, &p, &world));
	TRY(apache_config_load(&c, facts.root_file, &facts, &environment));
	return print_hosts(c);
}

/* --- */

static const struct server {
	const char *name;
	int words;
	struct err *(*print)(char **words);
} servers[] = {
	{ "apache", 2, print_apache },
	{ "nginx", 1, print_nginx },
};

static struct err *run(int argc, char **argv)
{
	for (size_t i = 0; argc > 2 && i < ARRAY_LEN(servers); i++)
		if (streq(servers[i].name, argv[1]) && argc == servers[i].words + 2)
			return servers[i].print(argv + 2);
	return err_new(ERR_USAGE, "usage: hosts nginx ROOT, or hosts apache ROOT CTL");
}

int main(int argc, char **argv)
{
	AUTO(err_free) struct err *e = run(argc, argv);
	AUTO(free) char *text = e != NULL ? err_text(e) : NULL;

	if (text != NULL)
		fprintf(stderr, "hosts: %s\n", text);
	return text != NULL;
}
