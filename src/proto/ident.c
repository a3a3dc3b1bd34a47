#include "proto/ident.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"

static const char *const type_names[] = { [IDENT_DNS] = "dns", [IDENT_IP] = "ip" };

#define DNS_NAME_MAX 253

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

/* Enough that the name can stand in a message, an environment variable or a file name: RFC 8555 §7.1.4 (A-labels). */
static bool is_dns_name(const char *s)
{
	size_t len = strlen(s);

	if (str_starts(s, "*."))
		s += 2;
	if (len > DNS_NAME_MAX || *s == '\0' || *s == '.' || strstr(s, "..") != NULL ||
	    str_ends(s, "."))
		return false;
	while (is_name_char(*s))
		s++;
	return *s == '\0';
}

static struct err *canonical_dns(char **out, const char *value)
{
	AUTO(free) char *name = xstrdup(value);

	str_lower(name);
	if (!is_dns_name(name))
		return err_new(ERR_PROTOCOL, "not a DNS name");
	*out = MOVE(name);
	return NULL;
}

/* RFC 8738 §3: the text form of RFC 1123 §2.1 or RFC 5952 §4. */
static struct err *canonical_ip(char **out, const char *value)
{
	unsigned char raw[sizeof(struct in6_addr)];
	char text[INET6_ADDRSTRLEN];
	int family = strchr(value, ':') != NULL ? AF_INET6 : AF_INET;

	if (inet_pton(family, value, raw) != 1 ||
	    inet_ntop(family, raw, text, sizeof(text)) == NULL)
		return err_new(ERR_PROTOCOL, "not an IP address");
	*out = xstrdup(text);
	return NULL;
}

static struct err *type_parse(enum ident_type *out, const char *word)
{
	AUTO(free) char *shown = str_printable(word, 64);

	for (size_t i = 0; i < ARRAY_LEN(type_names); i++) {
		if (!streq(type_names[i], word))
			continue;
		*out = (enum ident_type)i;
		return NULL;
	}
	return err_new(ERR_PROTOCOL, "unknown identifier type \"%s\"", shown);
}

struct err *ident_parse(struct ident *out, const json_t *obj)
{
	const char *type = NULL;
	const char *value = NULL;
	struct ident i = { 0 };

	TRY_WRAP(json_get_string(&type, obj, "type", JSON_REQUIRED), "identifier");
	TRY_WRAP(json_get_string(&value, obj, "value", JSON_REQUIRED), "identifier");
	TRY(type_parse(&i.type, type));
	struct err *e = i.type == IDENT_IP ? canonical_ip(&i.value, value)
					   : canonical_dns(&i.value, value);
	if (e != NULL) {
		AUTO(free) char *shown = str_printable(value, 64);

		return err_wrap(e, "identifier \"%s\"", shown);
	}
	*out = i;
	return NULL;
}

json_t *ident_render(const struct ident *i)
{
	json_t *obj = json_object();

	json_object_set_new(obj, "type", json_string(type_names[i->type]));
	json_object_set_new(obj, "value", json_string(i->value));
	return obj;
}

static void take(struct idents *l, struct ident i)
{
	l->items = xrealloc(l->items, l->count + 1, sizeof(*l->items));
	l->items[l->count++] = i;
}

struct err *idents_parse(struct idents *out, const json_t *array)
{
	AUTO(idents_release) struct idents l = { 0 };
	size_t count = json_array_size(array);

	if (count > LIMIT_IDENTIFIERS)
		return err_new(ERR_LIMIT, "%zu identifiers, at most %d are taken", count,
			       LIMIT_IDENTIFIERS);
	for (size_t n = 0; n < count; n++) {
		struct ident i = { 0 };

		TRY(ident_parse(&i, json_array_get(array, n)));
		take(&l, i);
	}
	*out = l;
	l = (struct idents){ 0 };
	return NULL;
}

json_t *idents_render(const struct idents *l)
{
	json_t *array = json_array();

	for (size_t i = 0; i < l->count; i++)
		json_array_append_new(array, ident_render(&l->items[i]));
	return array;
}

void idents_add(struct idents *l, enum ident_type type, const char *value)
{
	take(l, (struct ident){ .type = type, .value = xstrdup(value) });
}

void idents_from_names(struct idents *out, const struct cert_names *names)
{
	*out = (struct idents){ 0 };
	for (size_t i = 0; i < names->dns.count; i++)
		idents_add(out, IDENT_DNS, names->dns.items[i]);
	for (size_t i = 0; i < names->ip.count; i++)
		idents_add(out, IDENT_IP, names->ip.items[i]);
}

void idents_to_names(struct cert_names *out, const struct idents *l)
{
	*out = (struct cert_names){ 0 };
	for (size_t i = 0; i < l->count; i++) {
		const struct ident *id = &l->items[i];

		strlist_add(id->type == IDENT_IP ? &out->ip : &out->dns, id->value);
	}
}

void ident_blame(struct err *problem, const struct ident *i)
{
	free(problem->identifier);
	problem->identifier = str_printable(i->value, DNS_NAME_MAX);
	problem->identifier_type = type_names[i->type];
}

bool ident_same(const struct ident *a, const struct ident *b)
{
	return a->type == b->type && streq(a->value, b->value);
}

static bool has(const struct idents *l, const struct ident *i)
{
	for (size_t n = 0; n < l->count; n++)
		if (ident_same(&l->items[n], i))
			return true;
	return false;
}

static bool subset(const struct idents *part, const struct idents *whole)
{
	for (size_t i = 0; i < part->count; i++)
		if (!has(whole, &part->items[i]))
			return false;
	return true;
}

bool idents_same_set(const struct idents *a, const struct idents *b)
{
	return subset(a, b) && subset(b, a);
}

char *idents_summary(const struct idents *l)
{
	if (l->count == 0)
		return xstrdup("nothing");
	if (l->count == 1)
		return xstrdup(l->items[0].value);
	if (l->count == 2)
		return str_fmt("%s and %s", l->items[0].value, l->items[1].value);
	return str_fmt("%s and %zu more domains", l->items[0].value, l->count - 1);
}

void ident_release(struct ident *i)
{
	free(i->value);
	*i = (struct ident){ 0 };
}

void idents_release(struct idents *l)
{
	for (size_t i = 0; i < l->count; i++)
		ident_release(&l->items[i]);
	free(l->items);
	*l = (struct idents){ 0 };
}
