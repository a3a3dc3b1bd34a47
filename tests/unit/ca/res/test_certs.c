/* finalize, certificates, revocation and renewal information. */
#include "ca/res/desk.h"
#include "pki/make.h"

#include "ca/res/registry.h"
#include "jose/base64url.h"
#include "pki/csr.h"

static EVP_PKEY *leaf_key, *account_key; /* made once: it takes time */

static int make_keys(void **state)
{
	(void)state;
	leaf_key = make_key("secp256r1");
	account_key = make_key("secp256r1");
	return 0;
}

static int free_keys(void **state)
{
	(void)state;
	EVP_PKEY_free(leaf_key);
	EVP_PKEY_free(account_key);
	return 0;
}

static void signed_by(struct desk *d, EVP_PKEY *key, int64_t account_id)
{
	EVP_PKEY_up_ref(key);
	d->jws.key = key;
	d->jws.account_id = account_id;
}

/* --- finalize (RFC 8555 §7.4) */

static char *csr_payload(EVP_PKEY *key, const char *name)
{
	AUTO(buf_release) struct buf der = BUF_INIT(4000);
	AUTO(cert_names_release) struct cert_names names = { 0 };

	strlist_add(&names.dns, name);
	assert_done(csr_build(&der, key, &names, false));
	AUTO(free) char *text = base64url_encode(der.data, der.len);
	json_t *obj = json_object();

	json_object_set_new(obj, "csr", json_string(text));
	char *payload = json_compact(obj);

	json_decref(obj);
	return payload;
}

static struct store_order ready_order(void)
{
	struct store_order o = desk_order();

	o.authzs[0].status = AUTHZ_VALID;
	o.authzs[0].attempt = xstrdup("http-01");
	o.authzs[0].validated = DESK_NOW - 60;
	return o;
}

static struct store_order processing_order(void)
{
	struct store_order o = ready_order();

	o.serial = xstrdup("01ab");
	return o;
}

static void open_finalize(struct desk *d)
{
	desk_open(d, NULL);
	signed_by(d, account_key, DESK_ACCOUNT);
}

static void a_ready_order_becomes_valid(void **state)
{
	struct desk d;
	const struct store_order ready = ready_order();
	const struct store_order processing = processing_order();
	AUTO(free) char *payload = csr_payload(leaf_key, "example.org");

	(void)state;
	open_finalize(&d);
	desk_says_order(&d, STORE_DONE, &ready);
	desk_says(&d, STORE_NOT_FOUND); /* the key is not blocked */
	desk_says_order(&d, STORE_DONE, &processing);
	desk_post(&d, &resource_finalize, "7/3", payload);
	desk_expect(&d, 200, NULL);
	desk_expect_text(&d, "status", "valid");
	desk_expect_text(&d, "certificate", "https://ca.test/acme/cert/01ab");
	desk_expect_header(&d, "Location", "https://ca.test/acme/order/7/3");
	desk_close(&d);
}

static void an_order_that_waits_is_processing(void **state)
{
	struct desk d;
	const struct store_order ready = ready_order();
	const struct store_order processing = processing_order();
	AUTO(free) char *payload = csr_payload(leaf_key, "example.org");

	(void)state;
	open_finalize(&d);
	d.issuance_lasts = true;
	desk_says_order(&d, STORE_DONE, &ready);
	desk_says(&d, STORE_NOT_FOUND);
	desk_says_order(&d, STORE_DONE, &processing);
	desk_post(&d, &resource_finalize, "7/3", payload);
	desk_expect_text(&d, "status", "processing");
	desk_expect_header(&d, "Retry-After", "3");
	desk_close(&d);
}

/* A serial that was given out before is not given out again: another one is drawn. */
static void a_serial_is_nobody_elses(void **state)
{
	struct desk d;
	const struct store_order ready = ready_order();
	const struct store_order processing = processing_order();
	AUTO(free) char *payload = csr_payload(leaf_key, "example.org");

	(void)state;
	open_finalize(&d);
	desk_says_order(&d, STORE_DONE, &ready);
	desk_says(&d, STORE_NOT_FOUND);
	desk_says(&d, STORE_CONFLICT);
	desk_says_order(&d, STORE_DONE, &processing);
	desk_post(&d, &resource_finalize, "7/3", payload);
	desk_expect(&d, 200, NULL);
	desk_expect_asked(&d, "finalize 3 02");
	desk_expect_asked(&d, "finalize 3 03");
	desk_expect_asked(&d, "issue 03");
	desk_close(&d);
}

