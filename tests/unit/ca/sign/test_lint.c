/* Each check of lint by a certificate that fails it and no other: RFC 5280 §4.1, §4.2. */
#include "check.h"

#include "fixture.h"

#include "base/limits.h"
#include "ca/policy/profiles.h"
#include "ca/sign/lint.h"
#include "ca/sign/state.h"
#include "pki/ext.h"
#include "pki/key.h"
#include "pki/pem.h"
#include "pki/spki.h"

static struct fixture fixture;
static struct sign_plan good_plan;
static struct buf good_der;

/* --- a certificate in pieces, each of them whole DER */

enum piece {
	VERSION,
	SERIAL,
	ALGORITHM,
	ISSUER,
	NOT_BEFORE,
	NOT_AFTER,
	SUBJECT,
	SPKI,
	UNIQUE_ID,
	KU,
	EKU,
	BC,
	SKI,
	AKI,
	AIA,
	SAN,
	POLICIES,
	CRL,
	MORE_EXT,
	OUTER_ALGORITHM,
	SIGNATURE,
	PIECE_COUNT,
};

struct pieces {
	struct buf at[PIECE_COUNT];
};

static void set(struct pieces *p, enum piece i, const void *data, size_t len)
{
	buf_reset(&p->at[i]);
	buf_add(&p->at[i], data, len);
}

static void take(struct pieces *p, enum piece i, struct der *in)
{
	struct der rest = *in;
	struct der contents;
	unsigned tag;

	assert_true(der_any(in, &tag, &contents));
	set(p, i, rest.at, (size_t)(in->at - rest.at));
}

static void take_apart(struct pieces *p, const struct buf *der)
{
	struct der in = DER_OF(der->data, der->len);
	struct der cert, tbs, validity, outer, list;

	for (size_t i = 0; i < PIECE_COUNT; i++)
		p->at[i] = BUF_INIT(LIMIT_CERTIFICATE);
	assert_true(der_take(&in, DER_SEQUENCE, &cert) && der_take(&cert, DER_SEQUENCE, &tbs));
	for (enum piece i = VERSION; i <= ISSUER; i++)
		take(p, i, &tbs);
	assert_true(der_take(&tbs, DER_SEQUENCE, &validity));
	take(p, NOT_BEFORE, &validity);
	take(p, NOT_AFTER, &validity);
	take(p, SUBJECT, &tbs);
	take(p, SPKI, &tbs);
	assert_true(der_take(&tbs, DER_CONSTRUCTED(3), &outer) &&
		    der_take(&outer, DER_SEQUENCE, &list));
	for (enum piece i = KU; i <= CRL; i++)
		take(p, i, &list);
	assert_int_equal(list.len, 0);
	take(p, OUTER_ALGORITHM, &cert);
	take(p, SIGNATURE, &cert);
}

static void add_pieces(struct buf *b, const struct pieces *p, enum piece first, enum piece last)
{
	for (enum piece i = first; i <= last; i++)
		buf_add(b, buf_str(&p->at[i]), p->at[i].len);
}

static void put_together(struct buf *der, const struct pieces *p)
{
	add_pieces(der, p, VERSION, ISSUER);
	size_t validity = der->len;

	add_pieces(der, p, NOT_BEFORE, NOT_AFTER);
	der_wrap(der, validity, DER_SEQUENCE);
	add_pieces(der, p, SUBJECT, UNIQUE_ID);
	size_t extensions = der->len;

	add_pieces(der, p, KU, MORE_EXT);
	der_wrap(der, extensions, DER_SEQUENCE);
	der_wrap(der, extensions, DER_CONSTRUCTED(3));
	der_wrap(der, 0, DER_SEQUENCE);
	add_pieces(der, p, OUTER_ALGORITHM, SIGNATURE);
	der_wrap(der, 0, DER_SEQUENCE);
}

static void release_pieces(struct pieces *p)
{
	for (size_t i = 0; i < PIECE_COUNT; i++)
		buf_release(&p->at[i]);
}

/* --- extensions, written anew */

static void write_extension(struct pieces *p, enum piece i, bool critical, struct der oid,
			    struct der value)
{
	struct buf *b = &p->at[i];

	buf_reset(b);
	der_add(b, DER_OID, oid.at, oid.len);
	if (critical)
		der_add(b, DER_BOOLEAN, "\xff", 1);
	der_add(b, DER_OCTET_STRING, value.at, value.len);
	der_wrap(b, 0, DER_SEQUENCE);
}

