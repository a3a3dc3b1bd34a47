#include "client/lineage/keychange.h"

#include <string.h>

#include "client/lineage/reuse.h"
#include "client/ui/prompt.h"
#include "pki/key.h"

static char *upper(const char *s)
{
	char *text = xstrdup(s);

	for (char *p = text; *p != '\0'; p++)
		*p = (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
	return text;
}

static struct err *ask(bool *yes, struct client *c, const struct lineage *l, const char *is,
		       const char *wanted)
{
	static const char *const labels[2] = { "Update key type", "Keep existing key type" };
	AUTO(free)
	char *text = str_fmt(
		"An %s certificate named %s already exists. Do you want to update its key "
		"type to %s?",
		is, l->name, wanted);

	const struct question q = { .text = text, .flag = "--key-type" };

	return prompt_either(c->ui, yes, &q, labels, PROMPT_NO);
}

static struct err *ambiguous(const struct lineage *l, const char *is, const char *wanted)
{
	return err_new(ERR_CONFIG,
		       "Are you trying to change the key type of the certificate named %s from %s "
		       "to %s? Please provide both --cert-name and --key-type on the command line "
		       "to confirm the change you are trying to make.",
		       l->name, is, wanted);
}

static bool said_on_command_line(const struct options *opt, const void *member)
{
	enum option_source source = options_source(opt, member);

	return source == SOURCE_ARGV || source == SOURCE_CONFIG;
}

struct err *keychange_confirm(bool *changes, struct client *c, struct options *opt,
			      const struct lineage *l)
{
	bool typed = said_on_command_line(opt, &opt->key_type);

	const char *is = cert_key_family(l->cert);
	AUTO(free) char *wanted = upper(opt->key_type);

	*changes = false;
	if (streq_nocase(is, wanted))
		return NULL;
	*changes = typed && said_on_command_line(opt, &opt->cert_name);
	if (!*changes)
		TRY(ask(changes, c, l, is, wanted));
	if (*changes)
		return NULL;
	if (typed)
		return ambiguous(l, is, wanted);
	AUTO(free) char *kept = xstrdup(is);

	str_lower(kept);
	options_set_runtime(opt, &opt->key_type, kept);
	return NULL;
}

static bool is_staging(const char *server)
{
	return server != NULL && strstr(server, "staging") != NULL;
}

static struct err *protect_real_certificate(const struct options *opt, const struct lineage *l)
{
	AUTO(free) char *server = NULL;

	if (opt->break_my_certs || !is_staging(opt->server))
		return NULL;
	TRY(ini_get(&server, l->conf, "renewalparams", "server"));
	if (is_staging(server))
		return NULL;
	return err_new(
		ERR_CONFIG,
		"You've asked to renew/replace a seemingly valid certificate (%s) with a test "
		"certificate. We will not do that unless you use the --break-my-certs flag!",
		l->name);
}

static struct err *is_key_reused(bool *reused, const struct options *opt, const struct lineage *l)
{
	AUTO(free) char *value = NULL;
	bool refused = options_set_by_user(opt, &opt->reuse_key) && !opt->reuse_key;

	TRY(ini_get(&value, l->conf, "renewalparams", "reuse_key"));
	bool wanted = opt->reuse_key || (value != NULL && streq_nocase(value, "true"));

	*reused = wanted && !refused && !opt->new_key;
	return NULL;
}

/* The option that does not fit the key; NULL: all fit. */
static struct err *misfit(const char **flag, const struct options *opt, const EVP_PKEY *key)
{
	const struct key_type *type = NULL;

	*flag = NULL;
	if (!streq_nocase(opt->key_type, key_family(key))) {
		*flag = "--key-type";
		return NULL;
	}
	if (streq_nocase(opt->key_type, "rsa")) {
		*flag = (int64_t)key_bits(key) != opt->rsa_key_size ? "--rsa-key-size" : NULL;
		return NULL;
	}
	TRY(key_type_of(&type, key));
	if (type->kind == KEY_EC && opt->elliptic_curve != NULL &&
	    !streq_nocase(opt->elliptic_curve, type->name))
		*flag = "--elliptic-curve";
	return NULL;
}

struct err *reuse_check_in_place(const struct options *opt, const struct lineage *l)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;
	const char *flag = NULL;
	bool reused = false;

	TRY(protect_real_certificate(opt, l));
	TRY(is_key_reused(&reused, opt, l));
	if (!reused)
		return NULL;
	TRY(cert_key(&key, l->cert));
	TRY(misfit(&flag, opt, key));
	if (flag == NULL)
		return NULL;
	return err_new(
		ERR_CONFIG,
		"Unable to change the %s of this certificate because --reuse-key is set. To stop "
		"reusing the private key, specify --no-reuse-key. To change the private key this "
		"one time and then reuse it in future, add --new-key.",
		flag);
}
