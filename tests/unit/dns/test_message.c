/* The DNS codec: round trips, what hostile messages are refused for, what records hold. */
#include "check.h"
#include "dns/message.h"
#include "dns/rdata.h"

#define HEAD "\x12\x34\x81\x80\0\1\0\1\0\0\0\0"
#define QUESTION "\3foo\7example\0\0\x10\0\1" /* TXT at foo.example, 17 bytes, at 12 */
#define BYTES(text)                      \
	{                                \
		(text), sizeof(text) - 1 \
	}

struct hostile {
	const char *what;
	struct {
		const char *data;
		size_t len;
	} message;
	const char *why;
};

static const struct hostile hostiles[] = {
	{ "empty", BYTES(""), "bytes are missing" },
	{ "half a header", BYTES("\x12\x34\x81"), "bytes are missing" },
	{ "pointer to itself", BYTES("\0\0\x81\x80\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1"),
	  "a name is broken" },
	{ "pointer forwards", BYTES("\0\0\x81\x80\0\1\0\0\0\0\0\0\xc0\x0e\0\1\0\1"),
	  "a name is broken" },
	{ "half a pointer", BYTES("\0\0\x81\x80\0\1\0\0\0\0\0\0\xc0"), "a name is broken" },
	{ "label of 64", BYTES("\0\0\x81\x80\0\1\0\0\0\0\0\0\x40"), "a name is broken" },
	{ "two questions", BYTES("\0\0\x81\x80\0\2\0\0\0\0\0\0\0\0\1\0\1\0\0\1\0\1"),
	  "more than one question" },
	{ "left over", BYTES("\0\0\x81\x80\0\0\0\0\0\0\0\0x"), "behind the last record" },
	{ "record too long", BYTES(HEAD QUESTION "\xc0\x0c\0\x10\0\1\0\0\0\0\0\x09\3abc"),
	  "longer than the message" },
	{ "answer missing", BYTES(HEAD QUESTION), "a name is broken" },
	{ "second OPT",
	  BYTES("\0\0\x81\x80\0\0\0\0\0\0\0\2\0\0\x29\x10\0\0\0\0\0\0\0\0\0\x29\x10\0\0\0\0\0\0\0"),
	  "a second OPT" },
	{ "EDE of a byte",
	  BYTES("\0\0\x81\x80\0\0\0\0\0\0\0\1\0\0\x29\x10\0\0\0\0\0\0\5\0\x0f\0\1x"),
	  "an extended error" },
};

static void refuses_what_is_broken(void **state) /* RFC 1035 §4.1.4, RFC 6891 §6.1.1 */
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hostiles); i++) {
		struct dns_message m = { 0 };

		print_message("# %s\n", hostiles[i].what);
		assert_refused(
			dns_message_parse(&m, hostiles[i].message.data, hostiles[i].message.len),
			ERR_PARSE, hostiles[i].why);
	}
}

static void add_txt(struct dns_message *m, const char *name, const char *text)
{
	struct buf data = BUF_INIT(4096);

	dns_txt_write(&data, text, strlen(text));
	dns_records_add(&m->answer, name, DNS_TXT, 60, &data);
}

static void says_again_what_was_said(void **state) /* RFC 1035 §4, RFC 8914 §2 */
{
	AUTO(dns_message_release)
	struct dns_message m = { .id = 7,
				 .response = true,
				 .rcode = 16,
				 .qtype = DNS_TXT,
				 .qclass = DNS_IN,
				 .edns = true,
				 .udp_size = 1232,
				 .dnssec_ok = true,
				 .ede_code = 6 };
	AUTO(dns_message_release) struct dns_message again = { 0 };
	AUTO(buf_release) struct buf wire = BUF_INIT(4096);
	AUTO(free) char *text = NULL;
	size_t len = 0;

	(void)state;
	m.question = xstrdup("A.example\\046x.org");
	m.ede_text = xstrdup("bogus");
	add_txt(&m, "A.example\\046x.org", "hello");
	assert_done(dns_message_render(&wire, &m));
	assert_done(dns_message_parse(&again, wire.data, wire.len));
	assert_string_equal(again.question, m.question);
	assert_int_equal(again.rcode, 16);
	assert_true(again.dnssec_ok && again.response && again.edns);
	assert_int_equal(again.ede_code, 6);
	assert_string_equal(again.ede_text, "bogus");
	assert_int_equal(again.answer.count, 1);
	assert_string_equal(again.answer.items[0].name, m.question);
	assert_done(dns_txt_read(&text, &len, &again.answer.items[0]));
	assert_string_equal(text, "hello");
}

static void joins_the_strings_of_a_txt_record(void **state) /* RFC 1035 §3.3.14 */
{
	AUTO(dns_message_release) struct dns_message m = { 0 };
	AUTO(free) char *text = NULL;
	char longer[301];
	size_t len = 0;

	(void)state;
	memset(longer, 'x', 300);
	longer[300] = '\0';
	add_txt(&m, "example.org", longer);
	assert_int_equal(m.answer.items[0].len, 302);
	assert_done(dns_txt_read(&text, &len, &m.answer.items[0]));
	assert_int_equal(len, 300);
	assert_string_equal(text, longer);
}

static void reads_caa(void **state) /* RFC 8659 §4.1 */
{
	AUTO(dns_records_release) struct dns_records l = { 0 };
	AUTO(dns_caa_release) struct dns_caa caa = { 0 };
	struct buf data = BUF_INIT(4096);

	(void)state;
	dns_caa_write(&data, 128, "issue", "ca.example; a=b");
	dns_records_add(&l, "example.org", DNS_CAA, 0, &data);
	assert_done(dns_caa_read(&caa, &l.items[0]));
	assert_int_equal(caa.flags, 128);
	assert_string_equal(caa.tag, "issue");
	assert_string_equal(caa.value, "ca.example; a=b");
	AUTO(free) char *text = dns_data_text(&l.items[0]);

	assert_string_equal(text, "128 issue \"ca.example; a=b\"");
}

static void refuses_names_that_are_none(void **state)
{
	static const char *const bad[] = {
		"",       "a..b",
		".a",     "a\\1",
		"a\\999", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.org"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(buf_release) struct buf out = BUF_INIT(4096);

		assert_refused(dns_target_write(&out, bad[i]), ERR_USAGE, "is no DNS name");
	}
}

static void points_to_names_written_before(void **state) /* RFC 1035 §4.1.4, RFC 3597 §4 */
{
	AUTO(dns_message_release)
	struct dns_message m = { .ede_code = DNS_NO_EDE, .qtype = DNS_TXT, .qclass = DNS_IN };
	AUTO(buf_release) struct buf wire = BUF_INIT(4096);

	(void)state;
	m.question = xstrdup("www.example.org");
	add_txt(&m, "www.example.org", "x");
	assert_done(dns_message_render(&wire, &m));
	assert_int_equal(wire.len, 12 + 17 + 4 + 2 + 10 + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_broken),
		cmocka_unit_test(says_again_what_was_said),
		cmocka_unit_test(joins_the_strings_of_a_txt_record),
		cmocka_unit_test(reads_caa),
		cmocka_unit_test(refuses_names_that_are_none),
		cmocka_unit_test(points_to_names_written_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