enum fault {
	FOREIGN,
	NO_ORDER,
	PENDING,
	DONE_BEFORE,
	EXPIRED,
	SWITCHED_OFF,
	DENIED,
	OTHER_NAMES,
	ACCOUNT_KEY,
	NO_CSR,
	BLOCKED_KEY,
	LOST_RACE,
};

static const struct {
	enum fault fault;
	int status;
	const char *type;
} faults[] = {
	{ FOREIGN, 404, "malformed" },         { NO_ORDER, 404, "malformed" },
	{ PENDING, 403, "orderNotReady" },     { DONE_BEFORE, 403, "orderNotReady" },
	{ EXPIRED, 404, "malformed" },         { SWITCHED_OFF, 403, "unauthorized" },
	{ DENIED, 400, "rejectedIdentifier" }, { OTHER_NAMES, 403, "unauthorized" },
	{ ACCOUNT_KEY, 400, "malformed" },     { NO_CSR, 400, "malformed" },
	{ BLOCKED_KEY, 400, "badCSR" },        { LOST_RACE, 403, "orderNotReady" },
};

static struct store_order faulty_order(enum fault fault)
{
	struct store_order o = ready_order();

	if (fault == FOREIGN)
		o.account_id++;
	if (fault == PENDING)
		o.authzs[0].status = AUTHZ_PENDING;
	if (fault == DONE_BEFORE)
		o.serial = xstrdup("01ab");
	if (fault == EXPIRED)
		o.expires = DESK_NOW;
	if (fault == SWITCHED_OFF) {
		free(o.authzs[0].attempt);
		o.authzs[0].attempt = xstrdup("tls-sni-01");
	}
	return o;
}

static void finalize_refuses(enum fault fault, int status, const char *type)
{
	struct desk d;
	const struct store_order o = faulty_order(fault);
	const struct store_order processing = processing_order();
	AUTO(free)
	char *payload = csr_payload(fault == ACCOUNT_KEY ? account_key : leaf_key,
				    fault == OTHER_NAMES ? "example.com" : "example.org");

	open_finalize(&d);
	if (fault == DENIED)
		strlist_add(&d.config->policy.deny, "example.org");
	desk_says_order(&d, fault == NO_ORDER ? STORE_NOT_FOUND : STORE_DONE, &o);
	if (fault == BLOCKED_KEY || fault == LOST_RACE)
		desk_says(&d, fault == BLOCKED_KEY ? STORE_DONE : STORE_NOT_FOUND);
	struct store_order lost = processing;

	if (fault == LOST_RACE)
		desk_says_order(&d, STORE_TOO_LATE, &lost);
	else
		store_order_release(&lost);
	desk_post(&d, &resource_finalize, "7/3", fault == NO_CSR ? "{}" : payload);
	desk_expect(&d, status, type);
	desk_close(&d);
}

static void what_is_not_ready_is_not_finalized(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		finalize_refuses(faults[i].fault, faults[i].status, faults[i].type);
}

static void the_path_names_the_signers_account(void **state)
{
	struct desk d;

	(void)state;
	open_finalize(&d);
	desk_post(&d, &resource_finalize, "8/3", "{}");
	desk_expect(&d, 400, "malformed");
	desk_close(&d);
}

/* --- certificates (RFC 8555 §7.4.2) */

static const struct {
	const char *ids;
	int64_t owner; /* 0: there is none */
	int status;
	const char *type, *chain, *other;
} downloads[] = {
	{ "01ab", DESK_ACCOUNT, 200, NULL, "chain 0",
	  "alternate https://ca.test/acme/cert/01ab/1" },
	{ "01ab/1", DESK_ACCOUNT, 200, NULL, "chain 1",
	  "alternate https://ca.test/acme/cert/01ab/0" },
	{ "01ab/2", DESK_ACCOUNT, 404, "malformed", NULL, NULL },
	{ "01ab", DESK_ACCOUNT + 1, 403, "unauthorized", NULL, NULL },
	{ "01ab", 0, 404, "malformed", NULL, NULL },
};

