/* The help, made from the rows of the options, the subcommands and the plugins (certbot.md 2.5). */
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "client/cmd/cmd.h"
#include "client/opt/option.h"
#include "client/plugin.h"

#define HELP_COLUMN 24
#define HELP_WIDTH 79

const struct topic topics[] = {
	{ "general", "options that most subcommands know" },
	{ "automation", "options for scripts and timers" },
	{ "security", "options about keys and certificates" },
	{ "testing", "options for trying things out" },
	{ "paths", "options about directories and servers" },
	{ "manage", "options for working on certificates that are there" },
};
const size_t topic_count = ARRAY_LEN(topics);

static const char *const command_words[] = { "commands", "command", "subcommand", "subcommands",
					     "verbs" };

static void add_wrapped(struct buf *out, const char *text, size_t indent)
{
	size_t column = HELP_WIDTH + 1;

	while (*text != '\0') {
		size_t len = strcspn(text, " ");

		if (column + 1 + len > HELP_WIDTH) {
			buf_addf(out, "%s%*s", column > HELP_WIDTH ? "" : "\n", (int)indent, "");
			column = indent;
		} else {
			buf_addc(out, ' ');
			column++;
		}
		buf_add(out, text, len);
		column += len;
		text += len + (text[len] == ' ');
	}
	buf_addc(out, '\n');
}

static void add_row(struct buf *out, const struct option_row *row)
{
	size_t start = out->len;

	buf_adds(out, "  ");
	for (size_t n = 0; n < OPT_NAMES_MAX && row->spec.names[n] != NULL; n++)
		buf_addf(out, "%s%s%s%s", n > 0 ? ", " : "", row->spec.names[n],
			 row->spec.takes_value ? " " : "",
			 row->spec.takes_value ? row->metavar : "");
	size_t width = out->len - start;

	if (width + 2 > HELP_COLUMN)
		buf_addf(out, "\n%*s", HELP_COLUMN, "");
	else
		buf_addf(out, "%*s", (int)(HELP_COLUMN - width), "");
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_KIB(4));

	add_wrapped(&text, row->help, HELP_COLUMN);
	buf_adds(out, buf_str(&text) + HELP_COLUMN);
}

static bool is_shown(const struct option_row *row, const char *topic)
{
	AUTO(strlist_release) struct strlist words = { 0 };

	if (row->topics == NULL)
		return false;
	strlist_split(&words, row->topics, ' ');
	return strlist_has(&words, topic);
}

static void add_section(struct buf *out, const char *topic, const char *title)
{
	size_t before;

	buf_addf(out, "\n%s:\n", topic);
	add_wrapped(out, title, 2);
	buf_addc(out, '\n');
	before = out->len;
	for (size_t i = 0; i < option_row_count; i++)
		if (is_shown(&option_rows[i], topic))
			add_row(out, &option_rows[i]);
	if (out->len == before)
		buf_adds(out, "  It has no options of its own.\n");
}

static void add_commands(struct buf *out)
{
	buf_adds(out, "\nsubcommands:\n");
	for (size_t i = 0; i < subcommand_count; i++)
		buf_addf(out, "  %-20s  %s\n", subcommands[i]->name, subcommands[i]->summary);
}

static void add_purpose(struct buf *out, const char *program)
{
	buf_addf(out,
		 "usage:\n"
		 "  %s [SUBCOMMAND] [options] [-d NAME] [-d NAME] ...\n"
		 "\n"
		 "Signet gets certificates from an ACME certificate authority such as Let's\n"
		 "Encrypt and keeps them fresh. ",
		 program);
}

void options_usage(struct buf *out, const char *program)
{
	add_purpose(out, program);
	buf_addf(out, "`%s --help` says more.\n", program);
}

static void add_overview(struct buf *out, const char *program)
{
	add_purpose(out, program);
	buf_adds(out, "It works on Certbot's files with its options.\n");
	add_commands(out);
	buf_addf(out,
		 "\nto get a certificate:\n"
		 "  %s certonly --standalone -d www.example.org\n"
		 "  %s certonly --webroot -w /var/www/html -d example.org -d www.example.org\n"
		 "\nto renew what is due:\n"
		 "  %s renew\n",
		 program, program, program);
	buf_adds(out,
		 "\nmost used options:\n"
		 "  -d NAMES              names for the certificate, by commas\n"
		 "  --cert-name NAME      the certificate to work on\n"
		 "  --dry-run             try with a test CA, keep nothing\n"
		 "  -n                    never ask\n"
		 "  -m MAIL --agree-tos   for the first account\n"
		 "\nmore help:\n"
		 "  --help all            everything\n"
		 "  --help TOPIC          automation, commands, paths, security, testing, manage,\n"
		 "                        a subcommand or a plugin\n");
}

static void add_everything(struct buf *out, const char *program)
{
	add_overview(out, program);
	for (size_t i = 0; i < topic_count; i++)
		add_section(out, topics[i].name, topics[i].title);
	for (size_t i = 0; i < subcommand_count; i++)
		add_section(out, subcommands[i]->name, subcommands[i]->summary);
	for (size_t i = 0; i < plugin_count; i++)
		add_section(out, plugins[i]->name, plugins[i]->description);
}

static bool add_topic(struct buf *out, const char *name)
{
	const struct subcommand *verb = subcommand_by_name(name);
	const struct plugin *plugin = plugin_by_name(name);

	for (size_t i = 0; i < topic_count; i++)
		if (streq(topics[i].name, name)) {
			add_section(out, name, topics[i].title);
			return true;
		}
	if (verb != NULL)
		add_section(out, verb->name, verb->summary);
	if (plugin != NULL && verb == NULL)
		add_section(out, plugin->name, plugin->description);
	return verb != NULL || plugin != NULL;
}

static bool is_about_commands(const char *topic)
{
	for (size_t i = 0; i < ARRAY_LEN(command_words); i++)
		if (streq(command_words[i], topic))
			return true;
	return false;
}

bool options_help(struct buf *out, const char *program, const char *topic)
{
	if (topic == NULL) {
		add_overview(out, program);
		return true;
	}
	if (streq(topic, "all")) {
		add_everything(out, program);
		return true;
	}
	if (!is_about_commands(topic))
		return add_topic(out, topic);
	add_commands(out);
	return true;
}
