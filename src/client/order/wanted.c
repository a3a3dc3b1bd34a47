#include "client/order/wanted.h"

#include "base/limits.h"
#include "client/order/offered.h"
#include "client/ui/prompt.h"

static void add_problem(struct buf *out, const char *typed, const struct err *e)
{
	AUTO(free) char *shown = str_printable(typed, 256);
	AUTO(free) char *why = err_text(e);

	buf_addf(out, "%s: %s\n", shown, why);
}

/* Names by commas and spaces; *wrong says what is wrong with which. */
static void add_typed_names(struct options *opt, char *typed, struct buf *wrong)
{
	AUTO(strlist_release) struct strlist names = { 0 };

	for (char *p = typed; *p != '\0'; p++)
		if (*p == ' ')
			*p = ',';
	strlist_split(&names, typed, ',');
	for (size_t i = 0; i < names.count; i++) {
		AUTO(err_free) struct err *e = options_add_domains(opt, names.items[i]);

		if (e != NULL)
			add_problem(wrong, names.items[i], e);
	}
}

static struct err *ask_again(bool *yes, struct ui *ui, const struct buf *wrong)
{
	AUTO(free)
	char *text = str_fmt("One or more of the entered domain names was not valid:\n\n%s\n"
			     "Would you like to re-enter the names?",
			     buf_str(wrong));

	return prompt_yes_no(ui, yes, &(struct question){ .text = text, .safe = true },
			     PROMPT_NONE);
}

static struct err *ask_to_type(struct client *c, struct options *opt)
{
	static const struct question q = {
		.text = "Please enter the domain name(s) you would like on your certificate (comma and/or space "
			"separated)",
		.flag = "--domains",
		.safe = true,
	};
	bool again = true;

	while (again) {
		AUTO(buf_release) struct buf wrong = BUF_INIT(LIMIT_KIB(64));
		AUTO(free) char *typed = NULL;

		TRY(prompt_text(c->ui, &typed, &q, NULL));
		if (typed != NULL)
			add_typed_names(opt, typed, &wrong);
		if (wrong.len == 0)
			break;
		strlist_release(&opt->domains);
		TRY(ask_again(&again, c->ui, &wrong));
	}
	return NULL;
}

static struct err *ask_to_choose(struct client *c, struct options *opt, const struct strlist *there)
{
	static const struct question q = {
		.text = "Which names would you like to activate HTTPS for?\n"
			"We recommend selecting either all domains, or all domains in a VirtualHost/server block.",
		.flag = "--domains",
		.safe = true,
	};
	AUTO(strlist_release) struct strlist chosen = { 0 };

	TRY(prompt_checklist(c->ui, &chosen, &q, there));
	for (size_t i = 0; i < chosen.count; i++)
		TRY(options_add_domains(opt, chosen.items[i]));
	return NULL;
}

static struct err *ask_for_names(struct client *c, struct options *opt)
{
	AUTO(strlist_release) struct strlist there = { 0 };

	TRY(names_offered(&there, c));
	TRY(there.count > 0 ? ask_to_choose(c, opt, &there) : ask_to_type(c, opt));
	return opt->domains.count > 0 ? NULL
				      : err_new(ERR_CONFIG, "no names were given; use -d NAME");
}

struct err *names_wanted(struct cert_names *names, struct client *c)
{
	options_names(names, c->opt);
	if (names->dns.count + names->ip.count > 0 || c->opt->cert_name != NULL)
		return NULL;
	TRY(ask_for_names(c, c->opt));
	options_names(names, c->opt);
	return NULL;
}
