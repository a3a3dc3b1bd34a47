/* served: which certificate is shown for each name, and by whom: "renewed but not served" has a process. */
#include "client/lineage/served.h"

#include <string.h>

#include "base/limits.h"
#include "client/client.h"
#include "client/cmd/cmd.h"
#include "client/cmd/registry.h"
#include "client/plugin.h"

#define SERVED_TEXT_MAX LIMIT_MIB(64)

enum { NAMES_SHOWN = 100 };

struct tour {
	struct client *c;
	struct tls_client *tls;
	struct buf text;
	int64_t seen[SERVED_STATE_COUNT];
	/* where the lineage is at home: */
	int64_t strange, refusing; /* wrong ones; none, by who answers */
	int64_t mute;              /* anywhere: none, by who answers */
};

static void tour_release(struct tour *t)
{
	tls_client_free(t->tls);
	buf_release(&t->text);
}

AUTO_RELEASE(struct tour, tour_release)

/* ", by nginx (PID 812), which runs since 2026-11-28 10:00:00+00:00"; nothing for a server elsewhere. */
static char *by_whom(const struct process *p)
{
	AUTO(free) char *who = process_text(p);
	AUTO(free) char *since = time_utc_long(p->since);

	return who == NULL ? xstrdup("") : str_fmt(", by %s, which runs since %s", who, since);
}

/* Where a lineage is looked for. */
struct place {
	const struct lineage *lineage;
	const struct chain *chain; /* its fullchain */
	const struct endpoint *at;
};

/* What was seen at a place. */
struct found {
	enum served_state state;
	char *instead;      /* the lineage that is served to other kinds of keys */
	const char *family; /* that is not served */
	const char *
		now; /* the family that l has instead since it was renewed; NULL: always the same */
};

static void found_release(struct found *f)
{
	free(f->instead);
}

AUTO_RELEASE(struct found, found_release)

static char *not_good(const struct cert *c)
{
	AUTO(free) char *names = cert_names_text(&c->names);
	AUTO(free) char *some = str_printable(names, NAMES_SHOWN);

	return str_fmt("another certificate, %s (%s), which is not good for this name",
		       c->serial_hex, some);
}

static char *what_is_shown(const struct sight *s, const struct found *f)
{
	if (s->chain == NULL)
		return s->refused != NULL ? err_text(s->refused) : xstrdup("nothing");
	const char *serial = s->chain->certs[0]->serial_hex;

	switch (f->state) {
	case SERVED_CURRENT:
		return xstrdup("served");
	case SERVED_OUTDATED:
		return str_fmt("RENEWED BUT NOT SERVED: shows the older certificate %s", serial);
	case SERVED_INCOMPLETE:
		return xstrdup("INCOMPLETE: served without the CA's certificates");
	case SERVED_OTHER:
		return str_fmt("another certificate, %s", serial);
	case SERVED_WRONG:
		return not_good(s->chain->certs[0]);
	case SERVED_OTHER_KIND:
		return f->now == NULL
			     ? str_fmt("NOT SERVED to who takes %s alone: only %s is", f->family,
				       f->instead)
			     : str_fmt("NOT SERVED to who takes %s alone: this one was renewed with another kind of key, %s, which %s has "
				       "too, and of each kind one is shown",
				       f->family, f->now, f->instead);
	case SERVED_SILENT:
	case SERVED_STATE_COUNT:
		break;
	}
	return xstrdup("nothing");
}

static void report(struct tour *t, const struct place *p, const struct sight *s,
		   const struct found *f)
{
	const struct endpoint *at = p->at;
	AUTO(free) char *where = address_port_text(&at->address);
	AUTO(free) char *shown = what_is_shown(s, f);
	AUTO(free) char *whom = by_whom(&s->process);
	AUTO(free) char *process = process_text(&s->process);

	t->seen[f->state]++;
	buf_addf(&t->text, "    %s at %s: %s%s\n", at->name, where, shown,
		 f->state == SERVED_CURRENT ? "" : whom);
	if (!t->c->opt->json)
		return;
	ui_emit(t->c->ui, EVENT_ENDPOINT_SEEN,
		FIELDS(STR("lineage", p->lineage->name), STR("name", at->name), STR("address", where),
		       STR("state", served_state_names[f->state]),
		       STR("serial", s->chain != NULL ? s->chain->certs[0]->serial_hex : NULL),
		       STR("process", process), TIME("since", s->process.since)),
		NULL);
}

