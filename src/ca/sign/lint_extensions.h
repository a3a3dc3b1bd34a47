/* The lint's part of extensions: when one is there, whether it is critical, what it says. */
#pragma once

#include "ca/sign/lint.h"
#include "ca/sign/lint_facts.h"

struct lint {
	const struct lint_case *c;
	struct lint_facts f;
};

/* Adds what is wrong with the extension that is the i-th of enum lint_ext. */
void lint_check_extension(struct strlist *failed, const struct lint *l, size_t i);
void lint_extension_names(struct strlist *out, size_t i);
