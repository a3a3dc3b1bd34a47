#include "check.h"

#include "base/buf.h"
#include "base/opt.h"

static const struct opt_spec specs[] = {
	{ { "-h", "--help" }, false },
	{ { "-v", "--verbose" }, false },
	{ { "-n", "--non-interactive" }, false },
	{ { "-d", "--domains", "--domain" }, true },
	{ { "--key-type" }, true },
	{ { "--key-path" }, true },
	{ { "--dry-run" }, false },
	{ { "--webroot-path", "-w" }, true },
	{ { "--keep" }, false },
};

static const struct opt_spec *at(const void *ctx, size_t index)
{
	(void)ctx;
	return &specs[index];
}

static const struct opt_table table = { .at = at, .count = ARRAY_LEN(specs) };

/* argv is one text with the words between '|'; an item is shown as name=value, [word] or ?unknown. */
static struct err *scan(char **shown, const char *words)
{
	AUTO(strlist_release) struct strlist argv = { 0 };
	AUTO(opt_items_release) struct opt_items items = { 0 };
	struct buf b = BUF_INIT(1000);

	while (*words != '\0') {
		size_t len = strcspn(words, "|");

		strlist_take(&argv, xstrndup(words, len));
		words += len + (words[len] == '|');
	}
	TRY(opt_scan(&items, &table, argv.count, argv.items));
	for (size_t i = 0; i < items.count; i++) {
		const struct opt_item *item = &items.items[i];

		buf_adds(&b, i > 0 ? " " : "");
		if (item->kind == OPT_OPTION)
			buf_addf(&b, "%s%s%s", item->name, item->text != NULL ? "=" : "",
				 item->text != NULL ? item->text : "");
		else
			buf_addf(&b, item->kind == OPT_WORD ? "[%s]" : "?%s", item->text);
	}
	*shown = buf_detach(&b);
	return NULL;
}

static void test_forms(void **state)
{
	static const struct {
		const char *argv, *shown;
	} rows[] = {
		{ "", "" },
		{ "renew", "[renew]" },
		{ "-d|a", "-d=a" },
		{ "-da", "-d=a" },
		{ "-d=a", "-d=a" },
		{ "--domains|a", "--domains=a" },
		{ "--domain=a=b", "--domain=a=b" },
		{ "--key-type=", "--key-type=" },
		{ "--key-t|rsa", "--key-type=rsa" },
		{ "--dry", "--dry-run" },
		{ "-vvn", "-v -v -n" },
		{ "-vnda", "-v -n -d=a" },
		{ "-vnd|a", "-v -n -d=a" },
		{ "-w|/x", "-w=/x" },
		{ "certonly|-v|more", "[certonly] -v [more]" },
		{ "--frob|x", "?--frob [x]" },
		{ "--frob=x", "?--frob=x" },
		{ "-x", "?-x" },
		{ "-", "[-]" },
		{ "--|-v|--frob", "[-v] [--frob]" },
		{ "-d|-5", "-d=-5" },
		{ "-d|-1.5", "-d=-1.5" },
		{ "-d|-a b", "-d=-a b" },
		{ "-d|renew", "-d=renew" },
		{ "--domains=-v", "--domains=-v" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(free) char *shown = NULL;

		assert_done(scan(&shown, rows[i].argv));
		assert_string_equal(shown, rows[i].shown);
	}
}

static void test_an_empty_word_is_a_value(void **state)
{
	char option[] = "-d";
	char empty[] = "";
	char *const argv[] = { option, empty };
	AUTO(opt_items_release) struct opt_items items = { 0 };

	(void)state;
	assert_done(opt_scan(&items, &table, 2, argv));
	assert_int_equal(items.count, 1);
	assert_string_equal(items.items[0].text, "");
}

static void test_refused(void **state)
{
	static const struct {
		const char *argv, *why;
	} rows[] = {
		{ "-d", "argument -d/--domains/--domain: expected one argument" },
		{ "-d|-v", "argument -d/--domains/--domain: expected one argument" },
		{ "-d|--frob", "expected one argument" },
		{ "-d|--", "expected one argument" },
		{ "-vd", "argument -d/--domains/--domain: expected one argument" },
		{ "--key-type", "argument --key-type: expected one argument" },
		{ "--key", "ambiguous option: --key could match --key-type, --key-path" },
		{ "--key=x", "ambiguous option: --key could match --key-type, --key-path" },
		{ "--dom", "ambiguous option: --dom could match --domains, --domain" },
		{ "--dry-run=yes", "argument --dry-run: ignored explicit argument 'yes'" },
		{ "-vx", "argument -v/--verbose: ignored explicit argument 'x'" },
		{ "-n=1", "argument -n/--non-interactive: ignored explicit argument '=1'" },
		{ "-d|--key", "ambiguous option: --key" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(free) char *shown = NULL;

		assert_refused(scan(&shown, rows[i].argv), ERR_USAGE, rows[i].why);
		assert_null(shown);
	}
}

static void test_exact_name_wins_over_prefix(void **state)
{
	AUTO(free) char *shown = NULL;
	size_t spec = 0;

	(void)state;
	assert_done(scan(&shown, "--domain|a|--keep"));
	assert_string_equal(shown, "--domain=a --keep");
	assert_true(opt_find(&spec, &table, "-w"));
	assert_int_equal(spec, 7);
	assert_false(opt_find(&spec, &table, "--webroot"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_an_empty_word_is_a_value),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_exact_name_wins_over_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
