/* judge: one challenge, judged as this CA would do it from here, and what was seen on the way. */
#include <errno.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "ca/cmd/outlook.h"
#include "ca/cmd/registry.h"
#include "proto/problem.h"
#include "va/address.h"
#include "va/request.h"

struct verdict {
	struct outlook *outlook;
	struct err *problem;
	struct va_record *record;
};

/* --- what is asked --- */

static struct err *read_stdin(char **out, size_t *len)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
	char piece[4096];
	ssize_t n;

	while (!b.overflow && (n = read(STDIN_FILENO, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno != EINTR)
			return err_errno(errno, "standard input");
		buf_add(&b, piece, n > 0 ? (size_t)n : 0);
	}
	TRY(buf_check(&b, "standard input"));
	*len = b.len;
	*out = buf_detach(&b);
	return NULL;
}

/* path NULL: standard input. */
static struct err *read_input(struct va_request *out, const char *path)
{
	AUTO(json_release) json_t *obj = NULL;
	AUTO(free) char *text = NULL;
	size_t len = 0;

	TRY(path != NULL ? fs_read(&text, &len, path, LIMIT_JSON_BYTES) : read_stdin(&text, &len));
	TRY(json_parse(&obj, text, len, "the request"));
	return va_request_parse(out, obj);
}

static char *given(const struct command_run *r, const char *option)
{
	const char *value = command_value(r, option);

	return value != NULL ? xstrdup(value) : NULL;
}

/* "*.example.org" and "192.0.2.1" are told by their looks. */
static struct err *read_options(struct va_request *out, const struct command_run *r)
{
	const char *name = command_value(r, "--identifier");
	struct address a;

	if (!command_has(r, "--challenge"))
		return err_new(ERR_USAGE, "--challenge is missing, such as http-01");
	out->wildcard = str_starts(name, "*.");
	out->ident = (struct ident){ .type = address_parse(&a, name, 0) ? IDENT_IP : IDENT_DNS,
				     .value = xstrdup(out->wildcard ? name + 2 : name) };
	out->challenge = given(r, "--challenge");
	out->token = given(r, "--token");
	out->thumbprint = given(r, "--thumbprint");
	out->account_url = given(r, "--account-url");
	out->check_caa = true;
	return NULL;
}

static struct err *read_request(struct va_request *out, const struct command_run *r)
{
	if (command_has(r, "--identifier") && r->words.count > 0)
		return err_new(ERR_USAGE, "either FILE or --identifier, not both");
	if (command_has(r, "--identifier"))
		return read_options(out, r);
	const char *path = r->words.count > 0 ? r->words.items[0] : "-";
	struct err *e = read_input(out, streq(path, "-") ? NULL : path);

	return e == NULL ? NULL : err_wrap_as(ERR_USAGE, e, "reading the request from %s", path);
}

/* --- what is told --- */

static void print_json(FILE *out, const struct verdict *v)
{
	AUTO(json_release) json_t *obj = va_verdict_render(v->problem, v->record);
	AUTO(free) char *text = json_compact(obj);

	(void)fprintf(out, "%s\n", text);
}

static void print_text(FILE *out, const struct verdict *v)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_VA_VERDICT);

	va_record_text(v->record, &b);
	(void)fprintf(out, "%s%s\n", buf_str(&b), v->problem == NULL ? "valid" : "invalid");
}

/* --- judging --- */

static void on_verdict(void *ctx, struct err *problem, struct va_record *record)
{
	struct verdict *v = ctx;

	v->problem = problem;
	v->record = record;
	outlook_end(v->outlook);
}

static struct err *judge(struct verdict *v, const struct command_run *r)
{
	AUTO(va_request_release) struct va_request q = { 0 };

	TRY(read_request(&q, r));
	TRY(outlook_open(&v->outlook, r, command_value(r, "--name"), NULL));
	if (command_has(r, "--caa-only"))
		(void)va_check_caa(outlook_va(v->outlook), &q, on_verdict, v);
	else
		(void)va_check(outlook_va(v->outlook), &q, on_verdict, v);
	return outlook_run(v->outlook);
}

static struct err *run(const struct command_run *r)
{
	struct verdict v = { 0 };
	struct err *e = judge(&v, r);

	if (e == NULL && v.record != NULL)
		(command_has(r, "--json") ? print_json : print_text)(r->out, &v);
	outlook_close(v.outlook);
	va_record_free(v.record);
	if (e == NULL)
		return v.problem;
	err_free(v.problem);
	return e;
}

static const struct command_option options[] = {
	{ "--identifier", "NAME", "What is to be proved: a domain or an address" },
	{ "--challenge", "TYPE", "By which challenge: http-01, dns-01, tls-alpn-01 ..." },
	{ "--token", "TOKEN", "Of the challenge" },
	{ "--thumbprint", "TEXT", "Of the account's key (RFC 7638)" },
	{ "--account-url", "URL", "Of the account, where the type or CAA wants it" },
	{ "--caa-only", NULL, "Look at CAA alone" },
	{ "--name", "NAME", "Of this perspective, for the record" },
	{ "--json", NULL, "Print the verdict as JSON" },
	OUTLOOK_OPTIONS,
};

const struct subcommand subcommand_judge = {
	.name = "judge",
	.summary = "Judge one challenge and tell what was seen",
	.words = "[FILE]",
	.max_words = 1,
	.options = options,
	.option_count = ARRAY_LEN(options),
	.run = run,
};
