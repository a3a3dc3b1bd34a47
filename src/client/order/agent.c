#include "client/order/agent.h"

#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/version.h"
#include "client/cmd/cmd.h"
#include "client/hook/run.h"

/* PRETTY_NAME of os-release(5), without its quotes. */
static char *system_name(void)
{
	AUTO(free) char *text = NULL;
	AUTO(strlist_release) struct strlist lines = { 0 };
	static const char key[] = "PRETTY_NAME=";

	err_ignore(fs_read_if_exists(&text, NULL, "/etc/os-release", LIMIT_FILE));
	strlist_split(&lines, text != NULL ? text : "", '\n');
	for (size_t i = 0; i < lines.count; i++) {
		const char *value = lines.items[i] + strlen(key);

		if (!str_starts(lines.items[i], key))
			continue;
		size_t quoted = *value == '"' || *value == '\'';
		AUTO(free) char *name = xstrndup(value + quoted, strlen(value) - 2 * quoted * (strlen(value) > 1));
		return str_printable(name, 128);
	}
	return xstrdup("Linux");
}

static bool has_hooks(const struct options *opt)
{
	const char *const hooks[] = { opt->pre_hook, opt->post_hook, opt->deploy_hook,
				      opt->manual_auth_hook, opt->manual_cleanup_hook };

	for (size_t i = 0; i < ARRAY_LEN(hooks); i++)
		if (hook_is_set(hooks[i]))
			return true;
	return false;
}

static void add_flags(struct buf *b, const struct options *opt)
{
	const struct {
		bool set;
		const char *word;
	} flags[] = {
		{ opt->duplicate, " dup" },
		{ opt->force_renewal, " frn" },
		{ opt->allow_subset_of_names, " asn" },
		{ opt->noninteractive, " n" },
		{ has_hooks(opt), " hook" },
	};

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (flags[i].set)
			buf_adds(b, flags[i].word);
}

static const char *or_none(const char *plugin)
{
	return plugin != NULL ? plugin : "None";
}

char *user_agent(const struct options *opt)
{
	AUTO(free) char *system = NULL;
	struct buf b = BUF_INIT(LIMIT_KIB(1));

	if (opt->user_agent != NULL)
		return xstrdup(opt->user_agent);
	system = system_name();
	buf_addf(&b, "Signet/%s (signet; %s", SIGNET_VERSION, system);
	if (opt->user_agent_comment != NULL)
		buf_addf(&b, "; %s", opt->user_agent_comment);
	buf_addf(&b, ") Authenticator/%s Installer/%s (%s; flags:", or_none(opt->authenticator), or_none(opt->installer),
		 opt->verb->name);
	add_flags(&b, opt);
	buf_adds(&b, ")");
	return buf_detach(&b);
}
