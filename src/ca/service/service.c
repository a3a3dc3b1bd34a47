#include "ca/service/service.h"

#include <event2/event.h>
#include <openssl/ssl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/version.h"
#include "ca/crl/crls.h"
#include "ca/http/resource.h"
#include "ca/log/log.h"
#include "ca/service/listeners.h"
#include "ca/service/own_cert.h"
#include "ca/service/parts.h"
#include "ca/service/runner.h"
#include "ca/service/signals.h"
#include "ca/service/upkeep.h"
#include "ca/service/watch.h"
#include "ca/store/store.h"
#include "net/mailbox.h"
#include "net/server_tls.h"

struct service {
	const struct service_options *options;
	struct event_base *base; /* of the main thread */
	struct mailbox *mailbox;
	struct signals *signals;
	struct parts *first; /* owns what all share */
	struct parts *now;   /* of the configuration in force; NULL: the first */
	SSL_CTX *tls;        /* NULL: plain HTTP */
	struct runner **runners;
	size_t runner_count, ended;
	struct upkeep *upkeep;
	struct crls *crls;
	struct own_cert *own_cert;
	struct watch *watch;
	struct event *too_long; /* of the end */
	bool ending;
};

static struct ca *current(const struct service *s)
{
	return parts_ca(s->now != NULL ? s->now : s->first);
}

static struct ca_log *log_of(const struct service *s)
{
	return current(s)->log;
}

static struct err *read_tls(SSL_CTX **out, const struct server_config *c)
{
	if (c->tls_certificate == NULL)
		return NULL;
	return server_tls_new(out, c->tls_certificate, c->tls_key);
}

/* --- SIGHUP: log file, configuration, TLS certificate --- */

static struct err *load_again(struct parts **parts, SSL_CTX **tls, const struct service *s)
{
	AUTO(ca_config_free) struct ca_config *config = NULL;
	AUTO(ssl_ctx_free) SSL_CTX *fresh = NULL;

	TRY(ca_log_reopen(log_of(s)));
	TRY(ca_config_load(&config, s->options->config_path));
	if ((config->server.tls_certificate == NULL) != (s->tls == NULL))
		return err_new(ERR_CONFIG, "whether TLS is spoken cannot change without a restart");
	TRY(read_tls(&fresh, &config->server));
	TRY(parts_renew(parts, s->first, config));
	config = NULL;
	*tls = MOVE(fresh);
	return NULL;
}

/* A command may have revoked something in the store. */
static void renew_crls(struct service *s, const struct ca_config *c)
{
	for (size_t i = 0; i < c->issuer_count; i++)
		for (int64_t shard = 0; shard < c->issuers[i].crl_shards; shard++)
			crls_revoked(s->crls, c->issuers[i].name, shard);
}

static void use(struct service *s, struct parts *parts, SSL_CTX *tls)
{
	crls_use(s->crls, parts_ca(parts));
	renew_crls(s, parts_ca(parts)->config);
	watch_use(s->watch, parts_ca(parts));
	SSL_CTX_free(s->tls);
	s->tls = tls;
	own_cert_use(s->own_cert, parts_ca(parts), tls);
	for (size_t i = 0; i < s->runner_count; i++) {
		runner_use(s->runners[i], parts_ca(parts));
		if (tls != NULL)
			runner_use_tls(s->runners[i], tls);
	}
	parts_free(s->now);
	s->now = parts;
}

static void log_loaded(const struct service *s)
{
	AUTO(strlist_release) struct strlist keys = { 0 };

	ca_config_restart_needed(&keys, s->options->config, current(s)->config);
	AUTO(free) char *text = keys.count > 0 ? strlist_join(&keys, ", ") : NULL;

	ca_log(log_of(s), LOG_LEVEL_INFO, "configuration_loaded",
	       LOG_FIELDS(LOG_STR("file", s->options->config_path),
			  LOG_STR("after_restart", text)));
}

static void reload(struct service *s)
{
	struct parts *parts = NULL;
	SSL_CTX *tls = NULL;
	AUTO(err_free) struct err *e = load_again(&parts, &tls, s);

	if (e != NULL) {
		ca_log(log_of(s), LOG_LEVEL_ERROR, "configuration_refused",
		       LOG_FIELDS(LOG_ERR(e), LOG_STR("in_force", "the one before")));
		return;
	}
	use(s, parts, tls);
	log_loaded(s);
}

/* --- SIGTERM --- */

static void look_again(evutil_socket_t fd, short what, void *ctx);

/* Loops have ended, and the store has answered what this one asked. */
static void look_for_end(struct service *s)
{
	const struct timeval soon = { .tv_usec = 10000 };

	if (s->ended < s->runner_count)
		return;
	if (upkeep_is_idle(s->upkeep) && crls_are_idle(s->crls) && own_cert_is_idle(s->own_cert))
		(void)event_base_loopbreak(s->base);
	else
		(void)event_base_once(s->base, -1, EV_TIMEOUT, look_again, s, &soon);
}

static void look_again(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	look_for_end(ctx);
}

static void on_ended(void *arg)
{
	struct service *s = arg;

	s->ended++;
	look_for_end(s);
}

/*
 * What is under way is left as it is: all that was promised to clients is on disk, and the next start takes it up. Its loops are
 * in the middle of it, so nothing is freed.
 */
static void on_too_long(evutil_socket_t fd, short what, void *ctx)
{
	const struct service *s = ctx;

	(void)fd;
	(void)what;
	ca_log(log_of(s), LOG_LEVEL_WARNING, "ended_early",
	       LOG_FIELDS(LOG_NUM("busy_loops", s->runner_count - s->ended)));
	_exit(EXIT_SUCCESS);
}

