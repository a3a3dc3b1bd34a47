#include "ca/sign/lint_extensions.h"

#include <assert.h>
#include <openssl/objects.h>

#include "ca/sign/oids.h"
#include "ca/sign/tbs.h"
#include "pki/spki.h"

#define TAG_URI DER_CONTEXT(6)

static bool always(const struct lint *l)
{
	(void)l;
	return true;
}

static bool never(const struct lint *l)
{
	(void)l;
	return false;
}

static bool by_profile_key_id(const struct lint *l)
{
	return l->c->profile->subject_key_id;
}

static bool by_profile_policies(const struct lint *l)
{
	return l->c->profile->policies.count > 0;
}

static bool by_caissuers_url(const struct lint *l)
{
	return l->c->issuer->config->caissuers_url != NULL;
}

static bool by_crl_url(const struct lint *l)
{
	return l->c->issuer->config->crl_url != NULL;
}

static bool without_subject(const struct lint *l)
{
	return l->f.attributes == 0;
}

static bool is_rsa(const struct lint *l)
{
	struct key_numbers n;

	return spki_numbers(&n, l->f.spki) && n.type->kind == KEY_RSA;
}

static bool key_usage_value(const struct lint *l, struct der v)
{
	bool encipherment = l->c->profile->key_encipherment && is_rsa(l);

	return der_same(v, encipherment ? DER_OF("\x03\x02\x05\xa0", 4)
					: DER_OF("\x03\x02\x07\x80", 4));
}

static bool extended_key_usage_value(const struct lint *l, struct der v)
{
	static const struct der server_auth = OID_SERVER_AUTH;
	struct der list, oid;

	(void)l;
	return der_take(&v, DER_SEQUENCE, &list) && v.len == 0 && der_take(&list, DER_OID, &oid) &&
	       list.len == 0 && der_same(oid, server_auth);
}

static bool basic_constraints_value(const struct lint *l, struct der v)
{
	(void)l;
	return der_same(v, DER_OF("\x30\x00", 2));
}

static bool subject_key_id_value(const struct lint *l, struct der v)
{
	unsigned char wanted[KEY_ID_BYTES];
	struct der id;

	return der_take(&v, DER_OCTET_STRING, &id) && v.len == 0 && key_id_of(wanted, l->f.spki) &&
	       der_same(id, DER_OF(wanted, sizeof(wanted)));
}

static bool authority_key_id_value(const struct lint *l, struct der v)
{
	const struct buf *wanted = &l->c->issuer->key_id;
	struct der body, id;

	return der_take(&v, DER_SEQUENCE, &body) && v.len == 0 &&
	       der_take(&body, DER_CONTEXT(0), &id) && body.len == 0 &&
	       der_same(id, DER_OF(wanted->data, wanted->len));
}

static bool authority_info_access_value(const struct lint *l, struct der v)
{
	static const struct der ca_issuers = OID_CA_ISSUERS;
	const char *wanted = l->c->issuer->config->caissuers_url;
	struct der list, description, oid, url;

	return der_take(&v, DER_SEQUENCE, &list) && v.len == 0 &&
	       der_take(&list, DER_SEQUENCE, &description) && list.len == 0 &&
	       der_take(&description, DER_OID, &oid) && der_same(oid, ca_issuers) &&
	       der_take(&description, TAG_URI, &url) && description.len == 0 &&
	       der_same(url, lint_text(wanted != NULL ? wanted : ""));
}

static bool subject_alt_name_value(const struct lint *l, struct der v)
{
	AUTO(cert_names_release) struct cert_names wanted = { 0 };

	(void)v;
	idents_to_names(&wanted, &l->c->plan->idents);
	return l->f.names_readable && !l->f.other_names &&
	       strlist_same(&l->f.names.dns, &wanted.dns) &&
	       strlist_same(&l->f.names.ip, &wanted.ip);
}

