/*
 * manual: the proofs are put in place by hooks of the user, or by hand (certbot.md 11.3, 14.3, 19).
 *
 * Each hook gets its own environment; nothing of it stays in ours or reaches another program.
 */
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "plugins/plugins.h"
#include "plugins/tls_files.h"

static const char auth_label[] = "--manual-auth-hook";
static const char cleanup_label[] = "--manual-cleanup-hook";

struct manual {
	const struct plugin_env *env;
};

static struct err *check(const struct plugin_env *env)
{
	const struct options *opt = env->opt;

	TRY(hook_validate(opt, "manual-auth-hook", opt->manual_auth_hook));
	TRY(hook_validate(opt, "manual-cleanup-hook", opt->manual_cleanup_hook));
	if (!hook_is_set(opt->manual_auth_hook) && !prompt_possible(env->ui, true))
		return err_new(
			ERR_CONFIG,
			"the manual plugin needs --manual-auth-hook when nobody can be asked to place the proofs");
	return NULL;
}

static struct err *open_manual(void **state, const struct plugin_env *env)
{
	TRY(check(env));
	struct manual *m = xcalloc(1, sizeof(*m));

	m->env = env;
	*state = m;
	return NULL;
}

static void close_manual(void *state)
{
	free(state);
}

/* --- by hooks --- */

/* One name a challenge, so a name and its wildcard are the same name twice. */
static char *all_names(const struct task *tasks, size_t n)
{
	AUTO(strlist_release) struct strlist names = { 0 };

	for (size_t i = 0; i < n; i++)
		strlist_add(&names, tasks[i].identifier);
	return strlist_join(&names, ",");
}

/* One variable: with its value, or gone where it has none. */
static void add_variable(struct strlist *set, struct strlist *unset, const char *name,
			 const char *value)
{
	if (value != NULL)
		strlist_take(set, str_fmt("%s=%s", name, value));
	else
		strlist_add(unset, name);
}

static void proof_environment(const struct manual *m, struct strlist *set, struct strlist *unset,
			      const struct task *t)
{
	AUTO(tls_files_release) struct tls_files files = { 0 };
	bool is_dns = t->proof.medium == MEDIUM_DNS;

	if (t->proof.medium == MEDIUM_TLS)
		tls_files_name(&files, m->env->opt, t);
	add_variable(set, unset, "CERTBOT_VALIDATION",
		     is_dns ? t->proof.dns_txt : t->proof.http_body);
	add_variable(set, unset, "CERTBOT_TOKEN", t->proof.medium == MEDIUM_HTTP ? t->token : NULL);
	add_variable(set, unset, "CERTBOT_CERT_PATH", files.cert);
	add_variable(set, unset, "CERTBOT_KEY_PATH", files.key);
	add_variable(set, unset, "CERTBOT_SNI_DOMAIN", t->proof.tls_server_name);
	add_variable(set, unset, "CERTBOT_DNS_NAME", t->proof.dns_owner);
}

static void environment(const struct manual *m, struct strlist *set, struct strlist *unset,
			const struct task *tasks, size_t n, size_t i)
{
	AUTO(free) char *all = all_names(tasks, n);

	strlist_take(set, str_fmt("CERTBOT_DOMAIN=%s", tasks[i].identifier));
	strlist_take(set, str_fmt("CERTBOT_IDENTIFIER=%s", tasks[i].identifier));
	strlist_take(set, str_fmt("CERTBOT_REMAINING_CHALLENGES=%zu", n - i - 1));
	strlist_take(set, str_fmt("CERTBOT_ALL_DOMAINS=%s", all));
	strlist_take(set, str_fmt("CERTBOT_ALL_IDENTIFIERS=%s", all));
	proof_environment(m, set, unset, &tasks[i]);
}

/* A hook that fails has been told to people; whether the proof is there is for the CA to see. */
static struct err *place_by_hook(const struct manual *m, struct task *tasks, size_t n, size_t i)
{
	AUTO(strlist_release) struct strlist set = { 0 };
	AUTO(strlist_release) struct strlist unset = { 0 };
	AUTO(free) char *out = NULL;
	const struct hook_call call = {
		.label = auth_label,
		.about = tasks[i].identifier,
		.command = m->env->opt->manual_auth_hook,
		.env = &set,
		.unset = &unset,
	};

	environment(m, &set, &unset, tasks, n, i);
	strlist_add(&unset, "CERTBOT_AUTH_OUTPUT");
	TRY(hook_run(m->env->world, m->env->ui, &call, &out, NULL));
	free(tasks[i].note);
	tasks[i].note = str_trimmed(out);
	return NULL;
}

static struct err *remove_by_hook(const struct manual *m, const struct task *tasks, size_t n,
				  size_t i)
{
	AUTO(strlist_release) struct strlist set = { 0 };
	AUTO(strlist_release) struct strlist unset = { 0 };
	const struct hook_call call = {
		.label = cleanup_label,
		.about = tasks[i].identifier,
		.command = m->env->opt->manual_cleanup_hook,
		.env = &set,
		.unset = &unset,
	};

	environment(m, &set, &unset, tasks, n, i);
	strlist_take(&set,
		     str_fmt("CERTBOT_AUTH_OUTPUT=%s", tasks[i].note != NULL ? tasks[i].note : ""));
	return hook_run(m->env->world, m->env->ui, &call, NULL, NULL);
}

