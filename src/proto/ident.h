/* Identifiers (RFC 8555 §9.7.7 dns, RFC 8738 ip). */
#pragma once

#include "base/err.h"
#include "base/json.h"
#include "pki/names.h"

enum ident_type { IDENT_DNS, IDENT_IP };

struct ident {
	enum ident_type type;
	char *value; /* canonical; a wildcard keeps its "*." in an order and loses it in an authorization */
};

struct idents {
	struct ident *items;
	size_t count;
};

MUST_CHECK struct err *ident_parse(struct ident *out, const json_t *obj); /* unknown types: ERR_PROTOCOL */
json_t *ident_render(const struct ident *i);
MUST_CHECK struct err *idents_parse(struct idents *out, const json_t *array);
json_t *idents_render(const struct idents *l);
void idents_from_names(struct idents *out, const struct cert_names *names);
void idents_to_names(struct cert_names *out, const struct idents *l);
void idents_add(struct idents *l, enum ident_type type, const char *value);
bool ident_same(const struct ident *a, const struct ident *b);
bool idents_same_set(const struct idents *a, const struct idents *b);
/* A problem is about this one (RFC 8555 §6.7.1): its value, made printable, and its type. */
void ident_blame(struct err *problem, const struct ident *i);
/* "A", "A and B", "A and 3 more domains" for people */
char *idents_summary(const struct idents *l);
void ident_release(struct ident *i);
void idents_release(struct idents *l);
AUTO_RELEASE(struct ident, ident_release)
AUTO_RELEASE(struct idents, idents_release)
