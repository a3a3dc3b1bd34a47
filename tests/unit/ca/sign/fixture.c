#include "fixture.h"

#include "check.h"

#include <openssl/evp.h>

#include "base/fs.h"
#include "base/limits.h"
#include "ca/sign/authority.h"
#include "jose/keytype.h"
#include "pki/pem.h"

const char fixture_rsa_key[] = "-----BEGIN PRIVATE KEY-----\n"
			       "MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQDdjF7K+khUSnnS\n"
			       "5ZeZ2uJCQNWiGrh97djkzReuDiMPEMAUp4c0+S7Af2vK3eH73CwAxiR/sQApXOET\n"
			       "rU1v+farHyRadvMCO3U0FcYJ9G/NOznU/UDkRO+OuvwlJ+i52V9JGR40Sd/vO+Gr\n"
			       "UKAsVOVEST21yYK2Lg0ZcfCGt8e3FODTwXaqliO1ivl7pcrWLFf53ieYsUyHaWB3\n"
			       "VK8tm5psui3PW3Z5E6OtKUF6iISJucnm4m19Rs3IhYyNNM+cBi7TlWTY018+8Gos\n"
			       "8IWvPcad4jimh/kqdNCqd424OQlx4ECG1pXBbUZHAm0tyHEQJ25N4EQBo8cJJPJP\n"
			       "w6na0RmpAgMBAAECggEAAvlts2vGW/PlZwzxgf9Rk6wLvb8Tj+vMqW9fSAb4pLeQ\n"
			       "yF/7dWtQYuG81HFjut1Km+MbVPmWLbRtBqQ6FGBXiytyLonnMe7oVY/pxYTb4MgU\n"
			       "V3KHddgwsTORFiurkAGEJpiRBhb+FptmPdtJkMSTZh0yVKGUSdg1EVeCcB09tvre\n"
			       "a0C6E0/IGMm87tPkTn/YQgpUFysUWFFgL4woXSeDRU+MgdxSBkfGiX1zC/TpOJSZ\n"
			       "vgLOn5VTv2BXM+8Cw69rDgvoug2CxupmiOaJyig27TQyi2j026JV3v0rldxXkEI6\n"
			       "+h57hnQfKys2crgnYMStv24cXw7NDU9gwY2WoTPs4QKBgQD3ZkM093UStXDcKxgu\n"
			       "a6fdtvMmaEv3Twum4GKnDRKFgwzgfeIh3gD4UvPECEqdMOeQF+i755BN+WkCjoUd\n"
			       "RmhtiMsjwm2C4L/IBtZk4c0NrfL1uNKPjWmLozR42AZD9pte9bZyS7NEzESic0Dp\n"
			       "cxXc3zmQKh/Z6SQnx/xcJ0LBYQKBgQDlQAt+qBw5N6if3RjkoDx+yd2ijSRswdU1\n"
			       "EE8csL3po7N9R7p7dsgG04wNS+l/ehMoSDfqeZ0COJEW+2Mg9ZEPjvU0VS4ZP5Vh\n"
			       "ZkYWqLi7FBlIA2nCAajnUVbzQsxUy1SvnThgIJs+5YFrjl3pDRVtPaIgCKdOeKH+\n"
			       "73APN8sVSQKBgEB3/49v5KwpZ+2XtUdzel0GbbpWd2VMzeaAlnSdrXPpQJPHegQF\n"
			       "TA9p3mf5GSh5M/6SnG1K3InVMo4eAYYtcM0KVpVM9yih1JgVYA0N4ldsOuHZddU+\n"
			       "roBa2TOcZ5WST86hDRgfremBqWkDy6iJ+uqBqQhuUbqBTJCpRpPlDzpBAoGAOM0L\n"
			       "jBA/HfYqc6Gmf08sbgW6QoJSGhhUqVcnIuavx2nmGQ5iqCCgIwDbXJgIfKtUf9CU\n"
			       "+iWzv08gs98JiqsNjBtRqevJBjx42K8sgoS/cKrkMLGXzJf4r4e50YAlfIT8sJ51\n"
			       "z2uEy6q1zF5z6kBxpKV2vBUozwqYqL/OthaO3PECgYB4kVm3EjLXf67JHd+rxZxH\n"
			       "GKbpDkI1UTavBD+r1k9BPEU5sZzc2x8aTX/eeFtSGXRMXEPFNiwFKgUoqZOJLqbh\n"
			       "hQz5XQDokZpZk5w/lHiWPuKH5W5SiSveEmY2MlIsMJ2gSv1A93n+tfNaxweOtZ6U\n"
			       "bk8WBRfDtBEoXYEakGnaPg==\n"
			       "-----END PRIVATE KEY-----\n";

