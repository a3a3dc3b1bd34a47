#include "client/store/account_file.h"

#include <openssl/crypto.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/limits.h"
#include "client/store/mode.h"
#include "jose/jwk.h"

#define KEY_FILE "private_key.json"
#define META_FILE "meta.json"
#define REGISTRATION_FILE "regr.json"

/* Text that holds a private key: cleansed when freed. */
static void free_secret_text(char *text)
{
	if (text != NULL)
		OPENSSL_cleanse(text, strlen(text));
	free(text);
}

AUTO_FREE(char, free_secret_text)

static struct err *read_json(json_t **out, const char *dir, const char *file)
{
	AUTO(free) char *path = fs_join(dir, file);
	AUTO(free_secret_text) char *text = NULL;
	size_t len = 0;

	TRY(fs_read_if_exists(&text, &len, path, LIMIT_FILE));
	if (text == NULL)
		return NULL;
	return json_parse(out, text, len, path);
}

static struct err *read_key(struct stored_account *a, const char *dir)
{
	AUTO(json_release) json_t *jwk = NULL;

	TRY(read_json(&jwk, dir, KEY_FILE));
	if (jwk == NULL)
		return err_new(ERR_CONFIG, "%s has no %s", dir, KEY_FILE);
	TRY_WRAP(jwk_parse(&a->key, jwk, true), "%s/%s", dir, KEY_FILE);
	return signer_from_pkey(&a->signer, a->key);
}

static struct err *read_meta(struct stored_account *a, const char *dir)
{
	AUTO(json_release) json_t *meta = NULL;
	const char *created = NULL, *host = NULL;

	TRY(read_json(&meta, dir, META_FILE));
	if (meta == NULL)
		return err_new(ERR_CONFIG, "%s has no %s", dir, META_FILE);
	TRY_WRAP(json_get_string(&created, meta, "creation_dt", JSON_REQUIRED), "%s/%s", dir,
		 META_FILE);
	TRY_WRAP(json_get_string(&host, meta, "creation_host", JSON_REQUIRED), "%s/%s", dir,
		 META_FILE);
	a->created = xstrdup(created);
	a->host = xstrdup(host);
	return NULL;
}

static struct err *read_registration(struct stored_account *a, const char *dir)
{
	AUTO(json_release) json_t *regr = NULL;
	const char *url = NULL;

	TRY(read_json(&regr, dir, REGISTRATION_FILE));
	if (regr == NULL)
		return NULL;
	TRY_WRAP(json_get_string(&url, regr, "uri", JSON_REQUIRED), "%s/%s", dir,
		 REGISTRATION_FILE);
	a->url = xstrdup(url);
	return NULL;
}

struct err *account_read(struct stored_account **out, const char *dir, const char *id)
{
	AUTO(stored_account_free) struct stored_account *a = xcalloc(1, sizeof(*a));

	a->id = xstrdup(id);
	TRY(read_registration(a, dir));
	TRY(read_meta(a, dir));
	TRY(read_key(a, dir));
	*out = MOVE(a);
	return NULL;
}

static struct err *write_json(const char *dir, const char *file, const json_t *value, mode_t mode)
{
	AUTO(free) char *path = fs_join(dir, file);
	AUTO(free_secret_text) char *text = json_spaced(value);

	return fs_replace(path, text, strlen(text), mode, false);
}

static struct err *write_key(const char *dir, const struct stored_account *a)
{
	AUTO(json_release) json_t *jwk = NULL;

	TRY(jwk_private(&jwk, a->key));
	return write_json(dir, KEY_FILE, jwk, 0400);
}

static struct err *write_meta(const char *dir, const struct stored_account *a)
{
	AUTO(json_release) json_t *meta = json_object();

	json_object_set_new(meta, "creation_dt", json_string(a->created));
	json_object_set_new(meta, "creation_host", json_string(a->host));
	return write_json(dir, META_FILE, meta, mode_by_umask(0666));
}

static struct err *fill_dir(const char *dir, const struct stored_account *a)
{
	TRY(fs_remove_tree(dir));
	TRY(fs_mkdir(dir, 0700, NULL));
	TRY(write_key(dir, a));
	return write_meta(dir, a);
}

struct err *account_remove_unfinished(const char *server_dir)
{
	AUTO(strlist_release) struct strlist names = { 0 };

	TRY(fs_list(&names, server_dir));
	for (size_t i = 0; i < names.count; i++) {
		AUTO(free) char *path = fs_join(server_dir, names.items[i]);

		if (names.items[i][0] == '.' && str_ends(names.items[i], ".new"))
			TRY(fs_remove_tree(path));
	}
	return NULL;
}

struct err *account_write_new(const char *server_dir, const struct stored_account *a)
{
	AUTO(free) char *hidden = str_fmt("%s/.%s.new", server_dir, a->id);
	AUTO(free) char *dir = fs_join(server_dir, a->id);

	TRY(fs_mkdirs(server_dir, 0700));
	TRY(account_remove_unfinished(server_dir));
	struct err *e = fill_dir(hidden, a);

	if (e == NULL)
		e = fs_rename(hidden, dir);
	if (e != NULL) {
		err_ignore(fs_remove_tree(hidden));
		return e;
	}
	return fs_sync_dir(server_dir);
}

struct err *account_write_registration(const char *dir, const char *url)
{
	AUTO(json_release) json_t *regr = json_object();

	json_object_set_new(regr, "body", json_object());
	json_object_set_new(regr, "uri", json_string(url));
	return write_json(dir, REGISTRATION_FILE, regr, mode_by_umask(0666));
}
