#include "client/lineage/lineage.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "client/lineage/conf.h"
#include "client/lineage/live.h"
#include "client/lineage/place.h"
#include "pki/key.h"

#define CONF_SUFFIX ".conf"

void lineage_free(struct lineage *l)
{
	if (l == NULL)
		return;
	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++)
		free(l->live[kind]);
	free(l->name);
	free(l->conf_path);
	free(l->archive_dir);
	free(l->live_dir);
	ini_free(l->conf);
	err_free(l->misfit);
	cert_free(l->cert);
	free(l->cert_pem);
	free(l);
}

/* In the order of the file names: NAME-0001.conf before NAME.conf. Hidden files are none of ours. */
struct err *lineage_names(struct strlist *out, const struct tree *t)
{
	AUTO(free) char *dir = tree_path(t, "renewal");
	AUTO(strlist_release) struct strlist files = { 0 };

	TRY(fs_list(&files, dir));
	for (size_t i = 0; i < files.count; i++) {
		const char *file = files.items[i];

		if (file[0] != '.' && str_ends(file, CONF_SUFFIX))
			strlist_take(out, xstrndup(file, strlen(file) - strlen(CONF_SUFFIX)));
	}
	return NULL;
}

bool lineage_exists(const struct tree *t, const char *name)
{
	AUTO(free) char *path = str_fmt("%s/renewal/%s" CONF_SUFFIX, t->config_dir, name);

	/* a link that leads nowhere is taken too: its error says so */
	return strchr(name, '/') == NULL && (fs_exists(path) || fs_is_link(path));
}

struct err *lineage_read(char **out, size_t *len, const struct lineage *l, enum lineage_kind kind)
{
	return fs_read(out, len, l->live[kind], LIMIT_FILE);
}

static struct err *read_cert(struct lineage *l)
{
	size_t len = 0;

	cert_free(MOVE(l->cert));
	free(MOVE(l->cert_pem));
	TRY(lineage_read(&l->cert_pem, &len, l, KIND_CERT));
	TRY_WRAP(cert_from_pem(&l->cert, l->cert_pem, len), "%s", l->live[KIND_CERT]);
	return NULL;
}

static struct err *fill(struct lineage *l)
{
	TRY(conf_read(&l->conf, l->conf_path));
	TRY(conf_paths(l));
	TRY(live_restore(l));
	TRY(live_read(l));
	return read_cert(l);
}

struct err *lineage_missing(const struct lineage *l)
{
	return err_new(ERR_CONFIG, "No certificate found with name %s (expected %s).", l->name,
		       l->conf_path);
}

struct err *lineage_load(struct lineage **out, const struct tree *t, const char *name)
{
	AUTO(lineage_free) struct lineage *l = place_of(t, name);

	TRY(lineage_check_name(name));
	if (access(l->conf_path, F_OK) != 0 && errno == ENOENT && !fs_is_link(l->conf_path))
		return lineage_missing(l);
	TRY_WRAP(fill(l), "certificate %s", name);
	*out = MOVE(l);
	return NULL;
}

struct err *lineage_repair_links(struct lineage *l, bool *fixed)
{
	unsigned lowest = l->versions[0];

	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++)
		if (l->versions[kind] < lowest)
			lowest = l->versions[kind];
	*fixed = lowest < l->complete;
	if (!*fixed)
		return NULL;
	TRY(live_point(l, l->complete));
	TRY(live_read(l));
	return read_cert(l);
}

struct err *lineage_key(EVP_PKEY **out, const struct lineage *l)
{
	char *pem = NULL;
	size_t len = 0;

	TRY(lineage_read(&pem, &len, l, KIND_PRIVKEY));
	struct err *e = key_from_pem(out, pem, len);

	OPENSSL_cleanse(pem, len);
	free(pem);
	return err_wrap(e, "%s", l->live[KIND_PRIVKEY]);
}

/* What cannot be read is an error where the options are read, not a reason to let a certificate expire. */
char *lineage_param(const struct lineage *l, const char *key)
{
	char *value = NULL;

	err_ignore(ini_get(&value, l->conf, "renewalparams", key));
	return value;
}

bool lineage_autorenew(const struct lineage *l)
{
	AUTO(free) char *value = lineage_param(l, "autorenew");

	return value == NULL || !streq_nocase(value, "false");
}

struct err *lineage_is_test(bool *test, const struct lineage *l)
{
	AUTO(free) char *server = NULL;

	TRY(ini_get(&server, l->conf, "renewalparams", "server"));
	*test = server != NULL && strstr(server, "staging") != NULL;
	return NULL;
}
