#include "plugins/nginx/handover.h"

#include <string.h>

#include "plugins/nginx/insert.h"
#include "plugins/nginx/stream.h"
#include "plugins/nginx/vhost.h"

/* The door, and beside it a server of nginx' own that takes the PROXY protocol off. */
#define DOOR "127.0.0.1"
#define HALL "127.0.0.2"

struct handover {
	struct config *config;
	const struct strlist *names;
	int64_t port;
	unsigned door;
	struct stream stream;
	struct strlist lines; /* new ones of the stream block */
	struct edits edits;
	size_t count; /* of servers that were changed */
	bool hall;    /* is there */
};

static void handover_release(struct handover *h)
{
	stream_release(&h->stream);
	strlist_release(&h->lines);
	edits_release(&h->edits);
}

AUTO_RELEASE(struct handover, handover_release)

/* --- who can, and why the others cannot --- */

/* NULL: it can. */
static const char *reason_against(const struct stream_server *s)
{
	if (s->ssl)
		return "it ends TLS itself";
	if (!s->settings.preread)
		return "it does not look at what connections ask for (ssl_preread on)";
	if (s->pass == NULL)
		return "it has no proxy_pass";
	if (s->settings.proxy_tls)
		return "it puts TLS around what it passes on (proxy_ssl)";
	if (s->settings.proxy_bind)
		return "it passes on from an address of its own (proxy_bind)";
	return NULL;
}

static struct err *refuse(char *place, const char *why)
{
	AUTO(free) char *at = place;

	return err_new(
		ERR_CONFIG,
		"%s: this server of nginx cannot hand connections of acme-tls/1 over: %s. Use http-01, which needs nothing of that, "
		"or see \"TLS challenges\" in docs/servers.md",
		at, why);
}

static const struct socket *http_socket(const struct vhosts *v, int64_t port)
{
	for (size_t i = 0; i < v->socket_count; i++)
		if (socket_has_port(&v->sockets[i], port))
			return &v->sockets[i];
	return NULL;
}

static struct err *refuse_all(const struct handover *h)
{
	AUTO(vhosts_release) struct vhosts v = { 0 };

	for (size_t i = 0; i < h->stream.count; i++)
		if (h->stream.servers[i].on_port)
			return refuse(directive_place(h->stream.servers[i].block),
				      reason_against(&h->stream.servers[i]));
	TRY(vhosts_gather(&v, h->config));
	const struct socket *s = http_socket(&v, h->port);

	if (s != NULL)
		return refuse(
			directive_place(s->fallback->block),
			"it ends TLS itself, and no stream block with ssl_preread is in front of it");
	return err_new(
		ERR_CONFIG,
		"nginx does not listen on port %d: --standalone can answer tls-alpn-01 there",
		(int)h->port);
}

/* --- the new lines --- */

/* Names have letters, digits, hyphens and dots. */
static char *name_line(const struct handover *h, const char *name, bool hall)
{
	AUTO(buf_release) struct buf b = BUF_INIT(2048);

	for (const char *s = name; *s != '\0'; s++)
		buf_addf(&b, *s == '.' ? "\\%c" : "%c", *s);
	return str_fmt("\t\"~*^acme-tls/1 %s$\" %s:%u;", buf_str(&b), hall ? HALL : DOOR, h->door);
}

static void add_map(struct handover *h, const char *otherwise, bool hall)
{
	strlist_take(
		&h->lines,
		str_fmt("map \"$ssl_preread_alpn_protocols $ssl_preread_server_name\" $signet_to_%zu {",
			h->count));
	strlist_take(&h->lines, str_fmt("\tdefault %s;", otherwise));
	for (size_t i = 0; i < h->names->count; i++)
		strlist_take(&h->lines, name_line(h, h->names->items[i], hall));
	strlist_add(&h->lines, "}");
}

/*
 * A name of the configuration is looked up when nginx starts, one that is a variable's value when it is needed: for that there may
 * be no resolver. As an upstream it goes on as it was.
 */
static char *same_target(struct handover *h, const struct directive *pass)
{
	const struct word *w = &pass->words[1];
	AUTO(free) char *text = xstrndup(pass->doc->text + w->start, w->end - w->start);

	if (strchr(w->value, '$') != NULL || strlist_has(&h->stream.upstreams, w->value))
		return MOVE(text);
	strlist_take(&h->lines,
		     str_fmt("upstream signet_before_%zu { server %s; }", h->count, text));
	return str_fmt("signet_before_%zu", h->count);
}

static void add_hall(struct handover *h)
{
	if (h->hall)
		return;
	h->hall = true;
	strlist_add(&h->lines, "server {");
	strlist_take(&h->lines, str_fmt("\tlisten " HALL ":%u proxy_protocol;", h->door));
	strlist_add(&h->lines, "\tproxy_protocol off;");
	if (h->stream.settings.access) /* it is asked for the client's address, or for ours */
		strlist_add(&h->lines, "\tallow all;");
	strlist_take(&h->lines, str_fmt("\tproxy_pass " DOOR ":%u;", h->door));
	strlist_add(&h->lines, "}");
}

static void hand_over(struct handover *h, const struct stream_server *s)
{
	const struct word *target = &s->pass->words[1];
	AUTO(free) char *otherwise = same_target(h, s->pass);
	AUTO(free) char *variable = str_fmt("$signet_to_%zu", h->count);

	add_map(h, otherwise, s->settings.proxy_names);
	if (s->settings.proxy_names)
		add_hall(h);
	splices_replace(edits_in(&h->edits, s->pass->doc), target->start, target->end, variable);
	h->count++;
}

struct err *handover_edit(struct config *c, const struct strlist *names, int64_t port,
			  unsigned door)
{
	AUTO(handover_release)
	struct handover h = { .config = c, .names = names, .port = port, .door = door };

	TRY(stream_gather(&h.stream, c, port));
	for (size_t i = 0; i < h.stream.count; i++)
		if (h.stream.servers[i].on_port && reason_against(&h.stream.servers[i]) == NULL)
			hand_over(&h, &h.stream.servers[i]);
	if (h.count == 0)
		return refuse_all(&h);
	insert_first(edits_in(&h.edits, h.stream.block->doc), h.stream.block, &h.lines);
	return config_apply(c, &h.edits);
}
