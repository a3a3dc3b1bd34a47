#include "ca/sign/lint.h"

#include <assert.h>
#include <openssl/objects.h>
#include <string.h>

#include "ca/policy/hostname.h"
#include "ca/sign/lint_facts.h"
#include "ca/sign/oids.h"
#include "ca/sign/serial.h"
#include "ca/sign/tbs.h"
#include "pki/sigalg.h"
#include "pki/spki.h"

#define COMMON_NAME_MAX 64 /* RFC 5280 A.1, ub-common-name */
#define TAG_URI DER_CONTEXT(6)

struct lint {
	const struct lint_case *c;
	struct lint_facts f;
};

static struct der der_of_text(const char *text)
{
	return DER_OF(text, strlen(text));
}

/* --- the fields; each true: nothing to complain about */

static bool version_is_3(const struct lint *l)
{
	return l->f.version.len == 1 && l->f.version.at[0] == 2;
}

static bool serial_form(const struct lint *l)
{
	struct der s = l->f.serial;

	if (s.len == 0 || s.len > SERIAL_BYTES_MAX || s.at[0] >= 0x80)
		return false;
	return s.at[0] != 0 || (s.len > 1 && s.at[1] >= 0x80);
}

static bool serial_as_planned(const struct lint *l)
{
	AUTO(buf_release) struct buf hex = BUF_INIT(128);

	for (size_t i = 0; i < l->f.serial.len; i++)
		buf_addf(&hex, "%02x", l->f.serial.at[i]);
	return streq(buf_str(&hex), l->c->plan->serial) || !serial_form(l);
}

static bool algorithms_agree(const struct lint *l)
{
	return der_same(l->f.algorithm, l->f.outer_algorithm);
}

static bool algorithm_of_issuer(const struct lint *l)
{
	return der_same(l->f.algorithm, sigalg_of(l->c->issuer->type));
}

static bool issuer_name(const struct lint *l)
{
	return der_same(l->f.issuer, DER_OF(l->c->issuer->subject.data, l->c->issuer->subject.len));
}

static bool time_type(const struct lint_time *t)
{
	return (t->tag == DER_GENERALIZED_TIME) == (t->at >= time_from_utc(2050, 1, 1, 0));
}

static bool validity_types(const struct lint *l)
{
	return time_type(&l->f.not_before) && time_type(&l->f.not_after);
}

static bool validity_order(const struct lint *l)
{
	return l->f.not_before.at < l->f.not_after.at;
}

static bool validity_within_issuer(const struct lint *l)
{
	return l->f.not_before.at >= l->c->issuer->cert->not_before &&
	       l->f.not_after.at <= l->c->issuer->cert->not_after;
}

/* Both ends count (RFC 5280 §4.1.2.5, BR 1.6.1 "Validity Period"). */
static bool validity_within_profile(const struct lint *l)
{
	return l->f.not_after.at - l->f.not_before.at + 1 <= l->c->profile->lifetime_s;
}

static bool validity_as_planned(const struct lint *l)
{
	return l->f.not_before.at == l->c->plan->not_before &&
	       l->f.not_after.at == l->c->plan->not_after;
}

/* Nothing, or one common name. */
static bool subject_form(const struct lint *l)
{
	const struct lint_facts *f = &l->f;

	if (f->attributes == 0)
		return true;
	return f->attributes == 1 && f->common_name.len > 0 &&
	       f->common_name.len <= COMMON_NAME_MAX;
}

static bool list_has(const struct strlist *list, struct der text)
{
	for (size_t i = 0; i < list->count; i++)
		if (der_same(der_of_text(list->items[i]), text))
			return true;
	return false;
}

static bool subject_is_a_name(const struct lint *l)
{
	return l->f.common_name.len == 0 || !l->f.names_readable ||
	       list_has(&l->f.names.dns, l->f.common_name) ||
	       list_has(&l->f.names.ip, l->f.common_name);
}

static bool subject_as_planned(const struct lint *l)
{
	const char *wanted = l->c->plan->common_name;

	return der_same(l->f.common_name, der_of_text(wanted != NULL ? wanted : ""));
}

static bool public_key_form(const struct lint *l)
{
	AUTO(buf_release) struct buf again = BUF_INIT(SPKI_BYTES_MAX);
	struct key_numbers n;

	if (!spki_numbers(&n, l->f.spki))
		return false;
	spki_add(&again, &n);
	return der_same(l->f.spki, DER_OF(again.data, again.len));
}

