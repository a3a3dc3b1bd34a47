#include "srv/prove.h"

#include <string.h>

#include "base/limits.h"
#include "srv/chain_file.h"

enum { PAUSE_MS = 20, PAUSE_MAX_MS = 250, LOOKS_MORE = 2 };

/* What a proof goes by. */
struct witness {
	const struct world *world;
	const struct proof_wanted *wanted;
	struct tls_client *tls;
	struct chain **expected; /* of each endpoint */
};

static void witness_release(struct witness *w)
{
	for (size_t i = 0; w->expected != NULL && i < w->wanted->at->count; i++)
		chain_free(w->expected[i]);
	free(w->expected);
	tls_client_free(w->tls);
}

AUTO_RELEASE(struct witness, witness_release)

static struct err *prepare(struct witness *w)
{
	const struct endpoints *at = w->wanted->at;

	w->expected = xcalloc(at->count + 1, sizeof(struct chain *));
	for (size_t i = 0; i < at->count; i++)
		if (at->items[i].fullchain != NULL)
			TRY(chain_file_load(&w->expected[i], at->items[i].fullchain));
	return tls_client_new(&w->tls, &(struct tls_trust){ .no_verify = true });
}

enum showing sight_showing(const struct sight *s, const struct chain *expected)
{
	if (s->chain == NULL)
		return SHOWS_NOTHING;
	if (!cert_same(s->chain->certs[0], expected->certs[0]))
		return SHOWS_OTHER;
	for (size_t i = 1; i < expected->count; i++)
		if (i >= s->chain->count || !cert_same(s->chain->certs[i], expected->certs[i]))
			return SHOWS_SHORT_CHAIN;
	return SHOWS_EXPECTED;
}

static bool is_own(const struct process *p, const char *const *programs)
{
	for (size_t i = 0; programs != NULL && programs[i] != NULL; i++)
		if (streq(p->name != NULL ? p->name : "", programs[i]))
			return true;
	return programs == NULL;
}

/* ": served by nginx (PID 812), which runs since ...", or nothing. */
static char *by_whom(const struct process *p, const char *const *programs)
{
	AUTO(free) char *who = process_text(p);
	AUTO(free) char *since = time_utc_long(p->since);

	if (who == NULL)
		return xstrdup("");
	if (!is_own(p, programs))
		return str_fmt(": this port is another server's, %s", who);
	return str_fmt(": served by %s, which runs since %s", who, since);
}

/* What is shown instead, if the configuration has that for it there too, with the same kind of key; NULL: it has not. */
static const struct endpoint *twin_of(const struct witness *w, size_t i, const struct sight *s)
{
	const struct endpoints *at = w->wanted->at;
	const char *family = cert_key_family(w->expected[i]->certs[0]);

	for (size_t k = 0; k < at->count; k++)
		if (k != i && w->expected[k] != NULL &&
		    streq(at->items[k].name, at->items[i].name) &&
		    address_same(&at->items[k].address, &at->items[i].address) &&
		    streq(cert_key_family(w->expected[k]->certs[0]), family) &&
		    sight_showing(s, w->expected[k]) == SHOWS_EXPECTED)
			return &at->items[k];
	return NULL;
}

static struct err *overshadowed(const struct witness *w, size_t i, const struct endpoint *twin)
{
	const struct endpoint *at = &w->wanted->at->items[i];
	AUTO(free) char *where = address_port_text(&at->address);
	const char *family = cert_key_family(w->expected[i]->certs[0]);

	return err_new(
		ERR_CHALLENGE,
		"%s at %s has two certificates with %s keys, of which one is shown, and %s is not: renew it with another kind of key "
		"(--key-type), or take it or %s out of the server's configuration",
		at->name, where, family, at->fullchain, twin->fullchain);
}

/* "04cd", or "04cd (RSA)" where the other one has another kind of key. */
static char *shown_as(const struct cert *c, const struct cert *other)
{
	const char *family = cert_key_family(c);

	return streq(family, cert_key_family(other)) ? xstrdup(c->serial_hex)
						     : str_fmt("%s (%s)", c->serial_hex, family);
}

