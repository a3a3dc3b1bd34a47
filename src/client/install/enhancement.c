#include "client/install/enhancement.h"

/* No installer knows any of them yet; in the order in which Certbot tells of them. */
static const struct {
	const char *name;
	size_t member;
} enhancements[] = {
	{ "hsts", offsetof(struct options, hsts) },
	{ "redirect", offsetof(struct options, redirect) },
	{ "staple", offsetof(struct options, staple_ocsp) },
	{ "uir", offsetof(struct options, uir) },
};

static bool is_asked(const struct options *opt, size_t i)
{
	return *(const bool *)((const char *)opt + enhancements[i].member);
}

bool enhancements_asked(const struct options *opt)
{
	bool asked = opt->auto_hsts;

	for (size_t i = 0; i < ARRAY_LEN(enhancements); i++)
		asked |= is_asked(opt, i);
	return asked;
}

struct err *enhancements_check(const struct options *opt)
{
	if (!opt->auto_hsts)
		return NULL;
	return err_new(
		ERR_CONFIG,
		"One or more of the requested enhancements are not supported by the selected installer");
}

void enhancements_skip(struct client *c)
{
	for (size_t i = 0; i < ARRAY_LEN(enhancements); i++)
		if (is_asked(c->opt, i))
			ui_emit(c->ui, EVENT_WARNING_TEXT, NO_FIELDS,
				"Option %s is not supported by the selected installer. Skipping enhancement.",
				enhancements[i].name);
}
