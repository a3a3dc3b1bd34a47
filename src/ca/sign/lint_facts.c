#include "ca/sign/lint_facts.h"

#include <assert.h>
#include <string.h>

#include "ca/sign/oids.h"

static const struct der oids[] = {
	[LINT_KEY_USAGE] = OID_KEY_USAGE,
	[LINT_EXTENDED_KEY_USAGE] = OID_EXTENDED_KEY_USAGE,
	[LINT_BASIC_CONSTRAINTS] = OID_BASIC_CONSTRAINTS,
	[LINT_SUBJECT_KEY_ID] = OID_SUBJECT_KEY_ID,
	[LINT_AUTHORITY_KEY_ID] = OID_AUTHORITY_KEY_ID,
	[LINT_AUTHORITY_INFO_ACCESS] = OID_AUTHORITY_INFO_ACCESS,
	[LINT_SUBJECT_ALT_NAME] = OID_SUBJECT_ALT_NAME,
	[LINT_POLICIES] = OID_CERTIFICATE_POLICIES,
	[LINT_CRL_POINTS] = OID_CRL_DISTRIBUTION_POINTS,
};
static_assert(ARRAY_LEN(oids) == LINT_EXT_COUNT, "an identifier for each extension");

static bool read_time(struct der *in, struct lint_time *out)
{
	if (in->len == 0)
		return false;
	out->tag = in->at[0];
	return der_time(in, &out->at);
}

static bool read_validity(struct der *in, struct lint_facts *f)
{
	struct der body;

	return der_take(in, DER_SEQUENCE, &body) && read_time(&body, &f->not_before) &&
	       read_time(&body, &f->not_after) && body.len == 0;
}

static bool read_version(struct der *in, struct lint_facts *f)
{
	struct der body;

	if (in->len == 0 || in->at[0] != DER_CONSTRUCTED(0))
		return true;
	return der_take(in, DER_CONSTRUCTED(0), &body) &&
	       der_take(&body, DER_INTEGER, &f->version) && body.len == 0;
}

static bool read_attribute(struct lint_facts *f, struct der attribute)
{
	static const struct der common_name = OID_COMMON_NAME;
	struct der oid, text;
	unsigned tag;

	if (!der_take(&attribute, DER_OID, &oid) || !der_any(&attribute, &tag, &text) ||
	    attribute.len > 0)
		return false;
	f->attributes++;
	if (der_same(oid, common_name) && (tag == DER_UTF8_STRING || tag == DER_PRINTABLE_STRING))
		f->common_name = text;
	return true;
}

static bool read_subject(struct lint_facts *f)
{
	struct der name = f->subject;
	struct der parts, set, attribute;

	if (!der_take(&name, DER_SEQUENCE, &parts))
		return false;
	while (parts.len > 0) {
		if (!der_take(&parts, DER_SET, &set) || set.len == 0)
			return false;
		while (set.len > 0)
			if (!der_take(&set, DER_SEQUENCE, &attribute) ||
			    !read_attribute(f, attribute))
				return false;
	}
	return true;
}

static void keep(struct lint_facts *f, struct der oid, struct lint_extension e)
{
	size_t i = 0;

	while (i < LINT_EXT_COUNT && !der_same(oids[i], oid))
		i++;
	if (i == LINT_EXT_COUNT)
		f->strangers++;
	else if (f->ext[i].present)
		f->twins++;
	else
		f->ext[i] = e;
}

static bool read_extension(struct lint_facts *f, struct der *list)
{
	struct lint_extension e = { .present = true };
	struct der body, oid;

	if (!der_take(list, DER_SEQUENCE, &body) || !der_take(&body, DER_OID, &oid) ||
	    !der_optional_bool(&body, &e.critical) ||
	    !der_take(&body, DER_OCTET_STRING, &e.value) || body.len > 0)
		return false;
	keep(f, oid, e);
	return true;
}

static bool read_extensions(struct der *in, struct lint_facts *f)
{
	struct der outer, list;

	if (in->len == 0)
		return true;
	if (!der_take(in, DER_CONSTRUCTED(3), &outer) || !der_take(&outer, DER_SEQUENCE, &list) ||
	    outer.len > 0 || list.len == 0)
		return false;
	while (list.len > 0)
		if (!read_extension(f, &list))
			return false;
	return true;
}

static void skip_unique_id(struct der *in, struct lint_facts *f, unsigned number)
{
	struct der id;

	if (der_take(in, DER_CONTEXT(number), &id))
		f->unique_ids = true;
}

static bool read_tbs(struct lint_facts *f, struct der tbs)
{
	if (!read_version(&tbs, f) || !der_take(&tbs, DER_INTEGER, &f->serial) ||
	    !der_whole(&tbs, DER_SEQUENCE, &f->algorithm) ||
	    !der_whole(&tbs, DER_SEQUENCE, &f->issuer) || !read_validity(&tbs, f) ||
	    !der_whole(&tbs, DER_SEQUENCE, &f->subject) || !der_whole(&tbs, DER_SEQUENCE, &f->spki))
		return false;
	skip_unique_id(&tbs, f, 1);
	skip_unique_id(&tbs, f, 2);
	return read_subject(f) && read_extensions(&tbs, f) && tbs.len == 0;
}

bool lint_facts_read(struct lint_facts *out, const void *der, size_t len)
{
	struct der in = DER_OF(der, len);
	struct der cert, tbs, signature;

	*out = (struct lint_facts){ 0 };
	if (!der_take(&in, DER_SEQUENCE, &cert) || in.len > 0 ||
	    !der_take(&cert, DER_SEQUENCE, &tbs) || !read_tbs(out, tbs) ||
	    !der_whole(&cert, DER_SEQUENCE, &out->outer_algorithm) ||
	    !der_bits(&cert, &signature) || cert.len > 0)
		return false;
	if (out->ext[LINT_SUBJECT_ALT_NAME].present)
		out->names_readable = cert_names_parse(&out->names, &out->other_names,
						       out->ext[LINT_SUBJECT_ALT_NAME].value);
	return true;
}

void lint_facts_release(struct lint_facts *f)
{
	cert_names_release(&f->names);
}

struct der lint_text(const char *text)
{
	return DER_OF(text, strlen(text));
}
