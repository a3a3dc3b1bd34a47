/* A redirect that leads from more addresses than there is TLS at: told, for the name may lead to one of these. */
#pragma once

#include "client/plugin.h"

/* Addresses with ports, as the configuration has them. */
struct half_open {
	struct strlist http;  /* the name is heard there, and by TLS it is not */
	struct strlist https; /* where it is */
};

/* Says nothing where there is none. */
void half_open_tell(const struct half_open *h, struct ui *ui, const char *name);
void half_open_release(struct half_open *h);

AUTO_RELEASE(struct half_open, half_open_release)
