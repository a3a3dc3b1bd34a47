/* check-config: would `serve` take this file, and all that it names? */
#include "base/fs.h"
#include "ca/cmd/registry.h"
#include "ca/config/config.h"
#include "ca/policy/limiter.h"
#include "ca/policy/policy.h"
#include "ca/setup/server_cert.h"
#include "ca/setup/warnings.h"
#include "ca/sign/sign.h"
#include "ca/store/store.h"
#include "net/mutual_tls.h"
#include "net/server_tls.h"

static struct err *check_issuers(const struct ca_config *c, const struct world *world)
{
	AUTO(sign_free) struct sign *s = NULL;

	return sign_new(&s, c, world);
}

static struct err *check_policy(const struct ca_config *c, const struct world *world)
{
	AUTO(policy_free) struct policy *p = NULL;

	(void)world;
	return policy_new(&p, c);
}

static struct err *check_limits(const struct ca_config *c, const struct world *world)
{
	AUTO(limiter_free) struct limiter *l = NULL;

	(void)world;
	return limiter_new(&l, c, NULL);
}

/* The file itself is made when it is missing. */
static struct err *check_place(const char *path, const char *key)
{
	AUTO(free) char *dir = path != NULL ? fs_parent(path) : NULL;

	return dir == NULL || fs_is_dir(dir)
		     ? NULL
		     : err_new(ERR_CONFIG, "%s is no directory: %s", dir, key);
}

static struct err *check_store(const struct ca_config *c, const struct world *world)
{
	if (c->store.backend == STORE_SQLITE)
		TRY(check_place(c->store.path, "path of [store]"));
	return store_would_serve(c, world);
}

static struct err *check_log(const struct ca_config *c, const struct world *world)
{
	(void)world;
	return check_place(c->log.file, "file of [log]");
}

static struct err *check_perspectives(const struct ca_config *c, const struct world *world)
{
	(void)world;
	for (size_t i = 0; i < c->perspective_count; i++) {
		const struct perspective_config *p = &c->perspectives[i];
		const struct mutual_tls files = { p->certificate, p->key, p->ca };
		AUTO(ssl_ctx_free) SSL_CTX *tls = NULL;

		if (p->url != NULL)
			TRY_WRAP(mutual_tls_client(&tls, &files), "perspective %s", p->name);
	}
	return NULL;
}

static struct err *(*const checks[])(const struct ca_config *c, const struct world *world) = {
	check_issuers, check_policy,      check_limits,       check_store,
	check_log,     server_cert_check, check_perspectives,
};

/* All of them, so that a file needs no more than two rounds. */
static size_t report(const struct command_run *r, const struct ca_config *c)
{
	size_t bad = 0;

	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		AUTO(err_free) struct err *e = checks[i](c, r->world);

		if (e == NULL)
			continue;
		AUTO(free) char *text = err_text(e);

		(void)fprintf(r->out, "%s\n", text);
		bad++;
	}
	return bad;
}

static size_t report_lines(const struct command_run *r, const struct strlist *problems)
{
	for (size_t i = 0; i < problems->count; i++)
		(void)fprintf(r->out, "%s\n", problems->items[i]);
	return problems->count;
}

/* Nothing that `serve` would not take. */
static void report_warnings(const struct command_run *r, const struct ca_config *c,
			    const struct sign *s)
{
	AUTO(strlist_release) struct strlist all = { 0 };
	AUTO(warnings_free) struct warnings *w = warnings_new(c, s);

	warnings_all(&all, w, world_now(r->world));
	for (size_t i = 0; i < all.count; i++)
		(void)fprintf(r->out, "warning: %s\n", all.items[i]);
}

static struct err *refuse(const char *path, size_t bad)
{
	return err_new(ERR_CONFIG, "%s: %zu problem%s", path, bad, bad == 1 ? "" : "s");
}

static struct err *run(const struct command_run *r)
{
	const char *path = r->words.count > 0 ? r->words.items[0] : COMMAND_CONFIG_DEFAULT;
	AUTO(strlist_release) struct strlist problems = { 0 };
	AUTO(ca_config_free) struct ca_config *c = NULL;
	AUTO(sign_free) struct sign *s = NULL;

	TRY(ca_config_problems(&problems, path));
	size_t bad = report_lines(r, &problems);

	if (bad > 0)
		return refuse(path, bad);
	TRY(ca_config_load(&c, path));
	bad = report(r, c);
	if (bad > 0)
		return refuse(path, bad);
	TRY(sign_new(&s, c, r->world));
	report_warnings(r, c, s);
	(void)fprintf(r->out, "%s: ok\n", path);
	return NULL;
}

const struct subcommand subcommand_check_config = {
	.name = "check-config",
	.summary = "Judge a configuration and the files that it names",
	.words = "[FILE]",
	.max_words = 1,
	.run = run,
};
