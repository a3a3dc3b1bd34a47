#include "client/store/accounts.h"

#include <openssl/evp.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "client/store/account_dir.h"
#include "client/store/account_file.h"
#include "pki/key.h"

#define ID_SHOWN 4
#define HOST_MAX 256

void stored_account_free(struct stored_account *a)
{
	if (a == NULL)
		return;
	free(a->id);
	free(a->url);
	free(a->created);
	free(a->host);
	signer_free(a->signer);
	EVP_PKEY_free(a->key);
	free(a);
}

char *account_label(const struct stored_account *a)
{
	return str_fmt("%s@%s (%.*s)", a->host, a->created, ID_SHOWN, a->id);
}

struct err *account_id(char **out, const EVP_PKEY *key)
{
	AUTO(buf_release) struct buf pem = BUF_INIT(LIMIT_FILE);
	AUTO(buf_release) struct buf hex = BUF_INIT(2 * EVP_MAX_MD_SIZE);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	TRY(key_public_pem(&pem, key));
	if (EVP_Digest(pem.data, pem.len, digest, &len, EVP_md5(), NULL) != 1)
		return err_new(ERR_CRYPTO,
			       "MD5, which names account directories, is not available");
	for (unsigned i = 0; i < len; i++)
		buf_addf(&hex, "%02x", digest[i]);
	*out = buf_detach(&hex);
	return NULL;
}

/* Without reading keys: decoding one costs more than all the rest. */
static bool looks_registered(const char *server_dir, const char *id)
{
	AUTO(free) char *key = str_fmt("%s/%s/private_key.json", server_dir, id);
	AUTO(free) char *regr = str_fmt("%s/%s/regr.json", server_dir, id);

	return id[0] != '.' && fs_exists(key) && fs_exists(regr);
}

static struct err *list_loadable(struct strlist *ids, const char *server_dir)
{
	AUTO(strlist_release) struct strlist names = { 0 };

	TRY(fs_list(&names, server_dir));
	for (size_t i = 0; i < names.count; i++) {
		AUTO(stored_account_free) struct stored_account *a = NULL;
		AUTO(free) char *dir = fs_join(server_dir, names.items[i]);

		if (!looks_registered(server_dir, names.items[i]))
			continue;
		struct err *e = account_read(&a, dir, names.items[i]);

		if (e == NULL)
			strlist_add(ids, names.items[i]);
		err_ignore(e);
	}
	return NULL;
}

struct err *accounts_list(struct strlist *ids, const struct tree *t, const char *server)
{
	AUTO(free) char *dir = NULL;
	AUTO(free) char *older = NULL;
	AUTO(strlist_release) struct strlist found = { 0 };

	TRY(account_server_dir(&dir, t, server));
	TRY(account_older_dir(&older, t, server));
	TRY(list_loadable(&found, dir));
	if (found.count == 0 && older != NULL) {
		TRY(list_loadable(&found, older));
		TRY(account_share_older(dir, older, &found));
	}
	strlist_add_all(ids, &found);
	return NULL;
}

/* Ids come from the command line and from renewal files. */
static struct err *check_id(const char *id)
{
	for (const char *p = id; *p != '\0'; p++)
		if (*p == '/')
			return err_new(ERR_CONFIG, "%s is no account id", id);
	return id[0] == '\0' || id[0] == '.' ? err_new(ERR_CONFIG, "'%s' is no account id", id)
					     : NULL;
}

static struct err *load_registered(struct stored_account **out, const char *dir, const char *id)
{
	AUTO(stored_account_free) struct stored_account *a = NULL;

	if (!fs_is_dir(dir))
		return err_new(ERR_CONFIG, "there is no %s", dir);
	TRY(account_read(&a, dir, id));
	if (a->url == NULL)
		return err_new(ERR_CONFIG, "%s has no regr.json", dir);
	*out = MOVE(a);
	return NULL;
}

static struct err *share_if_older(const char *server_dir, const char *older, const char *id)
{
	if (older == NULL || !looks_registered(older, id))
		return NULL;
	return account_share_one(server_dir, older, id);
}

struct err *account_load(struct stored_account **out, const struct tree *t, const char *server,
			 const char *id)
{
	AUTO(free) char *server_dir = NULL;
	AUTO(free) char *older = NULL;

	TRY(check_id(id));
	TRY(account_server_dir(&server_dir, t, server));
	TRY(account_older_dir(&older, t, server));
	AUTO(free) char *dir = fs_join(server_dir, id);

	if (!fs_exists(dir))
		TRY(share_if_older(server_dir, older, id));
	struct err *e = load_registered(out, dir, id);

	return err_wrap_as(ERR_CONFIG, e, "account %s of %s", id, server);
}

