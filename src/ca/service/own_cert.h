/*
 * The certificate that the server itself shows, where an issuer of this CA has signed it: made by `init` and `server-cert`, not by an
 * order. The store is told of it, so that it can be revoked like any other. From the main thread's loop.
 */
#pragma once

#include <openssl/ssl.h>

#include "ca/ca.h"

struct mailbox;
struct own_cert;

struct own_cert *own_cert_new(struct mailbox *mailbox);
/* What is shown from now on; tls may be NULL. */
void own_cert_use(struct own_cert *o, const struct ca *ca, const SSL_CTX *tls);
bool own_cert_is_idle(const struct own_cert *o);
void own_cert_free(struct own_cert *o);