static bool public_key_as_planned(const struct lint *l)
{
	return der_same(l->f.spki, DER_OF(l->c->plan->spki, l->c->plan->spki_len));
}

static bool no_unique_ids(const struct lint *l)
{
	return !l->f.unique_ids;
}

static bool extensions_once(const struct lint *l)
{
	return l->f.twins == 0;
}

static bool extensions_known(const struct lint *l)
{
	return l->f.strangers == 0;
}

/* Names of hosts; wildcards stand alone at the left (BR 7.1.4.2). What policy allows was asked before, with the order. */
static bool names_form(const struct lint *l)
{
	for (size_t i = 0; i < l->f.names.dns.count; i++) {
		AUTO(err_free) struct err *e = hostname_check(l->f.names.dns.items[i], true);

		if (e != NULL)
			return false;
	}
	return true;
}

static const struct {
	const char *name;
	const char *source;
	bool (*good)(const struct lint *l);
} checks[] = {
	{ "version", "RFC 5280 4.1.2.1", version_is_3 },
	{ "serial.form", "RFC 5280 4.1.2.2", serial_form },
	{ "serial.as_planned", "plan", serial_as_planned },
	{ "algorithm.agrees", "RFC 5280 4.1.1.2", algorithms_agree },
	{ "algorithm.of_issuer", "BR 7.1.3.2", algorithm_of_issuer },
	{ "issuer.name", "RFC 5280 4.1.2.4", issuer_name },
	{ "validity.types", "RFC 5280 4.1.2.5", validity_types },
	{ "validity.order", "RFC 5280 4.1.2.5", validity_order },
	{ "validity.within_issuer", "RFC 5280 6.1.3", validity_within_issuer },
	{ "validity.within_profile", "profile", validity_within_profile },
	{ "validity.as_planned", "plan", validity_as_planned },
	{ "subject.form", "BR 7.1.2.7.2", subject_form },
	{ "subject.is_a_name", "BR 7.1.4.3", subject_is_a_name },
	{ "subject.as_planned", "plan", subject_as_planned },
	{ "public_key.form", "BR 7.1.3.1", public_key_form },
	{ "public_key.as_planned", "plan", public_key_as_planned },
	{ "unique_ids", "RFC 5280 4.1.2.8", no_unique_ids },
	{ "extensions.once", "RFC 5280 4.2", extensions_once },
	{ "extensions.known", "profile", extensions_known },
	{ "subject_alt_name.form", "BR 7.1.4.2", names_form },
};

/* --- the extensions: when one is there, whether it is critical, what it says */

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
	       der_same(url, der_of_text(wanted != NULL ? wanted : ""));
}

static bool same_list(const struct strlist *a, const struct strlist *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!streq(a->items[i], b->items[i]))
			return false;
	return true;
}

static bool subject_alt_name_value(const struct lint *l, struct der v)
{
	AUTO(cert_names_release) struct cert_names wanted = { 0 };

	(void)v;
	idents_to_names(&wanted, &l->c->plan->idents);
	return l->f.names_readable && !l->f.other_names &&
	       same_list(&l->f.names.dns, &wanted.dns) && same_list(&l->f.names.ip, &wanted.ip);
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
	       der_same(url, der_of_text(wanted != NULL ? wanted : ""));
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

static void check_extension(struct strlist *failed, const struct lint *l, size_t i)
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

void lint_certificate(struct strlist *failed, const struct lint_case *c, const void *der,
		      size_t len)
{
	AUTO(lint_facts_release) struct lint_facts loan = { 0 };
	struct lint l = { .c = c };

	if (!lint_facts_read(&loan, der, len)) {
		strlist_add(failed, "structure");
		return;
	}
	l.f = loan;
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		if (!checks[i].good(&l))
			strlist_add(failed, checks[i].name);
	for (size_t i = 0; i < LINT_EXT_COUNT; i++)
		check_extension(failed, &l, i);
}

void lint_names(struct strlist *out)
{
	strlist_add(out, "structure");
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		strlist_add(out, checks[i].name);
	for (size_t i = 0; i < LINT_EXT_COUNT; i++) {
		add_name(out, i, "presence");
		add_name(out, i, "criticality");
		add_name(out, i, "value");
	}
}
