#include "ca/sign/lint.h"

#include "ca/policy/hostname.h"
#include "ca/sign/lint_extensions.h"
#include "ca/sign/serial.h"
#include "pki/sigalg.h"
#include "pki/spki.h"

#define COMMON_NAME_MAX 64 /* RFC 5280 A.1, ub-common-name */

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
		if (der_same(lint_text(list->items[i]), text))
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

	return der_same(l->f.common_name, lint_text(wanted != NULL ? wanted : ""));
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
		lint_check_extension(failed, &l, i);
}

void lint_names(struct strlist *out)
{
	strlist_add(out, "structure");
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		strlist_add(out, checks[i].name);
	for (size_t i = 0; i < LINT_EXT_COUNT; i++)
		lint_extension_names(out, i);
}
