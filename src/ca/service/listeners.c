#include "ca/service/listeners.h"

#include <string.h>

#include "net/server.h"

struct place {
	char *address;
	unsigned port;
};

static void place_release(struct place *p)
{
	free(p->address);
}

AUTO_RELEASE(struct place, place_release)

/* "127.0.0.1:14000", "[::1]:14000" */
static struct err *parse(struct place *out, const char *endpoint)
{
	const char *colon = strrchr(endpoint, ':');
	bool bracket = *endpoint == '[';
	int64_t port = 0;

	if (colon == NULL || !str_to_int(colon + 1, 0, UINT16_MAX, &port) ||
	    (bracket && (colon == endpoint + 1 || colon[-1] != ']')))
		return err_new(ERR_CONFIG, "[server] listen: \"%s\" is no address and port",
			       endpoint);
	size_t len = (size_t)(colon - endpoint);

	out->address = bracket ? xstrndup(endpoint + 1, len - 2) : xstrndup(endpoint, len);
	out->port = (unsigned)port;
	return NULL;
}

/*
 * Runners share their ports by SO_REUSEPORT, which another program of the same user could share too without either
 * noticing: so the place is tried alone first.
 */
static struct err *try_alone(const struct place *p)
{
	static void (*const nobody)(void *, struct server_request *) = NULL;
	AUTO(server_free) struct server *s = NULL;
	const struct server_options o = { .handle = nobody };

	if (p->port == 0)
		return NULL;
	TRY(server_new(&s, &o));
	return server_listen(s, p->address, p->port);
}

static struct err *open_one(struct strlist *urls, const char *endpoint,
			    struct runner *const *runners, size_t count, SSL_CTX *tls)
{
	AUTO(place_release) struct place p = { 0 };

	TRY(parse(&p, endpoint));
	TRY(try_alone(&p));
	for (size_t i = 0; i < count; i++)
		TRY(runner_listen(runners[i], p.address, &p.port, tls));
	bool v6 = strchr(p.address, ':') != NULL;

	strlist_take(urls, str_fmt("%s://%s%s%s:%u", tls != NULL ? "https" : "http", v6 ? "[" : "",
				   p.address, v6 ? "]" : "", p.port));
	return NULL;
}

struct err *listeners_open(struct strlist *urls, const struct strlist *endpoints,
			   struct runner *const *runners, size_t count, SSL_CTX *tls)
{
	for (size_t i = 0; i < endpoints->count; i++)
		TRY(open_one(urls, endpoints->items[i], runners, count, tls));
	return NULL;
}