static void a_certificate_comes_with_its_chain(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(downloads); i++) {
		struct desk d;

		desk_open(&d, NULL);
		if (downloads[i].owner != 0) {
			struct store_cert c = desk_cert();

			c.account_id = downloads[i].owner;
			desk_says_cert(&d, STORE_DONE, &c);
		} else {
			desk_says(&d, STORE_NOT_FOUND);
		}
		desk_post(&d, &resource_cert, downloads[i].ids, NULL);
		desk_expect(&d, downloads[i].status, downloads[i].type);
		if (downloads[i].chain != NULL) {
			assert_string_equal(buf_str(&d.bytes), downloads[i].chain);
			desk_expect_header(&d, "Content-Type", "application/pem-certificate-chain");
			desk_expect_header(&d, "Link", downloads[i].other);
		}
		desk_close(&d);
	}
}

static void a_chain_has_a_number(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, NULL);
	desk_post(&d, &resource_cert, "01ab/-1", NULL);
	desk_expect(&d, 400, "malformed");
	desk_post(&d, &resource_cert, "01ab", "{}");
	desk_expect(&d, 400, "malformed");
	desk_close(&d);
}

/* --- renewal information (RFC 9773 §4) */

static const struct {
	const char *id;
	bool found;
	int status;
} infos[] = {
	{ "AQ.Aas", true, 200 },     { "AQ.Aas", false, 404 }, { "Ag.Aas", false, 404 },
	{ "", false, 404 },          { "AQ", false, 400 },     { "AQ==.Aas", false, 400 },
	{ "AQ.Aas.AQ", false, 400 }, { "A+.Aas", false, 400 },
};

static void renewal_information_needs_no_signature(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(infos); i++) {
		struct desk d;

		desk_open(&d, NULL);
		if (infos[i].found) {
			const struct store_cert c = desk_cert();

			desk_says_cert(&d, STORE_DONE, &c);
		} else if (streq(infos[i].id, "AQ.Aas")) {
			desk_says(&d, STORE_NOT_FOUND);
		}
		desk_get(&d, &resource_renewal_info, infos[i].id);
		desk_expect(&d, infos[i].status, infos[i].found ? NULL : "malformed");
		int64_t wait = 0;
		const char *after = http_headers_get(&d.headers, "Retry-After");

		assert_int_equal(after != NULL, infos[i].found);
		if (infos[i].found)
			assert_true(str_to_int(after, 17280, 25920, &wait)); /* ca.md 5.10 */
		desk_close(&d);
	}
}

static void a_revoked_certificate_should_have_been_renewed(void **state)
{
	struct desk d;
	struct store_cert c = desk_cert();

	(void)state;
	c.revoked = DESK_NOW - 5;
	desk_open(&d, NULL);
	desk_says_cert(&d, STORE_DONE, &c);
	desk_get(&d, &resource_renewal_info, "AQ.Aas");
	const json_t *window = json_object_get(d.body, "suggestedWindow");

	assert_string_equal(json_string_value(json_object_get(window, "start")),
			    "2027-01-15T07:00:00Z");
	assert_string_equal(json_string_value(json_object_get(window, "end")),
			    "2027-01-15T07:30:00Z");
	desk_close(&d);
}

/* --- revocation (RFC 8555 §7.6) */

#define SERIAL "1ff4e90263eeb013"

static void make_certificate(struct buf *der, long from_day)
{
	const struct recipe r = {
		.subject_cn = "example.org",
		.issuer_cn = "one",
		.key = leaf_key,
		.issuer_key = account_key,
		.alt_names = "DNS:example.org",
		.from_day = from_day,
		.days = 90,
		.serial_hex = SERIAL,
	};

	make_x509(der, &r);
}