/* --- by hand --- */

static bool is_second_of_its_owner(const struct task *tasks, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (tasks[k].proof.medium == MEDIUM_DNS &&
		    streq(tasks[k].proof.dns_owner, tasks[i].proof.dns_owner))
			return true;
	return false;
}

static void instruct_http(struct buf *b, const struct task *t)
{
	bool v6 = strchr(t->identifier, ':') != NULL;

	buf_addf(
		b,
		"Make a file that contains only this, without a line break:\n\n%s\n\nand have your web server serve it as\n\n"
		"http://%s%s%s%s\n",
		t->proof.http_body, v6 ? "[" : "", t->identifier, v6 ? "]" : "",
		t->proof.http_path);
}

static void instruct_dns(struct buf *b, const struct task *t, bool second)
{
	buf_addf(b, "Add a DNS TXT record under the name\n\n%s.\n\nwith the value\n\n%s\n",
		 t->proof.dns_owner, t->proof.dns_txt);
	if (second)
		buf_adds(
			b,
			"\nThis record is needed in addition to the previous one of the same name: both must be there at once.\n");
	buf_adds(
		b,
		"\nIt can take minutes until every name server of the zone has it: continue when they do.\n");
}

static void instruct_tls(struct buf *b, const struct manual *m, const struct task *t)
{
	AUTO(tls_files_release) struct tls_files files = { 0 };
	const char *protocol = t->proof.tls_protocol;

	tls_files_name(&files, m->env->opt, t);
	buf_addf(
		b,
		"Have the TLS server of %s show this certificate on port 443, with its key:\n\n%s\n%s\n\nto whoever asks for the "
		"server name\n\n%s\n",
		t->identifier, files.cert, files.key, t->proof.tls_server_name);
	if (protocol != NULL)
		buf_addf(b, "\nand the application protocol (ALPN)\n\n%s\n", protocol);
}

static struct err *place_by_hand(const struct manual *m, struct task *tasks, size_t i)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_KIB(16));

	if (tasks[i].proof.medium == MEDIUM_DNS)
		instruct_dns(&text, &tasks[i], is_second_of_its_owner(tasks, i));
	else if (tasks[i].proof.medium == MEDIUM_TLS)
		instruct_tls(&text, m, &tasks[i]);
	else
		instruct_http(&text, &tasks[i]);
	return prompt_enter(m->env->ui, buf_str(&text), true);
}

/* --- the plugin --- */

static struct err *place(const struct manual *m, struct task *tasks, size_t n, size_t i)
{
	tasks[i].published = true; /* half a run may have to be undone too */
	if (tasks[i].proof.medium == MEDIUM_TLS)
		TRY(tls_files_write(m->env, &tasks[i]));
	return hook_is_set(m->env->opt->manual_auth_hook) ? place_by_hook(m, tasks, n, i)
						     : place_by_hand(m, tasks, i);
}

static struct err *publish(void *state, struct task *tasks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		TRY(place(state, tasks, n, i));
	return NULL;
}

static struct err *earlier(struct err *first, struct err *second)
{
	if (first == NULL)
		return second;
	err_ignore(second);
	return first;
}

static struct err *take_away(const struct manual *m, const struct task *tasks, size_t n, size_t i)
{
	struct err *e = NULL;

	if (hook_is_set(m->env->opt->manual_cleanup_hook))
		e = remove_by_hook(m, tasks, n, i);
	if (tasks[i].proof.medium == MEDIUM_TLS)
		e = earlier(e, tls_files_remove(m->env->opt, &tasks[i]));
	return e;
}

static struct err *withdraw(void *state, struct task *tasks, size_t n)
{
	struct err *first = NULL;

	for (size_t i = 0; i < n; i++) {
		if (tasks[i].published)
			first = earlier(first, take_away(state, tasks, n, i));
		tasks[i].published = false;
	}
	return first;
}

static void hint(const void *state, struct buf *out)
{
	const struct manual *m = state;

	if (hook_is_set(m->env->opt->manual_auth_hook))
		buf_adds(
			out,
			"the CA did not find what the --manual-auth-hook should have put in place. Does it end only when the file, "
			"the DNS TXT record or the certificate can be seen from everywhere?");
	else
		buf_adds(
			out,
			"the CA did not find the files, DNS TXT records or certificates that were to be put in place by hand. Are they "
			"exactly as shown, and had all name servers of the zone taken them over?");
}

static const struct authenticator_ops authenticator = {
	.media = 1u << MEDIUM_HTTP | 1u << MEDIUM_DNS | 1u << MEDIUM_TLS,
	.preference = { MEDIUM_HTTP, MEDIUM_DNS, MEDIUM_TLS, MEDIUM_COUNT },
	.publish = publish,
	.withdraw = withdraw,
	.hint = hint,
};

const struct plugin plugin_manual = {
	.name = "manual",
	.description = "Answers challenges by scripts of yours, or by hand",
	.hidden = true,
	.open = open_manual,
	.close = close_manual,
	.authenticator = &authenticator,
};