static void begin_end(struct service *s)
{
	const struct timeval wait = {
		.tv_sec = (time_t)current(s)->config->server.drain_timeout_s,
		.tv_usec = 1,
	};

	s->ending = true;
	ca_log(log_of(s), LOG_LEVEL_INFO, "ending", LOG_FIELDS(LOG_NUM("seconds", wait.tv_sec)));
	upkeep_stop(s->upkeep);
	crls_stop(s->crls);
	(void)event_add(s->too_long, &wait);
	for (size_t i = 0; i < s->runner_count; i++)
		runner_drain(s->runners[i], s->mailbox, on_ended, s);
}

static void on_wish(void *ctx, enum wish wish)
{
	struct service *s = ctx;

	if (wish == WISH_RELOAD)
		reload(s);
	else if (s->ending)
		on_too_long(-1, 0, s);
	else
		begin_end(s);
}

/* --- the start --- */

/*
 * One processor is left to the store's writer: a loop more than that makes each turn, and so each batch to be synced, smaller, and
 * costs a quarter more CPU an issuance on two processors.
 */
static size_t thread_count(const struct ca_config *c)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (c->server.threads > 0)
		return (size_t)c->server.threads;
	return processors > 1 ? (size_t)processors - 1 : 1;
}

/* As many connections as the system lets us have. */
static void raise_open_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
}

static struct err *make_runners(struct service *s, size_t count)
{
	s->runners = xcalloc(count, sizeof(struct runner *));
	for (unsigned i = 0; i < count; i++) {
		TRY(runner_new(&s->runners[i], current(s), i, count > 1));
		s->runner_count++;
	}
	return NULL;
}

static void log_start(const struct service *s, const struct strlist *urls)
{
	const char *base = s->options->config->server.url;

	for (size_t i = 0; i < urls->count; i++) {
		const char *url = urls->items[i];
		AUTO(free) char *directory = str_fmt("%s" DIRECTORY_PATH, base != NULL ? base : url);

		ca_log(log_of(s), LOG_LEVEL_INFO, "listening",
		       LOG_FIELDS(LOG_STR("url", url), LOG_STR("directory", directory),
				  LOG_NUM("loops", s->runner_count),
				  LOG_STR("store", store_backend_name(current(s)->store)),
				  LOG_STR("version", SIGNET_VERSION)));
	}
}

/* For CRLs and issuers' certificates. */
static void log_plain(const struct service *s, const struct strlist *urls)
{
	for (size_t i = 0; i < urls->count; i++)
		ca_log(log_of(s), LOG_LEVEL_INFO, "listening_plain",
		       LOG_FIELDS(LOG_STR("url", urls->items[i])));
}

static struct err *start(struct service *s)
{
	AUTO(strlist_release) struct strlist urls = { 0 };
	AUTO(strlist_release) struct strlist plain_urls = { 0 };
	const struct server_config *c = &s->options->config->server;

	TRY(read_tls(&s->tls, c));
	TRY(make_runners(s, thread_count(s->options->config)));
	TRY(listeners_open(&urls, &c->listen, s->runners, s->runner_count, s->tls));
	TRY(listeners_open(&plain_urls, &c->http_listen, s->runners, s->runner_count, NULL));
	for (size_t i = 0; i < s->runner_count; i++)
		TRY(runner_start(s->runners[i]));
	runner_resume(s->runners[0]);
	log_start(s, &urls);
	log_plain(s, &plain_urls);
	return NULL;
}

/* --- life --- */

static struct err *make_main_loop(struct service *s)
{
	s->base = event_base_new();
	if (s->base == NULL)
		return err_new(ERR_INTERNAL, "no event loop can be made");
	TRY(mailbox_new(&s->mailbox, s->base));
	s->too_long = evtimer_new(s->base, on_too_long, s);
	return signals_new(&s->signals, s->base, on_wish, s);
}

static struct err *make(struct service *s)
{
	const struct timeval daily = { .tv_sec = (time_t)24 * 60 * 60 },
			     a_minute = { .tv_sec = 60 };

	raise_open_files();
	TRY(make_main_loop(s));
	TRY(parts_new(&s->first, s->options->config, s->options->world));
	s->upkeep = upkeep_new(current(s), s->base, s->mailbox, &a_minute);
	s->crls = crls_new(current(s), s->base, s->mailbox);
	current(s)->crls = s->crls;
	s->own_cert = own_cert_new(s->mailbox);
	TRY(start(s));
	own_cert_use(s->own_cert, current(s), s->tls);
	s->watch = watch_new(current(s), s->base, &daily);
	return NULL;
}

/* Loops first, then what they ask, then the ways in through which answers may still have come. */
static void service_release(struct service *s)
{
	for (size_t i = 0; i < s->runner_count; i++)
		runner_stop(s->runners[i]);
	if (s->mailbox != NULL)
		mailbox_free(s->mailbox);
	upkeep_free(s->upkeep);
	crls_free(s->crls);
	own_cert_free(s->own_cert);
	watch_free(s->watch);
	for (size_t i = 0; i < s->runner_count; i++)
		runner_free(s->runners[i]);
	free(s->runners);
	parts_free(s->now);
	parts_free(s->first);
	SSL_CTX_free(s->tls);
	signals_free(s->signals);
	if (s->too_long != NULL)
		event_free(s->too_long);
	if (s->base != NULL)
		event_base_free(s->base);
}

AUTO_RELEASE(struct service, service_release)

static void end_turn(void *ctx)
{
	ca_log_flush(log_of(ctx));
}

struct err *service_run(const struct service_options *o)
{
	AUTO(service_release) struct service s = { .options = o };

	TRY(make(&s));
	mailbox_run(s.mailbox, end_turn, &s);
	ca_log(log_of(&s), LOG_LEVEL_INFO, "ended", NULL, 0);
	return NULL;
}
