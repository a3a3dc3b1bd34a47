#include "acme/session.h"

#include "acme/request.h"
#include "base/limits.h"
#include "net/http_client.h"
#include "net/resolver.h"
#include "proto/link.h"

#define DEFAULT_USER_AGENT "libacme"

static struct acme_session *blank(const char *directory_url)
{
	struct acme_session *s = xcalloc(1, sizeof(*s));

	s->directory_url = xstrdup(directory_url);
	s->rtt_ms = -1;
	s->width = LIMIT_CONNECTIONS;
	return s;
}

struct err *session_new(struct acme_session **out, const char *directory_url, const struct world *w)
{
	struct err *e = link_check("", directory_url, "directory");

	if (e != NULL)
		return err_wrap_as(ERR_USAGE, e, "the address of the CA");
	*out = blank(directory_url);
	(*out)->world = w;
	return NULL;
}

struct err *acme_session_new(struct acme_session **out, const char *directory_url)
{
	AUTO(acme_session_free) struct acme_session *s = NULL;

	TRY(session_new(&s, directory_url, NULL));
	s->own_world = (struct world){
		.clock = &system_clock,
		.random = &system_random,
		.resolver = &system_resolver,
	};
	s->world = &s->own_world;
	*out = MOVE(s);
	return NULL;
}

void acme_session_free(struct acme_session *s)
{
	if (s == NULL)
		return;
	transport_free(s->own_transport);
	directory_free(s->directory);
	nonce_pool_release(&s->nonces);
	free(s->user_agent);
	free(s->ca_file);
	free(s->directory_url);
	free(s->account_url);
	free(s);
}

static void replace(char **field, const char *text)
{
	char *copy = text != NULL ? xstrdup(text) : NULL;

	free(*field);
	*field = copy;
}

void acme_session_set_user_agent(struct acme_session *s, const char *product)
{
	replace(&s->user_agent, product);
}

void acme_session_set_ca_file(struct acme_session *s, const char *path)
{
	replace(&s->ca_file, path);
}

void session_set_signer(struct acme_session *s, const struct signer *signer,
			const char *account_url)
{
	s->signer = signer;
	replace(&s->account_url, account_url);
}

void acme_session_set_account(struct acme_session *s, const struct acme_key *key, const char *url)
{
	session_set_signer(s, key->signer, url);
}

const char *acme_session_account_url(const struct acme_session *s)
{
	return s->account_url;
}

void session_set_memory(struct acme_session *s, const struct session_memory *m)
{
	s->memory = m;
}

void session_set_width(struct acme_session *s, size_t connections)
{
	s->width = connections;
}

void session_set_progress(struct acme_session *s, session_progress_fn *fn, void *ctx)
{
	s->progress = fn;
	s->progress_ctx = ctx;
}

int64_t session_recent_ms(const struct acme_session *s)
{
	return s->recent / 16;
}

void session_report(const struct acme_session *s, const char *activity, const char *subject,
		    int64_t waited_ms)
{
	if (s->progress != NULL)
		s->progress(s->progress_ctx, activity, subject, waited_ms);
}

/* RFC 8555 §6.1: a client MUST send a User-Agent. */
static struct err *make_transport(struct acme_session *s)
{
	const struct http_client_options o = {
		.user_agent = s->user_agent != NULL ? s->user_agent : DEFAULT_USER_AGENT,
		.ca_file = s->ca_file,
		.resolver = s->world->resolver,
		.clock = s->world->clock,
	};

	TRY(http_client_new(&s->own_transport, &o));
	s->own_world.transport = s->own_transport;
	return NULL;
}

struct err *session_transport(struct acme_session *s, struct transport **out)
{
	if (s->world->transport == NULL) {
		if (s->world != &s->own_world)
			return err_new(ERR_INTERNAL, "a session without a transport");
		TRY(make_transport(s));
	}
	*out = s->world->transport;
	return NULL;
}

/* RFC 8555 §7.1.1: fetched once a session. */
static struct err *fetch_directory(struct acme_session *s)
{
	AUTO(request_release)
	struct request r = { .kind = REQUEST_PLAIN,
			     .what = "directory",
			     .url = s->directory_url,
			     .spares = s->spares };
	AUTO(json_release) json_t *obj = NULL;

	TRY(request_one(s, &r));
	TRY(request_json(&obj, &r));
	return directory_parse(&s->directory, s->directory_url, obj);
}

struct err *session_directory(struct acme_session *s, const struct directory **out)
{
	if (s->directory == NULL)
		TRY(fetch_directory(s));
	*out = s->directory;
	return NULL;
}

struct err *session_need_key(const struct acme_session *s)
{
	if (s->signer == NULL)
		return err_new(ERR_USAGE, "the session has no account key");
	return NULL;
}

struct err *session_need_account(struct acme_session *s)
{
	bool found = false;

	TRY(session_need_key(s));
	if (s->account_url != NULL)
		return link_check(s->directory_url, s->account_url, "account");
	TRY(acme_account_find(s, &found));
	if (!found)
		return err_new(ERR_USAGE, "the CA knows no account of this key");
	return NULL;
}

struct err *acme_terms_of_service(struct acme_session *s, const char **out)
{
	const struct directory *d = NULL;

	TRY(session_directory(s, &d));
	*out = d->terms;
	return NULL;
}

struct err *acme_eab_required(struct acme_session *s, bool *out)
{
	const struct directory *d = NULL;

	TRY(session_directory(s, &d));
	*out = d->eab_required;
	return NULL;
}

struct err *acme_profile_offered(struct acme_session *s, const char *name, bool *out)
{
	const struct directory *d = NULL;

	TRY(session_directory(s, &d));
	*out = strlist_has(&d->profiles, name);
	return NULL;
}

struct err *acme_caa_identities(struct acme_session *s, const char *const **out, size_t *count)
{
	const struct directory *d = NULL;

	TRY(session_directory(s, &d));
	*out = (const char *const *)d->caa_identities.items;
	*count = d->caa_identities.count;
	return NULL;
}
