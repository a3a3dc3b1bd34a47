/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "plugins/fake_client.h"
#include "plugins/plugins.h"

static char auth_hook[] = "/bin/auth";
static char cleanup_hook[] = "/bin/cleanup";

struct bench {
	struct ui ui;
	struct options opt;
	struct world world;
	struct plugin_env env;
	struct plugin_common common;
	void *state;
	struct task tasks[2];
};

static int set_up(void **state)
{
	struct bench *b = xcalloc(1, sizeof(*b));

	assert_int_equal(pthread_mutex_init(&b->common.lock, NULL), 0);
	b->env = (struct plugin_env){
		.world = &b->world, .ui = &b->ui, .opt = &b->opt, .common = &b->common
	};
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	if (b->state != NULL)
		plugin_manual.close(b->state);
	fake_tasks_release(b->tasks, ARRAY_LEN(b->tasks));
	fake_ui_release(&b->ui);
	free(b);
	return 0;
}

static void open_with_hooks(struct bench *b, enum medium medium)
{
	b->opt.manual_auth_hook = auth_hook;
	b->opt.manual_cleanup_hook = cleanup_hook;
	fake_task(&b->tasks[0], "a.test", "tok1", medium);
	fake_task(&b->tasks[1], "a.test", "tok2", medium);
	assert_null(plugin_manual.open(&b->state, &b->env));
}

static struct err *publish(struct bench *b)
{
	return plugin_manual.authenticator->publish(b->state, b->tasks, ARRAY_LEN(b->tasks));
}

static struct err *withdraw(struct bench *b)
{
	return plugin_manual.authenticator->withdraw(b->state, b->tasks, ARRAY_LEN(b->tasks));
}

#define NO_TLS_NO_DNS                                                                     \
	"-CERTBOT_CERT_PATH\n-CERTBOT_KEY_PATH\n-CERTBOT_SNI_DOMAIN\n-CERTBOT_DNS_NAME\n" \
	"-CERTBOT_AUTH_OUTPUT\n"

static void test_http_hooks(void **state)
{
	struct bench *b = *state;

	open_with_hooks(b, MEDIUM_HTTP);
	b->ui.hook_output = "  left\n";
	assert_null(publish(b));
	assert_string_equal(b->ui.hooks.items[0], "--manual-auth-hook a.test: /bin/auth");
	assert_string_equal(
		buf_str(&b->ui.hook_env),
		"CERTBOT_DOMAIN=a.test\nCERTBOT_IDENTIFIER=a.test\nCERTBOT_REMAINING_CHALLENGES=1\n"
		"CERTBOT_ALL_DOMAINS=a.test,a.test\nCERTBOT_ALL_IDENTIFIERS=a.test,a.test\n"
		"CERTBOT_VALIDATION=tok1.thumbprint\nCERTBOT_TOKEN=tok1\n" NO_TLS_NO_DNS
		"CERTBOT_DOMAIN=a.test\nCERTBOT_IDENTIFIER=a.test\nCERTBOT_REMAINING_CHALLENGES=0\n"
		"CERTBOT_ALL_DOMAINS=a.test,a.test\nCERTBOT_ALL_IDENTIFIERS=a.test,a.test\n"
		"CERTBOT_VALIDATION=tok2.thumbprint\nCERTBOT_TOKEN=tok2\n" NO_TLS_NO_DNS);
	buf_reset(&b->ui.hook_env);
	assert_null(withdraw(b));
	assert_string_equal(b->ui.hooks.items[3], "--manual-cleanup-hook a.test: /bin/cleanup");
	assert_non_null(
		strstr(buf_str(&b->ui.hook_env), "CERTBOT_TOKEN=tok2\nCERTBOT_AUTH_OUTPUT=left\n"));
	assert_null(withdraw(b));
	assert_int_equal(b->ui.hooks.count, 4);
}

static void test_dns_hooks_have_no_token(void **state)
{
	struct bench *b = *state;

	open_with_hooks(b, MEDIUM_DNS);
	assert_null(publish(b));
	assert_non_null(strstr(buf_str(&b->ui.hook_env), "CERTBOT_VALIDATION=txt-of-tok1\n"));
	assert_non_null(strstr(buf_str(&b->ui.hook_env), "-CERTBOT_TOKEN\n"));
	assert_non_null(strstr(buf_str(&b->ui.hook_env), "CERTBOT_DNS_NAME="));
	assert_null(strstr(buf_str(&b->ui.hook_env), "CERTBOT_TOKEN="));
	assert_null(withdraw(b));
}

static void expect_file(const char *path, const char *label)
{
	AUTO(free) char *text = NULL;
	AUTO(free) char *begin = str_fmt("-----BEGIN %s-----\n", label);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_null(fs_read(&text, NULL, path, 10000));
	assert_true(str_starts(text, begin));
}

