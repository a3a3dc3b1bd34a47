#include "client/order/profile.h"

#include "base/limits.h"

#define SHOWN_MAX 500

/* "a, b, c", not longer than people read. */
static char *offers_text(const struct strlist *profiles)
{
	AUTO(free) char *all = strlist_join(profiles, ", ");

	return profiles->count > 0 ? str_printable(all, SHOWN_MAX) : xstrdup("no profiles");
}

static struct err *require(char **out, const struct strlist *offered, const char *name)
{
	AUTO(free) char *offers = offers_text(offered);

	if (!strlist_has(offered, name))
		return err_new(ERR_CONFIG, "the CA does not offer the profile '%s' that --required-profile asks for; it offers %s",
			       name, offers);
	*out = xstrdup(name);
	return NULL;
}

/* §4: a profile that the directory does not list is not asked for. */
struct err *profile_choose(char **out, struct acme_session *s, const struct options *opt)
{
	const struct directory *d = NULL;

	if (opt->required_profile == NULL && opt->preferred_profile == NULL)
		return NULL;
	TRY(session_directory(s, &d));
	if (opt->required_profile != NULL)
		return require(out, &d->profiles, opt->required_profile);
	if (strlist_has(&d->profiles, opt->preferred_profile))
		*out = xstrdup(opt->preferred_profile);
	return NULL;
}

/* §4: the CA's order names the profile that it was accepted for. */
struct err *profile_check(struct ui *ui, const struct options *opt, const char *asked, const struct acme_order *o)
{
	const char *got = acme_order_profile(o);

	if (asked == NULL || (got != NULL && streq(got, asked)))
		return NULL;
	AUTO(free) char *shown = got != NULL ? str_printable(got, SHOWN_MAX) : xstrdup("none");

	if (opt->required_profile != NULL)
		return err_new(ERR_PROTOCOL, "the profile '%s' is required, but the CA's order %s names %s", asked,
			       acme_order_url(o), shown);
	ui_emit(ui, EVENT_WARNING_TEXT, FIELDS(STR("preferred_profile", asked), STR("profile", got)),
		"The profile '%s' was asked for, but the CA's order names %s.", asked, shown);
	return NULL;
}
