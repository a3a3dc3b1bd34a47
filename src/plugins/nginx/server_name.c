#include "plugins/nginx/server_name.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#include "base/str.h"

enum { MATCH_LIMIT = 100000 }; /* steps of PCRE, for a pattern that never comes to an end */

static void code_free(pcre2_code *code)
{
	pcre2_code_free(code);
}

static void match_data_free(pcre2_match_data *data)
{
	pcre2_match_data_free(data);
}

static void match_context_free(pcre2_match_context *context)
{
	pcre2_match_context_free(context);
}

AUTO_FREE(pcre2_code, code_free)
AUTO_FREE(pcre2_match_data, match_data_free)
AUTO_FREE(pcre2_match_context, match_context_free)

bool server_name_is_regex(const char *pattern)
{
	return *pattern == '~';
}

static bool ends_nocase(const char *s, const char *suffix)
{
	size_t len = strlen(s), tail = strlen(suffix);

	return len >= tail && streq_nocase(s + len - tail, suffix);
}

/* rest is ".x": what stands before it may hold dots, but must be something. */
static struct fit head_fit(const char *rest, const char *name)
{
	bool fits = strlen(name) > strlen(rest) && ends_nocase(name, rest);

	return (struct fit){ fits ? FIT_HEAD : FIT_NONE, strlen(rest) };
}

static struct fit tail_fit(const char *pattern, const char *name)
{
	size_t len = strlen(pattern) - 1; /* "mail." of "mail.*" */
	AUTO(free) char *start = xstrndup(name, len);
	AUTO(free) char *wanted = xstrndup(pattern, len);
	bool fits = strlen(name) > len && streq_nocase(start, wanted);

	return (struct fit){ fits ? FIT_TAIL : FIT_NONE, len };
}

struct fit server_name_fit(const char *pattern, const char *name)
{
	bool exact = streq_nocase(pattern, name) ||
		     (*pattern == '.' && streq_nocase(pattern + 1, name));

	if (server_name_is_regex(pattern))
		return (struct fit){ FIT_NONE, 0 };
	if (exact)
		return (struct fit){ FIT_EXACT, 0 };
	if (*pattern == '.' || str_starts(pattern, "*."))
		return head_fit(pattern + (*pattern == '*'), name);
	if (str_ends(pattern, ".*"))
		return tail_fit(pattern, name);
	return (struct fit){ FIT_NONE, 0 };
}

bool fit_is_better(const struct fit *a, const struct fit *b)
{
	return a->kind != b->kind ? a->kind > b->kind : a->length > b->length;
}

static struct err *compile(pcre2_code **out, const char *pattern)
{
	int why = 0;
	PCRE2_SIZE at = 0;
	PCRE2_UCHAR text[256] = "";

	*out = pcre2_compile((PCRE2_SPTR)pattern + 1, PCRE2_ZERO_TERMINATED, PCRE2_CASELESS, &why,
			     &at, NULL);
	if (*out != NULL)
		return NULL;
	(void)pcre2_get_error_message(why, text, sizeof(text));
	return err_new(ERR_CONFIG, "server_name %s: %s (at its byte %zu)", pattern,
		       (const char *)text, at + 2);
}

struct err *server_name_regex_fits(bool *out, const char *pattern, const char *name)
{
	AUTO(code_free) pcre2_code *code = NULL;

	TRY(compile(&code, pattern));
	AUTO(match_data_free)
	pcre2_match_data *data = pcre2_match_data_create_from_pattern(code, NULL);
	AUTO(match_context_free) pcre2_match_context *context = pcre2_match_context_create(NULL);

	if (data == NULL || context == NULL)
		abort(); /* out of memory */
	(void)pcre2_set_match_limit(context, MATCH_LIMIT);
	*out = pcre2_match(code, (PCRE2_SPTR)name, strlen(name), 0, 0, data, context) >= 0;
	return NULL;
}
