#include "plugins/nginx/copy.h"

#include <string.h>

#include "plugins/nginx/insert.h"
#include "plugins/nginx/room.h"

static bool is_default_on(const struct vhost *h, int64_t port)
{
	for (size_t i = 0; i < h->listen_count; i++)
		if (h->listens[i].is_default && (port == 0 || h->listens[i].port == port))
			return true;
	return false;
}

/* The only one on this port; port 0: on any. */
static const struct vhost *only_default(const struct vhosts *v, int64_t port)
{
	const struct vhost *found = NULL;

	for (size_t i = 0; i < v->count; i++) {
		if (!is_default_on(v->items[i], port))
			continue;
		if (found != NULL)
			return NULL;
		found = v->items[i];
	}
	return found;
}

/* "return 444": the connection is closed without an answer. NULL: it has no such line, or asks something before. */
static const struct directive *closing_line(const struct vhost *h)
{
	for (const struct directive *d = h->block->first; d != NULL; d = d->next)
		if (directive_is(d, "return") && d->word_count == 2 &&
		    streq(d->words[1].value, "444"))
			return d;
	return NULL;
}

/* What a host can be made of, best first; *closing: a default that answers nobody, so that none can. */
static const struct vhost *best_default(const struct directive **closing, const struct vhosts *v,
					const struct target_ports *ports)
{
	const int64_t order[] = { ports->https, ports->http, 0 };

	*closing = NULL;
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		const struct vhost *found = only_default(v, order[i]);
		const struct directive *line = found != NULL ? closing_line(found) : NULL;

		if (found != NULL && line == NULL)
			return found;
		if (line != NULL)
			*closing = line;
	}
	return NULL;
}

static struct err *no_answer(const char *name, const struct directive *closing, int64_t port)
{
	AUTO(free) char *place = directive_place(closing);

	return err_new(
		ERR_CONFIG,
		"no server block has the name %s, and none can be made of the default one, which closes each connection (return 444; "
		"%s): write one for it, as `server { listen %d; server_name %s; root /srv/www; }`, then run this again",
		name, place, (int)port, name);
}

static struct err *find_default(const struct vhost **out, const struct vhosts *v, const char *name,
				const struct target_ports *ports)
{
	const struct directive *closing = NULL;
	const struct vhost *found = best_default(&closing, v, ports);

	if (str_starts(name, "*."))
		return err_new(
			ERR_CONFIG,
			"no server block has the name %s: add it to the server_name of the block that shall serve it",
			name);
	if (found == NULL && closing != NULL)
		return no_answer(name, closing, ports->http);
	if (found == NULL)
		return err_new(
			ERR_CONFIG,
			"no server block has the name %s, and there is no single default_server to make one of: add the name to the "
			"server_name of the block that shall serve it, then run this again",
			name);
	*out = found;
	return NULL;
}

/* Of one address only one `listen` may say these. */
static bool is_once_only(const char *word)
{
	static const char *const kept[] = { "ssl", "http2", "spdy", "quic", "proxy_protocol" };

	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		if (streq(word, kept[i]))
			return false;
	return true;
}

static void strip_listen(struct splices *s, const struct directive *d, size_t start)
{
	for (size_t i = 2; i < d->word_count; i++)
		if (is_once_only(d->words[i].value))
			splices_replace(s, d->words[i - 1].end - start, d->words[i].end - start,
					"");
}

static void rename_server(struct splices *s, const struct directive *d, size_t start,
			  const char *name)
{
	splices_replace(s, d->words[1].start - start, d->words[d->word_count - 1].end - start,
			name);
}

/* server_name lines behind the first go, and what has a default answer nobody. */
static void edit_copy(struct splices *s, const struct directive *block, const char *name)
{
	size_t start = block->words[0].start;
	bool named = false;

	for (const struct directive *d = block->first; d != NULL; d = d->next) {
		if (directive_is(d, "listen"))
			strip_listen(s, d, start);
		if (directive_is(d, "ssl_reject_handshake"))
			splices_replace(s, d->lead - start, d->end - start, "");
		if (!directive_is(d, "server_name") || d->word_count < 2)
			continue;
		if (named)
			splices_replace(s, d->lead - start, d->end - start, "");
		else
			rename_server(s, d, start, name);
		named = true;
	}
	AUTO(free) char *line = str_fmt("%s    server_name %s;", insert_line_end(block->doc), name);

	if (!named)
		splices_insert(s, block->open + 1 - start, line);
}

/* A default_server that comes by an include would be there twice. */
static struct err *check_own_listens(const struct vhost *h)
{
	AUTO(free) char *place = NULL;

	for (size_t i = 0; i < h->listen_count; i++)
		if (h->listens[i].is_default && h->listens[i].at->parent != h->block)
			return err_new(
				ERR_CONFIG,
				"%s: the default server has its `listen` from an included file, so no copy of it can be made: add a server "
				"block with the name wanted",
				place = directive_place(h->listens[i].at));
	return NULL;
}

static char *indent_of(const struct directive *d)
{
	size_t start = d->words[0].start, at = start;

	while (at > 0 && (d->doc->text[at - 1] == ' ' || d->doc->text[at - 1] == '\t'))
		at--;
	return xstrndup(d->doc->text + at, start - at);
}

struct err *copy_default(struct config *c, const struct vhosts *v, const char *name,
			 const struct target_ports *ports)
{
	const struct vhost *model = NULL;
	AUTO(splices_release) struct splices in_copy = { 0 };
	AUTO(edits_release) struct edits edits = { 0 };
	AUTO(free) char *copy = NULL;
	size_t len = 0;

	TRY(find_default(&model, v, name, ports));
	TRY(check_own_listens(model));
	const struct directive *block = model->block;
	size_t start = block->words[0].start;

	edit_copy(&in_copy, block, name);
	TRY(splices_apply(&copy, &len, &in_copy, block->doc->text + start, block->end - start));
	AUTO(free) char *indent = indent_of(block);
	const char *line_end = insert_line_end(block->doc);
	AUTO(free) char *text = str_fmt("%s%s%s%s", line_end, line_end, indent, copy);

	splices_insert(edits_in(&edits, block->doc), block->end, text);
	TRY(room_make(&edits, c, v->http, name));
	return config_apply(c, &edits);
}
