#include "check.h"
#include "plugins/nginx/insert.h"

typedef void (*insert_fn)(struct splices *s, const struct directive *d,
			  const struct strlist *lines);

/* The block named "b", wherever it is. */
static const struct directive *block_b(const struct directive *d)
{
	for (; d != NULL; d = d->next) {
		const struct directive *found = directive_is(d, "b") ? d : block_b(d->first);

		if (found != NULL)
			return found;
	}
	return NULL;
}

static void assert_inserted(insert_fn insert, const char *text, const char *wanted)
{
	AUTO(document_free) struct document *d = NULL;
	AUTO(splices_release) struct splices s = { 0 };
	AUTO(strlist_release) struct strlist lines = { 0 };
	AUTO(free) char *out = NULL;
	size_t len = 0;

	assert_done(document_parse(&d, "x", text, strlen(text)));
	strlist_add(&lines, "1 {");
	strlist_add(&lines, "\t2;");
	strlist_add(&lines, "} # 3");
	insert(&s, block_b(d->first), &lines);
	assert_done(splices_apply(&out, &len, &s, d->text, d->len));
	assert_string_equal(out, wanted);
	assert_done(document_replace(d, out, len));
}

struct edit {
	const char *text, *wanted;
};

static void check_all(insert_fn insert, const struct edit *edits, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_inserted(insert, edits[i].text, edits[i].wanted);
}

static void at_the_start_of_a_block(void **state)
{
	static const struct edit edits[] = {
		{ "b {\n    x;\n}\n", "b {\n    1 {\n        2;\n    } # 3\n    x;\n}\n" },
		{ "b {\r\n\tx;\r\n}\r\n", "b {\r\n\t1 {\r\n\t\t2;\r\n\t} # 3\r\n\tx;\r\n}\r\n" },
		{ "a {\n  b {\n    x;\n  }\n}\n",
		  "a {\n  b {\n    1 {\n      2;\n    } # 3\n    x;\n  }\n}\n" },
		/* the comment stays with its line */
		{ "b { # main\n  x;\n}", "b { # main\n  1 {\n    2;\n  } # 3\n  x;\n}" },
		{ "b {  \n\n  x;\n}", "b {  \n  1 {\n    2;\n  } # 3\n\n  x;\n}" },
		{ "b\n{\n  x;\n}", "b\n{\n  1 {\n    2;\n  } # 3\n  x;\n}" },
		/* other blocks show the indentation */
		{ "a {\n  x;\n}\nb { }\n", "a {\n  x;\n}\nb {\n  1 {\n    2;\n  } # 3\n  }\n" },
		{ "b { x; y; }\n", "b {\n    1 {\n        2;\n    } # 3\n    x;\n    y; }\n" },
		{ "b {x;\ty { z; z; }w; # v\n u; u; }\n",
		  "b {\n 1 {\n  2;\n } # 3\n x;\n y { z; z; }\n w; # v\n u; u; }\n" },
		{ "b {x;}", "b {\n    1 {\n        2;\n    } # 3\n    x;}" },
		/* no indentation at all */
		{ "a {\nb {\nx;\n}\n}", "a {\nb {\n1 {\n    2;\n} # 3\nx;\n}\n}" },
	};

	(void)state;
	check_all(insert_first, edits, ARRAY_LEN(edits));
}

static void at_the_end_of_a_block(void **state)
{
	static const struct edit edits[] = {
		{ "b {\n    x;\n}\n", "b {\n    x;\n    1 {\n        2;\n    } # 3\n}\n" },
		{ "a {\n\tb {\n\t\tx; # y\n\t}\n}\n",
		  "a {\n\tb {\n\t\tx; # y\n\t\t1 {\n\t\t\t2;\n\t\t} # 3\n\t}\n}\n" },
		{ "b {\r\n x;\r\n}\r\n", "b {\r\n x;\r\n 1 {\r\n  2;\r\n } # 3\r\n}\r\n" },
		{ "b { x; }\n", "b { x;\n    1 {\n        2;\n    } # 3\n}\n" },
		{ "  b {}\n", "  b {\n      1 {\n          2;\n      } # 3\n  }\n" },
	};

	(void)state;
	check_all(insert_last, edits, ARRAY_LEN(edits));
}

static void behind_a_directive(void **state)
{
	static const struct edit edits[] = {
		{ "a {\n  b;\n  c;\n}\n", "a {\n  b;\n  1 {\n    2;\n  } # 3\n  c;\n}\n" },
		{ "a {\n  b; # x\n}\n", "a {\n  b; # x\n  1 {\n    2;\n  } # 3\n}\n" },
		{ "b {\n\tx;\n}", "b {\n\tx;\n}\n1 {\n\t2;\n} # 3" },
		{ "a;\r\nb; c;\r\n", "a;\r\nb;\r\n1 {\r\n    2;\r\n} # 3\r\nc;\r\n" },
	};

	(void)state;
	check_all(insert_behind, edits, ARRAY_LEN(edits));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_the_start_of_a_block),
		cmocka_unit_test(at_the_end_of_a_block),
		cmocka_unit_test(behind_a_directive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
