/*
 * "ca.example; tag=value; tag=value": the value of CAA's issue and issuewild (RFC 8659 §4.2), and of the TXT records of
 * dns-persist-01, which borrow its form.
 */
#pragma once

#include "base/err.h"

struct issue_parameter {
	char *tag; /* as it came: any bytes but "=", ";" and white space around */
	char *value;
};

struct issue_value {
	char *domain; /* as it came, "" when there is none */
	struct issue_parameter *parameters;
	size_t count;
	bool open_end; /* the last ";" has nothing behind it */
};

/* ERR_PARSE: a parameter without "=" or tag, a value with bytes that may not be there, a NUL. */
MUST_CHECK struct err *issue_value_parse(struct issue_value *out, const char *text, size_t len);
/* How many parameters have this tag; *value is that of the first. */
size_t issue_value_find(const struct issue_value *v, const char *tag, bool any_case,
			const char **value);
void issue_value_release(struct issue_value *v);
AUTO_RELEASE(struct issue_value, issue_value_release)
