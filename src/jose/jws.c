#include "jose/jws.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/limits.h"
#include "jose/base64url.h"
#include "jose/openssl.h"
#include "jose/signature.h"

#define SHOWN 32 /* of a foreign word, in an error */

/* RFC 7518 §3.2; as RFC 8555 §7.3.4 uses them. */
static const struct mac_type {
	const char *alg;
	const char *digest;
} mac_types[] = {
	{ "HS256", "SHA256" },
	{ "HS384", "SHA384" },
	{ "HS512", "SHA512" },
};

static const struct mac_type *mac_type_by_alg(const char *alg)
{
	for (size_t i = 0; i < ARRAY_LEN(mac_types); i++)
		if (streq(mac_types[i].alg, alg))
			return &mac_types[i];
	return NULL;
}

static struct err *mac(struct buf *out, const struct mac_type *type, const struct secret *key,
		       const char *text)
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	size_t len = 0;

	if (EVP_Q_mac(NULL, "HMAC", NULL, type->digest, NULL, key->data, key->len,
		      (const unsigned char *)text, strlen(text), bytes, sizeof(bytes),
		      &len) == NULL)
		return openssl_err("computing a MAC");
	buf_add(out, bytes, len);
	return NULL;
}

static void set_string(json_t *obj, const char *key, const char *value)
{
	if (value != NULL)
		(void)json_object_set_new(obj, key, json_string(value));
}

/* RFC 8555 §6.2: alg, then jwk or kid, nonce, url. */
static char *protected_header(const char *alg, const char *jwk, const struct jws_header *h)
{
	AUTO(json_release) json_t *obj = json_object();

	set_string(obj, "alg", alg);
	if (h->kid != NULL)
		set_string(obj, "kid", h->kid);
	else if (jwk != NULL)
		(void)json_object_set_new(obj, "jwk", json_loads(jwk, 0, NULL));
	set_string(obj, "nonce", h->nonce);
	set_string(obj, "url", h->url);
	return json_compact(obj);
}

/*
 * RFC 7515 §5.1: BASE64URL(header) "." BASE64URL(payload), which is also what the serialization
 * carries.
 */
static struct err *signing_input(struct buf *out, const char *header, const char *payload)
{
	base64url_add(out, header, strlen(header));
	buf_addc(out, '.');
	base64url_add(out, payload, strlen(payload));
	return buf_check(out, "the request");
}

static void flatten(char **out, const char *input, const struct buf *signature)
{
	AUTO(json_release) json_t *obj = json_object();
	const char *dot = strchr(input, '.');
	AUTO(free) char *sig = base64url_encode(signature->data, signature->len);

	(void)json_object_set_new(obj, "protected", json_stringn(input, (size_t)(dot - input)));
	set_string(obj, "payload", dot + 1);
	set_string(obj, "signature", sig);
	*out = json_compact(obj);
}

struct err *jws_sign(char **out, const struct signer *s, const struct jws_header *h,
		     const char *payload)
{
	AUTO(buf_release) struct buf input = BUF_INIT(LIMIT_HTTP_BODY);
	AUTO(buf_release) struct buf signature = BUF_INIT(RSA_BITS_MAX / 8);
	AUTO(free) char *header = protected_header(s->type->alg, s->jwk, h);

	TRY(signing_input(&input, header, payload != NULL ? payload : ""));
	TRY(s->ops->sign(s->ctx, input.data, input.len, &signature));
	flatten(out, input.data, &signature);
	return NULL;
}

struct err *jws_sign_mac(char **out, const char *alg, const struct secret *key,
			 const struct jws_header *h, const char *payload)
{
	AUTO(buf_release) struct buf input = BUF_INIT(LIMIT_HTTP_BODY);
	AUTO(buf_release) struct buf signature = BUF_INIT(EVP_MAX_MD_SIZE);
	AUTO(free) char *header = protected_header(alg, NULL, h);
	const struct mac_type *type = mac_type_by_alg(alg);

	if (type == NULL)
		return err_new(ERR_USAGE,
			       "unknown MAC algorithm %s (HS256, HS384 and HS512 are known)", alg);
	TRY(signing_input(&input, header, payload != NULL ? payload : ""));
	TRY(mac(&signature, type, key, input.data));
	flatten(out, input.data, &signature);
	return NULL;
}

static bool is_mac(const struct jws *j)
{
	return mac_type_by_alg(j->alg) != NULL;
}

/* One string member, base64url-decoded. */
static struct err *decode_member(struct buf *out, const char **text, const json_t *obj,
				 const char *name)
{
	TRY(json_get_string(text, obj, name, JSON_REQUIRED));
	TRY_WRAP(base64url_decode(out, *text, strlen(*text)), "field \"%s\"", name);
	return NULL;
}

/* RFC 8555 §6.2: flattened serialization, one signature, nothing unprotected. */
static struct err *check_form(const json_t *obj)
{
	static const char *const forbidden[] = { "header", "signatures" };

