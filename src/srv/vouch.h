/* Which names a certificate is good for, as a browser would have it: by its names, today, and by somebody else's signature. */
#pragma once

#include "base/str.h"
#include "pki/cert.h"

/* Do these names of a certificate hold for this one? "*.a.test" as a name is held by "*.a.test" alone. */
bool names_hold(const struct strlist *certified, const char *name);
/* One that signed itself is good for nobody but those who know it. */
bool cert_vouches(const struct cert *c, const char *name, time_t now);
