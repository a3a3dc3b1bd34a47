#include "check.h"

#include "base/limits.h"
#include "proto/keyauth.h"

/* RFC 8555 §8.1: the token and thumbprint of its example of §8.3 */
#define TOKEN "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
#define THUMBPRINT "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"

static void test_values(void **state)
{
	AUTO(free) char *text = key_authorization(TOKEN, THUMBPRINT);
	AUTO(free) char *digest = key_authorization_digest(text);

	(void)state;
	assert_string_equal(text, TOKEN "." THUMBPRINT);
	/* printf %s TOKEN.THUMBPRINT | openssl dgst -sha256 -binary | basenc --base64url */
	assert_string_equal(digest, "LPsIwTo7o8BoG0-vjCyGQGBWSVIPxI-i_X336eUOQZo");
	assert_int_equal(strlen(digest), 43);
}

static void test_tokens(void **state)
{
	AUTO(free) char *long_token = xmalloc(LIMIT_TOKEN + 2);

	(void)state;
	memset(long_token, 'a', LIMIT_TOKEN + 1);
	long_token[LIMIT_TOKEN + 1] = '\0';
	assert_true(token_is_valid(TOKEN));
	assert_true(token_is_valid("-_"));
	assert_false(token_is_valid(""));
	assert_false(token_is_valid("../../etc/passwd"));
	assert_false(token_is_valid("a/b"));
	assert_false(token_is_valid("a\nb"));
	assert_false(token_is_valid("a=="));
	assert_false(token_is_valid(long_token));
	long_token[LIMIT_TOKEN] = '\0';
	assert_true(token_is_valid(long_token));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_values),
					    cmocka_unit_test(test_tokens) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
