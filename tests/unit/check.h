/* What unit tests share: cmocka in its order of includes, and `struct err` as an expectation. */
#pragma once

#include <setjmp.h> /* before cmocka.h, which does not include what it uses */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/str.h"

/* The call must be done; otherwise the test fails with the error's text. */
#define assert_done(call)                                               \
	do {                                                            \
		struct err *check_err = (call);                         \
		if (check_err != NULL)                                  \
			fail_msg("%s: %s", #call, err_text(check_err)); \
	} while (0)

/* The call must be refused with this code, and its text must hold this part. */
#define assert_refused(call, wanted_code, part) check_refused((call), (wanted_code), (part), #call)

static inline void check_refused(struct err *e, enum err_code code, const char *part,
				 const char *call)
{
	if (e == NULL)
		fail_msg("%s: done, but \"%s\" was expected", call, part);
	AUTO(free) char *text = err_text(e);
	bool same = e->code == code;

	err_free(e);
	if (!same || strstr(text, part) == NULL)
		fail_msg("%s: \"%s\"%s, expected \"%s\"", call, text, same ? "" : " (another code)",
			 part);
}