static struct err *judge(struct found *f, const struct tour *t, const struct place *p,
			 const struct sight *s)
{
	const struct served_question q = { p->at->name, world_now(t->c->world) };

	return served_judge(&f->state, s, p->lineage, p->chain, &q);
}

/* What a place that has nothing for this kind of key has for others. */
static struct err *look_for_others(struct found *f, struct tour *t, const struct place *p,
				   struct sight *s)
{
	TRY(sight_take_instead(s, t->c->world, t->tls, p->at));
	TRY(judge(f, t, p, s));
	if (f->state == SERVED_OTHER)
		TRY(served_instead(&f->instead, s, t->c->tree, p->lineage));
	if (f->instead != NULL)
		f->state = SERVED_OTHER_KIND;
	return NULL;
}

/* Another lineage is shown: does it have the kind of key that this one did not have before? */
static struct err *look_for_shadow(struct found *f, struct tour *t, const struct place *p,
				   const struct sight *s)
{
	AUTO(sight_release) struct sight former = SIGHT_INIT;
	const char *family = NULL;

	TRY(served_former_family(&family, p->lineage));
	if (family == NULL)
		return NULL;
	TRY(sight_take(&former, t->c->world, t->tls, p->at, offer_of(family)));
	if (former.chain == NULL && former.connected)
		TRY(served_instead(&f->instead, s, t->c->tree, p->lineage));
	if (f->instead == NULL)
		return NULL;
	f->state = SERVED_OTHER_KIND;
	f->now = f->family;
	f->family = family;
	return NULL;
}

/* By who has TLS, or is a web server. A name that a wildcard is tried with is not one that somebody must have. */
static bool is_refusal(const struct found *f, const struct sight *s, const struct place *p)
{
	return f->state == SERVED_SILENT && s->connected && !p->at->optional &&
	       !err_is(s->refused, ERR_PROTOCOL) &&
	       strlist_has(&p->chain->certs[0]->names.dns, p->at->name);
}

static struct err *visit(struct tour *t, const struct place *p)
{
	AUTO(sight_release) struct sight s = SIGHT_INIT;
	const struct cert *cert = p->chain->certs[0];
	AUTO(found_release) struct found f = { .family = cert_key_family(cert) };

	TRY(sight_take(&s, t->c->world, t->tls, p->at, offer_for(cert)));
	TRY(judge(&f, t, p, &s));
	if (f.state == SERVED_OTHER)
		TRY(look_for_shadow(&f, t, p, &s));
	if (f.state == SERVED_SILENT && s.connected)
		TRY(look_for_others(&f, t, p, &s));
	if (f.state != SERVED_CURRENT || t->c->opt->json)
		sight_find_process(&s);
	t->mute += is_refusal(&f, &s, p);
	if (f.state != SERVED_SILENT || !p->at->optional)
		report(t, p, &s, &f);
	return NULL;
}

/* A mail server's certificate is none of a web server's: somebody has said that it is for this one, or the server has shown it. */
static bool is_at_home(const struct tour *t, const struct lineage *l, const int64_t *before)
{
	AUTO(free) char *installer = lineage_param(l, "installer");
	const struct plugin *p = installer != NULL ? plugin_by_name(installer) : NULL;

	return t->c->opt->cert_name != NULL || (p != NULL && p->server != NULL) ||
	       t->seen[SERVED_CURRENT] > before[SERVED_CURRENT] ||
	       t->seen[SERVED_OUTDATED] > before[SERVED_OUTDATED] ||
	       t->seen[SERVED_INCOMPLETE] > before[SERVED_INCOMPLETE];
}

static struct err *visit_places(struct tour *t, const struct lineage *l, const struct chain *chain,
				const struct endpoints *at)
{
	int64_t before[SERVED_STATE_COUNT];
	int64_t mute = t->mute;

	memcpy(before, t->seen, sizeof(before));
	for (size_t i = 0; i < at->count; i++)
		TRY(visit(t, &(struct place){ l, chain, &at->items[i] }));
	if (!is_at_home(t, l, before))
		return NULL;
	t->strange += t->seen[SERVED_WRONG] - before[SERVED_WRONG];
	t->refusing += t->mute - mute;
	return NULL;
}

static struct err *visit_lineage(struct tour *t, const struct lineage *l)
{
	AUTO(endpoints_release) struct endpoints at = { 0 };
	AUTO(chain_free) struct chain *chain = NULL;
	AUTO(free) char *pem = NULL;
	size_t len = 0;

