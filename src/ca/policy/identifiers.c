#include "ca/policy/identifiers.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/limits.h"
#include "ca/config/config.h"
#include "ca/policy/hostname.h"
#include "ca/policy/network.h"
#include "proto/problem.h"
#include "va/address.h"

#define SHOWN 80
#define ALL_LENGTHS_MAX 10000 /* ca.md 5.6 */

static const char *const type_names[] = { [IDENT_DNS] = "dns", [IDENT_IP] = "ip" };

static struct err *read_type(enum ident_type *out, const char *word)
{
	AUTO(free) char *shown = str_printable(word, SHOWN);

	for (size_t i = 0; i < ARRAY_LEN(type_names); i++) {
		if (!streq(type_names[i], word))
			continue;
		*out = (enum ident_type)i;
		return NULL;
	}
	return problem_new("unsupportedIdentifier",
			   "identifiers of type \"%s\" are not taken here, only dns and ip", shown);
}

static struct err *read_texts(const char **type, const char **value, const json_t *obj)
{
	*type = json_string_value(json_object_get(obj, "type"));
	*value = json_string_value(json_object_get(obj, "value"));
	if (*type == NULL || *value == NULL)
		return problem_new("malformed", "an identifier has two texts, type and value");
	return NULL;
}

/* One {"type", "value"}, its value in lower case and not empty. */
static struct err *read_one(struct ident *out, const json_t *obj)
{
	enum ident_type kind = IDENT_DNS;
	const char *type = NULL;
	const char *value = NULL;

	TRY(read_texts(&type, &value, obj));
	TRY(read_type(&kind, type));
	if (*value == '\0')
		return problem_new("malformed", "an identifier has an empty value");
	out->type = kind;
	out->value = xstrdup(value);
	str_lower(out->value);
	return NULL;
}

/* Names before addresses, each by their bytes. */
static int by_order(const void *a, const void *b)
{
	const struct ident *x = a;
	const struct ident *y = b;

	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	return strcmp(x->value, y->value);
}

static void sort_once(struct idents *l)
{
	size_t kept = 0;

	qsort(l->items, l->count, sizeof(*l->items), by_order);
	for (size_t i = 0; i < l->count; i++)
		if (kept > 0 && ident_same(&l->items[kept - 1], &l->items[i]))
			ident_release(&l->items[i]);
		else
			l->items[kept++] = l->items[i];
	l->count = kept;
}

static struct err *read_all(struct idents *out, const json_t *array)
{
	size_t count = json_array_size(array);
	size_t bytes = 0;

	if (count == 0)
		return problem_new("malformed", "\"identifiers\" is missing, no list, or empty");
	if (count > LIMIT_IDENTIFIERS)
		return problem_new("malformed", "%zu identifiers; %d are the most that are read",
				   count, LIMIT_IDENTIFIERS);
	for (size_t i = 0; i < count; i++) {
		struct ident one = { 0 };

		TRY(read_one(&one, json_array_get(array, i)));
		bytes += strlen(one.value);
		idents_add(out, one.type, one.value);
		ident_release(&one);
	}
	if (bytes > ALL_LENGTHS_MAX)
		return problem_new("malformed",
				   "the identifiers have %zu characters; %d are the most", bytes,
				   ALL_LENGTHS_MAX);
	return NULL;
}

struct err *identifiers_read(struct idents *out, const json_t *payload)
{
	AUTO(idents_release) struct idents l = { 0 };

	TRY(read_all(&l, json_object_get(payload, "identifiers")));
	sort_once(&l);
	*out = l;
	l = (struct idents){ 0 };
	return NULL;
}

typedef struct err *check_fn(const struct policy *p, const struct ident *i);

static struct err *about(struct err *why, const struct ident *i)
{
	AUTO(free) char *shown = str_printable(i->value, SHOWN);
	struct err *e = problem_new("rejectedIdentifier", "no certificate for \"%s\": %s", shown,
				    why->msg);

	ident_blame(e, i);
	err_free(why);
	return e;
}

/* RFC 8555 §6.7.1: several refusals are subproblems; the text of the first leads. */
static struct err *check_each(check_fn *check, const struct policy *p, const struct idents *l)
{
	AUTO(err_free) struct err *all = err_new(ERR_PROBLEM, "all");

	for (size_t i = 0; i < l->count; i++) {
		struct err *why = check(p, &l->items[i]);

		if (why != NULL)
			err_add_subproblem(all, about(why, &l->items[i]));
	}
	if (all->subproblem_count == 0)
		return NULL;
	if (all->subproblem_count == 1)
		return problem_copy(all->subproblems[0]);
	struct err *first = problem_new("rejectedIdentifier",
					"%s (and %zu more; see the subproblems)",
					all->subproblems[0]->detail, all->subproblem_count - 1);

