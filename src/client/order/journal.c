#include "client/order/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/limits.h"

static const char suffix[] = ".journal";

static char *journal_path(const struct tree *t, const char *lineage)
{
	AUTO(free) char *file = str_fmt("orders/%s%s", lineage, suffix);

	return tree_state_path(t, file);
}

static char *request_text(const struct journal_request *r)
{
	AUTO(json_release) json_t *obj = json_object();
	json_t *names = json_array();

	for (size_t i = 0; i < r->names->dns.count; i++)
		json_array_append_new(names, json_string(r->names->dns.items[i]));
	for (size_t i = 0; i < r->names->ip.count; i++)
		json_array_append_new(names, json_string(r->names->ip.items[i]));
	json_object_set_new(obj, "server", json_string(r->server));
	json_object_set_new(obj, "account", json_string(r->account_id));
	json_object_set_new(obj, "profile", r->profile != NULL ? json_string(r->profile) : json_null());
	json_object_set_new(obj, "names", names);
	json_object_set_new(obj, "key", json_string(r->key_spec));
	json_object_set_new(obj, "must_staple", json_boolean(r->must_staple));
	return json_compact(obj);
}

/* Whole or not at all: half a line would spoil the next one. */
static struct err *append(const struct journal *j, const json_t *record, int flags)
{
	AUTO(free) char *line = json_compact(record);
	AUTO(fd_close) int fd = open(j->path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC | flags, 0600);
	AUTO(free) char *text = str_fmt("%s\n", line);
	size_t len = strlen(text);
	struct stat before;

	if (fd < 0 || fstat(fd, &before) != 0)
		return err_errno(errno, "opening %s", j->path);
	ssize_t n = write(fd, text, len);
	if (n == (ssize_t)len)
		return NULL;
	struct err *e = err_errno(n < 0 ? errno : ENOSPC, "writing %s", j->path);

	(void)!ftruncate(fd, before.st_size);
	return e;
}

static struct err *read_begin(struct journal *j, const json_t *record)
{
	const char *pem = NULL;
	const char *request = NULL;

	TRY(json_get_string(&request, record, "request", JSON_REQUIRED));
	TRY(json_get_string(&pem, record, "key", JSON_REQUIRED));
	TRY(key_from_pem(&j->key, pem, strlen(pem)));
	j->key_pem = xstrdup(pem);
	j->request = xstrdup(request);
	return NULL;
}

static struct err *read_record(struct journal *j, const json_t *record)
{
	const char *url = NULL;

	if (j->request == NULL)
		return read_begin(j, record);
	TRY(json_get_string(&url, record, "order", JSON_OPTIONAL));
	if (url != NULL) {
		free(j->order_url);
		j->order_url = xstrdup(url);
	}
	const char *told = NULL;

	TRY(json_get_string(&told, record, "told", JSON_OPTIONAL));
	if (told != NULL)
		(void)strlist_add_unique(&j->told, told);
	TRY(json_get_bool(&j->hook_failed, record, "hook_failed", JSON_OPTIONAL));
	return json_get_bool(&j->saved, record, "saved", JSON_OPTIONAL);
}

static struct err *read_records(struct journal *j, const char *text)
{
	for (const char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		AUTO(json_release) json_t *record = NULL;

		struct err *e = json_parse(&record, text, (size_t)(end - text), "order journal");

		if (e == NULL)
			e = read_record(j, record);
		if (e != NULL && j->request == NULL)
			return e;
		err_ignore(e); /* behind the request: what can be read counts */
	}
	return j->request != NULL ? NULL : err_new(ERR_PARSE, "it has no request");
}

struct err *journal_names(struct strlist *out, const struct tree *t)
{
	AUTO(free) char *dir = tree_state_path(t, "orders");
	AUTO(strlist_release) struct strlist files = { 0 };

	TRY(fs_list(&files, dir));
	for (size_t i = 0; i < files.count; i++)
		if (str_ends(files.items[i], suffix))
			strlist_take(out, xstrndup(files.items[i], strlen(files.items[i]) - strlen(suffix)));
	return NULL;
}

/* "a.test.journal.unusable-1", the first that is free: not a journal's name. */
static char *aside_path(const char *path)
{
	for (unsigned n = 1;; n++) {
		AUTO(free) char *aside = str_fmt("%s.unusable-%u", path, n);

		if (!fs_exists(aside))
			return MOVE(aside);
	}
}

/* It may have the key of a certificate that the CA has handed out: people may want it, we cannot go on with it. */
static struct err *set_aside(const struct client *c, const char *path, const struct err *why)
{
	AUTO(free) char *aside = aside_path(path);
	AUTO(free) char *text = err_text(why);

	TRY(fs_rename(path, aside));
	ui_emit(c->ui, EVENT_WARNING_TEXT, FIELDS(STR("path", aside), ERROR("error", why)),
		"The journal of an unfinished order cannot be used (%s). It was set aside as %s, and the order is made anew", text,
		aside);
	return NULL;
}

