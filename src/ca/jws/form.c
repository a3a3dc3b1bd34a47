#include "ca/jws/form.h"

#include "ca/jws/algorithm.h"
#include "ca/policy/goodkey.h"
#include "jose/jwk.h"
#include "proto/problem.h"

static struct err *refuse_algorithm(const char *alg)
{
	return problem_new("badSignatureAlgorithm",
			   "JWS: signatures of algorithm \"%s\" are not taken", alg);
}

/* The parser finds nothing wrong in the sense of ERR_CRYPTO but the algorithm. */
static struct err *as_problem(struct err *e)
{
	AUTO(err_free) struct err *found = e;
	AUTO(free) char *text = err_text(found);

	return problem_new(found->code == ERR_CRYPTO ? "badSignatureAlgorithm" : "malformed", "%s",
			   text);
}

struct err *form_parse(struct jws **out, const void *data, size_t len)
{
	AUTO(jws_free) struct jws *j = NULL;
	struct err *e = jws_parse(&j, data, len);

	if (e != NULL)
		return as_problem(e);
	if (!algorithm_is_taken(j->alg))
		return refuse_algorithm(j->alg);
	*out = MOVE(j);
	return NULL;
}

/* RFC 7517 §4.4: a key that says its algorithm is used with no other. */
static struct err *check_jwk_alg(const struct jws *j)
{
	const char *alg = NULL;
	AUTO(err_free) struct err *e = json_get_string(&alg, j->jwk, "alg", JSON_OPTIONAL);

	if (e != NULL || (alg != NULL && !streq(alg, j->alg)))
		return problem_new("malformed", "JWS: the \"alg\" of the jwk is not the header's");
	return NULL;
}

/* RFC 8555 §6.2: a key that is too weak or too large is not malformed. */
static struct err *bad_key(struct err *e)
{
	AUTO(err_free) struct err *found = e;
	AUTO(free) char *text = err_text(found);

	return problem_new(err_is(found, ERR_CRYPTO) || err_is(found, ERR_LIMIT) ? "badPublicKey"
										 : "malformed",
			   "JWS: the jwk: %s", text);
}

struct err *form_embedded_key(EVP_PKEY **key, char **thumbprint, const struct jws *j)
{
	AUTO(evp_pkey_free) EVP_PKEY *found = NULL;

	if (j->jwk == NULL)
		return problem_new("malformed", "JWS: no \"jwk\" is given");
	TRY(check_jwk_alg(j));
	if (json_object_get(j->jwk, "d") != NULL)
		return problem_new(
			"malformed",
			"JWS: the jwk has the private key too (\"d\"); what was sent is "
			"no secret any more: make a new key, and send its public members alone");
	struct err *e = jwk_parse(&found, j->jwk, false);

	if (e != NULL)
		return bad_key(e);
	TRY(jwk_thumbprint(thumbprint, found));
	*key = MOVE(found);
	return NULL;
}

struct err *form_check_key(const struct policy *p, const EVP_PKEY *key)
{
	struct err *e = goodkey_check(p, key);

	return e != NULL ? bad_key(e) : NULL;
}

struct err *form_check_signature(const struct jws *j, const struct verifying *v)
{
	AUTO(err_free) struct err *e = jws_verify_ready(j, v);

	if (e == NULL)
		return NULL;
	return problem_new("malformed", "JWS verification error: %s", e->msg);
}

struct err *form_thumbprint(char **out, const json_t *jwk)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;

	TRY(jwk_parse(&key, jwk, false));
	return jwk_thumbprint(out, key);
}
