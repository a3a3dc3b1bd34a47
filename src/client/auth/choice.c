#include "client/auth/choice.h"

#include "base/buf.h"
#include "base/limits.h"

/* Types whose proof is matched leave an authenticator nothing to publish. */
static bool can_answer(const struct plugin *p, const struct challenge_type *type)
{
	const struct authenticator_ops *a = p->authenticator;

	unsigned media = a->media | (type->historical ? a->historical_media : 0);

	return type->match == NULL && (media & 1u << type->medium) != 0;
}

static bool fits(const struct challenge_type *type, const struct authz *a, const struct plugin *p)
{
	if (!can_answer(p, type))
		return false;
	if (a->wildcard && !type->wildcard)
		return false;
	return a->ident.type != IDENT_IP || type->ip;
}

/* The first challenge of that type that p can answer. */
static struct acme_challenge *offered(struct acme_authz *a, const struct challenge_type *type,
				      const struct plugin *p)
{
	if (!fits(type, authz_of(a), p))
		return NULL;
	for (size_t i = 0; i < acme_authz_challenge_count(a); i++) {
		struct acme_challenge *c = acme_authz_challenge(a, i);

		if (challenge_of(c)->known == type)
			return c;
	}
	return NULL;
}

static struct acme_challenge *by_wish(struct acme_authz *a, const struct plugin *p,
				      const struct strlist *wishes)
{
	struct acme_challenge *found = NULL;

	for (size_t i = 0; i < wishes->count && found == NULL; i++) {
		const struct challenge_type *type = challenge_type_by_name(wishes->items[i]);

		if (type != NULL)
			found = offered(a, type, p);
	}
	return found;
}

static struct acme_challenge *by_medium(struct acme_authz *a, const struct plugin *p,
					enum medium medium)
{
	struct acme_challenge *found = NULL;

	for (size_t i = 0; i < challenge_type_count && found == NULL; i++)
		if (challenge_types[i]->medium == medium && !challenge_types[i]->historical)
			found = offered(a, challenge_types[i], p);
	return found;
}

static struct acme_challenge *by_preference(struct acme_authz *a, const struct plugin *p)
{
	struct acme_challenge *found = NULL;

	for (const enum medium *m = p->authenticator->preference;
	     *m != MEDIUM_COUNT && found == NULL; m++)
		found = by_medium(a, p, *m);
	return found;
}

static bool only_dns_is_offered(struct acme_authz *a)
{
	for (size_t i = 0; i < acme_authz_challenge_count(a); i++) {
		const struct challenge_type *type = challenge_of(acme_authz_challenge(a, i))->known;

		if (type != NULL && type->medium != MEDIUM_DNS)
			return false;
	}
	return true;
}

/* Can p do any of the types that are wished for? Without a wish: yes. */
static bool can_fulfil(const struct plugin *p, const struct strlist *wishes)
{
	for (size_t i = 0; i < wishes->count; i++) {
		const struct challenge_type *type = challenge_type_by_name(wishes->items[i]);

		if (type != NULL && can_answer(p, type))
			return true;
	}
	return wishes->count == 0;
}

static void add_able(struct strlist *out, const struct challenge_type *type)
{
	for (size_t i = 0; i < plugin_count; i++)
		if (plugins[i]->authenticator != NULL && can_answer(plugins[i], type))
			(void)strlist_add_unique(out, plugins[i]->name);
}

/* "manual or standalone" */
static char *able_to_any(const struct strlist *wishes)
{
	AUTO(strlist_release) struct strlist able = { 0 };

	for (size_t i = 0; i < wishes->count; i++) {
		const struct challenge_type *type = challenge_type_by_name(wishes->items[i]);

		if (type != NULL)
			add_able(&able, type);
	}
	return able.count > 0 ? strlist_join(&able, " or ") : xstrdup("another authenticator");
}

static struct err *wrong_plugin(const struct plugin *p, const struct strlist *wishes)
{
	AUTO(free) char *wished = strlist_join(wishes, ", ");
	AUTO(free) char *able = able_to_any(wishes);

	return err_new(
		ERR_CHALLENGE,
		"None of the preferred challenges (%s) are supported by the %s authenticator; change "
		"--preferred-challenges, or choose who can do one: -a %s",
		wished, p->name, able);
}

static struct err *none_fits(struct acme_authz *a, const struct plugin *p,
			     const struct options *opt)
{
	AUTO(strlist_release) struct strlist types = { 0 };
	AUTO(free) char *name = authz_name(authz_of(a));
	const char *way_out = "choose another authenticator";

	for (size_t i = 0; i < acme_authz_challenge_count(a); i++)
		strlist_take(&types,
			     str_printable(acme_challenge_type(acme_authz_challenge(a, i)), 64));
	AUTO(free) char *joined = strlist_join(&types, ", ");

	if (only_dns_is_offered(a))
		way_out =
			"you may need an authenticator that can do challenges over DNS, such as -a manual";
	else if (opt->preferred_challenges.count > 0)
		way_out = "widen --preferred-challenges or choose another authenticator";
	return err_new(
		ERR_CHALLENGE,
		"%s: the %s authenticator can do none of the challenges that the CA offers (%s); %s",
		name, p->name, joined, way_out);
}

struct err *choose_challenge(struct acme_challenge **out, struct acme_authz *a,
			     const struct plugin *p, const struct options *opt)
{
	struct acme_challenge *found = opt->preferred_challenges.count > 0
					     ? by_wish(a, p, &opt->preferred_challenges)
					     : by_preference(a, p);

	if (!can_fulfil(p, &opt->preferred_challenges))
		return wrong_plugin(p, &opt->preferred_challenges);
	if (found == NULL)
		return none_fits(a, p, opt);
	*out = found;
	return NULL;
}