	for (size_t i = 0; i < all->subproblem_count && i < LIMIT_PROBLEM_SUBPROBLEMS; i++)
		err_add_subproblem(first, problem_copy(all->subproblems[i]));
	return first;
}

/* RFC 8738 §3: the form of RFC 1123 §2.1 or RFC 5952 §4, and no other. */
static struct err *check_address(const struct policy *p, const char *value)
{
	unsigned char raw[16];
	char text[INET6_ADDRSTRLEN];
	struct address a;
	int family = strchr(value, ':') != NULL ? AF_INET6 : AF_INET;

	if (inet_pton(family, value, raw) != 1)
		return err_new(ERR_USAGE, "it is no IP address");
	if (inet_ntop(family, raw, text, sizeof(text)) == NULL || !streq(text, value))
		return err_new(ERR_USAGE, "the address is written %s", text);
	if (!address_parse(&a, value, 0))
		return err_new(ERR_USAGE, "it is no IP address");
	const char *refused = address_refused(p->addresses, &a);

	return refused != NULL ? err_new(ERR_USAGE, "it is in a reserved network, %s", refused)
			       : NULL;
}

static struct err *check_name(const struct policy *p, const char *value)
{
	const struct policy_config *c = &p->config->policy;

	if (str_starts(value, "*.") && !c->wildcard)
		return err_new(ERR_USAGE, "wildcards are not issued here");
	return hostname_check(value, c->private_names);
}

static struct err *check_form(const struct policy *p, const struct ident *i)
{
	const struct policy_config *c = &p->config->policy;

	if (i->type == IDENT_DNS ? !c->dns : !c->ip)
		return err_new(ERR_USAGE, "identifiers of type %s are not issued here",
			       type_names[i->type]);
	return i->type == IDENT_DNS ? check_name(p, i->value) : check_address(p, i->value);
}

struct err *identifiers_check_form(const struct policy *p, const struct idents *l)
{
	return check_each(check_form, p, l);
}

static bool is_below(const char *name, const char *suffix)
{
	AUTO(free) char *dotted = str_fmt(".%s", suffix);

	return streq(name, suffix) || str_ends(name, dotted);
}

static bool below_any(const char *name, const struct strlist *suffixes)
{
	for (size_t i = 0; i < suffixes->count; i++)
		if (is_below(name, suffixes->items[i]))
			return true;
	return false;
}

/* "*.example.org" covers what has one label more than "example.org". */
static bool covers(const char *wildcard, const char *name)
{
	const char *dot = strchr(name, '.');

	return str_starts(wildcard, "*.") && !str_starts(name, "*.") && dot != NULL &&
	       streq(dot + 1, wildcard + 2);
}

static bool is_denied_exactly(const struct policy_config *c, const char *name)
{
	for (size_t i = 0; i < c->deny_exact.count; i++)
		if (streq(c->deny_exact.items[i], name) || covers(name, c->deny_exact.items[i]))
			return true;
	return false;
}

static struct err *check_lists(const struct policy *p, const struct ident *i)
{
	const struct policy_config *c = &p->config->policy;
	const char *base = str_starts(i->value, "*.") ? i->value + 2 : i->value;

	if (i->type == IDENT_IP)
		return networks_have(p->denied, i->value)
			     ? err_new(ERR_USAGE, "forbidden by policy")
			     : NULL;
	if (hostname_repeats(base, &c->on_demand_labels))
		return err_new(ERR_USAGE, "it looks as if labels were added without end");
	if (below_any(base, &c->deny) || is_denied_exactly(c, i->value))
		return err_new(ERR_USAGE, "forbidden by policy");
	if (c->allow.count > 0 && !below_any(base, &c->allow))
		return err_new(ERR_USAGE, "it is in none of the domains that are issued for here");
	return NULL;
}

struct err *identifiers_check_lists(const struct policy *p, const struct idents *l)
{
	return check_each(check_lists, p, l);
}

struct err *identifiers_check_overlap(const struct idents *l)
{
	for (size_t i = 0; i < l->count; i++)
		for (size_t n = 0; n < l->count && str_starts(l->items[i].value, "*."); n++)
			if (covers(l->items[i].value, l->items[n].value))
				return problem_new(
					"malformed",
					"\"%s\" is redundant: \"%s\" stands for it already",
					l->items[n].value, l->items[i].value);
	return NULL;
}

static bool certifies(const struct cert_names *certified, const struct ident *i)
{
	if (i->type == IDENT_IP)
		return strlist_has(&certified->ip, i->value);
	for (size_t n = 0; n < certified->dns.count; n++)
		if (streq(certified->dns.items[n], i->value) ||
		    covers(certified->dns.items[n], i->value))
			return true;
	return false;
}

bool identifiers_share(const struct idents *ordered, const struct cert_names *certified)
{
	for (size_t i = 0; i < ordered->count; i++)
		if (certifies(certified, &ordered->items[i]))
			return true;
	return false;
}
