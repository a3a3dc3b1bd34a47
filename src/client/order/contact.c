#include "client/order/contact.h"

#include "client/ui/prompt.h"

void contacts_of(struct strlist *out, const struct options *opt)
{
	AUTO(strlist_release) struct strlist mails = { 0 };

	if (opt->email == NULL || opt->dry_run)
		return;
	strlist_split(&mails, opt->email, ',');
	for (size_t i = 0; i < mails.count; i++)
		strlist_take(out, str_fmt("mailto:%s", mails.items[i]));
}

struct err *contact_ask(struct client *c, struct options *opt)
{
	static const struct question q = {
		.text = "Enter an e-mail address for notices from the CA, or nothing for none",
		.flag = "--email",
		.safe = true,
	};
	AUTO(free) char *answer = NULL;

	if (opt->email != NULL || opt->register_without_email)
		return NULL;
	TRY(prompt_text(c->ui, &answer, &q, ""));
	if (answer == NULL)
		return err_new(
			ERR_CONFIG,
			"no account was made; --register-unsafely-without-email makes one without an address");
	if (*answer != '\0')
		options_set_runtime(opt, &opt->email, answer);
	return NULL;
}

static char *what_is_asked(const struct err *refused)
{
	static const char enter[] = "Enter an e-mail address for notices from the CA";

	if (refused == NULL)
		return xstrdup(enter);
	AUTO(free) char *why = err_text(refused);

	return str_fmt("The CA does not take that address: %s\n%s", why, enter);
}

struct err *contact_demand(struct client *c, struct options *opt, const struct err *refused)
{
	AUTO(free) char *text = what_is_asked(refused);
	const struct question q = { .text = text, .flag = "--email", .safe = true };
	AUTO(free) char *answer = NULL;

	while (answer == NULL || *answer == '\0') {
		free(MOVE(answer));
		TRY(prompt_text(c->ui, &answer, &q, NULL));
		if (answer == NULL)
			return err_new(ERR_CONFIG,
				       "no e-mail address was given; --email gives one");
	}
	options_set_runtime(opt, &opt->email, answer);
	return NULL;
}

bool contact_is_refused(const struct client *c, const struct err *e)
{
	return prompt_possible(c->ui, true) &&
	       (err_has_type(e, "invalidContact") || err_has_type(e, "unsupportedContact"));
}
