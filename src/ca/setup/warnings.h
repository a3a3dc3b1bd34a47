/* What a CA that works should be told all the same: what ends soon, and what is not set. Lines for people. */
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "ca/config/config.h"

struct sign;
struct warnings;

/* Reads the server's certificate. config and sign outlive it. Any thread may read it. */
struct warnings *warnings_new(const struct ca_config *config, const struct sign *sign);
void warnings_free(struct warnings *w);

/* Of certificates that end soon or have ended: the issuers', the server's. */
void warnings_of_ends(struct strlist *out, const struct warnings *w, time_t now);
/* And of the configuration. */
void warnings_all(struct strlist *out, const struct warnings *w, time_t now);

AUTO_FREE(struct warnings, warnings_free)
