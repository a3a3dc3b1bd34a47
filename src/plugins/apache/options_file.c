/* options-ssl-apache.conf: Mozilla's intermediate settings, kept up to date where nobody has changed them (certbot.md 16.7). */
#include <openssl/sha.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "plugins/apache/install.h"

#define FILE_NAME "options-ssl-apache.conf"
#define DIGEST_NAME ".updated-options-ssl-apache-conf-digest.txt"
#define FILE_MODE 0644
#define DIGEST_LENGTH (2 * SHA256_DIGEST_LENGTH)

static const char settings[] =
	"# TLS settings for Apache, from https://ssl-config.mozilla.org (intermediate). While this file is as it was written, it is\n"
	"# kept up to date; once changed by hand it is left alone.\n"
	"\n"
	"SSLEngine on\n"
	"\n"
	"SSLProtocol all -SSLv2 -SSLv3 -TLSv1 -TLSv1.1\n"
	"SSLOpenSSLConfCmd Curves X25519:prime256v1:secp384r1\n"
	"SSLCipherSuite "
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:"
	"DHE-RSA-CHACHA20-POLY1305\n"
	"SSLHonorCipherOrder off\n"
	"SSLSessionTickets off\n"
	"\n"
	"SSLOptions +StrictRequire\n";

char *apache_options_path(const struct options *o)
{
	return fs_join(o->config_dir, FILE_NAME);
}

static void digest_of(char out[DIGEST_LENGTH + 1], const char *data, size_t len)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	AUTO(buf_release) struct buf b = BUF_INIT(DIGEST_LENGTH);

	SHA256((const unsigned char *)data, len, digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		buf_addf(&b, "%02x", digest[i]);
	memcpy(out, buf_str(&b), DIGEST_LENGTH + 1);
}

/* A changed file is spoken of once for each version of ours: the digest says which was the last. */
static struct err *speak_once(struct apache_sites *s, const char *path, const char *digest)
{
	AUTO(free) char *note = fs_join(s->env->opt->config_dir, DIGEST_NAME);
	AUTO(free) char *last = NULL;

	TRY(fs_read_if_exists(&last, NULL, note, LIMIT_FILE));
	if (last != NULL && streq(last, digest))
		return NULL;
	ui_emit(s->env->ui, EVENT_WARNING_TEXT, NO_FIELDS,
		"%s is not as signet or Certbot wrote it, so it is left as it is; the settings advised today are those of "
		"https://ssl-config.mozilla.org",
		path);
	return fs_replace(note, digest, DIGEST_LENGTH, FILE_MODE, true);
}

struct err *apache_options_plan(struct apache_sites *s)
{
	AUTO(free) char *path = apache_options_path(s->env->opt);
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(8));
	AUTO(free) char *old = NULL;
	char digest[DIGEST_LENGTH + 1];

	buf_adds(&b, settings);
	TRY(fs_read_if_exists(&old, NULL, path, LIMIT_FILE));
	if (old == NULL)
		change_create(s->change, path, &b, FILE_MODE);
	if (old == NULL || streq(old, settings))
		return NULL;
	digest_of(digest, settings, strlen(settings));
	return speak_once(s, path, digest);
}
