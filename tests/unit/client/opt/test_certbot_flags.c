/*
 * Every flag of Certbot (tests/data/certbot-cli.tsv) against our rows: known, with the same argument, repeatability, default and key in the
 * renewal file. What differs stands in a table with its reason; an entry that is not needed any more fails.
 */
#include "check.h"

#include <stdlib.h>

#include "base/fs.h"
#include "base/limits.h"
#include "client/cmd/cmd.h"
#include "client/opt/option.h"
#include "client/plugin.h"

enum column { FLAGS, ARGUMENT, PRESET, REPEATABLE, TOPICS, EFFECTIVE_FOR, CONF_KEY, STATUS };

/* In what our answer is another one than Certbot's. */
enum aspect { KNOWN, EFFECT, DEFAULT, KEY, TOPIC, VERBS, REMOVED };

struct exception {
	enum aspect aspect;
	const char *prefix; /* of flags */
	const char *reason;
};

static const struct exception exceptions[] = {
	{ KNOWN, "--dns-", "comes with the DNS plugins" },
	{ REMOVED, "--preferred-challenges", "only its value tls-sni was" },
	{ REMOVED, "--tls-sni-01-port",
	  "our TLS challenges listen there: another name of --https-port" },
	{ REMOVED, "--tls-sni-01-address", "our TLS challenges listen there" },
	{ VERBS, "--cert-name", "served is a subcommand of ours" },
	{ VERBS, "--dry-run", "install and enhance show what they would change" },
	{ VERBS, "--ip-address", "run gets such certificates too" },
	{ VERBS, "--issuance-timeout", "bounds renewals too" },
	{ VERBS, "--preferred-challenges",
	  "is kept in the renewal file, so reconfigure changes it" },
	{ EFFECT, "-t", "Certbot's has none either" },
	{ EFFECT, "--text", "Certbot's has none either" },
	{ EFFECT, "--eff-email", "addresses are given to nobody but the CA" },
	{ EFFECT, "--no-eff-email", "addresses are given to nobody but the CA" },
	{ EFFECT, "--os-packages-only", "deprecated: Certbot's has none either" },
	{ EFFECT, "--no-self-upgrade", "deprecated: Certbot's has none either" },
	{ EFFECT, "--no-bootstrap", "deprecated: Certbot's has none either" },
	{ EFFECT, "--no-permissions-check", "deprecated: Certbot's has none either" },
};

static bool exception_used[ARRAY_LEN(exceptions)];

static bool is_excepted(enum aspect aspect, const char *flag)
{
	for (size_t i = 0; i < ARRAY_LEN(exceptions); i++) {
		if (exceptions[i].aspect != aspect || !str_starts(flag, exceptions[i].prefix))
			continue;
		exception_used[i] = true;
		return true;
	}
	return false;
}

/* What was found, all of it: one run names every flag that is not as it should be. */
static struct strlist findings;

static void note(enum aspect aspect, const char *flag, char *finding)
{
	AUTO(free) char *text = finding;

	if (!is_excepted(aspect, flag))
		strlist_take(&findings, str_fmt("%s: %s", flag, text));
}

static const char *column(const struct strlist *line, enum column c)
{
	return line->items[c];
}

static bool is_removed(const struct strlist *line)
{
	return str_starts(column(line, STATUS), "removed");
}

/* "none", "-", "off" and explanations say that there is nothing; a number or a word is a default. */
static bool is_plain_default(const char *text)
{
	static const char *const none[] = { "none", "-", "off", "0", "(empty)" };

	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		if (streq(text, none[i]))
			return false;
	return strchr(text, ' ') == NULL && strchr(text, '(') == NULL;
}

static void judge_key(const char *flag, const char *wanted, const struct option_row *row)
{
	AUTO(free) char *key = xstrndup(wanted, strcspn(wanted, " "));
	const struct option_row *home = &option_rows[option_home((size_t)(row - option_rows))];
	const char *ours = row->conf_key != NULL ? row->conf_key : home->conf_key;

	if (strchr("-([", key[0]) != NULL)
		return;
	if (ours == NULL || !streq(ours, key))
		note(KEY, flag, str_fmt("is not kept as %s in the renewal file", key));
}

/* "run certonly(--csr) renew", "all but renew", "registration update_account": the word of a subcommand, or one that covers it. */
static bool says_verb(const char *column, const char *verb)
{
	static const char *const registering[] = { "run", "certonly", "register" };
	AUTO(strlist_release) struct strlist words = { 0 };

	if (str_starts(column, "all") || streq(column, "-"))
		return true;
	strlist_split(&words, column, ' ');
	for (size_t i = 0; i < words.count; i++) {
		char *word = words.items[i];

		word[strcspn(word, "(,")] = '\0';
		if (streq(word, verb))
			return true;
		for (size_t r = 0; streq(word, "registration") && r < ARRAY_LEN(registering); r++)
			if (streq(registering[r], verb))
				return true;
	}
	return false;
}

static bool without_effect(const struct option_row *row)
{
	return row->kind == &kind_accepted || row->kind == &kind_accepted_value ||
	       row->kind == &kind_noted;
}

