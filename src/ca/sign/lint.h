/*
 * Our own lint: a certificate, read back from its bytes, held against RFC 5280, the Baseline Requirements, its profile and its
 * plan. Shares no code with what writes certificates but DER itself. What fails one check is never sent.
 */
#pragma once

#include "base/str.h"
#include "ca/sign/issuer.h"
#include "ca/sign/sign.h"

struct lint_case {
	const struct issuer *issuer;
	const struct profile_config *profile;
	const struct sign_plan *plan;
};

/* Adds the name of each check that fails ("key_usage.value"); adds nothing for a good certificate. */
void lint_certificate(struct strlist *failed, const struct lint_case *c, const void *der,
		      size_t len);
/* All names, for tests and documentation. */
void lint_names(struct strlist *out);
