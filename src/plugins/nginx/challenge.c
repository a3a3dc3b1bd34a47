#include "plugins/nginx/challenge.h"

#include <string.h>

#include "plugins/nginx/insert.h"
#include "plugins/nginx/stream.h"
#include "plugins/nginx/vhost.h"

#define PATH "/.well-known/acme-challenge/"

/* A block and what it is to answer. */
struct place {
	struct directive *block;
	struct strlist lines;
};

struct challenge {
	const struct challenge_ports *ports;
	struct vhosts vhosts;
	bool streamed; /* the stream block has the port */
	struct place *places;
	size_t count;
};

static void challenge_release(struct challenge *p)
{
	for (size_t i = 0; i < p->count; i++)
		strlist_release(&p->places[i].lines);
	free(p->places);
	vhosts_release(&p->vhosts);
}

AUTO_RELEASE(struct challenge, challenge_release)

static struct place *place_of(struct challenge *p, struct directive *block)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->places[i].block == block)
			return &p->places[i];
	p->places = xrealloc(p->places, p->count + 1, sizeof(*p->places));
	p->places[p->count] = (struct place){ .block = block };
	return &p->places[p->count++];
}

/* "return" answers before access rules and proxies are asked; the text is base64url and a dot. */
static char *location_line(const struct challenge_answer *a)
{
	return str_fmt("location = " PATH "%s { default_type text/plain; return 200 %s; }",
		       a->token, a->body);
}

/* In which families nginx listens on the port. */
struct hearing {
	bool v4, v6;
};

static void hear(struct hearing *h, const struct socket *s)
{
	bool v6 = s->host[0] == '[';

	h->v6 |= v6;
	h->v4 |= !v6 || s->dual;
}

/* IPv6 only where the machine is known to have it. Where one family is heard, another program may well have the other one. */
static struct hearing missing(const struct challenge *p, const struct hearing *heard)
{
	bool any = heard->v4 || heard->v6;

	return (struct hearing){
		.v4 = !heard->v4 && !(any && p->ports->v4_taken),
		.v6 = !heard->v6 && vhosts_have_v6(&p->vhosts) && !(any && p->ports->v6_taken),
	};
}

/* Of our own, as long as it is needed. */
static void add_server(struct strlist *lines, const struct challenge *p,
		       const struct challenge_answer *answers, size_t n, const struct hearing *on)
{
	strlist_add(lines, "server {");
	if (on->v4)
		strlist_take(lines, str_fmt("\tlisten %d;", (int)p->ports->http));
	if (on->v6)
		strlist_take(lines, str_fmt("\tlisten [::]:%d;", (int)p->ports->http));
	for (size_t i = 0; i < n; i++) {
		AUTO(free) char *line = location_line(&answers[i]);

		strlist_take(lines, str_fmt("\t%s", line));
	}
	strlist_add(lines, "\tlocation / { return 404; }");
	strlist_add(lines, "}");
}

static void listen_where_nobody_does(struct challenge *p, const struct challenge_answer *answers,
				     size_t n, const struct hearing *heard)
{
	const struct hearing on = missing(p, heard);

	if (on.v4 || on.v6)
		add_server(&place_of(p, p->vhosts.http)->lines, p, answers, n, &on);
}

/* What comes to the stream block goes on to any plain socket. */
static bool is_reached(const struct challenge *p, const struct socket *s)
{
	return socket_has_port(s, p->ports->http) || socket_has_port(s, p->ports->https) ||
	       (p->streamed && !s->ssl);
}

/* Who would answer for a name on a socket. */
struct choice {
	const struct socket *socket;
	const struct vhost *vhost;
	bool by_name;
};

struct choices {
	struct choice *items;
	size_t count;
	bool own; /* the name has a block of its own on one of them */
};

static void choices_release(struct choices *c)
{
	free(c->items);
}

AUTO_RELEASE(struct choices, choices_release)

static struct err *choose(struct choices *out, const struct challenge *p, const char *name)
{
	out->items = xcalloc(p->vhosts.socket_count + 1, sizeof(*out->items));
	for (size_t i = 0; i < p->vhosts.socket_count; i++) {
		struct choice *c = &out->items[out->count];

		c->socket = &p->vhosts.sockets[i];
		if (!is_reached(p, c->socket))
			continue;
		TRY(socket_choose(&c->vhost, &c->by_name, c->socket, name));
		out->own |= c->by_name;
		out->count++;
	}
	return NULL;
}

