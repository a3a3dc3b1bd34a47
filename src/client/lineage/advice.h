/*
 * What the CA said about a certificate's renewal, remembered in [acme_renewal_info] of the renewal file.
 *
 * ari_retry_after is Certbot's. The rest is ours, which Certbot keeps: the certificate it is about (its serial number, so that
 * the advice dies with the certificate, whoever renews it), the window, and the instant chosen in it.
 */
#pragma once

#include "base/rand.h"
#include "client/lineage/lineage.h"
#include "proto/ari.h"

/* Not to be asked again before *till; false: to be asked now. */
bool advice_muted_till(const struct lineage *l, time_t now, time_t *till);
void advice_mute(const struct lineage *l, time_t until);

/* The instant chosen for this certificate; false: none. */
bool advice_renew_at(const struct lineage *l, time_t *out);
/* What the CA last proposed for this certificate; false: nothing. */
bool advice_window(const struct lineage *l, struct ari_window *out);
/* Remembers the window; the instant is chosen again only when the window is another one. */
void advice_set_window(const struct lineage *l, const struct ari_window *w,
		       const struct rand_source *r);
bool advice_forget_window(const struct lineage *l); /* was there one? */
