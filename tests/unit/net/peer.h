/*
 * A scripted HTTP peer on loopback, for tests: the n-th connection it takes plays the n-th script.
 *
 * A script is a list of answers: the peer reads one request (head and body by Content-Length), keeps it, sends the answer
 * as it stands, and so on; after the last it closes. An answer may be one of the PEER_ words.
 */
#pragma once

#include <openssl/ssl.h>

#include "base/str.h"

#define PEER_RESET "(reset)"   /* ends the connection with RST */
#define PEER_HANG "(hang)"     /* says nothing until the other side closes */
#define PEER_GREET "(unasked)" /* at the start: sends the next answer before any request */
#define PEER_STAY "(stay)"     /* at the end: waits for the other side to close */
#define PEER_MEET \
	"(meet)" /* at the start: waits until there is a connection for each script, then closes */

struct peer;

/* scripts[i] is a NULL-ended list; both lent. More connections than scripts are closed at once. tls may be NULL. */
struct peer *peer_new(const char *const *const *scripts, size_t count, SSL_CTX *tls);
void peer_free(struct peer *p); /* waits for its connections to end */

unsigned peer_port(const struct peer *p);
size_t peer_connections(struct peer *p);
void peer_requests(struct peer *p, struct strlist *out); /* in the order they came */
size_t peer_resumed(struct peer *p);                     /* TLS handshakes that were shortened */

/* A certificate for 127.0.0.1 and "localhost" from a new CA, whose certificate is written to ca_file. */
SSL_CTX *peer_tls(const char *ca_file, const char *name);

AUTO_FREE(struct peer, peer_free)
