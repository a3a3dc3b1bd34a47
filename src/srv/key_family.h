/* The kind of key of a certificate that a server's configuration names. */
#pragma once

/* "RSA", "ECDSA": of the first certificate in the file. NULL: there is none, or it cannot be read. */
const char *key_family_of(const char *path);
