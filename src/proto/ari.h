/* ACME Renewal Information (RFC 9773). */
#pragma once

#include <time.h>

#include "base/json.h"
#include "base/rand.h"
#include "pki/cert.h"

struct ari_window {
	time_t start, end;
	char *explanation_url; /* NULL if none */
};

/* "base64url(AKI).base64url(serial)" (§4.1); ERR_CRYPTO for a certificate without that identifier. */
MUST_CHECK struct err *ari_cert_id(char **out, const struct cert *c);
MUST_CHECK struct err *ari_parse(struct ari_window *out, const json_t *obj); /* start < end */
/* A uniform instant in the window (§4.2). */
time_t ari_choose(const struct ari_window *w, const struct rand_source *r);
void ari_window_release(struct ari_window *w);
AUTO_RELEASE(struct ari_window, ari_window_release)

/* What the CA's side needs. */

/* The identifier of a certificate taken apart (§4.1): the bytes of its AKI and of its serial number. */
struct ari_id {
	struct buf key_id, serial;
};

/* ERR_PARSE for what is not two non-empty base64url texts (unpadded) around one dot. */
MUST_CHECK struct err *ari_id_parse(struct ari_id *out, const char *text);
void ari_id_release(struct ari_id *id);
AUTO_RELEASE(struct ari_id, ari_id_release)

/*
 * When a certificate with these dates should be renewed: around 2/3 of its validity (1/2 when that is under 10 days), 1 % of
 * it to both sides.
 */
void ari_window_of(struct ari_window *out, time_t not_before, time_t not_after);
/* At once: it is revoked, or has to be. explanation_url (copied) may be NULL. */
void ari_window_past(struct ari_window *out, time_t now, const char *explanation_url);
json_t *ari_render(const struct ari_window *w);
/* What to tell clients to wait before they ask again: 6 hours, a fifth more or less so that they spread. */
unsigned ari_retry_spread_s(const struct rand_source *r);

#define ARI_RETRY_DEFAULT_S (6 * 60 * 60)
#define ARI_RETRY_MIN_S 60
#define ARI_RETRY_MAX_S (24 * 60 * 60)