static char *revoke_payload(const struct buf *der, const char *reason)
{
	AUTO(free) char *text = base64url_encode(der->data, der->len);
	json_t *obj = json_object();

	json_object_set_new(obj, "certificate", json_string(text));
	if (reason != NULL)
		json_object_set_new(obj, "reason", json_loads(reason, JSON_DECODE_ANY, NULL));
	char *payload = json_compact(obj);

	json_decref(obj);
	return payload;
}

static struct store_cert stored(const struct buf *der, int64_t account_id)
{
	struct store_cert c = desk_cert();

	c.account_id = account_id;
	c.der = xmemdup(der->data, der->len);
	c.der_len = der->len;
	return c;
}

static const struct {
	int64_t account_id;         /* who signs */
	const char *reason;         /* JSON; NULL: not given */
	enum store_outcome covers;  /* STORE_OUTCOME_COUNT: not asked */
	enum store_outcome revoked; /* STORE_OUTCOME_COUNT: does not come so far */
	int status;
	const char *type, *asked;
} revocations[] = {
	{ 7, NULL, STORE_OUTCOME_COUNT, STORE_DONE, 200, NULL, "revoke " SERIAL " 0" },
	{ 7, "1", STORE_OUTCOME_COUNT, STORE_DONE, 200, NULL, "revoke " SERIAL " 1" },
	{ 7, "4", STORE_OUTCOME_COUNT, STORE_EXISTED, 400, "alreadyRevoked",
	  "revoke " SERIAL " 4" },
	{ 8, "4", STORE_DONE, STORE_DONE, 200, NULL, "revoke " SERIAL " 5" },
	{ 8, "1", STORE_NOT_FOUND, STORE_OUTCOME_COUNT, 403, "unauthorized", "covers 8 1" },
};

static void accounts_revoke(void **state)
{
	AUTO(buf_release) struct buf der = BUF_INIT(4000);

	(void)state;
	make_certificate(&der, 100);
	for (size_t i = 0; i < ARRAY_LEN(revocations); i++) {
		struct desk d;
		const struct store_cert c = stored(&der, DESK_ACCOUNT);
		AUTO(free) char *payload = revoke_payload(&der, revocations[i].reason);

		desk_open(&d, NULL);
		signed_by(&d, account_key, revocations[i].account_id);
		desk_says_cert(&d, STORE_DONE, &c);
		if (revocations[i].covers != STORE_OUTCOME_COUNT)
			desk_says(&d, revocations[i].covers);
		if (revocations[i].revoked != STORE_OUTCOME_COUNT) {
			const struct store_cert shown = desk_cert();

			desk_says_cert(&d, revocations[i].revoked, &shown);
		}
		desk_post(&d, &resource_revoke_cert, "", payload);
		desk_expect(&d, revocations[i].status, revocations[i].type);
		desk_expect_asked(&d, revocations[i].asked);
		if (revocations[i].status == 200)
			desk_expect_asked(&d, "crl one 0"); /* is to be made anew */
		desk_close(&d);
	}
}

/* The key is blocked, the account that it signs for ends, then what else it certifies is revoked, then this one, also over a milder reason. */
static void the_key_itself_revokes_all_of_its_certificates(void **state)
{
	struct desk d;
	AUTO(buf_release) struct buf der = BUF_INIT(4000);

	(void)state;
	make_certificate(&der, 100);
	const struct store_cert c = stored(&der, DESK_ACCOUNT);
	const struct store_cert other = desk_cert();
	AUTO(free) char *payload = revoke_payload(&der, "0");

	desk_open(&d, NULL);
	signed_by(&d, leaf_key, 0);
	desk_says_cert(&d, STORE_DONE, &c);
	desk_says(&d, STORE_DONE); /* blocked */
	desk_says_account(&d, STORE_DONE, 11);
	desk_says(&d, STORE_DONE);
	desk_says_cert(&d, STORE_DONE, &other);
	desk_says(&d, STORE_DONE);
	desk_says(&d, STORE_DONE); /* no more of this key */
	desk_says(&d, STORE_DONE);
	desk_post(&d, &resource_revoke_cert, "", payload);
	desk_expect(&d, 200, NULL);
	AUTO(free) char *all = strlist_join(&d.asked, ", ");

	assert_string_equal(
		all,
		"cert " SERIAL
		", block, account of print, end 11 revoked, forget 11, log account_revoked, by key after -, revoke 01ab 1, "
		"log certificate_revoked, by key after 01ab, revoke " SERIAL
		" 1 upgrade, log certificate_revoked");
	desk_close(&d);
}

