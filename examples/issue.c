/*
 * Gets a certificate by HTTP-01:
 *
 *	cc issue.c -o issue $(pkg-config --cflags --libs acme)
 *	./issue https://acme-staging-v02.api.letsencrypt.org/directory /var/www/html example.org >example.pem
 *
 * Calling it means agreeing to the CA's terms of service. The key and the chain go to standard output; everything is new each
 * time, the account too, so this is a start for a program of yours and not one to run every day. ACME_CA_FILE names the
 * roots to trust for a CA that is not public.
 */
#include <acme/acme.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PROOFS "/.well-known/acme-challenge"

static void must(struct err *e)
{
	if (e == NULL)
		return;
	char *text = acme_err_text(e);
	fprintf(stderr, "issue: %s\n", text);
	free(text);
	acme_err_free(e);
	exit(1);
}

static void make_folder(const char *webroot, const char *below)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s%s", webroot, below);
	if (mkdir(path, 0755) != 0 && errno != EEXIST) {
		perror(path);
		exit(1);
	}
}

/* Puts the proof where the CA will look for it; its path begins with PROOFS. */
static void publish(const char *webroot, const char *url_path, const char *body)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s%s", webroot, url_path);
	FILE *f = fopen(path, "w");
	if (f == NULL || fputs(body, f) < 0 || fclose(f) != 0) {
		perror(path);
		exit(1);
	}
}

static struct acme_challenge *http_challenge(struct acme_authz *a)
{
	for (size_t i = 0; i < acme_authz_challenge_count(a); i++)
		if (strcmp(acme_challenge_type(acme_authz_challenge(a, i)), "http-01") == 0)
			return acme_authz_challenge(a, i);
	fprintf(stderr, "issue: no http-01 for %s\n", acme_authz_identifier(a));
	exit(1);
}

static void prove(struct acme_session *s, struct acme_order *o, const char *webroot)
{
	size_t count = 0;

	must(acme_order_authorizations(s, o, &count));
	struct acme_challenge **challenges = calloc(count, sizeof(*challenges));
	for (size_t i = 0; i < count; i++) {
		char *path, *body;

		challenges[i] = http_challenge(acme_order_authz(o, i));
		must(acme_challenge_http(s, challenges[i], &path, &body));
		publish(webroot, path, body);
		free(path);
		free(body);
	}
	must(acme_challenges_ready(s, challenges, count));
	must(acme_order_wait_ready(s, o, 120));
	free(challenges);
}

int main(int argc, char **argv)
{
	struct acme_session *s;
	struct acme_key *account, *key;
	struct acme_order *o;
	void *csr;
	size_t csr_len;
	char *key_pem, *chain;

	if (argc < 4) {
		fprintf(stderr, "usage: issue DIRECTORY-URL WEBROOT NAME...\n");
		return 2;
	}
	const char *const *names = (const char *const *)argv + 3;
	const size_t count = (size_t)argc - 3;
	make_folder(argv[2], "/.well-known");
	make_folder(argv[2], PROOFS);
	must(acme_session_new(&s, argv[1]));
	acme_session_set_user_agent(s, "issue-example/1.0");
	if (getenv("ACME_CA_FILE") != NULL)
		acme_session_set_ca_file(s, getenv("ACME_CA_FILE"));

	must(acme_key_generate(&account, "secp256r1"));
	acme_session_set_account(s, account, NULL);
	must(acme_account_register(s, &(struct acme_registration){ .terms_agreed = true }, NULL));

	must(acme_order_new(s, &(struct acme_order_request){ .dns = names, .dns_count = count }, &o));
	prove(s, o, argv[2]);

	must(acme_key_generate(&key, "secp256r1"));
	must(acme_csr(key, names, count, NULL, 0, &csr, &csr_len));
	must(acme_order_finalize(s, o, csr, csr_len, 120));
	must(acme_order_certificate(s, o, NULL, &chain, NULL));
	must(acme_key_to_pem(key, &key_pem));
	printf("%s%s", key_pem, chain);

	free(key_pem);
	free(chain);
	free(csr);
	acme_order_free(o);
	acme_key_free(key);
	acme_key_free(account);
	acme_session_free(s);
	return 0;
}
