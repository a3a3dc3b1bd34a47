#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "client/lineage/archive.h"
#include "client/lineage/conf.h"
#include "client/lineage/lineage.h"
#include "client/lineage/live.h"
#include "client/lineage/place.h"
#include "client/lineage/readme.h"
#include "client/store/mode.h"

/* What becomes a version: lent bytes. */
struct piece {
	const char *data;
	size_t len;
};

struct commit {
	const struct tree *tree;
	const struct lineage *existing; /* NULL: a new lineage */
	const struct lineage_material *material;
	struct lineage *place; /* where everything goes */
	struct piece pieces[KIND_COUNT];
	struct buf cert, chain, fullchain;
	struct archive archive; /* before this commit */
	unsigned version;
};

static void commit_release(struct commit *k)
{
	lineage_free(k->place);
	archive_release(&k->archive);
	buf_release(&k->cert);
	buf_release(&k->chain);
	buf_release(&k->fullchain);
}

AUTO_RELEASE(struct commit, commit_release)

static struct err *render(struct commit *k)
{
	const struct lineage_material *m = k->material;

	chain_pem_leaf(m->chain, &k->cert);
	chain_pem_rest(m->chain, &k->chain);
	chain_pem_full(m->chain, &k->fullchain);
	TRY(buf_check(&k->fullchain, "certificate chain"));
	if (k->chain.len == 0)
		return err_new(ERR_PROTOCOL, "the CA's chain has no certificate but the first");
	k->pieces[KIND_CERT] = (struct piece){ k->cert.data, k->cert.len };
	k->pieces[KIND_CHAIN] = (struct piece){ k->chain.data, k->chain.len };
	k->pieces[KIND_FULLCHAIN] = (struct piece){ k->fullchain.data, k->fullchain.len };
	k->pieces[KIND_PRIVKEY] = (struct piece){ m->key_pem, m->key_len };
	return NULL;
}

static void adopt_places(struct lineage *l, const struct lineage *existing)
{
	free(l->archive_dir);
	free(l->live_dir);
	l->archive_dir = xstrdup(existing->archive_dir);
	l->live_dir = xstrdup(existing->live_dir);
	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++) {
		free(l->live[kind]);
		l->live[kind] = xstrdup(existing->live[kind]);
	}
}

static struct err *make_top_dirs(const struct tree *t)
{
	static const struct {
		const char *name;
		mode_t mode;
	} rows[] = { { "renewal", 0755 }, { "archive", 0700 }, { "live", 0700 } };
	bool any = false;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(free) char *path = tree_path(t, rows[i].name);
		bool created = false;

		TRY(fs_mkdir(path, rows[i].mode, &created));
		any |= created;
	}
	return any ? fs_sync_dir(t->config_dir) : NULL;
}

static struct err *make_dirs(const struct commit *k)
{
	AUTO(free) char *live = tree_path(k->tree, "live");
	AUTO(free) char *above = place_parent(k->place->archive_dir);
	bool created = false;

	TRY(make_top_dirs(k->tree));
	if (k->existing == NULL)
		TRY(readme_write_live(live));
	TRY(fs_mkdir(k->place->archive_dir, mode_by_umask(0777), &created));
	return created ? fs_sync_dir(above) : NULL;
}

static struct err *holds(bool *same, const char *path, const struct piece *p)
{
	char *data = NULL;
	size_t len = 0;

	TRY(fs_read(&data, &len, path, LIMIT_FILE));
	*same = len == p->len && mem_equal_secret(data, p->data, len);
	OPENSSL_cleanse(data, len);
	free(data);
	return NULL;
}

/* An earlier run with this material was stopped while it wrote this version. */
static struct err *is_ours(bool *ours, const struct commit *k, unsigned number)
{
	*ours = archive_has(&k->archive, KIND_PRIVKEY, number);
	for (enum lineage_kind kind = 0; kind < KIND_COUNT && *ours; kind++) {
		AUTO(free) char *path = archive_path(k->place->archive_dir, kind, number);

		if (archive_has(&k->archive, kind, number))
			TRY(holds(ours, path, &k->pieces[kind]));
	}
	return NULL;
}

static struct err *choose_version(struct commit *k)
{
	bool ours = false;

	TRY(archive_scan(&k->archive, k->place->archive_dir));
	unsigned newest = archive_newest(&k->archive);

	TRY(is_ours(&ours, k, newest));
	k->version = ours ? newest : newest + 1;
	return NULL;
}

static struct err *in_the_way(const char *what, const struct lineage *place, const char *dir)
{
	return err_new(ERR_CONFIG,
		       "%s directory exists for %s: %s belongs to no certificate; move it away or "
		       "choose another name with --cert-name",
		       what, place->name, dir);
}

static bool has_entries(const char *dir)
{
	AUTO(strlist_release) struct strlist names = { 0 };
	struct err *e = fs_list(&names, dir);

	err_ignore(e);
	return e != NULL || names.count > 0;
}

static struct err *check_empty(const struct lineage *place)
{
	if (has_entries(place->archive_dir))
		return in_the_way("archive", place, place->archive_dir);
	if (has_entries(place->live_dir))
		return in_the_way("live", place, place->live_dir);
	return NULL;
}

struct err *lineage_check_unused(const struct tree *t, const char *name)
{
	AUTO(lineage_free) struct lineage *place = place_of(t, name);

	return check_empty(place);
}

/* A new lineage takes over no files but those of a stopped run of its own. */
static struct err *check_unused(const struct commit *k)
{
	if (k->existing != NULL || archive_has(&k->archive, KIND_PRIVKEY, k->version))
		return NULL;
	TRY(archive_remove_temporaries(k->place->archive_dir));
	return check_empty(k->place);
}

