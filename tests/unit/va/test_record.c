/* The record of a validation: as JSON and back, as challenges show it, as people read it. ca.md 1.8. */
#include "check.h"

#include "base/limits.h"
#include "va/record.h"

static struct va_record *sample(void)
{
	struct va_record *r = va_record_new("primary", "http-01", "example.org");
	struct va_answer *a = va_record_add_answer(r);

	r->started_ms = 1700000000123;
	r->took_ms = 12;
	a->name = xstrdup("example.org");
	a->type = xstrdup("A");
	a->server = xstrdup("192.0.2.53:53");
	a->outcome = xstrdup("NOERROR");
	a->authenticated = true;
	a->record_count = 3;
	a->at_ms = 0;
	a->took_ms = 2;
	strlist_add(&a->records, "192.0.2.1");
	struct va_hop *h = va_record_add_hop(r);

	h->url = xstrdup("http://example.org/.well-known/acme-challenge/x");
	h->hostname = xstrdup("example.org");
	h->port = 80;
	strlist_add(&h->addresses_resolved, "2001:db8::1");
	strlist_add(&h->addresses_resolved, "192.0.2.1");
	strlist_add(&h->addresses_tried, "2001:db8::1");
	h->address_used = xstrdup("192.0.2.1");
	h->at_ms = 3;
	h->connected_ms = 4;
	h->answered_ms = 5;
	h->status = 302;
	h->location = xstrdup("https://example.org/x");
	h = va_record_add_hop(r);
	h->hostname = xstrdup("example.org");
	h->port = 443;
	h->tls.version = xstrdup("TLSv1.3");
	h->tls.certificate_sha256 = xstrdup("00ff");
	strlist_add(&h->tls.names, "other.example");
	h->error = xstrdup("Connection reset by peer");
	h->at_ms = 6;
	strlist_add(&r->notes, "a note");
	return r;
}

static void comes_back_from_json_as_it_was(void **state)
{
	(void)state;
	AUTO(va_record_free) struct va_record *r = sample();
	AUTO(va_record_free) struct va_record *again = NULL;
	AUTO(json_release) json_t *first = va_record_render(r);

	assert_done(va_record_parse(&again, first));
	AUTO(json_release) json_t *second = va_record_render(again);

	assert_true(json_equal(first, second));
	assert_int_equal(again->started_ms, 1700000000123);
	assert_int_equal(again->hops[0].handshake_ms, -1);
	assert_string_equal(again->hops[1].tls.names.items[0], "other.example");
	assert_true(again->answers[0].authenticated);
}

static void challenges_show_hops_only(void **state)
{
	(void)state;
	AUTO(va_record_free) struct va_record *r = sample();
	AUTO(json_release) json_t *shown = va_record_public(r);
	AUTO(free) char *text = json_compact(json_array_get(shown, 0));

	assert_int_equal(json_array_size(shown), 2);
	assert_string_equal(
		text,
		"{\"url\":\"http://example.org/.well-known/acme-challenge/x\",\"hostname\":"
		"\"example.org\",\"port\":\"80\",\"addressesResolved\":[\"2001:db8::1\","
		"\"192.0.2.1\"],\"addressUsed\":\"192.0.2.1\",\"addressesTried\":[\"2001:db8::1\"]}");
}

static void reads_as_a_story(void **state)
{
	(void)state;
	AUTO(va_record_free) struct va_record *r = sample();
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(8));

	va_record_text(r, &b);
	assert_string_equal(
		buf_str(&b),
		"http-01 for example.org, seen from primary, took 12 ms\n"
		"     0 ms  DNS A of example.org: NOERROR: 192.0.2.1 and 2 more (192.0.2.53:53, 2 ms, "
		"validated by DNSSEC)\n"
		"     3 ms  GET http://example.org/.well-known/acme-challenge/x port 80, addresses "
		"2001:db8::1, 192.0.2.1, failed before: 2001:db8::1\n"
		"     4 ms    connected to 192.0.2.1\n"
		"     5 ms    answered 302 to https://example.org/x\n"
		"     6 ms  TLS to example.org port 443\n"
		"    -1 ms    TLSv1.3, ?, server name none, protocol none\n"
		"             certificate 00ff for other.example\n"
		"             Connection reset by peer\n"
		"note: a note\n");
}

static const struct {
	const char *json, *part;
} odd[] = {
	{ "[]", "no object" },
	{ "{}", "answers" },
	{ "{\"answers\":[],\"hops\":{}}", "hops" },
	{ "{\"answers\":[1],\"hops\":[]}", "no object" },
	{ "{\"answers\":[{\"name\":\"a\"}],\"hops\":[]}", "without name, type or outcome" },
	{ "{\"answers\":[],\"hops\":[{}]}", "without hostname" },
	{ "{\"answers\":[],\"hops\":[{\"hostname\":\"a\",\"port\":-1}]}", "out of range" },
	{ "{\"answers\":[],\"hops\":[{\"hostname\":\"a\",\"status\":\"200\"}]}", "status" },
	{ "{\"answers\":[],\"hops\":[],\"notes\":[1]}", "notes" },
};

static void what_is_no_record_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		AUTO(json_release) json_t *obj = json_loads(odd[i].json, 0, NULL);
		struct va_record *r = NULL;

		assert_refused(va_record_parse(&r, obj), ERR_PARSE, odd[i].part);
	}
}

static void a_huge_record_is_refused(void **state)
{
	(void)state;
	AUTO(json_release) json_t *obj = json_loads("{\"answers\":[],\"hops\":[]}", 0, NULL);
	struct va_record *r = NULL;

	for (size_t i = 0; i <= LIMIT_VA_RECORD_ENTRIES; i++)
		(void)json_array_append_new(json_object_get(obj, "hops"), json_object());
	assert_refused(va_record_parse(&r, obj), ERR_LIMIT, "more than");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back_from_json_as_it_was),
		cmocka_unit_test(challenges_show_hops_only),
		cmocka_unit_test(reads_as_a_story),
		cmocka_unit_test(what_is_no_record_is_refused),
		cmocka_unit_test(a_huge_record_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
