#include "plugins/apache/condition.h"

#include <regex.h>
#include <string.h>

#include "base/fs.h"
#include "plugins/apache/line.h"

typedef struct err *(*condition_fn)(bool *holds, const struct apache_ground *g, const char *args);

/* Source files whose name is not mod_X.c for X_module. */
static const struct {
	const char *file, *module;
} odd_names[] = {
	{ "core.c", "core_module" },
	{ "http_core.c", "http_module" },
	{ "mod_log_config.c", "log_config_module" },
	{ "event.c", "mpm_event_module" },
	{ "prefork.c", "mpm_prefork_module" },
	{ "worker.c", "mpm_worker_module" },
	{ "mpm_itk.c", "mpm_itk_module" },
	{ "util_ldap.c", "ldap_module" },
	{ "mod_php7.c", "php7_module" },
	{ "mod_security2.c", "security2_module" },
};

static char *module_name(const char *written)
{
	size_t len = strlen(written);

	for (size_t i = 0; i < ARRAY_LEN(odd_names); i++)
		if (streq(written, odd_names[i].file))
			return xstrdup(odd_names[i].module);
	if (str_starts(written, "mod_") && str_ends(written, ".c"))
		return str_fmt("%.*s_module", (int)(len - 6), written + 4);
	return xstrdup(written);
}

char *apache_path(const struct apache_ground *g, const char *path)
{
	return *path == '/' || g->server_root == NULL ? xstrdup(path)
						      : fs_join(g->server_root, path);
}

static struct err *if_module(bool *holds, const struct apache_ground *g, const char *args)
{
	AUTO(free) char *module = module_name(args);

	*holds = strlist_has(&g->modules, module);
	return NULL;
}

static struct err *if_define(bool *holds, const struct apache_ground *g, const char *args)
{
	*holds = apache_vars_have(&g->vars, args);
	return NULL;
}

static struct err *if_file(bool *holds, const struct apache_ground *g, const char *args)
{
	AUTO(free) char *path = apache_path(g, args);

	*holds = fs_exists(path);
	return NULL;
}

/* 2.4.71 as one number; parts left out are 0. */
static bool version_number(const char *text, int64_t *out)
{
	AUTO(strlist_release) struct strlist parts = { 0 };
	int64_t number = 0;

	if (text != NULL)
		strlist_split(&parts, text, '.');
	if (parts.count == 0 || parts.count > 3)
		return false;
	for (size_t i = 0; i < 3; i++) {
		int64_t part = 0;

		if (i < parts.count && !str_to_int(parts.items[i], 0, 9999, &part))
			return false;
		number = number * 10000 + part;
	}
	*out = number;
	return true;
}

static struct err *matches(bool *holds, const char *version, const char *pattern)
{
	regex_t re;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return err_new(ERR_PARSE, "\"%s\" is no regular expression that signet understands",
			       pattern);
	*holds = version != NULL && regexec(&re, version, 0, NULL, 0) == 0;
	regfree(&re);
	return NULL;
}

static struct err *compare(bool *holds, const char *version, const char *op, const char *wanted)
{
	int64_t have = 0, want = 0;

	*holds = false;
	if (!version_number(wanted, &want))
		return err_new(ERR_PARSE, "\"%s\" is no version", wanted);
	if (!version_number(version, &have))
		return NULL;
	if (streq(op, "=") || streq(op, "=="))
		*holds = have == want;
	else if (streq(op, ">") || streq(op, "<"))
		*holds = *op == '>' ? have > want : have < want;
	else if (streq(op, ">=") || streq(op, "<="))
		*holds = *op == '>' ? have >= want : have <= want;
	else
		return err_new(ERR_PARSE, "\"%s\" compares no versions", op);
	return NULL;
}

/* [op] version, version may be /pattern/. */
static struct err *if_version(bool *holds, const struct apache_ground *g, const char *args)
{
	AUTO(free) char *first = apache_word(&args);
	AUTO(free) char *second = apache_word(&args);
	const char *op = second != NULL ? first : "=", *wanted = second != NULL ? second : first;
	size_t len = wanted != NULL ? strlen(wanted) : 0;

	if (len >= 2 && *wanted == '/' && wanted[len - 1] == '/') {
		AUTO(free) char *pattern = xstrndup(wanted + 1, len - 2);

		return matches(holds, g->version, pattern);
	}
	if (len > 0 && streq(op, "~"))
		return matches(holds, g->version, wanted);
	return compare(holds, g->version, op, len > 0 ? wanted : "");
}

/* <IfDirective>, <IfSection>: which names Apache knows it tells nobody before it has read them. */
static struct err *suppose(bool *holds, const struct apache_ground *g, const char *args)
{
	(void)g;
	(void)args;
	*holds = true;
	return NULL;
}

static const struct {
	const char *section;
	condition_fn judge;
} conditions[] = {
	{ "IfModule", if_module }, { "IfDefine", if_define },  { "IfVersion", if_version },
	{ "IfFile", if_file },     { "IfDirective", suppose }, { "IfSection", suppose },
};

void apache_note_supposed(struct strlist *doubts, const char *path, const struct apache_node *n,
			  const char *args)
{
	if (!apache_is(n, "IfDirective") && !apache_is(n, "IfSection"))
		return;
	AUTO(free)
	char *text = str_fmt(
		"%s line %u: <%s %s>: signet takes it that Apache knows %s; if it does not, what is seen of this section is wrong",
		path, n->line, n->name, args, *args == '!' ? args + 1 : args);

	(void)strlist_add_unique(doubts, text);
}

bool apache_is_condition(const char *section)
{
	for (size_t i = 0; i < ARRAY_LEN(conditions); i++)
		if (streq_nocase(section, conditions[i].section))
			return true;
	return false;
}

struct err *apache_condition(bool *holds, const struct apache_ground *g, const char *section,
			     const char *args)
{
	bool not = *args == '!';
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(conditions) && !streq_nocase(section, conditions[i].section))
		i++;
	const char *rest = args + (not ? 1 : 0);
	AUTO(free)
	char *word = conditions[i].judge == if_version ? xstrdup(rest) : apache_word(&rest);

	if (word == NULL)
		return err_new(ERR_PARSE, "<%s> names nothing", section);
	TRY(conditions[i].judge(holds, g, word));
	*holds = *holds != not ;
	return NULL;
}
