/* init, check-config, config, server-cert: typed as people type them, in a directory of the test. */
#include "check.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/limits.h"
#include "ca/cmd/command_line.h"
#include "ca/config/config.h"
#include "ca/setup/server_cert.h"
#include "ca/sign/sign.h"
#include "pki/chain.h"
#include "pki/pem.h"

static const struct world world = { .clock = &system_clock, .random = &system_random };

struct place {
	char dir[64]; /* of the test */
	char ca[80];  /* what init makes */
	char *out;    /* what the last command printed */
};

/* words: by spaces; "@" at the beginning of one is the directory of the CA. */
static struct err *type(struct place *p, const char *words)
{
	AUTO(strlist_release) struct strlist typed = { 0 };
	AUTO(strlist_release) struct strlist list = { 0 };
	AUTO(command_line_release) struct command_line line = { 0 };
	AUTO(ca_config_free) struct ca_config *config = NULL;
	size_t len = 0;

	strlist_split(&typed, words, ' ');
	for (size_t i = 0; i < typed.count; i++)
		strlist_take(&list, typed.items[i][0] == '@'
					    ? str_fmt("%s%s", p->ca, typed.items[i] + 1)
					    : xstrdup(typed.items[i]));
	TRY(command_line_parse(&line, list.count, list.items));
	if (line.command->wants_config)
		TRY(ca_config_load(&config, line.config_path));
	free(MOVE(p->out));
	FILE *out = open_memstream(&p->out, &len);
	const struct command_run r = { .world = &world,
				       .config = config,
				       .config_path = line.config_path,
				       .words = line.words,
				       .out = out,
				       .options = &line.options };
	struct err *e = line.command->run(&r);

	assert_int_equal(fclose(out), 0);
	return e;
}

static void place_new(struct place *p)
{
	*p = (struct place){ .dir = "/tmp/signet-init-XXXXXX" };
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->ca, sizeof(p->ca), "%s/ca", p->dir);
}

static void place_release(struct place *p)
{
	free(p->out);
	assert_done(fs_remove_tree(p->dir));
}
AUTO_RELEASE(struct place, place_release)

static char *read_file(const struct place *p, const char *name)
{
	AUTO(free) char *path = fs_join(p->ca, name);
	char *text = NULL;

	assert_done(fs_read(&text, NULL, path, LIMIT_FILE));
	return text;
}