static time_t virtual_now(const struct clock *c)
{
	(void)c;
	return FIXTURE_NOW;
}

static int64_t virtual_ms(const struct clock *c)
{
	(void)c;
	return 0;
}

static const struct clock virtual_clock = { .now = virtual_now, .monotonic_ms = virtual_ms };
const struct world fixture_world = { .clock = &virtual_clock, .random = &system_random };

char *fixture_path(const struct fixture *f, const char *name)
{
	return fs_join(f->dir, name);
}

void fixture_write(const struct fixture *f, const char *name, const void *data, size_t len)
{
	AUTO(free) char *path = fixture_path(f, name);

	assert_done(fs_create(path, data, len, 0600));
}

/* NAME.key, NAME.pem */
static void write_authority(const struct fixture *f, const char *name, EVP_PKEY *key,
			    const struct buf *der)
{
	AUTO(free) char *key_name = str_fmt("%s.key", name);
	AUTO(free) char *cert_name = str_fmt("%s.pem", name);
	AUTO(buf_release) struct buf pem = BUF_INIT(LIMIT_FILE);

	assert_done(key_to_pem(&pem, key));
	fixture_write(f, key_name, pem.data, pem.len);
	buf_reset(&pem);
	pem_add(&pem, "CERTIFICATE", der->data, der->len);
	fixture_write(f, cert_name, pem.data, pem.len);
}

static EVP_PKEY *make_key(const char *type)
{
	EVP_PKEY *key = NULL;

	if (streq(type, "rsa"))
		assert_done(key_from_pem(&key, fixture_rsa_key, strlen(fixture_rsa_key)));
	else
		assert_done(key_generate(&key, type, 0));
	return key;
}

static void add_issuer(const struct fixture *f, const struct authority_ask *root,
		       const struct cert *root_cert, const char *name, const char *type)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = make_key(type);
	AUTO(buf_release) struct buf der = BUF_INIT(LIMIT_CERTIFICATE);
	struct authority_ask ask = *root;

	ask.name = name;
	ask.key = key;
	ask.by = root_cert;
	ask.by_key = root->key;
	assert_done(authority_make(&der, &ask, &system_random));
	write_authority(f, name, key, &der);
}

static void add_issuers(const struct fixture *f)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = make_key("secp256r1");
	AUTO(buf_release) struct buf der = BUF_INIT(LIMIT_CERTIFICATE);
	AUTO(cert_free) struct cert *cert = NULL;
	struct authority_ask root = { .name = "Test Root",
				      .key = key,
				      .not_before = FIXTURE_NOW - 3600,
				      .not_after = FIXTURE_NOW + 365 * 24 * 3600 };

	assert_done(authority_make(&der, &root, &system_random));
	write_authority(f, "root", key, &der);
	assert_done(cert_from_der(&cert, der.data, der.len));
	add_issuer(f, &root, cert, "e1", "secp256r1");
	add_issuer(f, &root, cert, "e2", "secp256r1");
	add_issuer(f, &root, cert, "r1", "rsa");
}

static void add_config(struct buf *text, const char *name)
{
	buf_addf(text,
		 "[issuer %s]\ncertificate = %s.pem\nkey = %s.key\nchains = root.pem\n"
		 "caissuers_url = http://ca.test/issuer/%s\ncrl_url = http://ca.test/crl/%s\n"
		 "crl_shards = 4\n",
		 name, name, name, name, name);
}

struct err *fixture_config(struct ca_config **out, const struct fixture *f, const char *more)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_FILE);
	AUTO(free) char *path = fixture_path(f, "ca.conf");

	add_config(&text, "e1");
	add_config(&text, "e2");
	add_config(&text, "r1");
	buf_adds(&text, more != NULL ? more : "");
	return ca_config_parse(out, buf_str(&text), text.len, path);
}

void fixture_new(struct fixture *out, const char *more)
{
	*out = (struct fixture){ .dir = "/tmp/signet-sign-XXXXXX" };
	assert_non_null(mkdtemp(out->dir));
	add_issuers(out);
	assert_done(fixture_config(&out->config, out, more));
	assert_done(sign_new(&out->sign, out->config, &fixture_world));
}

void fixture_free(struct fixture *f)
{
	sign_free(f->sign);
	ca_config_free(f->config);
	assert_done(fs_remove_tree(f->dir));
}