struct parts {
	struct der oid, value;
	bool critical;
};

static struct parts parts_of(const struct buf *ext)
{
	struct der in = DER_OF(ext->data, ext->len);
	struct parts out = { 0 };
	struct der body;

	assert_true(der_take(&in, DER_SEQUENCE, &body) && der_take(&body, DER_OID, &out.oid) &&
		    der_optional_bool(&body, &out.critical) &&
		    der_take(&body, DER_OCTET_STRING, &out.value));
	return out;
}

static void flip_criticality(struct pieces *p, enum piece i)
{
	AUTO(buf_release) struct buf old = BUF_INIT(LIMIT_CERTIFICATE);

	buf_add(&old, p->at[i].data, p->at[i].len);
	struct parts parts = parts_of(&old);

	write_extension(p, i, !parts.critical, parts.oid, parts.value);
}

/* The last byte of the value is in every extension of ours one that counts. */
static void change_value(struct pieces *p, enum piece i)
{
	AUTO(buf_release) struct buf old = BUF_INIT(LIMIT_CERTIFICATE);

	buf_add(&old, p->at[i].data, p->at[i].len);
	struct parts parts = parts_of(&old);

	old.data[(const char *)parts.value.at - old.data + (ptrdiff_t)parts.value.len - 1] ^= 1;
	write_extension(p, i, parts.critical, parts.oid, parts.value);
}

/* --- what is done to the good one */

struct bench {
	struct pieces *p;
	struct sign_plan *plan;
	struct profile_config *profile;
};

#define SET_LITERAL(b, piece, s) set((b)->p, piece, s, sizeof(s) - 1)

static void version_1(const struct bench *b)
{
	buf_reset(&b->p->at[VERSION]);
}

static void version_2(const struct bench *b)
{
	SET_LITERAL(b, VERSION, "\xa0\x03\x02\x01\x01");
}

static void serial_of_21_bytes(const struct bench *b)
{
	SET_LITERAL(b, SERIAL,
		    "\x02\x15\x01"
		    "12345678901234567890");
}

static void serial_negative(const struct bench *b)
{
	SET_LITERAL(b, SERIAL, "\x02\x03\x81zz");
}

static void serial_padded(const struct bench *b)
{
	SET_LITERAL(b, SERIAL, "\x02\x03\0\1z");
}

static void serial_other(const struct bench *b)
{
	SET_LITERAL(b, SERIAL, "\x02\x04\1zzz");
}

static void algorithm_outside(const struct bench *b)
{
	SET_LITERAL(b, OUTER_ALGORITHM, "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03");
}

static void algorithm_other(const struct bench *b)
{
	algorithm_outside(b);
	SET_LITERAL(b, ALGORITHM, "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03");
}

static void issuer_other(const struct bench *b)
{
	SET_LITERAL(b, ISSUER,
		    "\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x0c\x02"
		    "E1");
}

static void generalized_time(const struct bench *b)
{
	AUTO(buf_release) struct buf old = BUF_INIT(64);
	struct buf *t = &b->p->at[NOT_BEFORE];

	buf_adds(&old, "20");
	buf_add(&old, t->data + 2, t->len - 2);
	buf_reset(t);
	der_add(t, DER_GENERALIZED_TIME, old.data, old.len);
}

static void set_time(const struct bench *b, enum piece i, time_t t)
{
	buf_reset(&b->p->at[i]);
	der_add_time(&b->p->at[i], t);
}

static void set_dates(const struct bench *b, time_t from, time_t until)
{
	b->plan->not_before = from;
	b->plan->not_after = until;
	set_time(b, NOT_BEFORE, from);
	set_time(b, NOT_AFTER, until);
}

static void ends_as_it_begins(const struct bench *b)
{
	set_dates(b, FIXTURE_NOW, FIXTURE_NOW);
}

static void outlives_its_issuer(const struct bench *b)
{
	b->profile->lifetime_s = 400 * 24 * 3600;
	set_dates(b, FIXTURE_NOW - 3600, FIXTURE_NOW + 365 * 24 * 3600 + 1);
}

static void older_than_its_issuer(const struct bench *b)
{
	set_dates(b, FIXTURE_NOW - 3601, FIXTURE_NOW);
}

