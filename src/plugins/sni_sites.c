#include "plugins/sni_sites.h"

static bool is_sni(const struct task *t)
{
	return t->proof.medium == MEDIUM_TLS && t->proof.tls_protocol == NULL;
}

static struct err *add(struct sni_sites *s, struct change *change, const struct plugin_env *env, const struct task *t)
{
	struct tls_files *f = &s->files[s->count];

	tls_files_name(f, env->opt, t);
	s->items[s->count++] = (struct sni_site){ t->proof.tls_server_name, f->cert, f->key };
	return tls_files_plan(change, env, t);
}

struct err *sni_sites_gather(struct sni_sites *out, struct change *change, const struct plugin_env *env,
			     const struct task *tasks, size_t n)
{
	out->items = xcalloc(n, sizeof(*out->items));
	out->files = xcalloc(n, sizeof(*out->files));
	for (size_t i = 0; i < n; i++)
		if (is_sni(&tasks[i]))
			TRY(add(out, change, env, &tasks[i]));
	return NULL;
}

void sni_sites_release(struct sni_sites *s)
{
	for (size_t i = 0; i < s->count; i++)
		tls_files_release(&s->files[i]);
	free(s->files);
	free(s->items);
}