static char *this_host(void)
{
	char name[HOST_MAX] = { 0 };

	if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0')
		return xstrdup("localhost");
	return xstrdup(name);
}

struct err *account_prepare(struct stored_account **out, const struct tree *t, const char *server,
			    EVP_PKEY *key, const struct world *w)
{
	AUTO(stored_account_free) struct stored_account *a = xcalloc(1, sizeof(*a));
	AUTO(free) char *server_dir = NULL;

	TRY(account_server_dir(&server_dir, t, server));
	TRY(tree_make_dir(t, server_dir, 0700));
	TRY(account_id(&a->id, key));
	TRY(signer_from_pkey(&a->signer, key));
	EVP_PKEY_up_ref(key);
	a->key = key;
	a->created = time_rfc3339(world_now(w));
	a->host = this_host();
	TRY(account_write_new(server_dir, a));
	*out = MOVE(a);
	return NULL;
}

static bool is_prepared(const struct stored_account *a)
{
	AUTO(free) char *id = NULL;
	struct err *e = a->url == NULL ? account_id(&id, a->key) : NULL;
	bool ours = a->url == NULL && e == NULL && streq(id, a->id);

	err_ignore(e);
	return ours;
}

struct err *account_prepared(struct stored_account **out, const struct tree *t, const char *server)
{
	AUTO(strlist_release) struct strlist names = { 0 };
	AUTO(free) char *server_dir = NULL;

	*out = NULL;
	TRY(account_server_dir(&server_dir, t, server));
	TRY(fs_list(&names, server_dir));
	for (size_t i = 0; i < names.count && *out == NULL; i++) {
		AUTO(stored_account_free) struct stored_account *a = NULL;
		AUTO(free) char *dir = fs_join(server_dir, names.items[i]);

		if (names.items[i][0] == '.' || looks_registered(server_dir, names.items[i]))
			continue;
		struct err *e = account_read(&a, dir, names.items[i]);

		if (e == NULL && is_prepared(a))
			*out = MOVE(a);
		err_ignore(e);
	}
	return NULL;
}

struct err *account_confirm(struct stored_account *a, const struct tree *t, const char *server,
			    const char *url)
{
	AUTO(free) char *server_dir = NULL;

	TRY(account_server_dir(&server_dir, t, server));
	AUTO(free) char *dir = fs_join(server_dir, a->id);

	TRY(account_write_registration(dir, url));
	free(a->url);
	a->url = xstrdup(url);
	return NULL;
}

/* An emptied server directory goes too; a link to it goes with it (certbot.md 9.2, 13.9). */
static struct err *remove_if_empty(const char *server_dir)
{
	AUTO(strlist_release) struct strlist left = { 0 };
	AUTO(free) char *target = NULL;

	TRY(fs_list(&left, server_dir));
	if (left.count > 0)
		return NULL;
	TRY(fs_readlink(&target, server_dir));
	if (target == NULL)
		return fs_rmdir(server_dir);
	TRY(fs_unlink(server_dir));
	return target[0] == '/' ? fs_rmdir(target) : NULL;
}

/* Gone in one step, like a key that never came to be one: what is left under the hidden name is removed by the next account. */
static struct err *remove_whole(const char *server_dir, const char *id)
{
	AUTO(free) char *dir = fs_join(server_dir, id);
	AUTO(free) char *hidden = str_fmt("%s/.%s.new", server_dir, id);

	TRY(fs_remove_tree(hidden));
	TRY(fs_rename(dir, hidden));
	return fs_remove_tree(hidden);
}

struct err *account_remove(const struct tree *t, const char *server, const char *id)
{
	AUTO(free) char *server_dir = NULL;
	AUTO(free) char *target = NULL;

	TRY(check_id(id));
	TRY(account_server_dir(&server_dir, t, server));
	AUTO(free) char *dir = fs_join(server_dir, id);

	TRY(fs_readlink(&target, dir));
	if (target != NULL && target[0] == '/')
		TRY(fs_remove_tree(target));
	TRY(remove_whole(server_dir, id));
	return remove_if_empty(server_dir);
}

struct err *accounts_settle(const struct tree *t, const char *server)
{
	AUTO(free) char *server_dir = NULL;

	TRY(account_server_dir(&server_dir, t, server));
	return account_remove_unfinished(server_dir);
}
