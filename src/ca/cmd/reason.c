#include "ca/cmd/reason.h"

#include "base/str.h"

static const struct {
	int code;
	const char *name;
} reasons[] = {
	{ 0, "unspecified" },        { REASON_KEY_COMPROMISE, "keyCompromise" },
	{ 4, "superseded" },         { 5, "cessationOfOperation" },
	{ 9, "privilegeWithdrawn" },
};

const char *reason_name(int code)
{
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].code == code)
			return reasons[i].name;
	return NULL;
}

bool reason_read(int *code, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (streq_nocase(reasons[i].name, name)) {
			*code = reasons[i].code;
			return true;
		}
	return false;
}
