/*
 * standalone: a server of our own for as long as the challenges last (certbot.md 14.1, 19).
 *
 * It serves the tokens and certificates of this run and nothing of the disk. IPv6 and IPv4 share one socket where the
 * system does so.
 */
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "net/process.h"
#include "net/server.h"
#include "net/url.h"
#include "plugins/plugins.h"
#include "plugins/tls_responder.h"

/* The state: what the server's thread answers with does not change while it runs. */
struct standalone {
	const struct plugin_env *env;
	struct server *server;
	struct tls_responder *responder;
	const struct task *tasks;
	size_t count;
	unsigned media; /* of the last tasks, for hints */
};

static struct err *open_standalone(void **state, const struct plugin_env *env)
{
	struct standalone *s = xcalloc(1, sizeof(*s));

	s->env = env;
	s->media = 1u << MEDIUM_HTTP;
	*state = s;
	return NULL;
}

static void close_standalone(void *state)
{
	struct standalone *s = state;

	server_free(s->server);
	tls_responder_free(s->responder);
	free(s);
}

/* --- what it answers --- */

/* The path of either form of a request target (RFC 9112 §3.2); NULL for other forms. */
static char *path_of(const char *target)
{
	AUTO(url_release) struct url u = { 0 };

	if (*target == '/')
		return xstrdup(target);
	struct err *e = url_parse(&u, target);

	if (e == NULL)
		return MOVE(u.target);
	err_ignore(e);
	return NULL;
}

static const struct task *task_at(const struct standalone *s, const char *path)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->tasks[i].proof.medium == MEDIUM_HTTP &&
		    streq(s->tasks[i].proof.http_path, path))
			return &s->tasks[i];
	return NULL;
}

static void fill(struct http_message *answer, int status, const char *type, const char *body)
{
	answer->status = status;
	http_headers_add(&answer->headers, "Content-Type", type);
	buf_adds(&answer->body, body);
}

static void answer_to(const struct standalone *s, const struct http_message *request,
		      struct http_message *answer)
{
	AUTO(free) char *path = path_of(request->target);
	const struct task *t = path != NULL ? task_at(s, path) : NULL;

	if (!streq(request->method, "GET") && !streq(request->method, "HEAD")) {
		http_headers_add(&answer->headers, "Allow", "GET, HEAD");
		fill(answer, 405, "text/plain", "405");
	} else if (t != NULL) {
		fill(answer, 200, "application/octet-stream", t->proof.http_body);
	} else if (path != NULL && streq(path, "/")) {
		fill(answer, 200, "text/html",
		     "<!DOCTYPE html><title>signet</title><p>signet is proving control of this name.");
	} else {
		fill(answer, 404, "text/plain", "404");
	}
}

static void handle(void *ctx, struct server_request *r)
{
	AUTO(http_message_release) struct http_message answer = { .body = BUF_INIT(LIMIT_KIB(64)) };

	answer_to(ctx, server_request_message(r), &answer);
	server_reply(r, &answer);
}

/* --- where it listens --- */

/* Where one medium is answered. */
struct entrance {
	enum medium medium;
	unsigned port;
	const char *address; /* NULL: all */
	unsigned outside;    /* the port that the CA comes to */
	const char *option;  /* which sets the port */
};

static const char *not_empty(const char *s)
{
	return s != NULL && *s != '\0' ? s : NULL;
}

static struct entrance entrance_of(const struct options *opt, enum medium medium)
{
	if (medium == MEDIUM_TLS)
		return (struct entrance){ MEDIUM_TLS, (unsigned)opt->https_port,
					  not_empty(opt->tls_address), 443, "--https-port" };
	return (struct entrance){ MEDIUM_HTTP, (unsigned)opt->http01_port,
				  not_empty(opt->http01_address), 80, "--http-01-port" };
}

/* "::" takes IPv4 too; without IPv6, or when only that family's port is taken, IPv4 alone has to do. */
static struct err *listen_everywhere(struct server *s, unsigned port, SSL_CTX *tls)
{
	struct err *v6 = server_listen_tls(s, "::", port, tls);

	if (v6 == NULL)
		return NULL;
	struct err *v4 = server_listen_tls(s, "0.0.0.0", port, tls);

	err_free(v6);
	return v4;
}

static struct err *explain(struct err *e, const struct entrance *at)
{
	AUTO(free) char *holder = NULL;

	if (e == NULL || (e->code != ERR_BUSY && e->code != ERR_PERMISSION))
		return e;
	enum err_code code = e->code;

