#include "plugins/webroot_root.h"

#include <string.h>

#include "base/fs.h"
#include "base/kept.h"

static const char *mapped_root(const struct options *opt, const char *name)
{
	for (size_t i = 0; i < opt->webroot_map.names.count; i++)
		if (streq_nocase(opt->webroot_map.names.items[i], name))
			return opt->webroot_map.roots.items[i];
	return NULL;
}

/* Names that no -w came before use the last one. */
static const char *known_root(const struct options *opt, const char *name)
{
	const char *root = mapped_root(opt, name);

	if (root == NULL && opt->webroot_path.count > 0)
		root = opt->webroot_path.items[opt->webroot_path.count - 1];
	return root;
}

static struct err *check_root(const char *root)
{
	static const char inner[] = "/.well-known/acme-challenge";
	AUTO(free) char *path = xstrdup(root);
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	if (!fs_is_dir(path))
		return err_new(ERR_CONFIG, "%s does not exist or is not a directory", path);
	if (!str_ends(path, inner))
		return NULL;
	path[len - strlen(inner)] = '\0';
	return err_new(
		ERR_CONFIG,
		"the web root must be the directory that is served as \"/\", without .well-known/acme-challenge at its "
		"end: use -w %s",
		*path != '\0' ? path : "/");
}

struct err *webroot_check_names(const struct options *opt, const struct strlist *names,
				bool can_ask)
{
	for (size_t i = 0; i < names->count; i++) {
		const char *root = known_root(opt, names->items[i]);

		if (root != NULL)
			TRY(check_root(root));
		else if (!can_ask)
			return err_new(
				ERR_CONFIG,
				"no web root is known for %s: set it with --webroot-path (-w) or --webroot-map",
				names->items[i]);
	}
	return NULL;
}

/* It will be kept in the renewal file. */
static struct err *check_typed(const char *path)
{
	TRY(kept_check_item(path));
	return check_root(path);
}

static struct err *ask_new(char **root, const struct plugin_env *env, const char *name)
{
	AUTO(free) char *text = str_fmt("Directory that is served as http://%s/", name);
	const struct question q = { .text = text, .flag = "--webroot-path", .safe = true };

	for (;;) {
		AUTO(free) char *typed = NULL;

		TRY(prompt_text(env->ui, &typed, &q, NULL));
		if (typed == NULL)
			return err_new(ERR_CONFIG, "no web root was given for %s", name);
		AUTO(free) char *path = fs_absolute(typed);
		AUTO(err_free) struct err *wrong = check_typed(path);

		if (wrong == NULL) {
			*root = MOVE(path);
			return NULL;
		}
		ui_emit(env->ui, EVENT_WARNING_TEXT, NO_FIELDS, "%s", wrong->msg);
	}
}

/* A menu of the roots that other names have, and a new one. */
static struct err *ask_root(char **root, const struct plugin_env *env, const char *name)
{
	AUTO(free) char *text = str_fmt("Select the webroot for %s:", name);
	const struct question q = { .text = text, .flag = "--webroot-path", .safe = true };
	AUTO(strlist_release) struct strlist items = { 0 };
	size_t choice = 0;

	strlist_add(&items, "Enter a new webroot");
	for (size_t i = 0; i < env->opt->webroot_map.roots.count; i++)
		(void)strlist_add_unique(&items, env->opt->webroot_map.roots.items[i]);
	if (items.count > 1)
		TRY(prompt_menu(env->ui, &choice, &q, &items, -1));
	if (choice == PROMPT_CANCELLED)
		return err_new(ERR_CONFIG, "no web root was chosen for %s", name);
	if (choice == 0)
		return ask_new(root, env, name);
	*root = xstrdup(items.items[choice]);
	return NULL;
}

struct err *webroot_root_for(char **root, const struct plugin_env *env, const char *name)
{
	const char *known = known_root(env->opt, name);

	if (known != NULL)
		*root = xstrdup(known);
	else
		TRY(ask_root(root, env, name));
	if (mapped_root(env->opt, name) == NULL) {
		strlist_add(&env->opt->webroot_map.names, name);
		strlist_add(&env->opt->webroot_map.roots, *root);
	}
	return NULL;
}
