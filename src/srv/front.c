#include "srv/front.h"

#include <arpa/inet.h>
#include <string.h>

#include "net/listeners.h"
#include "net/process.h"
#include "srv/prove.h"

enum { PATIENCE_MS = 300, HTTPS = 443 };

static bool is_any(const struct address *a)
{
	const struct sockaddr_in6 *v6 = (const void *)&a->addr;
	const struct sockaddr_in *v4 = (const void *)&a->addr;

	return a->addr.ss_family == AF_INET6 ? IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr)
					     : v4->sin_addr.s_addr == htonl(INADDR_ANY);
}

static struct address any_v4(unsigned port)
{
	struct address a = { .len = sizeof(struct sockaddr_in) };

	a.addr.ss_family = AF_INET;
	address_set_port(&a, port);
	return a;
}

/* --- finding it --- */

static void add(struct front *f, const struct address *at)
{
	f->at.items = xrealloc(f->at.items, f->at.count + 1, sizeof(*at));
	f->at.items[f->at.count++] = *at;
}

static char *holder_of(const struct listener *l)
{
	AUTO(process_release) struct process p = { 0 };

	process_with_socket(&p, l->inode);
	char *who = process_text(&p);

	return who != NULL ? who : xstrdup("another program");
}

/* IPv4 is heard by [::] too, unless somebody else hears that. */
static bool takes_v4(const struct listener *six, const struct listeners *all)
{
	const struct address v4 = any_v4(address_port(&six->at));

	if (six->at.addr.ss_family != AF_INET6 || !is_any(&six->at))
		return false;
	for (size_t i = 0; i < all->count; i++)
		if (address_same(&all->items[i].at, &v4))
			return false;
	return true;
}

static void add_listener(struct front *f, const struct listener *l, const struct listeners *all)
{
	const struct address v4 = any_v4(address_port(&l->at));

	add(f, &l->at);
	if (takes_v4(l, all))
		add(f, &v4);
	if (f->who == NULL)
		f->who = holder_of(l);
}

void front_find(struct front *out, const struct webserver *s, unsigned port)
{
	AUTO(listeners_release) struct listeners all = { 0 };
	pid_t master = webserver_pid(s);

	*out = (struct front){ .port = port };
	if (master == 0 || !process_accepts(master))
		return;
	listeners_gather(&all, master);
	for (size_t i = 0; i < all.count; i++)
		if (address_port(&all.items[i].at) == port &&
		    !process_has_socket(master, all.items[i].inode))
			add_listener(out, &all.items[i], &all);
}

void front_release(struct front *f)
{
	free(f->who);
	address_list_release(&f->at);
}

void fronts_look(struct fronts *f, const struct webserver *s, unsigned https_port)
{
	if (f->known)
		return;
	front_find(&f->own, s, https_port);
	if (https_port != HTTPS)
		front_find(&f->public, s, HTTPS);
	f->known = true;
}

const struct front *fronts_own(const struct fronts *f)
{
	return f->own.who != NULL ? &f->own : NULL;
}

const struct front *fronts_public(const struct fronts *f)
{
	return f->public.who != NULL ? &f->public : NULL;
}

bool fronts_are_there(const struct fronts *f)
{
	return fronts_own(f) != NULL || fronts_public(f) != NULL;
}

void fronts_release(struct fronts *f)
{
	front_release(&f->own);
	front_release(&f->public);
	*f = (struct fronts){ 0 };
}

/* --- asking --- */

/* As nginx writes it. */
static bool parse(struct address *out, const char *host)
{
	struct sockaddr_in6 *v6 = (void *)&out->addr;
	struct sockaddr_in *v4 = (void *)&out->addr;
	size_t len = strlen(host);
	AUTO(free)
	char *bare = host[0] == '[' && len > 2 ? xstrndup(host + 1, len - 2) : xstrdup(host);

	*out = any_v4(0);
	if (streq(host, "*") || inet_pton(AF_INET, bare, &v4->sin_addr) == 1)
		return true;
	*v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6 };
	out->len = sizeof(*v6);
	return inet_pton(AF_INET6, bare, &v6->sin6_addr) == 1;
}

/* Listening at one keeps others from the other. */
static bool overlap(const struct address *a, const struct address *b)
{
	struct address here = *a, there = *b;

	address_set_port(&here, 0);
	address_set_port(&there, 0);
	return here.addr.ss_family == there.addr.ss_family &&
	       (is_any(a) || is_any(b) || address_same(&here, &there));
}

bool front_is_at(const struct front *f, const char *host)
{
	struct address wanted;

	if (!parse(&wanted, host))
		return false;
	for (size_t i = 0; i < f->at.count; i++)
		if (overlap(&f->at.items[i], &wanted))
			return true;
	return false;
}

static struct err *add_places(struct endpoints *out, const struct front *f, const char *name,
			      const char *fullchain)
{
	for (size_t i = 0; i < f->at.count; i++) {
		AUTO(free) char *host = address_text(&f->at.items[i]);

		TRY(endpoints_add(out, name, host, f->port, fullchain));
	}
	return NULL;
}

struct err *front_prove(const struct front *f, const struct world *w, const struct webserver *s,
			const char *name, const char *fullchain)
{
	AUTO(endpoints_release) struct endpoints at = { 0 };

	if (f == NULL)
		return NULL;
	TRY(add_places(&at, f, name, fullchain));
	struct err *e = prove_served(w, &(struct proof_wanted){ &at, s->programs, PATIENCE_MS });

	if (e == NULL || err_is(e, ERR_INTERRUPTED))
		return e;
	return err_wrap_as(ERR_CONFIG, e,
			   "a redirect would lead to port %u, which is another program's, %s",
			   f->port, f->who);
}
