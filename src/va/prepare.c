/* What is expected of a request's target, and what the request itself gets wrong. */
#include <string.h>

#include "proto/problem.h"
#include "va/job.h"

static struct err *check_type(const struct va_request *q, const struct challenge_type *type,
			      const struct va_options *o)
{
	if (type == NULL || !streq(type->name, q->challenge))
		return problem_new("malformed", "challenge type \"%s\" is not known here",
				   q->challenge);
	if (type->historical && !o->tls_sni)
		return problem_new("malformed", "challenge type \"%s\" is switched off here",
				   q->challenge);
	if (q->wildcard && !type->wildcard)
		return problem_new("malformed", "%s cannot prove the wildcard *.%s", type->name,
				   q->ident.value);
	if (q->ident.type == IDENT_IP && !type->ip)
		return problem_new("malformed", "%s cannot prove the IP address %s", type->name,
				   q->ident.value);
	return NULL;
}

/* What goes into a URL, a header and a server name must be a name and nothing else. */
bool va_is_name(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= 253 && name[0] != '.' && name[len - 1] != '.' &&
	       strstr(name, "..") == NULL &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == len;
}

static struct err *check_ident(const struct ident *i)
{
	struct address a;
	bool good = i->type == IDENT_IP ? address_parse(&a, i->value, 0) : va_is_name(i->value);
	AUTO(free) char *shown = str_printable(i->value, 253);

	if (good)
		return NULL;
	return problem_new("malformed", "\"%s\" is no %s", shown,
			   i->type == IDENT_IP ? "IP address" : "domain name in lower case");
}

static struct err *expect_proof(struct va_job *job)
{
	const struct va_request *q = &job->request;
	const struct challenge_input in = { .ident = &q->ident,
					    .token = q->token,
					    .thumbprint = q->thumbprint,
					    .account_url = q->account_url };

	if (job->type->match == NULL && (q->token == NULL || q->thumbprint == NULL))
		return problem_new("malformed",
				   "a %s challenge is not judged without its token and the account "
				   "key's thumbprint",
				   job->type->name);
	AUTO(err_free) struct err *e = job->type->prove(&job->proof, &in);

	if (e != NULL && e->code == ERR_INTERNAL)
		return MOVE(e);
	return e != NULL ? problem_new("malformed", "%s", e->msg) : NULL;
}

struct err *job_prepare(struct va_job *job)
{
	TRY(check_ident(&job->request.ident));
	if (job->caa_only)
		return NULL;
	job->type = challenge_type_by_name(job->request.challenge);
	TRY(check_type(&job->request, job->type, job->options));
	return expect_proof(job);
}
