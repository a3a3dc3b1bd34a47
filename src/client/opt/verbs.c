/* Which subcommands an option is about. */
#include "client/opt/option.h"
#include "client/plugin.h"

static bool has_word(const char *words, const char *word)
{
	AUTO(strlist_release) struct strlist list = { 0 };

	strlist_split(&list, words, ' ');
	return strlist_has(&list, word);
}

static bool plugin_concerns(const struct plugin *p, const char *verb)
{
	static const char proving[] = "run certonly renew reconfigure";
	static const char installing[] = "run renew install enhance";

	return (p->authenticator != NULL && has_word(proving, verb)) ||
	       (p->installer != NULL && has_word(installing, verb));
}

/* The option of a plugin that is not here only says so. */
bool option_concerns(const struct option_row *row, const char *verb)
{
	const struct plugin *p = row->plugin != NULL ? plugin_by_name(row->plugin) : NULL;

	if (row->verbs != NULL)
		return has_word(row->verbs, verb);
	return row->plugin == NULL || (p != NULL && plugin_concerns(p, verb));
}
