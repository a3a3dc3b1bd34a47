#include "plugins/nginx/enhance.h"

#include <string.h>

#include "plugins/hsts_kept.h"
#include "plugins/nginx/insert.h"
#include "plugins/nginx/install.h"
#include "plugins/nginx/loop.h"
#include "plugins/nginx/word.h"

struct enhancing {
	struct config *config;
	struct vhosts vhosts;
	struct targets targets;
	struct edits edits;
};

static void enhancing_release(struct enhancing *e)
{
	edits_release(&e->edits);
	targets_release(&e->targets);
	vhosts_release(&e->vhosts);
}

AUTO_RELEASE(struct enhancing, enhancing_release)

/* What is looked for in a block and its includes. */
struct presence {
	const char *directive;
	const char *word; /* its second one, in any case; NULL: any */
	const struct directive *found; /* the last one; NULL: none */
};

static struct err *visit_presence(void *presence, struct directive *d)
{
	struct presence *p = presence;
	const char *word = directive_word(d, 1);

	if (directive_is(d, p->directive) &&
	    (p->word == NULL || (word != NULL && streq_nocase(word, p->word))))
		p->found = d;
	return NULL;
}

static struct err *has(bool *out, const struct enhancing *e, const struct vhost *h,
		       struct presence what)
{
	TRY(config_each(e->config, h->block, visit_presence, &what));
	*out = what.found != NULL;
	return NULL;
}

/* --- redirect --- */

/* The value of a header that plain HTTP shall not have; nginx sends none that is empty. */
#define HSTS_VARIABLE "$signet_hsts"
#define HSTS_VALUE "\"max-age=31536000\""
#define HSTS_HEADER(value) "add_header Strict-Transport-Security " value " always;"

/*
 * What a redirect goes by. nginx compares one variable in an `if`: one that tells the requests that are to be led away from all others
 * that the block has, by TLS or from a cache in front, which would be led in a circle.
 */
struct door {
	const char *variable;
	const char *set;    /* what it is made of; NULL: nginx has it */
	const char *scheme; /* before the name */
	bool by_port, by_address;
};

static const struct door door_host = { "$host", NULL, "", false, false };
static const struct door door_scheme = { "$signet_url", "$scheme://$host", "http://", false,
					 false };
static const struct door door_port = { "$signet_url_port", "$scheme://$host:$server_port",
				       "http://", true, false };
static const struct door door_socket = { "$signet_url_socket",
					 "$scheme://$host:$server_port/$server_addr", "http://",
					 true, true };

static bool is_loopback(const struct socket *s)
{
	return str_starts(s->host, "127.") || streq(s->host, "[::1]");
}

/* By the block's sockets without TLS; inner: those of loopback on the http port. */
static const struct door *door_of(const struct vhosts *v, const struct vhost *h, int64_t port,
				  struct strlist *inner)
{
	bool other_port = false, public = false;

	for (size_t i = 0; i < v->socket_count; i++) {
		const struct socket *s = &v->sockets[i];

		if (s->ssl || !socket_has_member(s, h))
			continue;
		other_port |= s->port != port || s->last_port != port;
		if (socket_has_port(s, port) && is_loopback(s))
			strlist_add(inner, s->host);
		else
		public |= socket_has_port(s, port);
	}
	if (inner->count > 0 && public)
		return &door_socket;
	if (other_port)
		return &door_port;
	return vhost_has_ssl(v, h) ? &door_scheme : &door_host;
}

/* nginx' variable has no brackets. */
static void add_escaped(struct buf *b, const char *name)
{
	for (const char *s = name; *s != '\0'; s++)
		if (*s != '[' && *s != ']')
			buf_addf(b, *s == '.' ? "\\%c" : "%c", *s);
}

static void add_exception(struct buf *b, const struct strlist *addresses)
{
	buf_adds(b, "/(?!(");
	for (size_t i = 0; i < addresses->count; i++) {
		buf_adds(b, i > 0 ? "|" : "");
		add_escaped(b, addresses->items[i]);
	}
	buf_adds(b, ")$)");
}

