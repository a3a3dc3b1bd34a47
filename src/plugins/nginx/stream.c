#include "plugins/nginx/stream.h"

#include "plugins/nginx/listen.h"

struct gathering {
	struct config *config;
	struct stream *stream;
	struct stream_server *current;
	int64_t port;
};

/* Does d say something about it, and what? */
static void read_setting(struct stream_settings *s, const struct directive *d)
{
	const char *word = directive_word(d, 1);

	if (word == NULL)
		return;
	if (directive_is(d, "ssl_preread"))
		s->preread = streq_nocase(word, "on");
	else if (directive_is(d, "proxy_protocol"))
		s->proxy_names = streq_nocase(word, "on");
	else if (directive_is(d, "proxy_ssl"))
		s->proxy_tls = streq_nocase(word, "on");
	else if (directive_is(d, "proxy_bind"))
		s->proxy_bind = !streq_nocase(word, "off");
	else if (directive_is(d, "allow") || directive_is(d, "deny"))
		s->access = true;
}

static bool has_parameter(const struct directive *d, const char *word)
{
	for (size_t i = 2; i < d->word_count; i++)
		if (streq(d->words[i].value, word))
			return true;
	return false;
}

static struct err *read_socket(struct stream_server *s, struct directive *d, int64_t port)
{
	AUTO(listen_release) struct listen l = { 0 };

	if (has_parameter(d, "udp"))
		return NULL;
	TRY(listen_read(&l, d));
	if (l.port <= port && port <= l.last_port) {
		s->on_port = true;
		s->ssl |= l.ssl;
	}
	return NULL;
}

static struct err *visit_in_server(void *gathering, struct directive *d)
{
	struct gathering *g = gathering;

	read_setting(&g->current->settings, d);
	if (directive_is(d, "proxy_pass") && d->word_count == 2)
		g->current->pass = d;
	return directive_is(d, "listen") ? read_socket(g->current, d, g->port) : NULL;
}

/* Before the servers, which take over what the block says wherever it stands there. */
static struct err *visit_settings(void *gathering, struct directive *d)
{
	struct gathering *g = gathering;

	read_setting(&g->stream->settings, d);
	if (directive_is(d, "upstream") && d->word_count == 2)
		strlist_add(&g->stream->upstreams, directive_word(d, 1));
	return NULL;
}

static struct err *visit_servers(void *gathering, struct directive *d)
{
	struct gathering *g = gathering;
	struct stream *s = g->stream;

	if (!directive_is(d, "server") || d->body != BODY_BLOCK)
		return NULL;
	s->servers = xrealloc(s->servers, s->count + 1, sizeof(*s->servers));
	g->current = &s->servers[s->count++];
	*g->current = (struct stream_server){ .block = d, .settings = s->settings };
	return config_each(g->config, d, visit_in_server, g);
}

static struct err *visit_main(void *gathering, struct directive *d)
{
	struct gathering *g = gathering;

	if (!directive_is(d, "stream") || d->body != BODY_BLOCK)
		return NULL;
	g->stream->block = d;
	TRY(config_each(g->config, d, visit_settings, g));
	return config_each(g->config, d, visit_servers, g);
}

struct err *stream_gather(struct stream *out, struct config *c, int64_t port)
{
	AUTO(stream_release) struct stream s = { 0 };
	struct gathering g = { .config = c, .stream = &s, .port = port };

	TRY(config_each(c, NULL, visit_main, &g));
	*out = s;
	s = (struct stream){ 0 };
	return NULL;
}

void stream_release(struct stream *s)
{
	free(s->servers);
	strlist_release(&s->upstreams);
	*s = (struct stream){ 0 };
}

const struct directive *stream_passing(struct config *c, int64_t port)
{
	AUTO(stream_release) struct stream s = { 0 };

	err_ignore(stream_gather(&s, c, port));
	for (size_t i = 0; i < s.count; i++)
		if (s.servers[i].on_port && s.servers[i].pass != NULL)
			return s.servers[i].block;
	return NULL;
}
