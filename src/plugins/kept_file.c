#include "plugins/kept_file.h"

#include <openssl/sha.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"

#define FILE_MODE 0644
#define DIGEST_LENGTH ((size_t)2 * SHA256_DIGEST_LENGTH)
#define SUFFIX ".new"

char *kept_file_path(const struct kept_file *f, const struct options *o)
{
	return fs_join(o->config_dir, f->name);
}

static struct buf digest_of(const char *data, size_t len)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	struct buf b = BUF_INIT(DIGEST_LENGTH);

	SHA256((const unsigned char *)data, len, digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		buf_addf(&b, "%02x", digest[i]);
	return b;
}

static bool is_known(const struct kept_file *f, const struct buf *digest)
{
	size_t i = 0;

	while (f->known[i] != NULL && !streq(f->known[i], buf_str(digest)))
		i++;
	return f->known[i] != NULL;
}

static struct err *plan_write(struct change *c, const char *path, const struct buf *bytes)
{
	AUTO(buf_release) struct buf old = BUF_INIT(LIMIT_FILE);
	AUTO(free) char *data = NULL;
	size_t len = 0;

	TRY(fs_read_if_exists(&data, &len, path, LIMIT_FILE));
	if (data == NULL) {
		change_lay_down(c, path, bytes, FILE_MODE);
		return NULL;
	}
	buf_add(&old, data, len);
	change_edit(c, path, &old, bytes);
	return NULL;
}

/* The digest is part of the change: what undoes the one undoes the other. */
static struct err *plan_version(struct change *c, const struct kept_file *f,
				const struct options *o, const struct buf *text)
{
	AUTO(free) char *path = kept_file_path(f, o);
	AUTO(free) char *note = fs_join(o->config_dir, f->digest_name);
	AUTO(buf_release) struct buf digest = digest_of(buf_str(text), text->len);

	TRY(plan_write(c, path, text));
	return plan_write(c, note, &digest);
}

struct err *kept_file_create(struct change *c, const struct kept_file *f, const struct options *o,
			     const struct buf *text)
{
	AUTO(free) char *path = kept_file_path(f, o);

	return fs_exists(path) ? NULL : plan_version(c, f, o, text);
}

/* --- a person's --- */

static struct err *was_told(bool *out, const char *note, const struct buf *digest)
{
	AUTO(free) char *last = NULL;

	TRY(fs_read_if_exists(&last, NULL, note, LIMIT_FILE));
	*out = last != NULL && streq(last, buf_str(digest));
	return NULL;
}

static struct err *put_beside(const struct kept_file *f, const struct plugin_env *env,
			      const struct buf *text)
{
	AUTO(free) char *path = kept_file_path(f, env->opt);
	AUTO(free) char *beside = str_fmt("%s" SUFFIX, path);

	TRY(fs_replace(beside, buf_str(text), text->len, FILE_MODE, true));
	ui_emit(env->ui, EVENT_WARNING_TEXT, NO_FIELDS,
		"%s was changed by hand, so it is left as it is; the settings advised today are in %s: take over what you want of them",
		path, beside);
	return NULL;
}

static struct err *tell_once(const struct kept_file *f, const struct plugin_env *env,
			     const struct buf *text)
{
	AUTO(free) char *note = fs_join(env->opt->config_dir, f->digest_name);
	AUTO(buf_release) struct buf digest = digest_of(buf_str(text), text->len);
	bool told = false;

	TRY(was_told(&told, note, &digest));
	if (told || env->opt->dry_run)
		return NULL;
	TRY(put_beside(f, env, text));
	return fs_replace(note, buf_str(&digest), digest.len, FILE_MODE, true);
}

struct err *kept_file_update(struct change *c, const struct kept_file *f,
			     const struct plugin_env *env, const struct buf *text)
{
	AUTO(free) char *path = kept_file_path(f, env->opt);
	AUTO(free) char *data = NULL;
	size_t len = 0;

	TRY(buf_check(text, f->name));
	TRY(fs_read_if_exists(&data, &len, path, LIMIT_FILE));
	if (data == NULL || (len == text->len && memcmp(data, buf_str(text), len) == 0))
		return NULL;
	AUTO(buf_release) struct buf digest = digest_of(data, len);

	return is_known(f, &digest) ? plan_version(c, f, env->opt, text) : tell_once(f, env, text);
}