/* Where there is nothing to be shown: options that do nothing, and plugins that are not here. */
static bool is_nowhere(const struct option_row *row)
{
	return without_effect(row) || (row->plugin != NULL && plugin_by_name(row->plugin) == NULL);
}

/* The column of a plugin's own option names the plugin only. reconfigure takes every plugin. */
static void judge_verbs(const char *flag, const char *wanted, const struct option_row *row)
{
	AUTO(buf_release) struct buf wrong = BUF_INIT(LIMIT_KIB(4));
	bool named = false;

	for (size_t i = 0; i < subcommand_count; i++) {
		const char *verb = subcommands[i]->name;
		bool concerns = option_concerns(row, verb), says = says_verb(wanted, verb);

		named |= says;
		if (concerns != says && !(row->kind == &kind_plugin && streq(verb, "reconfigure")))
			buf_addf(&wrong, " %s%s", concerns ? "" : "not ", verb);
	}
	if (named && wrong.len > 0 && !is_nowhere(row))
		note(VERBS, flag, str_fmt("is shown for%s", buf_str(&wrong)));
}

/* `help TOPIC` shows what Certbot's does, and may show more. */
static void judge_topics(const char *flag, const struct strlist *line, const struct option_row *row)
{
	AUTO(strlist_release) struct strlist ours = { 0 }, wanted = { 0 };

	if (!streq(column(line, STATUS), "normal") || is_nowhere(row))
		return;
	strlist_split(&wanted, column(line, TOPICS), ' ');
	strlist_split(&ours, row->topics != NULL ? row->topics : "", ' ');
	for (size_t i = 0; i < wanted.count; i++)
		if (!strlist_has(&ours, wanted.items[i]))
			note(TOPIC, flag, str_fmt("is not in help %s", wanted.items[i]));
}

static void judge_row(const char *flag, const struct strlist *line, const struct option_row *row)
{
	const char *argument = column(line, ARGUMENT), *preset = column(line, PRESET);
	bool takes_value = !streq(argument, "-") && argument[0] != '[';
	bool repeats = str_starts(column(line, REPEATABLE), "yes");

	if (row->spec.takes_value != takes_value)
		note(KNOWN, flag, str_fmt("takes %s value", takes_value ? "a" : "no"));
	if (row->kind->repeats != repeats && !without_effect(row))
		note(KNOWN, flag, str_fmt("is %srepeatable", repeats ? "" : "not "));
	if (is_plain_default(preset) && (row->preset == NULL || !streq(row->preset, preset)))
		note(DEFAULT, flag, str_fmt("has not the default %s", preset));
	if (without_effect(row))
		note(EFFECT, flag, xstrdup("is accepted without effect"));
	judge_key(flag, column(line, CONF_KEY), row);
	judge_topics(flag, line, row);
	judge_verbs(flag, column(line, EFFECTIVE_FOR), row);
}

static void judge_flag(const char *flag, const struct strlist *line)
{
	size_t row = 0;
	bool known = opt_find(&row, &option_table, flag);

	if (is_removed(line)) {
		if (known)
			note(REMOVED, flag, xstrdup("was removed from Certbot"));
	} else if (!known) {
		note(KNOWN, flag, xstrdup("is unknown"));
	} else {
		judge_row(flag, line, &option_rows[row]);
	}
}

static void judge_line(const char *text)
{
	AUTO(strlist_release) struct strlist line = { 0 };
	AUTO(strlist_release) struct strlist flags = { 0 };

	strlist_split(&line, text, '\t');
	assert_true(line.count > STATUS);
	strlist_split(&flags, column(&line, FLAGS), ' ');
	for (size_t i = 0; i < flags.count; i++) {
		char *flag = flags.items[i];

		flag[strcspn(flag, ",")] = '\0';
		if (flag[0] == '-')
			judge_flag(flag, &line);
	}
}

static void test_every_flag_of_certbot(void **state)
{
	AUTO(free) char *path = fs_join(getenv("TEST_DATA"), "certbot-cli.tsv");
	AUTO(free) char *text = NULL;
	AUTO(strlist_release) struct strlist lines = { 0 };

	(void)state;
	assert_done(fs_read(&text, NULL, path, LIMIT_FILE));
	strlist_split(&lines, text, '\n');
	assert_true(lines.count > 150);
	for (size_t i = 1; i < lines.count; i++)
		judge_line(lines.items[i]);
	AUTO(free) char *all = strlist_join(&findings, "\n");

	if (findings.count > 0)
		fail_msg("%zu flags are not as Certbot's:\n%s", findings.count, all);
}

static void test_no_exception_is_left_over(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(exceptions); i++)
		if (!exception_used[i])
			fail_msg("%s is as Certbot's: take it off the exceptions",
				 exceptions[i].prefix);
}

static int drop_findings(void **state)
{
	(void)state;
	strlist_release(&findings);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_flag_of_certbot),
		cmocka_unit_test(test_no_exception_is_left_over),
	};

	return cmocka_run_group_tests(tests, NULL, drop_findings);
}
