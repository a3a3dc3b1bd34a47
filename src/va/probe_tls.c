/*
 * tls-alpn-01 (RFC 8737, RFC 8738, ca.md 3.1) and, for labs, tls-sni-01 and tls-sni-02 (ca.md 3.2): a handshake, and what
 * its certificate says.
 */
#include <openssl/err.h>
#include <openssl/x509.h>

#include "pki/challenge_cert.h"
#include "proto/problem.h"
#include "va/job.h"
#include "va/reach.h"

struct handshake {
	struct reach_options to;
	struct reach reach;
};

static void finish(struct va_job *job, struct err *problem)
{
	struct handshake *s = job->state;

	if (problem != NULL && problem->detail != NULL && s->reach.channel != NULL)
		reach_hop(&s->reach)->error = xstrdup(problem->detail);
	reach_stop(&s->reach);
	job_finish(job, problem);
}

/* --- the certificate --- */

/* RFC 8737 §3: a server that knows nothing of the protocol proves nothing. */
static struct err *check_protocol(const struct va_job *job, const struct va_hop *h)
{
	const char *wanted = job->proof.tls_protocol;

	if (wanted == NULL || (h->tls.protocol != NULL && streq(h->tls.protocol, wanted)))
		return NULL;
	return problem_new("unauthorized",
			   "%s: Cannot negotiate ALPN protocol \"%s\" for %s challenge",
			   h->address_used, wanted, job->type->name);
}

static struct err *read_leaf(struct challenge_cert *out, const SSL *ssl, const char *address)
{
	const X509 *x = SSL_get0_peer_certificate(ssl);
	unsigned char *der = NULL;
	int len = x != NULL ? i2d_X509(x, &der) : 0;

	ERR_clear_error();
	if (len <= 0)
		return problem_new("unauthorized", "%s: No certificate was received", address);
	AUTO(err_free) struct err *e = challenge_cert_read(out, der, (size_t)len);

	OPENSSL_free(der);
	return e == NULL ? NULL
			 : problem_new("connection", "%s: Error getting validation data: %s",
				       address, e->msg);
}

static struct err *unauthorized(struct err *e, const char *address)
{
	AUTO(err_free) struct err *cause = e;

	return cause == NULL ? NULL : problem_new("unauthorized", "%s: %s", address, cause->msg);
}

static struct err *check_alpn(const struct va_job *job, const struct challenge_cert *c,
			      const char *address)
{
	const struct ident *i = &job->request.ident;

	return unauthorized(challenge_cert_check(c, i->type == IDENT_DNS ? i->value : NULL,
						 i->type == IDENT_IP ? i->value : NULL,
						 job->proof.tls_digest),
			    address);
}

static bool has_name(const struct strlist *l, const char *name)
{
	for (size_t i = 0; i < l->count; i++)
		if (streq_nocase(l->items[i], name))
			return true;
	return false;
}

/* One name (-01) may stand beside others, two (-02) may not. */
static bool has_names(const struct strlist *got, const struct strlist *wanted)
{
	if (wanted->count > 1 && got->count != wanted->count)
		return false;
	for (size_t i = 0; i < wanted->count; i++)
		if (!has_name(got, wanted->items[i]))
			return false;
	return true;
}

static struct err *check_sni(const struct va_job *job, const struct challenge_cert *c,
			     const char *address)
{
	AUTO(free) char *joined = strlist_join(&c->names.dns, ", ");
	AUTO(free) char *shown = str_printable(joined, 500);

	if (has_names(&c->names.dns, &job->proof.tls_names.dns))
		return NULL;
	return problem_new("unauthorized",
			   "%s: Incorrect certificate for %s challenge: it is for the names \"%s\"",
			   address, job->type->name, shown);
}

static struct err *judge(const struct va_job *job, const struct reach *r)
{
	const struct va_hop *h = reach_hop(r);
	AUTO(challenge_cert_release) struct challenge_cert c = { 0 };

	TRY(check_protocol(job, h));
	TRY(read_leaf(&c, channel_tls(r->channel), h->address_used));
	return job->proof.tls_has_digest ? check_alpn(job, &c, h->address_used)
					 : check_sni(job, &c, h->address_used);
}

/* --- the handshake --- */

static void on_opened(struct va_job *job)
{
	const struct handshake *s = job->state;

	finish(job, judge(job, &s->reach));
}

static void on_failed(struct va_job *job, struct err *problem, enum channel_phase phase)
{
	const struct handshake *s = job->state;
	const struct reach *r = &s->reach;

	if (phase == CHANNEL_WAITING || job->request.ident.type == IDENT_IP || r->count != 1 ||
	    r->candidates[0].addr.ss_family != AF_INET6) {
		finish(job, problem);
		return;
	}
	AUTO(err_free) struct err *cause = problem;

	finish(job,
	       problem_new("malformed",
			   "%s. Unable to contact \"%s\" at \"%s\", no IPv4 addresses to try as "
			   "fallback",
			   cause->detail, job->request.ident.value, reach_hop(r)->address_used));
}

static void start(struct va_job *job)
{
	struct handshake *s = xcalloc(1, sizeof(*s));

	job->state = s;
	if (job->type->historical)
		strlist_take(&job->record->notes,
			     str_fmt("%s proves nothing on hosts that several people share",
				     job->type->name));
	s->to = (struct reach_options){
		.host = job->request.ident.value,
		.port = job->options->tls_port,
		.tls = true,
		.server_name = job->proof.tls_server_name,
		.protocol = job->proof.tls_protocol,
		.stubborn = true,
		.opened = on_opened,
		.failed = on_failed,
	};
	reach_start(&s->reach, job, &s->to);
}

static void stop(struct va_job *job)
{
	struct handshake *s = job->state;

	reach_stop(&s->reach);
	free(s);
	job->state = NULL;
}

const struct probe probe_tls = { .start = start, .stop = stop };
