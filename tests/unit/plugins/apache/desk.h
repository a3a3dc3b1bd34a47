/* The client and the server around a plan of the apache plugin. */
#pragma once

#include "plugins/apache/root.h"

#include "base/buf.h"
#include "plugins/apache/install.h"
#include "plugins/apache/planned.h"
#include "plugins/fake_client.h"

#define UNUSED_PORT 7 /* echo, as long as nobody serves it */

struct desk {
	struct root *root;
	struct ui ui;
	struct options options;
	struct plugin_env env;
	struct apache_place place;
	struct apache_config *config;
	struct change *change;
	struct apache_sites sites;
};

__attribute__((
	unused)) static const struct deployment files = { .cert = "/live/cert.pem",
							  .key = "/live/privkey.pem",
							  .chain = "/live/chain.pem",
							  .fullchain = "/live/fullchain.pem" };

/* Behind the files of the root, which are put first. */
static inline void open_desk(struct desk *d, struct root *r)
{
	static char ext[] = "-le-ssl.conf";

	*d = (struct desk){ .root = r };
	d->options.config_dir = r->dir;
	d->options.apache_le_vhost_ext = ext;
	d->env = (struct plugin_env){ .ui = &d->ui, .opt = &d->options };
	d->place = (struct apache_place){ .server_root = r->dir,
					  .enmod = (char *)(uintptr_t) "a2enmod",
					  .dismod = (char *)(uintptr_t) "a2dismod",
					  .handle_modules = true,
					  .handle_sites = true };
	d->change = change_new();
	assert_done(root_load(&d->config, r));
	d->sites = (struct apache_sites){
		.env = &d->env,
		.place = &d->place,
		.config = d->config,
		.change = d->change,
		.http_port = 80,
		.https_port = UNUSED_PORT,
	};
}

static inline void close_desk(struct desk *d)
{
	change_free(d->change);
	apache_config_free(d->config);
	fake_ui_release(&d->ui);
}

/* The plan as a diff, with "@" for the server root. */
static inline char *diff_of(struct desk *d)
{
	AUTO(buf_release) struct buf all = BUF_INIT(64 * 1024);
	AUTO(buf_release) struct buf b = BUF_INIT(64 * 1024);

	assert_done(apache_plan_files(d->config, d->change));
	change_diff(d->change, &all);
	for (const char *s = buf_str(&all); *s != '\0';) {
		bool here = str_starts(s, d->root->dir);

		buf_addc(&b, here ? '@' : *s);
		s += here ? strlen(d->root->dir) : 1;
	}
	return buf_detach(&b);
}

static inline void expect_in_plan(struct desk *d, const char *wanted)
{
	AUTO(free) char *text = diff_of(d);

	if (strstr(text, wanted) == NULL)
		fail_msg("\"%s\" is not in:\n%s", wanted, text);
}

static inline void expect_not_in_plan(struct desk *d, const char *unwanted)
{
	AUTO(free) char *text = diff_of(d);

	if (strstr(text, unwanted) != NULL)
		fail_msg("\"%s\" is in:\n%s", unwanted, text);
}

static inline void enable_site(const struct root *r, const char *text)
{
	AUTO(free) char *link = fs_join(r->dir, "sites-enabled/a.conf");
	AUTO(free) char *dir = fs_join(r->dir, "sites-enabled");

	root_put(r, "apache2.conf", "Include ports.conf\nIncludeOptional sites-enabled/*.conf\n");
	root_put(r, "ports.conf", "Listen 80\n");
	root_put(r, "sites-available/a.conf", text);
	assert_done(fs_mkdirs(dir, 0755));
	assert_done(fs_symlink("../sites-available/a.conf", link));
}