/* The group that may read the old key may read the new one; nobody else gets more (certbot.md 8). */
static struct err *set_key_access(const char *path, const struct lineage *existing)
{
	struct stat old, fresh;

	if (existing == NULL)
		return NULL;
	if (stat(existing->live[KIND_PRIVKEY], &old) != 0 || stat(path, &fresh) != 0)
		return err_errno(errno, "looking at the private key of %s", existing->name);
	if (old.st_gid != fresh.st_gid && chown(path, (uid_t)-1, old.st_gid) != 0)
		return err_errno(errno, "setting the group of %s", path);
	if (chmod(path, 0600 | (old.st_mode & (S_IRWXG | S_IROTH))) != 0)
		return err_errno(errno, "setting the mode of %s", path);
	return NULL;
}

static struct err *write_temporary(const struct commit *k, enum lineage_kind kind, const char *path)
{
	const struct piece *p = &k->pieces[kind];

	if (kind != KIND_PRIVKEY)
		return fs_create(path, p->data, p->len, mode_by_umask(0666));
	TRY(fs_create(path, p->data, p->len, 0600));
	return set_key_access(path, k->existing);
}

/* Under another name first: a file with a version's name is whole. */
static struct err *write_piece(const struct commit *k, enum lineage_kind kind)
{
	AUTO(free) char *path = archive_path(k->place->archive_dir, kind, k->version);
	AUTO(free) char *temporary = archive_temporary(path);

	if (archive_has(&k->archive, kind, k->version))
		return NULL;
	struct err *e = write_temporary(k, kind, temporary);

	if (e == NULL)
		e = fs_rename(temporary, path);
	if (e != NULL)
		(void)unlink(temporary);
	return e;
}

static struct err *write_version(const struct commit *k)
{
	static const enum lineage_kind order[KIND_COUNT] = { KIND_PRIVKEY, KIND_CERT, KIND_CHAIN,
							     KIND_FULLCHAIN };

	TRY(archive_remove_temporaries(k->place->archive_dir));
	for (size_t i = 0; i < KIND_COUNT; i++)
		TRY(write_piece(k, order[i]));
	return fs_sync_dir(k->place->archive_dir);
}

static struct err *stage_conf(const struct commit *k)
{
	AUTO(ini_free) struct ini *conf = NULL;

	if (k->existing != NULL)
		TRY(conf_read(&conf, k->place->conf_path));
	else
		conf = ini_new();
	TRY(conf_set_paths(conf, k->place));
	k->material->save_options(k->material->ctx, conf);
	return conf_stage(k->place, conf);
}

/* The one step that makes the version live. */
static struct err *publish(const struct commit *k)
{
	if (k->existing == NULL && !has_entries(k->place->live_dir))
		return live_create(k->place, k->version, mode_by_umask(0777));
	return live_point(k->place, k->version);
}

static struct err *run(struct commit *k)
{
	TRY(render(k));
	TRY(make_dirs(k));
	TRY(choose_version(k));
	TRY(check_unused(k));
	TRY(write_version(k));
	TRY(stage_conf(k));
	TRY(publish(k));
	TRY(conf_publish(k->place));
	/* The certificate is in place; what is left of old ones is pruned by the next commit. */
	err_ignore(archive_prune(k->place->archive_dir, k->version));
	return NULL;
}

struct err *lineage_commit(struct lineage **out, const struct tree *t, const char *name,
			   const struct lineage *existing, const struct lineage_material *m)
{
	AUTO(commit_release)
	struct commit k = { .tree = t,
			    .existing = existing,
			    .material = m,
			    .place = place_of(t, name),
			    .cert = BUF_INIT(LIMIT_CHAIN_BYTES),
			    .chain = BUF_INIT(LIMIT_CHAIN_BYTES),
			    .fullchain = BUF_INIT(LIMIT_CHAIN_BYTES) };

	TRY(lineage_check_name(name));
	if (existing == NULL && lineage_exists(t, name))
		return err_new(ERR_CONFIG, "there is a certificate %s already", name);
	if (existing != NULL)
		adopt_places(k.place, existing);
	TRY(run(&k));
	return lineage_load(out, t, name);
}

static struct err *remove_dirs(const struct lineage *l)
{
	AUTO(free) char *staged = place_conf_new(l);

	TRY(fs_unlink(staged));
	TRY(live_settle(l));
	TRY(fs_remove_tree(l->live_dir));
	return fs_remove_tree(l->archive_dir);
}

static struct err *holds_key(bool *yes, const struct lineage *l, const char *key_pem)
{
	AUTO(free) char *path = archive_path(l->archive_dir, KIND_PRIVKEY, 1);
	const struct piece key = { key_pem, strlen(key_pem) };

	*yes = false;
	return fs_exists(path) ? holds(yes, path, &key) : NULL;
}

struct err *lineage_discard_unfinished(const struct tree *t, const char *name, const char *key_pem)
{
	AUTO(lineage_free) struct lineage *l = place_of(t, name);
	AUTO(strlist_release) struct strlist written = { 0 };
	bool ours = false;

	TRY(lineage_check_name(name));
	if (lineage_exists(t, name))
		return NULL;
	TRY(fs_list(&written, l->archive_dir));
	TRY(holds_key(&ours, l, key_pem));
	/* Stopped before the key had its name: an empty directory, or one with its temporary file. */
	bool barely_begun = written.count == 0 ||
			    (written.count == 1 && streq(written.items[0], ".privkey1.pem.new"));

	if (!ours && !(barely_begun && !has_entries(l->live_dir)))
		return NULL;
	return remove_dirs(l);
}