static void a_second_too_long(const struct bench *b)
{
	set_dates(b, b->plan->not_before, b->plan->not_after + 1);
}

static void other_dates(const struct bench *b)
{
	set_time(b, NOT_AFTER, b->plan->not_after - 1);
}

static void subject_with_country(const struct bench *b)
{
	AUTO(buf_release) struct buf name = BUF_INIT(LIMIT_NAME);

	buf_add(&name, b->p->at[SUBJECT].data + 2, b->p->at[SUBJECT].len - 2);
	buf_add(&name, "\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02XX", 13);
	der_wrap(&name, 0, DER_SEQUENCE);
	set(b->p, SUBJECT, name.data, name.len);
}

static void set_common_name(const struct bench *b, const char *cn)
{
	struct buf *s = &b->p->at[SUBJECT];

	buf_reset(s);
	der_add(s, DER_OID, "\x55\x04\x03", 3);
	der_add(s, DER_UTF8_STRING, cn, strlen(cn));
	der_wrap(s, 0, DER_SEQUENCE);
	der_wrap(s, 0, DER_SET);
	der_wrap(s, 0, DER_SEQUENCE);
}

static void subject_of_65_characters(const struct bench *b)
{
	static const char name[] =
		"a123456789.b123456789.c123456789.d123456789.e123456789.f1234.test";

	assert_int_equal(strlen(name), 65);
	set_common_name(b, name);
	free(b->plan->common_name);
	b->plan->common_name = xstrdup(name);
	idents_add(&b->plan->idents, IDENT_DNS, name);
	AUTO(cert_names_release) struct cert_names names = { 0 };
	AUTO(buf_release) struct buf value = BUF_INIT(LIMIT_NAME);

	idents_to_names(&names, &b->plan->idents);
	assert_done(cert_names_add(&value, &names));
	write_extension(b->p, SAN, false, (struct der)OID_SUBJECT_ALT_NAME,
			DER_OF(value.data, value.len));
}

static void subject_not_ordered(const struct bench *b)
{
	set_common_name(b, "z.test");
	free(b->plan->common_name);
	b->plan->common_name = xstrdup("z.test");
}

static void subject_another_name(const struct bench *b)
{
	set_common_name(b, "b.test");
}

static void set_key(const struct bench *b, const char *type)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;

	if (streq(type, "rsa"))
		assert_done(key_from_pem(&key, fixture_rsa_key, strlen(fixture_rsa_key)));
	else
		assert_done(key_generate(&key, type, 0));
	buf_reset(&b->p->at[SPKI]);
	assert_done(spki_of_key(&b->p->at[SPKI], key));
	buf_reset(&b->p->at[SKI]);
	b->profile->subject_key_id = false;
}

static void key_of_somebody_else(const struct bench *b)
{
	set_key(b, "secp256r1");
}

/* rsaEncryption without its NULL */
static void key_of_another_form(const struct bench *b)
{
	set_key(b, "rsa");
	AUTO(buf_release) struct buf spki = BUF_INIT(SPKI_BYTES_MAX);
	struct der in = DER_OF(b->p->at[SPKI].data, b->p->at[SPKI].len);
	struct der body, algorithm;

	b->profile->key_encipherment = false;
	assert_true(der_take(&in, DER_SEQUENCE, &body) &&
		    der_take(&body, DER_SEQUENCE, &algorithm));
	der_add(&spki, DER_SEQUENCE, algorithm.at, algorithm.len - 2);
	buf_add(&spki, body.at, body.len);
	der_wrap(&spki, 0, DER_SEQUENCE);
	set(b->p, SPKI, spki.data, spki.len);
	free(b->plan->spki);
	b->plan->spki = xmemdup(spki.data, spki.len);
	b->plan->spki_len = spki.len;
}

static void unique_id(const struct bench *b)
{
	SET_LITERAL(b, UNIQUE_ID, "\x81\x02\0x");
}

static void extension_twice(const struct bench *b)
{
	set(b->p, MORE_EXT, b->p->at[BC].data, b->p->at[BC].len);
}

static void must_staple(const struct bench *b)
{
	write_extension(b->p, MORE_EXT, false, (struct der)OID_TLS_FEATURE,
			DER_OF("\x30\x03\x02\x01\x05", 5));
}

