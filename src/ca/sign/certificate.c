#include "base/limits.h"
#include "ca/policy/profiles.h"
#include "ca/sign/lint.h"
#include "ca/sign/proof.h"
#include "ca/sign/serial.h"
#include "ca/sign/state.h"
#include "ca/sign/tbs.h"
#include "pki/sigalg.h"
#include "pki/spki.h"

static bool is_rsa_key(const struct sign_plan *plan)
{
	struct key_numbers n;

	return spki_numbers(&n, DER_OF(plan->spki, plan->spki_len)) && n.type->kind == KEY_RSA;
}

static struct err *write_certificate(struct buf *der, const struct lint_case *c)
{
	const struct sign_plan *plan = c->plan;
	const struct issuer *i = c->issuer;
	AUTO(buf_release) struct buf subject = BUF_INIT(LIMIT_KIB(1));
	AUTO(cert_names_release) struct cert_names names = { 0 };
	AUTO(free) char *crl_url = issuer_crl_url(i->config, plan->shard);
	unsigned char key_id[KEY_ID_BYTES];
	struct serial serial;
	size_t from = der->len;

	TRY(serial_read(&serial, plan->serial));
	if (!key_id_of(key_id, DER_OF(plan->spki, plan->spki_len)))
		return err_new(ERR_INTERNAL, "the plan has no SubjectPublicKeyInfo");
	name_add(&subject, plan->common_name);
	idents_to_names(&names, &plan->idents);
	const struct tbs t = {
		.serial = DER_OF(serial.bytes, serial.len),
		.algorithm = sigalg_of(i->type),
		.issuer = DER_OF(i->subject.data, i->subject.len),
		.subject = DER_OF(subject.data, subject.len),
		.not_before = plan->not_before,
		.not_after = plan->not_after,
		.spki = DER_OF(plan->spki, plan->spki_len),
		.key_usage = KEY_USAGE_DIGITAL_SIGNATURE |
			     (c->profile->key_encipherment && is_rsa_key(plan)
				      ? KEY_USAGE_KEY_ENCIPHERMENT
				      : 0u),
		.server_auth = true,
		.subject_key_id = DER_OF(key_id, c->profile->subject_key_id ? sizeof(key_id) : 0),
		.authority_key_id = DER_OF(i->key_id.data, i->key_id.len),
		.caissuers_url = i->config->caissuers_url,
		.crl_url = crl_url,
		.names = &names,
		.policies = &c->profile->policies,
	};

	TRY(tbs_add(der, &t));
	return tbs_sign(der, from, t.algorithm, i->signing);
}

static struct err *lint(const struct lint_case *c, const struct buf *der, size_t from)
{
	AUTO(strlist_release) struct strlist failed = { 0 };

	lint_certificate(&failed, c, der->data + from, der->len - from);
	if (failed.count == 0)
		return NULL;
	AUTO(free) char *names = strlist_join(&failed, ", ");

	return err_new(ERR_INTERNAL, "lint: %s", names);
}

static struct err *make_certificate(struct buf *der, const struct lint_case *c)
{
	size_t from = der->len;

	TRY(write_certificate(der, c));
	TRY(proof_certificate(c->issuer, der->data + from, der->len - from));
	return lint(c, der, from);
}

struct err *sign_certificate(struct buf *der, const struct sign *s, const struct sign_plan *plan)
{
	const struct lint_case c = { .issuer = sign_issuer(s, plan->issuer),
				     .profile = profile_by_name(s->config, plan->profile),
				     .plan = plan };

	if (c.issuer == NULL || c.profile == NULL)
		return err_new(ERR_INTERNAL,
			       "issuer %s or profile %s is not in the configuration any more",
			       plan->issuer, plan->profile);
	size_t from = der->len;
	struct err *e = make_certificate(der, &c);

	if (e != NULL)
		der->len = from; /* what is not good does not leave */
	return err_wrap(e, "certificate %s", plan->serial);
}