static struct err *mismatch(const struct witness *w, size_t i, const struct sight *s)
{
	const struct endpoint *at = &w->wanted->at->items[i];
	const struct cert *wanted = w->expected[i]->certs[0];
	const struct endpoint *twin = twin_of(w, i, s);
	AUTO(free) char *where = address_port_text(&at->address);
	AUTO(free) char *who = by_whom(&s->process, w->wanted->programs);

	if (sight_showing(s, w->expected[i]) == SHOWS_SHORT_CHAIN)
		return err_new(
			ERR_CHALLENGE,
			"%s at %s shows the new certificate without its issuers; give the server the "
			"full chain%s",
			at->name, where, who);
	if (twin != NULL)
		return overshadowed(w, i, twin);
	AUTO(free) char *is = shown_as(s->chain->certs[0], wanted);
	AUTO(free) char *was = shown_as(wanted, s->chain->certs[0]);

	return err_new(ERR_CHALLENGE, "%s at %s shows the certificate %s instead of %s%s", at->name,
		       where, is, was, who);
}

static struct err *no_handshake(const struct witness *w, size_t i, struct sight *s)
{
	const struct endpoint *at = &w->wanted->at->items[i];
	AUTO(free) char *where = address_port_text(&at->address);
	AUTO(free) char *who = by_whom(&s->process, w->wanted->programs);

	if (at->optional && !s->connected)
		return NULL;
	return err_wrap(MOVE(s->refused), "%s at %s shows no certificate%s", at->name, where, who);
}

/* NULL: the endpoint shows what it should. *stopped: an error that ends the proof. */
static struct err *look(const struct witness *w, size_t i, bool *stopped)
{
	AUTO(sight_release) struct sight s = SIGHT_INIT;
	const struct chain *expected = w->expected[i];

	if (expected == NULL)
		return NULL;
	struct err *e = sight_take(&s, w->world, w->tls, &w->wanted->at->items[i],
				   offer_for(expected->certs[0]));

	if (e == NULL)
		e = sight_take_instead(&s, w->world, w->tls, &w->wanted->at->items[i]);
	*stopped = e != NULL;
	if (e != NULL)
		return e;
	if (sight_showing(&s, expected) == SHOWS_EXPECTED)
		return NULL;
	sight_find_process(&s);
	return s.chain == NULL ? no_handshake(w, i, &s) : mismatch(w, i, &s);
}

static bool is_first_there(const struct endpoints *at, size_t i)
{
	for (size_t n = 0; n < i; n++)
		if (address_same(&at->items[n].address, &at->items[i].address))
			return false;
	return true;
}

/* Every endpoint once; then one of each address again, for the sake of workers that did not answer before. */
static struct err *look_at_all(const struct witness *w, bool *stopped)
{
	const struct endpoints *at = w->wanted->at;

	for (size_t i = 0; i < at->count; i++)
		TRY(look(w, i, stopped));
	for (size_t i = 0; i < at->count; i++)
		for (int n = 0; n < LOOKS_MORE && is_first_there(at, i); n++)
			TRY(look(w, i, stopped));
	return NULL;
}

/* The last look is of after the time, however long each takes. */
static struct err *until_they_agree(const struct witness *w)
{
	int patience = w->wanted->patience_ms > 0 ? w->wanted->patience_ms : LIMIT_PROOF_MS;
	int64_t until = world_monotonic_ms(w->world) + patience;
	int64_t pause = PAUSE_MS;

	for (;;) {
		int64_t now = world_monotonic_ms(w->world);
		bool stopped = false;
		struct err *e = look_at_all(w, &stopped);

		if (e == NULL || stopped || now >= until)
			return e;
		err_ignore(e);
		TRY(world_sleep_ms(w->world, pause));
		pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
	}
}

struct err *prove_served(const struct world *w, const struct proof_wanted *wanted)
{
	AUTO(witness_release) struct witness witness = { .world = w, .wanted = wanted };

	if (wanted->at == NULL || wanted->at->count == 0)
		return NULL;
	TRY(prepare(&witness));
	return until_they_agree(&witness);
}