/* The same wrong name ordered and certified. */
static void wrong_host_name(const struct bench *b)
{
	AUTO(cert_names_release) struct cert_names names = { 0 };
	AUTO(buf_release) struct buf value = BUF_INIT(LIMIT_NAME);

	idents_add(&b->plan->idents, IDENT_DNS, "a.*.test");
	idents_to_names(&names, &b->plan->idents);
	assert_done(cert_names_add(&value, &names));
	write_extension(b->p, SAN, false, (struct der)OID_SUBJECT_ALT_NAME,
			DER_OF(value.data, value.len));
}

static void name_of_another_kind(const struct bench *b)
{
	AUTO(buf_release) struct buf value = BUF_INIT(LIMIT_NAME);
	AUTO(buf_release) struct buf old = BUF_INIT(LIMIT_NAME);
	struct der list;

	buf_add(&old, b->p->at[SAN].data, b->p->at[SAN].len);
	struct parts parts = parts_of(&old);

	assert_true(der_take(&parts.value, DER_SEQUENCE, &list));
	buf_add(&value, list.at, list.len);
	der_add(&value, DER_CONTEXT(1), "a@a.test", 8);
	der_wrap(&value, 0, DER_SEQUENCE);
	write_extension(b->p, SAN, false, parts.oid, DER_OF(value.data, value.len));
}

/* A key id that nobody asked for. */
static void key_id_unasked(const struct bench *b)
{
	b->profile->subject_key_id = false;
}

static void trailing_extension_bytes(const struct bench *b)
{
	SET_LITERAL(b, MORE_EXT, "\x05\x00");
}

static const struct {
	const char *name;
	void (*spoil)(const struct bench *b);
} rows[] = {
	{ "structure", trailing_extension_bytes },
	{ "version", version_1 },
	{ "version", version_2 },
	{ "serial.form", serial_of_21_bytes },
	{ "serial.form", serial_negative },
	{ "serial.form", serial_padded },
	{ "serial.as_planned", serial_other },
	{ "algorithm.agrees", algorithm_outside },
	{ "algorithm.of_issuer", algorithm_other },
	{ "issuer.name", issuer_other },
	{ "validity.types", generalized_time },
	{ "validity.order", ends_as_it_begins },
	{ "validity.within_issuer", outlives_its_issuer },
	{ "validity.within_issuer", older_than_its_issuer },
	{ "validity.within_profile", a_second_too_long },
	{ "validity.as_planned", other_dates },
	{ "subject.form", subject_with_country },
	{ "subject.form", subject_of_65_characters },
	{ "subject.is_a_name", subject_not_ordered },
	{ "subject.as_planned", subject_another_name },
	{ "public_key.form", key_of_another_form },
	{ "public_key.as_planned", key_of_somebody_else },
	{ "unique_ids", unique_id },
	{ "extensions.once", extension_twice },
	{ "extensions.known", must_staple },
	{ "subject_alt_name.form", wrong_host_name },
	{ "subject_alt_name.value", name_of_another_kind },
	{ "subject_key_id.presence", key_id_unasked },
};

static const struct {
	const char *name;
	enum piece piece;
} extensions[] = {
	{ "key_usage", KU },         { "extended_key_usage", EKU },
	{ "basic_constraints", BC }, { "subject_key_id", SKI },
	{ "authority_key_id", AKI }, { "authority_info_access", AIA },
	{ "subject_alt_name", SAN }, { "policies", POLICIES },
	{ "crl_points", CRL },
};

/* --- */

static struct sign_plan make_plan(const struct profile_config *profile)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;
	AUTO(buf_release) struct buf spki = BUF_INIT(SPKI_BYTES_MAX);
	AUTO(idents_release) struct idents idents = { 0 };
	struct sign_plan plan;

	assert_done(key_generate(&key, "secp256r1", 0));
	assert_done(spki_of_key(&spki, key));
	idents_add(&idents, IDENT_DNS, "a.test");
	idents_add(&idents, IDENT_DNS, "b.test");
	const struct sign_ask ask = { .profile = profile,
				      .idents = &idents,
				      .common_name = "a.test",
				      .spki = (const unsigned char *)spki.data,
				      .spki_len = spki.len,
				      .now = FIXTURE_NOW };

	assert_done(sign_prepare(&plan, fixture.sign, &ask));
	return plan;
}