static bool is_one_address(const struct socket *s)
{
	bool v6 = s->host[0] == '[' && !streq(s->host, "[::]");

	return v6 || (s->host[0] != '[' && strspn(s->host, "0123456789.") == strlen(s->host));
}

static bool leads_there(const struct strlist *addresses, const struct socket *s)
{
	for (size_t i = 0; i < addresses->count; i++)
		if (streq(s->host, addresses->items[i]))
			return true;
	return false;
}

/*
 * Where the name has no block: on an address of many, requests for a name that has one elsewhere come only when the name leads there.
 * The stream block may hand over to any.
 */
static bool is_wanted(const struct challenge *p, const struct choices *all, const struct choice *c,
		      const struct strlist *addresses)
{
	return c->by_name || !all->own || p->streamed || !is_one_address(c->socket) ||
	       leads_there(addresses, c->socket);
}

static bool make_a_difference(const struct choices *all)
{
	for (size_t i = 0; i < all->count && all->own; i++)
		if (!all->items[i].by_name && is_one_address(all->items[i].socket))
			return true;
	return false;
}

static struct err *add_answer(struct challenge *p, const struct challenge_answer *a)
{
	AUTO(choices_release) struct choices all = { 0 };
	AUTO(strlist_release) struct strlist addresses = { 0 };
	AUTO(free) char *line = location_line(a);

	TRY(choose(&all, p, a->name));
	if (p->ports->addresses != NULL && make_a_difference(&all))
		p->ports->addresses(p->ports->ctx, a->name, &addresses);
	for (size_t i = 0; i < all.count; i++)
		if (is_wanted(p, &all, &all.items[i], &addresses))
			(void)strlist_add_unique(&place_of(p, all.items[i].vhost->block)->lines,
						 line);
	return NULL;
}

static struct err *sort_answers(struct challenge *p, const struct challenge_answer *answers,
				size_t n)
{
	struct hearing heard = { p->streamed, p->streamed };

	for (size_t i = 0; i < p->vhosts.socket_count; i++)
		if (socket_has_port(&p->vhosts.sockets[i], p->ports->http))
			hear(&heard, &p->vhosts.sockets[i]);
	for (size_t i = 0; i < n; i++)
		TRY(add_answer(p, &answers[i]));
	listen_where_nobody_does(p, answers, n, &heard);
	return NULL;
}

static struct err *gather(struct challenge *p, struct config *c)
{
	AUTO(stream_release) struct stream stream = { 0 };

	TRY(vhosts_gather(&p->vhosts, c));
	if (p->vhosts.http == NULL)
		return err_new(
			ERR_CONFIG,
			"nginx's configuration has no http block, so it can answer no http-01 challenge: use another "
			"authenticator, such as --standalone");
	TRY(stream_gather(&stream, c, p->ports->http));
	for (size_t i = 0; i < stream.count; i++)
		p->streamed |= stream.servers[i].on_port;
	return NULL;
}

/* Before it, "return" and "if" of the server block itself would have their say. */
static void lead_past_rewrites(struct strlist *out, const struct place *place)
{
	if (directive_is(place->block, "server"))
		strlist_add(out, "rewrite ^(" PATH ".*) $1 break;");
	strlist_add_all(out, &place->lines);
}

struct err *challenge_edit(struct config *c, const struct challenge_answer *answers, size_t n,
			   const struct challenge_ports *ports)
{
	AUTO(challenge_release) struct challenge p = { .ports = ports };
	AUTO(edits_release) struct edits edits = { 0 };

	TRY(gather(&p, c));
	TRY(sort_answers(&p, answers, n));
	for (size_t i = 0; i < p.count; i++) {
		AUTO(strlist_release) struct strlist lines = { 0 };

		lead_past_rewrites(&lines, &p.places[i]);
		insert_first(edits_in(&edits, p.places[i].block->doc), p.places[i].block, &lines);
	}
	return config_apply(c, &edits);
}