/* What stands in "if (...)". */
static char *redirect_condition(const char *name, const struct door *d, int64_t port,
				const struct strlist *inner)
{
	bool wildcard = str_starts(name, "*."), regex = wildcard || d->by_address;
	struct buf b = BUF_INIT(4096);

	buf_addf(&b, "%s %s%s%s", d->variable, regex ? "~ ^" : "= ", d->scheme,
		 wildcard ? "[^.]+" : "");
	if (regex)
		add_escaped(&b, name + wildcard);
	else
		buf_adds(&b, name);
	if (d->by_port)
		buf_addf(&b, ":%d", (int)port);
	if (d->by_address)
		add_exception(&b, inner);
	else
		buf_adds(&b, regex ? "$" : "");
	return buf_detach(&b);
}

/* if (a b c) as nginx has it in words: "(a", "b", "c)". */
static bool is_condition(const struct directive *d, const char *condition)
{
	struct buf b = BUF_INIT(4096);
	AUTO(free) char *wanted = str_fmt("(%s)", condition);

	for (size_t i = 1; i < d->word_count; i++)
		buf_addf(&b, "%s%s", i > 1 ? " " : "", d->words[i].value);
	AUTO(free) char *words = buf_detach(&b);

	return directive_is(d, "if") && streq(words, wanted);
}

struct redirects {
	const char *condition;
	bool found;
};

/* The redirect itself, or one that people have written: return 301 https://... */
static struct err *visit_redirect(void *redirects, struct directive *d)
{
	struct redirects *r = redirects;
	const char *target = directive_word(d, d->word_count - 1);

	r->found |= is_condition(d, r->condition) || loop_is_prevented(d) ||
		    (directive_is(d, "return") && str_starts(target, "https://"));
	return NULL;
}

static const struct directive *find_set(const struct vhost *h, const char *variable)
{
	for (const struct directive *d = h->block->first; d != NULL; d = d->next)
		if (directive_is(d, "set") && d->word_count > 1 &&
		    streq(d->words[1].value, variable))
			return d;
	return NULL;
}

/* A redirect ends the rewriting: what is sent with it has to be set before. NULL: nothing has. */
static const struct directive *find_leader(const struct vhost *h, const struct door *door)
{
	const struct directive *url = find_set(h, door->variable),
			       *hsts = find_set(h, HSTS_VARIABLE);

	if (url != NULL || hsts == NULL)
		return url;
	return hsts->next != NULL && directive_is(hsts->next, "if") ? hsts->next : hsts;
}

static void add_redirect(struct enhancing *e, const struct vhost *h, const struct door *door,
			 const char *condition)
{
	const struct directive *leader = find_leader(h, door);
	struct splices *edit = edits_in(&e->edits, h->block->doc);
	AUTO(strlist_release) struct strlist lines = { 0 };

	if (door->set != NULL && find_set(h, door->variable) == NULL)
		strlist_take(&lines, managed_line("set %s %s;", door->variable, door->set));
	strlist_take(&lines, str_fmt("if (%s) {", condition));
	strlist_add(&lines, "\treturn 301 https://$host$request_uri;");
	strlist_take(&lines, managed_line("}"));
	if (leader != NULL)
		insert_behind(edit, leader, &lines);
	else
		insert_first(edit, h->block, &lines);
}

static struct err *redirect_block(struct enhancing *e, const struct vhost *h, const char *name,
				  const struct target_ports *ports)
{
	AUTO(strlist_release) struct strlist inner = { 0 };
	const struct door *door = door_of(&e->vhosts, h, ports->http, &inner);
	AUTO(free) char *condition = redirect_condition(name, door, ports->http, &inner);
	struct redirects known = { .condition = condition };

	TRY(config_each(e->config, h->block, visit_redirect, &known));
	if (!known.found)
		add_redirect(e, h, door, condition);
	return NULL;
}

struct err *enhance_redirect(struct config *c, const char *name, const struct target_ports *ports)
{
	AUTO(enhancing_release) struct enhancing e = { .config = c };

	TRY(vhosts_gather(&e.vhosts, c));
	TRY(targets_plain(&e.targets, &e.vhosts, name, ports));
	for (size_t i = 0; i < e.targets.count; i++)
		TRY(redirect_block(&e, e.targets.items[i], name, ports));
	return config_apply(c, &e.edits);
}

/* --- lines in blocks that speak TLS --- */

static struct err *find_tls(struct enhancing *e, const char *name, const struct target_ports *ports)
{
	TRY(vhosts_gather(&e->vhosts, e->config));
	TRY(targets_tls(&e->targets, &e->vhosts, name, ports));
	if (e->targets.count > 0)
		return NULL;
	return err_new(ERR_CONFIG, "nginx serves %s nowhere by TLS: install its certificate first",
		       name);
}

