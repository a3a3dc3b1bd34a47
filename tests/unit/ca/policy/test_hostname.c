#include "check.h"

#include "ca/policy/hostname.h"

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A57 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *name, *public_says, *private_says; /* NULL: fine */
} rows[] = {
	{ "example.com", NULL, NULL },
	{ "*.example.com", NULL, NULL },
	{ "1.example.com", NULL, NULL },
	{ "a-b--c.example.com", NULL, NULL },
	{ "ab--c.example.com", "reserved", "reserved" },
	{ "bq--abwhky3f6fxq.jakacomo.com", "reserved", "reserved" },
	{ "xn--bcher-kva.com", NULL, NULL },
	{ "example.xn--p1ai", NULL, NULL },
	{ "xn--zz.com", "internationalized", "internationalized" },
	{ "xn--.com", "ends with", "ends with" },
	{ "xn--bucher-xyd.com", "internationalized", "internationalized" }, /* not NFC */
	{ A63 "." A63 "." A63 "." A57 ".com", NULL, NULL },                 /* 253 */
	{ A63 "." A63 "." A63 "." A57 "a.com", "253 characters", "253 characters" },
	{ A63 "a.com", "63 characters", "63 characters" },
	{ "a.b.c.d.e.f.g.h.i.com", NULL, NULL },
	{ "a.b.c.d.e.f.g.h.i.j.com", "10 labels", "10 labels" },
	{ "", "empty label", "empty label" },
	{ ".", "empty label", "empty label" },
	{ "a..com", "empty label", "empty label" },
	{ ".example.com", "empty label", "empty label" },
	{ "example.com.", "empty label", "empty label" },
	{ "-a.com", "begins or ends", "begins or ends" },
	{ "a-.com", "begins or ends", "begins or ends" },
	{ "a_b.com", "character", "character" },
	{ "EXAMPLE.com", "character", "character" }, /* whoever asks has lowered it */
	{ "a b.com", "character", "character" },
	{ "a\nb.com", "character", "character" },
	{ "example.com/x", "character", "character" },
	{ "b\xc3\xbc"
	  "cher.com",
	  "xn--bcher-kva.com", "xn--bcher-kva.com" },
	{ "\xff.com", "not ASCII", "not ASCII" },
	{ "192.0.2.1", "as type ip", "as type ip" },
	{ "2001:db8::1", "as type ip", "as type ip" },
	{ "[::1]", "character", "character" },
	{ "example.com:443", "character", "character" },
	{ "a.256", "last label is a number", "last label is a number" },
	{ "co.uk", "public suffix itself", NULL },
	{ "*.co.uk", "right above a public suffix", "right above a public suffix" },
	{ "com", "at least one dot", NULL },
	{ "*.com", "top-level", "top-level" },
	{ "localhost", "at least one dot", NULL },
	{ "*", "first label", "first label" },
	{ "*.", "empty label", "empty label" },
	{ "*.*.example.com", "first label", "first label" },
	{ "a.*.example.com", "first label", "first label" },
	{ "*a.example.com", "first label", "first label" },
	{ "host.internal", "public suffix", NULL },
	{ "example.invalid", "public suffix", NULL },
	{ "x.onion", "public suffix", NULL },
};

static void check(const char *name, bool private_names, const char *part)
{
	if (part == NULL)
		assert_done(hostname_check(name, private_names));
	else
		assert_refused(hostname_check(name, private_names), ERR_USAGE, part);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		check(rows[i].name, false, rows[i].public_says);
		check(rows[i].name, true, rows[i].private_says);
	}
}

static const struct {
	const char *name;
	bool repeats;
} on_demand[] = {
	{ "www.www.example.com", true },
	{ "www.example.com", false },
	{ "www.www.com", false },
	{ "www.mail.example.com", false },
	{ "www.mail.autodiscover.example.com", true },
	{ "www.mail.www.example.com", true },
	{ "a.a.a.a.example.com", false },
	{ "www.a.www.example.com", false },
};

static void test_on_demand(void **state)
{
	AUTO(strlist_release) struct strlist labels = { 0 };

	(void)state;
	strlist_split(&labels, "www,mail,autodiscover", ',');
	for (size_t i = 0; i < ARRAY_LEN(on_demand); i++)
		assert_int_equal(hostname_repeats(on_demand[i].name, &labels),
				 on_demand[i].repeats);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_on_demand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
