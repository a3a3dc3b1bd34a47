/* The installer that installs nothing: for `run` and `enhance` where only the files are wanted. */
#include "plugins/plugins.h"

static struct err *open_null(void **state, const struct plugin_env *env)
{
	(void)env;
	*state = NULL;
	return NULL;
}

static void close_null(void *state)
{
	(void)state;
}

static struct err *no_names(void *state, struct strlist *out)
{
	(void)state;
	(void)out;
	return NULL;
}

static struct err *deploy_nowhere(void *state, const char *name, const struct deployment *files,
				  struct bystanders *beside)
{
	(void)beside;
	(void)state;
	(void)name;
	(void)files;
	return NULL;
}

static struct err *plan_nothing(void *state, const struct change **out)
{
	(void)state;
	*out = NULL;
	return NULL;
}

static struct err *served_nowhere(void *state, const char *name, struct endpoints *out)
{
	(void)state;
	(void)name;
	(void)out;
	return NULL;
}

static struct err *reread_nothing(void *state)
{
	(void)state;
	return NULL;
}

static const struct installer_ops installer = {
	.names = no_names,
	.deploy = deploy_nowhere,
	.plan = plan_nothing,
	.endpoints = served_nowhere,
	.reread = reread_nothing,
};

const struct plugin plugin_null = {
	.name = "null",
	.description = "Installs nothing",
	.hidden = true,
	.open = open_null,
	.close = close_null,
	.installer = &installer,
};