static struct sign_plan copy_of(const struct sign_plan *from)
{
	struct sign_plan plan = *from;

	plan.issuer = xstrdup(from->issuer);
	plan.profile = xstrdup(from->profile);
	plan.common_name = xstrdup(from->common_name);
	plan.spki = xmemdup(from->spki, from->spki_len);
	plan.idents = (struct idents){ 0 };
	for (size_t i = 0; i < from->idents.count; i++)
		idents_add(&plan.idents, from->idents.items[i].type, from->idents.items[i].value);
	return plan;
}

/* A good certificate is spoiled; `failed` is what lint says then. */
static void spoil_and_lint(struct strlist *failed, void (*spoil)(const struct bench *b),
			   void (*on_piece)(struct pieces *p, enum piece i), enum piece piece)
{
	struct profile_config profile = *profile_by_name(fixture.config, "classic");
	AUTO(sign_plan_release) struct sign_plan plan = copy_of(&good_plan);
	AUTO(buf_release) struct buf spoilt = BUF_INIT(LIMIT_CERTIFICATE);
	struct pieces p;
	const struct bench bench = { &p, &plan, &profile };

	take_apart(&p, &good_der);
	if (spoil != NULL)
		spoil(&bench);
	if (on_piece != NULL)
		on_piece(&p, piece);
	put_together(&spoilt, &p);
	const struct lint_case c = { .issuer = sign_issuer(fixture.sign, plan.issuer),
				     .profile = &profile,
				     .plan = &plan };

	lint_certificate(failed, &c, spoilt.data, spoilt.len);
	release_pieces(&p);
}

static void assert_only(const struct strlist *failed, const char *name)
{
	AUTO(free) char *all = strlist_join(failed, ", ");

	if (failed->count != 1 || !streq(failed->items[0], name))
		fail_msg("expected %s, lint says: %s", name, all);
}

static void test_good(void **state)
{
	AUTO(strlist_release) struct strlist failed = { 0 };

	(void)state;
	spoil_and_lint(&failed, NULL, NULL, VERSION);
	assert_int_equal(failed.count, 0);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(strlist_release) struct strlist failed = { 0 };

		spoil_and_lint(&failed, rows[i].spoil, NULL, VERSION);
		assert_only(&failed, rows[i].name);
	}
}

static void remove_piece(struct pieces *p, enum piece i)
{
	buf_reset(&p->at[i]);
}

static void test_extensions(void **state)
{
	static const struct {
		const char *aspect;
		void (*spoil)(struct pieces *p, enum piece i);
	} aspects[] = {
		{ "presence", remove_piece },
		{ "criticality", flip_criticality },
		{ "value", change_value },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(extensions); i++)
		for (size_t a = 0; a < ARRAY_LEN(aspects); a++) {
			AUTO(strlist_release) struct strlist failed = { 0 };
			AUTO(free)
			char *name = str_fmt("%s.%s", extensions[i].name, aspects[a].aspect);

			spoil_and_lint(&failed, NULL, aspects[a].spoil, extensions[i].piece);
			assert_only(&failed, name);
		}
}

/* No check without a certificate above that fails it. */
static void test_complete(void **state)
{
	AUTO(strlist_release) struct strlist names = { 0 };

	(void)state;
	lint_names(&names);
	assert_int_equal(names.count, 1 + 20 + 3 * ARRAY_LEN(extensions));
	for (size_t n = 0; n < names.count; n++) {
		bool tested = false;

		for (size_t i = 0; i < ARRAY_LEN(rows); i++)
			tested = tested || streq(rows[i].name, names.items[n]);
		for (size_t i = 0; i < ARRAY_LEN(extensions); i++)
			tested = tested || (str_starts(names.items[n], extensions[i].name) &&
					    !str_ends(names.items[n], ".form"));
		if (!tested)
			fail_msg("no certificate fails %s", names.items[n]);
	}
}

static int setup(void **state)
{
	(void)state;
	fixture_new(&fixture, NULL);
	good_plan = make_plan(profile_by_name(fixture.config, "classic"));
	good_der = BUF_INIT(LIMIT_CERTIFICATE);
	assert_done(sign_certificate(&good_der, fixture.sign, &good_plan));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sign_plan_release(&good_plan);
	buf_release(&good_der);
	fixture_free(&fixture);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_extensions),
		cmocka_unit_test(test_complete),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