static unsigned mode_of(const struct place *p, const char *name)
{
	AUTO(free) char *path = fs_join(p->ca, name);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void assert_signed(const struct place *p, const char *leaf_file, const char *issuer_file)
{
	AUTO(free) char *leaf_pem = read_file(p, leaf_file);
	AUTO(free) char *issuer_pem = read_file(p, issuer_file);
	AUTO(cert_free) struct cert *leaf = NULL;
	AUTO(cert_free) struct cert *issuer = NULL;
	bool yes = false;

	assert_done(cert_from_pem(&leaf, leaf_pem, strlen(leaf_pem)));
	assert_done(cert_from_pem(&issuer, issuer_pem, strlen(issuer_pem)));
	assert_true(cert_names_issuer(leaf, issuer));
	assert_done(cert_signed_by(&yes, leaf, issuer));
	assert_true(yes);
}

static void test_init(void **state)
{
	AUTO(place_release) struct place p;
	AUTO(ca_config_free) struct ca_config *config = NULL;
	AUTO(idents_release) struct idents names = { 0 };
	AUTO(strlist_release) struct strlist values = { 0 };

	(void)state;
	place_new(&p);
	assert_done(type(&p, "init @ --name Example --listen 127.0.0.1:14443 --url "
			     "https://ca.example.test:14443"));
	assert_non_null(strstr(p.out, "--server https://ca.example.test:14443/directory"));
	assert_int_equal(mode_of(&p, ""), 0700);
	assert_int_equal(mode_of(&p, "root.key"), 0600);
	assert_int_equal(mode_of(&p, "issuer.key"), 0600);
	assert_int_equal(mode_of(&p, "server.key"), 0600);
	assert_signed(&p, "root.pem", "root.pem");
	assert_signed(&p, "issuer.pem", "root.pem");
	assert_signed(&p, "server.pem", "issuer.pem");
	AUTO(free) char *path = fs_join(p.ca, "signet-ca.conf");

	assert_done(ca_config_load(&config, path));
	assert_string_equal(config->server.url, "https://ca.example.test:14443");
	assert_string_equal(config->server.http_listen.items[0], "127.0.0.1:14444");
	assert_string_equal(config->issuers[0].crl_url, "http://ca.example.test:14444/crl/main");
	assert_true(config->policy.private_names);
	assert_string_equal(config->va.allow.items[0], "10.0.0.0/8");
	assert_int_equal(config->profile_count, 3);
	assert_done(server_cert_names(&names, config));
	for (size_t i = 0; i < names.count; i++)
		strlist_add(&values, names.items[i].value);
	assert_true(strlist_has(&values, "ca.example.test"));
	assert_true(strlist_has(&values, "localhost"));
	assert_true(strlist_has(&values, "127.0.0.1"));
	assert_done(type(&p, "check-config @/signet-ca.conf"));
	assert_non_null(strstr(p.out, "signet-ca.conf: ok"));
}

/* A zone can name the CA as its URL does, but not by a name of one machine. */
static void test_caa_identity(void **state)
{
	static const struct {
		const char *words, *line;
		bool warns;
	} rows[] = {
		{ "init @ --url https://ca.example.org:8443", "\ncaa_identities = ca.example.org\n",
		  false },
		{ "init @ --loopback", "\n#caa_identities = ca.example.org\n", true },
		{ "init @ --url https://192.0.2.1", "\n#caa_identities = ca.example.org\n", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(place_release) struct place p;

		place_new(&p);
		assert_done(type(&p, rows[i].words));
		AUTO(free) char *text = read_file(&p, "signet-ca.conf");

		assert_non_null(strstr(text, rows[i].line));
		assert_done(type(&p, "check-config @/signet-ca.conf"));
		assert_true((strstr(p.out, "warning: CAA records are not looked at") != NULL) ==
			    rows[i].warns);
	}
}

static void test_never_twice(void **state)
{
	AUTO(place_release) struct place p;

	(void)state;
	place_new(&p);
	assert_done(type(&p, "init @ --loopback"));
	AUTO(free) char *key = read_file(&p, "root.key");

	assert_refused(type(&p, "init @"), ERR_USAGE, "is not empty");
	assert_refused(type(&p, "init @ --force"), ERR_USAGE, "root.pem is there already");
	AUTO(free) char *after = read_file(&p, "root.key");

	assert_string_equal(key, after);
}

static void test_force_beside_others(void **state)
{
	AUTO(place_release) struct place p;
	AUTO(free) char *note = NULL;

	(void)state;
	place_new(&p);
	note = fs_join(p.ca, "note");
	assert_done(fs_mkdir(p.ca, 0700, NULL));
	assert_done(fs_create(note, "x", 1, 0600));
	assert_refused(type(&p, "init @"), ERR_USAGE, "--force");
	assert_done(type(&p, "init @ --force"));
	assert_done(type(&p, "check-config @/signet-ca.conf"));
}

static void test_usage(void **state)
{
	static const struct {
		const char *words, *part;
	} rows[] = {
		{ "init @ --listen localhost", "--listen takes an address and a port" },
		{ "init @ --listen 127.0.0.1:0", "--listen needs a port" },
		{ "init @ --http-listen 1", "--http-listen takes" },
		{ "init @ --http-listen 127.0.0.1:0", "--http-listen needs a port" },
		{ "init @ --url ca.test", "--url takes a URL" },
		{ "init @ --key-type dsa", "--key-type takes ecdsa or rsa" },
		{ "init @ --allow 11.0.0.0/7", "--allow takes a network" },
		{ "init @ --name 0123456789012345678901234567890123456789012345678901234567",
		  "--name takes" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(place_release) struct place p;

		place_new(&p);
		assert_refused(type(&p, rows[i].words), ERR_USAGE, rows[i].part);
		assert_false(fs_exists(p.ca));
	}
}

static void test_server_cert(void **state)
{
	AUTO(place_release) struct place p;

	(void)state;
	place_new(&p);
	assert_done(type(&p, "init @"));
	AUTO(free) char *before = read_file(&p, "server.pem");

	assert_done(type(&p, "server-cert --config @/signet-ca.conf"));
	AUTO(free) char *same_names = read_file(&p, "server.pem");

	assert_string_not_equal(before, same_names);
	assert_signed(&p, "server.pem", "issuer.pem");
	assert_done(type(&p, "server-cert --config @/signet-ca.conf a.test 192.0.2.1"));
	assert_done(type(&p, "check-config @/signet-ca.conf"));
	assert_refused(type(&p, "server-cert --config @/signet-ca.conf a_b/c"), ERR_USAGE,
		       "neither a host name nor an address");
}

/* What is wrong beyond the grammar is told all at once. */
static void test_check_config(void **state)
{
	AUTO(place_release) struct place p;
	static const char text[] = "[server]\ntls_certificate = none.pem\ntls_key = none.key\n"
				   "[accounts]\nblocked_keys = none.txt\n";

	(void)state;
	place_new(&p);
	AUTO(free) char *path = fs_join(p.ca, "bad.conf");

	assert_done(fs_mkdir(p.ca, 0700, NULL));
	assert_done(fs_create(path, text, sizeof(text) - 1, 0600));
	assert_refused(type(&p, "check-config @/bad.conf"), ERR_CONFIG, "3 problems");
	assert_non_null(strstr(p.out, "no [issuer NAME]"));
	assert_non_null(strstr(p.out, "none.txt"));
	assert_non_null(strstr(p.out, "none.pem"));
	assert_refused(type(&p, "check-config @/none.conf"), ERR_CONFIG, "none.conf");
}

/* Every line that is refused is told; what stands in a section that is unknown is not. */
static void test_check_lines(void **state)
{
	static const char text[] = "[server]\nthread = 1\nthreads = x\n[nothing]\nkey = 1\n"
				   "[log]\nlevel = info\nlevel = debug\n";
	AUTO(place_release) struct place p;

	(void)state;
	place_new(&p);
	AUTO(free) char *path = fs_join(p.ca, "bad.conf");

	assert_done(fs_mkdir(p.ca, 0700, NULL));
	assert_done(fs_create(path, text, sizeof(text) - 1, 0600));
	assert_refused(type(&p, "check-config @/bad.conf"), ERR_CONFIG, "4 problems");
	assert_non_null(strstr(p.out, "bad.conf:2: [server] has no key \"thread\""));
	assert_non_null(strstr(p.out, "bad.conf:3: threads takes"));
	assert_non_null(strstr(p.out, "bad.conf:4: there is no section [nothing]"));
	assert_non_null(strstr(p.out, "bad.conf:8: level was set at line 7"));
}

/* What docs/ca.md does when an issuer comes to its end. */
static void test_issuer(void **state)
{
	AUTO(place_release) struct place p;
	AUTO(ca_config_free) struct ca_config *config = NULL;
	AUTO(sign_free) struct sign *sign = NULL;

	(void)state;
	place_new(&p);
	assert_done(type(&p, "init @ --name Example"));
	assert_done(type(
		&p, "issuer r2 --dir @ --root @/root.pem --root-key @/root.key --key-type rsa"));
	assert_signed(&p, "r2.pem", "root.pem");
	assert_int_equal(mode_of(&p, "r2.key"), 0600);
	AUTO(free) char *conf = read_file(&p, "signet-ca.conf");
	const char *lines = strstr(p.out, "  [issuer r2]");
	AUTO(free) char *more = xstrndup(lines, (size_t)(strstr(lines, "\n\n") - lines));
	AUTO(free) char *both = str_fmt("%s\n%s\n", conf, more);
	AUTO(free) char *path = fs_join(p.ca, "both.conf");

	assert_done(fs_create(path, both, strlen(both), 0600));
	assert_done(type(&p, "check-config @/both.conf"));
	assert_done(ca_config_load(&config, path));
	assert_done(sign_new(&sign, config, &world));
	AUTO(free) char *pem = read_file(&p, "r2.pem");
	AUTO(cert_free) struct cert *cert = NULL;

	assert_done(cert_from_pem(&cert, pem, strlen(pem)));
	assert_string_equal(cert->subject_cn, "Example r2");
}

static void test_issuer_refusals(void **state)
{
	static const struct {
		const char *words, *refusal;
		enum err_code code;
	} rows[] = {
		{ "issuer r2 --dir @ --root @/issuer.pem --root-key @/issuer.key",
		  "may sign no other CA", ERR_CONFIG },
		{ "issuer r2 --dir @ --root @/server.pem --root-key @/server.key",
		  "server.pem is no CA certificate", ERR_CONFIG },
		{ "issuer r2 --dir @ --root @/root.pem --root-key @/issuer.key",
		  "issuer.key is not the key of", ERR_CONFIG },
		{ "issuer issuer --dir @ --root @/root.pem --root-key @/root.key",
		  "issuer.pem is there already", ERR_USAGE },
		{ "issuer ../r2 --dir @ --root @/root.pem --root-key @/root.key", "NAME is made of",
		  ERR_USAGE },
		{ "issuer r2 --key-type dsa", "ecdsa or rsa", ERR_USAGE },
	};
	AUTO(place_release) struct place p;

	(void)state;
	place_new(&p);
	assert_done(type(&p, "init @"));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_refused(type(&p, rows[i].words), rows[i].code, rows[i].refusal);
	AUTO(free) char *path = fs_join(p.ca, "r2.key");

	assert_false(fs_exists(path));
}

static void test_config(void **state)
{
	AUTO(place_release) struct place p;
	AUTO(ca_config_free) struct ca_config *config = NULL;

	(void)state;
	place_new(&p);
	assert_done(type(&p, "config"));
	assert_done(ca_config_parse(&config, p.out, strlen(p.out), "printed"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_init),
		cmocka_unit_test(test_caa_identity),
		cmocka_unit_test(test_never_twice),
		cmocka_unit_test(test_force_beside_others),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_server_cert),
		cmocka_unit_test(test_check_config),
		cmocka_unit_test(test_check_lines),
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_issuer),
		cmocka_unit_test(test_issuer_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
