/* The lines of cli.ini (certbot.md 3). */
#include "check.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "client/opt/option.h"

static char root[] = "/tmp/test-config-file-XXXXXX";

static int make_root(void **state)
{
	(void)state;
	return mkdtemp(root) != NULL && chdir(root) == 0 ? 0 : -1;
}

static int drop_root(void **state)
{
	(void)state;
	return fs_remove_tree(root) == NULL ? 0 : -1;
}

static struct err *read_text(char **shown, const char *text)
{
	AUTO(opt_items_release) struct opt_items items = { 0 };
	struct buf b = BUF_INIT(10000);

	assert_done(fs_replace("cli.ini", text, strlen(text), 0600, false));
	TRY(config_file_read(&items, "cli.ini"));
	for (size_t i = 0; i < items.count; i++) {
		const struct opt_item *item = &items.items[i];

		buf_adds(&b, i > 0 ? " " : "");
		if (item->kind == OPT_OPTION)
			buf_addf(&b, "%s%s%s", item->name, item->text != NULL ? "=" : "",
				 item->text != NULL ? item->text : "");
		else
			buf_addf(&b, "?%s", item->text);
	}
	*shown = buf_detach(&b);
	return NULL;
}

static void test_lines(void **state)
{
	static const struct {
		const char *text, *items;
	} rows[] = {
		{ "", "" },
		{ "# c\n; c\n[section]\n---\n   \n", "" },
		{ "email = a@b.test", "-m=a@b.test" },
		{ "email: a@b.test\r\n", "-m=a@b.test" },
		{ "email a@b.test\n", "-m=a@b.test" },
		{ "--email=a@b.test\n", "-m=a@b.test" },
		{ "  email  =  a@b.test  \n", "-m=a@b.test" },
		{ "email = 'a b' # why\n", "-m=a b" },
		{ "email = \"a ; b\" ; why\n", "-m=a ; b" },
		{ "email = \"a\n", "-m=\"a" },
		{ "email = a#b\n", "-m=a#b" },
		{ "email =\n", "-m=" },
		{ "pre-hook = run --x=1 # c\n", "--pre-hook=run --x=1" },
		{ "quiet\nexpand = yes\nkeep = No\nstaging = 0\n", "-q --expand" },
		{ "email = one\nserver = s\nemail = two\n", "-m=two --server=s" },
		{ "domains = a\ndomain = b\n--domains = c\ndomains = d\n", "-d=d -d=b -d=c" },
		{ "cert-nam = a\ncert-name = b\ncert-nam = c\n", "--cert-name=c --cert-name=b" },
		{ "domains = a.test, b.test\n", "-d=a.test, b.test" },
		{ "domains = [a.test, b.test]\n", "-d=a.test -d=b.test" },
		{ "domains = [\"a.test\", \"b.test\"]\n", "-d=a.test -d=b.test" },
		{ "no-such = 1\n", "?--no-such=1" },
		{ "emai = x\n", "--email=x" },
		{ "quiet # why\nexpand\n", "-q --expand" },
		{ "max-log-backups = 0\npreconfigured-renewal = True\n",
		  "--max-log-backups=0 --preconfigured-renewal" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(free) char *shown = NULL;

		assert_done(read_text(&shown, rows[i].text));
		assert_string_equal(shown, rows[i].items);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "\nquiet = maybe\n", "cli.ini, line 2: quiet: 'maybe' is neither true nor false" },
		{ "= x\n", "neither a key nor a comment: = x" },
		{ "quiet#x\n", "neither a key nor a comment: quiet#x" },
		{ "email = [a, b]\n", "email takes one value" },
		{ "\n\ndomains\n", "cli.ini, line 3: domains needs a value" },
		{ "email # mine\n", "cli.ini, line 1: email needs a value" },
		{ "\nd = x\n", "cli.ini, line 2: ambiguous option: --d" },
		{ "quie = true\n", "ignored explicit argument 'true'" },
		{ "config = other.ini\n", "cannot name another one" },
		{ "conf = other.ini\n", "ambiguous option: --conf" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(free) char *shown = NULL;

		assert_refused(read_text(&shown, rows[i].text), ERR_USAGE, rows[i].why);
	}
	struct opt_items none = { 0 };

	assert_refused(config_file_read(&none, "absent.ini"), ERR_USAGE, "absent.ini");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, make_root, drop_root);
}
