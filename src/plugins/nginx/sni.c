#include "plugins/nginx/sni.h"

#include "plugins/nginx/insert.h"
#include "plugins/nginx/room.h"
#include "plugins/nginx/vhost.h"
#include "plugins/nginx/word.h"

static struct err *refuse_plain(const struct socket *s, int64_t port)
{
	AUTO(free) char *place = directive_place(s->fallback->block);

	return err_new(
		ERR_CONFIG,
		"%s: port %d of nginx speaks no TLS, so it can answer no TLS challenge: name the port that does by --https-port",
		place, (int)port);
}

static struct err *listen_where_tls_is(struct strlist *out, const struct vhosts *v, int64_t port)
{
	const struct socket *plain = NULL;

	for (size_t i = 0; i < v->socket_count; i++) {
		const struct socket *s = &v->sockets[i];

		if (!socket_has_port(s, port))
			continue;
		if (s->ssl)
			strlist_take(out, str_fmt("\tlisten %s:%d ssl;", s->host, (int)port));
		else
			plain = s;
	}
	return out->count == 0 && plain != NULL ? refuse_plain(plain, port) : NULL;
}

static struct err *find_listens(struct strlist *out, const struct vhosts *v, int64_t port)
{
	TRY(listen_where_tls_is(out, v, port));
	if (out->count > 0)
		return NULL;
	strlist_take(out, str_fmt("\tlisten %d ssl;", (int)port));
	if (vhosts_have_v6(v))
		strlist_take(out, str_fmt("\tlisten [::]:%d ssl;", (int)port));
	return NULL;
}

static void add_server(struct strlist *out, const struct sni_site *site,
		       const struct strlist *listens)
{
	AUTO(free) char *cert = word_quoted(site->cert), *key = word_quoted(site->key);

	strlist_add(out, "server {");
	strlist_add_all(out, listens);
	strlist_take(out, str_fmt("\tserver_name %s;", site->name));
	strlist_take(out, str_fmt("\tssl_certificate %s;", cert));
	strlist_take(out, str_fmt("\tssl_certificate_key %s;", key));
	strlist_add(out, "\treturn 404;");
	strlist_add(out, "}");
}

struct err *sni_edit(struct config *c, const struct sni_site *sites, size_t n, int64_t port)
{
	AUTO(vhosts_release) struct vhosts v = { 0 };
	AUTO(edits_release) struct edits edits = { 0 };
	AUTO(strlist_release) struct strlist listens = { 0 }, lines = { 0 };

	TRY(vhosts_gather(&v, c));
	if (v.http == NULL)
		return err_new(
			ERR_CONFIG,
			"nginx's configuration has no http block, so it can answer no tls-sni-01 challenge: use another "
			"authenticator, such as --standalone");
	TRY(find_listens(&listens, &v, port));
	for (size_t i = 0; i < n; i++)
		add_server(&lines, &sites[i], &listens);
	TRY(room_make(&edits, c, v.http, sites[0].name));
	insert_last(edits_in(&edits, v.http->doc), v.http, &lines);
	return config_apply(c, &edits);
}