/* Without a whole first line nothing was ordered yet: a run that was killed at its very beginning. */
static struct err *read_journal(struct journal *j, bool *torn)
{
	AUTO(free) char *text = NULL;

	TRY(fs_read_if_exists(&text, NULL, j->path, LIMIT_FILE));
	*torn = text == NULL || strchr(text, '\n') == NULL;
	return *torn ? NULL : read_records(j, text);
}

static bool could_be_read(const struct err *e)
{
	return e->code != ERR_IO && e->code != ERR_PERMISSION;
}

struct err *journal_open(struct journal **out, const struct client *c, const char *lineage)
{
	AUTO(journal_free) struct journal *j = xcalloc(1, sizeof(*j));
	bool torn = false;

	*out = NULL;
	j->path = journal_path(c->tree, lineage);
	AUTO(err_free) struct err *e = read_journal(j, &torn);

	if (torn)
		return journal_remove(j);
	if (e != NULL)
		return could_be_read(e) ? set_aside(c, j->path, e) : MOVE(e);
	*out = MOVE(j);
	return NULL;
}

struct err *journal_begin(struct journal **out, const struct tree *t, const char *lineage, const struct journal_request *r,
			  EVP_PKEY *key)
{
	AUTO(journal_free) struct journal *j = xcalloc(1, sizeof(*j));
	AUTO(free) char *dir = tree_state_path(t, "orders");
	AUTO(buf_release) struct buf pem = BUF_INIT(LIMIT_KIB(16));
	AUTO(json_release) json_t *record = json_object();

	TRY(fs_mkdirs(dir, 0700));
	TRY(key_to_pem(&pem, key));
	j->path = journal_path(t, lineage);
	j->request = request_text(r);
	j->key_pem = buf_detach(&pem);
	EVP_PKEY_up_ref(key);
	j->key = key;
	json_object_set_new(record, "request", json_string(j->request));
	json_object_set_new(record, "key", json_string(j->key_pem));
	TRY(fs_unlink(j->path));
	struct err *e = append(j, record, O_CREAT | O_EXCL);
	if (e != NULL) {
		err_ignore(journal_remove(j));
		return e;
	}
	e = journal_sync(j);
	if (e != NULL) {
		err_ignore(journal_remove(j));
		return e;
	}
	*out = MOVE(j);
	return NULL;
}

bool journal_matches(const struct journal *j, const struct journal_request *r)
{
	AUTO(free) char *wanted = request_text(r);

	return streq(j->request, wanted);
}

bool journal_keeps_key(const struct journal *j)
{
	AUTO(json_release) json_t *request = NULL;
	const char *key = NULL;
	struct err *e = json_parse(&request, j->request, strlen(j->request), "order journal");

	if (e == NULL)
		e = json_get_string(&key, request, "key", JSON_REQUIRED);
	err_ignore(e);
	return key == NULL || str_starts(key, "same:");
}

struct err *journal_set_order(struct journal *j, const char *url)
{
	AUTO(json_release) json_t *record = json_pack("{s:s}", "order", url);

	free(j->order_url);
	j->order_url = xstrdup(url);
	return append(j, record, 0);
}

struct err *journal_add_told(struct journal *j, const char *challenge_url)
{
	AUTO(json_release) json_t *record = json_pack("{s:s}", "told", challenge_url);

	return strlist_add_unique(&j->told, challenge_url) ? append(j, record, 0) : NULL;
}

struct err *journal_set_saved(struct journal *j)
{
	AUTO(json_release) json_t *record = json_pack("{s:b}", "saved", true);

	j->saved = true;
	return append(j, record, 0);
}

struct err *journal_set_hook_failed(struct journal *j)
{
	AUTO(json_release) json_t *record = json_pack("{s:b}", "hook_failed", true);

	j->hook_failed = true;
	return append(j, record, 0);
}

struct err *journal_sync(struct journal *j)
{
	AUTO(fd_close) int fd = open(j->path, O_WRONLY | O_CLOEXEC);
	AUTO(free) char *dir = xstrndup(j->path, (size_t)(strrchr(j->path, '/') - j->path));

	if (fd < 0 || fsync(fd) != 0)
		return err_errno(errno, "syncing %s", j->path);
	if (!j->listed)
		TRY(fs_sync_dir(dir));
	j->listed = true;
	return NULL;
}

struct err *journal_remove(struct journal *j)
{
	return fs_unlink(j->path);
}

void journal_free(struct journal *j)
{
	if (j == NULL)
		return;
	EVP_PKEY_free(j->key);
	free(j->path);
	free(j->request);
	free(j->order_url);
	strlist_release(&j->told);
	if (j->key_pem != NULL)
		OPENSSL_cleanse(j->key_pem, strlen(j->key_pem));
	free(j->key_pem);
	free(j);
}