	TRY(lineage_read(&pem, &len, l, KIND_FULLCHAIN));
	TRY_WRAP(chain_parse(&chain, pem, len), "%s", l->live[KIND_FULLCHAIN]);
	TRY(served_places(&at, t->c->world, l, (unsigned)t->c->opt->https_port));
	buf_addf(&t->text, "  Certificate Name: %s\n", l->name);
	if (at.count == 0)
		buf_adds(&t->text, "    nobody serves its names\n");
	return visit_places(t, l, chain, &at);
}

/* One that cannot be read is told, and keeps nobody from the others. */
static struct err *visit_named(struct tour *t, const char *name)
{
	AUTO(lineage_free) struct lineage *l = NULL;
	struct err *e = lineage_load(&l, t->c->tree, name);

	if (e == NULL)
		e = visit_lineage(t, l);
	if (e == NULL || err_is(e, ERR_INTERRUPTED))
		return e;
	AUTO(free) char *text = err_text(e);
	AUTO(free) char *shown = str_printable(name, LIMIT_PATH);

	ui_emit(t->c->ui, EVENT_LINEAGE_BROKEN,
		FIELDS(STR("lineage", name), STR("path", NULL), ERROR("error", e)),
		"%s cannot be looked at: %s. Skipping.", shown, text);
	err_free(e);
	return NULL;
}

/* "1 place does not serve", "2 places do not serve". */
static const struct complaint {
	const char *one, *many, *rest;
} not_renewed = {
	"does not serve", "do not serve",
	"what was renewed: reload the processes that are named, and have the servers use fullchain.pem",
}, wrong = {
	"shows", "show",
	"a certificate that is not good for the name: install the one that is (`signet install --cert-name NAME`), or get one for all "
	"names of the host (`-d NAME -d NAME --expand`)",
}, none = {
	"shows", "show",
	"no certificate at all for the name: install it there (`signet install --cert-name NAME`), or take the name out of its certificate",
}, fewer_kinds = {
	"serves", "serve",
	"a name with fewer kinds of keys than it has certificates: have the servers use them all, give one back its kind of key (`signet "
	"certonly --cert-name NAME --key-type rsa`), or delete what is not to be served (`signet delete`)",
};

static struct err *complain(const struct complaint *c, int64_t places)
{
	return err_new(ERR_CONFIG, "%lld place%s %s %s", (long long)places, places == 1 ? "" : "s",
		       places == 1 ? c->one : c->many, c->rest);
}

static struct err *verdict(const struct tour *t)
{
	int64_t bad = t->seen[SERVED_OUTDATED] + t->seen[SERVED_INCOMPLETE];

	ui_emit(t->c->ui, EVENT_ENDPOINTS_SEEN,
		FIELDS(INT("count", t->seen[SERVED_CURRENT] + t->seen[SERVED_OTHER] +
					    t->seen[SERVED_WRONG] + bad),
		       INT("outdated", t->seen[SERVED_OUTDATED]),
		       INT("incomplete", t->seen[SERVED_INCOMPLETE]),
		       INT("wrong", t->seen[SERVED_WRONG])),
		"%.*s", (int)(t->text.len > 0 ? t->text.len - 1 : 0), buf_str(&t->text));
	if (bad > 0)
		return complain(&not_renewed, bad);
	if (t->strange > 0)
		return complain(&wrong, t->strange);
	if (t->refusing > 0)
		return complain(&none, t->refusing);
	if (t->seen[SERVED_OTHER_KIND] > 0)
		return complain(&fewer_kinds, t->seen[SERVED_OTHER_KIND]);
	return NULL;
}

static struct err *served(struct client *c)
{
	AUTO(tour_release) struct tour t = { .c = c, .text = BUF_INIT(SERVED_TEXT_MAX) };
	AUTO(strlist_release) struct strlist names = { 0 };

	TRY(tls_client_new(&t.tls, &(struct tls_trust){ .no_verify = true }));
	if (c->opt->cert_name != NULL)
		strlist_add(&names, c->opt->cert_name);
	else
		TRY(lineage_names(&names, c->tree));
	for (size_t i = 0; i < names.count; i++)
		TRY(visit_named(&t, names.items[i]));
	TRY(buf_check(&t.text, "the list of what is served"));
	if (names.count == 0)
		buf_adds(&t.text, "No certificates found. ");
	return verdict(&t);
}

const struct subcommand subcommand_served = {
	.name = "served",
	.summary = "Tell which certificates servers really show",
	.needs_tree = true,
	.run = served,
};
