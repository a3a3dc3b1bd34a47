/*
 * A web server inside the test, on its event base and on loopback: to each request it plays the first row that fits. It takes
 * the request down, up to the empty line, and what it sends is what the row says, byte by byte.
 */
#pragma once

#include <event2/event.h>
#include <openssl/ssl.h>

#include "base/str.h"

enum web_deed {
	WEB_ANSWERS, /* text, then an end */
	WEB_STAYS,   /* text, and no end */
	WEB_RESETS,  /* text, then RST */
	WEB_DRIBBLES, /* text, a byte at a time, then an end */
	WEB_ENDLESS, /* text, then x for ever */
	WEB_ONCE,    /* as WEB_ANSWERS, to one request; later ones meet the next row */
};

struct web_row {
	const char *host; /* of the header Host; NULL: any */
	const char *path; /* how the target begins; NULL: any */
	const char *user_agent; /* a part of it; NULL: any */
	const char *text;
	enum web_deed deed;
	size_t len; /* of text; 0: up to its NUL */
};

struct fake_web;

/* port 0: any. tls may be NULL; kept by its own reference. NULL: the address or port cannot be had. */
struct fake_web *fake_web_new(struct event_base *base, const char *address, unsigned port, SSL_CTX *tls);
void fake_web_free(struct fake_web *w);
AUTO_FREE(struct fake_web, fake_web_free)

unsigned fake_web_port(const struct fake_web *w);
/* Copied; its texts are lent. */
void fake_web_add(struct fake_web *w, struct web_row row);
/* Text before the request, at once when somebody connects; lent. */
void fake_web_greet(struct fake_web *w, const char *text, size_t len, enum web_deed deed);
const struct strlist *fake_web_requests(const struct fake_web *w);
size_t fake_web_connections(const struct fake_web *w); /* that were taken so far */
size_t fake_web_open(const struct fake_web *w);        /* that are open now */
size_t fake_web_most(const struct fake_web *w);        /* that were open at one time */

/* A context with a self-signed certificate of ours. The caller's. */
SSL_CTX *fake_web_tls(void);
