/*
 * The Public Suffix List, as libpsl carries it. Only its ICANN section counts, as for Let's Encrypt: the section of private
 * domains (github.io) says nothing about who may get a certificate. Names are lower case A-labels without trailing dot.
 */
#pragma once

#include <stdbool.h>

/* The suffix under which name stands ("co.uk" of "www.example.co.uk"; name itself when it is one), or NULL. A loan of name. */
const char *psl_icann_suffix(const char *name);
/* Is name one of the list's suffixes ("co.uk")? */
bool psl_is_icann_suffix(const char *name);
/*
 * The suffix and one label more ("example.co.uk"): whom a limit counts. A name that is a suffix itself, or under none, is
 * counted as itself or by its last two labels. A loan of name.
 */
const char *psl_registered_domain(const char *name);
