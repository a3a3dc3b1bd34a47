/*
 * A CA out of nothing: a directory with a root, an issuer below it, a certificate for the server itself, and the configuration
 * that names them. What is there already is never written over.
 */
#pragma once

#include "base/err.h"
#include "base/world.h"
#include "ca/setup/authority_files.h"

#define SETUP_CONFIG "signet-ca.conf"

struct setup {
	const char *dir;
	const char *name;   /* of the CA: "Example" makes "Example Root" and "Example Issuer" */
	const char *listen; /* "127.0.0.1:14000" */
	const char *http_listen; /* NULL: no plain HTTP, and certificates name no CRL */
	const char *url;         /* "https://ca.example.org"; NULL: "https://localhost:PORT" */
	const char *allow;       /* special networks to issue for, by commas */
	enum authority_keys keys;
};

/* ERR_USAGE: the directory has one of the files already, or an option is not what it should be. */
MUST_CHECK struct err *setup_make(const struct setup *s, const struct world *world);

/* "https://localhost:14000": where clients find it. */
MUST_CHECK struct err *setup_url(char **out, const struct setup *s);
