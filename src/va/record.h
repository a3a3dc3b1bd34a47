/*
 * What a validation saw: each hop, the addresses found, tried and used, DNS answers and where they came from, TLS facts,
 * timing. Data first; JSON and readable text are views of it. A verdict without its record is a riddle for operators.
 *
 * Times are milliseconds since the record began. -1: did not happen.
 */
#pragma once

#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "base/json.h"
#include "base/str.h"

/* One DNS question, as it was answered. */
struct va_answer {
	char *name;         /* without trailing dot */
	char *type;         /* "AAAA" */
	char *server;       /* who answered: "127.0.0.1:53", "libunbound"; NULL when nobody did */
	char *outcome;      /* "NOERROR", "NXDOMAIN", or what went wrong */
	bool authenticated; /* validated by DNSSEC */
	char *extended;     /* extended DNS errors (RFC 8914) as text; NULL */
	struct strlist records; /* of the asked type, as text; at most VA_RECORD_SHOWN of them */
	size_t record_count;    /* how many there were */
	int64_t at_ms, took_ms;
};

/* What TLS showed, of a redirect to https or of a TLS challenge. */
struct va_tls {
	char *sni;     /* asked for; NULL: none */
	char *version; /* "TLSv1.3"; NULL: no handshake was finished */
	char *cipher;
	char *protocol;           /* ALPN, negotiated; NULL: none */
	char *certificate_sha256; /* of the leaf, lower hex; NULL: none came */
	struct strlist names;     /* of the leaf's subjectAltName, at most VA_RECORD_SHOWN */
};

/* One attempt to fetch a proof: one per hop, and one more for each fallback. */
struct va_hop {
	char *url; /* NULL for TLS challenges */
	char *hostname;
	unsigned port;
	struct strlist addresses_resolved; /* those that may be used, in order */
	struct strlist addresses_tried;    /* those that failed before this attempt */
	char *address_used;                /* NULL: none */
	struct va_tls tls;
	int status;     /* of the HTTP answer; 0: none */
	char *location; /* where it redirected to; NULL */
	char *error;    /* why this attempt was the last with its address; NULL */
	int64_t at_ms, connected_ms, handshake_ms, answered_ms;
};

struct va_record {
	char *perspective;  /* "primary" */
	char *region;       /* "RIPE"; NULL: none */
	char *type;         /* "http-01"; "caa" for a check of CAA alone */
	char *identifier;   /* with "*." when it is a wildcard */
	int64_t started_ms; /* since the epoch */
	int64_t took_ms;    /* -1: still under way */
	struct va_answer *answers;
	size_t answer_count;
	struct va_hop *hops;
	size_t hop_count;
	struct strlist
		notes; /* what else is worth knowing: "tls-sni-01 proves nothing on shared hosts" */
};

enum { VA_RECORD_SHOWN = 20 };

struct va_record *va_record_new(const char *perspective, const char *type, const char *identifier);
void va_record_free(struct va_record *r);

/* One more, zero-filled (times -1); a loan until the next one is added: address it by its index for longer. */
struct va_answer *va_record_add_answer(struct va_record *r);
struct va_hop *va_record_add_hop(struct va_record *r);

/* The whole record, and the same read back (what another perspective sent). */
json_t *va_record_render(const struct va_record *r);
MUST_CHECK struct err *va_record_parse(struct va_record **out, const json_t *obj);

/* What a challenge object shows as validationRecord: one entry a hop, nothing about resolvers (ca.md 1.8). */
json_t *va_record_public(const struct va_record *r);

/* For people: a line an event, in order of time. */
void va_record_text(const struct va_record *r, struct buf *out);

AUTO_FREE(struct va_record, va_record_free)