/* The files are there for the hooks, and gone afterwards, whatever the hooks did (certbot.md 19). */
static void test_tls_hooks_get_files(void **state)
{
	struct bench *b = *state;
	char directory[] = "/tmp/signet-test-manual-XXXXXX";

	assert_non_null(mkdtemp(directory));
	AUTO(free) char *cert = fs_join(directory, "tok1.crt");
	AUTO(free) char *key = fs_join(directory, "tok1.pem");
	const char *said = "-CERTBOT_VALIDATION\n-CERTBOT_TOKEN\n-CERTBOT_DNS_NAME\n"
			   "-CERTBOT_AUTH_OUTPUT\n";

	b->opt.work_dir = directory;
	b->world.clock = &system_clock;
	open_with_hooks(b, MEDIUM_TLS);
	assert_null(fs_create(key, "left", 4, 0644)); /* of a run that was killed */
	assert_null(publish(b));
	expect_file(cert, "CERTIFICATE");
	expect_file(key, "PRIVATE KEY");
	assert_non_null(strstr(buf_str(&b->ui.hook_env), said));
	AUTO(free)
	char *variables = str_fmt(
		"CERTBOT_CERT_PATH=%s\nCERTBOT_KEY_PATH=%s\nCERTBOT_SNI_DOMAIN=a.test\n", cert,
		key);

	assert_non_null(strstr(buf_str(&b->ui.hook_env), variables));
	b->ui.failing_hook = 3;
	AUTO(err_free) struct err *e = withdraw(b);

	assert_non_null(e);
	assert_int_equal(rmdir(directory), 0);
}

/* The second auth hook is stopped: both cleanup hooks run, also when the first of them fails. */
static void test_interrupted_hook_is_cleaned_up(void **state)
{
	struct bench *b = *state;

	open_with_hooks(b, MEDIUM_DNS);
	b->ui.failing_hook = 2;
	AUTO(err_free) struct err *e = publish(b);

	assert_non_null(e);
	assert_int_equal(e->code, ERR_INTERRUPTED);
	b->ui.failing_hook = 3;
	AUTO(err_free) struct err *first = withdraw(b);

	assert_non_null(first);
	assert_string_equal(first->msg, "hook 3 was stopped");
	assert_int_equal(b->ui.hooks.count, 4);
}

static void test_no_cleanup_for_what_was_not_placed(void **state)
{
	struct bench *b = *state;

	open_with_hooks(b, MEDIUM_DNS);
	b->ui.failing_hook = 1;
	AUTO(err_free) struct err *e = publish(b);

	assert_non_null(e);
	assert_null(withdraw(b));
	assert_int_equal(b->ui.hooks.count, 2);
}

static void test_by_hand(void **state)
{
	struct bench *b = *state;

	b->ui.can_ask = true;
	strlist_add(&b->ui.answers, "");
	strlist_add(&b->ui.answers, "");
	fake_task(&b->tasks[0], "a.test", "tok1", MEDIUM_DNS);
	fake_task(&b->tasks[1], "a.test", "tok2", MEDIUM_DNS);
	assert_null(plugin_manual.open(&b->state, &b->env));
	assert_null(publish(b));
	assert_non_null(strstr(b->ui.questions.items[0], "_acme-challenge.a.test.\n"));
	assert_non_null(strstr(b->ui.questions.items[0], "\ntxt-of-tok1\n"));
	assert_null(strstr(b->ui.questions.items[0], "in addition"));
	assert_non_null(strstr(b->ui.questions.items[1], "in addition to the previous one"));
	assert_null(withdraw(b));
	assert_int_equal(b->ui.hooks.count, 0);
}

static void test_http_by_hand(void **state)
{
	struct bench *b = *state;

	b->ui.can_ask = true;
	strlist_add(&b->ui.answers, "");
	strlist_add(&b->ui.answers, "");
	fake_task(&b->tasks[0], "a.test", "tok1", MEDIUM_HTTP);
	fake_task(&b->tasks[1], "2001:db8::1", "tok2", MEDIUM_HTTP);
	assert_null(plugin_manual.open(&b->state, &b->env));
	assert_null(publish(b));
	assert_non_null(strstr(b->ui.questions.items[0], "\ntok1.thumbprint\n"));
	assert_non_null(strstr(b->ui.questions.items[0],
			       "http://a.test/.well-known/acme-challenge/tok1\n"));
	assert_non_null(strstr(b->ui.questions.items[1],
			       "http://[2001:db8::1]/.well-known/acme-challenge/tok2\n"));
}

static void test_cannot_work(void **state)
{
	struct bench *b = *state;
	static char absent[] = "absent";
	AUTO(err_free) struct err *nobody = plugin_manual.open(&b->state, &b->env);

	assert_non_null(nobody);
	assert_non_null(strstr(nobody->msg, "--manual-auth-hook"));
	b->opt.manual_auth_hook = absent;
	AUTO(err_free) struct err *missing = plugin_manual.open(&b->state, &b->env);

	assert_non_null(missing);
	assert_string_equal(missing->msg, "manual-auth-hook command absent is not there");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_http_hooks),
		TEST(test_dns_hooks_have_no_token),
		TEST(test_tls_hooks_get_files),
		TEST(test_interrupted_hook_is_cleaned_up),
		TEST(test_no_cleanup_for_what_was_not_placed),
		TEST(test_by_hand),
		TEST(test_http_by_hand),
		TEST(test_cannot_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
