/* A certificate taken apart for lint: loans of its DER, nothing judged yet. */
#pragma once

#include <time.h>

#include "base/mem.h"
#include "pki/der.h"
#include "pki/names.h"

enum lint_ext {
	LINT_KEY_USAGE,
	LINT_EXTENDED_KEY_USAGE,
	LINT_BASIC_CONSTRAINTS,
	LINT_SUBJECT_KEY_ID,
	LINT_AUTHORITY_KEY_ID,
	LINT_AUTHORITY_INFO_ACCESS,
	LINT_SUBJECT_ALT_NAME,
	LINT_POLICIES,
	LINT_CRL_POINTS,
	LINT_EXT_COUNT,
};

struct lint_extension {
	bool present, critical;
	struct der value;
};

struct lint_time {
	unsigned tag;
	time_t at;
};

struct lint_facts {
	struct der version; /* of the INTEGER; empty: v1 */
	struct der serial;  /* contents octets */
	struct der algorithm, outer_algorithm, issuer, subject, spki;
	struct lint_time not_before, not_after;
	bool unique_ids;
	size_t attributes;      /* of the subject */
	struct der common_name; /* the only attribute's, if it is one */
	struct lint_extension ext[LINT_EXT_COUNT];
	size_t strangers, twins; /* extensions of no row; of a row once more */
	struct cert_names names;
	bool names_readable, other_names;
};

/* false: not a Certificate (RFC 5280 §4.1). */
bool lint_facts_read(struct lint_facts *out, const void *der, size_t len);
void lint_facts_release(struct lint_facts *f);
/* A loan, to be compared with what was read. */
struct der lint_text(const char *text);

AUTO_RELEASE(struct lint_facts, lint_facts_release)