static void add_line(struct enhancing *e, const struct vhost *h, char *line)
{
	AUTO(strlist_release) struct strlist lines = { 0 };

	strlist_take(&lines, line);
	insert_last(edits_in(&e->edits, h->block->doc), h->block, &lines);
}

struct heir {
	struct enhancing *e;
	const struct vhost *h;
};

static struct err *repeat_header(void *heir, struct directive *d)
{
	const struct heir *to = heir;

	if (!directive_is(d, "add_header"))
		return NULL;
	const size_t start = d->words[0].start, end = d->words[d->word_count - 1].end;

	add_line(to->e, to->h, managed_line("%.*s;", (int)(end - start), d->doc->text + start));
	return NULL;
}

/* A block with a header of its own inherits none: those of the http block are repeated in front of its first one. */
static struct err *add_header(struct enhancing *e, const struct vhost *h, bool inherits,
			      const char *line)
{
	if (inherits)
		TRY(config_each(e->config, e->vhosts.http, repeat_header, &(struct heir){ e, h }));
	add_line(e, h, managed_line("%s", line));
	return NULL;
}

/* First, for any `return` before it would end the rewriting. */
static void add_hsts_value(struct enhancing *e, const struct vhost *h)
{
	AUTO(strlist_release) struct strlist lines = { 0 };

	strlist_take(&lines, managed_line("set " HSTS_VARIABLE " \"\";"));
	strlist_add(&lines, "if ($https) {");
	strlist_add(&lines, "\tset " HSTS_VARIABLE " " HSTS_VALUE ";");
	strlist_take(&lines, managed_line("}"));
	insert_first(edits_in(&e->edits, h->block->doc), h->block, &lines);
}

/* RFC 6797 section 7.2: never without TLS. */
static struct err *add_hsts(struct enhancing *e, const struct vhost *h, bool inherits)
{
	if (!vhost_has_plain(&e->vhosts, h))
		return add_header(e, h, inherits, HSTS_HEADER(HSTS_VALUE));
	add_hsts_value(e, h);
	return add_header(e, h, inherits, HSTS_HEADER(HSTS_VARIABLE));
}

static struct err *hsts_block(struct enhancing *e, const struct vhost *h, struct ui *ui,
			      const char *name)
{
	struct presence sent = { "add_header", "Strict-Transport-Security", NULL };
	bool has_own = false;

	if (!vhost_has_ssl(&e->vhosts, h))
		return NULL;
	TRY(has(&has_own, e, h, (struct presence){ "add_header", NULL, NULL }));
	TRY(config_each(e->config, has_own ? h->block : e->vhosts.http, visit_presence, &sent));
	const char *value = sent.found != NULL ? directive_word(sent.found, 2) : NULL;

	if (value != NULL)
		hsts_kept_tell(ui, name, value);
	return sent.found != NULL ? NULL : add_hsts(e, h, !has_own);
}

struct err *enhance_hsts(struct ui *ui, struct config *c, const char *name,
			 const struct target_ports *ports)
{
	AUTO(enhancing_release) struct enhancing e = { .config = c };

	TRY(find_tls(&e, name, ports));
	for (size_t i = 0; i < e.targets.count; i++)
		TRY(hsts_block(&e, e.targets.items[i], ui, name));
	return config_apply(c, &e.edits);
}

static struct err *staple_block(struct enhancing *e, const struct vhost *h, const char *chain)
{
	AUTO(free) char *path = word_quoted(chain);
	const struct {
		const char *directive;
		const char *value;
	} lines[] = { { "ssl_trusted_certificate", path },
		      { "ssl_stapling", "on" },
		      { "ssl_stapling_verify", "on" } };

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		bool there = false;

		TRY(has(&there, e, h, (struct presence){ lines[i].directive, NULL, NULL }));
		if (!there)
			add_line(e, h, managed_line("%s %s;", lines[i].directive, lines[i].value));
	}
	return NULL;
}

struct err *enhance_staple(struct config *c, const char *name, const char *chain,
			   const struct target_ports *ports)
{
	AUTO(enhancing_release) struct enhancing e = { .config = c };

	TRY(find_tls(&e, name, ports));
	for (size_t i = 0; i < e.targets.count; i++)
		TRY(staple_block(&e, e.targets.items[i], chain));
	return config_apply(c, &e.edits);
}
