/*
 * signet-load DIRECTORY_URL [-C CA.pem] [-m issue|authorize|order|nonce] [-c CLIENTS] [-n UNITS] [-T SECONDS] [-N NAMES]
 *             [-H PORT] [-P PID[,PID...]] [-K]
 *
 * Drives one ACME server on loopback and prints one JSON object. -H answers HTTP-01 on that port; -P names the server's
 * processes, whose CPU time and memory are taken before and after; -K opens a new connection for each unit.
 */
#include <openssl/err.h>
#include <openssl/rand.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "load.h"
#include "net/server.h"

static const char *const mode_names[MODE_COUNT] = { "issue", "authorize", "order", "nonce" };

static bool parse_mode(enum mode *out, const char *word)
{
	for (int i = 0; i < MODE_COUNT; i++) {
		if (!streq(mode_names[i], word))
			continue;
		*out = (enum mode)i;
		return true;
	}
	return false;
}

static bool parse_pids(struct options *o, const char *text)
{
	AUTO(strlist_release) struct strlist words = { 0 };
	int64_t pid;

	strlist_split(&words, text, ',');
	for (size_t i = 0; i < words.count; i++) {
		if (o->pid_count == LOAD_PIDS_MAX ||
		    !str_to_int(words.items[i], 1, INT32_MAX, &pid))
			return false;
		o->pids[o->pid_count++] = (int)pid;
	}
	return true;
}

static bool parse_option(struct options *o, int letter, const char *value)
{
	switch (letter) {
	case 'C':
		o->ca = value;
		return true;
	case 'm':
		return parse_mode(&o->mode, value);
	case 'c':
		return str_to_int(value, 1, LOAD_CLIENTS_MAX, &o->clients);
	case 'n':
		return str_to_int(value, 1, INT32_MAX, &o->units);
	case 'T':
		return str_to_int(value, 1, 86400, &o->seconds);
	case 'N':
		return str_to_int(value, 1, LOAD_NAMES_MAX, &o->names);
	case 'H':
		return str_to_int(value, 1, 65535, &o->http_port);
	case 'P':
		return parse_pids(o, value);
	case 'K':
		o->fresh = true;
		return true;
	default:
		return false;
	}
}

static bool parse_options(struct options *o, int argc, char **argv)
{
	int letter;

	while ((letter = getopt(argc, argv, "C:m:c:n:T:N:H:P:K")) != -1) {
		if (!parse_option(o, letter, optarg))
			return false;
	}
	o->directory = argv[optind];
	return optind == argc - 1;
}

static struct err *make_tls(struct load *l)
{
	l->tls = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_verify(l->tls, SSL_VERIFY_PEER, NULL);
	if (l->options->ca != NULL && SSL_CTX_load_verify_file(l->tls, l->options->ca) != 1)
		return err_new(ERR_CONFIG, "%s: no certificates", l->options->ca);
	return NULL;
}

/* The directory comes by curl's way of doing things: once, blocking, and not measured. */
static struct err *read_directory(struct load *l, const char *ca)
{
	AUTO(free)
	char *command = str_fmt("exec curl -sS --max-time 10 %s%s '%s'",
				ca == NULL ? "" : "--cacert ", ca == NULL ? "" : ca,
				l->options->directory);
	AUTO(json_release) json_t *directory = NULL;
	FILE *f = popen(command, "re");

	directory = f == NULL ? NULL : json_loadf(f, 0, NULL);
	if (f != NULL)
		pclose(f);
	if (json_unpack(directory, "{s:s, s:s, s:s}", "newNonce", &l->new_nonce, "newAccount",
			&l->new_account, "newOrder", &l->new_order) != 0)
		return err_new(ERR_PROTOCOL, "%s is no ACME directory", l->options->directory);
	l->new_nonce = xstrdup(l->new_nonce);
	l->new_account = xstrdup(l->new_account);
	l->new_order = xstrdup(l->new_order);
	return NULL;
}

static struct err *run(const struct options *o)
{
	AUTO(url_release) struct url directory = { 0 };
	struct load l = { .options = o, .directory = &directory };
	unsigned char random[8];

	TRY(url_parse(&directory, o->directory));
	RAND_bytes(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(l.run + 2 * i, 3, "%02x", random[i]);
	TRY(make_tls(&l));
	TRY(read_directory(&l, o->ca));
	l.base = event_base_new();
	TRY(load_run(&l));
	return l.failed == 0
		     ? NULL
		     : err_new(ERR_PROTOCOL, "%lld units failed, the last: %s", (long long)l.failed,
			       l.last_failure == NULL ? "?" : l.last_failure);
}

int main(int argc, char **argv)
{
	struct options o = { .clients = 1, .units = 1000, .seconds = 600, .names = 1 };
	AUTO(err_free) struct err *e = NULL;
	AUTO(free) char *text = NULL;

	if (!parse_options(&o, argc, argv)) {
		fprintf(stderr,
			"usage: signet-load DIRECTORY_URL [-C CA.pem] [-m MODE] [-c CLIENTS] [-n UNITS] [-T SECONDS] [-N NAMES] [-H PORT] [-P PIDS] [-K]\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	e = run(&o);
	if (e == NULL)
		return 0;
	text = err_text(e);
	fprintf(stderr, "load: %s\n", text);
	return 1;
}