static void another_key_does_not(void **state)
{
	struct desk d;
	AUTO(buf_release) struct buf der = BUF_INIT(4000);

	(void)state;
	make_certificate(&der, 100);
	const struct store_cert c = stored(&der, DESK_ACCOUNT);
	AUTO(free) char *payload = revoke_payload(&der, NULL);

	desk_open(&d, NULL);
	signed_by(&d, account_key, 0);
	desk_says_cert(&d, STORE_DONE, &c);
	desk_post(&d, &resource_revoke_cert, "", payload);
	desk_expect(&d, 403, "unauthorized");
	desk_close(&d);
}

static const struct {
	long from_day;
	const char *reason;
	bool foreign, unknown;
	int status;
	const char *type;
} refused[] = {
	{ 100, "2", false, false, 400, "badRevocationReason" },
	{ 100, "100", false, false, 400, "badRevocationReason" },
	{ 100, "-1", false, false, 400, "badRevocationReason" },
	{ 100, "\"1\"", false, false, 400, "malformed" },
	{ 100, "1.0", false, false, 400, "malformed" },
	{ 0, NULL, false, false, 403, "unauthorized" }, /* expired */
	{ 100, NULL, true, false, 404, "malformed" },
	{ 100, NULL, false, true, 404, "malformed" },
};

static void what_cannot_be_revoked_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct desk d;
		AUTO(buf_release) struct buf der = BUF_INIT(4000);

		make_certificate(&der, refused[i].from_day);
		AUTO(free) char *payload = revoke_payload(&der, refused[i].reason);

		desk_open(&d, NULL);
		signed_by(&d, account_key, DESK_ACCOUNT);
		d.issuer_is_ours = !refused[i].foreign;
		if (refused[i].unknown)
			desk_says(&d, STORE_NOT_FOUND);
		desk_post(&d, &resource_revoke_cert, "", payload);
		desk_expect(&d, refused[i].status, refused[i].type);
		desk_close(&d);
	}
}

static void a_twin_of_a_certificate_is_not_it(void **state)
{
	struct desk d;
	AUTO(buf_release) struct buf der = BUF_INIT(4000);
	AUTO(buf_release) struct buf twin = BUF_INIT(4000);

	(void)state;
	make_certificate(&der, 100);
	make_certificate(&twin, 101);
	const struct store_cert c = stored(&twin, DESK_ACCOUNT);
	AUTO(free) char *payload = revoke_payload(&der, NULL);

	desk_open(&d, NULL);
	signed_by(&d, account_key, DESK_ACCOUNT);
	desk_says_cert(&d, STORE_DONE, &c);
	desk_post(&d, &resource_revoke_cert, "", payload);
	desk_expect(&d, 404, "malformed");
	desk_post(&d, &resource_revoke_cert, "", "{\"certificate\":\"AAAA\"}");
	desk_expect(&d, 400, "malformed");
	desk_post(&d, &resource_revoke_cert, "", "{}");
	desk_expect(&d, 400, "malformed");
	desk_close(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ready_order_becomes_valid),
		cmocka_unit_test(an_order_that_waits_is_processing),
		cmocka_unit_test(a_serial_is_nobody_elses),
		cmocka_unit_test(what_is_not_ready_is_not_finalized),
		cmocka_unit_test(the_path_names_the_signers_account),
		cmocka_unit_test(a_certificate_comes_with_its_chain),
		cmocka_unit_test(a_chain_has_a_number),
		cmocka_unit_test(renewal_information_needs_no_signature),
		cmocka_unit_test(a_revoked_certificate_should_have_been_renewed),
		cmocka_unit_test(accounts_revoke),
		cmocka_unit_test(the_key_itself_revokes_all_of_its_certificates),
		cmocka_unit_test(another_key_does_not),
		cmocka_unit_test(what_cannot_be_revoked_is_refused),
		cmocka_unit_test(a_twin_of_a_certificate_is_not_it),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
