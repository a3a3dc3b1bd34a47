#include "client/store/account_dir.h"

#include <string.h>

#include "base/fs.h"

/* Servers that took over the accounts of an older one. */
static const struct {
	const char *server, *older;
} successors[] = {
	{ "acme-v02.api.letsencrypt.org/directory", "acme-v01.api.letsencrypt.org/directory" },
	{ "acme-staging-v02.api.letsencrypt.org/directory",
	  "acme-staging.api.letsencrypt.org/directory" },
};

static bool leaves_its_parent(const char *relative)
{
	AUTO(strlist_release) struct strlist parts = { 0 };

	strlist_split(&parts, relative, '/');
	return parts.count == 0 || strlist_has(&parts, "..") || strlist_has(&parts, ".");
}

/* "https://ca.test:14000/dir?x" -> "ca.test:14000/dir" */
static struct err *server_part(char **out, const char *server)
{
	const char *rest = strstr(server, "://");

	rest = rest != NULL ? rest + 3 : server;
	AUTO(free) char *part = xstrndup(rest, strcspn(rest, "?#"));

	while (part[0] != '\0' && str_ends(part, "/"))
		part[strlen(part) - 1] = '\0';
	if (leaves_its_parent(part))
		return err_new(ERR_CONFIG, "the server URL %s cannot name a directory of accounts",
			       server);
	*out = MOVE(part);
	return NULL;
}

static char *dir_of_part(const struct tree *t, const char *part)
{
	AUTO(free) char *accounts = tree_path(t, "accounts");

	return fs_join(accounts, part);
}

struct err *account_server_dir(char **out, const struct tree *t, const char *server)
{
	AUTO(free) char *part = NULL;

	TRY(server_part(&part, server));
	*out = dir_of_part(t, part);
	return NULL;
}

struct err *account_older_dir(char **out, const struct tree *t, const char *server)
{
	AUTO(free) char *part = NULL;

	*out = NULL;
	TRY(server_part(&part, server));
	for (size_t i = 0; i < ARRAY_LEN(successors); i++)
		if (streq(part, successors[i].server))
			*out = dir_of_part(t, successors[i].older);
	return NULL;
}

struct err *account_share_one(const char *dir, const char *older, const char *id)
{
	AUTO(free) char *link = fs_join(dir, id);
	AUTO(free) char *target = fs_join(older, id);

	if (fs_exists(link))
		return NULL;
	TRY(fs_mkdirs(dir, 0700));
	TRY(fs_symlink(target, link));
	return fs_sync_dir(dir);
}

static struct err *share_each(const char *dir, const char *older, const struct strlist *ids)
{
	for (size_t i = 0; i < ids->count; i++)
		TRY(account_share_one(dir, older, ids->items[i]));
	return NULL;
}

struct err *account_share_older(const char *dir, const char *older, const struct strlist *ids)
{
	AUTO(strlist_release) struct strlist present = { 0 };
	AUTO(free) char *above = str_fmt("%s/..", dir);
	AUTO(free) char *parent = fs_absolute(above);

	if (ids->count == 0 || fs_is_link(dir))
		return NULL;
	TRY(fs_list(&present, dir));
	if (present.count > 0)
		return share_each(dir, older, ids);
	TRY(fs_rmdir(dir));
	TRY(fs_mkdirs(parent, 0700));
	TRY(fs_symlink(older, dir));
	return fs_sync_dir(parent);
}
