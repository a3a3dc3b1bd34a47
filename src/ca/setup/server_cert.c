#include "ca/setup/server_cert.h"

#include <openssl/crypto.h>

#include "base/fs.h"
#include "base/limits.h"
#include "ca/sign/sign.h"
#include "pki/key.h"
#include "pki/spki.h"

#define LIFETIME_S ((int64_t)397 * 24 * 60 * 60) /* browsers take no more (BR 6.3.2 before 2026) */

/* Whoever signs by name of profile has to find one: that of the configuration whose other settings do not matter here. */
static struct err *sign(struct buf *pem, const struct ca_config *config, const struct world *world,
			const struct sign_ask *ask)
{
	AUTO(sign_free) struct sign *signer = NULL;
	AUTO(sign_plan_release) struct sign_plan plan = { 0 };
	AUTO(buf_release) struct buf der = BUF_INIT(LIMIT_CERTIFICATE);

	TRY(sign_new(&signer, config, world));
	TRY(sign_prepare(&plan, signer, ask));
	TRY(sign_certificate(&der, signer, &plan));
	(void)sign_chain(pem, signer, plan.issuer, 0, der.data, der.len);
	return buf_check(pem, "the server's chain");
}

/* The configuration with one profile, this. */
static struct err *sign_server(struct buf *pem, const struct ca_config *config,
			       const struct world *world, const struct buf *spki,
			       const struct idents *idents)
{
	static char name[] = "server";
	struct profile_config profile = { .name = name,
					  .lifetime_s = LIFETIME_S,
					  .backdate_s = 60 * 60,
					  .dns = true,
					  .ip = true,
					  .max_names = LIMIT_IDENTIFIERS };
	struct ca_config with_profile = *config;
	const struct sign_ask ask = { .profile = &profile,
				      .idents = idents,
				      .spki = (const unsigned char *)spki->data,
				      .spki_len = spki->len,
				      .now = world_now(world) };

	with_profile.profiles = &profile;
	with_profile.profile_count = 1;
	return sign(pem, &with_profile, world, &ask);
}

static struct err *write_file(const char *path, const struct buf *data, mode_t mode, bool replace)
{
	if (replace)
		return fs_replace(path, data->data, data->len, mode, true);
	return fs_create(path, data->data, data->len, mode);
}

struct err *server_cert_issue(const struct ca_config *config, const struct world *world,
			      const struct idents *idents, bool replace)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;
	AUTO(buf_release) struct buf spki = BUF_INIT(SPKI_BYTES_MAX);
	AUTO(buf_release) struct buf chain = BUF_INIT(LIMIT_CHAIN_BYTES);
	AUTO(buf_release) struct buf key_pem = BUF_INIT(LIMIT_FILE);

	if (config->server.tls_certificate == NULL)
		return err_new(ERR_CONFIG, "%s: [server] has no tls_certificate and tls_key",
			       config->path);
	TRY(key_generate(&key, "secp256r1", 0));
	TRY(spki_of_key(&spki, key));
	TRY(sign_server(&chain, config, world, &spki, idents));
	TRY(key_to_pem(&key_pem, key));
	struct err *e = write_file(config->server.tls_key, &key_pem, 0600, replace);

	OPENSSL_cleanse(key_pem.data, key_pem.len);
	TRY(e);
	return write_file(config->server.tls_certificate, &chain, 0644, replace);
}

static struct err *read_cert(struct cert **out, const char *path)
{
	AUTO(free) char *text = NULL;
	size_t len;

	TRY(fs_read(&text, &len, path, LIMIT_FILE));
	TRY_WRAP(cert_from_pem(out, text, len), "%s", path);
	return NULL;
}

struct err *server_cert_names(struct idents *out, const struct ca_config *config)
{
	AUTO(cert_free) struct cert *cert = NULL;

	if (config->server.tls_certificate == NULL)
		return err_new(ERR_CONFIG, "%s: [server] has no tls_certificate", config->path);
	TRY(read_cert(&cert, config->server.tls_certificate));
	idents_from_names(out, &cert->names);
	return NULL;
}

struct err *server_cert_end(time_t *out, const struct ca_config *config)
{
	AUTO(cert_free) struct cert *cert = NULL;

	TRY(read_cert(&cert, config->server.tls_certificate));
	*out = cert->not_after;
	return NULL;
}

static struct err *check_key(const struct cert *cert, const struct server_config *s)
{
	AUTO(free) char *text = NULL;
	bool same = false;
	size_t len;

	TRY(fs_read(&text, &len, s->tls_key, LIMIT_FILE));
	struct err *e = cert_has_key_file(&same, cert, text, len);

	OPENSSL_cleanse(text, len);
	TRY_WRAP(e, "%s", s->tls_key);
	if (!same)
		return err_new(ERR_CONFIG, "%s is not the key of %s", s->tls_key,
			       s->tls_certificate);
	return NULL;
}

struct err *server_cert_check(const struct ca_config *config, const struct world *world)
{
	const struct server_config *s = &config->server;
	AUTO(cert_free) struct cert *cert = NULL;

	if (s->tls_certificate == NULL)
		return NULL;
	TRY(read_cert(&cert, s->tls_certificate));
	TRY(check_key(cert, s));
	if (cert_is_expired(cert, world_now(world)))
		return err_new(ERR_CONFIG,
			       "%s has expired (`signet-ca server-cert` makes a new one)",
			       s->tls_certificate);
	return NULL;
}
