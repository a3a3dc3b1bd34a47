/* By which text a rate limit counts whom: made of a request, and read as an operator writes it in a file of exceptions. */
#pragma once

#include "base/err.h"
#include "net/resolver.h"
#include "proto/ident.h"

/* "192.0.2.1", "2001:db8::1"; an IPv4 address that came over an IPv6 socket is one all the same. */
char *limit_key_address(const struct address *peer);
/* The IPv6 /48 of such a text; IPv4 stays as it is. */
char *limit_key_network(const char *address);
char *limit_key_account(int64_t account_id);
/* The registered domain, an IPv4 address, an IPv6 /64. */
char *limit_key_domain(const struct ident *i);
/* Short however many there are. */
char *limit_key_set(const struct idents *l);
/* "7:www.example.org": of a wildcard what it is below. */
char *limit_key_failures(int64_t account_id, const struct ident *i);

/* What is written to name one of them: the key as above. ERR_CONFIG says what is expected. */
MUST_CHECK struct err *limit_key_read_address(char **out, const char *written);
MUST_CHECK struct err *limit_key_read_network(char **out, const char *written);
MUST_CHECK struct err *limit_key_read_account(char **out, const char *written);
MUST_CHECK struct err *limit_key_read_domain(char **out, const char *written);
MUST_CHECK struct err *limit_key_read_set(char **out, const char *written); /* names by commas */
MUST_CHECK struct err *limit_key_read_failures(char **out, const char *written); /* "7", "7:NAME" */
