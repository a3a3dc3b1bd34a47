#include "plugins/hsts_kept.h"

#include <string.h>

#define AGE "max-age="

enum { YEAR_S = 365 * 24 * 60 * 60 };

void hsts_kept_tell(struct ui *ui, const char *name, const char *header)
{
	const char *age = strcasestr(header, AGE);
	const char *digits = age != NULL ? age + strlen(AGE) : "";
	AUTO(free) char *text = xstrndup(digits, strspn(digits, "0123456789"));
	int64_t seconds = 0;

	if (str_to_int(text, 0, YEAR_S - 1, &seconds))
		ui_emit(ui, EVENT_WARNING_TEXT, NO_FIELDS,
			"%s has Strict-Transport-Security of " AGE
			"%s in its configuration already, which stays: take that out, and --hsts gives it a year",
			name, text);
}
