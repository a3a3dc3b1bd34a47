#include "plugins/nginx/known.h"

struct known {
	char *which, *about;
};

static char *which_of(const struct plugin_env *env)
{
	return str_fmt("%s %s", env->opt->nginx_ctl, env->opt->nginx_server_root);
}

static void known_free(void *data)
{
	struct known *k = data;

	if (k == NULL)
		return;
	free(k->which);
	free(k->about);
	free(k);
}

char *known_about(const struct plugin_env *env)
{
	AUTO(free) char *which = which_of(env);

	(void)pthread_mutex_lock(&env->common->lock);
	const struct known *k = env->common->data;
	char *about = k != NULL && streq(k->which, which) ? xstrdup(k->about) : NULL;

	(void)pthread_mutex_unlock(&env->common->lock);
	return about;
}

void known_keep(const struct plugin_env *env, const char *about)
{
	struct known *k = xcalloc(1, sizeof(*k));

	k->which = which_of(env);
	k->about = xstrdup(about);
	(void)pthread_mutex_lock(&env->common->lock);
	known_free(env->common->data);
	env->common->data = k;
	env->common->release = known_free;
	(void)pthread_mutex_unlock(&env->common->lock);
}
