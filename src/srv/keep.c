#include "srv/keep.h"

#include "srv/sight.h"
#include "srv/vouch.h"

enum { PATIENCE_MS = 2000, PAUSE_MS = 50 };

/* *lost NULL: it is shown a good one; else what it is shown. */
static struct err *look(struct err **lost, const struct world *w, const struct tls_client *tls,
			const struct endpoint *at)
{
	AUTO(sight_release) struct sight s = SIGHT_INIT;
	AUTO(free) char *where = address_port_text(&at->address);

	TRY(sight_take(&s, w, tls, at, OFFER_ANY));
	const struct cert *shown = s.chain != NULL ? s.chain->certs[0] : NULL;

	*lost = NULL;
	if (shown == NULL)
		*lost = err_wrap_as(ERR_BUSY, MOVE(s.refused),
				    "%s at %s shows no certificate any more", at->name, where);
	else if (!cert_vouches(shown, at->name, world_now(w)))
		*lost = err_new(
			ERR_BUSY,
			"%s at %s would lose its certificate: it shows %s instead, which is not for it",
			at->name, where, shown->serial_hex);
	return NULL;
}

struct err *keep_note(bool **good, const struct world *w, const struct endpoints *at)
{
	AUTO(tls_client_free) struct tls_client *tls = NULL;
	AUTO(free) bool *noted = xcalloc(at->count + 1, sizeof(bool));

	TRY(tls_client_new(&tls, &(struct tls_trust){ .no_verify = true }));
	for (size_t i = 0; i < at->count; i++) {
		AUTO(err_free) struct err *lost = NULL;

		TRY(look(&lost, w, tls, &at->items[i]));
		noted[i] = lost == NULL;
	}
	*good = MOVE(noted);
	return NULL;
}

static struct err *look_again(const struct world *w, const struct tls_client *tls,
			      const struct endpoint *at)
{
	int64_t until = world_monotonic_ms(w) + PATIENCE_MS;

	for (;;) {
		int64_t now = world_monotonic_ms(w);
		struct err *lost = NULL;

		TRY(look(&lost, w, tls, at));
		if (lost == NULL || now >= until)
			return lost;
		err_free(lost);
		TRY(world_sleep_ms(w, PAUSE_MS));
	}
}

struct err *keep_check(const struct world *w, const struct endpoints *at, const bool *good)
{
	AUTO(tls_client_free) struct tls_client *tls = NULL;

	TRY(tls_client_new(&tls, &(struct tls_trust){ .no_verify = true }));
	for (size_t i = 0; i < at->count; i++)
		if (good[i])
			TRY(look_again(w, tls, &at->items[i]));
	return NULL;
}