	if (!json_is_object(obj))
		return err_new(ERR_PARSE, "not a JSON object");
	for (size_t i = 0; i < ARRAY_LEN(forbidden); i++)
		if (json_object_get(obj, forbidden[i]) != NULL)
			return err_new(ERR_PARSE, "field \"%s\" is not allowed", forbidden[i]);
	return NULL;
}

/*
 * "crit" asks for what nobody here understands, and "b64" for another signing input (RFC 7515
 * §4.1.11, RFC 7797 §6).
 */
static struct err *check_extensions(const json_t *header)
{
	static const char *const forbidden[] = { "crit", "b64" };

	for (size_t i = 0; i < ARRAY_LEN(forbidden); i++)
		if (json_object_get(header, forbidden[i]) != NULL)
			return err_new(ERR_PARSE, "header field \"%s\" is not understood",
				       forbidden[i]);
	return NULL;
}

static struct err *check_algorithm(struct jws *j)
{
	j->type = key_type_by_alg(j->alg);
	if (j->type == NULL && !is_mac(j)) {
		AUTO(free) char *shown = str_printable(j->alg, SHOWN);

		return err_new(ERR_CRYPTO, "signatures of algorithm \"%s\" are not taken", shown);
	}
	return NULL;
}

static struct err *read_header(struct jws *j)
{
	TRY(check_extensions(j->header));
	TRY(json_get_string(&j->alg, j->header, "alg", JSON_REQUIRED));
	TRY(json_get_string(&j->kid, j->header, "kid", JSON_OPTIONAL));
	TRY(json_get_string(&j->nonce, j->header, "nonce", JSON_OPTIONAL));
	TRY(json_get_string(&j->url, j->header, "url", JSON_OPTIONAL));
	TRY(json_get_object(&j->jwk, j->header, "jwk", JSON_OPTIONAL));
	TRY(check_algorithm(j));
	if (j->kid != NULL && j->jwk != NULL)
		return err_new(ERR_PARSE, "both \"jwk\" and \"kid\" are given");
	return NULL;
}

static struct err *read_parts(struct jws *j, const json_t *obj)
{
	AUTO(buf_release) struct buf header = BUF_INIT(LIMIT_JSON_BYTES);
	const char *protected = NULL;
	const char *payload = NULL;
	const char *signature = NULL;

	TRY(check_form(obj));
	TRY(decode_member(&header, &protected, obj, "protected"));
	TRY(decode_member(&j->payload, &payload, obj, "payload"));
	TRY(decode_member(&j->signature, &signature, obj, "signature"));
	if (j->signature.len == 0)
		return err_new(ERR_PARSE, "no signature");
	j->signing_input = str_fmt("%s.%s", protected, payload);
	TRY(json_parse(&j->header, buf_str(&header), header.len, "protected header"));
	return read_header(j);
}

struct err *jws_parse(struct jws **out, const char *text, size_t len)
{
	AUTO(jws_free) struct jws *j = xcalloc(1, sizeof(*j));
	AUTO(json_release) json_t *obj = NULL;

	j->payload = BUF_INIT(LIMIT_JSON_BYTES);
	j->signature = BUF_INIT(RSA_BITS_MAX / 8);
	TRY(json_parse(&obj, text, len, "JWS"));
	TRY_WRAP(read_parts(j, obj), "JWS");
	*out = MOVE(j);
	return NULL;
}

/* The algorithm must be the key's own, or one kind of signature could pass for another. */
struct err *jws_verify_ready(const struct jws *j, const struct verifying *v)
{
	const struct key_type *type = verifying_type(v);

	if (j->type != type)
		return err_new(ERR_CRYPTO, "algorithm %s does not fit a key of type %s", j->alg,
			       type->name);
	return verifying_verify(v, &j->signature, j->signing_input, strlen(j->signing_input));
}

struct err *jws_verify(const struct jws *j, EVP_PKEY *key)
{
	AUTO(verifying_free) struct verifying *v = NULL;

	TRY(verifying_new(&v, key));
	return jws_verify_ready(j, v);
}

struct err *jws_verify_mac(const struct jws *j, const struct secret *key)
{
	AUTO(buf_release) struct buf expected = BUF_INIT(EVP_MAX_MD_SIZE);

	if (!is_mac(j))
		return err_new(ERR_CRYPTO, "algorithm %s is no MAC", j->alg);
	TRY(mac(&expected, mac_type_by_alg(j->alg), key, j->signing_input));
	if (expected.len != j->signature.len ||
	    !mem_equal_secret(expected.data, j->signature.data, expected.len))
		return err_new(ERR_CRYPTO, "the MAC is not the key's");
	return NULL;
}

void jws_free(struct jws *j)
{
	if (j == NULL)
		return;
	json_decref(j->header);
	free(j->signing_input);
	buf_release(&j->payload);
	buf_release(&j->signature);
	free(j);
}
