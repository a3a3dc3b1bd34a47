/* va: a perspective for CAs elsewhere, over mutual TLS. */
#include "ca/cmd/outlook.h"
#include "ca/cmd/registry.h"
#include "ca/dcv/endpoint.h"
#include "ca/service/signals.h"
#include "net/mutual_tls.h"
#include "net/server.h"
#include "va/quorum.h"
#include "va/service.h"

enum { CONNECTIONS = 1024, IDLE_MS = 60 * 1000 };

struct post {
	const struct command_run *run;
	struct outlook *outlook;
	struct signals *signals;
	bool ending;
	struct service *service;
	struct server *server;
	SSL_CTX *tls;
};

static void post_close(struct post *p)
{
	server_free(p->server);
	service_free(p->service);
	SSL_CTX_free(p->tls);
	signals_free(p->signals);
	outlook_close(p->outlook);
}
AUTO_RELEASE(struct post, post_close)

static struct err *check_options(const struct command_run *r)
{
	static const char *const needed[] = { "--name", "--listen", "--certificate", "--key",
					      "--ca" };
	const char *region = command_value(r, "--region");

	for (size_t i = 0; i < ARRAY_LEN(needed); i++)
		if (!command_has(r, needed[i]))
			return err_new(ERR_USAGE, "%s is missing", needed[i]);
	if (region != NULL && !quorum_knows_region(region))
		return err_new(ERR_USAGE,
			       "--region \"%s\" is none of ARIN, RIPE, APNIC, LACNIC, AFRINIC",
			       region);
	return NULL;
}

static struct err *load_certificate(struct post *p)
{
	const struct command_run *r = p->run;
	const struct mutual_tls files = { command_value(r, "--certificate"),
					  command_value(r, "--key"), command_value(r, "--ca") };
	SSL_CTX *tls = NULL;

	TRY(mutual_tls_server(&tls, &files));
	SSL_CTX_free(p->tls);
	p->tls = tls;
	return NULL;
}

static struct err *listen_there(struct post *p)
{
	const struct server_options options = { .handle = service_handle,
						.ctx = p->service,
						.base = outlook_base(p->outlook),
						.max_connections = CONNECTIONS,
						.idle_timeout_ms = IDLE_MS,
						.clock = p->run->world->clock };
	const char *where = command_value(p->run, "--listen");
	struct address a;

	TRY_WRAP(endpoint_parse(&a, where, 0), "--listen");
	AUTO(free) char *host = address_text(&a);

	TRY(load_certificate(p));
	TRY(server_new(&p->server, &options));
	return server_listen_tls(p->server, host, address_port(&a), p->tls);
}

static void say(const struct post *p, const char *text)
{
	(void)fprintf(p->run->out, "perspective %s %s\n", command_value(p->run, "--name"), text);
	(void)fflush(p->run->out);
}

/* --- signals --- */

static void on_drained(void *ctx)
{
	outlook_end(ctx);
}

/* Once: who has asked is answered; twice: at once. */
static void end(struct post *p)
{
	if (p->ending) {
		outlook_end(p->outlook);
		return;
	}
	p->ending = true;
	server_drain(p->server, on_drained, p->outlook);
}

static void reload(struct post *p)
{
	AUTO(err_free) struct err *e = load_certificate(p);

	if (e == NULL) {
		server_set_tls(p->server, p->tls);
		say(p, "has read its certificate again");
		return;
	}
	AUTO(free) char *why = err_text(e);
	AUTO(free) char *text = str_fmt("goes on with its old certificate: %s", why);

	say(p, text);
}

static void on_wish(void *ctx, enum wish wish)
{
	(wish == WISH_RELOAD ? reload : end)(ctx);
}

/* --- the command --- */

static struct err *run(const struct command_run *r)
{
	AUTO(post_close) struct post p = { .run = r };

	TRY(check_options(r));
	TRY(outlook_open(&p.outlook, r, command_value(r, "--name"), command_value(r, "--region")));
	p.service = service_new(outlook_va(p.outlook));
	TRY(listen_there(&p));
	TRY(signals_new(&p.signals, outlook_base(p.outlook), on_wish, &p));
	AUTO(free) char *text = str_fmt("listens on port %u", server_port(p.server));

	say(&p, text);
	return outlook_run(p.outlook);
}

static const struct command_option options[] = {
	{ "--name", "NAME", "Of this perspective, as the CA knows it" },
	{ "--region", "RIR", "Of this perspective: ARIN, RIPE, APNIC, LACNIC or AFRINIC" },
	{ "--listen", "ADDRESS[:PORT]", "For CAs; no port: any that is free" },
	{ "--certificate", "FILE", "To show them" },
	{ "--key", "FILE", "Of the certificate" },
	{ "--ca", "FILE", "Who must have certified them" },
	OUTLOOK_OPTIONS,
};

const struct subcommand subcommand_va = {
	.name = "va",
	.summary = "Judge challenges for CAs elsewhere: one more perspective",
	.options = options,
	.option_count = ARRAY_LEN(options),
	.run = run,
};
