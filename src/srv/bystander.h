/*
 * Names that hosts have beside those that a certificate is for. A host may show a certificate for all of them today, and the new
 * one is not to take it from them unseen.
 */
#pragma once

#include "pki/cert.h"

struct bystander {
	char *name;
	char *place; /* "FILE:LINE" of the host */
	bool served; /* by TLS, with a certificate that is good for it, as the configuration has it */
	bool displaced; /* a host whose certificate the plan changes serves it, or would then */
	bool unknown; /* what it is shown is not to be known from the configuration: only the server can tell */
	bool by_default; /* no host has the name: that at place is the first of its address, and is no longer */
};

struct bystanders {
	time_t now; /* set before the first is noted */
	struct bystander *items;
	size_t count;
	struct shown_file *files; /* read so far */
	size_t file_count;
};

/* How a name is served before the plan. */
struct bystander_service {
	const char *place;
	const struct strlist *fullchains; /* paths; what cannot be read is good for nobody */
	bool displaced, unknown, by_default;
};

/* The names of the certificate in a file; empty where it cannot be read. Lent until the next call. */
const struct strlist *bystanders_certified(struct bystanders *b, const char *path);
bool bystanders_know(const struct bystanders *b, const char *name);
/* Is it served well, as far as is known? What the server shows decides where that is not. */
bool bystander_may_lose(const struct bystander *b);
/* By its first note: later ones may be of what the plan has changed meanwhile. */
void bystanders_note(struct bystanders *b, const char *name, const struct bystander_service *s);
void bystanders_release(struct bystanders *b);

AUTO_RELEASE(struct bystanders, bystanders_release)