static bool is_oid(struct der oid, const char *text)
{
	ASN1_OBJECT *o = OBJ_txt2obj(text, 1);
	bool same = o != NULL && der_same(oid, DER_OF(OBJ_get0_data(o), OBJ_length(o)));

	ASN1_OBJECT_free(o);
	return same;
}

static bool policies_value(const struct lint *l, struct der v)
{
	const struct strlist *wanted = &l->c->profile->policies;
	struct der list, policy, oid;

	if (!der_take(&v, DER_SEQUENCE, &list) || v.len > 0)
		return false;
	for (size_t i = 0; i < wanted->count; i++)
		if (!der_take(&list, DER_SEQUENCE, &policy) || !der_take(&policy, DER_OID, &oid) ||
		    policy.len > 0 || !is_oid(oid, wanted->items[i]))
			return false;
	return list.len == 0;
}

static bool crl_points_value(const struct lint *l, struct der v)
{
	AUTO(free) char *wanted = issuer_crl_url(l->c->issuer->config, l->c->plan->shard);
	struct der list, point, name, full, url;

	return der_take(&v, DER_SEQUENCE, &list) && v.len == 0 &&
	       der_take(&list, DER_SEQUENCE, &point) && list.len == 0 &&
	       der_take(&point, DER_CONSTRUCTED(0), &name) && point.len == 0 &&
	       der_take(&name, DER_CONSTRUCTED(0), &full) && name.len == 0 &&
	       der_take(&full, TAG_URI, &url) && full.len == 0 &&
	       der_same(url, lint_text(wanted != NULL ? wanted : ""));
}

static const struct {
	const char *name;
	const char *source; /* RFC 5280 */
	bool (*wanted)(const struct lint *l);
	bool (*critical)(const struct lint *l);
	bool (*value)(const struct lint *l, struct der v);
} ext_checks[] = {
	[LINT_KEY_USAGE] = { "key_usage", "4.2.1.3", always, always, key_usage_value },
	[LINT_EXTENDED_KEY_USAGE] = { "extended_key_usage", "4.2.1.12", always, never,
				      extended_key_usage_value },
	[LINT_BASIC_CONSTRAINTS] = { "basic_constraints", "4.2.1.9", always, always,
				     basic_constraints_value },
	[LINT_SUBJECT_KEY_ID] = { "subject_key_id", "4.2.1.2", by_profile_key_id, never,
				  subject_key_id_value },
	[LINT_AUTHORITY_KEY_ID] = { "authority_key_id", "4.2.1.1", always, never,
				    authority_key_id_value },
	[LINT_AUTHORITY_INFO_ACCESS] = { "authority_info_access", "4.2.2.1", by_caissuers_url,
					 never, authority_info_access_value },
	[LINT_SUBJECT_ALT_NAME] = { "subject_alt_name", "4.2.1.6", always, without_subject,
				    subject_alt_name_value },
	[LINT_POLICIES] = { "policies", "4.2.1.4", by_profile_policies, never, policies_value },
	[LINT_CRL_POINTS] = { "crl_points", "4.2.1.13", by_crl_url, never, crl_points_value },
};
static_assert(ARRAY_LEN(ext_checks) == LINT_EXT_COUNT, "a row for each extension");

static void add_name(struct strlist *out, size_t i, const char *aspect)
{
	strlist_take(out, str_fmt("%s.%s", ext_checks[i].name, aspect));
}

void lint_check_extension(struct strlist *failed, const struct lint *l, size_t i)
{
	const struct lint_extension *e = &l->f.ext[i];

	if (e->present != ext_checks[i].wanted(l))
		add_name(failed, i, "presence");
	if (!e->present)
		return;
	if (e->critical != ext_checks[i].critical(l))
		add_name(failed, i, "criticality");
	if (ext_checks[i].wanted(l) && !ext_checks[i].value(l, e->value))
		add_name(failed, i, "value");
}

void lint_extension_names(struct strlist *out, size_t i)
{
	add_name(out, i, "presence");
	add_name(out, i, "criticality");
	add_name(out, i, "value");
}