	err_free(e);
	if (code == ERR_PERMISSION)
		return err_new(
			ERR_PERMISSION,
			"Could not bind TCP port %u because you don't have the appropriate permissions "
			"(run as root, or use %s with a port that %u is forwarded to)",
			at->port, at->option, at->outside);
	holder = port_holder(at->port);
	return err_new(
		ERR_BUSY,
		"Could not bind TCP port %u because it is already in use by %s. Stop it (or use --webroot if it "
		"is a web server that can serve files) and try again",
		at->port, holder != NULL ? holder : "another program on this system");
}

static struct err *open_entrance(const struct standalone *s, struct server *server,
				 enum medium medium)
{
	const struct entrance at = entrance_of(s->env->opt, medium);

	if ((s->media & 1u << medium) == 0)
		return NULL;
	SSL_CTX *tls = medium == MEDIUM_TLS ? tls_responder_context(s->responder) : NULL;

	return explain(at.address == NULL ? listen_everywhere(server, at.port, tls)
					  : server_listen_tls(server, at.address, at.port, tls),
		       &at);
}

static struct err *serve(struct standalone *s)
{
	const struct server_options so = { .handle = handle, .ctx = s };
	AUTO(server_free) struct server *server = NULL;

	TRY(server_new(&server, &so));
	TRY(open_entrance(s, server, MEDIUM_HTTP));
	TRY(open_entrance(s, server, MEDIUM_TLS));
	TRY(server_start(server));
	s->server = MOVE(server);
	return NULL;
}

/* A person can stop the other program and say so. */
static struct err *serve_or_ask(struct standalone *s)
{
	for (;;) {
		struct err *e = serve(s);
		bool again = false;

		if (e == NULL || e->code != ERR_BUSY || !prompt_possible(s->env->ui, false))
			return e;
		AUTO(free) char *text = str_fmt("%s.\nTry again now?", e->msg);
		const struct question q = { .text = text };
		struct err *asking = prompt_yes_no(s->env->ui, &again, &q, PROMPT_NO);

		if (asking == NULL && !again)
			return e;
		err_free(e);
		if (asking != NULL)
			return asking;
	}
}

static struct err *publish(void *state, struct task *tasks, size_t n)
{
	struct standalone *s = state;

	s->tasks = tasks;
	s->count = n;
	s->media = 0;
	for (size_t i = 0; i < n; i++)
		s->media |= 1u << tasks[i].proof.medium;
	if ((s->media & 1u << MEDIUM_TLS) != 0)
		TRY(tls_responder_new(&s->responder, tasks, n, world_now(s->env->world)));
	TRY(serve_or_ask(s));
	for (size_t i = 0; i < n; i++)
		tasks[i].published = true;
	return NULL;
}

static struct err *withdraw(void *state, struct task *tasks, size_t n)
{
	struct standalone *s = state;

	server_free(MOVE(s->server));
	tls_responder_free(MOVE(s->responder));
	s->tasks = NULL;
	s->count = 0;
	for (size_t i = 0; i < n; i++)
		tasks[i].published = false;
	return NULL;
}

static void add_hint(struct buf *out, const struct entrance *at)
{
	buf_addf(
		out,
		"the CA must reach the server that signet started on port %u%s%s. Do the names lead to this machine, "
		"and do firewalls let connections through from everywhere?",
		at->port, at->address != NULL ? " of " : "",
		at->address != NULL ? at->address : "");
	if (at->port != at->outside)
		buf_addf(out, " The CA connects to port %u: it must be forwarded to %u.",
			 at->outside, at->port);
	if (at->medium == MEDIUM_TLS)
		buf_addf(out,
			 " Nothing on the way may end TLS: port %u has to be passed on as it is.",
			 at->outside);
}

static void hint(const void *state, struct buf *out)
{
	const struct standalone *s = state;

	for (enum medium m = MEDIUM_HTTP; m < MEDIUM_COUNT; m++) {
		const struct entrance at = entrance_of(s->env->opt, m);

		if ((s->media & 1u << m) == 0)
			continue;
		if (out->len > 0)
			buf_adds(out, " And ");
		add_hint(out, &at);
	}
}

static const struct authenticator_ops authenticator = {
	.media = 1u << MEDIUM_HTTP | 1u << MEDIUM_TLS,
	.preference = { MEDIUM_HTTP, MEDIUM_TLS, MEDIUM_COUNT },
	.publish = publish,
	.withdraw = withdraw,
	.hint = hint,
};

const struct plugin plugin_standalone = {
	.name = "standalone",
	.description =
		"Answers HTTP and TLS challenges by a small server of its own, while port 80 or 443 is free",
	.open = open_standalone,
	.close = close_standalone,
	.authenticator = &authenticator,
};
